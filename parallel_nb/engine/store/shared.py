"""The store of many engines: each claims what it works on, and hears what the others change."""

from __future__ import annotations

import logging
import threading
from concurrent.futures import Future
from datetime import timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from parallel_nb.engine.store.tables import CREDIT, timestamp
from parallel_nb.engine.store.write import Changes, Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from parallel_nb.engine.store.postgres import PostgresServer

_log = logging.getLogger(__name__)
#: Seconds after which everybody who waits looks anew, though nobody has told of a change.
_POLL_EVERY: Final = 5.0
#: Renewals of the lease between two deletions of what is old: about a day.
_DELETE_EVERY: Final = 20_000


class ClaimedRun(NamedTuple):
    """A run that this engine is to answer."""

    id: int
    group_id: int | None
    student: str | None


class SharedStore(Store):
    """The runs of many engines. See `Store`.

    Examples:
        >>> store = SharedStore(PostgresServer("postgresql://db.example/room", 15.0))
        >>> store.claim_runs(8).result()  # what another engine was asked, perhaps
        [ClaimedRun(id=1, group_id=1, student=None)]
    """

    is_shared = True
    #: Called on any thread when there may be something to claim.
    on_work: Callable[[], None] | None = None

    def __init__(self, database: PostgresServer, retention_days: float | None = None) -> None:
        """Open or make the store, and take up what engines that are dead have left.

        Args:
            database: where it is.
            retention_days: how long what has ended is kept; None for ever.
        """
        self.server = database
        self._retention_days = retention_days
        self._stopped = threading.Event()
        super().__init__(database)
        for work, name in ((self._renew, "lease"), (self._listen, "news")):
            threading.Thread(target=work, name=name, daemon=True).start()

    def close(self) -> None:
        """Give back what was claimed and is not done, then close."""
        self._stopped.set()
        self._submit(self._end)
        super().close()

    # --- claiming -----------------------------------------------------------------------

    def claim_runs(self, most: int) -> Future[list[ClaimedRun]]:
        """Claim queued runs, as many, fairly between those who wait."""
        return self._submit(lambda: self._claim_runs(most))

    def claim_finds(self, most: int) -> Future[list[tuple[int, str | None]]]:
        """Claim queued FindAll runs: their ids and students."""
        return self._submit(lambda: self._claim_finds(most))

    def give_back(self, run_ids: Iterable[int]) -> Future[None]:
        """Queue claimed runs again, for another engine."""
        run_ids = list(run_ids)
        return self._submit(lambda: self._give_back(run_ids))

    def claim(self, run_id: int) -> Future[None]:  # noqa: ARG002 - it was claimed by `claim_runs`
        """Nothing: who answers a run here has claimed it."""
        done: Future[None] = Future()
        done.set_result(None)
        return done

    def keep_progress(self, run_id: int, events: bytes) -> None:
        """Record how far a run is, for those who follow it by another engine."""
        self._submit(lambda: self._keep_progress(run_id, events))

    def admit(self, student: str, most: int) -> Future[float | None]:
        """Count a student's request; else, where it is one too many, seconds until it fits."""
        return self._submit(lambda: self._admit(student, most))

    def engines_alive(self) -> int:
        """How many engines work on the store."""
        return int(self._one("engines_alive")[0])

    # --- what is beside the requests ----------------------------------------------------

    def _renew(self) -> None:
        """Say that this engine is alive, and take up what the dead have left."""
        renewals = 0
        while not self._stopped.wait(self.server.lease / 3):
            try:
                self._submit(self._requeue_interrupted).result()
                if self._retention_days is not None and renewals % _DELETE_EVERY == 0:
                    self._submit(self._delete_old).result()
                renewals += 1
            except Exception:  # noqa: BLE001 - it is tried again; the log says why
                _log.exception("the lease of this engine was not renewed")

    def _listen(self) -> None:
        for topics in self.server.news(_POLL_EVERY):
            if self._stopped.is_set():
                return
            changes = Changes.of(topics)
            if self.on_change:
                self.on_change(changes)
            if changes.is_work and self.on_work:
                self.on_work()

    def _committed(self, changes: Changes) -> None:
        super()._committed(changes)
        if changes.is_work and self.on_work:
            self.on_work()

    # --- the changes themselves, inside a transaction -----------------------------------

    def _queue_of(self, group_id: int | None, student: str | None) -> dict[str, object]:
        self._is_work = True
        values = {"student": student or "", "group_id": group_id or 0, "credit": CREDIT}
        return {"share_id": self._run("share_of", **values).fetchone()[0]}

    def _claim_runs(self, most: int) -> list[ClaimedRun]:
        moment = self._moment()
        rows = self._run(
            "claim_runs", engine=self.server.engine, most=most, moment=moment
        ).fetchall()
        claimed = sorted(ClaimedRun(*row) for row in rows)
        self._changed_runs.update(run.id for run in claimed)
        by_group: dict[int, int] = {}
        for run in claimed:
            if run.group_id is not None:
                by_group[run.group_id] = by_group.get(run.group_id, 0) + 1
        for group_id, count in by_group.items():
            self._run("count_claimed_runs", group_id=group_id, count=count, moment=moment)
        self._changed_groups.update(by_group)
        return claimed

    def _claim_finds(self, most: int) -> list[tuple[int, str | None]]:
        values = {"engine": self.server.engine, "most": most, "moment": self._moment()}
        claimed = self._run("claim_finds", **values).fetchall()
        for find_id, _ in claimed:
            self.finds.tell_status(find_id)
        return claimed

    def _give_back(self, run_ids: list[int]) -> None:
        moment = self._moment()
        values = {"run_ids": run_ids, "engine": self.server.engine, "moment": moment}
        self._count_requeued(self._run("give_back_runs", **values).fetchall(), moment)

    def _count_requeued(self, groups: list[tuple[int | None, int]], moment: str) -> None:
        super()._count_requeued(groups, moment)
        self._is_work = self._is_work or bool(groups)

    def _requeue_interrupted(self) -> None:
        super()._requeue_interrupted()
        self._run("forget_engines", engine=self.server.engine)

    def _end(self) -> None:
        self._run("end_engine", engine=self.server.engine)
        self._requeue_interrupted()

    def _admit(self, student: str, most: int) -> float | None:
        seconds: float | None = self._run("admit", student=student, most=most).fetchone()[0]
        return seconds

    def _keep_progress(self, run_id: int, events: bytes) -> None:
        self._run("add_progress", run_id=run_id, events=events)
        self._changed_runs.add(run_id)

    def _delete_old(self) -> None:
        assert self._retention_days is not None  # noqa: S101 - else it is not called
        old = timestamp(self.database.now() - timedelta(days=self._retention_days))
        for table in ("groups", "runs", "finds", "asked"):
            self._run(f"delete_old_{table}", old=old)
        self._run("delete_unused_specs")
        self._run("delete_unused_shares")
