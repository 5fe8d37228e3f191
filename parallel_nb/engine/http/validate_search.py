"""What may be sent as a search or an extract, in each generation of the API.

All shapes end in the same requests (`SearchRequest`, `ExtractRequest`), so that the routes
know no generation.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Final, Literal

import msgspec

from parallel_nb.api.processors import MAX_SEARCH_RESULTS
from parallel_nb.api.search import MAX_EXTRACT_URLS
from parallel_nb.api.types import (  # noqa: TC001 - msgspec reads the annotations
    FetchPolicy,
    SourcePolicy,
)
from parallel_nb.engine.http.validate import (
    check_source_policy,
    decode,
    refuse,
    unused_option_warnings,
    warning,
)

if TYPE_CHECKING:
    from parallel_nb.api.types import JsonObject

SearchProcessor = Literal["base", "pro"]
DEFAULT_RESULTS: Final = 10
DEFAULT_EXCERPT_CHARS: Final[dict[SearchProcessor, int]] = {"base": 1500, "pro": 3000}
#: Newer generations raise a smaller limit of characters to this.
MIN_EXCERPT_CHARS: Final = 1000
_Count = Annotated[int, msgspec.Meta(ge=1)]
_Session = Annotated[str, msgspec.Meta(max_length=1000)]


# --- search -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """A search, whatever the generation that it came in."""

    objective: str | None
    queries: list[str]
    effort: SearchProcessor
    max_results: int
    max_chars_per_result: int
    max_chars_total: int | None
    policy: SourcePolicy | None
    session_id: str | None = None
    warnings: list[JsonObject] = field(default_factory=list)


class _AlphaSearch(msgspec.Struct):
    processor: SearchProcessor
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
    processor: SearchProcessor | None = None
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


def read_alpha_search(body: bytes) -> SearchRequest:
    """Read a search of the alpha generation; errors as for `read_v1_search`."""
    sent = decode(body, _AlphaSearch)
    return _checked_search(
        SearchRequest(
            sent.objective,
            sent.search_queries or [],
            effort=sent.processor,
            max_results=sent.max_results or DEFAULT_RESULTS,
            max_chars_per_result=sent.max_chars_per_result or DEFAULT_EXCERPT_CHARS["base"],
            max_chars_total=None,
            policy=sent.source_policy,
        )
    )


def read_beta_search(body: bytes) -> SearchRequest:
    """Read a search of the v1beta generation, old or new form; errors as for `read_v1_search`."""
    sent = decode(body, _BetaSearch)
    effort: SearchProcessor = sent.processor or ("pro" if sent.mode == "agentic" else "base")
    excerpts = sent.excerpts or _Excerpts()
    # the old top-level limit is taken as it is, the newer ones are raised
    limit = _raised(excerpts.max_chars_per_result) or sent.max_chars_per_result
    request = SearchRequest(
        sent.objective,
        sent.search_queries or [],
        effort=effort,
        max_results=sent.max_results or DEFAULT_RESULTS,
        max_chars_per_result=limit or DEFAULT_EXCERPT_CHARS[effort],
        max_chars_total=_raised(excerpts.max_chars_total),
        policy=sent.source_policy,
        session_id=sent.session_id,
    )
    return _checked_search(request, location=sent.location, fetch=sent.fetch_policy)


def read_v1_search(body: bytes) -> SearchRequest:
    """Read a search of the current generation.

    Raises:
        HTTPError: 422, for a body that is no such JSON or breaks a limit of the API.
    """
    sent = decode(body, _Search)
    settings = sent.advanced_settings or _SearchSettings()
    excerpts = settings.excerpt_settings or _ExcerptSettings()
    effort: SearchProcessor = "pro" if sent.mode in {None, "advanced"} else "base"
    limit = _raised(excerpts.max_chars_per_result)
    request = SearchRequest(
        sent.objective,
        sent.search_queries,
        effort=effort,
        max_results=settings.max_results or DEFAULT_RESULTS,
        max_chars_per_result=limit or DEFAULT_EXCERPT_CHARS[effort],
        max_chars_total=sent.max_chars_total,
        policy=settings.source_policy,
        session_id=sent.session_id,
    )
    return _checked_search(request, location=settings.location, fetch=settings.fetch_policy)


def _raised(limit: int | None) -> int | None:
    """A limit of characters, raised to the least that the newer generations go down to."""
    return None if limit is None else max(limit, MIN_EXCERPT_CHARS)


def _checked_search(
    request: SearchRequest, *, location: str | None = None, fetch: FetchPolicy | None = None
) -> SearchRequest:
    if not (request.objective or "").strip() and not request.queries:
        refuse("at least one of objective and search_queries is needed", "objective")
    if any(not query.strip() for query in request.queries):
        refuse("a query is empty", "search_queries")
    check_source_policy(request.policy, "source_policy")
    request.warnings.extend(unused_option_warnings(location, fetch))
    if request.max_results > MAX_SEARCH_RESULTS:
        text = f"max_results was lowered from {request.max_results} to {MAX_SEARCH_RESULTS}."
        request.warnings.append(warning(text))
    return request


# --- extract ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ExtractRequest:
    """Pages to be read, whatever the generation that it came in."""

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


def read_beta_extract(body: bytes) -> ExtractRequest:
    """Read an extract of the v1beta generation; errors as for `read_v1_extract`."""
    sent = decode(body, _BetaExtract)
    limits = sent.excerpts if isinstance(sent.excerpts, _Excerpts) else _Excerpts()
    request = ExtractRequest(
        sent.urls,
        _queries(sent),
        excerpts=sent.excerpts is not False,
        max_chars_per_result=_raised(limits.max_chars_per_result) or DEFAULT_EXCERPT_CHARS["pro"],
        max_chars_total=_raised(limits.max_chars_total),
        full_content=_full_content(sent.full_content),
        session_id=sent.session_id,
    )
    return _checked_extract(request, sent.fetch_policy)


def read_v1_extract(body: bytes) -> ExtractRequest:
    """Read an extract of the current generation.

    Raises:
        HTTPError: 422, for a body that is no such JSON or breaks a limit of the API.
    """
    sent = decode(body, _Extract)
    settings = sent.advanced_settings or _ExtractSettings()
    excerpts = settings.excerpt_settings or _ExcerptSettings()
    request = ExtractRequest(
        sent.urls,
        _queries(sent),
        excerpts=True,
        max_chars_per_result=_raised(excerpts.max_chars_per_result) or DEFAULT_EXCERPT_CHARS["pro"],
        max_chars_total=sent.max_chars_total,
        full_content=_full_content(settings.full_content),
        session_id=sent.session_id,
    )
    return _checked_extract(request, settings.fetch_policy)


def _queries(sent: _BetaExtract | _Extract) -> list[str]:
    texts = [*(sent.search_queries or []), sent.objective or ""]
    return [text for text in texts if text.strip()]


def _full_content(option: bool | _FullContent) -> Literal[False] | int | None:  # noqa: FBT001 - the option is either
    if isinstance(option, _FullContent):
        return option.max_chars_per_result
    return None if option else False


def _checked_extract(request: ExtractRequest, fetch: FetchPolicy | None) -> ExtractRequest:
    if not request.urls:
        refuse("at least one url is needed", "urls")
    if len(request.urls) > MAX_EXTRACT_URLS:
        refuse(f"{len(request.urls)} urls, over {MAX_EXTRACT_URLS}", "urls")
    request.warnings.extend(unused_option_warnings(None, fetch))
    return request
