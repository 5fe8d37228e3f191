"""Reading pages by address: many at once, each row with its page or the reason why there is none.

Each page is journaled as it comes. So the same call again, also after an interrupt or in another
kernel, asks and pays only for what was not read.
"""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import msgspec

from parallel_nb.api.arguments import check_text
from parallel_nb.api.errors import InputError, InvalidRequestError
from parallel_nb.api.processors import extract_cost
from parallel_nb.api.schema.fields import FieldType
from parallel_nb.api.search import MAX_EXTRACT_URLS
from parallel_nb.connection import background
from parallel_nb.formats import count, shorten
from parallel_nb.job.journal import decode_kept
from parallel_nb.job.options import check_cost
from parallel_nb.job.start import forget_old_jobs, journal_of_home
from parallel_nb.results import SearchResults, ShowsItself
from parallel_nb.tables.frames import typed_columns
from parallel_nb.tables.parse import parse_all
from parallel_nb.tables.source import Source, read_frame, unknown_column
from parallel_nb.tables.values import is_missing

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from parallel_nb.api.types import ExtractResponse
    from parallel_nb.client import AsyncClient
    from parallel_nb.connection import Connection
    from parallel_nb.display.bundles import Bundle
    from parallel_nb.job.journal import Journal

#: The column of a table that has the addresses, unless another one is named.
URL_COLUMN: Final = "url"
#: Requests at once.
_AT_ONCE: Final = 8
#: Characters of what a page's server said, in the error of its row.
_SAID_CHARS: Final = 200


@dataclass(frozen=True, slots=True)
class ExtractedPage:
    """One row: a page, or why there is none."""

    #: As it was asked for; None where the row had none.
    url: str | None
    title: str | None = None
    #: YYYY-MM-DD.
    publish_date: str | None = None
    excerpts: list[str] | None = None
    #: The whole text as Markdown, where it was asked for.
    text: str | None = None
    #: Why the page could not be read; None where it was.
    error: str | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Extracts(ShowsItself):
    """What was read, a row an address: iterate over it, index it, or take `.df`.

    pages = pnb.extract(["https://example.org"], "What is this domain for?")
    pages[0].excerpts
    pages.df
    """

    #: What the excerpts were chosen by; None where nothing was asked for.
    objective: str | None
    #: The keyword queries; empty where there were none.
    queries: tuple[str, ...]
    #: Where the pages come from, such as "hosted" or "embedded: sample documents".
    connection: str
    #: The rows, in the order in which they were asked for.
    pages: tuple[ExtractedPage, ...]
    #: The rows as a table, for its index and its library.
    source: Source
    #: What the service remarked.
    warnings: tuple[str, ...] = ()
    #: Addresses whose pages the journal had: nothing was sent for them.
    reused: int = 0
    #: USD for the addresses that were sent, by the dated price table; 0 where nothing is billed.
    cost: float = 0.0

    @property
    def failed(self) -> list[ExtractedPage]:
        """The rows whose page could not be read."""
        return [page for page in self.pages if page.error is not None]

    @property
    def df(self) -> Any:
        """The pages as a frame of the library that the addresses came in, a row an address.

        Returns:
            The index of the input. Columns `url`, `title`, `publish_date` (datetime, missing where
            there is none or it is no date), `excerpts` (lists of str), `text` (the whole text, if
            `full`), `error` (why the page could not be read).
        """
        text = FieldType("str", nullable=True)
        date = FieldType("date", nullable=True)
        columns: dict[str, list[Any]] = {
            "url": [page.url for page in self.pages],
            "title": [page.title for page in self.pages],
            "publish_date": parse_all([page.publish_date for page in self.pages], date),
            "excerpts": [page.excerpts or [] for page in self.pages],
            "text": [page.text for page in self.pages],
            "error": [page.error for page in self.pages],
        }
        types = {"publish_date": date, "excerpts": FieldType("list", item=text)}
        made = typed_columns(columns, types, self.source.library, like=self.source.frame)
        frame = self.source.frame.with_columns(*made).select(*columns).to_native()
        if self.source.library == "pandas":
            frame.attrs["connection"] = self.connection
        return frame

    def __len__(self) -> int:
        """How many rows there are."""
        return len(self.pages)

    def __iter__(self) -> Iterator[ExtractedPage]:
        """The rows, in the order in which they were asked for."""
        return iter(self.pages)

    def __getitem__(self, row: int) -> ExtractedPage:
        """The row at this place, counted from 0. Raises `IndexError` where there is none."""
        return self.pages[row]

    def _bundle(self) -> Bundle:
        from parallel_nb.display.bundles import extract_bundle  # noqa: PLC0415 - when shown

        return extract_bundle(self)


