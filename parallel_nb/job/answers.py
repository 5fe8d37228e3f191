"""Reads a job's answers out of the journal: the one place where its rows become values.

The handle, the archive (`%parallel_jobs show` and `export`, the command line) and `df.parallel`
all read answers here, so they agree on every status, error and value.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, TypeVar

import msgspec

from parallel_nb import settings
from parallel_nb.api.errors import ParallelError
from parallel_nb.api.schema.fields import FieldType, OutputField
from parallel_nb.api.schema.specs import output_spec
from parallel_nb.api.types import TaskSpec
from parallel_nb.client.decode import read_content, read_output
from parallel_nb.job.extras import suffix_of
from parallel_nb.job.journal import AnswerRecord, RunOutcome, decode_kept, open_journal
from parallel_nb.job.questions import SKIPPED
from parallel_nb.tables.basis import basis_frame
from parallel_nb.tables.frames import RowAnswer, RowContent, build_frame
from parallel_nb.tables.source import STATUS_COLUMNS, Source, name_answers, read_source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from parallel_nb.api.schema.fields import Kind
    from parallel_nb.job.journal import JobRecord, Journal
    from parallel_nb.tables.source import AnswerColumns

_Row = TypeVar("_Row", RowAnswer, RowContent)
_Record = TypeVar("_Record", AnswerRecord, RunOutcome)

#: How the journal's states read in a frame; the others read as they are.
_STATUSES: Final = {None: "unsent", "sending": "running", "sent": "running", "void": "unsent"}
_UNREADABLE: Final = "The service's answer cannot be read."
#: The reason for a row that an earlier version has skipped: it did not keep reasons.
_NO_REASON: Final = "not asked"
#: So many answers that were read with their basis are kept decoded: the output that stays in the
#: notebook reads the first, and the frame, the basis and the panel need not decode them again.
_KEPT_DECODED: Final = 500
#: Answers from which the fields are inferred where the spec does not tell them.
_INFERRED_FROM: Final = 200


@dataclass(frozen=True, slots=True)
class RowLayout:
    """Which question each row of a frame asks, and why some rows ask none."""

    #: For each row the position of its question, or `SKIPPED`; None when each row asks a
    #: question of its own. Questions are numbered by the first row that asks them.
    positions: Sequence[int] | None = None
    #: Why a row is skipped, by its number.
    skipped: Mapping[int, str] = field(default_factory=dict)

    @classmethod
    def of_record(cls, record: JobRecord) -> RowLayout:
        """Read the layout of a journaled job."""
        if record.layout is None:
            return cls()
        rows_by_reason = decode_kept(record.skipped, dict[str, list[int]]) if record.skipped else {}
        skipped = {row: reason for reason, rows in rows_by_reason.items() for row in rows}
        return cls(decode_kept(record.layout, list[int]), skipped)

    def encode_positions(self) -> bytes | None:
        """The positions as the journal keeps them."""
        return None if self.positions is None else msgspec.json.encode(list(self.positions))

    def encode_skipped(self) -> bytes | None:
        """The reasons as the journal keeps them: each once, with its rows."""
        rows_by_reason: dict[str, list[int]] = {}
        for row, reason in self.skipped.items():
            rows_by_reason.setdefault(reason, []).append(row)
        return msgspec.json.encode(rows_by_reason) if rows_by_reason else None

    def weights(self, questions: int) -> list[int]:
        """How many rows ask each of so many questions."""
        if self.positions is None:
            return [1] * questions
        rows = Counter(self.positions)
        return [rows[position] for position in range(questions)]

    @property
    def rows_skipped(self) -> int:
        """How many rows ask nothing."""
        return sum(position == SKIPPED for position in self.positions or ())

    def apply(
        self, records: Iterator[_Record], read: Callable[[_Record | AnswerRecord], _Row]
    ) -> Iterator[_Row]:
        """Give one value a row: what `read` makes of its question's record, made once each.

        `records` are those of all questions in their order.
        """
        if self.positions is None:
            yield from map(read, records)
            return
        rows_left = Counter(self.positions)
        shared: dict[int, _Row] = {}
        for row, position in enumerate(self.positions):
            if position == SKIPPED:
                reason = self.skipped.get(row, _NO_REASON)
                yield read(AnswerRecord(SKIPPED, "", "skipped", None, None, reason))
                continue
            # What an earlier row has not asked is the next record.
            value = shared.pop(position, None) or read(next(records))
            rows_left[position] -= 1
            if rows_left[position]:
                shared[position] = value
            yield value


class JobAnswers:
    """The answers of one job, row by row, as the journal has them now."""

    def __init__(  # noqa: PLR0913 - what is known of a job
        self,
        journal: Journal,
        job_id: str,
        *,
        fields: Sequence[OutputField] | None,
        layout: RowLayout,
        source: Source | None = None,
        suffix: str = "",
        is_find: bool = False,
    ) -> None:
        """Say what is known of the job; nothing is read yet.

        `fields` None: infer them from the answers. `source` None: make the rows from the
        inputs that the journal has. `suffix` stands behind names of columns that the input
        has too.
        """
        self.suffix = suffix
        self.layout = layout
        self._journal = journal
        self._job_id = job_id
        self._fields = None if fields is None else tuple(fields)
        self._source = source
        self._origin = Origin(is_find=is_find)
        self._decoded: dict[str, RowAnswer] = {}

    @classmethod
    def of_record(cls, journal: Journal, record: JobRecord) -> JobAnswers:
        """The answers of a job of which there is nothing but the journal."""
        return cls(
            journal,
            record.id,
            fields=fields_of_spec(record.spec),
            layout=RowLayout.of_record(record),
            suffix=suffix_of(record.options),
            is_find=record.find is not None,
        )

    @property
    def fields(self) -> tuple[OutputField, ...]:
        """The output fields; empty for text answers."""
        if self._fields is None:
            contents = (row.content for row in self._contents() if row.content is not None)
            self._fields = infer_fields(islice(contents, _INFERRED_FROM))
        return self._fields

    @property
    def source(self) -> Source:
        """The rows that were asked about."""
        if self._source is None:
            inputs = self._journal.all_inputs(self._job_id)
            names = [field.name for field in self.fields] or ["output"]
            reserved = () if self.suffix else (*names, *STATUS_COLUMNS)
            self._source = source_of_inputs(inputs, self.layout.positions, reserved)
        return self._source

    @property
    def columns(self) -> AnswerColumns:
        """What the columns of the frame are called that stand behind those of the rows."""
        return name_answers(self.source.names, self.fields, self.suffix)

    def __iter__(self) -> Iterator[RowAnswer]:
        """One answer a row of the frame, in its order, with its basis."""
        return self.layout.apply(self._journal.answers(self._job_id), self._answer)

    def _contents(self, outcomes: Iterator[RunOutcome] | None = None) -> Iterator[RowContent]:
        """The same without the basis, which is most of an answer."""
        if outcomes is not None:
            return self.layout.apply(outcomes, self._content)
        return self.layout.apply(self._journal.answers(self._job_id), self._content)

    def frame(self, outcomes: Iterator[RunOutcome] | None = None) -> Any:
        """The answers beside the rows; see `Job.df`.

        `outcomes` are those of all questions in order, where they are at hand.
        """
        contents = self._contents(outcomes)
        return build_frame(self.source, self.fields, contents, suffix=self.suffix)

    def basis(self) -> Any:
        """Where each value came from, a line an excerpt; see `Job.basis`."""
        return basis_frame(self.source.index, self.fields, self, library=self.source.library)

    def _answer(self, record: AnswerRecord) -> RowAnswer:
        known = self._decoded.get(record.run_id or "")
        if known is None:
            known = answer_of(record, self._origin)
            # Of a run that has completed the answer never changes.
            if known.output is not None and known.run_id and len(self._decoded) < _KEPT_DECODED:
                self._decoded[known.run_id] = known
        return known

    def _content(self, record: AnswerRecord | RunOutcome) -> RowContent:
        if self._decoded and (answer := self._decoded.get(record.run_id or "")) is not None:
            return RowContent(answer.run_id, answer.status, answer.content, answer.error)
        content = None if record.output is None else read_content(record.output)
        error = _error(record, is_readable=content is not None)
        return RowContent(record.run_id, _status(record), content, error)


def find_answers(run_ids: Sequence[str]) -> dict[str, RowAnswer]:
    """Answers by run id, of all jobs of the journal: what `df.parallel` rests on."""
    journal = open_journal(settings.current())
    rows = list(journal.runs_by_id(run_ids))
    jobs = {name: journal.job(name) for name in {row.job_id for row in rows}}
    origins = {name: Origin.of_job(job) for name, job in jobs.items() if job is not None}
    # Where nothing says what was asked for, it is what was answered.
    unknown = Origin(asked=frozenset())
    return {
        row.run_id: answer_of(row, origins.get(row.job_id, unknown)) for row in rows if row.run_id
    }


@dataclass(frozen=True, slots=True)
class Origin:
    """What the job of an answer says of it; nothing, where all answers are of one."""

    connection: str | None = None
    suffix: str = ""
    asked: frozenset[str] | None = None
    is_find: bool = False

    @classmethod
    def of_job(cls, job: JobRecord) -> Origin:
        """What a journaled job says of its answers."""
        fields = None
        with contextlib.suppress(ParallelError):  # of a damaged spec
            fields = fields_of_spec(job.spec)
        names = frozenset(field.name for field in fields or ())
        return cls(job.connection, suffix_of(job.options), names, job.find is not None)


def answer_of(record: AnswerRecord, origin: Origin = Origin()) -> RowAnswer:
    """What the journal has of one question, as a row's answer."""
    output = None if record.output is None else read_output(record.output)
    error = _error(record, is_readable=output is not None)
    return RowAnswer(
        key=record.key,
        run_id=record.run_id,
        status=_status(record),
        output=output,
        error=error,
        connection=origin.connection,
        suffix=origin.suffix,
        asked=origin.asked,
        is_candidate=origin.is_find,
    )


