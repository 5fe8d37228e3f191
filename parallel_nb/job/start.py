"""Starts jobs: options are checked, questions read, a plan made, the job journaled and run."""

from __future__ import annotations

import contextlib
import os
import secrets
from dataclasses import dataclass
from itertools import count, islice
from typing import TYPE_CHECKING, Any, Unpack

import msgspec

from parallel_nb import settings
from parallel_nb.api.errors import JobIncompleteError
from parallel_nb.job.after import check_origins, find_interactions, previous_runs
from parallel_nb.job.answers import JobAnswers, RowLayout, find_answers
from parallel_nb.job.context import JobSetup, active_runs, is_failed, make_questions
from parallel_nb.job.extras import RowOptions, RunExtras, keep_options
from parallel_nb.job.handle import Job
from parallel_nb.job.journal import JobRecord, Journal, QuestionRow, RunRecord, open_journal
from parallel_nb.job.model import SHOWN_FAILURES, RowNote, State
from parallel_nb.job.options import CheckedOptions, TableOptions, document_options, read_options
from parallel_nb.job.plan import Plan, make_plan
from parallel_nb.job.questions import Asked, Questions, fingerprint_of, read_questions
from parallel_nb.job.summary import runs_before
from parallel_nb.job.tuning import Tuning
from parallel_nb.tables import accessor
from parallel_nb.tables.source import Source, read_source

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from parallel_nb.job.model import View


@document_options(TableOptions)
def plan(
    frame: Any, prompt: str, *, tuning: Tuning | None = None, **options: Unpack[TableOptions]
) -> Plan:
    """Say what `start` with the same arguments would send and cost. Sends nothing.

    Args:
        frame: As `start` takes it.
        prompt: The question.
        tuning: Sizes and time limits.
        **options: Those of `ask.tasks`.

    Returns:
        The plan. What the service would refuse is one of its `findings`.

    Raises:
        InputError: It cannot be asked at all: an unknown option, column or processor, an empty
            frame, an output field with the name of a column.
        ConnectionProblem: There is nothing to connect to.
    """
    return _draft(frame, prompt, read_options(prompt, options), tuning or Tuning()).plan


@document_options(TableOptions)
def start(
    frame: Any,
    prompt: str,
    *,
    view: View | None = None,
    wait: bool = True,
    tuning: Tuning | None = None,
    **options: Unpack[TableOptions],
) -> Job:
    """Ask one question a row. The same call again goes on where it ended, and pays once.

    Args:
        frame: Whatever `tables.read_source` takes, such as a DataFrame or a list of dicts.
        prompt: The question; `{{column}}` stands for the row's value.
        view: Shows the progress; nothing does if None.
        wait: Wait for the end; False returns at once.
        tuning: Sizes and time limits.
        **options: Those of `ask.tasks`.

    Raises:
        InputError: The question is at fault or costs too much; nothing was sent.
        ConnectionProblem: There is nothing to connect to.
        JobIncompleteError: With `wait`: it ended early; `attach` or the same call goes on.
        JobInterrupted: With `wait`: an interrupt; the job was detached.

    Examples:
        >>> job = start(companies, "Who leads {{name}}?", output=fields)  # doctest: +SKIP
    """
    forget_old_jobs()
    checked = read_options(prompt, options)
    if isinstance(checked.after, Job):
        with contextlib.suppress(JobIncompleteError):  # its answers will do
            checked.after.wait()
    draft = _draft(frame, prompt, checked, tuning or Tuning())
    draft.plan.check()
    questions = draft.questions
    labels = questions.labels()
    extras = _extras(draft)
    record = _write_job(draft, labels, extras)
    job = Job(
        _set_up(draft, record, labels, extras),
        JobAnswers(
            draft.journal,
            record.id,
            fields=questions.output.fields,
            layout=_layout(questions),
            source=questions.source,
            suffix=checked.suffix,
        ),
        prompt=prompt,
        view=view,
    )
    return job.wait() if wait else job


