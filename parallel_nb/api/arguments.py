"""Checks of what a person passes: one error each, before anything is sent.

Each check names the argument, says what is wrong with it and how to write it.
"""

from __future__ import annotations

import operator
from typing import Any, Final

import msgspec

from parallel_nb.api.errors import InputError
from parallel_nb.formats import shorten

#: Characters of an argument that a message shows, and of a text around what is wrong with it.
_SHOWN_CHARS: Final = 60
_AROUND: Final = 12


def shown(value: object) -> str:
    """An argument as a message shows it: short, and of ASCII where it may not be printed."""
    text = repr(value)
    return shorten(text if text.isprintable() else ascii(value), _SHOWN_CHARS)


def encode_json(what: str, value: Any) -> bytes:
    """Write a value as the JSON of a request.

    Args:
        what: What the value is, as the subject of a sentence.
        value: Anything.

    Raises:
        InputError: It holds what JSON cannot carry: a lone surrogate, or an object of no JSON type.
    """
    try:
        return msgspec.json.encode(value)
    except UnicodeEncodeError as error:
        text, at = str(error.object), error.start
        around = text[max(0, at - _AROUND) : at + _AROUND]
        raise InputError(
            f"{what} cannot be written as JSON: {text[at]!a} in {around!a} is a lone surrogate, "
            "half of a character.",
            "Take it out: text.encode('utf-8', 'replace').decode(). It often comes from a file "
            "that was read with another encoding than its own.",
        ) from error
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        raise InputError(
            f"{what} cannot be written as JSON ({error}).",
            "Use text, numbers, true/false, None, lists and dicts with text keys.",
        ) from error


def check_text(name: str, value: object, example: str = "") -> str:
    """A text that can be sent.

    Raises:
        InputError: It is no text, or has a lone surrogate.
    """
    if not isinstance(value, str):
        raise InputError(
            f"{name}: {shown(value)} is no text but of type {type(value).__name__}.",
            f"Write it in quotes{', for example ' * bool(example)}{example}.",
        )
    text = str.__str__(value)  # of NumPy, or a member of an enumeration, which JSON has not
    encode_json(name, text)
    return text


def check_texts(name: str, values: object, example: str) -> list[str]:
    """A list of texts that can be sent; None is an empty one.

    Raises:
        InputError: It is no list, or one of it is no text.
    """
    if values is None:
        return []
    if isinstance(values, str):
        raise InputError(f"{name} is the text {shown(values)}.", f"Pass a list: [{values!r}].")
    if isinstance(values, bytes | dict) or not hasattr(values, "__iter__"):
        raise InputError(
            f"{name} = {shown(values)} is no list of texts.", f"Pass a list: {name}=[{example}]."
        )
    return [check_text(f"An element of {name}", value, example) for value in values]


def check_count(name: str, value: object, remedy: str) -> int:
    """A whole number of at least 1.

    Raises:
        InputError: It is no whole number, or below 1.
    """
    # True is 1 to Python, and no number to whoever reads it.
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise InputError(f"{name} = {shown(value)} is no whole number.", remedy)
    number = operator.index(value)
    if number < 1:
        raise InputError(f"{name} is {number}, below 1.", remedy)
    return number


def check_switch(name: str, value: object) -> bool:
    """True or False.

    Raises:
        InputError: It is neither; a text such as "no" would count as true.
    """
    if isinstance(value, bool):
        return value
    raise InputError(f"{name} = {shown(value)} is neither True nor False.", "Pass one of the two.")
