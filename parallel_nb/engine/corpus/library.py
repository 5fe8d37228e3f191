"""The library: the documents of a room on disk, in SQLite, read when they are needed.

    files       what was found at each path: its size and time, and why it was not read
    documents   what is known of each document; `texts` has its text, places and passages

A number is never used twice, and what stands under one never changes: a file that has changed gives
new documents. Each document is in one of four states, so that a process that is killed at any
moment leaves what the next one can go on from:

    ADDED (not in the index yet) > LISTED (in it) > CHANGED (still in it) > GONE (out of it)

Who reads sees those that are listed or changed, all at the last `generation`. A document that is
gone stays for an hour, for those who found it just before.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
import time
from collections import OrderedDict
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from parallel_nb.engine.corpus.documents import (
    Document,
    FileState,
    SkippedFile,
    skipped_in,
    spelt_alike,
)
from parallel_nb.engine.corpus.duplicates import Sketch  # noqa: TC001 - read when it is decoded
from parallel_nb.engine.corpus.formats import Extracted, Unread
from parallel_nb.engine.corpus.passages import Passage
from parallel_nb.engine.corpus.places import Places

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from parallel_nb.engine.corpus.documents import FoundFile, Walk

LIBRARY: Final = "library.sqlite3"
_ADDED, _LISTED, _CHANGED, _GONE = range(4)  # the views below name those that are seen
_TABLES: Final = """
    CREATE TABLE IF NOT EXISTS files (
        path BLOB PRIMARY KEY, size INTEGER NOT NULL, modified INTEGER NOT NULL,
        unread BLOB  -- NULL where nothing of it was left out
    ) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS documents (
        id INTEGER PRIMARY KEY AUTOINCREMENT, file BLOB NOT NULL, address TEXT NOT NULL,
        state INTEGER NOT NULL, gone_at REAL, passages INTEGER NOT NULL, head BLOB NOT NULL
    );
    CREATE INDEX IF NOT EXISTS documents_of_file ON documents(file);
    CREATE INDEX IF NOT EXISTS documents_at ON documents(address);
    CREATE INDEX IF NOT EXISTS documents_in_state ON documents(state) WHERE state != 1;
    CREATE TABLE IF NOT EXISTS texts (
        id INTEGER PRIMARY KEY, text TEXT NOT NULL, places BLOB NOT NULL, passages BLOB NOT NULL
    );
    CREATE TRIGGER IF NOT EXISTS delete_text AFTER DELETE ON documents
        BEGIN DELETE FROM texts WHERE id = old.id; END;
    CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value) WITHOUT ROWID;
    CREATE VIEW IF NOT EXISTS seen AS SELECT * FROM documents WHERE state IN (1, 2);
    CREATE VIEW IF NOT EXISTS whole AS
        SELECT d.id, d.state, d.head, t.text, t.places, t.passages
        FROM documents d JOIN texts t USING (id);
