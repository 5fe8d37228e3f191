"""The writing side of the library: takes in what was read, and says when the index has it.

One process writes. `library` says what the states of a document mean.
"""

from __future__ import annotations

import contextlib
import sqlite3
import time
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from parallel_nb.api.places import document_id
from parallel_nb.engine.corpus.documents import spelt_alike
from parallel_nb.engine.corpus.library import (
    ADDED,
    CHANGED,
    GONE,
    LISTED,
    Library,
    decode_head,
    decode_passages,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from parallel_nb.engine.corpus.documents import Document
    from parallel_nb.engine.corpus.duplicates import Sketch
    from parallel_nb.engine.corpus.formats import Extracted
    from parallel_nb.engine.corpus.passages import Passage
    from parallel_nb.engine.corpus.walk import FoundFile, Walk

#: Seconds that a document is kept when it is gone.
_KEPT: Final = 3600.0

_encode: Final = msgspec.msgpack.Encoder().encode


class NewDocument(NamedTuple):
    """A document that was found in a file, its passages, and its sketch."""

    document: Document
    passages: Sequence[Passage]
    sketch: Sketch


class ReadFile(NamedTuple):
    """A file that was read, and what was found in it."""

    file: FoundFile
    extracted: Extracted
    documents: list[NewDocument]


class IndexEntry(NamedTuple):
    """What the index is to hold of a document."""

    number: int
    title: str
    text: str
    passages: Sequence[Passage]


class LibraryWriter(Library):
    """The library, to be written. One process has one.

    Examples:
        >>> library = LibraryWriter(home / "library.sqlite3")  # doctest: +SKIP
        >>> library.take_in(read, removed=[])  # doctest: +SKIP
        >>> library.mark_indexed()  # doctest: +SKIP
    """

    def take_in(self, read: Iterable[ReadFile], removed: Iterable[bytes]) -> None:
        """Keep what was found in files, instead of what they had before.

        Nothing of it is seen before `mark_indexed`.
        """
        with self._transaction() as db:
            for path in removed:
                _change(db, path)
                db.execute("DELETE FROM files WHERE path = ?", (path,))
            for file, extracted, documents in read:
                _change(db, file.key)
                left_out = extracted.unread or any(new.document.notes for new in documents)
                unread = _encode(extracted.unread) if left_out else None
                db.execute(
                    "INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?)",
                    (file.key, *file.state, unread),
                )
                for new in documents:
                    _add(db, file.key, new)

    def to_index(self) -> Iterator[IndexEntry]:
        """The documents that the index does not have yet."""
        return self._entries(ADDED, ADDED)

    def all_entries(self) -> Iterator[IndexEntry]:
        """The documents that an index made anew is to have."""
        return self._entries(ADDED, LISTED)

    def _entries(self, *states: int) -> Iterator[IndexEntry]:
        query = (
            "SELECT id, head, text, passages FROM whole"
            " WHERE state IN (?, ?) AND id > ? ORDER BY id LIMIT 200"
        )
        last = 0
        while rows := self._rows(query, *states, last):
            for number, head, text, cut in rows:
                yield IndexEntry(number, decode_head(head).title, text, decode_passages(cut))
            last = rows[-1][0]

    def to_remove(self) -> list[int]:
        """The documents that are to leave the index."""
        rows = self._rows("SELECT id FROM documents WHERE state = ?", CHANGED)
        return [number for (number,) in rows]

    def counts(self) -> tuple[int, int]:
        """How many passages the index has when it is up to date, and have been removed from it."""
        query = "SELECT coalesce(sum(passages), 0) FROM documents WHERE state IN (?, ?)"
        present = self._rows(query, ADDED, LISTED)[0][0]
        return int(present), int(self.fact("removed") or 0)

    def mark_indexed(self, *, new_index: str | None = None) -> None:
        """The index has what it should: what was taken in is seen from now on.

        Args:
            new_index: the name of its folder, where it was made anew.
        """
        now = time.time()
        with self._transaction() as db:
            query = "SELECT coalesce(sum(passages), 0) FROM documents WHERE state = ?"
            (removed,) = db.execute(query, (CHANGED,)).fetchone()
            facts: dict[str, Any] = {"generation": self.generation() + 1}
            if new_index is None:
                facts["removed"] = removed + int(self.fact("removed") or 0)
            else:
                facts |= {"removed": 0, "index": new_index}
            db.executemany("INSERT OR REPLACE INTO facts VALUES (?, ?)", facts.items())
            db.execute(
                "UPDATE documents SET state = ?, gone_at = ? WHERE state = ?",
                (GONE, now, CHANGED),
            )
            db.execute("UPDATE documents SET state = ? WHERE state = ?", (LISTED, ADDED))
            db.execute("DELETE FROM documents WHERE state = ? AND gone_at < ?", (GONE, now - _KEPT))

    def is_indexed(self) -> bool:
        """Whether the index has all that it should."""
        states = (ADDED, CHANGED)
        query = "SELECT 1 FROM documents WHERE state IN (?, ?) LIMIT 1"
        return not self._rows(query, *states)

    def save(self, path: Path) -> None:
        """Copy all of it, as it is now, into a new file."""
        with contextlib.closing(sqlite3.connect(path)) as target:
            self._connection.backup(target)
            target.execute("PRAGMA journal_mode = DELETE")  # one file alone

    def load(self, path: Path, index: str) -> None:
        """Become a copy of a saved one, in one step for all who read.

        Args:
            path: the saved one; it is changed by this.
            index: the name of the folder here that has its index.
        """
        with contextlib.closing(sqlite3.connect(path)) as source, self._lock:
            facts = (("index", index), ("generation", self.generation() + 1))
            source.executemany("INSERT OR REPLACE INTO facts (value, name) VALUES (?2, ?1)", facts)
            source.commit()
            source.backup(self._connection)
            self._documents.clear()
            self._chars = 0

    def number_from(self, first: int) -> None:
        """Give the documents of an empty library numbers from here on."""
        with self._transaction() as db:
            db.execute("INSERT INTO sqlite_sequence VALUES ('documents', ?)", (first,))

    def keep_walk(self, found: Walk) -> None:
        """Keep what a look at the folder says beside its files."""
        folders = [(skipped.path, skipped.reason) for skipped in found.skipped]
        self.keep("name", found.name)
        self.keep("folders", _encode(folders))

    def keep(self, name: str, value: str | bytes) -> None:
        """Keep a fact."""
        with self._transaction() as db:
            db.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))


def _change(db: sqlite3.Connection, path: bytes) -> None:
    """The documents of a file leave: those that nobody has seen at once."""
    db.execute("DELETE FROM documents WHERE file = ? AND state = ?", (path, ADDED))
    db.execute(
        "UPDATE documents SET state = ? WHERE file = ? AND state = ?", (CHANGED, path, LISTED)
    )


def _add(db: sqlite3.Connection, path: bytes, new: NewDocument) -> None:
    document, cut, compared = new
    head = msgspec.structs.replace(document, id=0, text="", places=())
    added = db.execute(
        "INSERT INTO documents(file, address, name, state, passages, head)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (
            path,
            spelt_alike(document.url),
            document_id(document.url),
            ADDED,
            len(cut),
            _encode(head),
        ),
    )
    db.execute(
        "INSERT INTO texts VALUES (?, ?, ?, ?)",
        (added.lastrowid, document.text, _encode(document.places), _encode(cut)),
    )
    db.execute("INSERT INTO sketches VALUES (?, ?)", (added.lastrowid, _encode(compared)))
