"""What was found in files, kept on disk: a file that has not changed is not read again."""

from __future__ import annotations

import contextlib
import sqlite3
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final, Self

import msgspec

from parallel_nb.engine.corpus.formats import Extracted

if TYPE_CHECKING:
    import os
    from pathlib import Path
    from types import TracebackType

FILE: Final = "extracted.sqlite3"
#: Raise it when a format's reader gives another text or other places for the same file.
READERS_VERSION: Final = 6
#: Packages without which some files are not read: where one comes or goes, all are read again.
_EXTRAS: Final = ("pyarrow",)
_TABLE: Final = """
    CREATE TABLE IF NOT EXISTS files (
        path BLOB PRIMARY KEY, size INTEGER, modified INTEGER, extracted BLOB
    )
"""
#: Files after which what was found is written to disk for good.
_COMMIT_EVERY: Final = 200
_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(Extracted).decode


class ExtractionCache:
    """Found again by a file's path, size and time. A cache that is damaged is begun anew.

    Examples:
        >>> with ExtractionCache(home / "index") as cache:  # doctest: +SKIP
        ...     extracted = cache.get(b"a.pdf", path.stat())
    """

    def __init__(self, directory: Path | None) -> None:
        """Keep it in this folder; None keeps nothing."""
        self._connection: sqlite3.Connection | None = None
        self._unwritten = 0
        if directory is None:
            return
        installed = "".join(f"-{name}" for name in _EXTRAS if find_spec(name))
        path = directory / f"{READERS_VERSION}{installed}-{FILE}"
        with contextlib.suppress(OSError):
            directory.mkdir(parents=True, exist_ok=True)
            for old in directory.glob(f"*-{FILE}"):
                if old != path:
                    old.unlink()
        for _ in range(2):
            try:
                self._connection = _open(path)
            except (sqlite3.Error, OSError):
                with contextlib.suppress(OSError):
                    path.unlink(missing_ok=True)
            else:
                return

    def get(self, path: bytes, status: os.stat_result) -> Extracted | None:
        """What was found in the file when it had this size and time; None if it was not read."""
        if self._connection is None:
            return None
        try:
            row = self._connection.execute(
                "SELECT extracted FROM files WHERE path = ? AND size = ? AND modified = ?",
                (path, status.st_size, status.st_mtime_ns),
            ).fetchone()
            return _decode(row[0]) if row else None
        except (sqlite3.Error, msgspec.MsgspecError):
            return None

    def put(self, path: bytes, status: os.stat_result, extracted: Extracted) -> None:
        """Keep what was found in a file."""
        if self._connection is not None:
            row = (path, status.st_size, status.st_mtime_ns, _encode(extracted))
            with contextlib.suppress(sqlite3.Error):  # a full disk: it is read again next time
                self._connection.execute("INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?)", row)
                self._unwritten += 1
                if self._unwritten % _COMMIT_EVERY == 0:
                    self._connection.commit()

    def keep_only(self, paths: set[bytes]) -> None:
        """Forget the files that are not among these."""
        if self._connection is None:
            return
        with contextlib.suppress(sqlite3.Error):
            kept = self._connection.execute("SELECT path FROM files").fetchall()
            gone = [(path,) for (path,) in kept if path not in paths]
            self._connection.executemany("DELETE FROM files WHERE path = ?", gone)

    def __enter__(self) -> Self:
        """The cache, open."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Write what is new, and close it."""
        if self._connection is not None:
            with contextlib.suppress(sqlite3.Error):
                self._connection.commit()
            self._connection.close()


def _open(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=5)
    try:
        connection.execute(_TABLE)
        connection.execute("SELECT count(*) FROM files").fetchone()
    except sqlite3.Error:
        connection.close()
        raise
    return connection
