"""The cells of a frame as plain values that can be sent: as JSON, and as text in a sentence.

Whole floats become integers (`1972.0` -> `1972`), because pandas turns a column of integers
into floats as soon as one value is missing; the question must not change with that.
"""

from __future__ import annotations

import base64
import datetime as dt
import enum
import json
import math
import unicodedata
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from parallel_nb.api.errors import InputError
from parallel_nb.api.schema.fields import FieldType, Kind, OutputField

if TYPE_CHECKING:
    from collections.abc import Sequence

#: What a missing value reads as inside a sentence.
MISSING_TEXT: Final = "unknown"
_PLAIN: Final = (str, bool, int)
#: Categories of Unicode that show nothing: separators, zero-width and other formats.
_INVISIBLE: Final = frozenset({"Zs", "Zl", "Zp", "Cf"})
#: Letters and symbols that are drawn as nothing: fillers of Hangul, an empty Braille cell, the
#: variation selector of emoji, the grapheme joiner.
_FILLERS: Final = frozenset("\u3164\u115f\u1160\uffa0\u2800\ufe0f\u034f")
_INT64: Final = 2**63


def fits_int64(number: int) -> bool:
    """True for an integer of 64 bits: what columns hold and JSON readers agree on."""
    return -_INT64 <= number < _INT64


def is_missing(value: Any) -> bool:  # noqa: PLR0911 - one line a kind of cell
    """True for None, NaN, NaT and pandas' NA; False for anything nested, also when empty."""
    if value is None:
        return True
    if isinstance(value, Decimal):
        return value.is_nan()
    if isinstance(value, float):
        return value != value  # noqa: PLR0124 - NaN is the one value that differs from itself
    if isinstance(value, _PLAIN):
        return False
    kind = type(value)
    if kind.__name__ in {"NAType", "NaTType"}:
        return True
    if kind.__module__ == "numpy" and not getattr(value, "shape", ()):
        return bool(value != value)  # noqa: PLR0124 - numpy's NaN and NaT
    return False


def is_empty(value: Any) -> bool:
    """True for a cell in which there is nothing to ask about.

    That is what is missing, text that shows nothing (blanks, zero-width characters), and bytes
    and containers that hold nothing else. An infinite number is neither; see `is_infinite`.

    Raises:
        InputError: The cell is an object without a text form.

    Examples:
        >>> is_empty(float("nan")), is_empty([""]), is_empty("\u200b"), is_empty(0)
        (True, True, True, False)
    """
    if isinstance(value, str):
        return _shows_nothing(value)
    return not is_infinite(value) and _holds_nothing(json_value(value))


def is_infinite(value: Any) -> bool:
    """True for a number that JSON has no form for: it is sent as null."""
    if isinstance(value, Decimal):
        return value.is_infinite()
    return isinstance(value, float) and math.isinf(value)


def _holds_nothing(plain: Any) -> bool:
    if isinstance(plain, str):
        return _shows_nothing(plain)
    if isinstance(plain, dict):
        plain = list(plain.values())
    if isinstance(plain, list):
        return all(map(_holds_nothing, plain))
    return plain is None


def _shows_nothing(text: str) -> bool:
    # Most texts begin with a letter or a digit.
    if text[:1].isalnum() and text[0] not in _FILLERS:
        return False
    return all(
        character.isspace()
        or unicodedata.category(character) in _INVISIBLE
        or character in _FILLERS
        for character in text
    )