"""
#: Seconds to wait for a lock, which is held for milliseconds.
_LOCKED_WITHIN: Final = 3.0
#: Seconds that a document is kept when it is gone.
_KEPT: Final = 3600.0
#: Characters of documents that are kept in memory, once they were read.
_CHARS_IN_MEMORY: Final = 4_000_000

_encode: Final = msgspec.msgpack.Encoder().encode
_decode_passages: Final = msgspec.msgpack.Decoder(list[Passage]).decode
_decode_places: Final = msgspec.msgpack.Decoder(Places).decode
_decode_folders: Final = msgspec.msgpack.Decoder(list[tuple[str, str]]).decode
_decode_unread: Final = msgspec.msgpack.Decoder(list[Unread]).decode


class _Head(msgspec.Struct, array_like=True):
    """A document without its number, text and places."""

    url: str
    title: str
    date: str | None
    path: str
    format: str
    pages: int | None
    language: str
    notes: tuple[str, ...]
    sketch: Sketch | None
    file_state: FileState | None


_decode_head: Final = msgspec.msgpack.Decoder(_Head).decode


class NewDocument(NamedTuple):
    """A document that was found in a file, and its passages."""

    document: Document
    passages: Sequence[Passage]


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


class Library:
    """The documents on disk. Safe to use from several threads; one process writes.

    Examples:
        >>> library = Library(home / "library.sqlite3")  # doctest: +SKIP
        >>> library.generation()  # doctest: +SKIP
        0
    """

    def __init__(self, path: Path) -> None:
        """Open it; it is made where there is none.

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
            self._connection.executescript(_TABLES)
        except sqlite3.Error:
            self._connection.close()
            raise
        self._documents: OrderedDict[int, Document] = OrderedDict()
        self._chars = 0

    def close(self) -> None:
        """Let the file go."""
        with self._lock:
            self._connection.close()

    # --- reading ------------------------------------------------------------------------

    def _rows(self, query: str, *values: Any) -> list[Any]:
        with self._lock:
            return self._connection.execute(query, values).fetchall()

    def fact(self, name: str) -> Any:
        """What was kept under a name; None where nothing was."""
        rows = self._rows("SELECT value FROM facts WHERE name = ?", name)
        return rows[0][0] if rows else None

    def generation(self) -> int:
        """Goes up each time that what readers see has changed."""
        return int(self.fact("generation") or 0)

    def __len__(self) -> int:
        """How many documents are seen."""
        return int(self._rows("SELECT count(*) FROM seen")[0][0])

    def document(self, number: int) -> Document:
        """A document, also one that has gone.

        Raises:
            KeyError: there is none of this number.
        """
        with self._lock:
            if (known := self._documents.get(number)) is not None:
                self._documents.move_to_end(number)
                return known
            rows = self._rows("SELECT id, head, text, places FROM whole WHERE id = ?", number)
            if not rows:
                raise KeyError(number)
            document = _document(*rows[0])
            self._documents[number] = document
            self._chars += len(document.text)
            while self._chars > _CHARS_IN_MEMORY and len(self._documents) > 1:
                _, oldest = self._documents.popitem(last=False)
                self._chars -= len(oldest.text)
            return document

    def documents(self) -> Iterator[Document]:
        """Every document that is seen, in the order of their numbers; none is kept in memory."""
        query = (
            "SELECT id, head, text, places FROM whole"
            " WHERE state IN (1, 2) AND id > ? ORDER BY id LIMIT 200"
        )
        last = 0
        while rows := self._rows(query, last):
            for row in rows:
                yield _document(*row)
            last = rows[-1][0]

    def numbers(self) -> set[int]:
        """The numbers of the documents that are seen."""
        return {number for (number,) in self._rows("SELECT id FROM seen")}

    def heads(self, after: int) -> Iterator[Document]:
        """Those with higher numbers, without their texts and places."""
        rows = self._rows("SELECT id, head FROM seen WHERE id > ? ORDER BY id", after)
        return (_document(*row) for row in rows)

    def number_at(self, url: str) -> int | None:
        """The first document with an address, in any spelling."""
        query = "SELECT min(id) FROM seen WHERE address = ?"
        found: int | None = self._rows(query, spelt_alike(url))[0][0]
        return found

    def passages_of(self, number: int) -> list[Passage]:
        """The passages of a document."""
        rows = self._rows("SELECT passages FROM texts WHERE id = ?", number)
        return _decode_passages(rows[0][0]) if rows else []

    def skipped(self) -> Iterator[SkippedFile]:
        """The folders and files that were not read, and those within files."""
        for path, reason in _decode_folders(self.fact("folders") or b"\x90"):
            yield SkippedFile(path, reason)
        for path, unread in self._rows("SELECT path, unread FROM files WHERE unread NOT NULL"):
            yield from skipped_in(os.fsdecode(path), _decode_unread(unread))

    def known_files(self, *, whole: bool = False) -> dict[bytes, FileState]:
        """Each file as it was when it was read; `whole` leaves out those of which not all was."""
        query = "SELECT path, size, modified FROM files"
        rows = self._rows(f"{query} WHERE unread IS NULL" if whole else query)
        return {path: FileState(size, modified) for path, size, modified in rows}

    # --- writing ------------------------------------------------------------------------

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
                unread = _encode(extracted.unread) if extracted.unread else None
                db.execute(
                    "INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?)",
                    (file.key, *file.state, unread),
                )
                for new in documents:
                    _add(db, file.key, new)

    def to_index(self) -> Iterator[IndexEntry]:
        """The documents that the index does not have yet."""
        return self._entries(_ADDED, _ADDED)

    def all_entries(self) -> Iterator[IndexEntry]:
        """The documents that an index made anew is to have."""
        return self._entries(_ADDED, _LISTED)

    def _entries(self, *states: int) -> Iterator[IndexEntry]:
        query = (
            "SELECT id, head, text, passages FROM whole"
            " WHERE state IN (?, ?) AND id > ? ORDER BY id LIMIT 200"
        )
        last = 0
        while rows := self._rows(query, *states, last):
            for number, head, text, cut in rows:
                yield IndexEntry(number, _decode_head(head).title, text, _decode_passages(cut))
            last = rows[-1][0]

    def to_remove(self) -> list[int]:
        """The documents that are to leave the index."""
        rows = self._rows("SELECT id FROM documents WHERE state = ?", _CHANGED)
        return [number for (number,) in rows]

    def counts(self) -> tuple[int, int]:
        """How many passages the index has when it is up to date, and have been removed from it."""
        query = "SELECT coalesce(sum(passages), 0) FROM documents WHERE state IN (?, ?)"
        present = self._rows(query, _ADDED, _LISTED)[0][0]
        return int(present), int(self.fact("removed") or 0)

    def mark_indexed(self, *, new_index: str | None = None) -> None:
        """The index has what it should: what was taken in is seen from now on.

        Args:
            new_index: the name of its folder, where it was made anew.
        """
        now = time.time()
        with self._transaction() as db:
            query = "SELECT coalesce(sum(passages), 0) FROM documents WHERE state = ?"
            (removed,) = db.execute(query, (_CHANGED,)).fetchone()
            facts: dict[str, Any] = {"generation": self.generation() + 1}
            if new_index is None:
                facts["removed"] = removed + int(self.fact("removed") or 0)
            else:
                facts |= {"removed": 0, "index": new_index}
            db.executemany("INSERT OR REPLACE INTO facts VALUES (?, ?)", facts.items())
            db.execute(
                "UPDATE documents SET state = ?, gone_at = ? WHERE state = ?",
                (_GONE, now, _CHANGED),
            )
            db.execute("UPDATE documents SET state = ? WHERE state = ?", (_LISTED, _ADDED))
            db.execute(
                "DELETE FROM documents WHERE state = ? AND gone_at < ?", (_GONE, now - _KEPT)
            )

    def is_indexed(self) -> bool:
        """Whether the index has all that it should."""
        states = (_ADDED, _CHANGED)
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
    db.execute("DELETE FROM documents WHERE file = ? AND state = ?", (path, _ADDED))
    db.execute(
        "UPDATE documents SET state = ? WHERE file = ? AND state = ?", (_CHANGED, path, _LISTED)
    )


