"""`GET /engine/documents`: every file of the room, what was read of it, and what was not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from parallel_nb.engine.corpus.duplicates import find_duplicates, sketch
from parallel_nb.engine.http.responses import json_response
from parallel_nb.engine.http.state import state_of

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from parallel_nb.engine.corpus.documents import Corpus
    from parallel_nb.engine.corpus.duplicates import Sketch


def describe_documents(corpus: Corpus) -> list[dict[str, Any]]:
    """One line a document and a file that was not read, by path."""
    lines: list[dict[str, Any]] = []
    paths: dict[int, str] = {}
    sketches: list[tuple[int, Sketch]] = []
    for document in corpus.documents:
        paths[document.id] = document.path
        sketches.append((document.id, document.sketch or sketch(document.text, document.title)))
    duplicates = find_duplicates(sketches)
    for document in corpus.documents:
        notes = list(document.notes)
        status = "read in part" if notes else "read"
        repeats = duplicates.get(document.id)
        if repeats is not None:
            is_same = repeats.share == 1
            status = "duplicate" if is_same else "near duplicate"
            share = "the same text as" if is_same else f"{repeats.share:.0%} in common with"
            notes.append(f"it has {share} {paths[repeats.of]}")
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
            }
        )
    lines += [
        {"path": file.path, "format": file.format, "status": "not read", "reason": file.reason}
        for file in corpus.skipped
    ]
    return sorted(lines, key=lambda line: line["path"])


async def list_documents(request: Request) -> Response:
    """All files of the room."""
    state = state_of(request)
    return json_response({"documents": await state.read(describe_documents, state.index.corpus)})


ROUTES: Final = (("GET", "/engine/documents", list_documents),)
