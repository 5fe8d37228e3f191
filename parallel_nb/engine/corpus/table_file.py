"""A file of SQLite that can be made anew: one process writes, others read what it has written."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: Seconds to wait for a lock, which is held for milliseconds.
_LOCKED_WITHIN: Final = 3.0


class TableFile:
    """The file. Safe to use from several threads."""

    def __init__(self, path: Path, tables: str) -> None:
        """Open it; it is made where there is none.

        Args:
            path: the file.
            tables: the statements that make its tables where they are missing.

        Raises:
            sqlite3.Error: it is damaged.
        """
        self._lock = threading.RLock()
        self._connection = sqlite3.connect(
            path, timeout=_LOCKED_WITHIN, check_same_thread=False, isolation_level=None
        )
        try:
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = NORMAL")
            self._connection.executescript(tables)
        except sqlite3.Error:
            self._connection.close()
            raise

    def close(self) -> None:
        """Let the file go."""
        with self._lock:
            self._connection.close()

    def _rows(self, query: str, *values: Any) -> list[Any]:
        with self._lock:
            return self._connection.execute(query, values).fetchall()

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")
