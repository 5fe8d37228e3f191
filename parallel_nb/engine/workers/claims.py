"""Claims: an engine among many takes from the store what its workers can do next."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from parallel_nb.engine.store.shared import SharedStore
    from parallel_nb.engine.workers.finds import FindRuns
    from parallel_nb.engine.workers.pool import WorkerPool

_log = logging.getLogger(__name__)
#: Seconds until a claim that has failed is made again.
_RETRY_AFTER: Final = 1.0


class Claims:
    """Keeps workers supplied from a store of many engines.

    Examples:
        >>> claims = Claims(store, pool, finds, lambda: len(room.index) > 0)
        >>> claims.start()
    """

    def __init__(
        self, store: SharedStore, pool: WorkerPool, finds: FindRuns, is_ready: Callable[[], bool]
    ) -> None:
        """Nothing is claimed yet.

        Args:
            store: where runs are.
            pool: what answers them.
            finds: what works on FindAll runs.
            is_ready: whether there are documents to answer from.
        """
        self._is_ready = is_ready
        self._store = store
        self._pool = pool
        self._finds = finds
        self._stopped = threading.Event()
        self._woken = threading.Event()
        #: Whether there may be something: none is left once a claim has brought less than asked.
        self._runs = self._searches = True
        self._thread = threading.Thread(target=self._keep, name="claims", daemon=True)
        store.on_work = self._on_work
        pool.on_room = finds.on_room = self._woken.set

    def start(self) -> None:
        """Claim from now on."""
        self._woken.set()
        self._thread.start()

    def stop(self) -> None:
        """Claim nothing more, and give back what no worker has begun with."""
        self._stopped.set()
        self._woken.set()
        if self._thread.ident is not None:
            self._thread.join()
        self._store.give_back(self._pool.withdraw())

    def _on_work(self) -> None:
        self._runs = self._searches = True
        self._woken.set()

    def _keep(self) -> None:
        while True:
            self._woken.wait()
            self._woken.clear()
            while not self._is_ready():
                if self._stopped.wait(_RETRY_AFTER):
                    break
            if self._stopped.is_set():
                return
            try:
                self._claim()
            except Exception:  # noqa: BLE001 - such as a server that is away: told, and tried again
                _log.exception("nothing could be claimed")
                self._stopped.wait(_RETRY_AFTER)
                self._on_work()

    def _claim(self) -> None:
        while self._runs and (most := self._pool.room()):
            self._runs = False  # before the claim: what is added meanwhile sets it again
            claimed = self._store.claim_runs(most).result()
            for run in claimed:
                self._pool.enqueue(run.group_id, [run.id], run.student)
            self._runs = self._runs or len(claimed) == most
        while self._searches and (most := self._finds.room):
            self._searches = False
            found = self._store.claim_finds(most).result()
            for find_id, student in found:
                self._finds.take_up(find_id, student)
            self._searches = self._searches or len(found) == most
