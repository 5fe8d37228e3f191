"""What a service does, and what holds all the same: a job ends, and nothing is paid twice.

Each scenario is a fault on some routes of a service that keeps its own count of runs. It is one
line of a table: the routes, the fault, and how the job has to end. Many run at the same time.
"""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import pytest

from parallel_nb.api.errors import JobIncompleteError
from parallel_nb.client import transport
from parallel_nb.job.archive import list_jobs
from tests.job.jobs_helpers import QUICK, ask, assert_paid_once, assert_right, wait_until
from tests.service.groups import Fault, GroupsService, Run, default_answer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from _pytest.mark.structures import ParameterSet

    from parallel_nb.job import Job

ADD: Final = "POST groups/{id}/runs"
CREATE: Final = "POST groups"
GROUP: Final = "GET groups/{id}"
EVENTS: Final = "GET groups/{id}/events"
SNAPSHOT: Final = "GET groups/{id}/runs"
RESULT: Final = "GET runs/{id}/result"
RUN: Final = "GET runs/{id}"

_ROWS: Final = 9
_AT_ONCE: Final = 20
#: A job that meets a lasting fault has ended after so many seconds, also on a busy machine.
_SECONDS: Final = 100
TUNING: Final = replace(
    QUICK, wave=5, give_up_after=1.0, stream_silence=0.3, reconcile_after=0.3, grace=1.0
)


@dataclass(frozen=True)
class Scenario:
    """A fault, where and how often it comes, and how the job then ends."""

    routes: tuple[str, ...]
    fault: Fault
    #: "right": every row is answered. "rows": the job ends and each row without an answer says
    #: why. "incomplete": it ends with an error. "any": one of these.
    ends: str
    #: Requests of these routes that are well before the first fault, and faults in all.
    after: int = 0
    times: int = 1_000_000

    def __str__(self) -> str:
        fault = self.fault
        kind = str(fault.status) if fault.kind == "status" else fault.kind
        acted = " acted" if fault.acted else ""
        once = " once" if self.times == 1 else ""
        return f"{' + '.join(self.routes)}: {kind}{acted}{once}"

    def schedule(self) -> Callable[[str, str], Fault | None]:
        seen = 0

        def fault(method: str, route: str) -> Fault | None:
            nonlocal seen
            if not self.is_on or f"{method} {route}" not in self.routes:
                return None
            seen += 1
            return self.fault if self.after < seen <= self.after + self.times else None

        return fault

    @property
    def is_on(self) -> bool:
        return self not in _over


#: Scenarios of which the fault is over.
_over: set[Scenario] = set()


def _statuses(*statuses: int) -> list[Fault]:
    return [Fault("status", status=status) for status in statuses]


#: Of the statuses that the client treats alike (`api_error`, `may_retry`, `unchanged_time`) one.
_STATUSES: Final = (301, 401, 402, 403, 404, 408, 409, 422, 429, 500, 501, 502)
#: Those that it does not tell from one of them.
_OTHER_STATUSES: Final = (302, 307, 308, 400, 405, 406, 410, 413, 418, 503, 504)
_NO_JSON: Final = [Fault("html"), Fault("other json"), Fault("list"), Fault("empty")]


def _sending(*faults: Fault) -> list[Scenario]:
    """One answer to `add_runs` is not what it should be, before or after the service has acted."""
    return [
        Scenario((ADD,), replace(fault, acted=acted), "any", after=1, times=1)
        for acted in (False, True)
        for fault in faults
    ]


