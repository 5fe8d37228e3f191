"""What one request answers: searches, pages by address, lists of entities, the documents read.

Documented functions as those of `ask`; nothing of them is a job.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypedDict, Unpack

from parallel_nb.api.arguments import check_count, check_switch, check_text, check_texts
from parallel_nb.api.findall import MAX_MATCHES, check_limit
from parallel_nb.api.processors import MAX_SEARCH_RESULTS, entity_search_cost, search_cost
from parallel_nb.api.search import check_mode, check_search, policy_remarks
from parallel_nb.connection import background
from parallel_nb.extracts import ExtractRequest, Extracts, extract_pages, read_addresses
from parallel_nb.job.options import (
    SourceOptions,
    check_cost,
    document_options,
    open_connection,
    read_max_cost,
    read_source_policy,
    with_defaults,
)
from parallel_nb.results import Entities, SearchResults

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from parallel_nb.connection import Connection


class NotebookSearchOptions(SourceOptions, total=False):
    """The options of `search`."""

    mode: str | None
    processor: str | None
    max_results: int
    max_chars: int | None
    session: SearchResults | str | None
    connection: Connection | None


@document_options(NotebookSearchOptions)
def search(
    objective: str | None = None,
    queries: str | Sequence[str] | None = None,
    **options: Unpack[NotebookSearchOptions],
) -> SearchResults:
    """Search for pages, with the excerpts that bear on the question.

    Args:
        objective: What to look for, in plain words.
        queries: Keyword queries of 3 to 6 words, in place of the objective or beside it.
        **options: All may be left out.

            mode: "turbo" (0.2 s), "fast" (0.7 s), "basic" (1 s, the default) or "advanced" (3 s):
                the slower, the more thorough. turbo knows English and Japanese.
            processor: "base" or "pro", the older words for basic and advanced, in place of `mode`.
            max_results: At most so many pages (10); the service gives 20 at most, and says so.
            max_chars: At most so many characters of excerpts a page.
            include_domains: Only these domains and their subdomains; ".gov" is a suffix,
                "docs.python.org/3" the beginning of a path.
            exclude_domains: Not these; of no use beside `include_domains`.
            after_date: Only pages dated on or after this day, as YYYY-MM-DD or a date.
            session: Earlier results, or a session id, that this search goes on from.
            connection: Where to ask; the current connection unless passed.

    Returns:
        The pages, best first.

    Raises:
        InputError: The question or an option is at fault; nothing was sent.
        ConnectionProblem: There is nothing to connect to.
        ApiError: The service refused or failed.
        TransportError: The service cannot be reached.

    Examples:
        >>> results = pnb.search("Which filings mention going-concern doubt?")  # doctest: +SKIP
        >>> results.df  # doctest: +SKIP
    """
    chosen = with_defaults(options, NotebookSearchOptions)
    policy = read_source_policy(chosen)
    mode = check_mode(chosen["mode"], options.get("processor"))
    max_results, session = chosen["max_results"], chosen["session"]
    check_count("max_results", max_results, "Ask for at least one page.")
    if chosen["max_chars"] is not None:
        check_count("max_chars", chosen["max_chars"], "Give a number of characters.")
    if session is not None and not isinstance(session, SearchResults):
        check_text("session", session, "results, or results.session_id")
    if objective is not None:
        check_text("objective", objective, "'Which languages have a borrow checker?'")
    listed = [queries] if isinstance(queries, str) else queries
    texts = check_texts("queries", listed, "'borrow checker'")
    queries = [query.strip() for query in texts if query.strip()]
    objective = (objective or "").strip() or None
    check_search(objective, queries)
    connection = open_connection(chosen["connection"])
    response = background.run(
        connection.client.search(
            objective,
            queries,
            mode=mode,
            max_results=max_results,
            max_chars_per_result=chosen["max_chars"],
            source_policy=policy,
            session_id=session.session_id if isinstance(session, SearchResults) else session,
        )
    )
    cost = search_cost(mode, max_results) if connection.is_billed else 0.0
    remarks = policy_remarks(policy)
    if max_results > MAX_SEARCH_RESULTS and not response.warnings:
        remarks.append(f"{max_results} pages were asked for; one search gives 20 at most.")
    return SearchResults(
        objective, tuple(queries), mode, connection.label, response, cost, tuple(remarks)
    )


class NotebookExtractOptions(TypedDict, total=False):
    """The options of `extract`."""

    queries: str | Sequence[str] | None
    max_chars: int | None
    column: str | None
    max_cost: float | None
    fresh: bool
    connection: Connection | None


@document_options(NotebookExtractOptions)
def extract(
    urls: Any,
    objective: str | None = None,
    *,
    full: bool | int = False,
    **options: Unpack[NotebookExtractOptions],
) -> Extracts:
    """Read pages by address, with the excerpts that bear on an objective.

    Equal addresses are read once, 20 at a time. A page that cannot be read is an error of its row.
    What was read is journaled: the same call again, in any kernel, pays only for what was not.

    Args:
        urls: An address, a list or Series of them, results of `search`, or a table with a column
            `url`.
        objective: What the excerpts are chosen by, in plain words.
        full: Also the whole text of each page; a number for that many characters of it.
        **options: All may be left out.

            queries: Keyword queries that the excerpts are chosen by, beside the objective.
            max_chars: At most so many characters of excerpts a page.
            column: The column of the table that has the addresses ("url").
            max_cost: Refuse, before anything is sent, what would cost more USD; the setting
                `max_cost` unless passed.
            fresh: Read, and pay for, also pages that the journal has: as they are now.
            connection: Where to ask; the current connection unless passed.

    Returns:
        The pages, a row an address; `df` makes them a frame with the index of the input.

    Raises:
        InputError: There are no addresses, an option is at fault, or it would cost too much;
            nothing was sent.
        ConnectionProblem: There is nothing to connect to.
        ExtractInterrupted: An interrupt; the same call goes on.
        ApiError: The service refused or failed; the same call goes on.
        TransportError: The service cannot be reached; the same call goes on.

    Examples:
        >>> pages = pnb.extract(hits, "Who is the auditor?", full=True)  # doctest: +SKIP
        >>> hits.df.join(pages.df[["text", "error"]])  # doctest: +SKIP
    """
    chosen = with_defaults(options, NotebookExtractOptions)
    if objective is not None:
        check_text("objective", objective, "'Who is the auditor?'")
    listed = [chosen["queries"]] if isinstance(chosen["queries"], str) else chosen["queries"]
    queries = tuple(q for q in check_texts("queries", listed, "'audit report'") if q.strip())
    if chosen["max_chars"] is not None:
        check_count("max_chars", chosen["max_chars"], "Give a number of characters.")
    if not isinstance(full, bool):
        check_count("full", full, "Give True, or a number of characters.")
    table = read_addresses(urls, chosen["column"])
    max_cost = read_max_cost(chosen["max_cost"])
    request = ExtractRequest((objective or "").strip() or None, queries, full, chosen["max_chars"])
    fresh = check_switch("fresh", chosen["fresh"] or False)
    connection = open_connection(chosen["connection"])
    return extract_pages(connection, table, request, max_cost=max_cost, fresh=fresh)


def entities(
    objective: str,
    kind: str = "companies",
    *,
    limit: int = 100,
    max_cost: float | None = None,
    connection: Connection | None = None,
) -> Entities:
    """List companies or people in seconds. They are ranked, and nobody has checked them.

    Args:
        objective: Who or what is looked for, in a sentence.
        kind: "companies" or "people".
        limit: At most so many, 5 to 1,000.
        max_cost: Refuse, before anything is sent, what would cost more USD; the setting
            `max_cost` unless passed.
        connection: Where to ask; the current connection unless passed.

    Returns:
        The entities, best first: name, url and description, without evidence. `find` checks.

    Raises:
        InputError: The question or an option is at fault; nothing was sent.
        ConnectionProblem: There is nothing to connect to.
        ApiError: The service refused or failed.
        TransportError: The service cannot be reached.

    Examples:
        >>> pnb.entities("Makers of industrial heat pumps").df  # doctest: +SKIP
    """
    most = read_max_cost(max_cost)
    check_limit("limit", limit, MAX_MATCHES, "An entity search")
    connection = open_connection(connection)
    cost = entity_search_cost(limit) if connection.is_billed else 0.0
    remedy = "Raise the limit (--max-cost), or list fewer."
    check_cost(f"To list {limit:,} entities would", cost, most, remedy)
    response = background.run(connection.client.findall.entity_search(objective, kind, limit))
    return Entities(objective, kind, connection.label, response, cost)


def documents(*, connection: Connection | None = None) -> pd.DataFrame:
    """List the files of the connected folder: what was read of each, and what was not.

    Args:
        connection: An embedded one; the current connection unless passed.

    Returns:
        A line a file, by path; a file within an archive or a mail has a line of its own. Columns:
        path (below the folder), format, pages (or slides, or sheets), characters, language (where
        the file says it), date, status ("read", "read in part", "not read"; "duplicate" of a
        document with the same words, which is read once; "near duplicate" of one that shares over
        80 % of its words in their order, and is read too), reason, title, url, duplicate_of (the
        path of that document).

    Raises:
        InputError: The connection is hosted, and has no documents.
        ConnectionProblem: There is nothing to connect to.

    Examples:
        >>> pnb.documents().query("status != 'read'")  # doctest: +SKIP
    """
    import msgspec  # noqa: PLC0415 - loads with pandas
    import pandas as pd  # noqa: PLC0415 - the same

    lines = [msgspec.structs.asdict(line) for line in open_connection(connection).documents()]
    columns = ("path", "format", "pages", "characters", "language", "date", "status", "reason")
    frame = pd.DataFrame(lines, columns=[*columns, "title", "url", "duplicate_of"])
    frame["date"] = pd.to_datetime(frame["date"], errors="coerce", format="ISO8601")
    numbers = dict.fromkeys(("pages", "characters"), "Int64")
    texts = ("path", "format", "language", "status", "reason", "title", "url", "duplicate_of")
    return frame.astype(numbers | dict.fromkeys(texts, "string"))
