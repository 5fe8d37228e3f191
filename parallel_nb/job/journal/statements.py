"""The statements of the journal, and how rows go into them and come out.

Many rows are written by one statement that reads them from a JSON parameter. With a
statement a row, the writing thread would give up Python's lock and wait for it again at each
row, for up to 5 ms while the loop is busy. `UPDATE ... FROM` needs SQLite 3.33 (2020).
"""

from __future__ import annotations

from itertools import accumulate, islice
from typing import TYPE_CHECKING, Any, Final

import msgspec

from parallel_nb.job.journal.records import RunRecord

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Sequence

    from parallel_nb.job.journal.records import Finished

RUN = "key, attempt, group_id, state, owner, run_id, changed"
JOB = (
    "id, fingerprint, title, connection, identity, processor, spec, prompt, fresh, group_id, "
    "state, message, rows, layout, created, changed, policy"
)
INSERT_JOB = f"INSERT INTO jobs({JOB}) VALUES({', '.join('?' * len(JOB.split(', ')))})"
RUNS_OF = f"SELECT {RUN}, created FROM runs WHERE key IN (SELECT value FROM json_each(?))"  # noqa: S608 - our own column names
LINKED = f"""
    SELECT {", ".join(f"r.{name}" for name in RUN.split(", "))} FROM questions q
    JOIN runs r ON r.key = q.key AND r.attempt = q.attempt
    WHERE q.job_id = ? AND r.state <> 'void'
"""  # noqa: S608 - our own column names
COUNT_ROWS = """
    UPDATE jobs SET rows = (SELECT count(*) FROM questions WHERE job_id = ?1) WHERE id = ?1
"""
COUNTS = """
    SELECT q.job_id, coalesce(r.state, 'unsent'), count(*) FROM questions q
    LEFT JOIN runs r ON r.key = q.key AND r.attempt = q.attempt AND r.state <> 'void'
    GROUP BY 1, 2
"""
SET_STATE = "UPDATE jobs SET state = ?, message = ?, changed = ? WHERE id = ?"
SENT_COUNTS = """
    SELECT job_id, count(*) FROM runs
    WHERE state <> 'void' AND (run_id IS NOT NULL OR state <> 'failed') GROUP BY 1
"""
#: Jobs with a run under way that has changed since a moment.
AT_WORK: Final = "SELECT job_id FROM runs WHERE state IN ('sending', 'sent') AND changed >= ?1"
#: The best attempt at a key is an answer, before a run that is under way, before a failure.
RANK: Final = {"completed": 2, "sent": 1, "sending": 1}
CHUNK: Final = 2000

