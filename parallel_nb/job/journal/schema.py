"""The journal's file, and how an older journal becomes a newer one.

`PRAGMA user_version` says which version a file has. Each file of `migrations/`, in the order
of their numbers, takes it one version up; a file is never changed once it is released.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from parallel_nb.api.errors import ConnectionProblem, ParallelError
from parallel_nb.damaged import (
    DamagedFileError,
    check_tables,
    damage_of,
    damage_problem,
    tables_by,
    tables_of,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_BUSY_SECONDS: Final = 30.0
#: The first version with `UPDATE ... FROM`, of 2020.
_SQLITE: Final = (3, 33)


def _read_migrations() -> tuple[str, ...]:
    folder = files(__package__).joinpath("migrations")
    scripts = [file for file in folder.iterdir() if file.name.endswith(".sql")]
    return tuple(file.read_text("utf-8") for file in sorted(scripts, key=lambda f: f.name))


MIGRATIONS: Final = _read_migrations()
_LOST: Final = (
    "What it answered is asked, and paid, again; a group of the service is taken up by its id: "
    "%parallel_attach ID."
)


def open_file(path: Path, *, looks_on: bool = False) -> sqlite3.Connection:
    """Open the journal's file and bring it up to date, making it with mode 0600 if need be.

    A file that is damaged is put aside, but not by one who only looks on.

    Raises:
        ConnectionProblem: The file cannot be opened, is damaged or is no journal, or SQLite is
            too old.
    """
    if sqlite3.sqlite_version_info < _SQLITE:
        raise ConnectionProblem(
            f"The journal needs SQLite 3.33 or newer, and this Python has "
            f"{sqlite3.sqlite_version}.",
            "Use a Python that brings a newer one: from python.org, conda or uv.",
        )
    connection = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Made by us first: SQLite would make it readable by others under a usual umask.
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        with contextlib.suppress(OSError):  # not ours, or a file system without modes
            path.chmod(0o600)
        connection = sqlite3.connect(
            path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        # As safe as DELETE, without making and removing a file each time.
        connection.execute("PRAGMA journal_mode = TRUNCATE")
        connection.execute("PRAGMA synchronous = FULL")
        migrate(connection, path)
    except (OSError, sqlite3.Error, DamagedFileError) as error:
        if connection is not None:
            connection.close()
        raise open_fault(error, path, looks_on=looks_on) from error
    return connection


def open_fault(error: Exception, path: Path, *, looks_on: bool = False) -> ParallelError:
    """Why the journal cannot be used; a damaged file is put aside, which is told once.

    Who looks on leaves it, so that the one who asks, and would pay again, is told first.
    """
    damage = damage_of(error)
    if damage is not None and looks_on:
        return ConnectionProblem(
            f"The journal {path} is damaged ({damage}).",
            f"The next cell that asks puts it aside, and says so. {_LOST}",
        )
    if damage is not None:
        return damage_problem(path, damage, what="The journal", lost=_LOST)
    return ConnectionProblem(
        f"The journal {path} cannot be opened: {error}.",
        "Check the folder's rights and space, or set PARALLEL_NB_HOME to another one.",
    )


def migrate(connection: sqlite3.Connection, path: Path) -> None:
    """Bring the file up to date, in one transaction.

    Raises:
        ConnectionProblem: A newer version of this package wrote the file.
        DamagedFileError: The file has other tables than its version has.
        sqlite3.Error: The file cannot be read.
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        version, pages, page_size = (
            connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("user_version", "page_count", "page_size")
        )
        # SQLite itself finds missing pages, where it needs them.
        if 0 < path.stat().st_size < pages * page_size:
            raise DamagedFileError("its end is missing")  # noqa: TRY301 - rolled back
        if version > len(MIGRATIONS):
            raise ConnectionProblem(  # noqa: TRY301 - rolled back like any other fault
                f"The journal {path} was written by a newer version of parallel_nb.",
                "Upgrade parallel_nb, or set PARALLEL_NB_HOME to another folder.",
            )
        if version < 0 or (version == 0 and tables_of(connection)):
            raise DamagedFileError("it is no journal")  # noqa: TRY301 - the same
        check_tables(connection, _tables_of_version(version))
        for script in MIGRATIONS[version:]:
            # One by one: `executescript` would commit before the end.
            for statement in script.split(";"):
                if statement.strip():
                    connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


@cache
def _tables_of_version(version: int) -> Mapping[str, list[str]]:
    return tables_by(MIGRATIONS[:version])


def journal_fault(error: Exception, doing: str = "written") -> ParallelError:
    """The journal cannot be used: the disk is full, or another process keeps the lock."""
    if isinstance(error, ParallelError):
        return error
    return ParallelError(
        f"The journal could not be {doing}: {error}.",
        "Free some space, then run the cell again: the answers are fetched again.",
    )