class ExtractInterrupted(KeyboardInterrupt):
    """An interrupt of `extract`: what was read is kept, and the same call reads the rest."""

    def _render_traceback_(self) -> list[str]:
        return [f"Interrupted: {self}"]


@dataclass(frozen=True, slots=True)
class ExtractRequest:
    """What is asked of each page, checked."""

    objective: str | None
    queries: tuple[str, ...]
    #: Whether whole texts are wanted, or how many characters of each.
    full: bool | int
    #: Characters of the excerpts of one page, at most.
    max_chars: int | None


def read_addresses(urls: Any, column: str | None) -> tuple[Source, list[Any]]:
    """The rows of a table of addresses, and the address of each.

    Args:
        urls: An address, several, results of a search, a Series, or a table.
        column: The column of a table that has them; `url` if None.

    Raises:
        InputError: It is none of these, is empty, or has no such column.
    """
    if isinstance(urls, SearchResults):
        urls = [page.url for page in urls]
    if isinstance(urls, str):
        urls = [urls]
    source = read_frame(urls)
    if not source.rows or not source.names:
        raise InputError("There are no addresses to read.", "Give at least one URL.")
    if column is not None:
        return source, source.values(check_text("column", column, "'website'"))
    if len(source.names) == 1:
        return source, source.values(source.names[0])
    if URL_COLUMN not in source.names:
        error = unknown_column(URL_COLUMN, source.names)
        remedy = f"Name the column that has the addresses: column='website'. {error.remedy}"
        raise InputError("The table has no column 'url'.", remedy)
    return source, source.values(URL_COLUMN)


def address_of(cell: Any, *, with_files: bool = False) -> ExtractedPage:
    """The address in a cell, or why there is none; one without a scheme is of the web.

        >>> address_of("example.org").url, address_of("no address").error
        ('https://example.org', 'this is no address of a page')

    Args:
        cell: The cell.
        with_files: Whether documents of a folder may be named, as an embedded engine does:
            `file:dataroom/report.md`.
    """
    if is_missing(cell) or not str(cell).strip():
        return ExtractedPage(None, error="there is no address")
    url = str(cell).strip()
    if with_files and url.startswith("file:"):
        return ExtractedPage(url)
    full = url if "://" in url else f"https://{url}"
    try:
        parts = urlsplit(full)
        # A mere word is no address: nothing is paid for those of a question among addresses.
        is_host = "." in (parts.hostname or "") or (full == url and bool(parts.hostname))
        is_address = parts.scheme in {"http", "https"} and is_host
    except ValueError:
        is_address = False
    if not is_address or any(character.isspace() for character in full):
        return ExtractedPage(url, error="this is no address of a page")
    return ExtractedPage(full)


def extract_pages(
    connection: Connection,
    table: tuple[Source, list[Any]],
    request: ExtractRequest,
    *,
    max_cost: float | None = None,
    fresh: bool = False,
) -> Extracts:
    """Read the page of each row: from the journal if it has it, and equal addresses once.

    Args:
        connection: Where to ask.
        table: See `read_addresses`.
        request: What is asked of each page.
        max_cost: USD at most for what is sent.
        fresh: Read, and pay for, also what the journal has.

    Raises:
        InputError: It would cost more than `max_cost`; nothing was sent.
        ExtractInterrupted: An interrupt.
        TransportError: The network failed.
        ApiError: The service refused or failed.
    """
    source, cells = table
    with_files = connection.kind == "embedded"
    rows = [address_of(cell, with_files=with_files) for cell in cells]
    wanted = [page.url for page in rows if page.url is not None and page.error is None]
    urls = list(dict.fromkeys(wanted))
    forget_old_jobs()
    kept = _Kept(journal_of_home(), f"{connection.identity} {connection.edition}", request)
    read = {} if fresh else kept.pages(urls)
    unread = [url for url in urls if url not in read]
    cost = extract_cost(len(unread)) if connection.is_billed else 0.0
    addresses = count(len(unread), "address", "addresses")
    remedy = "Raise the limit (--max-cost), or read fewer."
    check_cost(f"To read {addresses} would", cost, max_cost, remedy)
    reader = _Reader(connection.client, request, read, kept)
    try:
        background.run(reader.read_all(unread))
    except KeyboardInterrupt:
        done = len(unread) - sum(url not in read for url in unread)
        raise ExtractInterrupted(
            f"{done:,} of {addresses} were read, and are kept; the same call reads the rest."
        ) from None
    pages = [page if page.error or page.url is None else read[page.url] for page in rows]
    return Extracts(
        request.objective,
        request.queries,
        connection.label,
        tuple(pages),
        source,
        tuple(reader.warnings),
        len(urls) - len(unread),
        cost,
    )