def json_value(value: Any) -> Any:  # noqa: C901, PLR0911 - one line a kind of cell
    """Make plain JSON of a cell.

    Returns:
        None, bool, int, float, str, list or dict. Dates and times are ISO 8601, durations
        seconds; a Decimal is a number where no digit is lost, else its digits; bytes are text
        or base64, sets sorted lists. Infinite numbers and what is missing are None. Anything
        else is its `str`.

    Raises:
        InputError: It is an object without a text form, such as a function.

    Examples:
        >>> json_value(1972.0), json_value(float("nan")), json_value(dt.date(2026, 11, 23))
        (1972, None, '2026-11-23')
    """
    if is_missing(value):
        return None
    if isinstance(value, enum.Enum):
        return json_value(value.value)
    if isinstance(value, _PLAIN):
        return value if isinstance(value, bool) else _plain(value)
    if isinstance(value, float):
        return _number(float(value))
    if isinstance(value, Mapping):
        return {replace_surrogates(str(key)): json_value(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [json_value(item) for item in value]
    if isinstance(value, AbstractSet):
        return sorted((json_value(item) for item in value), key=str)
    if isinstance(value, (dt.datetime, dt.date, dt.time)):
        return _iso(value)
    if isinstance(value, dt.timedelta):
        return _number(value.total_seconds())
    if isinstance(value, Decimal):
        return _decimal(value)
    if isinstance(value, (bytes, bytearray)):
        return _bytes(bytes(value))
    return _library_value(value)


def _plain(value: str | int) -> str | int:
    """The plain type of a subclass (numpy.str_), and nothing that JSON cannot carry."""
    if isinstance(value, str):
        return replace_surrogates(str(value))
    number = int(value)
    return number if fits_int64(number) else str(number)


def replace_surrogates(text: str) -> str:
    """Replace lone surrogates, which no encoding of a request can carry."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode()
    return text


def _number(value: float) -> float | int | None:
    if not math.isfinite(value):
        return None
    return int(value) if value.is_integer() and abs(value) < _INT64 else value


def _iso(value: dt.datetime | dt.date | dt.time) -> str:
    if isinstance(value, dt.datetime) and value.tzinfo is None and value.time() == dt.time():
        return value.date().isoformat()  # pandas has no plain dates: midnight means the day
    return value.isoformat()


def _decimal(value: Decimal) -> float | int | str | None:
    if not value.is_finite():
        return None
    as_float = float(value)
    return _number(as_float) if Decimal(repr(as_float)) == value else str(value)


def _bytes(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return base64.b64encode(value).decode()


def _library_value(value: Any) -> Any:
    """A value of a class that another library made, by its own way to plain Python."""
    for method in ("to_pylist", "tolist", "to_list"):  # pyarrow, numpy, pandas and Polars
        if callable(convert := getattr(value, method, None)):
            made = convert()
            if type(made) is not type(value):
                # numpy gives nanoseconds since 1970 as an int for some of its dates.
                if type(value).__name__ in {"datetime64", "timedelta64"}:
                    made = _numpy_time(value)
                return json_value(made)
    return replace_surrogates(_own_text(value))


def _own_text(value: Any) -> str:
    """What an object says of itself; its address in memory would be another one each time."""
    try:
        text = str(value)
    except Exception as error:
        raise _no_text(value) from error
    if f"{id(value):x}" in text.lower():
        raise _no_text(value)
    return text


def _no_text(value: object) -> InputError:
    kind = type(value).__name__
    return InputError(
        f"A value of type {kind} has no form as text.",
        "Put what is to be asked into the cell: text, numbers, dates, lists or dicts.",
    )


def _numpy_time(value: Any) -> Any:
    unit = "s" if type(value).__name__ == "timedelta64" else "us"
    return value.astype(f"{type(value).__name__}[{unit}]").item()


def text_value(value: Any) -> str:
    """Write a cell as it reads within a sentence; what is missing reads as `MISSING_TEXT`.

    Examples:
        >>> text_value(["a", "b"]), text_value(None)
        ('a, b', 'unknown')
    """
    plain = json_value(value)
    if plain is None:
        return MISSING_TEXT
    if isinstance(plain, str):
        return plain
    if isinstance(plain, list) and all(isinstance(item, (str, int, float)) for item in plain):
        return ", ".join(text_value(item) for item in plain)
    return json.dumps(plain, ensure_ascii=False)


def column_field(name: str, values: Sequence[Any]) -> tuple[OutputField, bool]:
    """Read a column's type off its cells, for the input schema.

    Returns:
        The field, and True unless the cells are of several kinds, so that they must go as
        text. Every field may be null: whether this frame happens to have a gap is not part of
        the question.
    """
    types = set(map(type, values))
    kinds = {_BY_TYPE[kind] for kind in types & _BY_TYPE.keys()}
    if others := types - _BY_TYPE.keys() - {type(None)}:
        cells = (value for value in values if type(value) in others and not is_missing(value))
        kinds |= set(map(_kind, cells))
    if kinds == {"int", "float"}:
        kinds = {"float"}
    if len(kinds) == 1:
        kind = kinds.pop()
        item = FieldType("str") if kind == "list" else None
        return OutputField(name, FieldType(kind, nullable=True, item=item)), True
    return OutputField(name, FieldType("str", nullable=True)), not kinds


#: Types whose every value is of one kind.
_BY_TYPE: Final[dict[type, Kind]] = {
    bool: "bool",
    int: "int",
    str: "str",
    dict: "object",
    list: "list",
}


def _kind(value: Any) -> Kind:  # noqa: PLR0911 - one line a kind
    if isinstance(value, bool) or type(value).__name__ in {"bool_", "bool"}:
        return "bool"
    if isinstance(value, int):
        return "int"
    if isinstance(value, float):
        return "int" if value.is_integer() else "float"
    if isinstance(value, Mapping):
        return "object"
    if isinstance(value, (list, tuple, set, frozenset)) or getattr(value, "shape", None):
        return "list"
    if isinstance(value, (dt.date, dt.datetime)):
        return "date"
    return "str"
