"""Shows the pages of an engine's documents: what `/engine/documents/{id}/pages/{n}` answers."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from parallel_nb.api.pages import DocumentPage
from parallel_nb.engine.corpus.extraction import Guard, Limits, RoomFile
from parallel_nb.engine.corpus.page import UnreadableFileError
from parallel_nb.engine.corpus.places import place_at, sendable
from parallel_nb.engine.corpus.walk import SAMPLE, file_state, room_files
from parallel_nb.engine.pages.parts import (
    Span,
    blocks_of,
    cut_pages,
    find_place,
    find_spans,
    headings_over,
    in_whole_words,
    label_of,
)
from parallel_nb.engine.pages.protocol import NotDrawn, PageToDraw, decode_answer, encode
from parallel_nb.formats import count
from parallel_nb.rooms import is_room

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from parallel_nb.engine.corpus.documents import Document, Room
    from parallel_nb.engine.corpus.places import Places
    from parallel_nb.engine.pages.protocol import Drawn, Placed

_log = logging.getLogger(__name__)
#: The module that runs in the processes that draw.
WORKER: Final = "parallel_nb.engine.pages.worker"
#: What one page may take.
LIMITS: Final = Limits(seconds=20.0, memory=1_000_000_000)
#: Seconds without a page to draw after which the processes end.
_IDLE: Final = 60.0
#: Pages that are made at once.
_AT_ONCE: Final = 2
_PAGE = re.compile(r"(?:^|&)page=([1-9][0-9]{0,6})(?:&|$)")
_WRITTEN: Final = "The file has been written since it was read."
_NOT_PLACED: Final = (
    "The passage cannot be placed here, so nothing is marked: the document may have been changed "
    "since it was cited."
)


class Wanted(NamedTuple):
    """Which page of a document, and what is marked on it."""

    #: From 1; None for the one on which the place or the passages stand.
    number: int | None = None
    #: The place in the citation's address, such as `page=3`.
    fragment: str = ""
    #: As the engine has read them.
    passages: Sequence[str] = ()
    #: Of a picture, in pixels.
    width: int = 1200


class NoSuchPageError(Exception):
    """There is no such document or page; the message says what is missing."""


class Pages:
    """The pages of a room's documents. Safe to use from several threads.

    Examples:
        >>> pages = Pages(Path("dataroom"))  # doctest: +SKIP
        >>> pages.show(corpus, document_id(url), Wanted(fragment="page=3"))  # doctest: +SKIP
    """

    def __init__(
        self,
        room: Path | None,
        limits: Limits = LIMITS,
        fetch: Callable[[str], None] | None = None,
    ) -> None:
        """Show what is in a room. Nothing is opened yet.

        Args:
            room: the folder; None for the sample documents.
            limits: what one page may take.
            fetch: brings a file of the room there by its name, where it is kept elsewhere.
        """
        self._room = SAMPLE if room is None else room
        self._fetch = fetch
        self._limits = limits
        self._lock = threading.Lock()
        self._guard: Guard | None = None
        self._end: threading.Timer | None = None
        self._drawing = 0
        self._threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="shows")

    async def shown(self, corpus: Room, name: str, wanted: Wanted) -> DocumentPage:
        """The same as `show`, on a thread of its own: a page that takes long holds up no other."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self.show, corpus, name, wanted)

    def show(self, corpus: Room, name: str, wanted: Wanted) -> DocumentPage:
        """Show a page.

        Args:
            corpus: the documents as they are now.
            name: the document's id, by `document_id`.
            wanted: which page, and what is marked.

        Raises:
            NoSuchPageError: there is no such document or page.
        """
        numbers = corpus.numbers_called(name)
        if not numbers:
            raise NoSuchPageError(
                "There is no such document in the room: it was deleted, moved or renamed since "
                "it was cited, or could not be read."
            )
        documents = [corpus.documents[number] for number in numbers]
        document = next(
            (d for d in documents if any(text in d.text for text in wanted.passages)), documents[0]
        )
        spans = find_spans(document.text, document.places, wanted.passages, wanted.fragment)
        if document.format == "PDF":
            return self._page_of_pdf(document, wanted, spans)
        return self._part(document, wanted, spans)

    def close(self) -> None:
        """End the processes that draw."""
        with self._lock:
            guard, self._guard = self._guard, None
            if self._end is not None:
                self._end.cancel()
        if guard is not None:
            guard.close()

    # --- text -----------------------------------------------------------------------------

    def _part(self, document: Document, wanted: Wanted, spans: list[Span]) -> DocumentPage:
        """A slide, or a part of a sheet or a text."""
        pages = cut_pages(document.text, document.places)
        target = spans[0] if spans else find_place(document.text, document.places, wanted.fragment)
        found = _page_at(pages, target.start) if target else 1
        number = found if wanted.number is None else wanted.number
        if number > len(pages):
            raise NoSuchPageError(_no_page(document, number, len(pages)))
        span = pages[number - 1]
        is_slides = len(pages) == document.pages and document.places[0][1].kind == "slide"
        page = _text_page(document, span, spans)
        page.number, page.total = number, len(pages)
        page.unit = "slide" if is_slides else "part"
        notes = self._notes_of_file(document)
        if wanted.passages and not spans:
            notes.append(_NOT_PLACED)
        elif wanted.number is None and not target:
            notes.append("The place is not known; this is the beginning.")
        page.note = " ".join(notes)
        return page

    def _notes_of_file(self, document: Document) -> list[str]:
        """What has become of a file since its text was read."""
        try:
            file, _ = self._file_of(document)
        except UnreadableFileError as error:
            return [f"This is the text as it was read: {error}."]
        return [_WRITTEN] if _is_written(file, document) else []

    # --- pictures -------------------------------------------------------------------------

    def _page_of_pdf(self, document: Document, wanted: Wanted, spans: list[Span]) -> DocumentPage:
        """A page of a PDF, drawn where that can be done."""
        total = document.pages or 1
        cited = _cited_page(document, wanted.fragment, spans)
        number = wanted.number or cited
        if number > total:
            raise NoSuchPageError(_no_page(document, number, total))
        span = _span_of_page(document.places, len(document.text), number)
        page = _text_page(document, span, spans)
        page.number, page.total, page.unit = number, total, "page"
        if span.start == span.end:  # a page without text
            page.label, page.url = f"p. {number}", document.url
        # The same words may stand on other pages, which were not cited.
        stands_here = number == cited or page.is_marked
        passages = [
            in_whole_words(document.text, passage, spans)
            for passage in wanted.passages
            if passage.strip() and stands_here
        ]
        notes = []
        try:
            file, member = self._file_of(document)
            if _is_written(file, document):
                notes.append(_WRITTEN)
            drawn = self._draw(file, member, number, passages, wanted.width)
        except UnreadableFileError as error:
            notes.append(f"The page cannot be drawn: {error}. This is its text as it was read.")
            if passages and not page.is_marked:
                notes.append(_NOT_PLACED)
        else:
            page.picture, page.width, page.height = drawn.picture, drawn.width, drawn.height
            page.marks, page.is_marked = drawn.marks, bool(drawn.marks)
            notes += _notes_of(drawn.placed)
        page.note = " ".join(notes)
        return page

    def _draw(
        self, file: RoomFile, member: str, number: int, passages: Sequence[str], width: int
    ) -> Drawn:
        """Have a process draw a page.

        Raises:
            UnreadableFileError: it cannot be drawn; says why.
        """
        guard = self._begin()
        try:
            request = PageToDraw(
                os.fsencode(file.path), os.fsencode(file.root), member, number, list(passages),
                width, guard.ends_after,
            )  # fmt: skip
            answer: Drawn | NotDrawn = decode_answer(guard.ask(encode(request)))
        finally:
            self._finish()
        if isinstance(answer, NotDrawn):
            raise UnreadableFileError(answer.reason)
        return answer

    def _begin(self) -> Guard:
        with self._lock:
            self._drawing += 1
            if self._end is not None:
                self._end.cancel()
            if self._guard is None:
                self._guard = Guard(self._limits, WORKER)
            return self._guard

    def _finish(self) -> None:
        with self._lock:
            self._drawing -= 1
            if not self._drawing:
                self._end = threading.Timer(_IDLE, self._close_if_idle)
                self._end.daemon = True
                self._end.start()

    def _close_if_idle(self) -> None:
        with self._lock:
            if self._drawing:
                return
            guard, self._guard = self._guard, None
        if guard is not None:
            guard.close()

    def _file_of(self, document: Document) -> tuple[RoomFile, str]:
        """The file of a document, and the path within it where it stands in another.

        Raises:
            UnreadableFileError: it is not there any more, or leads out of the room.
        """
        path = document.path
        if self._fetch is not None:
            try:
                self._fetch(path)
            except Exception as error:
                _log.warning("%s could not be fetched: %s", path, error)
                raise UnreadableFileError("it cannot be fetched now") from error
        for file in self._files(path):
            if f"{path}/".startswith(f"{file.name}/"):
                real = os.path.realpath(file.path)
                if not Path(real).is_relative_to(os.path.realpath(file.root)):
                    raise UnreadableFileError("it is a link to outside of the folder")
                return file, path[len(file.name) + 1 :]
        raise UnreadableFileError("it is not there any more")

    def _files(self, path: str) -> Iterator[RoomFile]:
        """The files of the room that may be the one of a document, the likely ones first."""
        if not is_room(self._room):
            parts = path.split("/")
            for end in range(1, len(parts) + 1):
                name = "/".join(parts[:end])
                with contextlib.suppress(OSError, ValueError):
                    if (self._room / name).is_file():
                        yield RoomFile(self._room / name, self._room, name)
        for file in room_files(self._room, []):
            yield file.file._replace(name=sendable(file.name))