SENDING: Final = _sending(*_statuses(*_STATUSES), *_NO_JSON)
OTHER_SENDING: Final = _sending(*_statuses(*_OTHER_STATUSES))
#: The service takes no runs at all, or gives groups that are none.
NOTHING_TAKEN: Final = [
    *(
        Scenario((ADD,), fault, "incomplete")
        for fault in [*_statuses(301, 401, 402, 404, 409, 422, 429, 500, 503), Fault("html")]
    ),
    *(
        Scenario((CREATE,), fault, "incomplete")
        for fault in [*_statuses(301, 401, 404, 422, 429, 500), *_NO_JSON]
    ),
]
#: The group cannot be read after an answer that was lost.
NOT_READABLE: Final = [
    Scenario((SNAPSHOT, GROUP), fault, "any")
    for fault in [*_statuses(401, 404, 500), Fault("reset"), *_NO_JSON, Fault("endless")]
]
_STREAMS: Final = [
    *_statuses(301, 401, 404, 429, 500, 501),
    *_NO_JSON,
    Fault("reset"),
    Fault("cut", at=0.3),
    Fault("endless"),
    Fault("comments"),
    Fault("error event"),
]
_STREAM_ROUTES: Final = [(EVENTS,), (SNAPSHOT,), (EVENTS, SNAPSHOT)]
#: One kind of stream, or both, cannot be had: what they would tell is asked for in another way.
STREAMS: Final = [
    Scenario(routes, fault, "right") for routes in _STREAM_ROUTES for fault in _STREAMS
]
#: The same with statuses of which `STREAMS` has one that is treated alike.
OTHER_STREAMS: Final = [
    Scenario(routes, fault, "right")
    for routes in _STREAM_ROUTES
    for fault in _statuses(400, 403, 405, 410, 503)
]
#: Answers cannot be fetched one by one; without snapshots they cannot be fetched at all.
RESULTS: Final = [
    *(
        Scenario((RESULT,), fault, "right")
        for fault in [*_statuses(401, 404, 500), Fault("null output"), Fault("other run")]
    ),
    *(
        Scenario((RESULT, SNAPSHOT), fault, "rows")
        for fault in [*_statuses(301, 400, 403, 404, 409, 500, 501), *_NO_JSON, Fault("reset")]
    ),
    *(
        Scenario((RESULT, RUN, EVENTS, SNAPSHOT), fault, "any")
        for fault in [*_statuses(401, 404, 500), Fault("html")]
    ),
    Scenario((GROUP,), Fault("status", status=500), "right"),
    Scenario((GROUP, EVENTS), Fault("html"), "right"),
]


def _batches(scenarios: Sequence[Scenario]) -> list[Sequence[Scenario]]:
    return [scenarios[at : at + _AT_ONCE] for at in range(0, len(scenarios), _AT_ONCE)]


def _slow_batches(scenarios: Sequence[Scenario]) -> list[ParameterSet]:
    return [pytest.param(batch, marks=pytest.mark.slow) for batch in _batches(scenarios)]


def _batch_name(batch: Sequence[Scenario]) -> str:
    return f"{batch[0]} ... {batch[-1]}"


