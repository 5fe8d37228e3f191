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
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from parallel_nb.api.errors import ConnectionProblem
from parallel_nb.engine.corpus.dates import whole_date
from parallel_nb.engine.corpus.extraction import RoomFile, extract_files
from parallel_nb.engine.corpus.extraction_cache import ExtractionCache
from parallel_nb.engine.corpus.formats import FORMATS, Extracted, ExtractedText, suffix_of
from parallel_nb.engine.corpus.page import host_of
from parallel_nb.engine.corpus.places import place_at, place_of, sendable
from parallel_nb.formats import count, shorten
from parallel_nb.rooms import is_room, read_room, room_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from parallel_nb.engine.corpus.duplicates import Sketch
    from parallel_nb.engine.corpus.extraction import Limits
    from parallel_nb.engine.corpus.places import Place, Places

#: A longer title is cut, in characters.
_LONGEST_TITLE: Final = 300
_NAME_SEPARATOR = re.compile(r"[-_\s]+")
#: The folder of the sample documents, and its name in displays.
SAMPLE: Final = Path(__file__).parents[1] / "sample"
SAMPLE_NAME: Final = "sample documents"


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


@dataclass(frozen=True, slots=True)
class Corpus:
    """The documents of one folder."""

    name: str
    documents: tuple[Document, ...]
    skipped: tuple[SkippedFile, ...] = ()

    @property
    def fingerprint(self) -> str:
        """64 hexadecimal digits that change when any document does, wherever the folder is."""
        digest = hashlib.sha256()
        for document in self.documents:
            for part in (document.url, document.title, document.date or "", document.text):
                data = part.encode("utf-8", "surrogatepass")
                digest.update(len(data).to_bytes(8, "big"))
                digest.update(data)
        return digest.hexdigest()


def folder_fingerprint(folder: Path | None) -> str:
    """Changes when a document below `folder` is added, removed or written: paths, sizes, times.

    None stands for the sample documents. Nothing is read but the folder's own entries.
    """
    digest = hashlib.sha256()
    for file in room_files(SAMPLE if folder is None else folder, []):
        if suffix_of(file.path.name) not in FORMATS:
            continue
        with contextlib.suppress(OSError):
            status = file.path.stat()
            line = f"{file.name}\0{status.st_size}\0{status.st_mtime_ns}\n"
            digest.update(line.encode("utf-8", "surrogateescape"))
    return digest.hexdigest()[:32]


def load_corpus(
    folder: Path | None = None, cache: Path | None = None, limits: Limits | None = None
) -> Corpus:
    """Read every document below `folder`; None reads the sample documents.

    Hidden files and folders stay out. What cannot be read is listed with the reason.

    Args:
        folder: the documents.
        cache: a folder for what was found in the files, so that only those are read again that
            have changed; None keeps nothing.
        limits: what one file may take of time and memory.

    Raises:
        ConnectionProblem: there is no such folder, or nothing in it can be read.

    Examples:
        >>> corpus = load_corpus()
        >>> corpus.name, len(corpus.skipped)
        ('sample documents', 0)
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
    documents: list[Document] = []
    skipped: list[SkippedFile] = []
    files = list(room_files(root, skipped))
    for file, extracted in _extract(files, cache, limits):
        relative = sendable(file.name)
        for unread in extracted.unread:
            inner = f"{relative}/{unread.member}" if unread.member else relative
            skipped.append(SkippedFile(inner, unread.reason, unread.format))
        for found in extracted.texts:
            documents.append(_document(len(documents), found, prefix, relative))
    if not documents:
        raise ConnectionProblem(
            f"There is no readable document in {root}{_why_nothing(skipped)}.",
            "Put documents there, such as PDF, Word, Excel, HTML, Markdown or text files, "
            "or connect without --documents to use the sample documents.",
        )
    return Corpus(name, tuple(documents), tuple(skipped))


def room_files(room: Path, skipped: list[SkippedFile]) -> Iterator[RoomFile]:
    """The files of a folder, or of the sources of a room, each once, in a stable order."""
    if not is_room(room):
        for path in _files(room, skipped):
            yield RoomFile(path, room, path.relative_to(room).as_posix())
        return
    seen: set[Path] = set()
    roots: dict[str, Path] = {}
    for root, chosen in read_room(room):
        name = root.name or "documents"
        number = 1
        while roots.setdefault(name, root) != root:
            number += 1
            name = f"{root.name} ({number})"
        for path in _files(root, skipped) if chosen is None else chosen:
            if path not in seen:
                seen.add(path)
                yield RoomFile(path, root, f"{name}/{path.relative_to(root).as_posix()}")


def _extract(
    files: list[RoomFile], cache: Path | None, limits: Limits | None
) -> Iterator[tuple[RoomFile, Extracted]]:
    """What is in each file, in their order: as it was found before, or read now."""
    with ExtractionCache(cache) as kept:
        known: dict[RoomFile, Extracted] = {}
        status: dict[RoomFile, os.stat_result] = {}
        for file in files:
            with contextlib.suppress(OSError):
                status[file] = file.path.stat()
                if found := kept.get(os.fsencode(file.name), status[file]):
                    known[file] = found
        new = extract_files((file for file in files if file not in known), limits)
        for file in files:
            extracted = known.get(file) or next(new)
            if file not in known and file in status and suffix_of(file.name) in FORMATS:
                kept.put(os.fsencode(file.name), status[file], extracted)
            yield file, extracted
        kept.keep_only({os.fsencode(file.name) for file in files})


def _why_nothing(skipped: list[SkippedFile]) -> str:
    if not skipped:
        return ": it is empty"
    first = skipped[0]
    others = len(skipped) - 1
    more = f", as were {count(others, 'other file')}" if others else ""
    return f": {first.path} was skipped ({first.reason}){more}"


def _files(root: Path, skipped: list[SkippedFile]) -> Iterator[Path]:
    """The files below `root` in a stable order; folders that cannot be read are noted."""

    def note_unreadable(error: OSError) -> None:
        path = Path(error.filename) if error.filename else root
        is_below = path.is_relative_to(root)
        relative = sendable(path.relative_to(root).as_posix()) if is_below else "."
        skipped.append(SkippedFile(relative, f"the folder cannot be read ({error.strerror})"))

    seen: set[str] = set()
    waiting = [root]
    while waiting:
        for folder, folders, names in os.walk(waiting.pop(), onerror=note_unreadable):
            seen.add(os.path.realpath(folder))
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            waiting += [Path(folder, name) for name in folders if Path(folder, name).is_symlink()]
            for name in sorted(names):
                if not name.startswith("."):
                    yield Path(folder, name)
        # What a link leads to within the folder is read where it stands, or here if it is hidden.
        waiting = [link for link in waiting if _is_followed(link, root, seen, skipped)]


def _is_followed(link: Path, root: Path, seen: set[str], skipped: list[SkippedFile]) -> bool:
    """Whether to read a linked folder; one that leads out is noted."""
    target = os.path.realpath(link)
    if Path(target).is_relative_to(os.path.realpath(root)):
        return target not in seen
    reason = (
        "it is a link to a folder outside; to have that read, name it among the documents as well"
    )
    skipped.append(SkippedFile(sendable(link.relative_to(root).as_posix()), reason, "folder"))
    return False


def _document(number: int, found: ExtractedText, prefix: str, file: str) -> Document:
    """A text as a document; what it does not say of itself, its name says."""
    parsed = found.parsed
    path = f"{file}/{found.member}" if found.member else file
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
    )


def _title(text: str) -> str:
    return shorten(sendable(text[: 4 * _LONGEST_TITLE]), _LONGEST_TITLE)
