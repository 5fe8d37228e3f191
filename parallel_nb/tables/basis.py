"""Where each value came from, as one long frame.

One line an excerpt. A citation without excerpts has one line too, and so has a field without
citations: a value that rests on nothing is seen to rest on nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from parallel_nb.api.arguments import check_texts
from parallel_nb.api.places import document_of, place_of
from parallel_nb.api.types import Citation
from parallel_nb.tables.frames import label_column, raw_value, typed_columns
from parallel_nb.tables.parse import as_text
from parallel_nb.tables.source import read_frame

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from parallel_nb.api.schema.fields import OutputField
    from parallel_nb.api.types import Output
    from parallel_nb.tables.frames import RowAnswer
    from parallel_nb.tables.source import Library

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
    "document",
    "place",
)
#: The columns that say the same on every line of a field.
_FIELD_COLUMNS: Final = BASIS_COLUMNS[:6]


def basis_frame(
    labels: Iterable[Any],
    fields: Sequence[OutputField],
    answers: Iterable[RowAnswer],
    *,
    library: Library = "pandas",
) -> Any:
    """List the basis of every answer, a line an excerpt.

    Args:
        labels: What names each row, in the order of `answers`: labels of a pandas index, or
            positions.
        fields: The output fields: each has a line even when the service gave it no basis, unless
            it was not asked for, or not researched.
        answers: One a row; those without an output are left out.
        library: The library of the frame.

    Returns:
        A frame of `BASIS_COLUMNS`: `row` has the labels (positions are int64), all others are
        text. `value` is the raw value (JSON for what is not text), so that a value which did
        not fit its column's type is found here.

    Examples:
        >>> basis_frame([0], fields, [answer])[["field", "value", "url"]]  # doctest: +SKIP
    """
    rows: list[Any] = []
    columns: dict[str, list[str | None]] = {name: [] for name in BASIS_COLUMNS[1:]}
    appends = [values.append for values in columns.values()]
    names = [field.name for field in fields]
    for label, answer in zip(labels, answers, strict=True):
        if answer.output is None:
            continue
        for line in _lines(answer.output, [n for n in names if not answer.why_absent(n)]):
            rows.append(label)
            for append, value in zip(appends, (answer.run_id, *line), strict=True):
                append(value)
    # First, while little else is in memory: pandas takes much for a moment to find their type.
    label = label_column("row", rows, library)
    del rows
    return label.to_frame().with_columns(*typed_columns(columns, {}, library)).to_native()


def low_confidence(basis: Any, levels: str | Collection[str]) -> Any:
    """The fields of a basis that have one of these confidences, a line a field.

    Args:
        basis: A frame as `basis_frame` makes it, of any library.
        levels: The confidences that are looked for, such as "low"; one, or several.

    Returns:
        A frame of the same library with the columns row, run_id, field, value, confidence and
        reasoning.

    Raises:
        InputError: `levels` is no text and no list of texts.
    """
    import narwhals.stable.v2 as nw  # noqa: PLC0415 - loaded when a frame is met

    table = read_frame(basis).frame
    listed = [levels] if isinstance(levels, str) else levels
    wanted = [level.strip().lower() for level in check_texts("levels", listed, "'low'")]
    low = table.filter(table.get_column("confidence").is_in(wanted))
    fields = low.select(*_FIELD_COLUMNS).unique(maintain_order=True)
    return nw.maybe_reset_index(fields).to_native()


def _lines(output: Output, names: Sequence[str]) -> Iterator[tuple[str | None, ...]]:
    """Yield the values of `BASIS_COLUMNS` from `field` on."""
    has_basis = set()
    for entry in output.basis:
        has_basis.add(entry.field)
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
                url = citation.url
                where = (document_of(url), place_of(url))
                yield (*head, url or None, citation.title, excerpt, *where)
    content = output.content if isinstance(output.content, dict) else {"output": output.content}
    for name in dict.fromkeys([*names, *content]):
        if name not in has_basis:
            value = content.get(name)
            yield (name, None if value is None else as_text(value), *[None] * 7)
