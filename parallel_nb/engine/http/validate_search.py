"""Searches and extracts as they may be sent, in each generation.

All shapes end in the same questions (`Search`, `Extract`), so that the routes know no
generation.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Final, Literal

import msgspec

from parallel_nb.api.types import (  # noqa: TC001 - msgspec reads the annotations
    FetchPolicy,
    SourcePolicy,
)
from parallel_nb.engine.http.validate import check_policy, decode, not_used, refuse, warning

if TYPE_CHECKING:
    from parallel_nb.api.types import JsonObject

Effort = Literal["base", "pro"]
MAX_URLS: Final = 20
DEFAULT_RESULTS: Final = 10
#: More results than this are not given; the answer says so.
MAX_RESULTS: Final = 100
DEFAULT_EXCERPT_CHARS: Final[dict[Effort, int]] = {"base": 1500, "pro": 3000}
#: Newer generations raise a smaller limit of characters to this.
MIN_EXCERPT_CHARS: Final = 1000
_Count = Annotated[int, msgspec.Meta(ge=1)]
_Session = Annotated[str, msgspec.Meta(max_length=1000)]


# --- search -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Search:
    """A search, whatever the generation that it came in."""

    objective: str | None
    queries: list[str]
    effort: Effort
    max_results: int
    max_chars_per_result: int
    max_chars_total: int | None
    policy: SourcePolicy | None
    session_id: str | None = None
    warnings: list[JsonObject] = field(default_factory=list)


class _AlphaSearch(msgspec.Struct):
    processor: Effort
    objective: str | None = None
    search_queries: list[str] | None = None
    max_results: _Count | None = None
    max_chars_per_result: _Count | None = None
    source_policy: SourcePolicy | None = None


class _Excerpts(msgspec.Struct):
    max_chars_per_result: _Count | None = None
    max_chars_total: _Count | None = None


class _BetaSearch(msgspec.Struct):
    mode: Literal["one-shot", "agentic", "fast"] | None = None
    objective: str | None = None
    search_queries: list[str] | None = None
    processor: Effort | None = None
    max_results: _Count | None = None
    max_chars_per_result: _Count | None = None
    excerpts: _Excerpts | None = None
    location: str | None = None
    source_policy: SourcePolicy | None = None
    fetch_policy: FetchPolicy | None = None
    session_id: _Session | None = None
    client_model: str | None = None


class _ExcerptSettings(msgspec.Struct, forbid_unknown_fields=True):
    max_chars_per_result: _Count | None = None


class _SearchSettings(msgspec.Struct, forbid_unknown_fields=True):
    source_policy: SourcePolicy | None = None
    fetch_policy: FetchPolicy | None = None
    excerpt_settings: _ExcerptSettings | None = None
    location: str | None = None
    max_results: _Count | None = None


class _Search(msgspec.Struct, forbid_unknown_fields=True):
    search_queries: Annotated[list[str], msgspec.Meta(min_length=1)]
    objective: str | None = None
    mode: Literal["turbo", "fast", "basic", "advanced"] | None = None
    max_chars_total: _Count | None = None
    session_id: _Session | None = None
    client_model: str | None = None
    advanced_settings: _SearchSettings | None = None


def alpha_search(body: bytes) -> Search:
    """Read a search of the alpha generation."""
    sent = decode(body, _AlphaSearch)
    return _search(
        Search(
            sent.objective,
            sent.search_queries or [],
            sent.processor,
            sent.max_results or DEFAULT_RESULTS,
            sent.max_chars_per_result or DEFAULT_EXCERPT_CHARS["base"],
            None,
            sent.source_policy,
        )
    )


def beta_search(body: bytes) -> Search:
    """Read a search of the v1beta generation, old or new form."""
    sent = decode(body, _BetaSearch)
    effort: Effort = sent.processor or ("pro" if sent.mode == "agentic" else "base")
    excerpts = sent.excerpts or _Excerpts()
    made = Search(
        sent.objective,
        sent.search_queries or [],
        effort,
        sent.max_results or DEFAULT_RESULTS,
        # the old top-level limit is taken as it is, the newer ones are raised
        _at_least(excerpts.max_chars_per_result)
        or sent.max_chars_per_result
        or DEFAULT_EXCERPT_CHARS[effort],
        _at_least(excerpts.max_chars_total),
        sent.source_policy,
        sent.session_id,
    )
    return _search(made, location=sent.location, fetch=sent.fetch_policy)


def v1_search(body: bytes) -> Search:
    """Read a search of the current generation."""
    sent = decode(body, _Search)
    settings = sent.advanced_settings or _SearchSettings()
    excerpts = settings.excerpt_settings or _ExcerptSettings()
    effort: Effort = "pro" if sent.mode in {None, "advanced"} else "base"
    made = Search(
        sent.objective,
        sent.search_queries,
        effort,
        settings.max_results or DEFAULT_RESULTS,
        _at_least(excerpts.max_chars_per_result) or DEFAULT_EXCERPT_CHARS[effort],
        sent.max_chars_total,
        settings.source_policy,
        sent.session_id,
    )
    return _search(made, location=settings.location, fetch=settings.fetch_policy)


def _at_least(limit: int | None) -> int | None:
    return None if limit is None else max(limit, MIN_EXCERPT_CHARS)


def _search(
    search: Search, *, location: str | None = None, fetch: FetchPolicy | None = None
) -> Search:
    if not (search.objective or "").strip() and not search.queries:
        refuse("at least one of objective and search_queries is needed", "objective")
    if any(not query.strip() for query in search.queries):
        refuse("a query is empty", "search_queries")
    check_policy(search.policy, "source_policy")
    search.warnings.extend(not_used(location=location, fetch=fetch))
    if search.max_results > MAX_RESULTS:
        text = f"max_results was lowered from {search.max_results} to {MAX_RESULTS}."
        search.warnings.append(warning(text))
    return search


# --- extract ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Extract:
    """Pages to be read, whatever the generation."""

    urls: list[str]
    queries: list[str]
    excerpts: bool
    max_chars_per_result: int
    max_chars_total: int | None
    #: False, or the characters of full text at most (None: all of it).
    full_content: Literal[False] | int | None
    session_id: str | None = None
    warnings: list[JsonObject] = field(default_factory=list)


class _FullContent(msgspec.Struct):
    max_chars_per_result: _Count | None = None


class _BetaExtract(msgspec.Struct):
    urls: list[str]
    objective: str | None = None
    search_queries: list[str] | None = None
    fetch_policy: FetchPolicy | None = None
    excerpts: bool | _Excerpts = True
    full_content: bool | _FullContent = False
    session_id: _Session | None = None
    client_model: str | None = None


class _ExtractSettings(msgspec.Struct, forbid_unknown_fields=True):
    fetch_policy: FetchPolicy | None = None
    excerpt_settings: _ExcerptSettings | None = None
    full_content: bool | _FullContent = False


class _Extract(msgspec.Struct, forbid_unknown_fields=True):
    urls: list[str]
    objective: str | None = None
    search_queries: list[str] | None = None
    max_chars_total: _Count | None = None
    session_id: _Session | None = None
    client_model: str | None = None
    advanced_settings: _ExtractSettings | None = None


def beta_extract(body: bytes) -> Extract:
    """Read an extract of the v1beta generation."""
    sent = decode(body, _BetaExtract)
    limits = sent.excerpts if isinstance(sent.excerpts, _Excerpts) else _Excerpts()
    return _extract(
        sent.urls,
        _queries(sent.objective, sent.search_queries),
        excerpts=sent.excerpts is not False,
        per_result=_at_least(limits.max_chars_per_result),
        total=_at_least(limits.max_chars_total),
        full=sent.full_content,
        fetch=sent.fetch_policy,
        session_id=sent.session_id,
    )


def v1_extract(body: bytes) -> Extract:
    """Read an extract of the current generation."""
    sent = decode(body, _Extract)
    settings = sent.advanced_settings or _ExtractSettings()
    excerpts = settings.excerpt_settings or _ExcerptSettings()
    return _extract(
        sent.urls,
        _queries(sent.objective, sent.search_queries),
        excerpts=True,
        per_result=_at_least(excerpts.max_chars_per_result),
        total=sent.max_chars_total,
        full=settings.full_content,
        fetch=settings.fetch_policy,
        session_id=sent.session_id,
    )


def _queries(objective: str | None, queries: list[str] | None) -> list[str]:
    return [text for text in [*(queries or []), objective or ""] if text.strip()]


def _extract(  # noqa: PLR0913 - the options of the two generations together
    urls: list[str],
    queries: list[str],
    *,
    excerpts: bool,
    per_result: int | None,
    total: int | None,
    full: bool | _FullContent,
    fetch: FetchPolicy | None,
    session_id: str | None,
) -> Extract:
    if not urls:
        refuse("at least one url is needed", "urls")
    if len(urls) > MAX_URLS:
        refuse(f"{len(urls)} urls, over {MAX_URLS}", "urls")
    limit: Literal[False] | int | None = None
    if isinstance(full, _FullContent):
        limit = full.max_chars_per_result
    elif not full:
        limit = False
    return Extract(
        urls,
        queries,
        excerpts,
        per_result or DEFAULT_EXCERPT_CHARS["pro"],
        total,
        limit,
        session_id,
        not_used(location=None, fetch=fetch),
    )
