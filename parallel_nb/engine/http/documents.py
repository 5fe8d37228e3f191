"""`GET /engine/documents`: every file of the room, what was read of it, and what was not."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Final

from parallel_nb.engine.http.responses import json_response
from parallel_nb.engine.http.state import state_of

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from parallel_nb.engine.corpus.documents import Room


def describe_documents(corpus: Room) -> list[dict[str, Any]]:
    """One line a document and a file that was not read, by path."""
    first_of_text: dict[bytes, str] = {}
    lines: list[dict[str, Any]] = []
    for document in corpus.documents:
        # a digest: the texts of a large room are not all in memory
        digest = hashlib.sha256(document.text.encode()).digest()
        same = first_of_text.setdefault(digest, document.path)
        notes = list(document.notes)
        status = "read in part" if notes else "read"
        if same != document.path:
            status = "duplicate"
            notes.append(f"it has the same text as {same}")
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
