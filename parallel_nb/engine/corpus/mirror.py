"""A bucket, or another place that fsspec knows, as a folder of this machine.

The one engine that reads the documents of many keeps the whole folder; the others fetch a file when
a page of it is to be shown.
"""

from __future__ import annotations

import hashlib
import logging
import os
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import msgspec

from parallel_nb.api.errors import ConnectionProblem
from parallel_nb.engine.corpus.places import sendable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_log = logging.getLogger(__name__)
#: What was fetched, by name; beside the folder.
_STATES: Final = "states.json"
#: What a place says of a file by which a changed one is known, whichever it has.
_SIGNS: Final = ("etag", "ETag", "md5Hash", "content_md5", "LastModified", "last_modified")
_TIMES: Final = ("LastModified", "last_modified", "updated", "mtime", "created")
_KEEP_EVERY: Final = 200
#: Bytes of a part of a name that file systems take.
_LONGEST: Final = 255


class Mirror:
    """The files below a place, kept in a folder.

    Examples:
        >>> mirror = Mirror(files, "bucket/room", home / "documents")  # doctest: +SKIP
        >>> mirror.update()  # doctest: +SKIP
        >>> mirror.folder  # doctest: +SKIP
        PosixPath('.../documents/room')
    """

    def __init__(self, files: Any, root: str, directory: Path) -> None:
        """Nothing is fetched yet.

        Args:
            files: a file system of fsspec.
            root: the path of the documents there.
            directory: where the folder is kept.
        """
        self._files = files
        self._root = root.rstrip("/")
        self._directory = directory
        self.folder = directory / (self._root.rpartition("/")[2] or "documents")
        self.folder.mkdir(parents=True, exist_ok=True)

    def update(self) -> None:
        """Fetch what is new or has changed, and remove what is gone.

        Raises:
            ConnectionProblem: the place cannot be read; nothing is removed then.
        """
        try:
            self._files.invalidate_cache()
            listed = dict(self._listed())
        except Exception as error:
            raise _unreadable(self._root, error) from error
        known = self._known()
        for name in known.keys() - listed.keys():
            self._remove(name)
            del known[name]
        fetched = 0
        for name, entry in listed.items():
            sign = _sign(entry)
            if known.get(name) != sign or not (self.folder / name).is_file():
                try:
                    self._fetch(name, entry)
                except OSError as error:  # such as a file where a folder is to be
                    _log.warning("%s could not be fetched: %s", name, error)
                    continue
                known[name] = sign
                fetched += 1
                if fetched % _KEEP_EVERY == 0:  # what is killed goes on from there
                    self._keep(known)
        self._keep(known)

    def fetch(self, path: str) -> None:
        """Fetch one file, or the one that holds what stands at this path, if it is not here."""
        for name in _prefixes(path):
            if (self.folder / name).is_file():
                return
            place = f"{self._root}/{name}"
            if _is_storable(name) and self._files.isfile(place):
                self._fetch(name, self._files.info(place))
                return

    def _listed(self) -> Iterator[tuple[str, dict[str, Any]]]:
        found = self._files.find(self._root, detail=True)
        for path, entry in sorted(found.items()):
            name = path[len(self._root) :].strip("/") if path.startswith(self._root) else ""
            if not name or name.endswith("/") or any(p.startswith(".") for p in name.split("/")):
                continue  # hidden ones stay out, as in a folder
            if _is_storable(name):
                yield name, entry
            else:
                _log.warning("%s has a name that no file here can have", sendable(name))

    def _fetch(self, name: str, entry: dict[str, Any]) -> None:
        target = self.folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        making = self._directory / f"fetched.{os.getpid()}"
        self._files.get_file(f"{self._root}/{name}", str(making))
        moment = _moment(entry)
        os.utime(making, ns=(moment, moment))  # the same on every machine that fetches it
        making.replace(target)

    def _remove(self, name: str) -> None:
        (self.folder / name).unlink(missing_ok=True)
        for folder in (self.folder / name).parents:
            if folder == self.folder or any(folder.iterdir()):
                return
            folder.rmdir()

    def _known(self) -> dict[str, str]:
        try:
            content = (self._directory / _STATES).read_bytes()
            return msgspec.json.decode(content, type=dict[str, str])
        except (OSError, msgspec.DecodeError):
            return {}

    def _keep(self, known: dict[str, str]) -> None:
        making = self._directory / f"{_STATES}.{os.getpid()}"
        making.write_bytes(msgspec.json.encode(known))
        making.replace(self._directory / _STATES)


def _prefixes(path: str) -> Iterator[str]:
    parts = path.split("/")
    for end in range(1, len(parts) + 1):
        yield "/".join(parts[:end])


def _is_storable(name: str) -> bool:
    """Whether a name from a bucket can be one below a folder, and only there."""
    parts = name.split("/")
    return "\0" not in name and all(
        part not in {"", ".", ".."} and len(os.fsencode(part)) <= _LONGEST for part in parts
    )


def _sign(entry: dict[str, Any]) -> str:
    """What tells a file from the same one changed."""
    return " ".join(str(entry[name]) for name in ("size", *_SIGNS, *_TIMES) if entry.get(name))


def _moment(entry: dict[str, Any]) -> int:
    """When a file was written, in nanoseconds; where that is not said, a number of its sign."""
    for name in _TIMES:
        value = entry.get(name)
        if isinstance(value, datetime):
            return int(value.timestamp() * 1e9)
        if isinstance(value, int | float):
            return int(value * 1e9)
    digest = hashlib.sha256(_sign(entry).encode()).digest()
    return int.from_bytes(digest[:4], "big") * 10**9


def _unreadable(place: str, error: Exception) -> ConnectionProblem:
    return ConnectionProblem(
        f"The documents at {place} cannot be read: {type(error).__name__}: {error}.",
        "Check the address, and that this machine has the rights to read there.",
    )
