"""The library: the documents of a room on disk, in SQLite, read when they are needed.

    files       what was found at each path: its size and time, and why it was not read
    documents   what is known of each document; `texts` has its text, places and passages,
                `sketches` what is compared to find duplicates, which is longer than all else

A number is never used twice, and what stands under one never changes: a file that has changed gives
new documents. Each document is in one of four states, so that a process that is killed at any
moment leaves what the next one can go on from:

    ADDED (not in the index yet) > LISTED (in it) > CHANGED (still in it) > GONE (out of it)

Who reads sees those that are listed or changed, all at the last `generation`. A document that is
gone stays for an hour, for those who found it just before.
"""

from __future__ import annotations

import os
import sqlite3
from collections import OrderedDict
from typing import TYPE_CHECKING, Any, Final

import msgspec

from parallel_nb.damaged import DAMAGE, sqlite_code
from parallel_nb.engine.corpus.documents import Document, skipped_in, spelt_alike
from parallel_nb.engine.corpus.duplicates import Sketch
from parallel_nb.engine.corpus.formats import Unread
from parallel_nb.engine.corpus.passages import Passage
from parallel_nb.engine.corpus.places import Places
from parallel_nb.engine.corpus.table_file import TableFile
from parallel_nb.engine.corpus.walk import FileState, SkippedFile

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LIBRARY: Final = "library.sqlite3"
#: The states of a document; the views below name those that are seen.
ADDED, LISTED, CHANGED, GONE = range(4)
_TABLES: Final = """
    CREATE TABLE IF NOT EXISTS files (
        path BLOB PRIMARY KEY, size INTEGER NOT NULL, modified INTEGER NOT NULL,
        unread BLOB  -- NULL where nothing of it was left out
    ) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS documents (
        id INTEGER PRIMARY KEY AUTOINCREMENT, file BLOB NOT NULL, address TEXT NOT NULL,
        name TEXT NOT NULL,  -- its id in the API of the engine
        state INTEGER NOT NULL, gone_at REAL, passages INTEGER NOT NULL, head BLOB NOT NULL
    );
    CREATE INDEX IF NOT EXISTS documents_of_file ON documents(file);
    CREATE INDEX IF NOT EXISTS documents_at ON documents(address);
    CREATE INDEX IF NOT EXISTS documents_called ON documents(name);
    CREATE INDEX IF NOT EXISTS documents_in_state ON documents(state) WHERE state != 1;
    CREATE TABLE IF NOT EXISTS texts (
        id INTEGER PRIMARY KEY, text TEXT NOT NULL, places BLOB NOT NULL, passages BLOB NOT NULL
    );
    CREATE TABLE IF NOT EXISTS sketches (id INTEGER PRIMARY KEY, sketch BLOB NOT NULL);
    CREATE TRIGGER IF NOT EXISTS delete_text AFTER DELETE ON documents BEGIN
        DELETE FROM texts WHERE id = old.id;
        DELETE FROM sketches WHERE id = old.id;
    END;
    CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value) WITHOUT ROWID;
    CREATE VIEW IF NOT EXISTS seen AS SELECT * FROM documents WHERE state IN (1, 2);
    CREATE VIEW IF NOT EXISTS whole AS
        SELECT d.id, d.state, d.head, t.text, t.places, t.passages
        FROM documents d JOIN texts t USING (id);
"""
#: Characters of documents that are kept in memory, once they were read.
_CHARS_IN_MEMORY: Final = 4_000_000

decode_passages: Final = msgspec.msgpack.Decoder(list[Passage]).decode
_decode_places: Final = msgspec.msgpack.Decoder(Places).decode
_decode_folders: Final = msgspec.msgpack.Decoder(list[tuple[str, str]]).decode
_decode_unread: Final = msgspec.msgpack.Decoder(list[Unread]).decode
_decode_sketch: Final = msgspec.msgpack.Decoder(Sketch).decode


#: A document as it is kept, without its number, text and places.
decode_head: Final = msgspec.msgpack.Decoder(Document).decode
#: What SQLite says of a file that is none of ours, such as one with other tables: nothing else is
#: mended by deleting it.
_DAMAGE: Final = DAMAGE | {sqlite3.SQLITE_ERROR}