def _add(db: sqlite3.Connection, path: bytes, new: NewDocument) -> None:
    document, cut = new
    head = _Head(
        document.url,
        document.title,
        document.date,
        document.path,
        document.format,
        document.pages,
        document.language,
        document.notes,
        document.sketch,
        document.file_state,
    )
    added = db.execute(
        "INSERT INTO documents(file, address, state, passages, head) VALUES (?, ?, ?, ?, ?)",
        (path, spelt_alike(document.url), _ADDED, len(cut), _encode(head)),
    )
    db.execute(
        "INSERT INTO texts VALUES (?, ?, ?, ?)",
        (added.lastrowid, document.text, _encode(document.places), _encode(cut)),
    )


def _document(number: int, head: bytes, text: str = "", places: bytes = b"\x90") -> Document:
    known = _decode_head(head)
    return Document(
        number,
        known.url,
        known.title,
        known.date,
        text,
        _decode_places(places),
        known.path,
        known.format,
        known.pages,
        known.language,
        known.notes,
        known.sketch,
        known.file_state,
    )


class StoredRoom:
    """A room on disk as it is at one generation; see `documents.Room`."""

    def __init__(self, library: Library) -> None:
        """As it is now."""
        self._library = library
        self.generation = library.generation()
        self.name = str(library.fact("name") or "documents")
        self._length = len(library)

    @property
    def documents(self) -> StoredRoom:
        """Its documents."""
        return self

    def __len__(self) -> int:
        """How many documents there are."""
        return self._length

    def __getitem__(self, number: int) -> Document:
        """The document with a number."""
        return self._library.document(number)

    def __iter__(self) -> Iterator[Document]:
        """All documents; their texts are read one after the other."""
        return self._library.documents()

    @property
    def skipped(self) -> Sequence[SkippedFile]:
        """The files that were not read."""
        return tuple(self._library.skipped())

    def numbers(self) -> set[int]:
        """See `Room`."""
        return self._library.numbers()

    def heads(self, after: int = -1) -> Iterator[Document]:
        """See `Room`."""
        return self._library.heads(after)

    def number_at(self, url: str) -> int | None:
        """See `Room`."""
        return self._library.number_at(url)

    def passages_of(self, number: int) -> Sequence[Passage]:
        """See `Room`."""
        return self._library.passages_of(number)
