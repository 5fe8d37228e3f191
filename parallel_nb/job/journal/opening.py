"""Where a journal is, and opening it: once a process."""

from __future__ import annotations

import os
import re
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Final

from parallel_nb.api.errors import InputError
from parallel_nb.job.journal.journal import Journal
from parallel_nb.job.journal.sqlite_file import SqliteFile

if TYPE_CHECKING:
    from parallel_nb.job.journal.database import Database
    from parallel_nb.settings import Settings

#: How an address begins, and no file: the drive of Windows has one letter.
_SCHEME: Final = re.compile("[A-Za-z][A-Za-z0-9+.-]+:/")
_open_lock = threading.Lock()
_opened: dict[tuple[int, str], Journal] = {}


def open_journal(chosen: Settings) -> Journal:
    """The journal of these settings; one connection a process, also after a fork.

    Raises:
        ConnectionProblem: It cannot be opened.
    """
    place = chosen.journal or str(_file_of(chosen))
    with _open_lock:
        journal = _opened.get((os.getpid(), place))
        if journal is None or not journal.is_current:
            journal = _opened[os.getpid(), place] = Journal(_open(chosen))
        return journal


def journal_at(place: str, *, must_exist: bool = False) -> Journal:
    """The journal of a file, or at an address `postgresql://...`.

    Raises:
        InputError: There is no such file, and there must be.
        ConnectionProblem: It cannot be opened.
    """
    if place.startswith(("postgresql://", "postgres://")):
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
    return Journal(SqliteFile(path))


def has_journal(chosen: Settings) -> bool:
    """Whether there is a journal by now; one is not made by looking at it."""
    return chosen.journal is not None or _file_of(chosen).exists()


def _file_of(chosen: Settings) -> Path:
    return chosen.home / "journal.sqlite3"


def _open(chosen: Settings) -> Database:
    if chosen.journal is None:
        return SqliteFile(_file_of(chosen))
    return _server(chosen.journal)


def _server(address: str) -> Database:
    from parallel_nb.job.journal.postgres import PostgresServer  # noqa: PLC0415 - an extra

    return PostgresServer(address)
