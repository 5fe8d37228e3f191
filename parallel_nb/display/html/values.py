"""How a value and its confidence are written, in HTML and in text."""

from __future__ import annotations

import json
import math
from typing import Any, Final

from parallel_nb.display.html.escape import clean
from parallel_nb.formats import number

#: Longest value shown in a table, in characters; the frame has all of it.
VALUE_LIMIT: Final = 200
#: What a null reads as: the sources did not say.
NOT_FOUND: Final = "not found"
#: Each confidence of the API as a person reads it, in the order of the panel's filter.
CONFIDENCE_WORDS: Final = {"high": "● high", "medium": "◑ medium", "low": "◔ low"}


def confidence_words(confidence: str | None) -> str:
    """A confidence as mark and word; "" where the service gave none.

    A word that the API does not list is shown as it is, without a mark.

    >>> confidence_words("low"), confidence_words("unsure"), confidence_words(None)
    ('◔ low', 'unsure', '')
    """
    word = clean(confidence or "", 20)
    return CONFIDENCE_WORDS.get(word.lower(), word)


def value_text(value: Any, limit: int = VALUE_LIMIT) -> str:  # noqa: PLR0911 - a line a kind
    """A JSON value in a person's words, in at most `limit` characters.

    >>> value_text(None), value_text(True), value_text(["tea", "coffee"]), value_text(1556000)
    ('not found', 'yes', 'tea, coffee', '1,556,000')
    """
    if is_null(value):
        return NOT_FOUND
    if isinstance(value, bool):
        return "yes" if value else "no"
    if is_number(value):
        return clean(number(value), limit)
    if isinstance(value, list) and not any(isinstance(item, (list, dict)) for item in value):
        items = [value_text(item, limit) for item in value[: limit // 2]]
        return clean(", ".join(items), limit) or "none"
    if isinstance(value, (list, dict)):
        try:
            return clean(json.dumps(value, ensure_ascii=False, default=str), limit)
        except (ValueError, RecursionError):
            return clean(type(value).__name__, limit)
    if isinstance(value, str) and not value.strip():
        return "(empty)"
    return clean(value, limit)


def is_null(value: Any) -> bool:
    """True for None and NaN: the sources did not say."""
    return value is None or (isinstance(value, float) and math.isnan(value))


def is_number(value: Any) -> bool:
    """True for a number that can be grouped and stands to the right; yes and no are none."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)
