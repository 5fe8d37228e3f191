"""Jobs whose journal is a team's: the promises are those of the file."""

from __future__ import annotations

import contextlib
import random
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import psycopg
import pytest

from parallel_nb.api.errors import ConnectionProblem, InputError
from parallel_nb.cli import main
from parallel_nb.display.html.progress import text
from parallel_nb.job import archive, plan
from parallel_nb.job.archive import list_jobs
from parallel_nb.job.journal import Journal, RunOutcome, records
from parallel_nb.job.journal.database import CutError
from parallel_nb.job.journal.postgres import PostgresServer
from tests.job.jobs_helpers import (
    FIELDS,
    PROMPT,
    ask,
    assert_paid_once,
    assert_right,
    companies,
    connect_to,
    schedule,
    start_kernel,
    wait_until,
)
from tests.job.test_journal import record
from tests.postgres_server import postgres
from tests.service.groups import GroupsService

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from parallel_nb.job.journal.database import Statements
    from tests.postgres_server import PostgresProcess

    Opener = Callable[[], Journal]

_SCRIPT = """
import sys
from dataclasses import replace
sys.path.insert(0, sys.argv[1])
from tests.job.jobs_helpers import FIELDS, PROMPT, QUICK, assert_right, companies
from parallel_nb.connection import connect
from parallel_nb.job import start
connection = connect("hosted", api_key="sk-secret", base_url=sys.argv[2])
rows = int(sys.argv[3])
tuning = replace(QUICK, wave=25, window=50, lease=float(sys.argv[4]))
job = start(companies(rows), PROMPT, output=FIELDS, connection=connection, tuning=tuning)
assert_right(job.df, rows)
print("right", flush=True)
"""


def test_a_job_is_answered_and_the_same_cell_again_pays_nothing() -> None:
    with GroupsService().serve() as service:
        assert_right(ask(service, 50).df, 50)
        again = ask(service, 60)
        assert_right(again.df, 60)
        assert again.progress.reused == 50
        assert_paid_once(service, 60)


@pytest.mark.parametrize(
    "seed", [*range(3), *(pytest.param(n, marks=pytest.mark.slow) for n in range(3, 60))]
)
def test_whatever_fails_each_row_is_paid_once(seed: int) -> None:
    with GroupsService(faults=schedule(seed)).serve() as service:
        assert_right(ask(service, 80).df, 80)
        assert_paid_once(service, 80)


