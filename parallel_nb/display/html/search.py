"""Ranked pages with their excerpts, in which the question's words are marked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from parallel_nb.api.processors import PRICES_AS_OF
from parallel_nb.display.html.escape import Html, clean, element, host_of, link, muted, root
from parallel_nb.display.html.highlight import (
    excerpt_around,
    highlight,
    pattern_for,
    query_terms,
)
from parallel_nb.formats import count, money

if TYPE_CHECKING:
    import re
    from collections.abc import Sequence

    from parallel_nb.api.types import SearchResult, Warning_

MOST_RESULTS: Final = 50
#: Characters of excerpts shown for one page, over at most so many excerpts.
_PAGE_CHARS: Final = 1_600
_MOST_EXCERPTS: Final = 4
_TITLE: Final = 160


class PageLike(Protocol):
    """What the displays read of one page, found or read by its address."""

    @property
    def url(self) -> str:
        """Its address."""

    @property
    def title(self) -> str | None:
        """Its title."""

    @property
    def publish_date(self) -> str | None:
        """When it was published."""

    @property
    def excerpts(self) -> list[str] | None:
        """The passages that bear on the question."""


class PagesLike(Protocol):
    """What the displays read of pages, found or read by their addresses."""

    @property
    def objective(self) -> str | None:
        """The question in plain words."""

    @property
    def queries(self) -> tuple[str, ...]:
        """The keyword queries."""

    @property
    def connection(self) -> str:
        """Where the pages come from."""

    @property
    def cost(self) -> float:
        """USD; 0 where nothing is billed."""


class SearchLike(PagesLike, Protocol):
    """What the displays read of a search; `parallel_nb.results.SearchResults` has it."""

    @property
    def mode(self) -> str:
        """How thorough it was."""

    @property
    def search_id(self) -> str:
        """The service's id of the search."""

    @property
    def results(self) -> Sequence[SearchResult]:
        """The pages, best first."""

    @property
    def warnings(self) -> Sequence[Warning_]:
        """What the service remarked."""

    @property
    def remarks(self) -> Sequence[str]:
        """What we remark on the question."""


def title_of(results: PagesLike) -> str:
    """The question on one line; addresses may be read without one."""
    return clean(results.objective or "; ".join(results.queries) or "Pages by address", _TITLE)


def cost_words(cost: float) -> str:
    """What a request cost by the price table; "" where it was free."""
    return f"{money(cost)} at prices of {PRICES_AS_OF}" if cost else ""


def warning_words(results: SearchLike) -> list[str]:
    """What we and the service remark, at most four of each."""
    service = [warning.message for warning in results.warnings[:4]]
    return [f"Warning: {clean(text, 300)}" for text in (*results.remarks[:4], *service)]


def query_pattern(results: PagesLike) -> re.Pattern[str] | None:
    """A pattern that matches the words of the question; None where it has none to mark."""
    return pattern_for(query_terms(results.objective or "", *results.queries), whole=False)


def html(results: SearchLike) -> Html:
    """The pages as HTML: one `details` a page, the first one open."""
    head = element(
        "div",
        element("strong", title_of(results)),
        " ",
        muted(
            clean(results.mode, 40),
            clean(results.connection, 120),
            count(len(results.results), "page"),
        ),
    )
    remarks = [element("p", words, style="para") for words in warning_words(results)]
    pages = [(page, "") for page in results.results]
    none = None if pages else element("p", "No page was found.", style="para")
    return root(head, *remarks, none, *pages_html(results, pages, "results.df"))


def pages_html(asked: PagesLike, pages: Sequence[tuple[PageLike, str]], more: str) -> list[Html]:
    """The first pages, how many there are besides, and what they cost.

    Args:
        asked: What was asked, whose words are marked.
        pages: Each with what else is said of it, beside its host and date.
        more: What has all of them, and all of their excerpts.
    """
    pattern = query_pattern(asked)
    shown = [
        _page_html(rank, page, pattern, more=more, note=note)
        for rank, (page, note) in enumerate(pages[:MOST_RESULTS], 1)
    ]
    left = len(pages) - MOST_RESULTS
    if left > 0:
        shown.append(element("div", muted(f"and {count(left, 'more page')}: {more}")))
    if asked.cost:
        shown.append(element("div", muted(cost_words(asked.cost)), style="para"))
    return shown


def _page_html(
    rank: int, page: PageLike, pattern: re.Pattern[str] | None, *, more: str, note: str
) -> Html:
    """One page as a `details`, the first one open."""
    excerpts = [excerpt for excerpt in page.excerpts or [] if excerpt.strip()]
    limit = _PAGE_CHARS // max(1, min(len(excerpts), _MOST_EXCERPTS))
    # The link stands below: some screen readers pass over one inside a summary.
    body = [element("div", link(page.url, page.url), style="indent")]
    body += [
        element("div", highlight(excerpt, pattern, limit), style="indent")
        for excerpt in excerpts[:_MOST_EXCERPTS]
    ]
    left = len(excerpts) - _MOST_EXCERPTS
    if left > 0:
        body.append(element("div", muted(f"and {count(left, 'more excerpt')}: {more}")))
    return element(
        "details",
        element(
            "summary",
            f"{rank}. ",
            element("b", clean(page.title or page.url, _TITLE)),
            " ",
            muted(host_of(page.url), clean(page.publish_date or "", 30), note),
        ),
        *body,
        None if excerpts else element("div", muted("no excerpt"), style="indent"),
        open="open" if rank == 1 else None,
        style="item",
    )


def pages_text(asked: PagesLike, pages: Sequence[tuple[PageLike, str]], more: str) -> list[str]:
    """The same as lines of text."""
    pattern = query_pattern(asked)
    lines = []
    for rank, (page, note) in enumerate(pages[:MOST_RESULTS], 1):
        lines += _page_text(rank, page, pattern, note)
    left = len(pages) - MOST_RESULTS
    lines += [f"  and {count(left, 'more page')}: {more}"] * (left > 0)
    return [*lines, f"  {cost_words(asked.cost)}"] if asked.cost else lines


def _page_text(rank: int, page: PageLike, pattern: re.Pattern[str] | None, note: str) -> list[str]:
    """One page as lines of text: rank, title, host, date, and a part of the first excerpt."""
    parts = (host_of(page.url), clean(page.publish_date or "", 30), note)
    about = " · ".join(part for part in parts if part)
    title = clean(page.title or page.url, _TITLE)
    lines = [f"  {rank}. {title}" + (f" ({about})" if about else "")]
    lines.append(f"     {clean(page.url, 300)}")
    first = next((excerpt for excerpt in page.excerpts or [] if excerpt.strip()), "")
    if first:
        lines.append(f"     {excerpt_around(first, pattern, 200)}")
    return lines


def text(results: SearchLike) -> str:
    """The pages as text: rank, title, host, date, and a part of the first excerpt."""
    where = f"{clean(results.mode, 40)} · {clean(results.connection, 120)}"
    lines = [title_of(results), f"  {where} · {count(len(results.results), 'page')}"]
    lines += [f"  {words}" for words in warning_words(results)]
    pages = [(page, "") for page in results.results]
    lines += [] if pages else ["  No page was found."]
    return "\n".join([*lines, *pages_text(results, pages, "results.df")])
