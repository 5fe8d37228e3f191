"""Answers as they can be compared without being read: pure functions, no files.

An answer is brought to one form first, so that `1,932`, `1932.0` and NumPy's `int64(1932)` are
one number, and a Series, a list and a set of the same names are one set. Of that form the hash
is kept, salted with the exercise: an answer cannot be read off the file or looked up. Whoever is
set on trying all years of a century can; the exercise is less work.
"""

from __future__ import annotations

import hashlib
import math
import unicodedata
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, Literal

from parallel_nb.api.schema.fields import OutputField
from parallel_nb.formats import count

if TYPE_CHECKING:
    from collections.abc import Sequence

#: What an exercise wants: one number, text or truth value; texts in any order; texts in order.
Wanted = Literal["number", "text", "truth", "names", "order"]
WORDS: Final[dict[Wanted, str]] = {
    "number": "a number",
    "text": "a text",
    "truth": "True or False",
    "names": "a list of texts",
    "order": "a list of texts in their order",
}
#: Digits behind the point that count; a share of 0.953 is the same as one of 0.95299.
_DIGITS: Final = 3
#: Elements of a list that are looked at: more is no answer to any exercise.
_MOST: Final = 200


class WrongKindError(ValueError):
    """An answer is of another kind than the exercise wants; the message says what it is."""


def digests(name: str, answer: Any, wanted: Wanted) -> list[str]:
    """The hashes of an answer: one, or with "names" one for each element, sorted.

        >>> digests("1.1", 1932, "number") == digests("1.1", 1932.0, "number")
        True

    Args:
        name: The exercise; the same answer to another one has another hash.
        answer: What a student has found.
        wanted: The kind of answer.

    Returns:
        Hexadecimal texts of 16 characters.

    Raises:
        WrongKindError: The answer is of another kind.
    """
    if wanted == "names":
        return sorted({_digest(name, text) for text in _texts(answer)})
    if wanted == "order":
        return [_digest(name, "\n".join(_texts(answer)))]
    value = _single(answer)
    if wanted == "number":
        return [_digest(name, _number(value))]
    if wanted == "truth":
        if not isinstance(value, bool):
            raise WrongKindError(f"this is {_kind(value)}")
        return [_digest(name, str(value))]
    return [_digest(name, _text(value))]


def compare(found: Sequence[str], right: Sequence[str]) -> str:
    """What is wrong with a list of names, in counts; "" when nothing is."""
    hits = len(set(found) & set(right))
    extra, missing = len(set(found)) - hits, len(set(right)) - hits
    if not extra and not missing:
        return ""
    verb = "is" if hits == 1 else "are"
    parts = [f"{hits} of yours {verb} right"]
    if extra:
        parts.append(f"{extra} {'does' if extra == 1 else 'do'} not belong there")
    if missing:
        parts.append(f"{missing} {'is' if missing == 1 else 'are'} missing")
    return f"{', '.join(parts)}."


def _digest(name: str, text: str) -> str:
    salt = f"parallel_nb lesson {name}".encode()
    return hashlib.scrypt(text.encode(), salt=salt, n=2**8, r=8, p=1, dklen=8).hex()


def _single(answer: Any) -> Any:
    """A plain Python value, also of a NumPy scalar or of a Series with one element."""
    item = getattr(answer, "item", None)
    if callable(item) and getattr(answer, "size", 1) == 1:
        answer = item()
    return answer


def _number(value: Any) -> str:
    if isinstance(value, str):
        try:
            value = float(value.replace(",", ""))
        except ValueError:
            raise WrongKindError("this is a text") from None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise WrongKindError(f"this is {_kind(value)}")
    return f"{round(float(value), _DIGITS):.{_DIGITS}f}"


def _text(value: Any) -> str:
    if isinstance(value, OutputField):
        return f"{value.name}: {value.type}"
    if not isinstance(value, str):
        raise WrongKindError(f"this is {_kind(value)}")
    return " ".join(unicodedata.normalize("NFKC", value).casefold().split())


def _texts(answer: Any) -> list[str]:
    if isinstance(answer, (str, bytes, Mapping)) or hasattr(answer, "columns"):
        raise WrongKindError(f"this is {_kind(answer)}")
    if not isinstance(answer, Iterable):
        raise WrongKindError(f"this is {_kind(answer)}")
    values = list(islice(answer, _MOST + 1))
    if len(values) > _MOST:
        raise WrongKindError(f"this has more than {count(_MOST, 'element')}")
    return [_text(value) for value in values]


def _kind(value: Any) -> str:
    if value is None:
        return "None"
    if hasattr(value, "columns"):
        return "a DataFrame: choose a column of it"
    if isinstance(value, bool):
        return "a truth value"
    name = type(value).__name__
    return f"{'an' if name[0].lower() in 'aeiou' else 'a'} {name}"
