"""Files of ours that cannot be read any more: told in one message, and kept beside a new one.

A file that is damaged may still hold what a person has paid for, so it is renamed and never
deleted; and the person is told before anything is asked, and paid, a second time.
"""

from __future__ import annotations

import contextlib
import sqlite3
import time
from typing import TYPE_CHECKING, Final

from parallel_nb.api.errors import ConnectionProblem

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

#: What SQLite keeps beside a database; without them the file cannot be recovered as well.
_COMPANIONS: Final = ("", "-journal", "-wal", "-shm")
DAMAGE: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
#: Columns of each table.
Tables = dict[str, list[str]]


class DamagedFileError(Exception):
    """A file does not hold what it must; the message says what is wrong, in a few words."""


def sqlite_code(error: Exception) -> int:
    """The code of an error of SQLite; 0 where it has none."""
    # the low byte is the error, the rest says which of its kind
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


def damage_of(error: Exception) -> str | None:
    """What is wrong with a file by an error that came of reading it; None where it may be whole.

    A full disk, a lock or a missing right is no damage.
    """
    if isinstance(error, DamagedFileError):
        return str(error)
    if isinstance(error, IsADirectoryError):
        return "it is a folder"
    if isinstance(error, sqlite3.Error):
        if not hasattr(error, "sqlite_errorcode") and "decode to UTF-8" in str(error):
            return "it holds text that is none"
        if sqlite_code(error) in DAMAGE:
            return str(error)
    return None


def file_at(path: Path) -> tuple[int, int] | None:
    """What tells the file at a path from another one of that path; None where there is none."""
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_dev, stat.st_ino


def put_aside(path: Path) -> Path:
    """Rename a file, or folder, with what SQLite keeps beside it.

    Returns:
        Its new path, in the same folder.

    Raises:
        OSError: It cannot be renamed.
    """
    stamp = time.strftime("%Y%m%d-%H%M%S")
    number = 0
    while (aside := path.with_name(f"{path.stem}.damaged-{stamp}-{number}{path.suffix}")).exists():
        number += 1
    for companion in _COMPANIONS:
        with contextlib.suppress(FileNotFoundError):
            path.with_name(path.name + companion).rename(aside.with_name(aside.name + companion))
    return aside


def damage_problem(path: Path, reason: str, *, what: str, lost: str) -> ConnectionProblem:
    """Put a damaged file aside; the error to raise, which says where it is now.

    Args:
        path: The file.
        reason: What is wrong with it.
        what: The file in words, such as "The journal".
        lost: What it means to go on without it, as a sentence.
    """
    try:
        aside = put_aside(path)
    except FileNotFoundError:  # another process was faster
        return ConnectionProblem(f"{what} {path} was damaged ({reason}).", f"Run it again: {lost}")
    except OSError as error:
        return ConnectionProblem(
            f"{what} {path} is damaged ({reason}).", f"Move it away ({error.strerror}). {lost}"
        )
    return ConnectionProblem(
        f"{what} {path} is damaged ({reason}). It is kept as {aside.name}.",
        f"Run it again to go on with a new one. {lost} To read what is left of the old one: "
        f'sqlite3 {aside.name} ".recover"',
    )


def tables_of(connection: sqlite3.Connection) -> Tables:
    """The tables of a database with their columns."""
    rows = connection.execute(
        "SELECT t.name, c.name FROM sqlite_master t JOIN pragma_table_info(t.name) c "
        "WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' ORDER BY t.name, c.cid"
    )
    tables: Tables = {}
    for table, column in rows:
        tables.setdefault(table, []).append(column)
    return tables


def tables_by(statements: Iterable[str]) -> Tables:
    """The tables that these statements make in an empty database."""
    with contextlib.closing(sqlite3.connect(":memory:")) as connection:
        for statement in statements:
            connection.executescript(statement)
        return tables_of(connection)


def check_tables(connection: sqlite3.Connection, expected: Mapping[str, list[str]]) -> None:
    """Check that a database has these tables; others beside them are of no interest.

    Raises:
        DamagedFileError: One is missing, or has other columns.
        sqlite3.Error: It cannot be read.
    """
    found = tables_of(connection)
    for table, columns in expected.items():
        if table not in found:
            raise DamagedFileError(f"it has no table {table}")
        if sorted(found[table]) != sorted(columns):
            raise DamagedFileError(f"its table {table} has other columns")
