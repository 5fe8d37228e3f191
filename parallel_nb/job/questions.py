"""From a frame and a prompt to questions: one input a row, identical ones merged, each keyed.

The key is a hash of what decides an answer: connection, processor, output spec, source policy and
input. The input schema is left out on purpose: it is made from the whole frame, so one
new row with a gap would otherwise make every row a new question and bill it again.
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
from parallel_nb.api.types import SourcePolicy, TaskSpec
from parallel_nb.formats import shorten
from parallel_nb.job.prompts import Prompt, parse_prompt
from parallel_nb.tables.source import Source, check_collisions, unknown_column
from parallel_nb.tables.values import (
    column_field,
    is_empty,
    is_infinite,
    is_missing,
    json_value,
    text_value,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from parallel_nb.api.types import JsonObject

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
        return self._input_of_row(self.first[position])

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

    def _input_of_row(self, row: int) -> str | JsonObject:
        cells = {name: self.cells[at][row] for at, name in enumerate(self.columns)}
        if self.is_text:
            return self.prompt.render(cells)
        return {
            name: text_value(cell)
            if name in self.as_text and not is_missing(cell)
            else json_value(cell)
            for name, cell in cells.items()
        }


def read_questions(  # noqa: PLR0913 - what decides a question
    source: Source,
    prompt: str,
    *,
    output: Any = None,
    columns: Sequence[str] | None = None,
    processor: str,
    identity: str,
    policy: SourcePolicy | None = None,
) -> Questions:
    """Make the questions of a frame.

    Args:
        source: The rows.
        prompt: The question, with `{{column}}` for the cells of a row.
        output: The fields of the answer; None for text.
        columns: Columns of the JSON objects where the prompt names none; all if None.
        processor: The processor's name.
        identity: The connection's identity, and the edition of its documents.
        policy: Which sources may be used.

    Raises:
        InputError: The prompt is no text, or empty without an output; a column does not exist
            or is named twice; an output field has the name of a column; one of these has a
            lone surrogate, which no request can carry.
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
    check_collisions(source.names, answer.fields)
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
        remarks=tuple(_remarks(parsed, columns)),
    )
    _collect(questions, _KeyMaker(identity, processor, answer.schema, policy))
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


class _KeyMaker:
    """Makes row keys; what all rows share is hashed once."""

    def __init__(
        self, identity: str, processor: str, spec: JsonObject, policy: SourcePolicy | None
    ) -> None:
        shared = [identity, processor, spec, msgspec.to_builtins(policy) if policy else None]
        self._base = hashlib.blake2b(_canonical(shared), digest_size=16)

    def key(self, value: str | JsonObject) -> str:
        hashed = self._base.copy()
        hashed.update(_canonical(value))
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
    identity: str,
    processor: str,
    spec: TaskSpec,
    policy: SourcePolicy | None,
    inputs: Sequence[str | JsonObject],
) -> list[str]:
    """The keys that inputs of an earlier job have on another connection.

    Args:
        identity: The other connection's identity.
        processor: The processor's name.
        spec: The task spec of the job.
        policy: Its source policy.
        inputs: The inputs, decoded, in the order of their positions.
    """
    output = spec.output_schema
    keys = _KeyMaker(identity, processor, output if isinstance(output, dict) else {}, policy)
    return [keys.key(value) for value in inputs]


def fingerprint_of(layout: array[int], keys: Sequence[str], *, fresh: bool) -> str:
    """A digest that is the same for the same questions in the same rows.

    The keys stand for prompt, spec, processor, connection and source policy.
    """
    hashed = hashlib.blake2b(b"fresh" if fresh else b"", digest_size=16)
    hashed.update(layout.tobytes())
    for key in keys:
        hashed.update(key.encode())
    return hashed.hexdigest()


def _collect_texts(questions: Questions, keys: _KeyMaker, texts: list[str]) -> None:
    """Collect prompts that were rendered at once: of whole columns of text without a gap."""
    inputs = [_canonical(text) for text in texts]
    row_keys = keys.keys(inputs)
    positions = dict.fromkeys(row_keys, 0)
    if len(positions) == len(row_keys):  # no question twice
        questions.layout = array("l", range(len(row_keys)))
        questions.first = questions.layout[:]
        questions.weights = array("l", [1]) * len(row_keys)
    else:
        positions.clear()
        for row, key in enumerate(row_keys):
            position = positions.setdefault(key, len(positions))
            questions.layout.append(position)
            if position == len(questions.weights):
                questions.first.append(row)
                questions.weights.append(1)
            else:
                questions.weights[position] += 1
    questions.keys = list(positions)
    encoded = [inputs[row] for row in questions.first]
    if sum(map(len, encoded)) <= _KEPT_BYTES:
        questions.encoded = encoded


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
    texts = questions.texts()
    if texts is not None and not any(any(map(is_empty, cells)) for cells in questions.cells):
        limit = MAX_SPEC_AND_INPUT_CHARS - size
        if all(0 < len(text) <= limit for text in texts):
            _collect_texts(questions, keys, texts)
            return
    gaps = [
        _gaps(questions.source, name, cells)
        for name, cells in zip(questions.columns, questions.cells, strict=True)
    ]
    subject = _subject(questions)
    seen: dict[str, int] = {}
    for row in range(questions.source.rows):
        found = [column[row] for column in gaps]
        if reason := _why_not_asked(questions.columns, found, subject):
            questions.skipped[row] = reason
            questions.layout.append(SKIPPED)
            continue
        value = questions._input_of_row(row)  # noqa: SLF001 - the same module
        if problems := lint_input(value, size):
            questions.skipped[row] = problems[0].message
            questions.too_long += 1
            questions.layout.append(SKIPPED)
            continue
        if any(found):
            questions.count_gaps(found)
        key = keys.key(value)
        position = seen.setdefault(key, len(seen))
        questions.layout.append(position)
        if position == len(questions.keys):
            questions.keys.append(key)
            questions.first.append(row)
            questions.weights.append(1)
        else:
            questions.weights[position] += 1
