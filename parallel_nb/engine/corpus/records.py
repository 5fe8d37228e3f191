"""Records of a table: each a row of one text, or each a document of its own.

A table is one of documents where it has a column `text`, and one `url` or `title`, in whatever
case. `date` and `language` say the same of the document; what other columns say stands below its
text.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from typing import TYPE_CHECKING, Any, Final

from parallel_nb.engine.corpus.dates import PUBLISHED, whole_date
from parallel_nb.engine.corpus.grids import names_columns, squared
from parallel_nb.engine.corpus.page import Member, ParsedFile
from parallel_nb.engine.corpus.places import Place, PlacedText, row_place

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

_TEXT: Final = "text"
_NAMES: Final = ("url", "title")
_LANGUAGES: Final = ("language", "lang")
_LONGEST_TITLE: Final = 200
#: From 1973 to 2286.
_MILLISECONDS = re.compile(r"[0-9]{12,13}")
_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def read_table(
    rows: Sequence[Sequence[Any]], numbers: Sequence[int], *, has_head: bool = False
) -> ParsedFile:
    """Read the rows of a file that is a table.

    Args:
        rows: the cells of each.
        numbers: the number of each in its file.
        has_head: the first row is known to name the columns; else it is looked at.
    """
    cells = squared([[written(cell) for cell in row] for row in rows])
    is_head = has_head or (len(cells) > 1 and names_columns(cells[0], cells[1:]))
    if is_head and len(cells) > 1:
        columns = [name.strip().lower().replace(" ", "_") for name in cells[0]]
        if is_of_documents(columns):
            return _documents(cells, columns, numbers)
    text = PlacedText()
    if cells and len(cells[0]) > 1:
        text.table(cells, has_head=is_head, place=row_place(1), numbers=numbers)
    else:
        for number, row in zip(numbers, cells, strict=True):
            text.paragraph(row[0] if row else "", row_place(number))
    content, places = text.build()
    return ParsedFile(content, places=places)


def is_of_documents(columns: Collection[str]) -> bool:
    """Whether rows with these columns, in lower case, are documents."""
    return _TEXT in columns and any(name in columns for name in _NAMES)


def _documents(cells: list[list[str]], columns: list[str], numbers: Sequence[int]) -> ParsedFile:
    """Each row as a document."""
    own = {_TEXT, *_NAMES, *_LANGUAGES, *PUBLISHED}
    others = [(cells[0][n].strip(), n) for n, name in enumerate(columns) if name not in {"", *own}]
    members = []
    for number, row in zip(numbers[1:], cells[1:], strict=True):
        values = dict(zip(columns, row, strict=True))
        below = [f"{name}: {row[n].strip()}" for name, n in others if row[n].strip()]
        parts = (values[_TEXT].strip("\n"), "\n".join(below))
        parsed = ParsedFile(
            "\n\n".join(filter(None, parts)),
            title=values.get("title", "").strip() or _first_line(values[_TEXT]),
            url=values.get("url", ""),
            date=date_in(values),
            places=((0, Place("row", f"row {number}", f"row={number}")),),
            language=next(filter(None, (values.get(key, "") for key in _LANGUAGES)), "")[:20],
        )
        members.append(Member(str(number), parsed))
    return ParsedFile("", members=tuple(members))


def _first_line(text: str) -> str:
    return text.lstrip("# \n")[:_LONGEST_TITLE].partition("\n")[0]


def date_in(values: Mapping[str, str]) -> str | None:
    """When a record was published, by its values under their names in lower case."""
    return next(filter(None, (_date(values.get(key, "")) for key in PUBLISHED)), None)


def _date(text: str) -> str | None:
    """A date, also one in the milliseconds since 1970 that pandas writes into JSON."""
    if _MILLISECONDS.fullmatch(text):
        return (_EPOCH + dt.timedelta(milliseconds=int(text))).date().isoformat()
    return whole_date(text)


def written(value: Any) -> str:
    """A value as it reads in a cell: several in a row, what is nested deeper as JSON.

    Examples:
        >>> written([1, "two", None]), written(True), written({"a": [1]})
        ('1, two', 'true', '{"a": [1]}')
    """
    if value is None or isinstance(value, bytes) or value != value:  # noqa: PLR0124 - NaN
        return ""
    if isinstance(value, dt.datetime):
        return value.isoformat(" ", "seconds").removesuffix(" 00:00:00")
    if isinstance(value, list) and not any(isinstance(item, dict | list) for item in value):
        items = [item for item in map(written, value) if item]
        return ("; " if any("," in item for item in items) else ", ").join(items)
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, default=str) if value else ""
    return json.dumps(value) if isinstance(value, bool | float | int) else str(value)
