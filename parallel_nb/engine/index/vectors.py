"""The vectors of a room's passages on disk, in a file of their own beside the library.

vectors   the vector of each passage, and the digest of the text that it is of: the same text
          has the same vector, also in a document that has changed
whole     the documents all of whose passages have one
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from parallel_nb.damaged import file_at
from parallel_nb.engine.corpus.table_file import TableFile
from parallel_nb.engine.index.passage_index import key_of_passage

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

_TABLES: Final = """
    CREATE TABLE IF NOT EXISTS vectors (
        key INTEGER PRIMARY KEY, digest BLOB NOT NULL, vector BLOB NOT NULL
    );
    CREATE INDEX IF NOT EXISTS vectors_of_text ON vectors(digest);
    CREATE TABLE IF NOT EXISTS whole (document INTEGER PRIMARY KEY, passages INTEGER NOT NULL);
"""


class Vectors(TableFile):
    """The vectors on disk. Safe to use from several threads; one process writes.

    Examples:
        >>> vectors = Vectors(home / "vectors.sqlite3")  # doctest: +SKIP
        >>> vectors.of([key_of_passage(7, 0)])  # doctest: +SKIP
        {117440512: b'...'}
    """

    def __init__(self, path: Path) -> None:
        """Open the file; it is made where there is none.

        Raises:
            sqlite3.Error: it is damaged.
        """
        super().__init__(path, _TABLES)
        self._path = path
        self._file = file_at(path)

    @property
    def is_there(self) -> bool:
        """Whether the file is still the one that was opened: somebody may have deleted it."""
        return file_at(self._path) == self._file

    def of(self, keys: Sequence[int]) -> dict[int, bytes]:
        """The vectors of some passages, by key; without those that have none yet."""
        places = ",".join("?" * len(keys))
        query = f"SELECT key, vector FROM vectors WHERE key IN ({places})"  # noqa: S608 - marks alone
        return dict(self._rows(query, *keys))

    def of_text(self, digest: bytes) -> bytes | None:
        """The vector of a text that some passage has."""
        rows = self._rows("SELECT vector FROM vectors WHERE digest = ? LIMIT 1", digest)
        return rows[0][0] if rows else None

    def whole(self) -> dict[int, int]:
        """The documents all of whose passages have one, and how many passages that are."""
        return dict(self._rows("SELECT document, passages FROM whole"))

    def add(self, entries: Iterable[tuple[int, bytes, bytes]]) -> None:
        """Keep vectors: key of the passage, digest of its text, vector."""
        with self._transaction() as db:
            db.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?, ?)", entries)

    def mark_whole(self, document: int, passages: int) -> None:
        """All passages of a document have one."""
        with self._transaction() as db:
            db.execute("INSERT OR REPLACE INTO whole VALUES (?, ?)", (document, passages))

    def keep_only(self, documents: set[int]) -> None:
        """Remove the vectors of all other documents, also of those that were not done."""
        rows = self._rows("SELECT DISTINCT key / ? FROM vectors", key_of_passage(1, 0))
        for number in sorted(({number for (number,) in rows} | self.whole().keys()) - documents):
            with self._transaction() as db:
                bounds = (key_of_passage(number, 0), key_of_passage(number + 1, 0))
                db.execute("DELETE FROM vectors WHERE key >= ? AND key < ?", bounds)
                db.execute("DELETE FROM whole WHERE document = ?", (number,))
