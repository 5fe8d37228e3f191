"""FindAll runs at work: which step comes next, until each run has ended.

Workers find, judge and enrich; here stands what that makes of a run. All that has been done
stands in the store, so a run that was interrupted goes on from there.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final

import msgspec

from parallel_nb.api.findall import FindAllRunInput
from parallel_nb.api.types import FieldBasis
from parallel_nb.engine.workers.fair_queue import FairQueue, Share
from parallel_nb.engine.workers.pool import StepFailedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from parallel_nb.engine.store.finds import CandidateRow, FinalStatus, FindRow
    from parallel_nb.engine.store.write import Store
    from parallel_nb.engine.workers.pool import WorkerPool

_log = logging.getLogger(__name__)
#: Runs that are worked on at once; others stay queued.
AT_ONCE: Final = 4
#: Candidates of one run that are with the workers at once.
AHEAD: Final = 8
#: Seconds between two looks at whether the engine ends, while a step is waited for.
_LOOK_EVERY: Final = 0.5


#: What a step gives, decoded.
Verdict = dict[str, Any]
#: A candidate that could not be judged, and one that could not be enriched.
_DISCARDED: Final[Verdict] = {"status": "discarded", "output": {}}
_NOT_ENRICHED: Final[Verdict] = {"output": {}}


class _StoppedError(Exception):
    """The engine ends, or the run has ended: nothing more is to be done."""


class FindRuns:
    """Works on the FindAll runs of a store until it is stopped.

    Examples:
        >>> finds = FindRuns(store, pool)
        >>> finds.start()
        >>> finds.take_up(store.finds.get(name).id)
    """

    #: Called on any thread when `room` may have grown.
    on_room: Callable[[], None] | None = None

    def __init__(self, store: Store, pool: WorkerPool) -> None:
        """Nothing is started yet."""
        self._store = store.finds
        self._is_shared = store.is_shared
        self._pool = pool
        self._stopped = threading.Event()
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="findall")
        #: The runs that are with the threads, or wait for one.
        self._taken: set[int] = set()
        #: Those of them that have been queued again, perhaps after they had ended.
        self._again: set[int] = set()
        #: Those of them that no thread has taken up yet.
        self._waiting: FairQueue[int] = FairQueue()
        self._lock = threading.Lock()

    def start(self) -> None:
        """Go on with what an earlier engine left unfinished; many engines claim (`claims`)."""
        if self._is_shared:
            return
        for find_id, student in self._store.unfinished():
            self.take_up(find_id, student)

    def stop(self) -> None:
        """Let the threads go; their runs are queued again by the next engine."""
        self._stopped.set()
        self._threads.shutdown(wait=True, cancel_futures=True)

    @property
    def active(self) -> int:
        """How many runs wait or are being worked on."""
        return len(self._taken)

    @property
    def room(self) -> int:
        """How many more could be worked on."""
        return max(0, AT_ONCE - self.active)

    def take_up(self, find_id: int, student: str | None = None) -> None:
        """Work on a run until it has ended, unless that is being done; each student in turn."""
        with self._lock:
            if self._stopped.is_set():
                return
            if find_id in self._taken:
                self._again.add(find_id)
                return
            self._taken.add(find_id)
            self._waiting.put(Share(None, student), [find_id])
            self._threads.submit(self._work).add_done_callback(_log_fault)

    def _work(self) -> None:
        taken = self._waiting.get(wait=False)
        assert taken is not None  # noqa: S101 - there is one for each submission
        (_, student), find_id = taken
        try:
            self._work_on(find_id)
        except _StoppedError:
            pass
        except Exception:  # noqa: BLE001 - the run fails, and the log says why
            _log.exception("FindAll run %d failed", find_id)
            self._end(find_id, "failed", "error_occurred")
        finally:
            with self._lock:
                self._taken.discard(find_id)
                is_queued = find_id in self._again
                self._again.discard(find_id)
            if is_queued:
                self.take_up(find_id, student)
            if self.on_room:
                self.on_room()

    def _end(self, find_id: int, status: FinalStatus, reason: str) -> None:
        find = self._store.by_id(find_id)
        if find.is_active:
            self._store.end(find_id, status, reason, find.revision).result()

    def _work_on(self, find_id: int) -> None:
        self._store.claim(find_id).result()
        while (find := self._store.by_id(find_id)).is_active:
            status, reason = find.ended_as or "completed", find.reason
            if find.is_searching:
                status, reason = "completed", self._search(find)
            self._enrich(find)
            if self._store.end(find.id, status, reason, find.revision).result():
                return

    # --- the three steps ----------------------------------------------------------------

    def _search(self, find: FindRow) -> str:
        """Judge candidates until there are enough matches; gives the reason for the end."""
        wanted = msgspec.json.decode(find.input, type=FindAllRunInput)
        if not find.has_candidates:
            self._find_candidates(find)
        conditions = {
            "entity_type": wanted.entity_type,
            "conditions": wanted.match_conditions,
            "generator": find.generator,
        }

        def judge(candidate: CandidateRow) -> Future[bytes]:
            if candidate.status == "waiting":
                self._store.take_up(candidate.id)
            entity = msgspec.Raw(candidate.entity)
            return self._step(find, "judge", entity=entity, **conditions)

        matched = find.matched
        if matched < find.match_limit:
            # in the order of their rank, whichever worker is quicker
            for candidate, judging in _ahead(self._store.to_judge(find.id), judge):
                verdict = self._result(find, judging, _DISCARDED)
                output, basis = _encoded(verdict)
                self._store.judge(candidate.id, verdict["status"], output, basis).result()
                matched += verdict["status"] == "matched"
                if matched == find.match_limit:
                    break
            else:
                return self._reason_of_exhaustion(find)
        return "match_limit_met"

    def _reason_of_exhaustion(self, find: FindRow) -> str:
        is_cut = self._store.by_id(find.id).is_cut
        return "low_match_rate" if is_cut else "candidates_exhausted"

    def _find_candidates(self, find: FindRow) -> None:
        wanted = msgspec.Raw(find.input)
        found = self._result(
            find, self._step(find, "candidates", wanted=wanted, limit=find.match_limit)
        )
        entities = [msgspec.json.encode(entity) for entity in found["entities"]]
        self._store.add_candidates(find.id, entities, is_cut=found["is_cut"]).result()

    def _enrich(self, find: FindRow) -> None:
        """Give each match the enrichments that it lacks, one after the other."""
        enrichments = msgspec.json.decode(find.enrichments, type=list[msgspec.Raw])
        for number, enrichment in enumerate(enrichments, start=1):

            def enrich(candidate: CandidateRow, enrichment: msgspec.Raw = enrichment) -> Any:
                entity = msgspec.Raw(candidate.entity)
                return self._step(find, "enrich", entity=entity, enrichment=enrichment)

            for candidate, enriching in _ahead(self._store.to_enrich(find.id, number), enrich):
                output, basis = _encoded(self._result(find, enriching, _NOT_ENRICHED))
                self._store.enrich(candidate.id, output, basis).result()

    # --- asking the workers -------------------------------------------------------------

    def _step(self, find: FindRow, name: str, **given: Any) -> Future[bytes]:
        body = msgspec.json.encode({"step": name, **given})
        return self._pool.take_step(("find", find.id), body, find.student)

    def _result(
        self, find: FindRow, step: Future[bytes], otherwise: Verdict | None = None
    ) -> Verdict:
        """Wait for a step, for as long as the run and the engine go on.

        Args:
            find: the run.
            step: what is waited for.
            otherwise: what stands for a step about one candidate that cannot be taken; the
                reason is added to its basis.

        Raises:
            StepFailedError: it cannot be taken, and nothing stands for it.
            _StoppedError: the run was cancelled, or the engine ends.
        """
        while not self._stopped.is_set() and self._store.by_id(find.id).is_active:
            try:
                found: Verdict = msgspec.json.decode(step.result(timeout=_LOOK_EVERY))
            except TimeoutError:
                continue
            except StepFailedError as error:
                if otherwise is None:
                    raise
                _log.warning("FindAll run %s: %s", find.name, error)
                return otherwise | {"basis": [FieldBasis(field="output", reasoning=str(error))]}
            return found
        raise _StoppedError


def _log_fault(work: Future[None]) -> None:
    """See what a run's thread could not answer for itself, such as a full disk."""
    if not work.cancelled() and (error := work.exception()):
        _log.error("a FindAll run is left to the next engine", exc_info=error)


def _ahead(
    candidates: Iterable[CandidateRow], ask: Callable[[CandidateRow], Future[bytes]]
) -> Iterator[tuple[CandidateRow, Future[bytes]]]:
    """What was asked for each candidate, in their order, with a few more under way."""
    waiting = iter(candidates)
    under_way: deque[tuple[CandidateRow, Future[bytes]]] = deque()
    while True:
        while len(under_way) < AHEAD and (candidate := next(waiting, None)):
            under_way.append((candidate, ask(candidate)))
        if not under_way:
            return
        yield under_way.popleft()


def _encoded(verdict: Verdict) -> tuple[bytes, bytes]:
    """The output and the basis, to be stored."""
    return msgspec.json.encode(verdict["output"]), msgspec.json.encode(verdict["basis"])