def _text_page(document: Document, span: Span, marks: Sequence[Span]) -> DocumentPage:
    """A page with its text; its number is not known yet."""
    first = next((m.start for m in marks if m.start < span.end and span.start < m.end), span.start)
    place = document.place_at(span.start)
    is_sheet = place is not None and place.kind == "sheet"
    return DocumentPage(
        url=document.url_of(first, first + 1),
        path=document.path,
        title=document.title,
        format=document.format,
        number=1,
        total=1,
        unit="part",
        label=label_of(document.text, document.places, span),
        headings=[] if is_sheet else headings_over(document.text, max(first, span.start)),
        is_marked=any(mark.start < span.end and span.start < mark.end for mark in marks),
        blocks=blocks_of(document.text, document.places, span, marks),
    )


def _page_at(pages: Sequence[Span], offset: int) -> int:
    """The number of the page that an offset stands on."""
    return next((n for n, page in enumerate(pages, 1) if offset < page.end), len(pages))


def _cited_page(document: Document, fragment: str, spans: Sequence[Span]) -> int:
    """The page that is cited: by its number, else by where the passage was found."""
    if named := _PAGE.search(fragment):
        return int(named[1])
    place = place_at(document.text, document.places, spans[0].start) if spans else None
    return place.number if place else 1