# Bytes go as one blob, with the place and length of each row's part behind its other values.
INSERT_QUESTIONS = """
    INSERT INTO questions(job_id, position, key, attempt, label, input)
    SELECT ?1, json_extract(value, '$[0]'), json_extract(value, '$[1]'),
        json_extract(value, '$[2]'), json_extract(value, '$[3]'),
        substr(?2, json_extract(value, '$[5]'), json_extract(value, '$[4]'))
    FROM json_each(?3)
"""
CLAIM = """
    INSERT INTO runs(key, attempt, job_id, group_id, state, owner, created, changed)
    SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]'), ?1, ?2, 'sending', ?3, ?4, ?4
    FROM json_each(?5)
"""
# All keys, or none when one of them was ever claimed. By itself, so that no more than one
# statement has to wait for its turn.
CLAIM_UNSEEN = """
    INSERT INTO runs(key, attempt, job_id, group_id, state, owner, created, changed)
    SELECT value, 1, ?1, ?2, 'sending', ?3, ?4, ?4 FROM json_each(?5)
    WHERE NOT EXISTS (SELECT 1 FROM runs WHERE key IN (SELECT value FROM json_each(?5)))
"""
MARK = """
    UPDATE runs SET state = ?1, run_id = coalesce(json_extract(one.value, '$[2]'), run_id),
        changed = ?2
    FROM json_each(?3) AS one
    WHERE runs.key = json_extract(one.value, '$[0]')
        AND runs.attempt = json_extract(one.value, '$[1]') AND runs.state IN ('sending', 'sent')
"""
# Only a claim that has not changed since it was seen: its owner may have been slow, not dead.
ABANDON = """
    UPDATE runs SET state = 'void', changed = ?1
    FROM json_each(?2) AS one
    WHERE runs.key = json_extract(one.value, '$[0]')
        AND runs.attempt = json_extract(one.value, '$[1]')
        AND runs.state = 'sending' AND runs.changed <= json_extract(one.value, '$[2]') + 0.001
"""
ADOPT = """
    INSERT INTO runs(key, attempt, job_id, group_id, state, owner, run_id, created, changed,
        output, error)
    SELECT json_extract(one.value, '$[1]'), 1, r.job_id, r.group_id, r.state, r.owner, r.run_id,
        ?3, r.changed, r.output, r.error
    FROM json_each(?2) AS one
    JOIN questions q ON q.job_id = ?1 AND q.position = json_extract(one.value, '$[0]')
    JOIN runs r ON r.key = q.key AND r.attempt = q.attempt
    WHERE r.state <> 'void' AND r.run_id IS NOT NULL
    ON CONFLICT DO NOTHING
"""
RENEW = """
    UPDATE runs SET changed = ?1
    FROM json_each(?2) AS one
    WHERE runs.key = json_extract(one.value, '$[0]')
        AND runs.attempt = json_extract(one.value, '$[1]')
        AND runs.state = 'sending' AND runs.owner = ?3
"""
RENEWED = """
    SELECT runs.key FROM json_each(?1) AS one JOIN runs
        ON runs.key = json_extract(one.value, '$[0]')
        AND runs.attempt = json_extract(one.value, '$[1]')
    WHERE runs.state = 'sending' AND runs.owner = ?2
"""
FINISH = """
    UPDATE runs SET state = json_extract(one.value, '$[3]'),
        run_id = coalesce(json_extract(one.value, '$[2]'), run_id),
        output = substr(?1, json_extract(one.value, '$[6]'), json_extract(one.value, '$[5]')),
        error = json_extract(one.value, '$[4]'), changed = ?2
    FROM json_each(?3) AS one
    WHERE runs.key = json_extract(one.value, '$[0]')
        AND runs.attempt = json_extract(one.value, '$[1]') AND runs.state <> 'completed'
"""
# Answers to one attempt at keys of one length, which is nearly all there is to write: columns
# of fixed width instead of a JSON array a row, at three quarters of the cost.
ANSWERED = """
    UPDATE runs SET state = 'completed', run_id = one.value, error = NULL, changed = ?2,
        output = substr(?1, CAST(substr(?6, one.key * 20 + 1, 10) AS INTEGER),
            CAST(substr(?6, one.key * 20 + 11, 10) AS INTEGER))
    FROM json_each(?3) AS one
    WHERE runs.key = CAST(substr(?4, one.key * ?5 + 1, ?5) AS TEXT)
        AND runs.attempt = ?7 AND runs.state <> 'completed'
"""


def answered(ended: Sequence[Finished], blob: bytes, now: float) -> tuple[Any, ...] | None:
    """The parameters of `ANSWERED`; None where not all of these are answers of its kind."""
    first = ended[0]
    width, attempt = len(first.key), first.attempt
    if not all(
        f.output is not None
        and f.run_id is not None
        and f.state == "completed"
        and f.attempt == attempt
        and len(f.key) == width
        for f in ended
    ):
        return None
    sizes = [len(f.output or b"") for f in ended]
    places = accumulate(sizes, initial=1)
    spans = b"".join([b"%010d%010d" % span for span in zip(places, sizes, strict=False)])
    keys = "".join([f.key for f in ended]).encode()
    if len(keys) != width * len(ended):  # not ASCII: a character is not a byte
        return None
    return blob, now, as_json([f.run_id for f in ended]), keys, width, spans, attempt


