"""Replies of models, kept by what was asked: the same question is not asked, or paid, twice.

What is kept is the reply as it came; it is verified anew each time, so that a stricter ladder is
heeded at once.
"""

from __future__ import annotations

import contextlib
import hashlib
import sqlite3
from typing import TYPE_CHECKING, Any, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

#: The file's name in an engine's data folder.
CACHE: Final = "model.sqlite3"
#: Replies that are kept at most; the oldest go.
_MOST: Final = 100_000
_PRUNED_EVERY: Final = 1_000
_BUSY_WITHIN: Final = 5.0
_TABLE: Final = (
    "CREATE TABLE IF NOT EXISTS replies "
    "(number INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, reply TEXT NOT NULL)"
)


class ReplyCache:
    """Replies on disk, shared by the worker processes; a cache that fails is as good as none.

    Examples:
        >>> cache = ReplyCache(home / CACHE)  # doctest: +SKIP
        >>> cache.put(key, '{"found": false}')  # doctest: +SKIP
    """

    def __init__(self, path: Path | None) -> None:
        """Open or make the file; None keeps nothing."""
        self._connection: sqlite3.Connection | None = None
        self._added = 0
        if path is None:
            return
        with contextlib.suppress(sqlite3.Error, OSError):
            connection = sqlite3.connect(path, timeout=_BUSY_WITHIN, isolation_level=None)
            try:
                connection.execute("PRAGMA journal_mode=WAL")
                connection.execute("PRAGMA synchronous=NORMAL")
                connection.execute(_TABLE)
            except sqlite3.Error:
                connection.close()
                raise
            self._connection = connection

    def get(self, key: bytes) -> str | None:
        """The reply of a key, or None."""
        if self._connection is None:
            return None
        with contextlib.suppress(sqlite3.Error):
            row = self._connection.execute(
                "SELECT reply FROM replies WHERE key = ?", (key,)
            ).fetchone()
            return str(row[0]) if row else None
        return None

    def put(self, key: bytes, reply: str) -> None:
        """Keep a reply."""
        if self._connection is None:
            return
        with contextlib.suppress(sqlite3.Error, UnicodeEncodeError):
            self._connection.execute(
                "INSERT OR REPLACE INTO replies (key, reply) VALUES (?, ?)", (key, reply)
            )
            self._added += 1
            if self._added % _PRUNED_EVERY == 0:
                self._connection.execute(
                    "DELETE FROM replies WHERE number <= (SELECT max(number) FROM replies) - ?",
                    (_MOST,),
                )

    def close(self) -> None:
        """Close the file."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def cache_key(model: str, messages: Sequence[dict[str, str]], schema: dict[str, Any]) -> bytes:
    """Equal for the same model (`URL#NAME`), messages and schema."""
    return hashlib.sha256(msgspec.json.encode([model, list(messages), schema])).digest()