def _span_of_page(places: Places, length: int, number: int) -> Span:
    """The text of a page of a PDF; an empty one where it has none."""
    offsets = [*places, (length, None)]
    for (start, place), (end, _) in zip(places, offsets[1:], strict=True):
        if place.number == number:
            return Span(start, end)
    return Span(0, 0)


def _no_page(document: Document, number: int, total: int) -> str:
    return f"{document.path} has no page {number:,}: it has {count(total, 'page')}."


def _is_written(file: RoomFile, document: Document) -> bool:
    """Whether a file is another than the one that was read."""
    return document.file_state not in {None, file_state(file.path)}


def _notes_of(placed: Sequence[Placed]) -> list[str]:
    """What a person should know of the marks of a picture."""
    if not placed:
        return []
    unmarked = [passage for passage in placed if not passage.is_marked]
    most = max(passage.times for passage in placed)
    if unmarked and len(unmarked) == len(placed):
        if most > 1:
            return [f"These words stand {most:,} times on this page, so that none is marked."]
        return [_NOT_PLACED]
    notes = []
    if unmarked:
        notes.append(f"{count(len(unmarked), 'passage')} of {len(placed):,} cannot be placed here.")
    if most > 1:
        notes.append(f"These words stand {most:,} times on this page; all are marked.")
    return notes
