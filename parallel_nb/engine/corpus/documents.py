"""A folder of files as documents: pages with an address, a title, a date and a text.

Nothing about a document is invented. Its address is the one that it names itself, else a
stable one below the folder's name (`file:dataroom/notes/a.md`), which reveals nothing of
where the folder stands. Its date is the one that it or its file name carries; the time
of the file is not used, because copying or cloning a folder sets it to today.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol
from urllib.parse import quote

from parallel_nb.api.errors import ConnectionProblem
from parallel_nb.engine.corpus.dates import whole_date
from parallel_nb.engine.corpus.extraction import RoomFile, extract_files
from parallel_nb.engine.corpus.formats import FORMATS
from parallel_nb.engine.corpus.page import host_of
from parallel_nb.engine.corpus.passages import passages
from parallel_nb.engine.corpus.places import place_at, place_of, sendable
from parallel_nb.formats import count, shorten
from parallel_nb.rooms import is_room, read_room, room_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from parallel_nb.engine.corpus.duplicates import Sketch
    from parallel_nb.engine.corpus.extraction import Limits
    from parallel_nb.engine.corpus.formats import ExtractedText, Unread
    from parallel_nb.engine.corpus.passages import Passage
    from parallel_nb.engine.corpus.places import Place, Places

#: A longer title is cut, in characters.
_LONGEST_TITLE: Final = 300
_NAME_SEPARATOR = re.compile(r"[-_\s]+")
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
class Document:
    """One document that is read."""

    #: Its number in the corpus, from 0.
    id: int
    url: str
    title: str
    #: YYYY-MM-DD, or None when the document does not say.
    date: str | None
    text: str
    #: Where its parts stand in the file.
    places: Places = ()
    #: Below the folder, with `/` between its parts; goes on within a file that holds files.
    path: str = ""
    #: Such as `PDF`.
    format: str = ""
    #: How many pages, slides or sheets it has; None for a format without any.
    pages: int | None = None
    #: A tag such as `en`, where the file says it.
    language: str = ""
    #: What of it was not read, as clauses.
    notes: tuple[str, ...] = ()
    #: What is compared with others to find its duplicates; None where nobody has made it.
    sketch: Sketch | None = None
    #: Its file as it was when it was read.
    file_state: FileState | None = None

    def __hash__(self) -> int:
        """By its address alone: a text and its places take long."""
        return hash((self.id, self.url))

    def place_at(self, offset: int) -> Place | None:
        """Where `text[offset]` stands in the file; None where the format has no places."""
        return place_at(self.text, self.places, offset)

    def url_of(self, start: int, end: int) -> str:
        """Its address, with the place of `text[start:end]` where it is a file with places."""
        place = place_of(self.text, self.places, start, end)
        is_file = self.url.startswith("file:")
        return f"{self.url}#{place.fragment}" if place and is_file else self.url

    @property
    def host(self) -> str:
        """The host of its address in lower case; empty for a file."""
        return host_of(self.url)


@dataclass(frozen=True, slots=True)
class SkippedFile:
    """A file that was not read."""

    #: Below the folder, with `/` between its parts.
    path: str
    #: As a clause: `it is empty`.
    reason: str
    #: Such as `PDF`, or its suffix.
    format: str = ""


class Documents(Protocol):
    """Documents by their numbers."""

    def __getitem__(self, number: int, /) -> Document:
        """The document with this number."""

    def __iter__(self) -> Iterator[Document]:
        """All of them, in the order of their numbers."""

    def __len__(self) -> int:
        """How many there are."""


class Room(Protocol):
    """Documents that can be indexed: in memory (`Corpus`) or on disk (`library.StoredRoom`)."""

    @property
    def name(self) -> str:
        """How displays call it."""

    @property
    def documents(self) -> Documents:
        """Its documents."""

    @property
    def skipped(self) -> Sequence[SkippedFile]:
        """The files that were not read."""

    def numbers(self) -> set[int]:
        """The numbers of all documents; new ones are higher than all before."""

    def heads(self, after: int = -1) -> Iterable[Document]:
        """The documents with higher numbers, of those on disk without text and places."""

    def number_at(self, url: str) -> int | None:
        """The first document with this address, in any spelling."""

    def passages_of(self, number: int) -> Sequence[Passage]:
        """The text of a document, cut into passages."""


@dataclass(frozen=True)
class Corpus:
    """Documents in memory; their ids are their positions."""

    name: str
    documents: tuple[Document, ...]
    skipped: tuple[SkippedFile, ...] = ()

    def numbers(self) -> set[int]:
        """See `Room`."""
        return set(range(len(self.documents)))

    def heads(self, after: int = -1) -> Iterable[Document]:
        """See `Room`."""
        return self.documents[after + 1 :]

    def number_at(self, url: str) -> int | None:
        """See `Room`."""
        return self._by_url.get(spelt_alike(url))

    def passages_of(self, number: int) -> Sequence[Passage]:
        """See `Room`."""
        return self._passages(self.documents[number].text)

    @cached_property
    def _by_url(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for document in self.documents:
            found.setdefault(spelt_alike(document.url), document.id)
        return found

    @cached_property
    def _passages(self) -> Callable[[str], list[Passage]]:
        return lru_cache(maxsize=5_000)(passages)


def spelt_alike(url: str) -> str:
    """An address without what does not tell pages apart."""
    bare = url.strip().split("#", maxsplit=1)[0].rstrip("/")
    for scheme in ("https://", "http://"):
        if bare.lower().startswith(scheme):
            host, slash, path = bare[len(scheme) :].partition("/")
            return host.lower().removeprefix("www.") + slash + path
    return bare


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


def load_corpus(folder: Path | None = None, limits: Limits | None = None) -> Corpus:
    """Read every document below `folder` into memory; None reads the sample documents.

    What cannot be read is listed with the reason.

    Args:
        folder: the documents.
        limits: what one file may take of time and memory.

    Raises:
        ConnectionProblem: there is no such folder, or nothing in it can be read.

    Examples:
        >>> corpus = load_corpus()
        >>> corpus.name, len(corpus.skipped)
        ('sample documents', 0)
    """
    found = walk(folder)
    documents: list[Document] = []
    skipped = list(found.skipped)
    for file, extracted in zip(
        found.files, extract_files((each.file for each in found.files), limits), strict=True
    ):
        skipped += skipped_in(file.name, extracted.unread)
        for each in extracted.texts:
            documents.append(document_of(len(documents), each, found.prefix, file))
    if not documents:
        raise nothing_readable(folder, skipped)
    return Corpus(found.name, tuple(documents), tuple(skipped))


def skipped_in(file: str, unread: Iterable[Unread]) -> Iterator[SkippedFile]:
    """What of a file of this name was not read."""
    name = sendable(file)
    for each in unread:
        path = f"{name}/{each.member}" if each.member else name
        yield SkippedFile(path, each.reason, each.format)


def nothing_readable(folder: Path | None, skipped: Sequence[SkippedFile]) -> ConnectionProblem:
    """The problem of a folder in which no document can be read."""
    root = SAMPLE if folder is None else folder
    return ConnectionProblem(
        f"There is no readable document in {root}{_why_nothing(skipped)}.",
        "Put documents there, such as PDF, Word, Excel, HTML, Markdown or text files, "
        "or connect without --documents to use the sample documents.",
    )


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
            files = (_found(str(path), str(root), f"{name}/{each}") for path, each in below)
        for file in files:
            if file.path not in seen:
                seen.add(file.path)
                yield file


def _why_nothing(skipped: Sequence[SkippedFile]) -> str:
    if not skipped:
        return ": it is empty"
    first = skipped[0]
    others = len(skipped) - 1
    more = f", as were {count(others, 'other file')}" if others else ""
    return f": {first.path} was skipped ({first.reason}){more}"


def _files(root: Path, prefix: str, skipped: list[SkippedFile]) -> Iterator[FoundFile]:
    """The files below `root` in a stable order; folders that cannot be read are noted.

    Of 20,000 files every few seconds, each is looked at once, and no `Path` is made of it.
    """
    real_root = os.path.realpath(root)
    seen: set[str] = set()
    waiting = [(os.fspath(root), prefix, real_root)]
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
                yield _found(entry.path, root, f"{above}{name}", entry)
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


def _found(
    path: str, root: str | Path, name: str, entry: os.DirEntry[str] | None = None
) -> FoundFile:
    return FoundFile(path, os.fspath(root), name, file_state(entry or path))


def file_state(file: os.DirEntry[str] | str) -> FileState:
    """A file as it is now."""
    with contextlib.suppress(OSError):
        status = os.stat(file) if isinstance(file, str) else file.stat()  # noqa: PTH116 - no `Path` is made of it
        return FileState(status.st_size, status.st_mtime_ns)
    return FileState(-1, -1)


def document_of(number: int, found: ExtractedText, prefix: str, file: FoundFile) -> Document:
    """A text as a document; what it does not say of itself, its name says."""
    parsed = found.parsed
    path = sendable(file.name)
    if found.member:
        path = f"{path}/{found.member}"
    stem = Path(path).stem
    title = _title(parsed.title) or _title(_NAME_SEPARATOR.sub(" ", stem)) or "Untitled"
    return Document(
        number,
        sendable(parsed.url).strip() or f"file:{quote(f'{prefix}{path}')}",
        title,
        parsed.date or whole_date(stem) or parsed.created,
        parsed.text,
        parsed.places,
        path,
        found.format,
        parsed.pages,
        parsed.language,
        parsed.notes,
        found.sketch,
        file.state,
    )


def _title(text: str) -> str:
    return shorten(sendable(text[: 4 * _LONGEST_TITLE]), _LONGEST_TITLE)
