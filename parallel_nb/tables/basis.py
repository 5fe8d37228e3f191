"""Where each value came from, as one long frame.

One line an excerpt; a citation without excerpts has one line, and so has a field without
citations, so that what rests on nothing is seen to rest on nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from parallel_nb.api.types import Citation
from parallel_nb.tables.frames import raw_value
from parallel_nb.tables.parse import as_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from parallel_nb.api.schema.fields import OutputField
    from parallel_nb.api.types import Output
    from parallel_nb.tables.frames import RowAnswer

BASIS_COLUMNS: Final = (
    "row",
    "run_id",
    "field",
    "value",
    "confidence",
    "reasoning",
    "url",
    "title",
    "excerpt",
)


def basis_frame(
    labels: Iterable[Any],
    fields: Sequence[OutputField],
    answers: Iterable[RowAnswer],
    *,
    library: str = "pandas",
) -> Any:
    """List the basis of every answer, a line an excerpt.

    Args:
        labels: What names each row, in the order of `answers`.
        fields: The output fields: each has a line even when the service gave it no basis.
        answers: One a row; those without an output are left out.
        library: "pandas" or "polars".

    Returns:
        A frame of `BASIS_COLUMNS`. `value` is the raw value as text (JSON for what is not
        text), so that a value which did not fit its column's type is found here.
    """
    columns: dict[str, list[Any]] = {name: [] for name in BASIS_COLUMNS}
    names = [field.name for field in fields]
    for label, answer in zip(labels, answers, strict=True):
        if answer.output is None:
            continue
        for line in _lines(answer.output, names):
            columns["row"].append(label)
            columns["run_id"].append(answer.run_id)
            for name, value in zip(BASIS_COLUMNS[2:], line, strict=True):
                columns[name].append(value)
    return _polars(columns) if library == "polars" else _pandas(columns)


def _lines(output: Output, names: Sequence[str]) -> Iterator[tuple[str | None, ...]]:
    told = set()
    for entry in output.basis:
        told.add(entry.field)
        value = raw_value(output, entry.field)
        head = (
            entry.field,
            None if value is None else as_text(value),
            entry.confidence,
            entry.reasoning,
        )
        for citation in entry.citations or [Citation(url="")]:
            excerpts: list[str] | list[None] = citation.excerpts or [None]
            for excerpt in excerpts:
                yield (*head, citation.url or None, citation.title, excerpt)
    content = output.content if isinstance(output.content, dict) else {"output": output.content}
    for name in dict.fromkeys([*names, *content]):
        if name not in told:
            value = content.get(name)
            text = None if value is None else as_text(value)
            yield (name, text, None, None, None, None, None)


def _pandas(columns: dict[str, list[Any]]) -> Any:
    import pandas as pd  # noqa: PLC0415 - imported when a frame is made

    rows = columns.pop("row")
    labels = pd.Series(rows, dtype=None if rows else "object", name="row")
    if any(isinstance(label, tuple) for label in rows):
        labels = pd.Series(rows, dtype="object", name="row")
    texts = {name: pd.Series(values, dtype="string") for name, values in columns.items()}
    return pd.DataFrame({"row": labels, **texts})


def _polars(columns: dict[str, list[Any]]) -> Any:
    import polars as pl  # noqa: PLC0415 - the frame came in from Polars

    schema: dict[str, Any] = dict.fromkeys(BASIS_COLUMNS, pl.String)
    return pl.DataFrame(columns, schema=schema | {"row": pl.Int64})