def _status(record: AnswerRecord | RunOutcome) -> str:
    if record.state == "sent" and record.error is not None:  # its answer cannot be had
        return "failed"
    return _STATUSES.get(record.state, record.state or "unsent")


def _error(record: AnswerRecord | RunOutcome, *, is_readable: bool) -> str | None:
    return record.error if is_readable or record.output is None else _UNREADABLE


# --- rows and fields, read back from the journal ----------------------------------------


def source_of_inputs(
    inputs: Iterable[bytes], positions: Sequence[int] | None, reserved: Sequence[str]
) -> Source:
    """Make the rows of a job from its inputs: objects become columns, text one column.

    A column with one of the `reserved` names, which the answers need, is called `input_NAME`.
    """
    decoded = [decode_kept(data, object) for data in inputs]
    rows = [value if isinstance(value, dict) else {"input": value} for value in decoded]
    if positions is not None:
        empty: dict[str, Any] = {}
        rows = [empty if position == SKIPPED else rows[position] for position in positions]
    names = {name: f"input_{name}" if name in reserved else name for row in rows for name in row}
    return read_source([{names[name]: value for name, value in row.items()} for row in rows])


def fields_of_spec(spec: bytes | None) -> tuple[OutputField, ...] | None:
    """The output fields of a journaled job; empty for text, None where the answers must tell.

    Another tool may have left the schema to the service, or have one of a shape that we do not
    read.
    """
    if spec is None:
        return None
    schema = decode_kept(spec, TaskSpec).output_schema
    if isinstance(schema, str):
        return ()
    output = output_spec(schema)
    return output.fields if output.fields or output.schema["type"] == "text" else None


def infer_fields(contents: Iterable[dict[str, Any] | str]) -> tuple[OutputField, ...]:
    """Infer the fields from answers, for a group whose spec is not known."""
    kinds_by_name: dict[str, set[Kind]] = {}
    for content in contents:
        if not isinstance(content, dict):
            return ()
        for name, value in content.items():
            kinds = kinds_by_name.setdefault(name, set())
            if value is not None:
                kinds.add(_KINDS.get(type(value), "str"))
    return tuple(OutputField(name, _field_type(kinds)) for name, kinds in kinds_by_name.items())


_KINDS: Final[dict[type, Kind]] = {
    bool: "bool",
    int: "int",
    float: "float",
    list: "list",
    dict: "object",
}


def _field_type(kinds: set[Kind]) -> FieldType:
    if kinds == {"int", "float"}:
        kinds = {"float"}
    kind = kinds.pop() if len(kinds) == 1 else "str"
    # The elements of lists are kept as they are.
    item = FieldType("object") if kind == "list" else None
    return FieldType(kind, nullable=True, item=item)
