"""An answer's raw JSON value as a value of its field's type.

A value that does not parse becomes None here and null in the frame; the raw value stays in the
basis. Parsing forgives what a reader of documents writes ("1,234", "yes", a date with a time
behind it) and nothing that would change the meaning ("about 1,200" is not a number).
"""

from __future__ import annotations

import datetime as dt
import json
import math
import re
from typing import TYPE_CHECKING, Any, Final

from parallel_nb.tables.values import fits_int64

if TYPE_CHECKING:
    from collections.abc import Callable

    from parallel_nb.api.schema.fields import FieldType, Kind

_TRUE: Final = frozenset({"true", "yes"})
_FALSE: Final = frozenset({"false", "no"})
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?")


def parse(value: Any, field_type: FieldType) -> Any:
    """Read one raw value as its field's type.

    Args:
        value: What an answer has: None, bool, int, float, str, list or dict.
        field_type: The type of its field.

    Returns:
        int (of 64 bits), float (finite), bool, str, datetime (for a date, at midnight unless a
        time was given; without a zone), list or dict; None for what does not fit. Dates within
        a list are text, as YYYY-MM-DD.

    Examples:
        >>> parse("1,234", FieldType("int")), parse("about 1,200", FieldType("int"))
        (1234, None)
    """
    if value is None:
        return None
    if field_type.kind == "list":
        return _as_list(value, field_type.item)
    if field_type.kind == "enum":
        return _as_choice(value, field_type.choices)
    return _PARSERS[field_type.kind](value)


def parse_all(values: list[Any], field_type: FieldType) -> list[Any]:
    """Read the raw values of a column, each as `parse` does.

    Returns the list itself where all are of the type already, which saves 100,000 rows a copy.
    """
    plain = _PLAIN.get(field_type.kind)
    if plain is not None and set(map(type, values)) <= plain:
        numbers = [v for v in values if v is not None] if field_type.kind == "int" else []
        if not numbers or (fits_int64(min(numbers)) and fits_int64(max(numbers))):
            return values
    return [parse(value, field_type) for value in values]


def as_text(value: Any) -> str:
    """Write a raw value as text: a string as it is, anything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


#: Types of values that need no parsing, by the kind of their column.
_PLAIN: Final[dict[Kind, frozenset[type]]] = {
    "str": frozenset({str, type(None)}),
    "int": frozenset({int, type(None)}),
    "bool": frozenset({bool, type(None)}),
}


def _digits(text: str) -> str:
    text = text.strip()
    return text.replace(",", "") if _THOUSANDS.fullmatch(text) else text


def _as_int(value: Any) -> int | None:
    number = _exact_int(value)
    return number if number is not None and fits_int64(number) else None


def _exact_int(value: Any) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, str):
        try:
            return int(_digits(value))
        except ValueError:
            value = _as_float(value)
    if isinstance(value, float) and math.isfinite(value) and value.is_integer():
        return int(value)
    return None


def _as_float(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        number = float(_digits(value) if isinstance(value, str) else value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _as_bool(value: Any) -> bool | None:
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        word = value.strip().lower()
        return True if word in _TRUE else False if word in _FALSE else None
    return None


def _as_date(value: Any) -> dt.datetime | None:
    if not isinstance(value, str):
        return None
    text = value.strip()
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    # A column has one zone or none, so that each date keeps its own day and hour.
    return moment.replace(tzinfo=None)


def _as_choice(value: Any, choices: tuple[str, ...]) -> str | None:
    text = as_text(value).strip()
    if not choices or text in choices:
        return text
    return next((choice for choice in choices if choice.lower() == text.lower()), None)


def _as_list(value: Any, item: FieldType | None) -> list[Any] | None:
    if not isinstance(value, list):
        return None
    if item is None or item.kind == "object":
        return list(value)
    parsed = [parse(element, item) for element in value]
    if item.kind == "date":
        return [element.date().isoformat() if element else None for element in parsed]
    return parsed


def _as_object(value: Any) -> dict[str, Any] | None:
    return value if isinstance(value, dict) else None


_PARSERS: Final[dict[Kind, Callable[[Any], Any]]] = {
    "int": _as_int,
    "float": _as_float,
    "bool": _as_bool,
    "str": as_text,
    "date": _as_date,
    "object": _as_object,
}
