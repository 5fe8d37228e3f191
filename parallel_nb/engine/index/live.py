"""The index of a room on disk, as it is whenever it is asked for."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Final

from parallel_nb.engine.corpus.library import LIBRARY, Library
from parallel_nb.engine.index.fulltext import Index
from parallel_nb.engine.index.passage_index import reopen_index

if TYPE_CHECKING:
    from pathlib import Path

    import tantivy

#: How often an index is opened that is replaced at this moment.
_ATTEMPTS: Final = 5


class LiveIndex:
    """Gives an `Index` of the room, and another one once the room has changed.

    Who asks keeps the one that it got for as long as it works on one question.

    Examples:
        >>> live = LiveIndex(home / "index")  # doctest: +SKIP
        >>> live.current().search(["rent"])  # doctest: +SKIP
    """

    def __init__(self, directory: Path, library: Library | None = None) -> None:
        """Read what `keeper.RoomKeeper` keeps in a folder."""
        self._directory = directory
        self._library = Library(directory / LIBRARY) if library is None else library
        self._lock = threading.Lock()
        self._index: Index | None = None
        self._generation = -1
        self._kept: dict[str, Any] = {}
        self._folder = ""
        self._passages: tantivy.Index | None = None

    def current(self) -> Index:
        """The index as it is now.

        Raises:
            ValueError: it is damaged.
        """
        with self._lock:
            for attempt in range(_ATTEMPTS):
                generation = self._library.generation()
                if self._index is not None and generation == self._generation:
                    return self._index
                folder = str(self._library.fact("index"))
                try:
                    if self._passages is None or folder != self._folder:
                        self._passages = reopen_index(self._directory / folder)
                    else:
                        self._passages.reload()
                except ValueError:  # it may have been made anew at this moment
                    self._passages = None
                    if attempt == _ATTEMPTS - 1:
                        raise
                    continue
                self._folder, self._generation = folder, generation
                self._index = Index(self._library, self._passages, self._kept)
            assert self._index is not None  # noqa: S101 - else it was raised
            return self._index

    def close(self) -> None:
        """Let the files go; no index that it gave can be used any more."""
        self._library.close()
