"""How a Python value gets into the line of a magic, and that none gets into a question unseen."""

from __future__ import annotations

import datetime as dt
import numbers
import os
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from parallel_nb.api.errors import InputError
from parallel_nb.formats import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping

_NAME: Final = r"[^\W\d]\w*+"
#: `$name`, and what of `$name.attribute.csv` may be attributes.
_REFERENCE: Final = re.compile(rf"\$({_NAME})((?:\.{_NAME})*+)")
#: A variable as an f-string would write it (`{c}`, `{row.name}`); not LaTeX (`e^{x}`) nor
#: `{{column}}`.
_IN_BRACES: Final = re.compile(
    rf"(?<![\w^}}\\${{])\{{[ \t]*+({_NAME})[ \t]*+(?=[}}.\[(!])[^{{}}\n]*+\}}(?!\}})"
)
#: A variable as a shell would write it; not LaTeX (`$x$`).
_BEHIND_DOLLAR: Final = re.compile(rf"(?<![\w$\\])\$({_NAME})(?![^\n$]*+\$)")


def expand(text: str, variables: Mapping[str, Any], what: str) -> str:
    """Put in the values of `$name` and `$name.attribute`.

        >>> expand("exports/$day.csv", {"day": "monday"}, "FILE")
        'exports/monday.csv'

    Args:
        text: The value of an option, or a word such as an id or a file.
        variables: What the names stand for: texts, numbers, dates, paths, or lists of them.
        what: What the text is, for the message.

    Raises:
        InputError: There is no such variable, with the nearest; it holds something else; or it
            stands in braces.
    """
    if "(" not in text:  # else it may be an expression, with an f-string in it
        for match in _IN_BRACES.finditer(text):
            if match[1] in variables:
                raise InputError(
                    f"{what} has {match[0]}, which is text.",
                    f"Write ${match[1]} for the value of a variable; single quotes keep braces.",
                )

    def value_of(match: re.Match[str]) -> str:
        name, attributes = match[1], match[2]
        if name not in variables:
            known = [n for n in variables if not n.startswith("_")]
            raise InputError(
                f"{what} has ${name}, and there is no variable {name}.",
                f"{did_you_mean(name, known)}Single quotes keep a $ as it is.",
            )
        value = variables[name]
        written, end = _written(value), 0
        position = 0
        for attribute in attributes.split(".")[1:]:
            value = getattr(value, attribute, None)
            position += len(attribute) + 1
            if (found := _written(value)) is not None:
                written, end = found, position
        if written is None:
            raise InputError(
                f"{what} has ${name}, which holds a {type(variables[name]).__name__}.",
                "A $ puts in a text, number, date, path or a list of them. What an option names, "
                f"such as a table, is written without it: {name}.",
            )
        return written + attributes[end:]

    return _REFERENCE.sub(value_of, text)


def _written(value: Any) -> str | None:
    """A value as it would be typed; None for what cannot be."""
    if isinstance(value, str | Decimal | numbers.Number):
        return str(value)
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        return value.date().isoformat()
    if isinstance(value, dt.date | os.PathLike):
        return str(value)
    if isinstance(value, list | tuple):
        items = [_written(item) for item in value]
        return None if None in items else ",".join(item for item in items if item is not None)
    return None


def check_literal(text: str, variables: Mapping[str, Any], remedy: str) -> None:
    """Check that a question does not seem to ask for the value of a variable.

    Raises `InputError` with `remedy` if it has the name of one in braces or behind a dollar
    sign: the question is sent as it stands, and would be paid.
    """
    for match in (*_IN_BRACES.finditer(text), *_BEHIND_DOLLAR.finditer(text)):
        if match[1] in variables:
            raise InputError(
                f"{match[0]} in the question is text and not the value of {match[1]}.", remedy
            )