# --- the plan ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Draft:
    """A job before it is journaled: its plan, and what the journal knows of its questions."""

    prompt: str
    options: CheckedOptions
    questions: Questions
    tuning: Tuning
    plan: Plan
    journal: Journal
    fingerprint: str
    #: An earlier job of the same questions, which this one goes on with.
    earlier: JobRecord | None
    #: Runs made before this time (seconds since 1970) do not count.
    since: float
    #: The newest run of each key, by key.
    known: dict[str, RunRecord]
    #: The person's jobs, where others write into the same journal; else None.
    own_jobs: frozenset[str] | None


def _draft(frame: Any, prompt: str, options: CheckedOptions, tuning: Tuning) -> _Draft:
    whole = read_source(frame)
    source = _sample(whole, options.sample)
    journal = journal_of_home()
    questions = read_questions(
        source,
        prompt,
        asked=Asked(
            # What an engine answered before its documents changed does not count today.
            f"{options.connection.identity} {options.connection.edition}".rstrip(),
            options.processor.name,
            options.settings,
        ),
        output=options.output,
        columns=options.columns,
        rows=RowOptions(_previous(source, options, journal), options.metadata, options.suffix),
    )
    keys, own_jobs = questions.keys, journal.own_jobs()
    fingerprint = fingerprint_of(questions.layout, keys, fresh=options.fresh)
    earlier = journal.job_of_fingerprint(fingerprint)
    since = 0.0
    if options.fresh:
        since = earlier.created if earlier else journal.clock()
    known = journal.latest(keys, since=since)
    if options.fresh and earlier and len(known) == len(keys) and not active_runs(keys, known):
        # The earlier one is over, so this one asks anew. Its runs say so and not its state: one
        # that another kernel goes on with must not be paid twice.
        earlier, since, known = None, journal.clock(), {}
    return _Draft(
        prompt=prompt,
        options=options,
        questions=questions,
        tuning=tuning,
        plan=make_plan(
            questions,
            known,
            options,
            tuning,
            rows_in_all=whole.rows,
            now=journal.clock(),
            own_jobs=own_jobs,
            runs_before=runs_before(journal, options.connection.identity, fingerprint)
            if options.connection.is_billed
            else 0,
        ),
        journal=journal,
        fingerprint=fingerprint,
        earlier=earlier,
        since=since,
        known=known,
        own_jobs=own_jobs,
    )


def _previous(
    source: Source, options: CheckedOptions, journal: Journal
) -> Sequence[str | None] | None:
    """The run that each row goes on from; None where none does."""
    previous = previous_runs(source, options.after)
    if previous is None:
        return None
    origins = journal.run_origins([run_id for run_id in set(previous) if run_id is not None])
    return check_origins(previous, origins, options.connection)


def _sample(source: Source, rows: int | None) -> Source:
    """Rows spread evenly over the frame: the same ones each time, so that they are reused."""
    if rows is None or rows >= source.rows:
        return source
    step = source.rows / rows
    return source.take([int(number * step) for number in range(rows)])


# --- the job ----------------------------------------------------------------------------


def _extras(draft: _Draft) -> dict[int, bytes]:
    """What single runs carry, by position; the interactions of those alone that may be sent."""
    questions, known = draft.questions, draft.known
    if questions.previous is None and questions.row_metadata is None:
        return {}
    previous = [questions.previous_run(position) for position in range(len(questions.keys))]
    answered = {key for key, run in known.items() if run.state == "completed"}
    interactions = find_interactions(
        draft.options.connection,
        draft.journal,
        [
            run_id
            for key, run_id in zip(questions.keys, previous, strict=True)
            if run_id is not None and key not in answered
        ],
    )
    encode = msgspec.json.Encoder().encode
    return {
        position: encode(
            RunExtras(run_id, interactions.get(run_id or ""), questions.metadata(position) or None)
        )
        for position, run_id in enumerate(previous)
    }


