"""`check` and `hint`: what a student, or a grader's test, calls."""

from __future__ import annotations

import hashlib
import tomllib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

import msgspec

from parallel_nb.api.arguments import check_count
from parallel_nb.api.errors import InputError
from parallel_nb.formats import did_you_mean
from parallel_nb.lessons.sealed import WORDS, Wanted, WrongKindError, compare, digests

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable


class NearMiss(msgspec.Struct, forbid_unknown_fields=True):
    """A wrong answer that is often given, and what to look at then."""

    digests: list[str]
    say: str


class Exercise(msgspec.Struct, forbid_unknown_fields=True):
    """One exercise, as `exercises.toml` has it."""

    wants: Wanted
    digests: list[str]
    #: What to look at when the answer is wrong; it must not give the answer away.
    look: str
    hints: list[str]
    #: Said of a right answer: what follows from it.
    right: str
    near: list[NearMiss] = []


class _File(msgspec.Struct, forbid_unknown_fields=True):
    documents: str
    exercises: dict[str, Exercise]


class Verdict(str):
    """A sentence that shows itself without quotes."""

    __slots__ = ()

    def __repr__(self) -> str:
        """The sentence."""
        return str(self)


class NotYet(AssertionError):  # noqa: N818 - what a student reads
    """An answer is not right yet. In a notebook it shows two lines and no traceback."""

    def _render_traceback_(self) -> list[str]:
        """Lines that IPython shows in place of a traceback; they still stop Run All."""
        return str(self).splitlines()


def check(exercise: str, answer: Any = ...) -> Verdict:
    """Say whether the answer to an exercise of the course is right.

        pnb.lessons.check("1.1", 1932)

    It asks nothing and keeps nothing, and says the same in every run. A wrong answer raises, so
    the same line is a test of otter-grader or nbgrader.

    Args:
        exercise: Its number, such as "3.2".
        answer: Your answer. Numbers may be NumPy's, and a list may be a Series, an index or a
            set.

    Returns:
        A sentence that says that it is right, and what follows from it.

    Raises:
        NotYet: An AssertionError that says what to look at, and not the answer.
        InputError: There is no such exercise.

    Examples:
        >>> check("1.1", 2 + 2)  # doctest: +IGNORE_EXCEPTION_DETAIL
        Traceback (most recent call last):
        NotYet: ...
    """
    spec = _find(exercise)
    if answer is ... or answer is None:
        raise NotYet(
            f"{exercise}: no answer yet. Put yours in place of the dots: {WORDS[spec.wants]}.\n"
            f"  {_where_hints(exercise)}"
        )
    try:
        found = digests(exercise, answer, spec.wants)
    except WrongKindError as error:
        raise NotYet(
            f"{exercise}: not yet. It wants {WORDS[spec.wants]}, and {error}.\n"
            f"  {_where_hints(exercise)}"
        ) from None
    if found == spec.digests:
        return Verdict(f"{exercise} is right. {spec.right}")
    near = [miss.say for miss in spec.near if miss.digests == found]
    counts = compare(found, spec.digests) if spec.wants == "names" else ""
    advice = " ".join([counts, *(near or [spec.look])]).strip()
    pinned = "" if _documents_are_pinned() else f"\n  {_OTHER_DOCUMENTS}"
    raise NotYet(f"{exercise}: not yet. {advice}{pinned}\n  {_where_hints(exercise)}")


def hint(exercise: str, number: int = 1) -> Verdict:
    """Give a hint to an exercise.

        pnb.lessons.hint("1.1", 2)

    Args:
        exercise: Its number, such as "3.2".
        number: Which hint, from 1; each says more than the one before.

    Returns:
        The hint, and how many there are.

    Raises:
        InputError: There is no such exercise, or no such hint.

    Examples:
        >>> hint("1.1")  # doctest: +ELLIPSIS
        Hint 1 of ...
    """
    hints = _find(exercise).hints
    if not 1 <= check_count("number", number, "Give the number of a hint.") <= len(hints):
        raise InputError(
            f"Exercise {exercise} has no hint {number}.", f"It has {len(hints)}, from 1."
        )
    return Verdict(f"Hint {number} of {len(hints)}: {hints[number - 1]}")


def seal(exercise: str, answer: Any, wants: Wanted) -> list[str]:
    """The hashes of a right answer, for `exercises.toml`.

        >>> seal("9.1", True, "truth")
        ['ea315734b2cfd002']

    Args:
        exercise: Its number.
        answer: The right answer.
        wants: "number", "text", "truth", "names" (in any order) or "order".

    Returns:
        What the file calls `digests`.

    Raises:
        WrongKindError: The answer is of another kind; a ValueError.
    """
    return digests(exercise, answer, wants)


def exercises() -> dict[str, Exercise]:
    """All exercises by their numbers, in the order of the course."""
    return _file().exercises


def documents_digest() -> str:
    """One hash of all sample documents, the same on every system."""
    folder = files("parallel_nb") / "engine" / "sample"
    hashed = hashlib.sha256()
    for name, text in sorted(_texts_below(folder, "")):
        hashed.update(f"{name}\n{hashlib.sha256(text.encode()).hexdigest()}\n".encode())
    return hashed.hexdigest()


_OTHER_DOCUMENTS: Final = (
    "The sample documents here are not those that the course was written for, so a right answer "
    "may count as wrong: install parallel_nb anew."
)


def _texts_below(folder: Traversable, prefix: str) -> list[tuple[str, str]]:
    found = []
    for entry in folder.iterdir():
        if entry.is_dir():
            found += _texts_below(entry, f"{prefix}{entry.name}/")
        elif entry.name.endswith(".md"):
            # Read as text, since a checkout may have other ends of lines.
            found.append((f"{prefix}{entry.name}", entry.read_text("utf-8")))
    return found


@cache
def _documents_are_pinned() -> bool:
    return documents_digest() == _file().documents


@cache
def _file() -> _File:
    text = files("parallel_nb.lessons").joinpath("exercises.toml").read_text("utf-8")
    return msgspec.convert(tomllib.loads(text), _File)


def _find(exercise: str) -> Exercise:
    known = exercises()
    if not isinstance(exercise, str) or exercise not in known:
        raise InputError(
            f"There is no exercise {exercise!r}.",
            f"{did_you_mean(str(exercise), known)}The exercises are {', '.join(known)}.",
        )
    return known[exercise]


def _where_hints(exercise: str) -> str:
    return f'pnb.lessons.hint("{exercise}") helps.'
