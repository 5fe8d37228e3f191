"""Search and extract, in each generation."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from parallel_nb.engine.http import validate_search
from parallel_nb.engine.http.responses import json_answer

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request
    from starlette.responses import Response

    from parallel_nb.engine.corpus.documents import Document
    from parallel_nb.engine.http.app import Engine
    from parallel_nb.engine.http.validate_search import Extract, Search
    from parallel_nb.engine.index.fulltext import Index


async def _search(request: Request, read: Callable[[bytes], Search]) -> tuple[Search, Any]:
    engine: Engine = request.app.state.engine
    search = read(await request.body())
    return search, await engine.read(find, engine.index, search)


def find(index: Index, search: Search) -> list[dict[str, Any]]:
    """Ranked pages with the excerpts that bear on the question.

    The base effort goes by the queries alone (by the objective when there are none); the
    pro effort weighs the objective in.
    """
    objective = search.objective if search.effort == "pro" or not search.queries else None
    hits = index.search(
        search.queries,
        limit=min(search.max_results, validate_search.MAX_RESULTS),
        policy=search.policy,
        objective=objective,
    )
    asked = [*search.queries, *([objective] if objective else [])]
    rows = []
    left = search.max_chars_total
    for hit in hits:
        room = (
            search.max_chars_per_result if left is None else min(left, search.max_chars_per_result)
        )
        excerpts = _excerpts(index, hit.document, asked, room, hit.passages) if room else []
        left = left if left is None else max(0, left - sum(map(len, excerpts)))
        rows.append(_page(hit.document) | {"excerpts": excerpts})
    return rows


def _excerpts(
    index: Index, document: Document, queries: list[str], room: int, else_take: tuple[str, ...]
) -> list[str]:
    found = index.excerpts(
        document, queries, max_chars=room, max_chars_per_excerpt=min(room, room // 2 + 500)
    )
    if found:
        return found
    return [text[:room] for text in (*else_take, document.text)[:1]]


def _page(document: Document) -> dict[str, Any]:
    return {"url": document.url, "title": document.title, "publish_date": document.date}


def _id(kind: str) -> str:
    return f"{kind}_{uuid.uuid4().hex}"


async def alpha_search(request: Request) -> Response:
    """Search, alpha generation."""
    _, rows = await _search(request, validate_search.alpha_search)
    for row in rows:
        del row["publish_date"]
    return json_answer({"search_id": _id("search"), "results": rows})


async def beta_search(request: Request) -> Response:
    """Search, v1beta generation."""
    search, rows = await _search(request, validate_search.beta_search)
    return json_answer(
        {
            "search_id": _id("search"),
            "results": rows,
            "warnings": search.warnings or None,
            "usage": [{"name": "search", "count": 1}],
        }
    )


async def v1_search(request: Request) -> Response:
    """Search, current generation."""
    search, rows = await _search(request, validate_search.v1_search)
    return json_answer(
        {
            "search_id": _id("search"),
            "results": rows,
            "session_id": search.session_id or _id("session"),
            "warnings": search.warnings or None,
            "usage": [{"name": "search", "count": 1}],
        }
    )


async def _extract(request: Request, read: Callable[[bytes], Extract]) -> dict[str, Any]:
    engine: Engine = request.app.state.engine
    extract = read(await request.body())
    rows, errors = await engine.read(pages, engine.index, extract)
    return {
        "extract_id": _id("extract"),
        "results": rows,
        "errors": errors,
        "session_id": extract.session_id or _id("session"),
        "warnings": extract.warnings or None,
        "usage": [{"name": "extract", "count": len(rows)}],
    }


def pages(index: Index, extract: Extract) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The pages that were asked for, and why some cannot be given."""
    rows, errors = [], []
    left = extract.max_chars_total
    for url in extract.urls:
        document = index.document(url)
        if document is None:
            errors.append(
                {
                    "url": url,
                    "error_type": "fetch_error",
                    "http_status_code": 404,
                    "content": "This address is not among the engine's documents.",
                }
            )
            continue
        row = _page(document)
        room = extract.max_chars_per_result
        room = room if left is None else min(left, room)
        excerpts: list[str] = []
        if extract.excerpts and room:
            excerpts = _excerpts(index, document, extract.queries, room, ())
            left = left if left is None else max(0, left - sum(map(len, excerpts)))
        row["excerpts"] = excerpts
        full = extract.full_content
        row["full_content"] = None if full is False else document.text[:full]
        rows.append(row)
    return rows, errors


async def beta_extract(request: Request) -> Response:
    """Extract, v1beta generation."""
    answer = await _extract(request, validate_search.beta_extract)
    del answer["session_id"]
    return json_answer(answer)


async def v1_extract(request: Request) -> Response:
    """Extract, current generation."""
    return json_answer(await _extract(request, validate_search.v1_extract))


ROUTES = (
    ("POST", "/alpha/search", alpha_search),
    ("POST", "/v1beta/search", beta_search),
    ("POST", "/v1/search", v1_search),
    ("POST", "/v1beta/extract", beta_extract),
    ("POST", "/v1/extract", v1_extract),
)
