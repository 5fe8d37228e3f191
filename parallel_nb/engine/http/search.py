"""Search and extract, in each generation of the API."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Literal

from parallel_nb.api.processors import MAX_SEARCH_RESULTS
from parallel_nb.engine.http.callers import charge
from parallel_nb.engine.http.responses import json_response
from parallel_nb.engine.http.state import state_of
from parallel_nb.engine.http.validate_search import (
    read_alpha_search,
    read_beta_extract,
    read_beta_search,
    read_v1_extract,
    read_v1_search,
)
from parallel_nb.engine.index.excerpts import Excerpts

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request
    from starlette.responses import Response

    from parallel_nb.api.types import JsonObject
    from parallel_nb.engine.corpus.documents import Document
    from parallel_nb.engine.http.validate_search import ExtractRequest, SearchRequest
    from parallel_nb.engine.index.fulltext import Index, Rescore


class _Budget:
    """The characters of excerpts that one answer may still hold."""

    def __init__(self, request: SearchRequest | ExtractRequest) -> None:
        self._per_result = request.max_chars_per_result
        self._left = request.max_chars_total

    def excerpts(
        self, chosen: Excerpts, document: Document, passages: tuple[str, ...] = ()
    ) -> list[str]:
        """Excerpts of one page; where no query is found in it, the first passage or its start."""
        limit = self._per_result if self._left is None else min(self._left, self._per_result)
        if not limit:
            return []
        found = chosen.of(
            document, max_chars=limit, max_chars_per_excerpt=min(limit, limit // 2 + 500)
        )
        excerpts = found or [text[:limit] for text in (*passages, document.text)[:1]]
        if self._left is not None:
            self._left = max(0, self._left - sum(map(len, excerpts)))
        return excerpts


def find_pages(
    index: Index, search: SearchRequest, rescore: Rescore | None = None
) -> list[JsonObject]:
    """Ranked pages with the excerpts that bear on the question.

    The base effort goes by the queries alone (by the objective when there are none); the
    pro effort weighs the objective in.

    Returns:
        Pages as the API shows them: url, title, publish_date, excerpts.
    """
    objective = search.objective if search.effort == "pro" or not search.queries else None
    hits = index.search(
        search.queries,
        limit=min(search.max_results, MAX_SEARCH_RESULTS),
        policy=search.policy,
        objective=objective,
        rescore=rescore,
    )
    queries = [*search.queries, *([objective] if objective else [])]
    budget = _Budget(search)
    chosen = Excerpts(index, [hit.document for hit in hits], queries)
    return [
        _page(hit.document) | {"excerpts": budget.excerpts(chosen, hit.document, hit.passages)}
        for hit in hits
    ]


def read_pages(index: Index, extract: ExtractRequest) -> tuple[list[JsonObject], list[JsonObject]]:
    """The pages that were asked for, and why some cannot be given.

    Returns:
        Pages (url, title, publish_date, excerpts, full_content) and errors (url,
        error_type, http_status_code, content), both as the API shows them.
    """
    pages, errors = [], []
    budget = _Budget(extract)
    documents = [index.document(url) for url in extract.urls]
    found = [document for document in documents if document is not None]
    chosen = Excerpts(index, found, extract.queries)
    for url, document in zip(extract.urls, documents, strict=True):
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
        limit = extract.full_content
        pages.append(
            _page(document)
            | {
                "excerpts": budget.excerpts(chosen, document) if extract.excerpts else [],
                "full_content": None if limit is False else document.text[:limit],
            }
        )
    return pages, errors


def _page(document: Document) -> JsonObject:
    return {"url": document.url, "title": document.title, "publish_date": document.date}


# --- routes -----------------------------------------------------------------------------


def _id(kind: str) -> str:
    return f"{kind}_{uuid.uuid4().hex}"


async def alpha_search(request: Request) -> Response:
    """Search, alpha generation."""
    answer = await _search(request, read_alpha_search)
    pages = [
        {name: value for name, value in page.items() if name != "publish_date"}
        for page in answer["results"]
    ]
    return json_response({"search_id": answer["search_id"], "results": pages})


async def beta_search(request: Request) -> Response:
    """Search, v1beta generation."""
    answer = await _search(request, read_beta_search)
    del answer["session_id"]
    return json_response(answer)


async def v1_search(request: Request) -> Response:
    """Search, current generation."""
    return json_response(await _search(request, read_v1_search))


async def _search(request: Request, read: Callable[[bytes], SearchRequest]) -> JsonObject:
    state = state_of(request)
    search = read(await request.body())
    await charge(request, "search", search.objective or " · ".join(search.queries))
    pages: list[JsonObject] = await state.read(find_pages, state.index, search, state.rescore)
    return _answer("search", search, pages, billed=1)


async def beta_extract(request: Request) -> Response:
    """Extract, v1beta generation."""
    answer = await _extract(request, read_beta_extract)
    del answer["session_id"]
    return json_response(answer)


async def v1_extract(request: Request) -> Response:
    """Extract, current generation."""
    return json_response(await _extract(request, read_v1_extract))


async def _extract(request: Request, read: Callable[[bytes], ExtractRequest]) -> JsonObject:
    state = state_of(request)
    extract = read(await request.body())
    await charge(request, "extract", " ".join(extract.urls))
    pages, errors = await state.read(read_pages, state.index, extract)
    return _answer("extract", extract, pages, billed=len(pages)) | {"errors": errors}


def _answer(
    kind: Literal["search", "extract"],
    request: SearchRequest | ExtractRequest,
    pages: list[JsonObject],
    billed: int,
) -> JsonObject:
    """What a search and an extract answer alike, as the current generation shows it."""
    return {
        f"{kind}_id": _id(kind),
        "results": pages,
        "session_id": request.session_id or _id("session"),
        "warnings": request.warnings or None,
        "usage": [{"name": kind, "count": billed}],
    }


ROUTES = (
    ("POST", "/alpha/search", alpha_search),
    ("POST", "/v1beta/search", beta_search),
    ("POST", "/v1/search", v1_search),
    ("POST", "/v1beta/extract", beta_extract),
    ("POST", "/v1/extract", v1_extract),
)
