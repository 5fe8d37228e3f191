"""The keeper of a room: reads what has changed in its folder, and keeps the index up to date.

It looks at the folder every few seconds, and at once when it is asked. Only files that are new or
have changed are read again, on all cores, and what was read is found while others are still read.

Library and index are two stores. What is read is written to the library first, then to the index,
then the library says that it is seen (`library`). A process that is killed in between leaves
documents whose states say what is left to do, and doing it twice changes nothing.
"""

from __future__ import annotations

import logging
import shutil
import sqlite3
import threading
import time
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

from parallel_nb.api.errors import ConnectionProblem
from parallel_nb.engine.corpus.documents import document_of, nothing_readable
from parallel_nb.engine.corpus.extraction import extract_files
from parallel_nb.engine.corpus.library import LIBRARY, is_damage
from parallel_nb.engine.corpus.library_writer import LibraryWriter, NewDocument, ReadFile
from parallel_nb.engine.corpus.ocr import program
from parallel_nb.engine.corpus.passages import passages
from parallel_nb.engine.corpus.walk import walk
from parallel_nb.engine.index.live import LiveIndex
from parallel_nb.engine.index.memory import give_back_memory
from parallel_nb.engine.index.passage_index import (
    FORMAT,
    PassageWriter,
    make_index,
    reopen_index,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import tantivy

    from parallel_nb.engine.corpus.walk import FoundFile, Walk
    from parallel_nb.engine.index.fulltext import Index

_log = logging.getLogger(__name__)
#: Raise it when a format's reader gives another text or other places for the same file, or when
#: passages are cut in another way: every room is read anew then.
READERS_VERSION: Final = 12
#: Packages without which some files are not read: they are read once one has come.
_EXTRAS: Final = ("pyarrow",)
#: Seconds between two looks at the folder, and how many times what a look takes of the processor:
#: looking takes at most a twentieth of one core.
_LOOK_EVERY: Final = 2.0
_PAUSE: Final = 20.0
#: Seconds after which what was read is put into the index: the first time, and later.
_FIRST_AFTER: Final = 0.5
_NEXT_AFTER: Final = 3.0
#: The same in characters.
_MOST_CHARS: Final = 8_000_000
#: With more files than this, plain text is read in processes too.
_MANY: Final = 40
#: Bytes that a file costs beside its size, where time left is reckoned.
_PER_FILE: Final = 2_000
#: The index is made anew when over one in so many of its passages are removed ones: they still
#: count in how rare a word is.
_REMOVED: Final = 50


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the reading of files is."""

    read: int
    files: int
    #: None where nothing can be said yet.
    seconds_left: float | None


class RoomKeeper:
    """Keeps the library and the index of a room. One process has one for a folder.

    Examples:
        >>> keeper = RoomKeeper(folder, home / "index")  # doctest: +SKIP
        >>> keeper.start()  # doctest: +SKIP
        >>> keeper.index.search(["rent"])  # doctest: +SKIP
    """

    def __init__(self, folder: Path | None, directory: Path) -> None:
        """Open what is kept below `directory`, or begin it; nothing is read yet.

        Args:
            folder: the room; None for the sample documents.
            directory: where library and index are kept.
        """
        self._folder = folder
        #: Where readers find library and index.
        self.directory = directory / f"room-{READERS_VERSION}"
        _remove_others(directory, self.directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        self._library = self._open_library()
        self._live = LiveIndex(self.directory, self._library)
        self._passages = self._open_index()
        #: The room as it is now.
        self.index: Index = self._live.current()
        self.progress: Progress | None = None
        #: Why the folder cannot be read, or has nothing to read.
        self.problem: ConnectionProblem | None = None
        #: Changes with the documents; see `walk.Walk`.
        self.fingerprint = ""
        self._changed = threading.Condition()
        self._stopped = threading.Event()
        #: Looks at the folder that have begun and ended, and the last one that somebody waits for.
        self._begun = self._ended = self._wanted = 0
        #: Seconds of the processor that a look takes.
        self._look_takes = 0.0
        self._thread = threading.Thread(target=self._keep, name="keeper", daemon=True)

    def start(self) -> None:
        """Keep the room up to date from now on, on a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """Let go; what was not read is read by the next engine."""
        self.interrupt()
        with self._changed:
            self._changed.notify_all()
        if self._thread.ident is not None:
            self._thread.join()
        self._library.close()

    def interrupt(self) -> None:
        """Have an `update` on another thread end soon."""
        self._stopped.set()

    def save(self, library: Path) -> Path:
        """Copy the library into a new file, while nothing is being read.

        Returns:
            The folder of the index that belongs to it.
        """
        self._library.save(library)
        return self.directory / str(self._library.fact("index"))

    def adopt(self, library: Path, index: str) -> None:
        """Become a copy of what another keeper has saved.

        Args:
            library: its library; the file is used up.
            index: the name of the folder, in `directory`, that has its index.
        """
        before = str(self._library.fact("index"))
        self._passages = reopen_index(self.directory / index)
        self._library.load(library, index)
        self.index = self._live.current()
        self._remove_old_indexes(index, before)  # who reads may be about to open the one before

    def begin_anew(self, first: int, instead_of: str) -> None:
        """Give documents numbers from `first` on, where a saved one of this name is gone."""
        self._library.number_from(first)
        self._library.keep("saved", f"{instead_of} ")

    def mark_saved(self, name: str) -> None:
        """Remember under which name what is here now was saved, or where it was adopted from."""
        self._library.keep("saved", f"{name} {self._library.generation()}")

    @property
    def saved_as(self) -> str:
        """The name under which it was saved or adopted the last time; empty for never."""
        return self._saved[0]

    @property
    def is_saved(self) -> bool:
        """Whether nothing has changed since."""
        return self._saved[1] == str(self._library.generation())

    @property
    def _saved(self) -> tuple[str, str]:
        name, _, generation = str(self._library.fact("saved") or "").partition(" ")
        return name, generation

    @property
    def pause(self) -> float:
        """Seconds between two looks at the folder."""
        return max(_LOOK_EVERY, _PAUSE * self._look_takes)

    def look(self) -> int:
        """Have the folder looked at now.

        Returns:
            The number of the look: when it `has_ended`, all is read that was there before.
        """
        with self._changed:
            self._wanted = self._begun + 1
            self._changed.notify_all()
            return self._wanted

    def has_ended(self, look: int, timeout: float) -> bool:
        """Wait until a look has ended; False when it has not in time."""
        with self._changed:
            return self._changed.wait_for(
                lambda: self._ended >= look or self._stopped.is_set(), timeout
            )

    def wait_until_readable(self, patience: float) -> None:
        """Wait until all is read, or, after so many seconds, anything.

        Raises:
            ConnectionProblem: there is no such folder, or nothing in it can be read.
        """
        began = time.monotonic()
        while not self.has_ended(1, 0.05):
            if time.monotonic() - began > patience and len(self.index):
                return
        if self.problem is not None:
            raise self.problem

    # --- on the keeper's thread ---------------------------------------------------------

    def _keep(self) -> None:
        while not self._stopped.is_set():
            with self._changed:
                self._begun += 1
            try:
                self.update()
            except Exception as error:  # noqa: BLE001 - such as a full disk: told, and tried again
                _log.exception("the documents could not be brought up to date")
                self.problem = ConnectionProblem(
                    f"The documents could not be brought up to date: {error}.",
                    "Check the disk's space and rights; the engine's log says more.",
                )
            self.progress = None
            with self._changed:
                self._ended = self._begun
                self._changed.notify_all()
                self._changed.wait_for(
                    lambda: self._wanted > self._begun or self._stopped.is_set(),
                    self.pause,
                )

    def update(self) -> None:
        """Look at the folder once, and read what has changed."""
        began = time.thread_time()
        try:
            found = walk(self._folder)
        except ConnectionProblem as problem:
            self.problem = problem  # it may be a disk that comes back: nothing is thrown away
            return
        finally:
            self._look_takes = time.thread_time() - began
        extras = "".join(f" {name}" for name in _EXTRAS if find_spec(name))
        extras += " tesseract" if program() else ""
        if self._library.fact("state") != f"{found.state}{extras}":
            self._read(found, has_other_readers=self._library.fact("extras") != extras)
            if self._stopped.is_set():
                return
            self._library.keep("extras", extras)
            self._library.keep("state", f"{found.state}{extras}")
            give_back_memory()
        self.fingerprint = f"{found.fingerprint}{extras}"
        if len(self.index):
            self.problem = None
        else:
            self.problem = nothing_readable(self._folder, list(self.index.corpus.skipped))

    def _read(self, found: Walk, *, has_other_readers: bool) -> None:
        self._library.keep_walk(found)
        present = {file.key for file in found.files}
        removed = [path for path in self._library.known_files() if path not in present]
        known = self._library.known_files(whole=has_other_readers)
        changed = [file for file in found.files if known.get(file.key) != file.state]
        for batch in self._batches(changed, found.prefix):
            self._library.take_in(batch, removed)
            removed = []
            self._put_into_index()
        if removed:
            self._library.take_in((), removed)
            self._put_into_index()
        present_passages, left_behind = self._library.counts()
        if left_behind * _REMOVED > present_passages:
            self._make_anew()

    def _batches(self, files: list[FoundFile], prefix: str) -> Iterator[list[ReadFile]]:
        """What is in the files, in their order, as much at once as some seconds bring."""
        reading = extract_files(files, guard_all=len(files) > _MANY)
        total = sum(_cost(file) for file in files)
        cost, chars, after = 0, 0, _FIRST_AFTER
        first = began = time.monotonic()
        batch: list[ReadFile] = []
        for number, (file, extracted) in enumerate(zip(files, reading, strict=True), 1):
            if self._stopped.is_set():
                reading.close()
                return
            documents = []
            for each in extracted.texts:
                document = document_of(0, each, prefix, file)
                cut = passages(document.text) if each.passages is None else each.passages
                documents.append(NewDocument(document, cut, each.sketch))
                chars += len(document.text)
            batch.append(ReadFile(file, extracted, documents))
            cost += _cost(file)
            now = time.monotonic()
            left = (now - first) * (total - cost) / cost
            self.progress = Progress(number, len(files), left if now - first > 1 else None)
            if now - began > after or chars > _MOST_CHARS:
                yield batch
                batch, chars, after, began = [], 0, _NEXT_AFTER, time.monotonic()
        if batch:
            yield batch

    def _put_into_index(self) -> None:
        """Bring the index to where the library is."""
        writer = PassageWriter(self._passages)
        for number in self._library.to_remove():
            writer.remove(number)
        for entry in self._library.to_index():
            writer.remove(entry.number)  # a process that was killed may have got this far
            writer.add(*entry)
        writer.close()
        self._library.mark_indexed()
        self.index = self._live.current()

    def _make_anew(self) -> tantivy.Index:
        """Replace the index by one of the documents that are there."""
        name = f"passages-{FORMAT}-{self._library.generation() + 1}"
        shutil.rmtree(self.directory / name, ignore_errors=True)
        made = make_index(self.directory / name)
        writer = PassageWriter(made)
        for entry in self._library.all_entries():
            writer.add(*entry)
        writer.close()
        self._library.mark_indexed(new_index=name)
        self._passages = made
        self.index = self._live.current()
        self._remove_old_indexes(name)
        return made

    # --- what is kept -------------------------------------------------------------------

    def _begin_anew(self) -> None:
        shutil.rmtree(self.directory)
        self.directory.mkdir()

    def _open_library(self) -> LibraryWriter:
        path = self.directory / LIBRARY
        if not path.exists():  # what may stand beside it goes by the numbers of another one
            self._begin_anew()
        try:
            return LibraryWriter(path)
        except sqlite3.DatabaseError as error:
            if not is_damage(error):
                raise
            _log.warning("%s is damaged, so all documents are read anew", path)
            self._begin_anew()
            return LibraryWriter(path)

    def _open_index(self) -> tantivy.Index:
        """The index, with what a killed process has left to do done; made anew where it must be."""
        name = str(self._library.fact("index"))
        self._remove_old_indexes(name)
        if name.startswith(f"passages-{FORMAT}-"):
            try:
                self._passages = reopen_index(self.directory / name)
                if not self._library.is_indexed():
                    self._put_into_index()
            except ValueError as error:
                _log.warning("the index is damaged: %s", error)
            else:
                if self._passages.searcher().num_docs == self._library.counts()[0]:
                    return self._passages
                _log.warning("the index has not all passages")
        return self._make_anew()

    def _remove_old_indexes(self, *names: str) -> None:
        for folder in self.directory.glob("passages-*"):
            if folder.name not in names:
                shutil.rmtree(folder, ignore_errors=True)


def _cost(file: FoundFile) -> int:
    return max(0, file.state.size) + _PER_FILE


def _remove_others(directory: Path, own: Path) -> None:
    """Remove what an earlier version has kept."""
    if not directory.is_dir():
        return
    for path in directory.iterdir():
        if path == own:
            continue
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
