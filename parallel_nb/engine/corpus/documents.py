"""A folder of files as documents: pages with an address, a title, a date and a text.

Nothing about a document is invented. Its address is the one that it names itself, else a
stable one below the folder's name (`file:dataroom/notes/a.md`), which reveals nothing of
where the folder stands. Its date is the one that it or its file name carries; the time
of the file is not used, because copying or cloning a folder sets it to today.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol
from urllib.parse import quote

import msgspec

from parallel_nb.api.errors import ConnectionProblem
from parallel_nb.api.places import document_id
from parallel_nb.engine.corpus.dates import whole_date
from parallel_nb.engine.corpus.duplicates import Sketch, sketch
from parallel_nb.engine.corpus.extraction import extract_files
from parallel_nb.engine.corpus.page import host_of
from parallel_nb.engine.corpus.passages import passages
from parallel_nb.engine.corpus.places import Places, place_at, place_of, sendable
from parallel_nb.engine.corpus.walk import SAMPLE, FileState, SkippedFile, walk
from parallel_nb.formats import count, shorten

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from parallel_nb.engine.corpus.extraction import Limits
    from parallel_nb.engine.corpus.formats import ExtractedText, Unread
    from parallel_nb.engine.corpus.passages import Passage
    from parallel_nb.engine.corpus.places import Place
    from parallel_nb.engine.corpus.walk import FoundFile

#: A longer title is cut, in characters.
_LONGEST_TITLE: Final = 300
_NAME_SEPARATOR = re.compile(r"[-_\s]+")


class Document(msgspec.Struct, frozen=True, array_like=True):
    """One document that is read. It is kept as it is, so the order of its fields stays."""

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


class Documents(Protocol):
    """Documents by their numbers."""

    def __getitem__(self, number: int, /) -> Document:
        """The document with this number."""

    def __iter__(self) -> Iterator[Document]:
        """All of them, in the order of their numbers."""

    def __len__(self) -> int:
        """How many there are."""


class Room(Protocol):
    """Documents that can be indexed: in memory (`Corpus`) or on disk (`library.Library`)."""

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

    def numbers_called(self, name: str) -> Sequence[int]:
        """The documents with this id; see `api.places.document_id`."""

    def sketch_of(self, number: int) -> Sketch:
        """What of a document is compared with others to find its duplicates."""

    def sketches(self) -> Iterable[tuple[int, Sketch]]:
        """The same of all documents, in the order of their numbers."""

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

    def numbers_called(self, name: str) -> Sequence[int]:
        """See `Room`."""
        return [each.id for each in self.documents if document_id(each.url) == name]

    def sketch_of(self, number: int) -> Sketch:
        """See `Room`."""
        document = self.documents[number]
        return sketch(document.text, document.title)

    def sketches(self) -> Iterable[tuple[int, Sketch]]:
        """See `Room`."""
        return ((number, self.sketch_of(number)) for number in range(len(self.documents)))

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


def _why_nothing(skipped: Sequence[SkippedFile]) -> str:
    if not skipped:
        return ": it is empty"
    first = skipped[0]
    others = len(skipped) - 1
    more = f", as were {count(others, 'other file')}" if others else ""
    return f": {first.path} was skipped ({first.reason}){more}"


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
        file.state,
    )


def _title(text: str) -> str:
    return shorten(sendable(text[: 4 * _LONGEST_TITLE]), _LONGEST_TITLE)
