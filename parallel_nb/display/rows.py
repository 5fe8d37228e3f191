"""Reads jobs and answers into the plain values that the displays take."""

from __future__ import annotations

import contextlib
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from parallel_nb.api.errors import InputError
from parallel_nb.api.types import JsonOutput
from parallel_nb.display.html.evidence import Cell, cell_of
from parallel_nb.display.html.results import MOST_ROWS, Results, Row
from parallel_nb.job.prompts import parse_prompt
from parallel_nb.tables.parse import as_text, parse

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from parallel_nb.api.schema.fields import OutputField
    from parallel_nb.api.types import FieldBasis, Output
    from parallel_nb.finding.model import FinishedFind
    from parallel_nb.job.model import FinishedJob
    from parallel_nb.tables.frames import RowAnswer
    from parallel_nb.tables.source import Source

#: Rows that are looked at to choose the column that names them.
_SAMPLED_ROWS: Final = 20


def cells_of(answer: RowAnswer, names: Sequence[str]) -> tuple[Cell, ...]:
    """One cell a field, each with the basis entries that are about it; none without an output.

    An entry of an element (`products.0`, `products[0]`) belongs to its field. A text answer is
    one cell, whatever the name. A field that was not asked for says so.
    """
    output = answer.output
    if output is None:
        return ()
    entries: dict[str, list[FieldBasis]] = {name: [] for name in names}
    for entry in output.basis:
        whole = entry.field.partition(".")[0].partition("[")[0]
        name = entry.field if entry.field in entries else whole
        if name in entries:
            entries[name].append(entry)

    def cell(name: str) -> Cell:
        if absent := answer.why_absent(name):
            return Cell(None, absent=absent)
        if not isinstance(output, JsonOutput):
            return cell_of("output", output.content, output.basis)
        return cell_of(name, output.content.get(name), entries[name])

    return tuple(map(cell, names))


def field_names(fields: Iterable[Any], output: Output | None = None) -> tuple[str, ...]:
    """The names of the fields; those of the answer itself when none were asked for."""
    names = tuple(field.name for field in fields)
    if names:
        return names
    if isinstance(output, JsonOutput):
        return tuple(output.content)
    return ("output",)


def frame_cells(fields: Sequence[OutputField], output: Output | None) -> list[Any]:
    """The values of one answer as the frame has them: parsed, None where there is none.

    One a field; the text alone where no fields were asked for.
    """
    if output is None:
        return [None] * max(len(fields), 1)
    if not fields:
        return [as_text(output.content)]
    content = output.content if isinstance(output, JsonOutput) else {}
    return [parse(content.get(field.name), field.type) for field in fields]


def row_of(label: str, answer: RowAnswer, names: Sequence[str]) -> Row:
    """One row of a table: its cells, or why it has none."""
    error = answer.error if answer.output is None else None
    return Row(label, answer.status, cells_of(answer, names), error)


def label_column(source: Source, prompt: str) -> tuple[str, list[Any]]:
    """The column that names the rows: its name and its cells.

    It is the first that the prompt names, as in the progress, if that tells the rows apart;
    else the first of text, else the first. A frame that came back from the journal may have no
    column: then it is the index, named "row".
    """
    if not source.names:
        return "row", list(source.index)
    head = source.take(range(min(source.rows, _SAMPLED_ROWS)))
    with contextlib.suppress(InputError):  # an attached job may not have the columns any more
        for name in parse_prompt(prompt, source.names).names[:1]:
            if len(set(map(str, head.values(name)))) == head.rows:
                return name, source.values(name)
    of_text = (n for n in source.names if any(isinstance(v, str) for v in head.values(n)))
    name = next(of_text, source.names[0])
    return name, source.values(name)


def results_of(job: FinishedJob | FinishedFind, *, handle: str = "job") -> Results:
    """The first rows of a job or matches of a find, as the journal has them now.

    May be called on the loop thread. `handle` is what a person calls it in code.
    """
    names = field_names(job.fields)
    source = job.source
    heading, labels = label_column(source.take(range(min(MOST_ROWS, source.rows))), job.prompt)
    answers = islice(job.answers(), MOST_ROWS)
    rows = tuple(
        row_of(str(label), answer, names) for label, answer in zip(labels, answers, strict=False)
    )
    return Results(heading, names, rows, source.rows, handle)
