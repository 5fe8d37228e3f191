"""`results.panel()`: ranked pages that can be filtered, sorted, opened and cited."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Final

from parallel_nb.display.bundles import search_bundle
from parallel_nb.display.html.escape import clean, host_of
from parallel_nb.display.html.highlight import excerpt_around, split_matches
from parallel_nb.display.html.search import cost_words, query_pattern, title_of
from parallel_nb.display.live import LivePanel
from parallel_nb.formats import count

if TYPE_CHECKING:
    import re

    from parallel_nb.api.types import SearchResult
    from parallel_nb.display.html.search import SearchLike

#: Bounds of what is sent of a page, in characters and in number.
_TITLE_LIMIT: Final = 160
_ADDRESS_LIMIT: Final = 60
_EXCERPT_LIMIT: Final = 2_000
_MOST_EXCERPTS: Final = 8
_MOST_WARNINGS: Final = 4
#: One message brings pages up to about so many characters of excerpts, and at least one page.
_MESSAGE_LIMIT: Final = 30_000
#: Characters that JSON adds to a piece of an excerpt.
_PIECE_OVERHEAD: Final = 14


class SearchPanel(LivePanel):
    """The panel of one search. It shows itself as the last value of a cell."""

    asset = "search"

    def __init__(self, results: SearchLike) -> None:
        """Nothing is sent again: the panel shows what the search has brought."""
        super().__init__(f"search {results.search_id} {id(results)}")
        self._results = results
        self._pattern = query_pattern(results)

    def bundle(self) -> dict[str, str]:
        """The ranked pages as HTML and text."""
        return search_bundle(self._results)

    def head(self) -> dict[str, Any]:
        """What is known before the pages: the question, where it was asked, how many pages."""
        results = self._results
        return {
            "title": title_of(results),
            "about": f"{clean(results.mode, 40)} · {clean(results.connection, 120)}",
            "total": len(results.results),
            "cost": cost_words(results.cost),
            "warnings": [
                clean(warning.message, 300) for warning in results.warnings[:_MOST_WARNINGS]
            ],
        }

    def answer(self, kind: str, question: dict[str, Any]) -> dict[str, Any] | None:
        """Answer `pages`: the pages from `start` on (counted from 0) that fit in a message."""
        if kind != "pages":
            return None
        start = question.get("start")
        start = max(start, 0) if type(start) is int else 0
        pages: list[dict[str, Any]] = []
        size = 0
        for rank, result in enumerate(self._results.results[start:], start + 1):
            pages.append(_plain_page(rank, result, self._pattern))
            for pieces in pages[-1]["excerpts"]:
                size += sum(len(text) + _PIECE_OVERHEAD for text, _ in pieces)
            if size >= _MESSAGE_LIMIT:
                break
        return {"pages": pages}


def _plain_page(rank: int, result: SearchResult, pattern: re.Pattern[str] | None) -> dict[str, Any]:
    """A page as the widget reads it (`js/src/search.ts`)."""
    excerpts = [excerpt for excerpt in result.excerpts or [] if excerpt.strip()]
    left = len(excerpts) - _MOST_EXCERPTS
    host = host_of(result.url)
    # Without a host the address says where the page is, unless its title says so already.
    address = (
        clean(result.url, _ADDRESS_LIMIT) if result.title not in (None, "", result.url) else ""
    )
    return {
        "rank": rank,
        "title": clean(result.title or result.url, _TITLE_LIMIT),
        "url": clean(result.url, 2000),
        "host": host,
        "where": host or address,
        "date": clean(result.publish_date or "", 30),
        "day": _day(result.publish_date),
        "excerpts": [
            split_matches(excerpt_around(excerpt, pattern, _EXCERPT_LIMIT), pattern)
            for excerpt in excerpts[:_MOST_EXCERPTS]
        ],
        "more": f"and {count(left, 'more excerpt')}: results.df" if left > 0 else "",
    }


def _day(date: str | None) -> str:
    """A date that can be sorted by, or "" for none and for one that is not a date."""
    try:
        return dt.date.fromisoformat((date or "")[:10]).isoformat()
    except ValueError:
        return ""
