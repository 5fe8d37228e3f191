"""Ranked pages with their excerpts, the question's words marked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from parallel_nb.api.processors import PRICES_AS_OF
from parallel_nb.display.html.escape import Html, clean, element, host_of, link, root
from parallel_nb.display.html.marking import marked, pattern_of, query_needles, window
from parallel_nb.display.html.words import count, money, quiet

if TYPE_CHECKING:
    from parallel_nb.results import SearchResults

MOST_RESULTS: Final = 50
#: Characters of excerpts shown for one page, over at most so many excerpts.
_PAGE_CHARS: Final = 1_600
_MOST_EXCERPTS: Final = 4
_TITLE: Final = 160


def asked(results: SearchResults) -> str:
    """What was asked, on one line."""
    return clean(results.objective or "; ".join(results.queries), _TITLE)


def price(results: SearchResults) -> str:
    """What the search cost, as the price table has it; nothing where it was free."""
    return f"{money(results.cost)} at prices of {PRICES_AS_OF}" if results.cost else ""


def html(results: SearchResults) -> Html:
    """One `details` a page; the first is open."""
    pattern = pattern_of(query_needles(results.objective or "", *results.queries), whole=False)
    head = element(
        "div",
        element("strong", asked(results)),
        " ",
        quiet(
            clean(results.processor, 40),
            clean(results.connection, 120),
            count(len(results.results), "page"),
        ),
    )
    remarks = [
        element("p", "Warning: ", clean(warning.message, 300), style="para")
        for warning in results.warnings[:4]
    ]
    pages = []
    for rank, page in enumerate(results.results[:MOST_RESULTS], 1):
        excerpts = [excerpt for excerpt in page.excerpts or [] if excerpt.strip()]
        limit = _PAGE_CHARS // max(1, min(len(excerpts), _MOST_EXCERPTS))
        # the link stands below: one inside a summary is passed over by some screen readers
        body = [element("div", link(page.url, page.url), style="indent")]
        body += [
            element("div", marked(excerpt, pattern, limit), style="indent")
            for excerpt in excerpts[:_MOST_EXCERPTS]
        ]
        left = len(excerpts) - _MOST_EXCERPTS
        if left > 0:
            body.append(element("div", quiet(f"and {left:,} more excerpts: results.df")))
        pages.append(
            element(
                "details",
                element(
                    "summary",
                    f"{rank}. ",
                    element("b", clean(page.title or page.url, _TITLE)),
                    " ",
                    quiet(host_of(page.url), clean(page.publish_date or "", 30)),
                ),
                *body,
                None if excerpts else element("div", quiet("no excerpt"), style="indent"),
                open="open" if rank == 1 else None,
                style="item",
            )
        )
    left = len(results.results) - MOST_RESULTS
    more = element("div", quiet(f"and {left:,} more pages: results.df")) if left > 0 else None
    none = None if pages else element("p", "No page was found.", style="para")
    cost = element("div", quiet(price(results)), style="para") if results.cost else None
    return root(head, *remarks, *pages, more, none, cost)


def text(results: SearchResults) -> str:
    """Ranked titles with host, date and the start of the best excerpt."""
    pattern = pattern_of(query_needles(results.objective or "", *results.queries), whole=False)
    where = f"{clean(results.processor, 40)} · {clean(results.connection, 120)}"
    lines = [f"{asked(results)}", f"  {where} · {count(len(results.results), 'page')}"]
    lines += [f"  Warning: {clean(warning.message, 300)}" for warning in results.warnings[:4]]
    for rank, page in enumerate(results.results[:MOST_RESULTS], 1):
        about = " · ".join(
            part for part in (host_of(page.url), clean(page.publish_date or "", 30)) if part
        )
        title = clean(page.title or page.url, _TITLE)
        lines.append(f"  {rank}. {title}" + (f" ({about})" if about else ""))
        lines.append(f"     {clean(page.url, 300)}")
        best = next((excerpt for excerpt in page.excerpts or [] if excerpt.strip()), "")
        if best:
            lines.append(f"     {window(best, pattern, 200)}")
    if not results.results:
        lines.append("  No page was found.")
    if len(results.results) > MOST_RESULTS:
        lines.append(f"  and {len(results.results) - MOST_RESULTS:,} more pages: results.df")
    if results.cost:
        lines.append(f"  {price(results)}")
    return "\n".join(lines)
