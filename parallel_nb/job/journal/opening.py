"""Where a journal is, and opening it: once a process."""

from __future__ import annotations

import contextlib
import os
import re
import sqlite3
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Final

from parallel_nb.api.errors import InputError
from parallel_nb.damaged import tables_of
from parallel_nb.job.journal.journal import Journal
from parallel_nb.job.journal.sqlite_file import SqliteFile
from parallel_nb.settings import is_postgres

if TYPE_CHECKING:
    from parallel_nb.job.journal.database import Database
    from parallel_nb.settings import Settings

#: How an address begins, and no file: the drive of Windows has one letter.
_SCHEME: Final = re.compile("[A-Za-z][A-Za-z0-9+.-]+:/")
_open_lock = threading.Lock()
_opened: dict[tuple[int, str, bool], Journal] = {}


def open_journal(chosen: Settings, *, looks_on: bool = False) -> Journal:
    """The journal of these settings; one connection a process, also after a fork.

    Args:
        chosen: The settings.
        looks_on: Leave a damaged file to the one who asks, and is told when it is put aside.

    Raises:
        ConnectionProblem: It cannot be opened.
    """
    place = chosen.journal or str(_file_of(chosen))
    with _open_lock:
        key = (os.getpid(), place, looks_on)
        journal = _opened.get(key)
        if journal is None or not journal.is_current:
            journal = _opened[key] = Journal(_open(chosen, looks_on=looks_on))
        return journal


def journal_at(place: str, *, must_exist: bool = False) -> Journal:
    """The journal of a file, or at an address `postgresql://...`.

    Raises:
        InputError: There is no such file, and there must be; or it is something else.
        ConnectionProblem: It cannot be opened.
    """
    if is_postgres(place):
        return Journal(_server(place))
    if _SCHEME.match(place):
        raise InputError(
            f"{place.partition(':')[0]}:... is neither a file nor the address of a journal.",
            "Give a journal.sqlite3, or postgresql://HOST/DATABASE.",
        )
    path = Path(place).expanduser()
    if must_exist and not path.is_file():
        raise InputError(
            f"There is no journal {path}.",
            "`parallel-nb config` says where `home` is; the journal is its journal.sqlite3.",
        )
    if path.exists():
        _check_is_journal(path)
    return Journal(SqliteFile(path))


def _check_is_journal(path: Path) -> None:
    """Refuse what somebody has named by mistake: a damaged journal would be put aside."""
    problem = "it is a folder" if path.is_dir() else None
    if problem is None and path.stat().st_size:
        try:
            # Not only to be read: what a crash has left half written is taken back first.
            address = f"{path.absolute().as_uri()}?mode=rw"
            with contextlib.closing(sqlite3.connect(address, uri=True)) as file:
                problem = None if "questions" in tables_of(file) else "it has other tables"
        except sqlite3.Error as error:
            problem = str(error)
    if problem is not None:
        raise InputError(
            f"{path} is no journal: {problem}.", "It was left as it is. Name a journal.sqlite3."
        )


def has_journal(chosen: Settings) -> bool:
    """Whether there is a journal by now; one is not made by looking at it."""
    return chosen.journal is not None or _file_of(chosen).exists()


def _file_of(chosen: Settings) -> Path:
    return chosen.home / "journal.sqlite3"


def _open(chosen: Settings, *, looks_on: bool) -> Database:
    if chosen.journal is None:
        return SqliteFile(_file_of(chosen), looks_on=looks_on)
    return _server(chosen.journal)


def _server(address: str) -> Database:
    try:
        from parallel_nb.job.journal.postgres import PostgresServer  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise InputError(
            f"A journal on a PostgreSQL server needs psycopg, which is not installed ({error}).",
            "pip install 'parallel-nb[team]', then restart the kernel.",
        ) from error
    return PostgresServer(address)
