"""From a frame and a prompt to questions: one input a row, identical ones merged, each keyed.

The key is a hash of what decides an answer: connection, processor, output spec, what may be used
(source policy, data sources, tool servers, memory), the run that is gone on from, and input. A
person's own metadata decides nothing. The input schema is left out on purpose: it is made from
the whole frame, so one new row with a gap would otherwise make every row a new question and bill
it again.
"""

from __future__ import annotations

import hashlib
from array import array
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

import msgspec

from parallel_nb.api.arguments import encode_json
from parallel_nb.api.errors import InputError
from parallel_nb.api.schema.lint import (
    MAX_SPEC_AND_INPUT_CHARS,
    MAX_SPEC_CHARS,
    lint_input,
    spec_size,
)
from parallel_nb.api.schema.specs import OutputSpec, input_schema, output_spec
from parallel_nb.api.tools import without_secrets
from parallel_nb.api.types import RunSettings, TaskSpec
from parallel_nb.formats import count, shorten
from parallel_nb.job.extras import RowMetadata, RowOptions, read_metadata
from parallel_nb.job.prompts import Prompt, parse_prompt
from parallel_nb.tables.source import Source, name_answers, unknown_column
from parallel_nb.tables.values import (
    column_field,
    is_empty,
    is_infinite,
    is_missing,
    json_value,
    text_value,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from parallel_nb.api.types import JsonObject, Metadata

#: Keys of a run's metadata; the service allows 16 characters.
JOB_KEY: Final = "pnb_job"
ROW_KEY: Final = "pnb_row"
TRY_KEY: Final = "pnb_try"
_LABEL_CHARS: Final = 60
#: Inputs are kept encoded up to so many bytes; more are made again, or read from the journal.
_KEPT_BYTES: Final = 16_000_000
#: Stands in the layout for a row that has no question.
SKIPPED: Final = -1
#: Begins the reason for which a row is skipped whose columns, or whose subject, are empty.
NOTHING_TO_ASK: Final = "nothing to ask"
#: Begins the reason for which a row is skipped that goes on from a row without an answer.
NOTHING_BEFORE: Final = "nothing to go on from"


#: What a cell can lack: it is null; it is text, or a list, of nothing; it is an infinite number.
Gap = Literal["missing", "blank", "infinite"]


@dataclass(slots=True)
class Questions:
    """The distinct questions of a frame, and which row asks which."""

    source: Source
    prompt: Prompt
    output: OutputSpec
    spec: TaskSpec
    #: Columns that a question is made of, and their cells.
    columns: tuple[str, ...]
    #: Columns whose cells are of several kinds and go as text.
    as_text: frozenset[str]
    cells: list[list[Any]]
    #: For each row the position of its question, or `SKIPPED`.
    layout: array[int] = field(default_factory=lambda: array("l"))
    #: For each question its key, the first row that asks it, and how many rows do.
    keys: list[str] = field(default_factory=list)
    first: array[int] = field(default_factory=lambda: array("l"))
    weights: array[int] = field(default_factory=lambda: array("l"))
    #: Why a row has no question, by row.
    skipped: dict[int, str] = field(default_factory=dict)
    #: Rows that are asked with a cell missing: null, or "unknown" within a sentence.
    with_gaps: int = 0
    #: In rows that are asked: the number of cells by what they lack and by their column.
    gaps: dict[Gap, dict[str, int]] = field(
        default_factory=lambda: {"missing": {}, "blank": {}, "infinite": {}}
    )
    #: Rows, among the skipped, whose input is over the limit.
    too_long: int = 0
    #: The inputs as JSON, by position, where they were made at once and are not many bytes.
    encoded: list[bytes] | None = None
    #: For each row the run that its question goes on from; None where none does.
    previous: Sequence[str | None] | None = None
    #: Writes a person's own metadata of a row.
    row_metadata: RowMetadata | None = None
    #: Sentences on what a person may not have meant in the prompt.
    remarks: tuple[str, ...] = ()

    @property
    def is_plain(self) -> bool:
        """True when each row asks a question of its own."""
        return self.layout == array("l", range(len(self.layout)))

    @property
    def is_text(self) -> bool:
        """True when each row is a sentence, False when it is a JSON object."""
        return bool(self.prompt.columns)

    def count_gaps(self, gaps: Sequence[Gap | None]) -> None:
        """Count what the cells of one more row lack, a cell a column."""
        for name, gap in zip(self.columns, gaps, strict=True):
            if gap:
                self.gaps[gap][name] = self.gaps[gap].get(name, 0) + 1
        self.with_gaps += "missing" in gaps

    def input(self, position: int) -> str | JsonObject:
        """Make the input of one question."""
        return self.input_of_row(self.first[position])

    def previous_run(self, position: int) -> str | None:
        """The run that one question goes on from, if it does."""
        return None if self.previous is None else self.previous[self.first[position]]

    def metadata(self, position: int) -> Metadata | None:
        """A person's own metadata of one question: that of the first row that asks it."""
        made = self.row_metadata
        return None if made is None else made.of_row(self.first[position])

    def label(self, position: int) -> str:
        """Name one question in a few words: by its first cell that is not missing."""
        row = self.first[position]
        for cells in self.cells:
            if not is_missing(cells[row]):
                return shorten(text_value(cells[row]), _LABEL_CHARS)
        return f"row {row}"

    def labels(self) -> list[str]:
        """Name all questions, in the order of their positions."""
        first = self.cells[0] if self.cells else []
        if any(type(cell) is not str for cell in first):
            return [self.label(position) for position in range(len(self.keys))]
        cells = [first[row] for row in self.first]
        return [
            # Most texts are short and have no white space that a label would lose.
            cell
            if 0 < len(cell) <= _LABEL_CHARS
            and cell.isprintable()
            and "  " not in cell
            and " " not in (cell[0], cell[-1])
            else self.label(position)
            for position, cell in enumerate(cells)
        ]

    def texts(self) -> list[str] | None:
        """All rendered prompts at once, where the cells are plain text; None elsewhere."""
        if not self.is_text or any(set(map(type, cells)) != {str} for cells in self.cells):
            return None
        by_name = dict(zip(self.columns, self.cells, strict=True))
        columns = [by_name[name] for name in self.prompt.columns]
        return self.prompt.render_texts(columns)

    def input_of_row(self, row: int) -> str | JsonObject:
        """Make the input of one row."""
        cells = {name: self.cells[at][row] for at, name in enumerate(self.columns)}
        if self.is_text:
            return self.prompt.render(cells)
        return {
            name: text_value(cell)
            if name in self.as_text and not is_missing(cell)
            else json_value(cell)
            for name, cell in cells.items()
        }


@dataclass(frozen=True, slots=True)
class Asked:
    """What decides an answer beside the question: who is asked, and with what."""

    #: The connection's identity, and the edition of its documents.
    identity: str
    processor: str
    settings: RunSettings = field(default_factory=RunSettings)


def read_questions(  # noqa: PLR0913 - what decides a question
    source: Source,
    prompt: str,
    *,
    asked: Asked,
    output: Any = None,
    columns: Sequence[str] | None = None,
    rows: RowOptions | None = None,
) -> Questions:
    """Make the questions of a frame.

    Args:
        source: The rows.
        prompt: The question, with `{{column}}` for the cells of a row.
        asked: Who is asked, and with what.
        output: The fields of the answer; None for text.
        columns: Columns of the JSON objects where the prompt names none; all if None.
        rows: What each row goes on from, its metadata, and the suffix of the answers' columns.

    Raises:
        InputError: The prompt is no text, or empty without an output; a column does not exist
            or is named twice; an output field has the name of a column and there is no suffix;
            metadata cannot be used; one of these has a lone surrogate, which no request can
            carry.
    """
    parsed = parse_prompt(prompt, source.names)
    if not prompt.strip() and output is None:
        raise InputError(
            "The prompt is empty.", "Write what you want to know, for example: Who leads {{name}}?"
        )
    names = _columns(source, parsed, columns)
    for name in names:
        encode_json("The name of a column", name)
    cells = [source.values(name) for name in names]
    description = "" if parsed.columns else parsed.literal
    answer = output_spec(output, description=description)
    rows = rows or RowOptions()
    name_answers(source.names, answer.fields, rows.suffix)
    fields = [column_field(name, values) for name, values in zip(names, cells, strict=True)]
    schema = None if parsed.columns else input_schema([column for column, _ in fields])
    questions = Questions(
        source=source,
        prompt=parsed,
        output=answer,
        spec=TaskSpec(output_schema=answer.schema, input_schema=schema),
        columns=names,
        as_text=frozenset(column.name for column, uniform in fields if not uniform),
        cells=cells,
        previous=rows.previous,
        row_metadata=read_metadata(rows.metadata, source),
        remarks=tuple(_remarks(parsed, columns)),
    )
    _collect(questions, _KeyMaker(asked, answer.schema))
    questions.remarks += tuple(_remarks_on_metadata(questions))
    return questions


def _columns(source: Source, prompt: Prompt, columns: Sequence[str] | None) -> tuple[str, ...]:
    for name in columns or ():
        if name not in source.names:
            raise unknown_column(name, source.names)
    if columns is not None and len(set(columns)) < len(columns):
        raise InputError("A column is named twice in columns.", "Name each column once.")
    if prompt.columns:
        return prompt.names
    return tuple(columns) if columns else source.names


def _remarks(prompt: Prompt, columns: Sequence[str] | None) -> Iterator[str]:
    if prompt.columns and columns:
        yield "columns is not used: the prompt names the columns that it takes."


def _remarks_on_metadata(questions: Questions) -> Iterator[str]:
    made = questions.row_metadata
    if made is None or not made.cells or questions.is_plain:
        return
    others = sum(
        position != SKIPPED and made.of_row(row) != made.of_row(questions.first[position])
        for row, position in enumerate(questions.layout)
    )
    if others:
        yield (
            f"{count(others, 'row')} with other metadata than the row whose question it shares: "
            "the run carries that of the first."
        )


class _KeyMaker:
    """Makes row keys; what all rows share is hashed once."""

    def __init__(self, asked: Asked, spec: JsonObject) -> None:
        policy = asked.settings.source_policy
        shared = [
            asked.identity,
            asked.processor,
            spec,
            msgspec.to_builtins(policy) if policy else None,
        ]
        # A token that is made anew each day is the same server.
        tools = msgspec.to_builtins(without_secrets(asked.settings))
        tools.pop("source_policy", None)
        if tools:  # else the key is what it was before there were any
            shared.append(tools)
        self._base = hashlib.blake2b(_canonical(shared), digest_size=16)

    def key(self, value: str | JsonObject, previous: str | None = None) -> str:
        """The key of an input that goes on from a run, if it does."""
        hashed = self._base.copy()
        hashed.update(_canonical(value))
        if previous is not None:  # a line feed is in no canonical JSON
            hashed.update(b"\n" + previous.encode())
        return hashed.hexdigest()

    def keys(self, inputs: Sequence[bytes]) -> list[str]:
        """The keys of inputs that are canonical JSON already."""
        copy = self._base.copy
        keys = []
        for data in inputs:
            hashed = copy()
            hashed.update(data)
            keys.append(hashed.hexdigest())
        return keys


#: One form for one value, whatever the order of its keys.
_canonical = msgspec.json.Encoder(order="deterministic").encode


def keys_of(
    asked: Asked,
    spec: TaskSpec,
    inputs: Sequence[str | JsonObject],
    previous: Sequence[str | None],
) -> list[str]:
    """The keys that inputs of an earlier job have on another connection.

    Args:
        asked: The other connection, and the processor and settings of the job.
        spec: The task spec of the job.
        inputs: The inputs, decoded, in the order of their positions.
        previous: For each the run that it goes on from, if it does.
    """
    output = spec.output_schema
    keys = _KeyMaker(asked, output if isinstance(output, dict) else {})
    return [keys.key(value, run) for value, run in zip(inputs, previous, strict=True)]


def fingerprint_of(layout: array[int], keys: Sequence[str], *, fresh: bool) -> str:
    """A digest that is the same for the same questions in the same rows.

    The keys stand for all that decides an answer.
    """
    hashed = hashlib.blake2b(b"fresh" if fresh else b"", digest_size=16)
    hashed.update(layout.tobytes())
    for key in keys:
        hashed.update(key.encode())
    return hashed.hexdigest()


def _gap(cell: Any) -> Gap | None:
    """What a cell lacks, or None for one in which there is something."""
    if is_missing(cell):
        return "missing"
    if is_infinite(cell):
        return "infinite"
    return "blank" if is_empty(cell) else None


def _gaps(source: Source, name: str, cells: Sequence[Any]) -> list[Gap | None]:
    """The gaps of a column.

    Raises:
        InputError: A cell is an object without a text form; names its row and column.
    """
    gaps: list[Gap | None] = []
    for row, cell in enumerate(cells):
        try:
            gaps.append(_gap(cell))
        except InputError as error:
            raise InputError(
                f"Row {source.index[row]}, column {name!r}: {error.message}", error.remedy
            ) from error
    return gaps


def _subject(questions: Questions) -> int | None:
    """The column that a sentence is about: the first of text that it names, else the first.

    Without it there is no question. A year or a website that is missing leaves one.
    """
    if not questions.is_text:
        return None
    for at, cells in enumerate(questions.cells):
        if any(isinstance(cell, str) for cell in cells):
            return at
    return 0


def _why_not_asked(
    columns: Sequence[str], gaps: Sequence[Gap | None], subject: int | None
) -> str | None:
    """Why a row with these gaps has no question, or None where it has one."""
    if gaps and all(gaps):
        reason = f"every column asked about is empty ({', '.join(columns[:4])})"
    elif subject is not None and gaps[subject]:
        reason = f"what the question is about is {gaps[subject]} ({columns[subject]})"
    else:
        return None
    return f"{NOTHING_TO_ASK}: {reason}"


def _collect(questions: Questions, keys: _KeyMaker) -> None:
    """Find the distinct questions of the rows, and the rows that cannot be asked."""
    # A spec that is too long by itself is an error of the spec and of no row.
    size = min(spec_size(questions.spec), MAX_SPEC_CHARS)
    if (texts := _plain_texts(questions, MAX_SPEC_AND_INPUT_CHARS - size)) is None:
        _number(questions, _read_rows(questions, keys, size))
        return
    inputs = [_canonical(text) for text in texts]
    _number(questions, keys.keys(inputs))
    encoded = [inputs[row] for row in questions.first]
    if sum(map(len, encoded)) <= _KEPT_BYTES:
        questions.encoded = encoded


def _plain_texts(questions: Questions, limit: int) -> list[str] | None:
    """All prompts, where all cells are texts without a gap and none of them is too long."""
    texts = questions.texts() if questions.previous is None else None
    if texts is None or any(any(map(is_empty, cells)) for cells in questions.cells):
        return None
    return texts if all(0 < len(text) <= limit for text in texts) else None


def _number(questions: Questions, row_keys: Iterable[str | None]) -> None:
    """Number the questions by the first row that asks each; a row without a key asks none."""
    positions: dict[str, int] = {}
    for row, key in enumerate(row_keys):
        if key is None:
            questions.layout.append(SKIPPED)
            continue
        position = positions.setdefault(key, len(positions))
        questions.layout.append(position)
        if position == len(questions.weights):
            questions.first.append(row)
            questions.weights.append(1)
        else:
            questions.weights[position] += 1
    questions.keys = list(positions)


def _read_rows(questions: Questions, keys: _KeyMaker, size: int) -> Iterator[str | None]:
    """The key of each row, None for one that is skipped; beside a spec of so many characters."""
    gaps = [
        _gaps(questions.source, name, cells)
        for name, cells in zip(questions.columns, questions.cells, strict=True)
    ]
    subject = _subject(questions)
    previous = questions.previous
    for row in range(questions.source.rows):
        found = [column[row] for column in gaps]
        before = None if previous is None else previous[row]
        if previous is not None and before is None:
            questions.skipped[row] = f"{NOTHING_BEFORE}: its earlier row has no answer"
        elif reason := _why_not_asked(questions.columns, found, subject):
            questions.skipped[row] = reason
        elif problems := lint_input(value := questions.input_of_row(row), size):
            questions.skipped[row] = problems[0].message
            questions.too_long += 1
        else:
            if any(found):
                questions.count_gaps(found)
            yield keys.key(value, before)
            continue
        yield None