def _write_job(draft: _Draft, labels: Sequence[str], extras: Mapping[int, bytes]) -> JobRecord:
    """Journal the job, or link the earlier one of the same questions to its newest runs."""
    options, questions, known = draft.options, draft.questions, draft.known
    if draft.earlier is not None:
        draft.journal.link(
            draft.earlier.id,
            [
                (position, known[key].attempt)
                for position, key in enumerate(questions.keys)
                if key in known and not is_failed(known[key])
            ],
        )
        return draft.earlier
    created = draft.since if options.fresh else draft.journal.clock()
    policy = options.settings.source_policy
    layout = _layout(questions)
    record = JobRecord(
        id=f"job_{secrets.token_hex(8)}",
        fingerprint=draft.fingerprint,
        title=options.title,
        connection=options.connection.label,
        identity=options.connection.identity,
        processor=options.processor.name,
        spec=msgspec.json.encode(questions.spec),
        prompt=draft.prompt,
        fresh=options.fresh,
        group_id=None,
        state="submitting",
        message="",
        rows=questions.source.rows,
        layout=layout.encode_positions(),
        skipped=layout.encode_skipped(),
        # What jupyter_server tells a kernel that it starts for a notebook.
        notebook=os.environ.get("JPY_SESSION_NAME", ""),
        created=created,
        changed=created,
        policy=None if policy is None else msgspec.json.encode(policy),
        options=keep_options(options.settings, options.suffix),
    )
    draft.journal.create_job(record, _question_rows(draft, labels), extras)
    return record


def _question_rows(draft: _Draft, labels: Sequence[str]) -> Iterator[QuestionRow]:
    """What the journal keeps of each question."""
    questions, known = draft.questions, draft.known
    encode = msgspec.json.Encoder().encode
    inputs = questions.encoded or (
        encode(questions.input(position)) for position in range(len(questions.keys))
    )
    # A question that was never asked is linked to its first attempt before that is made.
    first = None if draft.options.fresh else 1
    attempts = (
        first if run is None else None if is_failed(run) else run.attempt
        for run in map(known.get, questions.keys)
    )
    return zip(count(), questions.keys, attempts, labels, inputs, strict=False)


def _layout(questions: Questions) -> RowLayout:
    return RowLayout(None if questions.is_plain else questions.layout, questions.skipped)


def _set_up(
    draft: _Draft, record: JobRecord, labels: Sequence[str], extras: Mapping[int, bytes]
) -> JobSetup:
    options, questions = draft.options, draft.questions
    state = State(
        title=options.title,
        connection=options.connection.label,
        billed=options.connection.is_billed,
        processor=options.processor,
        questions=make_questions(
            questions.keys,
            questions.weights,
            draft.known,
            record.id,
            own_jobs=draft.own_jobs,
        ),
        runs_per_minute=settings.current().task_runs_per_minute,
        skipped=len(questions.skipped),
        group_id=record.group_id,
    )
    state.sent_runs = state.open_runs
    for row, reason in islice(questions.skipped.items(), SHOWN_FAILURES):
        state.note_failure(RowNote(f"row {questions.source.index[row]}", reason, "skipped"))
    return JobSetup(
        job_id=record.id,
        connection=options.connection,
        journal=draft.journal,
        state=state,
        labels=labels,
        spec=questions.spec,
        settings=options.settings,
        tuning=draft.tuning,
        max_wait=options.max_wait,
        since=draft.since,
        active_runs=active_runs(questions.keys, draft.known),
        inputs=questions.encoded,
        extras=extras,
        note=draft.plan.sample_note(),
        own_jobs=draft.own_jobs,
    )


# --- the journal ------------------------------------------------------------------------


def journal_of_home() -> Journal:
    """The journal of the current home."""
    journal = open_journal(settings.current())
    accessor.register(find_answers=find_answers)
    return journal


def forget_old_jobs() -> None:
    """Forget old jobs, once a process: before a new one begins, and never to list or to plan."""
    journal = journal_of_home()
    if journal.place not in _pruned:
        _pruned.add(journal.place)
        journal.prune(settings.current().retention_days)


#: The journals whose old jobs this process has forgotten.
_pruned: set[str] = set()
