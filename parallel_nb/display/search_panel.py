"""`results.panel()`: ranked pages that can be filtered, sorted, opened and cited."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Final

from parallel_nb.display.bundles import search_bundle
from parallel_nb.display.html.escape import clean, host_of
from parallel_nb.display.html.marking import pattern_of, pieces, query_needles, window
from parallel_nb.display.html.search import asked, price
from parallel_nb.display.html.words import count
from parallel_nb.display.live import LivePanel

if TYPE_CHECKING:
    import re
    from collections.abc import Callable

    from parallel_nb.api.types import SearchResult
    from parallel_nb.results import SearchResults

_TITLE: Final = 160
_EXCERPT: Final = 2_000
_EXCERPTS: Final = 8
#: One message brings pages up to about so many characters of excerpts, and one page at least.
_MESSAGE: Final = 30_000
#: What a piece takes beside its text.
_PIECE: Final = 14
_WARNINGS: Final = 4


class SearchPanel(LivePanel):
    """The panel of one search. It shows itself as the last value of a cell."""

    def __init__(self, results: SearchResults) -> None:
        """Nothing is sent again: the panel shows what the search has brought."""
        super().__init__(f"search {results.search_id} {id(results)}")
        self._results = results
        self._pattern = pattern_of(
            query_needles(results.objective or "", *results.queries), whole=False
        )

    def bundle(self) -> dict[str, str]:
        """The static twin."""
        return search_bundle(self._results)

    def head(self) -> dict[str, Any]:
        """What is known before the pages: what was asked, where, how many pages."""
        results = self._results
        return {
            "title": asked(results),
            "processor": clean(results.processor, 40),
            "connection": clean(results.connection, 120),
            "total": len(results),
            "price": price(results),
            "warnings": [clean(w.message, 300) for w in results.warnings[:_WARNINGS]],
        }

    def pages(self, start: int) -> list[dict[str, Any]]:
        """The pages from this place on (counted from 0), as many as one message may hold."""
        found: list[dict[str, Any]] = []
        size = 0
        for rank, page in enumerate(self._results.results[start:], start + 1):
            found.append(_page(rank, page, self._pattern))
            size += sum(len(text) + _PIECE for one in found[-1]["excerpts"] for text, _ in one)
            if size >= _MESSAGE:
                break
        return found

    def _make_widget(self, on_close: Callable[[], None] | None) -> Any:
        from parallel_nb.display.widgets.search import SearchWidget  # noqa: PLC0415 - loads anywidget

        return SearchWidget(self.head(), self.pages, on_close, self.bundle)


def _page(rank: int, page: SearchResult, pattern: re.Pattern[str] | None) -> dict[str, Any]:
    excerpts = [excerpt for excerpt in page.excerpts or [] if excerpt.strip()]
    return {
        "rank": rank,
        "title": clean(page.title or page.url, _TITLE),
        "url": clean(page.url, 2000),
        "host": host_of(page.url),
        "date": clean(page.publish_date or "", 30),
        "day": _day(page.publish_date),
        "excerpts": [
            pieces(window(excerpt, pattern, _EXCERPT), pattern) for excerpt in excerpts[:_EXCERPTS]
        ],
        "more": count(len(excerpts) - _EXCERPTS, "more excerpt")
        if len(excerpts) > _EXCERPTS
        else "",
    }


def _day(date: str | None) -> str:
    """A date that can be sorted by, or "" for none and for one that is not a date."""
    try:
        return dt.date.fromisoformat((date or "")[:10]).isoformat()
    except ValueError:
        return ""
