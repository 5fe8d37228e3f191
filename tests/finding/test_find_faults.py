"""Whatever the network does, no find is created, extended or enriched twice, and none is lost."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from parallel_nb.api.errors import JobIncompleteError
from parallel_nb.client import transport
from parallel_nb.client.client import DEFAULT_TIMEOUT
from parallel_nb.finding.attach import attach_find
from parallel_nb.finding.start import plan_find
from tests.finding.find_helpers import (
    CONDITIONS,
    ENRICH,
    OBJECTIVE,
    assert_right,
    schedule,
    sent,
    start,
)
from tests.job.jobs_helpers import QUICK, connect_to
from tests.service.findall import FindAllService
from tests.service.groups import Fault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from parallel_nb.finding import Find
    from tests.service.groups import FaultKind

pytestmark = pytest.mark.usefixtures("quick_client")

_AT_ONCE = 16
_MATCHES = 7
#: The service may have made the run, and does not say so.
_UNSURE: list[FaultKind] = ["lost", "late", "cut", "500 acted", "408 acted", "504 late", "500"]
#: Answers that say nothing.
_ODD: list[FaultKind] = ["html", "other json", "list", "empty", "error event", "endless"]
_ROUTES = (
    "POST findall/ingest",
    "POST findall/runs",
    "GET findall/runs/{id}/schema",
    "POST findall/runs/{id}/enrich",
    "GET findall/runs/{id}/result",
    "GET findall/runs/{id}/events",
)
#: The service has certainly made nothing.
_REFUSED: list[FaultKind] = ["401", "402", "403", "422"]


def _survive(seeds: Iterable[int], *, spare_create: bool) -> int:
    """Run a find against each schedule, all at once; returns how many are left in doubt."""
    with contextlib.ExitStack() as stack:
        running: list[tuple[int, FindAllService, Find]] = []
        for seed in seeds:
            faults = schedule(seed, spare_create=spare_create)
            pace = 0.0 if seed % 2 else 0.01
            # They write to one journal.
            made = FindAllService(faults=faults, pace=pace, first=1000 * (seed + 1))
            service = stack.enter_context(made.serve())
            find = start(service, limit=_MATCHES, enrich=ENRICH, wait=False)
            running.append((seed, service, find))
        begun = []
        for seed, service, find in running:
            with _noted(seed, service):
                if _has_begun(find):
                    begun.append((seed, service, find.extend(3, wait=False)))
                assert len(service.finds) <= 1
        for seed, service, find in begun:
            with _noted(seed, service):
                find.wait(timeout=60)
                assert_right(find, _MATCHES + 3)
                assert find.df["founded"].notna().all()
                assert sent(service) == {"created": 1, "extended by": 3, "founded": 1}
    return len(running) - len(begun)


@contextlib.contextmanager
def _noted(seed: int, service: FindAllService) -> Iterator[None]:
    """Say of a failure with which faults it was met."""
    try:
        yield
    except BaseException as error:
        error.add_note(f"seed {seed}, faults met: {dict(service.met)}")
        raise


def _has_begun(find: Find) -> bool:
    """Wait for its end; False where it is not known whether the service has made the run."""
    try:
        find.wait(timeout=60)
    except JobIncompleteError as error:
        if "not known whether" not in str(error) or find.findall_id is not None:
            raise
        return False
    assert_right(find, _MATCHES)
    assert find.df["founded"].notna().all()
    return True


@pytest.mark.parametrize("first", range(0, 32, _AT_ONCE))
def test_nothing_is_made_twice_and_nothing_lost_under_random_faults(first: int) -> None:
    _survive(range(first, first + _AT_ONCE), spare_create=False)


def test_a_find_that_has_begun_survives_every_fault() -> None:
    assert _survive(range(1000, 1012), spare_create=True) == 0


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("first", range(100, 500, _AT_ONCE))
def test_nothing_is_made_twice_under_many_random_faults(first: int) -> None:
    _survive(range(first, first + _AT_ONCE), spare_create=first % 40 == 0)


@pytest.mark.parametrize("kind", _UNSURE)
def test_a_lost_answer_to_the_creation_is_never_repeated(kind: FaultKind) -> None:
    faults = iter([Fault(kind, seconds=0.1)])

    def fault(method: str, route: str) -> Fault | None:
        return next(faults, None) if (method, route) == ("POST", "findall/runs") else None

    with FindAllService(faults=fault).serve() as service:
        connection = connect_to(service)
        for _ in range(2):  # the same call again does not begin another one
            with pytest.raises(JobIncompleteError, match="not known whether the find"):
                start(service, limit=5, connection=connection)
        plan = plan_find(OBJECTIVE, CONDITIONS, limit=5, connection=connection)
        assert plan.in_doubt
        assert service.requests["POST findall/runs"] == 1
        if service.finds:  # found in the dashboard
            back = attach_find("findall_000001", connection=connection, tuning=QUICK)
            assert_right(back, 5)
            assert back.prompt == OBJECTIVE
            # It was that of the cell, which goes on with it.
            assert start(service, limit=5, connection=connection).findall_id == back.findall_id
            assert service.requests["POST findall/runs"] == 1
        # Only who asks for it begins another one.
        assert_right(start(service, limit=5, connection=connection, fresh=True), 5)


@pytest.mark.parametrize("kind", _ODD)
def test_a_wrong_answer_of_any_route_loses_and_doubles_nothing(
    kind: FaultKind, monkeypatch: pytest.MonkeyPatch
) -> None:
    if kind == "endless":  # it is cut off after seconds instead of minutes
        monkeypatch.setattr(transport, "_READS_IN_ALL", 3 / (DEFAULT_TIMEOUT.read or 60))
    with contextlib.ExitStack() as stack:
        running = []
        for number, route in enumerate(_ROUTES):
            faults = _once(Fault(kind, acted=route == "POST findall/runs/{id}/enrich"), route)
            made = FindAllService(faults=faults, pace=0.01, first=1000 * (number + 1))
            service = stack.enter_context(made.serve())
            running.append((route, service, start(service, limit=5, enrich=ENRICH, wait=False)))
        for route, service, first in running:
            find = first
            try:
                with contextlib.suppress(JobIncompleteError):
                    find.wait(timeout=60)
                if find.error is not None:
                    with contextlib.suppress(JobIncompleteError):
                        find = start(service, limit=5, enrich=ENRICH)
                assert service.requests["POST findall/runs"] <= 1 + ("ingest" in route)
                if route != "POST findall/runs":
                    assert_right(find, 5)
                    assert sent(service) == {"created": 1, "extended by": 0, "founded": 1}
            except BaseException as error:
                error.add_note(f"route {route}, faults met: {dict(service.met)}")
                raise


def _once(fault: Fault, route: str) -> Callable[[str, str], Fault | None]:
    """This fault at the first request of a route."""
    left = [fault]

    def faults(method: str, asked: str) -> Fault | None:
        return left.pop() if left and f"{method} {asked}" == route else None

    return faults


@pytest.mark.parametrize("kind", _REFUSED)
def test_a_refused_creation_may_be_tried_again(kind: FaultKind) -> None:
    faults = iter([Fault(kind)])

    def fault(method: str, route: str) -> Fault | None:
        return next(faults, None) if (method, route) == ("POST", "findall/runs") else None

    with FindAllService(faults=fault).serve() as service:
        with pytest.raises(JobIncompleteError):
            start(service, limit=5)
        assert_right(start(service, limit=5), 5)
        assert len(service.finds) == 1


def test_what_was_refused_is_not_sent_again_unasked() -> None:
    refused = {"findall/runs/{id}/extend", "findall/runs/{id}/enrich"}

    def fault(_method: str, route: str) -> Fault | None:
        return Fault("402") if route in refused else None

    with FindAllService(faults=fault).serve() as service:
        find = start(service, limit=5)
        with pytest.raises(JobIncompleteError, match="402"):
            find.extend(5)
        with pytest.raises(JobIncompleteError, match="402"):
            find.enrich(ENRICH)
        assert_right(find, 5)
        refused.clear()
        again = start(service, limit=5)
        assert "founded" not in again.df
        assert sent(service) == {"created": 1, "extended by": 0}
        again.extend(2)
        again.enrich(ENRICH)
        assert sent(service) == {"created": 1, "extended by": 2, "founded": 1}


def test_a_service_that_is_not_there_is_told_and_begins_nothing() -> None:
    with FindAllService().serve() as service:
        connection = connect_to(service)
    impatient = replace(QUICK, give_up_after=0.5)
    with pytest.raises(JobIncompleteError, match="cannot be reached"):
        start(service, limit=5, connection=connection, tuning=impatient)
