"""The engine's documents: what was read of the room, what was not, and the pages of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from parallel_nb.api.places import document_id, scan_of
from parallel_nb.engine.corpus.duplicates import find_duplicates
from parallel_nb.engine.corpus.page import listed
from parallel_nb.engine.http.responses import HTTPError, json_response
from parallel_nb.engine.http.state import state_of
from parallel_nb.engine.pages.pages import NoSuchPageError, Wanted

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from parallel_nb.api.places import Scan
    from parallel_nb.engine.corpus.documents import Document, Room

#: Passages of one request, and their characters in all.
MOST_PASSAGES: Final = 8
MOST_CHARACTERS: Final = 8_000
_HARD_TO_READ: Final = ", hard to read: a value from there is medium at most"
#: Pixels of a picture from side to side.
WIDTHS: Final = (100, 2_400)


def describe_documents(corpus: Room) -> list[dict[str, Any]]:
    """One line a document and a file that was not read, by path."""
    lines: list[dict[str, Any]] = []
    paths = {head.id: head.path for head in corpus.heads()}
    duplicates = find_duplicates(corpus.sketches())
    for document in corpus.documents:
        notes = list(document.notes)
        status = "read in part" if notes else "read"
        repeats = duplicates.get(document.id)
        if repeats is not None:
            is_same = repeats.share == 1
            status = "duplicate" if is_same else "near duplicate"
            share = "the same text as" if is_same else f"{repeats.share:.0%} in common with"
            notes.append(f"it has {share} {paths[repeats.of]}")
        notes += _scans(document)
        lines.append(
            {
                "path": document.path,
                "format": document.format,
                "pages": document.pages,
                "characters": len(document.text),
                "language": document.language or None,
                "date": document.date,
                "status": status,
                "reason": "; ".join(notes) or None,
                "title": document.title,
                "url": document.url,
                "duplicate_of": paths[repeats.of] if repeats else None,
                "id": document_id(document.url),
            }
        )
    lines += [
        {"path": file.path, "format": file.format, "status": "not read", "reason": file.reason}
        for file in corpus.skipped
    ]
    return sorted(lines, key=lambda line: line["path"])


def _scans(document: Document) -> list[str]:
    """Which of its pages were read by OCR, as clauses."""
    found: dict[Scan, list[int]] = {}
    for _, place in document.places:
        if scan := scan_of(f"{document.url}#{place.fragment}"):
            found.setdefault(scan, []).append(place.number)
    return [
        f"{listed('page', numbers)}: scanned, read by OCR" + _HARD_TO_READ * (scan == "unclear")
        for scan, numbers in found.items()
    ]


async def list_documents(request: Request) -> Response:
    """All files of the room."""
    state = state_of(request)
    return json_response({"documents": await state.read(describe_documents, state.index.corpus)})


async def show_page(request: Request) -> Response:
    """A page of a document; without a number, the one on which the passage stands."""
    state = state_of(request)
    wanted = _wanted(request)
    name = request.path_params["id"]
    try:
        page = await state.pages.shown(state.index.corpus, name, wanted)
    except NoSuchPageError as error:
        raise HTTPError(404, str(error)) from None
    return json_response(page)


def _wanted(request: Request) -> Wanted:
    """Read which page is asked for.

    Raises:
        HTTPError: a number is none, or there is too much.
    """
    query = request.query_params
    passages = query.getlist("passage")
    if len(passages) > MOST_PASSAGES or sum(map(len, passages)) > MOST_CHARACTERS:
        raise HTTPError(422, f"passage: at most {MOST_PASSAGES}, of {MOST_CHARACTERS:,} characters")
    number = request.path_params.get("number")
    return Wanted(
        None if number is None else _number("the page", number, 1, 9_999_999),
        query.get("place", "")[:MOST_CHARACTERS],
        passages,
        _number("width", query.get("width", str(Wanted().width)), *WIDTHS),
    )


def _number(name: str, text: str, least: int, most: int) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 9 and least <= int(text) <= most):
        raise HTTPError(422, f"{name}: a whole number from {least:,} to {most:,}")
    return int(text)


ROUTES: Final = (
    ("GET", "/engine/documents", list_documents),
    ("GET", "/engine/documents/{id}/pages", show_page),
    ("GET", "/engine/documents/{id}/pages/{number}", show_page),
)
