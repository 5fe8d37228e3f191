"""Opens jobs: `plan` and `start`; `attach` opens those of before."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from itertools import count, islice
from typing import TYPE_CHECKING, Any

import msgspec

from parallel_nb import settings
from parallel_nb.api.errors import InputError
from parallel_nb.api.processors import get_processor
from parallel_nb.api.types import SourcePolicy
from parallel_nb.connection import current_connection
from parallel_nb.job.answers import JobAnswers, RowLayout, find_answers
from parallel_nb.job.handle import Job
from parallel_nb.job.journal import (
    ACTIVE_STATES,
    JobRecord,
    Journal,
    RunRecord,
    open_journal,
)
from parallel_nb.job.limits import check_options
from parallel_nb.job.model import SHOWN_FAILURES, Question, RowNote, State
from parallel_nb.job.plan import Plan, make_plan
from parallel_nb.job.questions import fingerprint_of, read_questions
from parallel_nb.job.runner import Assignment
from parallel_nb.job.service import Service
from parallel_nb.job.tuning import Tuning
from parallel_nb.tables import accessor
from parallel_nb.tables.source import Source, read_source

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from parallel_nb.connection import Connection
    from parallel_nb.job.model import View
    from parallel_nb.job.questions import Questions

_TITLE_CHARS = 80


@dataclass(slots=True)
class _Prepared:
    """A job thought through: what its plan says, and what starting it needs."""

    plan: Plan
    questions: Questions
    known: dict[str, RunRecord]
    fingerprint: str
    #: The same job of an earlier time, to be gone on with.
    earlier: JobRecord | None
    since: float


def plan(  # noqa: PLR0913 - the options of `start`
    frame: Any,
    prompt: str,
    *,
    output: Any = None,
    processor: str = "base",
    columns: Sequence[str] | None = None,
    connection: Connection | None = None,
    max_cost: float | None = None,
    sample: int | None = None,
    fresh: bool = False,
    title: str | None = None,
    source_policy: SourcePolicy | Mapping[str, Any] | None = None,
    tuning: Tuning | None = None,
) -> Plan:
    """Say what `start` with the same arguments would send and cost. Sends nothing.

    Raises `InputError` for what cannot be asked at all: an unknown column or processor, an
    empty frame, colliding names. What the service would refuse is a finding of the plan.
    """
    return _prepare(
        frame,
        prompt,
        output=output,
        processor=processor,
        columns=columns,
        connection=connection or current_connection(),
        max_cost=max_cost,
        sample=sample,
        fresh=fresh,
        title=title,
        policy=_policy(source_policy),
        tuning=tuning or Tuning(),
    ).plan


def start(  # noqa: PLR0913 - the options of a job
    frame: Any,
    prompt: str,
    *,
    output: Any = None,
    processor: str = "base",
    columns: Sequence[str] | None = None,
    connection: Connection | None = None,
    view: View | None = None,
    wait: bool = True,
    max_cost: float | None = None,
    sample: int | None = None,
    fresh: bool = False,
    title: str | None = None,
    source_policy: SourcePolicy | Mapping[str, Any] | None = None,
    tuning: Tuning | None = None,
) -> Job:
    """Ask one question a row. The same call again goes on where it ended, and pays once.

    Args:
        frame: pandas or Polars DataFrame, a Series, or a list of dicts.
        prompt: The question; `{{column}}` puts a cell in. Without any, it instructs the
            whole task and each row goes as a JSON object.
        output: The fields of the answer, as `api.specs.read_output` takes them; None for text.
        processor: The grade of work.
        columns: Columns that go into the JSON objects; all if None.
        connection: Where to ask; the current one if None.
        view: What shows progress.
        wait: Wait for the end; False returns at once.
        max_cost: Refuse to start if it would cost more, in USD; the setting if None.
        sample: Ask only so many rows, spread over the frame.
        fresh: Do not use answers that the journal has already.
        title: What the job is called; the first words of the prompt if None.
        source_policy: Which sources may be used.
        tuning: Sizes and patiences.

    Raises:
        InputError: The question is at fault or too dear; nothing was sent.
        JobIncompleteError: With `wait`: it ended early; `attach` or the same call goes on.
    """
    connection = connection or current_connection()
    tuning = tuning or Tuning()
    policy = _policy(source_policy)
    prepared = _prepare(
        frame,
        prompt,
        output=output,
        processor=processor,
        columns=columns,
        connection=connection,
        max_cost=max_cost,
        sample=sample,
        fresh=fresh,
        title=title,
        policy=policy,
        tuning=tuning,
    )
    prepared.plan.check()
    journal = journal_of_home()
    questions = prepared.questions
    labels = questions.labels()
    record = _write_job(journal, prepared, connection, prompt, policy, labels=labels, fresh=fresh)
    state = _state(record, connection, prepared)
    work = Assignment(
        job_id=record.id,
        client=Service(connection),
        journal=journal,
        state=state,
        labels=labels,
        inputs=questions.encoded,
        note=prepared.plan.of_sample(),
        spec=questions.spec,
        policy=policy,
        tuning=tuning,
        since=prepared.since,
        under_way=under_way(questions.keys, prepared.known),
    )
    answers = JobAnswers(
        journal,
        record.id,
        fields=questions.output.fields,
        layout=_layout(questions),
        source=questions.source,
    )
    job = Job(work, answers, prompt=prompt, view=view)
    return job.wait() if wait else job


def _policy(policy: SourcePolicy | Mapping[str, Any] | None) -> SourcePolicy | None:
    if policy is None or isinstance(policy, SourcePolicy):
        return policy
    try:
        return msgspec.convert(dict(policy), SourcePolicy, strict=True)
    except msgspec.ValidationError as error:
        raise InputError(
            f"The source policy cannot be read: {error}.",
            "Use include_domains, exclude_domains and after_date.",
        ) from error


def journal_of_home() -> Journal:
    """The journal of the home that holds now; old jobs are forgotten once a process."""
    held = settings.current()
    journal = open_journal(held.home)
    if journal.path not in _pruned:
        _pruned.add(journal.path)
        journal.prune(held.retention_days)
    accessor.register()
    accessor.use_source(find_answers)
    return journal


_pruned: set[Any] = set()


def _layout(questions: Questions) -> RowLayout:
    return RowLayout(None if questions.is_plain else questions.layout, questions.skipped)


def _prepare(  # noqa: PLR0913 - the options of `start`
    frame: Any,
    prompt: str,
    *,
    output: Any,
    processor: str,
    columns: Sequence[str] | None,
    connection: Connection,
    max_cost: float | None,
    sample: int | None,
    fresh: bool,
    title: str | None,
    policy: SourcePolicy | None,
    tuning: Tuning,
) -> _Prepared:
    max_cost, sample = check_options(prompt, columns, max_cost, sample)
    grade = get_processor(processor)
    source = read_source(frame)
    rows_in_all = source.rows
    if sample is not None:
        source = _sample(source, sample)
    questions = read_questions(
        source,
        prompt,
        output=output,
        columns=columns,
        processor=grade.name,
        # what an engine said before its documents changed is no answer of today's
        identity=f"{connection.identity} {connection.edition}".rstrip(),
        policy=policy,
    )
    journal = journal_of_home()
    fingerprint = fingerprint_of(questions.layout, questions.keys, fresh=fresh)
    earlier = journal.job_of_fingerprint(fingerprint)
    since = 0.0
    if fresh:
        since = earlier.created if earlier else time.time()
    keys = questions.keys
    known = journal.latest(keys, since=since)
    if fresh and earlier is not None and not (under_way(keys, known) or len(known) < len(keys)):
        # Now anew again. By its runs, not by its state: one that goes on must not be paid twice.
        earlier, since, known = None, time.time(), {}
    held = settings.current().max_cost
    made = make_plan(
        questions,
        known,
        title=title or _title(prompt),
        processor=grade,
        connection=connection.label,
        billed=connection.is_billed,
        tuning=tuning,
        max_cost=held if max_cost is None else max_cost,
        rows_in_all=rows_in_all,
    )
    return _Prepared(made, questions, known, fingerprint, earlier, since)


def _sample(source: Source, sample: int) -> Source:
    """Rows spread evenly over the frame: the same ones each time, so that they are reused."""
    if sample < 1:
        raise InputError(f"sample = {sample} is below 1.", "Give the number of rows to try.")
    if sample >= source.rows:
        return source
    step = source.rows / sample
    return source.take([int(number * step) for number in range(sample)])


def _title(prompt: str) -> str:
    text = " ".join(prompt.split()) or "questions"
    return text if len(text) <= _TITLE_CHARS else f"{text[: _TITLE_CHARS - 1]}…"


def _write_job(  # noqa: PLR0913 - what a job is made of
    journal: Journal,
    prepared: _Prepared,
    connection: Connection,
    prompt: str,
    policy: SourcePolicy | None,
    *,
    labels: Sequence[str],
    fresh: bool,
) -> JobRecord:
    """Journal the job, or take up the earlier one of the same questions."""
    questions = prepared.questions
    known = prepared.known
    if prepared.earlier is not None:
        journal.link(
            prepared.earlier.id,
            [
                (position, known[key].attempt)
                for position, key in enumerate(questions.keys)
                if key in known and not _is_failed(known[key])
            ],
        )
        return prepared.earlier
    now = time.time() if not fresh else prepared.since
    layout = _layout(questions)
    record = JobRecord(
        id=f"job_{secrets.token_hex(8)}",
        fingerprint=prepared.fingerprint,
        title=prepared.plan.title,
        connection=connection.label,
        identity=connection.identity,
        processor=prepared.plan.processor,
        spec=msgspec.json.encode(questions.spec),
        prompt=prompt,
        fresh=fresh,
        group_id=None,
        state="submitting",
        message="",
        rows=questions.source.rows,
        layout=layout.encode_positions(),
        created=now,
        changed=now,
        policy=None if policy is None else msgspec.json.encode(policy),
        skipped=layout.encode_skipped(),
    )
    encode = msgspec.json.Encoder().encode
    inputs = questions.encoded or (
        encode(questions.input(position)) for position in range(len(questions.keys))
    )
    # A key that was never asked is linked to its first attempt before that is made.
    unseen = None if fresh else 1
    attempts = (
        unseen if run is None else None if _is_failed(run) else run.attempt
        for run in map(known.get, questions.keys)
    )
    rows = zip(count(), questions.keys, attempts, labels, inputs, strict=False)
    journal.create_job(record, rows)
    return record


def _is_failed(run: RunRecord) -> bool:
    return run.state != "completed" and run.state not in ACTIVE_STATES


def under_way(keys: Sequence[str], known: Mapping[str, RunRecord]) -> dict[int, RunRecord]:
    """The runs that have not ended, by the position of their question."""
    return {
        position: known[key]
        for position, key in enumerate(keys)
        if key in known and known[key].state in ACTIVE_STATES
    }


def _state(record: JobRecord, connection: Connection, prepared: _Prepared) -> State:
    questions = prepared.questions
    state = State(
        title=prepared.plan.title,
        connection=connection.label,
        billed=connection.is_billed,
        processor=get_processor(prepared.plan.processor),
        questions=questions_by_journal(questions.keys, questions.weights, prepared.known),
        skipped=len(questions.skipped),
        group_id=record.group_id,
    )
    state.sent_runs = state.open_runs
    for row, why in islice(questions.skipped.items(), SHOWN_FAILURES):
        state.note_failure(RowNote(f"row {questions.source.index[row]}", why, "skipped"))
    return state


def questions_by_journal(
    keys: Sequence[str],
    weights: Sequence[int],
    known: Mapping[str, RunRecord],
    *,
    failed_too: bool = False,
) -> list[Question]:
    """Where each question stands by the journal; a failed one is unsent unless `failed_too`."""
    made = []
    for position, (key, weight) in enumerate(zip(keys, weights, strict=True)):
        question = Question(position, key, weight)
        run = known.get(key)
        if run is not None and (failed_too or not _is_failed(run)):
            question.state = "reused" if run.state == "completed" else run.state
            question.attempt = run.attempt
            question.run_id = run.run_id
            question.group_id = run.group_id
        made.append(question)
    return made
