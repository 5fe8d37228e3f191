"""What may be sent: bodies decoded strictly, with the service's limits, or a 422.

The shapes of the three generations of search and the two of extract end in the same
questions (`Search`, `Extract`), so that the routes know no generation.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, NoReturn, TypeVar

import msgspec

from parallel_nb.api.types import (  # noqa: TC001 - msgspec reads the annotations
    FetchPolicy,
    SourcePolicy,
)
from parallel_nb.embedded.server_answers import Problem

if TYPE_CHECKING:
    from parallel_nb.api.types import JsonObject

T = TypeVar("T")
Effort = Literal["base", "pro"]
MAX_DOMAINS: Final = 200
MAX_URLS: Final = 20
DEFAULT_RESULTS: Final = 10
#: More results than this are not given; the answer says so.
MAX_RESULTS: Final = 100
DEFAULT_EXCERPT_CHARS: Final[dict[Effort, int]] = {"base": 1500, "pro": 3000}
#: Newer generations raise a smaller limit of characters to this.
MIN_EXCERPT_CHARS: Final = 1000
_MIN_AGE: Final = 600
_DAY = re.compile(r"\d{4}-\d\d-\d\d\Z")
_PATH = re.compile(r" - at `(?P<path>\$[^`]*)`\Z")
_UNKNOWN = re.compile(r"unknown field `(?P<name>[^`]*)`")
_STEP = re.compile(r"\.([^.\[]+)|\[(\d+|\.\.\.)\]")

_Count = Annotated[int, msgspec.Meta(ge=1)]
_Session = Annotated[str, msgspec.Meta(max_length=1000)]


# --- errors -----------------------------------------------------------------------------


def refuse(message: str, *where: str | int, kind: str = "value_error") -> NoReturn:
    """Answer 422: what is wrong, and where in the body."""
    raise Problem(
        422,
        f"Request validation error: {_dotted(where)}{message}",
        {"errors": [{"loc": ["body", *where], "msg": message, "type": kind}]},
    )


def _dotted(where: tuple[str | int, ...]) -> str:
    return ".".join(str(part) for part in where) + ": " if where else ""


def decode(body: bytes, kind: type[T]) -> T:
    """Read a body of JSON as `kind`, or answer 422."""
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as error:
        text = str(error)
        path = _PATH.search(text)
        message = text[: path.start()] if path else text
        where = [
            int(number) if number.isdigit() else name or number
            for name, number in _STEP.findall(path["path"] if path else "")
        ]
        if unknown := _UNKNOWN.search(message):
            where.append(unknown["name"])
        refuse(message, *where, kind="type_error")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        refuse(f"the body is not JSON ({error})", kind="json_invalid")


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


# --- shared -----------------------------------------------------------------------------


def warning(message: str, kind: str = "warning", path: str = "") -> JsonObject:
    """A remark that does not stop a request."""
    return {"type": kind, "message": message, "detail": {"path": path} if path else None}


def not_used(*, location: str | None, fetch: FetchPolicy | None) -> list[JsonObject]:
    """Say which options mean nothing where nothing is fetched from the web."""
    if fetch is not None and fetch.max_age_seconds is not None and fetch.max_age_seconds < _MIN_AGE:
        refuse(f"it is under {_MIN_AGE}", "fetch_policy", "max_age_seconds")
    given = [name for name, value in (("location", location), ("fetch_policy", fetch)) if value]
    return [
        warning(f"{name} is not used: the embedded engine reads its own documents, not the web.")
        for name in given
    ]


def check_policy(policy: SourcePolicy | None, *where: str | int) -> None:
    """Refuse a source policy that breaks the service's limits."""
    if policy is None:
        return
    domains = [*policy.include_domains, *policy.exclude_domains]
    if len(domains) > MAX_DOMAINS:
        refuse(f"{len(domains)} domains, over {MAX_DOMAINS}", *where)
    for domain in domains:
        if not domain.strip(". ") or "/" in domain or any(c.isspace() for c in domain):
            refuse(f"{domain!r} is not a domain such as example.com or .gov", *where)
    if policy.after_date is not None and not _is_day(policy.after_date):
        refuse(f"{policy.after_date!r} is not a date as YYYY-MM-DD", *where, "after_date")


def _is_day(text: Any) -> bool:
    if not _DAY.match(text):
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
