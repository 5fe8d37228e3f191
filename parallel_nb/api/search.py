"""Search and extract: their options, the rules of the service, and the request in each generation.

The functions check what is asked and return a `Call`; nothing is sent here. v1 search and extract
refuse members that they do not know with a 422, so each generation gets just what it knows.
Source: the vendor's API reference, 2025 and 2026.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypedDict, TypeVar, Unpack

import msgspec

from parallel_nb.api.arguments import check_text, check_texts
from parallel_nb.api.errors import InputError, check_option_names
from parallel_nb.api.processors import SEARCH_MODES
from parallel_nb.api.routes import BETA_HEADER, CONTENT_BYTES, Call, Generation, drop_none
from parallel_nb.api.types import FetchPolicy, SourcePolicy
from parallel_nb.formats import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from parallel_nb.api.types import JsonObject

P = TypeVar("P", bound=msgspec.Struct)

SEARCH_BETA: Final = "search-extract-2025-10-10"
#: Domains that a source policy may name, included and excluded ones together.
MAX_DOMAINS: Final = 200
#: Addresses that one extract may name.
MAX_EXTRACT_URLS: Final = 20
#: The two processors of the older generations, as modes of today.
_MODES_OF_PROCESSORS: Final = {"base": "basic", "pro": "advanced"}
SEARCH_PROCESSORS: Final = tuple(_MODES_OF_PROCESSORS)
#: The modes of v1beta that have another name today.
_OLDER_MODES: Final = {"one-shot": "basic", "agentic": "advanced"}
#: What the older generations call the modes of today.
_V1BETA_MODES: Final = {
    "turbo": "fast", "fast": "fast", "basic": "one-shot", "advanced": "agentic",
}  # fmt: skip
_ALPHA_PROCESSORS: Final = {
    "turbo": "base", "fast": "base", "basic": "base", "advanced": "pro",
}  # fmt: skip


class ExcerptOptions(TypedDict, total=False):
    """What a search and an extract have in common.

    Attributes:
        max_chars_per_result: Bounds the excerpts of one page.
        max_chars_total: Bounds the excerpts of all pages; not in alpha.
        fetch_policy: How fresh pages must be; not in alpha.
        session_id: Ties searches of one task together; not in alpha.
        client_model: Name of the model that will read the results; not in alpha.
    """

    max_chars_per_result: int | None
    max_chars_total: int | None
    fetch_policy: FetchPolicy | Mapping[str, Any] | None
    session_id: str | None
    client_model: str | None


class SearchOptions(ExcerptOptions, total=False):
    """The options of a search.

    Attributes:
        mode: "turbo", "fast", "basic" or "advanced": ever slower, and more thorough; "basic"
            unless given. Older generations get what comes nearest.
        processor: "base" or "pro", the older words for basic and advanced, in place of `mode`.
        max_results: At most so many pages; the hosted service gives 20 at most.
        source_policy: Which sources may be used.
        location: Country code for results near there; not in alpha.
    """

    mode: str | None
    processor: str | None
    max_results: int | None
    source_policy: SourcePolicy | Mapping[str, Any] | None
    location: str | None


class ExtractOptions(ExcerptOptions, total=False):
    """The options of an extract.

    Attributes:
        objective: Chooses the excerpts, as a sentence.
        queries: Choose the excerpts, as search words.
        full_content: Whole pages; a number bounds each in characters.
    """

    objective: str | None
    queries: Sequence[str] | None
    full_content: bool | int


# --- the rules --------------------------------------------------------------------------


def check_mode(mode: str | None = None, processor: str | None = None) -> str:
    """The mode of a search, by its own name or by the older word for it.

        >>> check_mode("turbo"), check_mode(processor="pro"), check_mode()
        ('turbo', 'advanced', 'basic')

    Raises:
        InputError: There is no such mode or processor, or both are given.
    """
    if mode is None:
        return _MODES_OF_PROCESSORS[_one_of("processor", processor or "base", SEARCH_PROCESSORS)]
    if processor is not None:
        raise InputError(
            f"mode = {mode!r} and processor = {processor!r} say the same.", "Leave processor out."
        )
    return _one_of("mode", _OLDER_MODES.get(mode, mode), SEARCH_MODES)


def _one_of(name: str, value: str, known: Iterable[str]) -> str:
    if check_text(name, value, "'basic'") in known:
        return value
    raise InputError(
        f"A search has no {name} {value!r}.",
        f"{did_you_mean(value, known)}Use one of: {', '.join(known)}.",
    )


def check_search(objective: str | None, queries: Sequence[str] | None) -> None:
    """Refuse a search that asks for nothing.

    Raises:
        InputError: Neither an objective nor a query has a letter; a query is empty; one of these
            is no text, or a text that cannot be sent.
    """
    if objective is not None:
        check_text("objective", objective, "'Which filings mention going-concern doubt?'")
    if not _texts(queries, "queries") and not (objective and objective.strip()):
        raise InputError("There is nothing to search for.", "Write a question, or keyword queries.")


def is_domain(text: str) -> bool:
    """True for what a source policy may name.

    A domain (`example.com`), a suffix (`.gov`, and not `*.gov`), or a domain with the beginning
    of a path (`docs.python.org/3`).
    """
    domain = text.partition("/")[0]
    is_pattern = any(character in text for character in "*?#") or "//" in text
    has_space = any(character.isspace() for character in text)
    return bool(domain.strip(".")) and ":" not in domain and not (is_pattern or has_space)


def policy_remarks(policy: SourcePolicy | None) -> list[str]:
    """What a source policy says in vain, as sentences for a person."""
    if policy is None or not (policy.include_domains and policy.exclude_domains):
        return []
    return ["exclude_domains is not used: where domains are included, no others are read."]


def _check_turbo(mode: str, policy: SourcePolicy | None) -> None:
    """Refuse a path in the source policy of a turbo search, which knows domains alone."""
    listed = [] if policy is None else [*policy.include_domains, *policy.exclude_domains]
    with_path = next((one for one in listed if one.rstrip("/").count("/")), None)
    if mode == "turbo" and with_path:
        raise InputError(
            f"A turbo search takes no domain with a path: {with_path!r}.",
            f"Write {with_path.partition('/')[0]!r}, or use the mode fast.",
        )


def _texts(values: Sequence[str] | None, name: str) -> list[str]:
    listed = [values] if isinstance(values, str) else values
    texts = check_texts(name, listed, "'going concern doubt'")
    if not all(text.strip() for text in texts):
        raise InputError(
            f"{name} must be texts that are not empty.", f"Leave empty ones out of {name}."
        )
    return texts


def _policy(value: P | Mapping[str, Any] | None, kind: type[P], name: str) -> P | None:
    if value is None or isinstance(value, kind):
        return value
    known = kind.__struct_fields__
    remedy = f"Its members are: {', '.join(known)}."
    if isinstance(value, dict) and (unknown := sorted(map(str, set(value) - set(known)))):
        raise InputError(f"{name} has no member {', '.join(unknown)}.", remedy)
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        raise InputError(f"{name} cannot be used: {error}.", remedy) from error


# --- the requests -----------------------------------------------------------------------


def search_call(
    api: Generation,
    objective: str | None = None,
    queries: Sequence[str] | None = None,
    **options: Unpack[SearchOptions],
) -> Call:
    """Search for pages.

    v1 requires search queries, so an objective alone is sent as its own single query as well.

    Args:
        api: The generation.
        objective: What is looked for, as a sentence.
        queries: Search words; at least one of `objective` and `queries` is needed.
        **options: See `SearchOptions`.

    Raises:
        InputError: There is nothing to search for, or an option is unknown or of no use.
    """
    check_option_names(options, SearchOptions.__optional_keys__, "search")
    mode = check_mode(options.get("mode"), options.get("processor"))
    check_search(objective, queries)
    policy = _policy(options.get("source_policy"), SourcePolicy, "source_policy")
    _check_turbo(mode, policy)
    fetch = _policy(options.get("fetch_policy"), FetchPolicy, "fetch_policy")
    question = drop_none(objective=objective, search_queries=_texts(queries, "queries") or None)
    bounds = {name: options.get(name) for name in ("max_results", "max_chars_per_result")}
    if api == "alpha":
        processor = _ALPHA_PROCESSORS[mode]
        body = drop_none(**question, **bounds, processor=processor, source_policy=policy)
        return Call("POST", "/alpha/search", "search", body=body, max_bytes=CONTENT_BYTES)
    sources = drop_none(
        source_policy=policy,
        fetch_policy=fetch,
        max_results=options.get("max_results"),
        location=options.get("location"),
    )
    if api == "v1beta":
        body = drop_none(
            **question,
            **sources,
            **_session(options),
            mode=_V1BETA_MODES[mode],
            excerpts=_bounds(options, "max_chars_per_result", "max_chars_total") or None,
        )
        headers = {BETA_HEADER: SEARCH_BETA}
        return Call(
            "POST", "/v1beta/search", "search", headers=headers, body=body, max_bytes=CONTENT_BYTES
        )
    excerpts = _bounds(options, "max_chars_per_result")
    advanced = sources | drop_none(excerpt_settings=excerpts or None)
    question.setdefault("search_queries", [objective])
    body = drop_none(
        **question,
        **_session(options),
        mode=mode,
        max_chars_total=options.get("max_chars_total"),
        advanced_settings=advanced or None,
    )
    return Call("POST", "/v1/search", "search", body=body, max_bytes=CONTENT_BYTES)


def extract_call(api: Generation, urls: Sequence[str], **options: Unpack[ExtractOptions]) -> Call:
    """Read pages by address. Alpha has no such route, so that of v1beta is used there.

    Args:
        api: The generation.
        urls: The addresses.
        **options: See `ExtractOptions`.

    Raises:
        InputError: There is no address, or an option is unknown or of no use.
    """
    check_option_names(options, ExtractOptions.__optional_keys__, "extract")
    addresses = _texts(urls, "urls")
    if not addresses:
        raise InputError("There are no addresses to read.", "Give at least one URL.")
    full = options.get("full_content", False)
    full_content: bool | JsonObject = (
        full if isinstance(full, bool) else {"max_chars_per_result": full}
    )
    fetch = _policy(options.get("fetch_policy"), FetchPolicy, "fetch_policy")
    body = drop_none(
        urls=addresses,
        objective=options.get("objective"),
        search_queries=_texts(options.get("queries"), "queries") or None,
        **_session(options),
    )
    if api == "v1":
        excerpts = _bounds(options, "max_chars_per_result")
        advanced = drop_none(
            fetch_policy=fetch,
            excerpt_settings=excerpts or None,
            full_content=full_content or None,
        )
        body |= drop_none(
            max_chars_total=options.get("max_chars_total"), advanced_settings=advanced or None
        )
        return Call("POST", "/v1/extract", "extract", body=body, max_bytes=CONTENT_BYTES)
    excerpts = _bounds(options, "max_chars_per_result", "max_chars_total")
    body |= drop_none(fetch_policy=fetch, excerpts=excerpts or True, full_content=full_content)
    headers = {BETA_HEADER: SEARCH_BETA}
    return Call(
        "POST", "/v1beta/extract", "extract", headers=headers, body=body, max_bytes=CONTENT_BYTES
    )


def _session(options: ExcerptOptions) -> JsonObject:
    return drop_none(session_id=options.get("session_id"), client_model=options.get("client_model"))


def _bounds(options: ExcerptOptions, *names: str) -> JsonObject:
    return {name: options[name] for name in names if options.get(name) is not None}  # type: ignore[literal-required]  # names of the TypedDict
