"""The class file: who may ask the engine of a class, each with a token of their own.

A CSV file with a line a student, `student,token`, which a teacher makes with `parallel-nb class
new`. The engine reads it again when it has changed.
"""

from __future__ import annotations

import csv
import hashlib
import io
import logging
import os
import secrets
import sys
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from parallel_nb.api.errors import InputError
from parallel_nb.formats import shorten

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

_log = logging.getLogger(__name__)
#: What tells a token from a key of the hosted service.
TOKEN_PREFIX: Final = "pnbclass_"  # noqa: S105 - no token, but how each begins
_COLUMNS: Final = ["student", "token"]
_TOKEN_BYTES: Final = 24
_SHORTEST_TOKEN: Final = 16
_LONGEST: Final = 200
#: Bytes of a class file, and students in it.
_MAX_FILE: Final = 1_000_000
_MAX_STUDENTS: Final = 2_000
#: A spreadsheet would run a name that begins so as a formula.
_FORMULAS: Final = "=+-@"


@dataclass(frozen=True, slots=True)
class Student:
    """Who may ask, and the token that says so."""

    name: str
    token: str = field(repr=False)


class Roster:
    """The students of a class.

    Examples:
        >>> roster = Roster([Student("Ada", "pnbclass_0123456789abcdef")])
        >>> roster.student_of(b"pnbclass_0123456789abcdef")
        'Ada'
    """

    def __init__(self, students: Iterable[Student]) -> None:
        """Keep who they are; of the tokens only digests, as nothing else is needed."""
        self._by_token = {_digest(each.token.encode()): each.name for each in students}

    @property
    def names(self) -> list[str]:
        """The students in the order of the file."""
        return list(self._by_token.values())

    def student_of(self, token: bytes) -> str | None:
        """Whose token it is; None where it is nobody's.

        Looked up by a digest, so that the time that it takes says nothing of the tokens.
        """
        return self._by_token.get(_digest(token))


def _digest(token: bytes) -> bytes:
    return hashlib.sha256(token).digest()


def read_students(path: Path) -> list[Student]:
    """Read a class file.

    Args:
        path: the CSV file.

    Raises:
        InputError: it cannot be read, or a line of it is at fault; names the line, never a token.
    """
    head, *lines = _read_lines(path) or [[]]
    if [name.strip().casefold() for name in head[:2]] != _COLUMNS:
        raise _fault(path, "its first line is not student,token")
    students: dict[str, Student] = {}
    tokens: set[str] = set()
    for number, line in enumerate(lines, start=2):
        if not any(cell.strip() for cell in line):
            continue
        name, token = (*(cell.strip() for cell in line), "", "")[:2]
        reason = _fault_of_name(name) or _fault_of_token(token)
        if name in students:
            reason = f"{name!r} is there twice"
        elif token in tokens:
            reason = "its token is that of another student"
        if reason:
            raise _fault(path, f"line {number}: {reason}")
        students[name] = Student(name, token)
        tokens.add(token)
    if not 1 <= len(students) <= _MAX_STUDENTS:
        raise _fault(path, f"it has {len(students):,} students, and not 1 to {_MAX_STUDENTS:,}")
    return list(students.values())


def _read_lines(path: Path) -> list[list[str]]:
    """The lines of a CSV file, each with its cells."""
    try:
        with path.open("rb") as stream:
            data = stream.read(_MAX_FILE + 1)
        text = data.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text in UTF-8"
        raise InputError(
            f"The class file {path} cannot be read: {reason}.",
            f"Make one: parallel-nb class new {path} NAME NAME ...",
        ) from error
    if len(data) > _MAX_FILE:
        raise _fault(path, f"it is over {_MAX_FILE:,} bytes")
    try:
        return list(csv.reader(io.StringIO(text), strict=True))
    except csv.Error as error:
        raise _fault(path, f"it is no CSV ({error})") from error


def add_students(path: Path, names: Iterable[str]) -> list[Student]:
    """Give each of these names a token, and write them into the class file.

    Those that are in the file stay there with the tokens that they have.

    Args:
        path: the file; made where there is none, for its owner's eyes alone.
        names: the new students.

    Returns:
        The students that were added.

    Raises:
        InputError: the file is at fault, a name is, or a name is in the file already.
    """
    students = read_students(path) if path.exists() else []
    known = {each.name for each in students}
    added = []
    for given in names:
        name = " ".join(given.split())
        reason = _fault_of_name(name) or (f"{name!r} is there already" if name in known else None)
        if reason:
            raise _fault(path, reason, "Nothing was written.")
        known.add(name)
        added.append(Student(name, TOKEN_PREFIX + secrets.token_urlsafe(_TOKEN_BYTES)))
    if len(known) > _MAX_STUDENTS:
        raise _fault(
            path, f"a class has {_MAX_STUDENTS:,} students at most", "Nothing was written."
        )
    _write(path, [*students, *added])
    return added


def _write(path: Path, students: Iterable[Student]) -> None:
    """Write the file whole or not at all, for its owner alone."""
    making = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        making.unlink(missing_ok=True)
        descriptor = os.open(making, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerow(_COLUMNS)
            writer.writerows((each.name, each.token) for each in students)
        making.replace(path)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise InputError(
            f"The class file {path} cannot be written: {reason}.", "Choose another place for it."
        ) from error


def is_readable_by_others(path: Path) -> bool:
    """Whether other users of this machine may read the file, and so the tokens."""
    return sys.platform != "win32" and bool(path.stat().st_mode & 0o077)


def _fault(
    path: Path, reason: str, remedy: str = "Correct the file, then start again."
) -> InputError:
    return InputError(f"The class file {path}: {reason}.", remedy)


def _fault_of_name(name: str) -> str | None:
    if not name:
        return "a name is missing"
    if len(name) > _LONGEST or not name.isprintable() or name[0] in _FORMULAS:
        return (
            f"{shorten(name, 40)!r} is no name: up to {_LONGEST} letters in one line that do not "
            f"begin with any of {_FORMULAS}"
        )
    return None


def _fault_of_token(token: str) -> str | None:
    if not token:
        return "the token is missing"
    if not (_SHORTEST_TOKEN <= len(token) <= _LONGEST and token.isascii() and token.isprintable()):
        return f"the token has not {_SHORTEST_TOKEN} to {_LONGEST} plain letters"
    return "the token has a blank" if " " in token else None


class ClassFile:
    """The class file of an engine that runs: read again when it has changed.

    A file that cannot be read any more changes nothing: those who were in the class stay in it,
    and the log says why.
    """

    def __init__(self, path: Path) -> None:
        """Read it for the first time.

        Raises:
            InputError: it cannot be read.
        """
        self.path = path
        self._lock = threading.Lock()
        self._seen = self._mark()
        self._roster = Roster(read_students(path))

    def current(self) -> Roster:
        """The class as the file has it now. Costs one look at the file's time."""
        mark = self._mark()
        if mark != self._seen:
            with self._lock:
                self._seen = mark
                try:
                    self._roster = Roster(read_students(self.path))
                except InputError as error:
                    _log.warning("the class stays as it was: %s", error.message)
        return self._roster

    def _mark(self) -> Mapping[str, int] | None:
        try:
            stat = self.path.stat()
        except OSError:
            return None
        return {"time": stat.st_mtime_ns, "size": stat.st_size, "file": stat.st_ino}
