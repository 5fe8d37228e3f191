"""Pages that were read by their addresses, shown as those of a search are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from parallel_nb.display.html.escape import Html, clean, element, muted, root
from parallel_nb.display.html.highlight import pattern_for, query_terms
from parallel_nb.display.html.search import MOST_RESULTS, cost_words, page_html, page_text
from parallel_nb.formats import count

if TYPE_CHECKING:
    import re
    from collections.abc import Sequence

    from parallel_nb.display.html.search import PageLike

#: Rows without a page that are listed; the rest is counted.
_MOST_FAILED: Final = 4
_ADDRESS: Final = 120
#: Characters of a whole text that stand for a page without excerpts.
_START: Final = 800


class ReadPage(Protocol):
    """What the displays read of one row; `parallel_nb.extracts.ExtractedPage` has it."""

    @property
    def url(self) -> str | None:
        """The address; None where the row had none."""

    @property
    def title(self) -> str | None:
        """The page's title."""

    @property
    def publish_date(self) -> str | None:
        """When it was published."""

    @property
    def excerpts(self) -> list[str] | None:
        """The passages that bear on the objective."""

    @property
    def text(self) -> str | None:
        """The whole text, where it was asked for."""

    @property
    def error(self) -> str | None:
        """Why the page could not be read."""


class ExtractsLike(Protocol):
    """What the displays read of an extract; `parallel_nb.extracts.Extracts` has it."""

    @property
    def objective(self) -> str | None:
        """What the excerpts were chosen by."""

    @property
    def queries(self) -> tuple[str, ...]:
        """The keyword queries."""

    @property
    def connection(self) -> str:
        """Where the pages come from."""

    @property
    def pages(self) -> Sequence[ReadPage]:
        """The rows."""

    @property
    def reused(self) -> int:
        """Pages that the journal had."""

    @property
    def warnings(self) -> Sequence[str]:
        """What the service remarked."""

    @property
    def cost(self) -> float:
        """USD; 0 where nothing is billed."""


class _Page:
    """A page that was read, as the display of a search takes one."""

    def __init__(self, page: ReadPage) -> None:
        self.url = page.url or ""
        self.title = page.title
        self.publish_date = page.publish_date
        start = [page.text[:_START]] if page.text else []
        self.excerpts: list[str] | None = page.excerpts or start
        self.note = count(len(page.text), "character") if page.text is not None else ""


def _parts(extracts: ExtractsLike) -> tuple[str, str, list[_Page], list[str]]:
    """Title and line of facts; the pages that were read; a line for each of the first failures."""
    title = clean(extracts.objective or "; ".join(extracts.queries) or "Pages by address", 160)
    failed = [page for page in extracts.pages if page.error is not None]
    pages = [_Page(page) for page in extracts.pages if page.error is None]
    facts = [clean(extracts.connection, _ADDRESS), count(len(pages), "page")]
    facts += [f"{extracts.reused:,} from the journal"] * bool(extracts.reused)
    facts += [f"{len(failed):,} not read"] * bool(failed)
    lines = [
        f"Not read: {clean(page.url or 'a row', _ADDRESS)}: {clean(page.error or '', 300)}"
        for page in failed[:_MOST_FAILED]
    ]
    lines += [f"and {len(failed) - _MOST_FAILED:,} more: .failed"] * (len(failed) > _MOST_FAILED)
    lines += [f"Warning: {clean(warning, 300)}" for warning in extracts.warnings[:_MOST_FAILED]]
    return title, " · ".join(facts), pages, lines


def _pattern(extracts: ExtractsLike) -> re.Pattern[str] | None:
    return pattern_for(query_terms(extracts.objective or "", *extracts.queries), whole=False)


def html(extracts: ExtractsLike) -> Html:
    """The pages as HTML: one `details` a page, the first one open."""
    title, facts, pages, lines = _parts(extracts)
    pattern = _pattern(extracts)
    shown: list[tuple[int, PageLike, str]] = [
        (rank, page, page.note) for rank, page in enumerate(pages[:MOST_RESULTS], 1)
    ]
    left = len(pages) - MOST_RESULTS
    return root(
        element("div", element("strong", title), " ", muted(facts)),
        *(element("p", line, style="para") for line in lines),
        *(page_html(rank, page, pattern, more=".df", note=note) for rank, page, note in shown),
        element("div", muted(f"and {count(left, 'more page')}: .df")) if left > 0 else None,
        element("div", muted(cost_words(extracts.cost)), style="para") if extracts.cost else None,
    )


def text(extracts: ExtractsLike) -> str:
    """The pages as text: title, host, date, and a part of the first excerpt."""
    title, facts, pages, notes = _parts(extracts)
    pattern = _pattern(extracts)
    lines = [title, f"  {facts}", *(f"  {note}" for note in notes)]
    for rank, page in enumerate(pages[:MOST_RESULTS], 1):
        lines += page_text(rank, page, pattern, page.note)
    left = len(pages) - MOST_RESULTS
    lines += [f"  and {count(left, 'more page')}: .df"] * (left > 0)
    lines += [f"  {cost_words(extracts.cost)}"] * bool(extracts.cost)
    return "\n".join(lines)
