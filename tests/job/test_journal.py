"""The journal under any order of submit, crash, attach, retry and fresh."""

from __future__ import annotations

import multiprocessing
import re
import shutil
import sqlite3
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from parallel_nb.api.errors import ConnectionProblem
from parallel_nb.job.journal import JobRecord, Journal, RunOutcome
from parallel_nb.job.journal.queries import QUERIES
from parallel_nb.job.journal.schema import MIGRATIONS
from parallel_nb.job.journal.sqlite_file import SqliteFile
from tests.job.journals import connection_of, rows_of

if TYPE_CHECKING:
    from collections.abc import Iterator

DAY = 86_400.0
KEYS = [f"k{number}" for number in range(6)]
some_keys = st.lists(st.sampled_from(KEYS), min_size=1, unique=True)


def record(job_id: str, created: float = 0.0) -> JobRecord:
    return JobRecord(
        id=job_id,
        fingerprint="f",
        title="t",
        connection="hosted",
        identity="hosted",
        processor="base",
        spec=None,
        prompt="p",
        fresh=False,
        group_id=None,
        state="running",
        message="",
        rows=len(KEYS),
        layout=None,
        created=created,
        changed=created,
    )


class Kernels(RuleBasedStateMachine):
    """Two kernels share a journal and a service; the service's runs are the truth."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.kernels = [self.open_journal() for _ in range(2)]
        self.kernels[0].create_job(
            record("job"), [(n, key, None, key, b'"x"') for n, key in enumerate(KEYS)]
        )
        #: What the service has: (key, attempt) -> failed or not, and what it must answer.
        self.service: dict[tuple[str, int], bool] = {}
        self.doubtful: set[tuple[str, int]] = set()
        self.answered: dict[str, bytes] = {}
        self.fresh_from = 0.0

    def open_journal(self) -> Journal:
        """The journal once more, as another kernel opens it."""
        return Journal(SqliteFile(self.folder / "j.sqlite3"))

    @rule(keys=some_keys, who=st.integers(0, 1), acted=st.booleans(), told=st.booleans())
    def submit(self, keys: list[str], who: int, *, acted: bool, told: bool) -> None:
        """A wave goes out; its answer, or the request itself, may be lost."""
        claimed, taken = self.kernels[who].claim(
            "job",
            "tgrp",
            f"host/1/{who}",
            {key: KEYS.index(key) for key in keys},
            since=self.fresh_from,
        )
        assert set(claimed) | set(taken) == set(keys)
        assert not set(claimed) & set(taken)
        for key, attempt in claimed.items():
            assert (key, attempt) not in self.service
            open_before = [a for k, a in self.service if k == key and a != attempt]
            for earlier in open_before:  # only what failed, or was asked before `fresh`
                run = self._row(key, earlier)
                assert run[0] == "failed" or run[1] < self.fresh_from
            if acted:
                self.service[key, attempt] = True
        pairs = [(key, attempt, None) for key, attempt in claimed.items()]
        if acted and told:
            self.kernels[who].mark("sent", pairs)
        else:
            self.doubtful |= set(claimed.items())

    @rule(who=st.integers(0, 1))
    def settle(self, who: int) -> None:
        """Someone reads the group and says what became of the claims in doubt."""
        for key, attempt in self.doubtful:
            made = (key, attempt) in self.service
            run_id = f"run-{key}-{attempt}" if made else None
            self.kernels[who].mark("sent" if made else "void", [(key, attempt, run_id)])
        self.doubtful.clear()

    @rule(who=st.integers(0, 1), good=st.booleans(), keys=some_keys)
    def finish(self, who: int, keys: list[str], *, good: bool) -> None:
        """Runs end, and are written, perhaps twice and by both kernels."""
        for key, attempt in list(self.service):
            if key not in keys or self._row(key, attempt)[0] in ("failed", "completed"):
                continue
            output = f"{key}/{attempt}".encode() if good else None
            state = "completed" if good else "failed"
            ended = RunOutcome(key, attempt, f"run-{key}-{attempt}", state, output)
            for kernel in (self.kernels[who], self.kernels[1 - who]):
                kernel.finish([ended])
            self.doubtful.discard((key, attempt))
            if output:
                self.answered[key] = output

    @rule()
    def late_failure_report(self) -> None:
        """A stale report never takes an answer away."""
        for key, output in self.answered.items():
            attempt = int(output.decode().split("/")[1])
            self.kernels[0].finish([RunOutcome(key, attempt, None, "failed", None, "late")])

    @rule(who=st.integers(0, 1))
    def crash(self, who: int) -> None:
        """A kernel dies and comes back."""
        self.kernels[who].close()
        self.kernels[who] = self.open_journal()

    @rule()
    def fresh(self) -> None:
        """From now on nothing of before counts."""
        self.settle(0)
        self.fresh_from = time.time()

    def _row(self, key: str, attempt: int) -> tuple[str, float]:
        rows = rows_of(
            self.kernels[0],
            "SELECT state, created FROM runs WHERE key = ? AND attempt = ?",
            key,
            attempt,
        )
        return (str(rows[0][0]), float(rows[0][1]))

    @invariant()
    def at_most_one_run_is_under_way_for_a_key(self) -> None:
        for kernel in self.kernels:
            rows = rows_of(
                kernel,
                "SELECT key, count(*) FROM runs WHERE state IN ('sending', 'sent', 'completed') "
                "AND created >= ? GROUP BY key",
                self.fresh_from,
            )
            assert all(count == 1 for _, count in rows)

    @invariant()
    def no_answer_is_lost(self) -> None:
        for kernel in self.kernels:
            outputs = {
                row[0]: {
                    bytes(r[0])
                    for r in rows_of(
                        kernel,
                        "SELECT output FROM runs WHERE key = ? AND state = 'completed'",
                        row[0],
                    )
                }
                for row in rows_of(kernel, "SELECT DISTINCT key FROM runs")
            }
            for key, output in self.answered.items():
                assert output in outputs[key]

    def teardown(self) -> None:
        for kernel in self.kernels:
            kernel.close()
        shutil.rmtree(self.folder)


TestKernels = Kernels.TestCase
TestKernels.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)


def _claim_all(path: str, who: int, queue: multiprocessing.Queue[int]) -> None:
    journal = Journal(SqliteFile(Path(path)))
    keys = [f"key {number}" for number in range(2000)]
    won = 0
    for first in range(0, 2000, 50):
        asked = {key: at for at, key in enumerate(keys[first : first + 50], first)}
        claimed, _ = journal.claim("job", "tgrp", f"h/{who}/x", asked)
        won += len(claimed)
    queue.put(won)


def test_two_processes_never_win_the_same_claim(tmp_path: Path) -> None:
    path = tmp_path / "j.sqlite3"
    Journal(SqliteFile(path)).close()
    context = multiprocessing.get_context("spawn")
    queue: multiprocessing.Queue[int] = context.Queue()
    workers = [context.Process(target=_claim_all, args=(str(path), n, queue)) for n in range(2)]
    for worker in workers:
        worker.start()
    assert sum(queue.get(timeout=60) for _ in workers) == 2000
    for worker in workers:
        worker.join()


def test_a_journal_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "j.sqlite3"
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 99")
    with pytest.raises(ConnectionProblem, match="newer version"):
        Journal(SqliteFile(path))


def test_a_file_that_is_no_journal_is_named(tmp_path: Path) -> None:
    path = tmp_path / "j.sqlite3"
    path.write_bytes(b"this is not a database, by any means" * 100)
    with pytest.raises(ConnectionProblem, match=r"j\.sqlite3 is damaged"):
        Journal(SqliteFile(path))


def test_deleting_a_job_keeps_what_another_job_needs(tmp_path: Path) -> None:
    journal = Journal(SqliteFile(tmp_path / "j.sqlite3"))
    for job_id, keys in (("one", ["a", "b"]), ("two", ["b", "c"])):
        journal.create_job(record(job_id), [(n, k, None, k, b"1") for n, k in enumerate(keys)])
        claimed, _ = journal.claim(job_id, "tgrp", "h/1/x", {k: n for n, k in enumerate(keys)})
        journal.finish(
            [RunOutcome(k, n, f"run-{k}", "completed", b"{}") for k, n in claimed.items()]
        )
    journal.delete_jobs(["one"])
    assert set(journal.latest(["a", "b", "c"])) == {"b", "c"}
    assert [job.id for job in journal.jobs()] == ["two"]


def test_old_answers_are_really_deleted_and_the_file_shrinks(tmp_path: Path) -> None:
    path = tmp_path / "j.sqlite3"
    journal = Journal(SqliteFile(path))
    keys = [f"key {number}" for number in range(500)]
    old = time.time() - 100 * 86_400
    journal.create_job(record("old", old), [(n, k, None, k, b"1") for n, k in enumerate(keys)])
    claimed, _ = journal.claim("old", "tgrp", "h/1/x", {k: n for n, k in enumerate(keys)})
    secret = b"an answer of long ago" * 50
    journal.finish([RunOutcome(k, n, f"run-{k}", "completed", secret) for k, n in claimed.items()])
    journal.create_job(record("new", time.time()), [(0, "key 7", 1, "key 7", b"1")])
    before = path.stat().st_size
    assert journal.prune(90) == 0
    age_marks(journal, 31)
    assert journal.prune(90) == 1
    assert [job.id for job in journal.jobs()] == ["new"]
    assert set(journal.latest(keys)) == {"key 7"}  # the newer job needs it
    assert path.stat().st_size < before / 5
    assert path.read_bytes().count(b"an answer of long ago") <= 50


def test_an_old_job_that_still_sends_is_kept(tmp_path: Path) -> None:
    journal = Journal(SqliteFile(tmp_path / "j.sqlite3"))
    old = time.time() - 100 * 86_400
    for job_id in ("at work", "forgotten"):
        journal.create_job(record(job_id, old), [(0, job_id, None, job_id, b"1")])
    journal.claim("at work", "tgrp", "h/1/x", {"at work": 0})
    journal.create_job(record("new", time.time()), [])
    assert journal.prune(90) == 0
    age_marks(journal, 31)
    assert journal.prune(90) == 1
    assert {job.id for job in journal.jobs()} == {"at work", "new"}


# --- a clock that is wrong --------------------------------------------------------------


def age_marks(journal: Journal, days: float) -> None:
    """Let old jobs be marked for so many days longer."""
    connection_of(journal).execute("UPDATE expiring_jobs SET since = since - ?", (days * DAY,))


def answered(journal: Journal, job_id: str, created: float) -> None:
    """A job of that moment whose one question is answered."""
    journal.create_job(record(job_id, created), [(0, job_id, None, job_id, b"1")])
    claimed, _ = journal.claim(job_id, "tgrp", "h/1/x", {job_id: 0})
    outcomes = [RunOutcome(k, n, f"run-{k}", "completed", b"{}") for k, n in claimed.items()]
    journal.finish(outcomes)


def answers_of(journal: Journal) -> set[str]:
    return {key for (key,) in rows_of(journal, "SELECT key FROM runs WHERE output IS NOT NULL")}


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    journal = Journal(SqliteFile(tmp_path / "j.sqlite3"))
    yield journal
    journal.close()


@pytest.mark.parametrize("days", [31, 100, 400, 40_000, -400])
def test_a_clock_that_has_jumped_forgets_nothing(journal: Journal, days: float) -> None:
    now = time.time()
    answered(journal, "yesterday", now - DAY)
    answered(journal, "last month", now - 29 * DAY)
    jumped = now + days * DAY
    for _ in range(3):
        assert journal.prune(90, clock=jumped) == 0
    assert journal.prune(90) == 0
    assert answers_of(journal) == {"yesterday", "last month"}
    assert rows_of(journal, "SELECT * FROM expiring_jobs") == []


def test_what_a_wrong_clock_made_old_is_kept_for_a_month_and_then_as_before(
    journal: Journal,
) -> None:
    now = time.time()
    jumped = now + 400 * DAY
    answered(journal, "real", now)
    answered(journal, "asked while the clock was wrong", jumped)
    for later in (0, 1, 20, 29):
        assert journal.prune(90, clock=jumped + later * DAY) == 0
    assert [job.id for job in journal.jobs()] == ["asked while the clock was wrong", "real"]
    assert set(journal.latest(["real"])) == {"real"}  # it still answers
    assert journal.prune(90, clock=now) == 0  # the clock is right again
    assert rows_of(journal, "SELECT * FROM expiring_jobs") == []


def test_two_jumps_do_not_make_a_month(journal: Journal) -> None:
    now = time.time()
    answered(journal, "real", now)
    for jump in (400, 800, 1200):
        jumped = now + jump * DAY
        assert journal.prune(90, clock=jumped) == 0
        answered(journal, f"at {jump}", jumped)
        assert journal.prune(90, clock=jumped) == 0
    assert "real" in answers_of(journal)


def test_jobs_of_a_clock_that_was_behind_are_not_old(journal: Journal) -> None:
    now = time.time()
    answered(journal, "first", now - 2 * DAY)
    answered(journal, "written in 1970", 5.0)
    answered(journal, "last", now)
    connection_of(journal).execute("UPDATE runs SET changed = 5 WHERE key = 'written in 1970'")
    journal.prune(90)
    assert rows_of(journal, "SELECT * FROM expiring_jobs") == []


def test_a_marked_job_that_is_taken_up_again_is_new(journal: Journal) -> None:
    now = time.time()
    answered(journal, "old", now - 100 * DAY)
    connection_of(journal).execute("UPDATE runs SET changed = 0")
    answered(journal, "new", now)
    assert journal.prune(90) == 0
    age_marks(journal, 31)
    journal.set_state("old", "done")
    assert journal.prune(90) == 0
    assert answers_of(journal) == {"old", "new"}


def test_whoever_works_all_year_keeps_answers_for_their_days_and_a_month(
    journal: Journal,
) -> None:
    now = time.time()
    kept = []
    for day in range(0, 500, 5):
        answered(journal, f"day {day}", now + day * DAY)
        connection_of(journal).execute("UPDATE runs SET changed = created")
        journal.prune(90, clock=now + day * DAY)
        kept.append(len(answers_of(journal)))
    assert max(kept) <= (90 + 30) / 5 + 3
    assert kept[-1] == pytest.approx((90 + 30) / 5, abs=3)


def test_a_claim_takes_what_is_free_and_names_what_another_job_has(tmp_path: Path) -> None:
    journal = Journal(SqliteFile(tmp_path / "j.sqlite3"))
    for job_id, keys in (("one", ["a", "b"]), ("two", ["b", "c"])):
        journal.create_job(record(job_id), [(n, k, 1, k, b"1") for n, k in enumerate(keys)])
    claimed, taken = journal.claim("one", "tgrp", "h/1/x", {"a": 0, "b": 1})
    assert (claimed, taken) == ({"a": 1, "b": 1}, {})
    claimed, taken = journal.claim("two", "tgrp", "h/1/y", {"b": 0, "c": 1})
    assert (claimed, set(taken)) == ({"c": 1}, {"b"})
    journal.mark("void", [("c", 1, None)])
    assert [row.state for row in journal.answers("two")] == ["sending", None]
    claimed, _ = journal.claim("two", "tgrp", "h/1/y", {"c": 1})
    assert claimed == {"c": 2}
    assert [row.state for row in journal.answers("two")] == ["sending", "sending"]


def test_a_clock_that_was_set_back_does_not_make_a_fresh_job_forget_its_runs(
    tmp_path: Path,
) -> None:
    journal = Journal(SqliteFile(tmp_path / "j.sqlite3"))
    since = time.time() + 60  # the job was made a minute later than it is now
    journal.create_job(record("one"), [(0, "a", None, "a", b"1")])
    assert journal.claim("one", "tgrp", "h/1/x", {"a": 0}, since=since)[0] == {"a": 1}
    assert set(journal.latest(["a"], since=since)) == {"a"}
    assert journal.claim("one", "tgrp", "h/1/y", {"a": 0}, since=since)[0] == {}


def test_a_claim_that_was_renewed_is_not_abandoned(tmp_path: Path) -> None:
    journal = Journal(SqliteFile(tmp_path / "j.sqlite3"))
    journal.create_job(record("one"), [(n, k, 1, k, b"1") for n, k in enumerate("ab")])
    journal.claim("one", "tgrp", "h/1/x", {"a": 0, "b": 1})
    seen = journal.latest(["a", "b"])
    time.sleep(0.01)  # clocks of some systems tick this slowly
    assert journal.renew("h/1/x", [("a", 1)]) == {"a"}
    journal.abandon([(key, 1, seen[key].changed) for key in "ab"])
    assert set(journal.latest(["a", "b"])) == {"a"}
    assert journal.renew("h/1/x", [("a", 1), ("b", 1)]) == {"a"}
    assert journal.renew("h/1/y", [("a", 1)]) == set()


def test_a_journal_of_the_first_version_is_brought_up_to_date(tmp_path: Path) -> None:
    path = tmp_path / "j.sqlite3"
    with sqlite3.connect(path) as db:
        db.executescript(MIGRATIONS[0])
        db.execute("PRAGMA user_version = 1")
        db.execute(
            "INSERT INTO jobs(id, fingerprint, title, connection, identity, processor, prompt, "
            "state, rows, created, changed) VALUES('a', '', '', '', '', '', '', '', 1, 1, 1)"
        )
    jobs = Journal(SqliteFile(path)).jobs()
    assert [(job.id, job.policy, job.skipped) for job in jobs] == [("a", None, None)]


@given(
    st.lists(
        # an answer is JSON, so it has a byte at least
        st.tuples(st.text("ab1é", min_size=1, max_size=3), st.binary(min_size=1, max_size=9)),
        min_size=1,
        max_size=8,
        unique_by=lambda pair: pair[0],
    )
)
def test_every_answer_comes_back_as_it_went_in_whatever_its_key_and_size(
    pairs: list[tuple[str, bytes]],
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        journal = Journal(SqliteFile(Path(folder) / "j.sqlite3"))
        keys = [key for key, _ in pairs]
        journal.create_job(record("job"), [(n, k, 1, k, b"1") for n, k in enumerate(keys)])
        journal.claim("job", "tgrp", "h/1/x", {k: n for n, k in enumerate(keys)})
        ended = [RunOutcome(key, 1, f"run of {key}", "completed", data) for key, data in pairs]
        journal.finish(ended)
        journal.finish([RunOutcome(ended[0].key, 1, "another", "completed", b"later")])
        told = [(row.key, row.run_id, row.output, row.state) for row in journal.answers("job")]
        assert told == [(key, f"run of {key}", data, "completed") for key, data in pairs]
        journal.close()


@pytest.mark.parametrize("name", [name for name in QUERIES if "json_each" in QUERIES[name]])
def test_what_is_done_to_many_rows_at_once_looks_each_row_up_by_an_index(
    tmp_path: Path, name: str
) -> None:
    journal = Journal(SqliteFile(tmp_path / "j.sqlite3"))
    query = QUERIES[name]
    named = dict.fromkeys(re.findall(r":(\w+)", query), "[]")
    plan = connection_of(journal).execute(
        f"EXPLAIN QUERY PLAN {query}", named or ["[]"] * query.count("?")
    )
    steps = [row[3] for row in plan]
    tables = [
        step for step in steps if re.match(r"(SCAN|SEARCH) (questions|q|runs|r|jobs)\b", step)
    ]
    if name == "delete_runs_of_jobs":  # which keys other jobs need is asked of all of them
        tables.remove("SCAN questions")
    assert all(step.startswith("SEARCH") for step in tables)
    # The parameters are gone through once: a table is not joined before them.
    joined = [step for step in steps if not step.startswith(("LIST", "MATERIALIZE"))]
    if any(step.startswith("SCAN one") for step in joined):
        assert "json_each" in joined[0] or joined[0].startswith("SCAN one")
