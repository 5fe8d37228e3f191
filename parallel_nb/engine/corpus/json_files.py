"""JSON: lists of objects are tables, other objects sections with lines, lists and tables.

Keys are words: `floorAreaM2` and `floor_area_m2` are read as `floor area m2`. Each value is
written once, so that the text grows with the file: a table that would be empty for the most part
is none, and what is nested deeper than there are headings is written as JSON.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

import msgspec

from parallel_nb.engine.corpus.grids import has_head, squared
from parallel_nb.engine.corpus.page import ParsedFile, UnreadableFileError, decode_text
from parallel_nb.engine.corpus.places import Place, PlacedText, heading_place, row_place
from parallel_nb.engine.corpus.records import date_in, is_of_documents, read_table, written

if TYPE_CHECKING:
    from collections.abc import Sequence

_TITLES: Final = ("title", "name")
_LONGEST_TITLE: Final = 200
#: Characters of a list of values that stands in one line, and of a number that is read as one.
_LONGEST_LINE: Final = 100
_LONGEST_NUMBER: Final = 300
_DEEPEST: Final = 6
#: Sections that a file may have; what else there is stands in a line each.
_MOST_SECTIONS: Final = 20_000
#: Keys that objects in the cells of a column may have, to be columns themselves.
_MOST_NESTED: Final = 20
#: Cells of a table that may be empty for the most part, and cells a value that others may have.
_SMALL: Final = 10_000
_MOST_CELLS: Final = 5
#: The part of all keys that each of several objects has on average which are alike.
_ALIKE: Final = 0.7
#: What makes a key no word: `@type`, `$schema`; before a text it would make a heading or a list.
_SIGNS: Final = re.compile(r"\A(?:[#*+>|@-]+\s*|\$(?=[^\W\d]))")
_IS_KEBAB: Final = re.compile(r"[^A-Z\s]+")
_HYPHEN: Final = re.compile(r"(?<=[^\W_])-(?=[^\W\d_])")
_HUMP: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
#: A number that is too long to be read as one stays text, and so does a line break in a text.
_DECODER: Final = json.JSONDecoder(
    strict=False,
    parse_int=lambda digits: int(digits) if len(digits) < _LONGEST_NUMBER else digits,
    parse_float=lambda digits: float(digits) if len(digits) < _LONGEST_NUMBER else digits,
)
_TOO_DEEP: Final = "it is nested too deep"

_Object = dict[str, Any]


def read_json(data: bytes) -> ParsedFile:
    """Read a JSON file.

    Raises:
        UnreadableFileError: it is no JSON, or nested too deep.
    """
    text = decode_text(data)
    try:
        return _read_value(_DECODER.decode(text))
    except RecursionError as error:
        raise UnreadableFileError(_TOO_DEEP) from error
    except json.JSONDecodeError as error:
        reason = f"{error.msg[:1].lower()}{error.msg[1:]}"
        if error.msg == "Extra data" and (lines := _json_lines(text)):
            return lines
        where = f"line {error.lineno}, column {error.colno}"
        raise UnreadableFileError(f"it is no JSON: {reason} at {where}") from error


def read_json_lines(data: bytes) -> ParsedFile:
    """Read a file with a JSON object in each line: a row a line, a column a key.

    Raises:
        UnreadableFileError: a line is no JSON object, or nested too deep.
    """
    return _read_lines(decode_text(data))


def words(key: str) -> str:
    """A key as words.

    Examples:
        >>> [words(key) for key in ("floorAreaM2", "floor_area_m2", "floor-area", "S-1", "VATRate")]
        ['floor area m2', 'floor area m2', 'floor area', 'S-1', 'VAT rate']
    """
    plain = " ".join(key.split())
    name = _SIGNS.sub("", plain)
    if " " in name:
        return name
    if _IS_KEBAB.fullmatch(name):
        name = _HYPHEN.sub(" ", name)
    first, *humps = _HUMP.split(name.replace("_", " ").strip())
    others = [hump if hump[1:2].isupper() else hump[:1].lower() + hump[1:] for hump in humps]
    return " ".join([first, *others]) or plain


def _json_lines(text: str) -> ParsedFile | None:
    """What a file of JSON lines under the name of JSON holds; None where it is none."""
    try:
        return _read_lines(text)
    except UnreadableFileError:
        return None


def _read_lines(text: str) -> ParsedFile:
    records: list[_Object] = []
    numbers: list[int] = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            record = _DECODER.decode(line)
        except RecursionError as error:
            raise UnreadableFileError(f"line {number} is nested too deep") from error
        except ValueError as error:
            raise UnreadableFileError(f"line {number} is no JSON") from error
        if not isinstance(record, dict):
            raise UnreadableFileError(f"line {number} is no JSON object")
        records.append(record)
        numbers.append(number)
    try:
        return _read_records(records, numbers)
    except RecursionError as error:
        raise UnreadableFileError(_TOO_DEEP) from error


def _read_value(value: Any) -> ParsedFile:
    """What a whole file says."""
    value = _by_column(value) or value
    if _are_objects(value):
        return _read_records(value, range(1, len(value) + 1))
    if rows := _rows_of(value, ""):
        return read_table(rows, range(len(rows)), has_head=True)
    if _is_grid(value):
        return read_table(value, range(1, len(value) + 1))
    if not isinstance(value, dict):
        outline = _Outline()
        outline.add(value, "item", 2)
        return outline.build()
    if is_of_documents({key.lower() for key in value}) and not any(map(_is_nested, value.values())):
        return _read_records([value], [1])
    title = _title_of(value)
    outline = _Outline()
    outline.text.paragraph(f"# {title}" if title else "")
    outline.add(value, "", 2)
    said = {key.lower(): written(member) for key, member in value.items() if not _is_nested(member)}
    return msgspec.structs.replace(outline.build(), title=title, date=date_in(said))


def _read_records(records: list[_Object], numbers: Sequence[int]) -> ParsedFile:
    """What a file says that is a list of objects: as a table, or each by itself."""
    if rows := _table(records):
        return read_table(rows, [0, *numbers], has_head=True)
    outline = _Outline()
    for number, record in zip(numbers, records, strict=True):
        place = msgspec.structs.replace(row_place(number), number=0)  # it takes several lines
        outline.add_section(_title_of(record) or f"row {number}", record, 2, place)
    return outline.build()


class _Outline:
    """A text of sections that is put together."""

    def __init__(self) -> None:
        self.text = PlacedText()
        self._tables = 0
        self._sections = 0

    def build(self) -> ParsedFile:
        content, places = self.text.build()
        return ParsedFile(content, places=places)

    def add(self, value: Any, name: str, level: int) -> None:
        """Add a value below its heading.

        Args:
            value: of any kind.
            name: what the heading calls it.
            level: that of headings within it.
        """
        if rows := _rows_of(value, name):
            self._add_table(rows, is_head=True)
        elif _is_grid(value):
            rows = squared([[written(cell) for cell in row] for row in value])
            self._add_table(rows, is_head=has_head(rows))
        elif isinstance(value, dict):
            self._add_object(value, level)
        elif isinstance(value, list):
            self._add_list(value, name, level)
        else:
            self.text.paragraph(written(value))

    def _add_table(self, rows: list[list[str]], *, is_head: bool) -> None:
        self._tables += 1
        place = row_place(1, f"table {self._tables}")
        numbers = range(len(rows)) if is_head else range(1, len(rows) + 1)
        self.text.table(rows, has_head=is_head, place=place, numbers=numbers)

    def _add_object(self, value: _Object, level: int) -> None:
        """Values first: below a heading they would be those of what it names."""
        sections = {k: v for k, v in value.items() if _is_section(v) and level <= _DEEPEST}
        lines = _lines({key: v for key, v in value.items() if key not in sections})
        self.text.paragraph("\n".join(lines))
        for key, member in sections.items():
            self.add_section(words(key), member, level)

    def _add_list(self, value: list[Any], name: str, level: int) -> None:
        inner = [v for v in value if _holds_objects(v)] if level <= _DEEPEST else []
        items = value if not inner else [v for v in value if not _holds_objects(v)]
        lines = [" ".join(said.split()) for item in items if (said := written(item))]
        self.text.paragraph("\n".join(f"- {line}" for line in lines))
        item_name = name if 0 < len(name) <= _LONGEST_LINE else "item"
        for number, member in enumerate(inner, 1):
            title = _title_of(member) if isinstance(member, dict) else ""
            self.add_section(title or f"{item_name} {number}", member, level)

    def add_section(self, name: str, value: Any, level: int, place: Place | None = None) -> None:
        """Add a value and its heading, which is its place where there is no other."""
        place = place or (heading_place(name) if name else None)
        self._sections += 1
        if self._sections > _MOST_SECTIONS:
            said = " ".join(written(value).split())
            self.text.paragraph(f"{name}: {said}" if said else "", place)
            return
        if name:
            self.text.paragraph(f"{'#' * level} {name}", place)
        self.add(value, name, level + 1)


def _lines(value: _Object) -> list[str]:
    """A line for each member that says anything: `floor area m2: 120`."""
    said = zip(_names(list(value)), map(written, value.values()), strict=True)
    return [f"{name}: {' '.join(text.split())}" for name, text in said if text.strip()]


def _is_section(value: Any) -> bool:
    """Whether a member of an object has a heading of its own, rather than a line."""
    if isinstance(value, str):
        return "\n" in value.strip()
    if isinstance(value, list) and not any(map(_is_nested, value)):
        return len(written(value)) > _LONGEST_LINE
    return bool(value) and _is_nested(value)


def _is_nested(value: Any) -> bool:
    return isinstance(value, dict | list)


def _are_objects(value: Any) -> bool:
    return bool(value) and isinstance(value, list) and all(isinstance(v, dict) for v in value)


def _is_grid(value: Any) -> bool:
    """Whether a list is one of rows of values, which are about as long as each other."""
    if not isinstance(value, list) or len(value) < 2:
        return False
    if not all(isinstance(row, list) and not any(map(_is_nested, row)) for row in value):
        return False
    widths = [len(row) for row in value]
    return max(widths) > 1 and max(widths) * len(widths) <= 2 * sum(widths)


def _holds_objects(value: Any) -> bool:
    """Whether it is an object, or a list of some."""
    return isinstance(value, dict) or _is_list_of_objects(value)


def _is_list_of_objects(value: Any) -> bool:
    return isinstance(value, list) and any(isinstance(item, dict) for item in value)


def _title_of(value: _Object) -> str:
    said = {key.lower(): member for key, member in value.items()}
    names = (said.get(key) for key in _TITLES)
    titles = (" ".join(name.split()) for name in names if isinstance(name, str))
    return next((title for title in titles if 0 < len(title) <= _LONGEST_TITLE), "")


def _rows_of(value: Any, name: str) -> list[list[str]]:
    """A value as the rows of a table with its head; none where it is no table."""
    if isinstance(value, dict):
        return _keyed_table(value, name)
    return _table(value) if _are_objects(value) else []


def _table(records: list[_Object], first: list[str] | None = None) -> list[list[str]]:
    """Objects as the rows of a table, with its head.

    There are none where most cells would be empty, or hold tables of their own.

    Args:
        records: the objects.
        first: the cells of a first column, with its head.
    """
    paths = _columns(records)
    values = sum(len(v) if isinstance(v, dict) else 1 for r in records for v in r.values())
    if not paths or len(paths) * len(records) > max(_SMALL, _MOST_CELLS * values):
        return []
    heads = _names([".".join(path) for path in paths], [" ".join(map(words, p)) for p in paths])
    hold_tables = 2 * sum(any(map(_is_list_of_objects, r.values())) for r in records) > len(records)
    if hold_tables and not is_of_documents({head.lower() for head in heads}):
        return []
    rows = [heads, *([written(_at(record, path)) for path in paths] for record in records)]
    if first is None:
        return rows
    return [[cell, *row] for cell, row in zip(first, rows, strict=True)]


def _columns(records: list[_Object]) -> list[tuple[str, ...]]:
    """The keys of all objects; of objects within them, where they are alike, with theirs."""
    nested: dict[str, dict[str, None] | None] = {}
    for record in records:
        for key, value in record.items():
            inner = nested.setdefault(key, {})
            if inner is None or value is None:
                continue
            if isinstance(value, dict) and len(value) <= _MOST_NESTED:
                inner.update(dict.fromkeys(value))
            if not isinstance(value, dict) or not 0 < len(inner) <= _MOST_NESTED:
                nested[key] = None
    return [
        path
        for key, inner in nested.items()
        for path in ([(key, name) for name in inner] if inner else [(key,)])
    ]


def _at(record: _Object, path: tuple[str, ...]) -> Any:
    value = record.get(path[0])
    return value if len(path) == 1 or value is None else value.get(path[1])


def _keyed_table(value: _Object, name: str) -> list[list[str]]:
    """The rows of an object whose values are objects of like keys, the key first."""
    records = list(value.values())
    if len(records) < 2 or not _are_objects(records):
        return []
    keys = Counter(key for record in records for key in record)
    if not keys or keys.total() < _ALIKE * len(keys) * len(records):
        return []
    heads = {words(key).lower() for key in keys}
    head = next((h for h in (name, "key") if h and h.lower() not in heads), "row")
    return _table(records, [head, *value])


def _by_column(value: Any) -> list[_Object]:
    """The rows of a table that pandas writes by its columns: `{"rent": {"0": 5, "1": 7}}`."""
    columns = list(value.values()) if isinstance(value, dict) else []
    if not _are_objects(columns) or not columns[0]:
        return []
    rows = list(columns[0])
    if rows != [str(n) for n in range(len(rows))] or any(list(c) != rows for c in columns):
        return []
    return [{key: column[row] for key, column in value.items()} for row in rows]


def _names(keys: list[str], names: list[str] | None = None) -> list[str]:
    """Keys as words; as they are where the words would be those of another one."""
    names = names or [words(key) for key in keys]
    times = Counter(name.lower() for name in names)
    pairs = zip(keys, names, strict=True)
    return [" ".join((n if times[n.lower()] == 1 else key).split()) for key, n in pairs]