@pytest.fixture(autouse=True)
def quick(quick_client: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bodies that do not end are given up after 1.5 s and not ten minutes."""
    monkeypatch.setattr(transport, "_READS_IN_ALL", 0.02)
    _over.clear()


def _meet(batch: Sequence[Scenario]) -> None:
    """Run a job in each scenario; when the fault is over, the same call gets all answers.

    The jobs run side by side, and so do the calls after them.
    """
    with contextlib.ExitStack() as stack:
        jobs: list[tuple[Scenario, GroupsService, Job]] = []
        for scenario in batch:
            service = stack.enter_context(
                GroupsService(
                    faults=scenario.schedule(), latency=lambda run: run.index / 40
                ).serve()
            )
            jobs.append((scenario, service, ask(service, _ROWS, wait=False, tuning=TUNING)))
        began = time.monotonic()
        for scenario, service, job in jobs:
            with _noted(scenario, service, job):
                _check_end(scenario, job, _SECONDS - (time.monotonic() - began))
                assert set(service.runs_by_input().values()) <= {1}
        _over.update(batch)
        again = [ask(service, _ROWS, wait=False, tuning=TUNING) for _, service, _ in jobs]
        for (scenario, service, _), job in zip(jobs, again, strict=True):
            with _noted(scenario, service, job):
                assert_right(job.wait().df, _ROWS)
                assert_paid_once(service, _ROWS)


@contextlib.contextmanager
def _noted(scenario: Scenario, service: GroupsService, job: Job) -> Iterator[None]:
    """Say of a failure in which scenario it was met."""
    try:
        yield
    except BaseException as error:
        error.add_note(f"{scenario}; {job!r}; {job.message}; met {dict(service.met)}")
        raise


def _check_end(scenario: Scenario, job: Job, seconds: float) -> None:
    """The job has ended in time, and every row of it is accounted for."""
    with contextlib.suppress(JobIncompleteError):
        job.wait(timeout=max(1.0, seconds))
    if job.error is not None:
        assert scenario.ends in ("incomplete", "any"), job.error
        assert job.error.message
        assert job.error.__cause__ is not None
    else:
        assert scenario.ends != "incomplete", job
    frame = job.df
    assert len(frame) == _ROWS
    assert frame["status"].isin(["completed", "failed", "running", "unsent"]).all()
    if scenario.ends == "right":
        assert_right(frame, _ROWS)
    if scenario.ends == "rows":
        assert (frame["status"] == "failed").all()
        assert frame["error"].str.contains("cannot be fetched").all()
        assert (frame["error"].str.len() < 600).all()
        assert job.progress.failed == _ROWS


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    "batch", [*_batches(SENDING), *_slow_batches(OTHER_SENDING)], ids=_batch_name
)
def test_whatever_is_answered_to_a_send_no_row_is_made_twice(batch: Sequence[Scenario]) -> None:
    _meet(batch)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("batch", _batches(NOTHING_TAKEN + NOT_READABLE), ids=_batch_name)
def test_a_job_ends_when_nothing_can_be_sent_or_read(batch: Sequence[Scenario]) -> None:
    _meet(batch)


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    "batch", [*_batches(STREAMS), *_slow_batches(OTHER_STREAMS)], ids=_batch_name
)
def test_without_streams_a_job_polls(batch: Sequence[Scenario]) -> None:
    _meet(batch)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("batch", _batches(RESULTS), ids=_batch_name)
def test_an_answer_that_cannot_be_had_is_a_fault_of_its_row(batch: Sequence[Scenario]) -> None:
    _meet(batch)


# --- the submitter dies -----------------------------------------------------------------

_UNREADABLE: Final = [
    *_statuses(301, 401, 404, 429, 500),
    *_NO_JSON,
    Fault("reset"),
    Fault("endless"),
]


class _Loss:
    """The second send is acted upon and its answer lost; from then on the group cannot be read."""

    def __init__(self, lost: Fault, then: Fault) -> None:
        self._lost = lost
        self._then = then
        self._sends = 0
        self.is_over = False

    def __call__(self, method: str, route: str) -> Fault | None:
        request = f"{method} {route}"
        self._sends += request == ADD
        if self.is_over or self._sends < 2:
            return None
        if request == ADD and self._sends == 2:
            return self._lost
        return self._then if request in (GROUP, SNAPSHOT) else None


@pytest.mark.timeout(300)
@pytest.mark.parametrize("lost", [Fault("lost"), Fault("status", status=500, acted=True)], ids=str)
def test_a_job_ends_when_its_submitter_does(lost: Fault) -> None:
    with contextlib.ExitStack() as stack:
        jobs = []
        for then in _UNREADABLE:
            faults = _Loss(lost, then)
            made = GroupsService(faults=faults, latency=lambda run: run.index / 40)
            service = stack.enter_context(made.serve())
            jobs.append((faults, service, ask(service, _ROWS, wait=False, tuning=TUNING)))
        began = time.monotonic()
        for faults, _, job in jobs:
            with pytest.raises(JobIncompleteError) as caught:
                job.wait(timeout=max(1.0, _SECONDS - (time.monotonic() - began)))
            assert caught.value.__cause__ is not None
            faults.is_over = True
        again = [ask(service, _ROWS, wait=False, tuning=TUNING) for _, service, _ in jobs]
        for (_, service, _), job in zip(jobs, again, strict=True):
            assert_right(job.wait().df, _ROWS)
            assert_paid_once(service, _ROWS)


@pytest.mark.timeout(150)
def test_a_job_ends_when_the_service_has_gone_for_good() -> None:
    with GroupsService(latency=lambda _: 60.0).serve() as service:
        job = ask(service, _ROWS, wait=False, tuning=TUNING)
        wait_until(lambda: service.runs)
    with pytest.raises(JobIncompleteError):
        job.wait(timeout=100)
    assert job.df["status"].isin(["running", "unsent"]).all()


@pytest.mark.parametrize("group_id", ["", ".", "a/b", "tgrp 1", "tgrp_\u00e9", "x" * 5000, "?a=b"])
def test_a_group_id_that_is_none_ends_the_job_before_a_run_is_sent(group_id: str) -> None:
    def alter(kind: str, body: dict[str, Any]) -> dict[str, Any]:
        return body | {"taskgroup_id": group_id} if kind == "group" and is_odd else body

    is_odd = True
    with GroupsService(alter=alter).serve() as service:
        with pytest.raises(JobIncompleteError, match="not the id of a group") as caught:
            ask(service, _ROWS, tuning=TUNING)
        assert len(caught.value.message) < 500
        assert not service.runs
        is_odd = False
        assert_right(ask(service, _ROWS, tuning=TUNING).df, _ROWS)


# --- one row among others ---------------------------------------------------------------


def _is_third(body: dict[str, Any]) -> bool:
    return bool(body["run_id"].endswith("4"))  # the group has the first id


@pytest.mark.parametrize("rows", [9, 40])
def test_a_row_without_an_output_leaves_the_others_alone(rows: int) -> None:
    def answer(run: Run) -> Any:
        return None if run.index == 3 else default_answer(run)

    with GroupsService(answer=answer, latency=lambda run: run.index / 100).serve() as service:
        job = ask(service, rows, tuning=TUNING)
        (failed,) = job.failed.to_dict("records")
        assert (job.df["status"] == "completed").sum() == rows - 1
        assert "cannot be fetched" in failed["error"]
        assert failed["run_id"].startswith("trun_")
        assert list_jobs()["failed"].tolist() == [1]
        # Its answer is asked for again, and the question never.
        again = ask(service, rows, tuning=TUNING)
        assert (again.df["status"] == "completed").sum() == rows - 1
        again.retry_failed()
        assert_paid_once(service, rows)


@pytest.mark.parametrize(
    "run_id", ["", "a/b", "..", "trun_\u00e9", "trun_1?x=1", "x" * 3000, " ", "\n"]
)
def test_a_run_id_that_is_none_leaves_the_other_rows_alone(run_id: str) -> None:
    def alter(kind: str, body: dict[str, Any]) -> dict[str, Any]:
        if kind == "added":
            return body | {"run_ids": [run_id, *body["run_ids"][1:]]}
        return body | {"run_id": run_id} if kind == "run" and _is_third(body) else body

    with GroupsService(alter=alter, latency=lambda run: run.index / 100).serve() as service:
        job = ask(service, _ROWS, tuning=TUNING, max_wait=2 / 60)
        assert (job.df["status"] == "completed").sum() >= _ROWS - 1, job.df["error"]
        assert_paid_once(service, _ROWS)


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({"status": "exploded", "is_active": False}, "failed"),
        ({"status": "exploded", "is_active": True}, "running"),
        ({"status": "running", "is_active": True}, "running"),
        ({"status": "queued", "is_active": False}, "running"),
        ({"status": "completed", "is_active": True}, "completed"),
        ({"status": "", "is_active": False}, "failed"),
        ({"status": "failed", "is_active": True, "error": None}, "failed"),
    ],
    ids=str,
)
def test_what_a_run_is_said_to_be_ends_the_job_in_time(said: dict[str, Any], status: str) -> None:
    def alter(kind: str, body: dict[str, Any]) -> dict[str, Any]:
        return body | said if kind == "run" and _is_third(body) else body

    with GroupsService(alter=alter, latency=lambda run: run.index / 100).serve() as service:
        began = time.monotonic()
        job = ask(service, _ROWS, tuning=TUNING, max_wait=2 / 60)
        assert time.monotonic() - began < 60  # without an end in time it would be for ever
        frame = job.df
        assert frame["status"].tolist().count("completed") == _ROWS - (status != "completed")
        assert status in frame["status"].tolist()
        if status == "running":
            assert job.status == "detached"
            assert "no row has ended" in job.message
            assert "%parallel_attach" in job.message
        assert_paid_once(service, _ROWS)


def test_a_group_that_claims_to_be_active_for_ever_is_no_reason_to_wait() -> None:
    def alter(kind: str, body: dict[str, Any]) -> dict[str, Any]:
        if kind in ("group", "added"):
            body["status"]["is_active"] = True
        return body

    def faults(method: str, route: str) -> Fault | None:
        return Fault("comments") if f"{method} {route}" == EVENTS else None

    with GroupsService(alter=alter, faults=faults).serve() as service:
        assert_right(ask(service, _ROWS, tuning=TUNING).df, _ROWS)


def test_the_answer_of_another_run_is_never_taken() -> None:
    def faults(method: str, route: str) -> Fault | None:
        if f"{method} {route}" == RESULT and service.runs:
            return Fault("other run")
        return Fault("status", status=404) if f"{method} {route}" == SNAPSHOT else None

    with GroupsService(faults=faults, latency=lambda run: run.index / 100).serve() as service:
        frame = ask(service, _ROWS, tuning=TUNING).df
        assert (frame["status"] == "failed").all()
        assert frame["error"].str.contains("about another one").all()
        assert frame["leader"].isna().all()
