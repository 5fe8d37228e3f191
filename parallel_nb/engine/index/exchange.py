"""A finished index at a place that all engines reach: put there by one, fetched by the others.

    files/NAME          segments of indexes; their names are unique and their content never changes
    NAME/library        the library, as one file
    NAME/index/FILE     what of the index is written anew each time
    NAME/files.json     the names of all files of the index

So of a room in which one document has changed, little more than the library is moved.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
import time
from typing import TYPE_CHECKING, Any, Final

import msgspec

from parallel_nb.engine.index.keeper import READERS_VERSION
from parallel_nb.engine.index.passage_index import FORMAT

if TYPE_CHECKING:
    from pathlib import Path

    from parallel_nb.engine.index.keeper import RoomKeeper

#: What engines that read files or cut passages in another way do not share.
VERSION: Final = f"room-{READERS_VERSION}-{FORMAT}"
#: A segment's file begins with the 32 digits of its id.
_SEGMENT: Final = re.compile(r"[0-9a-f]{32}\.[\w.]{1,40}")
#: Finished indexes that are kept: who fetches an older one may need minutes for it.
_KEPT: Final = 3
#: Seconds that a segment is kept which no index has: it may belong to one that is being put.
_ORPHAN_AFTER: Final = 3600.0


class Exchange:
    """The place of finished indexes.

    Examples:
        >>> exchange = Exchange(files, "bucket/room-index")  # doctest: +SKIP
        >>> exchange.fetch(exchange.put(keeper, folder), another, folder)  # doctest: +SKIP
    """

    def __init__(self, files: Any, root: str) -> None:
        """`files` is a file system of fsspec, `root` a path in it; nothing need be there."""
        self._files = files
        self._root = f"{root.rstrip('/')}/{VERSION}"

    def check(self) -> None:
        """Check that something can be put there.

        Raises:
            Exception: what the file system raises where it cannot.
        """
        probe = f"{self._root}/probe-{secrets.token_hex(4)}"
        self._files.makedirs(self._root, exist_ok=True)
        self._files.pipe_file(probe, b"")
        self._files.rm_file(probe)

    def put(self, keeper: RoomKeeper, working: Path) -> str:
        """Put there what a keeper has, while it reads nothing.

        Args:
            keeper: what has read the documents.
            working: a folder for what is made on the way; it is emptied.

        Returns:
            The name of the finished index.
        """
        _empty(working)
        name = f"{time.time_ns() // 1_000_000}-{secrets.token_hex(4)}"  # they sort by their time
        index = keeper.save(working / "library")
        files = sorted(path.name for path in index.iterdir() if path.suffix != ".lock")
        self._files.makedirs(f"{self._root}/files", exist_ok=True)
        self._files.makedirs(f"{self._root}/{name}/index", exist_ok=True)
        self._files.invalidate_cache()
        there = {_name(path) for path in self._list("files")}
        for file in files:
            if not _SEGMENT.fullmatch(file):
                self._files.put_file(str(index / file), f"{self._root}/{name}/index/{file}")
            elif file not in there:
                self._files.put_file(str(index / file), f"{self._root}/files/{file}")
        self._files.put_file(str(working / "library"), f"{self._root}/{name}/library")
        self._files.pipe_file(f"{self._root}/{name}/files.json", msgspec.json.encode(files))
        keeper.mark_saved(name)
        return name

    def fetch(self, name: str, keeper: RoomKeeper, working: Path) -> None:
        """Have a keeper become a copy of a finished index.

        Args:
            name: of the index.
            keeper: it must not be reading.
            working: as of `put`.

        Raises:
            OSError: it is not there, or not any more.
        """
        _empty(working)
        files = self._files_of(name)
        making = working / "index"
        making.mkdir()
        have = {path.name: path for path in keeper.directory.glob("passages-*/*")}
        for file in map(_name, files):  # no path of somebody else's making
            if file in have and _SEGMENT.fullmatch(file):
                _link(have[file], making / file)
            else:
                place = "files" if _SEGMENT.fullmatch(file) else f"{name}/index"
                self._files.get_file(f"{self._root}/{place}/{file}", str(making / file))
        self._files.get_file(f"{self._root}/{name}/library", str(working / "library"))
        folder = f"passages-{FORMAT}-{name}"
        shutil.rmtree(keeper.directory / folder, ignore_errors=True)
        making.rename(keeper.directory / folder)
        keeper.adopt(working / "library", folder)
        keeper.mark_saved(name)

    def remove_old(self, current: str) -> None:
        """Remove finished indexes but the last ones, and segments that none of those has."""
        self._files.invalidate_cache()
        names = sorted(_name(path) for path in self._list())
        names = [name for name in names if name not in {"files", current}]
        kept = {current, *names[1 - _KEPT :]}
        used: set[str] = set()
        for name in kept:
            with contextlib.suppress(FileNotFoundError):  # one that was not put wholly
                used.update(self._files_of(name))
        for name in names:
            if name not in kept:
                self._files.rm(f"{self._root}/{name}", recursive=True)
        for path in self._list("files"):
            if _name(path) not in used and self._age(path) > _ORPHAN_AFTER:
                self._files.rm_file(path)

    def _files_of(self, name: str) -> list[str]:
        content = self._files.cat_file(f"{self._root}/{name}/files.json")
        return msgspec.json.decode(content, type=list[str])

    def _list(self, folder: str = "") -> list[str]:
        """What is in a folder; a bucket has none before there is something in it."""
        try:
            return list(self._files.ls(f"{self._root}/{folder}".rstrip("/"), detail=False))
        except FileNotFoundError:
            return []

    def _age(self, path: str) -> float:
        try:
            return time.time() - float(self._files.modified(path).timestamp())
        except NotImplementedError:
            return 0.0


def _name(path: str) -> str:
    return path.rstrip("/").rpartition("/")[2]


def _empty(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)


def _link(source: Path, target: Path) -> None:
    """The same file once more; a copy where the disk knows no links."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