def as_json(rows: object) -> str:
    """Write a parameter that `json_each` reads."""
    return msgspec.json.encode(rows).decode()


def with_size(f: Finished) -> tuple[Any, ...]:
    """What `FINISH` reads of a run, with the number of its bytes last."""
    size = None if f.output is None else len(f.output)
    return f.key, f.attempt, f.run_id, f.state, f.error, size


def placed(rows: Sequence[tuple[Any, ...]]) -> str:
    """The rows as JSON, each with the place of its bytes in the blob behind it.

    The last value of each row is the number of its bytes, None for none. SQL counts from 1.
    """
    places = accumulate((row[-1] or 0 for row in rows), initial=1)
    return as_json([(*row, place) for row, place in zip(rows, places, strict=False)])


def best(rows: Iterable[Sequence[Any]], since: float) -> dict[str, RunRecord]:
    """Of several attempts at a key the one that counts: see `RANK`, then the latest."""
    found: dict[str, RunRecord] = {}
    for row in rows:
        run = RunRecord(*row[:7])
        if run.state == "void" or row[7] < since:
            continue
        other = found.get(run.key)
        if other is None or (RANK.get(other.state, 0), other.attempt) < (
            RANK.get(run.state, 0),
            run.attempt,
        ):
            found[run.key] = run
    return found


def add_questions(
    db: sqlite3.Connection,
    job_id: str,
    questions: Iterable[tuple[int, str, int | None, str, bytes]],
) -> None:
    """Write questions of a job: (position, key, attempt, label, input)."""
    rest = iter(questions)
    while some := list(islice(rest, CHUNK)):
        blob = b"".join([question[-1] for question in some])
        rows = [(*question[:-1], len(question[-1])) for question in some]
        db.execute(INSERT_QUESTIONS, (job_id, blob, placed(rows)))


def import_runs(
    db: sqlite3.Connection,
    job_id: str,
    group_id: str,
    runs: Iterable[tuple[str, int, str, str, float]],
    now: float,
) -> dict[str, int]:
    """See `Journal.import_runs`."""
    attempts: dict[str, int] = {}
    for key, attempt, run_id, state, created in runs:
        known = dict(db.execute("SELECT attempt, run_id FROM runs WHERE key = ?", (key,)))
        same = [number for number, known_id in known.items() if known_id == run_id]
        free = attempt if attempt not in known else max(known) + 1
        attempts[key] = same[0] if same else free
        if not same:
            db.execute(
                "INSERT INTO runs(key, attempt, job_id, group_id, state, owner, run_id, created, "
                "changed) VALUES(?, ?, ?, ?, ?, '', ?, ?, ?)",
                (key, free, job_id, group_id, state, run_id, created, now),
            )
    return attempts


def delete_jobs(db: sqlite3.Connection, which: str, argument: Any) -> int:
    """Forget jobs, and the runs that no other job asks for; returns how many jobs."""
    rows = db.execute(f"SELECT id FROM jobs WHERE {which}", (argument,))  # noqa: S608 - ours
    ids = as_json([row[0] for row in rows])
    if ids == "[]":
        return 0
    among = "IN (SELECT value FROM json_each(?))"
    db.execute(
        f"DELETE FROM runs WHERE key IN (SELECT key FROM questions WHERE job_id {among}) "  # noqa: S608 - ours
        f"AND key NOT IN (SELECT key FROM questions WHERE job_id NOT {among})",
        (ids, ids),
    )
    db.execute(f"DELETE FROM questions WHERE job_id {among}", (ids,))  # noqa: S608 - ours
    return db.execute(f"DELETE FROM jobs WHERE id {among}", (ids,)).rowcount  # noqa: S608 - ours