def is_damage(error: Exception) -> bool:
    """Whether an error says that a file is damaged, and not that a disk is full or a file locked.

    >>> is_damage(sqlite3.OperationalError("database is locked"))
    False
    """
    return sqlite_code(error) in _DAMAGE


class Library(TableFile):
    """A room on disk, see `documents.Room`. Safe to use from several threads; one process writes.

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
        super().__init__(path, _TABLES)
        self._documents: OrderedDict[int, Document] = OrderedDict()
        self._chars = 0
        #: A generation, and how many documents were seen then.
        self._counted = (-1, 0)

    def fact(self, name: str) -> Any:
        """What was kept under a name; None where nothing was."""
        rows = self._rows("SELECT value FROM facts WHERE name = ?", name)
        return rows[0][0] if rows else None

    def generation(self) -> int:
        """Goes up each time that what readers see has changed."""
        return int(self.fact("generation") or 0)

    @property
    def name(self) -> str:
        """How displays call it."""
        return str(self.fact("name") or "documents")

    @property
    def documents(self) -> Library:
        """Its documents by their numbers."""
        return self

    def __len__(self) -> int:
        """How many documents are seen."""
        generation = self.generation()
        if self._counted[0] != generation:
            self._counted = generation, int(self._rows("SELECT count(*) FROM seen")[0][0])
        return self._counted[1]

    def __getitem__(self, number: int) -> Document:
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

    def __iter__(self) -> Iterator[Document]:
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

    def heads(self, after: int = -1) -> Iterator[Document]:
        """Those with higher numbers, without their texts and places."""
        rows = self._rows("SELECT id, head FROM seen WHERE id > ? ORDER BY id", after)
        return (_document(*row) for row in rows)

    def number_at(self, url: str) -> int | None:
        """The first document with an address, in any spelling."""
        query = "SELECT min(id) FROM seen WHERE address = ?"
        found: int | None = self._rows(query, spelt_alike(url))[0][0]
        return found

    def numbers_called(self, name: str) -> list[int]:
        """The documents with an id."""
        rows = self._rows("SELECT id FROM seen WHERE name = ? ORDER BY id", name)
        return [number for (number,) in rows]

    def sketch_of(self, number: int) -> Sketch:
        """What of a document is compared with others.

        Raises:
            KeyError: there is none of this number.
        """
        rows = self._rows("SELECT sketch FROM sketches WHERE id = ?", number)
        if not rows:
            raise KeyError(number)
        return _decode_sketch(rows[0][0])

    def sketches(self) -> Iterator[tuple[int, Sketch]]:
        """The same of every document that is seen, in the order of their numbers."""
        query = "SELECT id, sketch FROM sketches JOIN seen USING (id) ORDER BY id"
        return ((number, _decode_sketch(kept)) for number, kept in self._rows(query))

    def passages_of(self, number: int) -> list[Passage]:
        """The passages of a document."""
        rows = self._rows("SELECT passages FROM texts WHERE id = ?", number)
        return decode_passages(rows[0][0]) if rows else []

    @property
    def skipped(self) -> list[SkippedFile]:
        """The folders and files that were not read, and those within files."""
        folders = _decode_folders(self.fact("folders") or b"\x90")
        skipped = [SkippedFile(path, reason) for path, reason in folders]
        for path, unread in self._rows("SELECT path, unread FROM files WHERE unread NOT NULL"):
            skipped += skipped_in(os.fsdecode(path), _decode_unread(unread))
        return skipped

    def known_files(self, *, whole: bool = False) -> dict[bytes, FileState]:
        """Each file as it was when it was read; `whole` leaves out those of which not all was."""
        query = "SELECT path, size, modified FROM files"
        rows = self._rows(f"{query} WHERE unread IS NULL" if whole else query)
        return {path: FileState(size, modified) for path, size, modified in rows}


def _document(number: int, head: bytes, text: str = "", places: bytes = b"\x90") -> Document:
    return msgspec.structs.replace(
        decode_head(head), id=number, text=text, places=_decode_places(places)
    )