def work_as(person: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Become another person of the team, in another kernel."""
    monkeypatch.setenv("JUPYTERHUB_USER", person)
    records.current_person.cache_clear()


def test_what_others_have_asked_is_reused_and_said_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with GroupsService().serve() as service:
        work_as("ada", monkeypatch)
        ask(service, 30)
        work_as("grace", monkeypatch)
        planned = plan(companies(40), PROMPT, output=FIELDS, connection=connect_to(service))
        assert (planned.reused, planned.reused_from_others, planned.to_send) == (30, 30, 10)
        assert "30 (answered already, from the journal; 30 were asked by others)" in str(planned)
        job = ask(service, 40)
        assert_right(job.df, 40)
        assert (job.progress.reused, job.progress.reused_from_others) == (30, 30)
        assert "30 reused, of which 30 asked by others" in text(job.progress)
        assert_paid_once(service, 40)
        assert job.cost == pytest.approx(10 * 0.01)

        assert list_jobs()["person"].tolist() == ["grace"]
        assert list_jobs(everyone=True)["person"].tolist() == ["grace", "ada"]
        assert "ada: done, 30 rows" in repr(list_jobs(everyone=True))
        (of_ada,) = list_jobs(everyone=True)["id"][1:]
        assert main(["jobs", "show", of_ada]) == 0
        assert "company 29" in capsys.readouterr().out
        with pytest.raises(InputError, match="is ada's"):
            archive.clear_jobs(of_ada)
        assert archive.clear_jobs(everything=True).forgotten == 1
        assert list_jobs(everyone=True)["person"].tolist() == ["ada"]
        work_as("ada", monkeypatch)
        assert_right(ask(service, 30).df, 30)
        assert_paid_once(service, 40)
    records.current_person.cache_clear()


def test_the_same_find_is_not_begun_twice_by_two_people(open_team_journal: Opener) -> None:
    first, second = open_team_journal(), open_team_journal()
    one, two = (replace(record(name), find=b"{}") for name in ("find_1", "find_2"))
    assert first.begin_find(one, None).id == "find_1"
    assert second.begin_find(two, None).id == "find_1"
    assert first.take_sending("find_1", "host/1/a")
    assert not second.take_sending("find_1", "host/1/b")


@pytest.mark.parametrize("kernels", [2, pytest.param(8, marks=pytest.mark.slow)])
def test_kernels_on_one_table_pay_each_row_once(kernels: int) -> None:
    with GroupsService(latency=lambda _: 0.2).serve() as service:
        children = [start_kernel(_SCRIPT, service, 300, 5.0) for _ in range(kernels)]
        try:
            for child in children:
                output, _ = child.communicate(timeout=110)
                assert output.split() == ["right"]
        finally:
            for child in children:
                child.kill()
        assert_paid_once(service, 300)


# --- the server fails -------------------------------------------------------------------


def cut_off(address: str, until: threading.Event, pauses: random.Random) -> None:
    """End all connections to a database, again and again."""
    with psycopg.connect(address, autocommit=True) as connection:
        while not until.wait(pauses.uniform(0.01, 0.15)):
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )


@pytest.mark.parametrize(
    "seed", [0, *(pytest.param(n, marks=pytest.mark.slow) for n in range(1, 20))]
)
def test_connections_that_are_ended_lose_nothing(address: str, seed: int) -> None:
    over = threading.Event()
    pauses = random.Random(seed)  # noqa: S311 - no secret
    enemy = threading.Thread(target=cut_off, args=(address, over, pauses))
    with GroupsService(latency=lambda _: 0.1).serve() as service:
        ask(service, 1)  # the tables are there
        enemy.start()
        try:
            children = [start_kernel(_SCRIPT, service, 200, 5.0) for _ in range(2)]
            for child in children:
                output, _ = child.communicate(timeout=110)
                assert output.split() == ["right"]
        finally:
            over.set()
            enemy.join()
        assert_paid_once(service, 200)


def test_a_claim_whose_answer_was_lost_is_ones_own(
    open_team_journal: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = open_team_journal()
    journal.create_job(record("job"), [(n, k, None, k, b"1") for n, k in enumerate("ab")])
    written = PostgresServer.used
    cuts = iter([True])

    @contextlib.contextmanager
    def used(self: PostgresServer, doing: str) -> Iterator[Statements]:
        with written(self, doing) as execute:
            yield execute
        if next(cuts, False):  # it is committed, and nobody is told
            raise CutError("the connection was lost")

    monkeypatch.setattr(PostgresServer, "used", used)
    claimed, taken = journal.claim("job", "tgrp", "host/1/a", {"a": 0, "b": 1})
    assert (claimed, taken) == ({"a": 1, "b": 1}, {})
    assert journal.claim("job", "tgrp", "host/1/b", {"a": 0, "b": 1})[0] == {}


@pytest.fixture
def own_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[PostgresProcess]:
    """A server that the test may stop, with the journal on it."""
    with postgres() as own:
        monkeypatch.setenv("PARALLEL_NB_JOURNAL", own.address)
        yield own


def test_a_server_that_restarts_loses_nothing(own_server: PostgresProcess) -> None:
    with GroupsService(latency=lambda _: 0.3).serve() as service:
        job = ask(service, 300, wait=False)
        wait_until(lambda: len(service.runs) >= 60)
        own_server.stop("immediate")
        time.sleep(1)
        own_server.start()
        assert_right(job.wait(60).df, 300)
        assert_paid_once(service, 300)


def test_a_server_without_room_for_connections_is_waited_for(own_server: PostgresProcess) -> None:
    own_server.stop()
    own_server.start("-c max_connections=6", "-c superuser_reserved_connections=0")
    with GroupsService().serve() as service:
        others = [psycopg.connect(own_server.address) for _ in range(6)]

        def make_room() -> None:
            for other in others:
                other.close()

        leave = threading.Timer(1.0, make_room)
        leave.start()
        assert_right(ask(service, 40).df, 40)
        leave.join()
        assert_paid_once(service, 40)


def test_a_server_that_is_away_is_said_with_a_remedy_and_no_password(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("parallel_nb.job.journal.postgres._FIRST_PATIENCE", 0.1)
    address = "postgresql://ada:secret@127.0.0.1:1/team?password=secret"
    with pytest.raises(ConnectionProblem, match=r"postgresql://ada@127\.0\.0\.1:1/team") as told:
        PostgresServer(address)
    assert "secret" not in f"{told.value} {told.value.__cause__}"
    assert "PGPASSWORD" in told.value.remedy


def test_a_journal_of_a_newer_version_is_left_alone(address: str) -> None:
    PostgresServer(address).close()
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("INSERT INTO parallel_nb.migrations VALUES (99)")
    with pytest.raises(ConnectionProblem, match="newer version"):
        PostgresServer(address)


def test_texts_that_postgres_does_not_keep_are_kept_without_them(
    open_team_journal: Opener,
) -> None:
    journal = open_team_journal()
    journal.create_job(replace(record("job"), title="a\0b"), [(0, "k", None, "x\0y", b"1\0")])
    assert journal.questions("job") == [(0, "k", "x\ufffdy")]
    assert journal.jobs()[0].title == "a\ufffdb"
    assert journal.inputs("job", [0]) == {0: b"1\0"}


@pytest.mark.parametrize("text", [r"C:\u0000", r"\\u0000", "\\\0", "\\u0000\0", r"\n\u00e9"])
def test_a_text_that_only_looks_like_what_postgres_does_not_keep_stays(
    open_team_journal: Opener, text: str
) -> None:
    journal = open_team_journal()
    kept = text.replace("\0", "\ufffd")
    journal.create_job(replace(record("job"), title=text), [(0, "k", None, text, b"1")])
    journal.claim("job", "tgrp", "host/1/a", {"k": 0})
    journal.finish([RunOutcome("k", 1, "run", "failed", None, text)])
    assert journal.questions("job") == [(0, "k", kept)]
    assert journal.jobs()[0].title == kept
    assert next(journal.answers("job")).error == kept


def test_each_forgets_their_own_jobs_by_their_own_setting(
    open_team_journal: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = open_team_journal()
    day = 86_400.0
    for person in ("ada", "grace"):
        work_as(person, monkeypatch)
        journal.create_job(record(f"old of {person}", 0.0), [])
    for today in range(100, 145):  # somebody works every day
        journal.create_job(record(f"new {today}", today * day), [])
        for person, days in (("ada", 10.0), ("grace", 3650.0)):
            work_as(person, monkeypatch)
            journal.prune(days, clock=today * day)
    left = {job.id for job in journal.jobs()}
    assert "old of grace" in left
    assert "old of ada" not in left
    records.current_person.cache_clear()
