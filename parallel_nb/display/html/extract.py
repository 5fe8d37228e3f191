"""Pages that were read by their addresses, shown as those of a search are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from parallel_nb.api.types import SearchResult
from parallel_nb.display.html.escape import Html, clean, element, muted, root
from parallel_nb.display.html.search import PagesLike, pages_html, pages_text, title_of
from parallel_nb.formats import count

if TYPE_CHECKING:
    from collections.abc import Sequence

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


class ExtractsLike(PagesLike, Protocol):
    """What the displays read of an extract; `parallel_nb.extracts.Extracts` has it."""

    @property
    def pages(self) -> Sequence[ReadPage]:
        """The rows."""

    @property
    def reused(self) -> int:
        """Pages that the journal had."""

    @property
    def warnings(self) -> Sequence[str]:
        """What the service remarked."""


def _page(page: ReadPage) -> tuple[SearchResult, str]:
    """A page that was read as the display of a search takes one, and how long it is."""
    start = [page.text[:_START]] if page.text else []
    shown = SearchResult(
        url=page.url or "",
        title=page.title,
        publish_date=page.publish_date,
        excerpts=page.excerpts or start,
    )
    return shown, count(len(page.text), "character") if page.text is not None else ""


def _parts(extracts: ExtractsLike) -> tuple[str, list[tuple[SearchResult, str]], list[str]]:
    """The line of facts; the pages that were read; a line for each of the first failures."""
    failed = [page for page in extracts.pages if page.error is not None]
    pages = [_page(page) for page in extracts.pages if page.error is None]
    facts = [clean(extracts.connection, _ADDRESS), count(len(pages), "page")]
    facts += [f"{extracts.reused:,} from the journal"] * bool(extracts.reused)
    facts += [f"{len(failed):,} not read"] * bool(failed)
    lines = [
        f"Not read: {clean(page.url or 'a row', _ADDRESS)}: {clean(page.error or '', 300)}"
        for page in failed[:_MOST_FAILED]
    ]
    lines += [f"and {len(failed) - _MOST_FAILED:,} more: .failed"] * (len(failed) > _MOST_FAILED)
    lines += [f"Warning: {clean(warning, 300)}" for warning in extracts.warnings[:_MOST_FAILED]]
    return " · ".join(facts), pages, lines


def html(extracts: ExtractsLike) -> Html:
    """The pages as HTML: one `details` a page, the first one open."""
    facts, pages, lines = _parts(extracts)
    return root(
        element("div", element("strong", title_of(extracts)), " ", muted(facts)),
        *(element("p", line, style="para") for line in lines),
        *pages_html(extracts, pages, ".df"),
    )


def text(extracts: ExtractsLike) -> str:
    """The pages as text: title, host, date, and a part of the first excerpt."""
    facts, pages, notes = _parts(extracts)
    lines = [title_of(extracts), f"  {facts}", *(f"  {note}" for note in notes)]
    return "\n".join([*lines, *pages_text(extracts, pages, ".df")])