class _Kept:
    """What the journal has of the pages of which the same was asked at the same place."""

    def __init__(self, journal: Journal, place: str, request: ExtractRequest) -> None:
        """`place` is the connection, and the state of its documents."""
        self._journal = journal
        asked = msgspec.json.encode((place, request))
        self._asked = hashlib.sha256(asked).hexdigest()

    def pages(self, urls: Sequence[str]) -> dict[str, ExtractedPage]:
        """Those that are kept, by their addresses."""
        found = self._journal.pages(self._asked, urls)
        return {url: decode_kept(page, ExtractedPage) for url, page in found.items()}

    async def put(self, pages: Mapping[str, ExtractedPage]) -> None:
        """Keep what was read; what could not be read is asked for again."""
        encoded = {url: msgspec.json.encode(page) for url, page in pages.items() if not page.error}
        await asyncio.to_thread(self._journal.put_pages, self._asked, encoded)


class _Reader:
    """Reads addresses in requests of at most `MAX_EXTRACT_URLS`."""

    def __init__(
        self,
        client: AsyncClient,
        request: ExtractRequest,
        read: dict[str, ExtractedPage],
        kept: _Kept,
    ) -> None:
        """Pages go into the journal and into `read` as they come."""
        self._kept = kept
        self._client = client
        self._request = request
        self._read = read
        self._limit = asyncio.Semaphore(_AT_ONCE)
        self._refused: list[InvalidRequestError] = []
        #: What the service remarked, each remark once.
        self.warnings: dict[str, None] = {}

    async def read_all(self, urls: Sequence[str]) -> None:
        """Read all of these. Raises what the service or the network has refused to do."""
        try:
            async with asyncio.TaskGroup() as reading:
                for start in range(0, len(urls), MAX_EXTRACT_URLS):
                    reading.create_task(self._read_some(urls[start : start + MAX_EXTRACT_URLS]))
        except BaseExceptionGroup as group:
            raise _first_of(group) from None
        if self._refused and len(self._refused) == len(urls):
            for url in urls:  # what is asked of the pages is at fault, and none of them
                del self._read[url]
            raise self._refused[0]

    async def _read_some(self, urls: Sequence[str]) -> None:
        try:
            async with self._limit:
                answer = await self._client.extract(
                    urls,
                    objective=self._request.objective,
                    queries=self._request.queries,
                    full_content=self._request.full,
                    max_chars_per_result=self._request.max_chars,
                )
        except InvalidRequestError as error:
            # One address makes the service refuse all that are sent with it.
            if len(urls) == 1:
                self._read[urls[0]] = ExtractedPage(urls[0], error=error.reason)
                self._refused.append(error)
                return
            half = len(urls) // 2
            await self._read_some(urls[:half])
            await self._read_some(urls[half:])
            return
        self.warnings.update(dict.fromkeys(warning.message for warning in answer.warnings or ()))
        pages = pair_pages(urls, answer)
        await self._kept.put(pages)
        self._read.update(pages)


def _first_of(group: BaseExceptionGroup[BaseException]) -> BaseException:
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def pair_pages(urls: Sequence[str], answer: ExtractResponse) -> dict[str, ExtractedPage]:
    """The page of each address that one request asked for.

    A page is known by its address; by one that differs in form alone (`http`, `www.`, a slash at
    the end); and where just one is left without a page, by being the other one that is left.
    """
    found = {
        page.url: ExtractedPage(
            page.url, page.title, page.publish_date, page.excerpts, page.full_content
        )
        for page in answer.results
    } | {
        fault.url: ExtractedPage(
            fault.url, error=_why(fault.error_type, fault.http_status_code, fault.content)
        )
        for fault in answer.errors
    }
    pages = {url: found.pop(url) for url in urls if url in found}
    by_form = {_form(url): url for url in found}
    for url in urls:
        if url not in pages and (other := by_form.pop(_form(url), None)) is not None:
            pages[url] = found.pop(other)
    left = [url for url in urls if url not in pages]
    if len(left) == len(found) == 1:  # it was led on to another address
        pages[left[0]] = next(iter(found.values()))
    none = ExtractedPage(None, error="the service has given no page for this address")
    return {url: replace(pages.get(url, none), url=url) for url in urls}


def _form(url: str) -> str:
    return url.partition("://")[2].removeprefix("www.").rstrip("/").lower()


def _why(kind: str, status: int | None, content: str | None) -> str:
    said = shorten(content or "", _SAID_CHARS)
    number = f" (HTTP {status})" if status is not None else ""
    return f"{shorten(kind, 60)}{number}{': ' * bool(said)}{said}"
