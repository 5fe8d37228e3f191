"""The files of a room as they are now: what a look at its folders finds.

Hidden files and folders stay out, and links that lead out of the folder are not followed. Nothing
is read but the folders' own entries.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from parallel_nb.api.errors import ConnectionProblem
from parallel_nb.engine.corpus.extraction import RoomFile
from parallel_nb.engine.corpus.formats import FORMATS
from parallel_nb.engine.corpus.places import sendable
from parallel_nb.rooms import is_room, read_room, room_name

if TYPE_CHECKING:
    from collections.abc import Iterator

#: The folder of the sample documents, and its name in displays.
SAMPLE: Final = Path(__file__).parents[1] / "sample"
SAMPLE_NAME: Final = "sample documents"
_LEADS_OUT: Final = (
    "it is a link to a folder outside; to have that read, name it among the documents as well"
)


class FileState(NamedTuple):
    """A file as it was found: another one, or one that was written since, differs."""

    #: In bytes; -1 for one that cannot be asked.
    size: int
    #: When it was written, in nanoseconds; -1 for one that cannot be asked.
    modified: int


@dataclass(frozen=True, slots=True)
class SkippedFile:
    """A file that was not read."""

    #: Below the folder, with `/` between its parts.
    path: str
    #: As a clause: `it is empty`.
    reason: str
    #: Such as `PDF`, or its suffix.
    format: str = ""


class FoundFile(NamedTuple):
    """A file of a room as it is now."""

    path: str
    #: The folder that it must stand in.
    root: str
    #: What it is called: its path below the folder, with `/` between the parts.
    name: str
    state: FileState

    @property
    def key(self) -> bytes:
        """What it is called, as it is kept."""
        return os.fsencode(self.name)

    @property
    def file(self) -> RoomFile:
        """What is given to its reader."""
        return RoomFile(Path(self.path), Path(self.root), self.name)


@dataclass(frozen=True, slots=True)
class Walk:
    """The files of a room as they are now."""

    name: str
    #: What stands before a file's name in its address.
    prefix: str
    files: list[FoundFile]
    #: Folders that are not read.
    skipped: list[SkippedFile]
    #: 32 hexadecimal digits that change when any file is added, removed or written, or another
    #: folder cannot be read.
    state: str
    #: The same for the files of formats that are read.
    fingerprint: str


def walk(folder: Path | None) -> Walk:
    """Look at every file below `folder`; None stands for the sample documents.

    Hidden files and folders stay out. Nothing is read but the folder's own entries.

    Raises:
        ConnectionProblem: there is no such folder.
    """
    root = SAMPLE if folder is None else Path(folder).expanduser()
    if not root.is_dir() and not is_room(root):
        problem = "is not a folder" if root.exists() else "does not exist"
        raise ConnectionProblem(
            f"The documents folder {root} {problem}.", "Pass the path of a folder with documents."
        )
    name = SAMPLE_NAME if folder is None else root.resolve().name or "documents"
    # a file is called by its path below the folder, or below its source where there are several
    prefix = f"{name}/"
    if is_room(root):
        name, prefix = room_name(root), ""
    skipped: list[SkippedFile] = []
    found: list[FoundFile] = []
    state, fingerprint = hashlib.sha256(), hashlib.sha256()
    for file in room_files(root, skipped):
        size, modified = file.state
        line = f"{file.name}\0{size}\0{modified}\n".encode("utf-8", "surrogateescape")
        state.update(line)
        if f".{file.name.rpartition('.')[2]}".lower() in FORMATS:
            fingerprint.update(line)
        found.append(file)
    for each in skipped:
        state.update(f"{each.path}\0{each.reason}\n".encode())
    digests = (digest.hexdigest()[:32] for digest in (state, fingerprint))
    return Walk(name, prefix, found, skipped, *digests)


def room_files(room: Path, skipped: list[SkippedFile]) -> Iterator[FoundFile]:
    """The files of a folder, or of the sources of a room, each once, in a stable order."""
    if not is_room(room):
        yield from _files(room, "", skipped)
        return
    seen: set[str] = set()
    roots: dict[str, Path] = {}
    for root, chosen in read_room(room):
        name = root.name or "documents"
        number = 1
        while roots.setdefault(name, root) != root:
            number += 1
            name = f"{root.name} ({number})"
        files = _files(root, f"{name}/", skipped)
        if chosen is not None:
            below = ((path, path.relative_to(root).as_posix()) for path in chosen)
            files = (
                FoundFile(str(path), str(root), f"{name}/{each}", file_state(path))
                for path, each in below
            )
        for file in files:
            if file.path not in seen:
                seen.add(file.path)
                yield file


def _files(root: Path, prefix: str, skipped: list[SkippedFile]) -> Iterator[FoundFile]:
    """The files below `root` in a stable order; folders that cannot be read are noted.

    Of 20,000 files every few seconds, each is looked at once, and no `Path` is made of it.
    """
    room, real_root = os.fspath(root), os.path.realpath(root)
    seen: set[str] = set()
    waiting = [(room, prefix, real_root)]
    links: list[tuple[str, str]] = []
    while waiting:
        folder, above, real = waiting.pop()
        seen.add(real)
        try:
            with os.scandir(folder) as listing:
                entries = sorted((e.name, e) for e in listing if not e.name.startswith("."))
        except OSError as error:
            reason = f"the folder cannot be read ({error.strerror})"
            skipped.append(SkippedFile(_name_below(prefix, above) or ".", reason))
            entries = []
        folders = []
        for name, entry in entries:
            if not _is_folder(entry):
                yield FoundFile(entry.path, room, f"{above}{name}", file_state(entry))
            elif entry.is_symlink():
                links.append((entry.path, f"{above}{name}/"))
            else:
                folders.append((entry.path, f"{above}{name}/", f"{real}{os.sep}{name}"))
        waiting.extend(reversed(folders))
        # What a link leads to within the folder is read where it stands, or here if it is hidden.
        while links and not waiting:
            link, above = links.pop()
            target = os.path.realpath(link)
            if not Path(target).is_relative_to(real_root):
                skipped.append(SkippedFile(_name_below(prefix, above), _LEADS_OUT, "folder"))
            elif target not in seen:
                waiting.append((link, above, target))


def _name_below(prefix: str, folder: str) -> str:
    return sendable(folder.removeprefix(prefix).rstrip("/"))


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link that goes round
        return False


def file_state(file: os.DirEntry[str] | Path) -> FileState:
    """A file as it is now."""
    try:
        status = file.stat()
    except OSError:
        return FileState(-1, -1)
    return FileState(status.st_size, status.st_mtime_ns)
