"""`job.page(row, field)`: the page of a document on which a value stands."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from parallel_nb import settings
from parallel_nb.api.arguments import check_text, shown
from parallel_nb.api.errors import InputError
from parallel_nb.api.pages import text_of
from parallel_nb.formats import count, did_you_mean
from parallel_nb.job.journal import open_journal

if TYPE_CHECKING:
    from parallel_nb.api.pages import DocumentPage
    from parallel_nb.api.types import Citation
    from parallel_nb.job.answers import JobAnswers
    from parallel_nb.tables.frames import RowAnswer
    from parallel_nb.tables.source import Source

#: The identity of the hosted service, which shows no pages.
_HOSTED: Final = "hosted"


@dataclass(frozen=True, slots=True)
class CitedPage:
    """A page of a document, with the passage marked on which a value rests.

    It shows itself in a notebook: a page of a PDF as its picture, any other as text.

    Examples:
        >>> page = job.page("Meridian Freight", "annual_rent")  # doctest: +SKIP
        >>> Path("rent.png").write_bytes(page.png)  # doctest: +SKIP

    Attributes:
        shown: What the engine has given: path, number, marks, the blocks of the text.
    """

    shown: DocumentPage
    _url: str = field(repr=False)
    _identity: str = field(repr=False)
    _passages: tuple[str, ...] = field(repr=False)

    @property
    def png(self) -> bytes | None:
        """The page as a PNG file; None for a document that is no PDF, or cannot be drawn."""
        return self.shown.picture or None

    @property
    def text(self) -> str:
        """The text of the page, as it was read."""
        return text_of(self.shown)

    @property
    def note(self) -> str:
        """What should be known of the marks or the file, such as that nothing is marked; or ""."""
        return self.shown.note

    def __repr__(self) -> str:
        """Where it stands."""
        return f"<CitedPage {self.shown.where}>"

    def turn(self, pages: int = 1) -> CitedPage:
        """Another page of the same document.

            job.page("Meridian Freight", "annual_rent").turn(-1)

        Args:
            pages: How many pages on; back where it is negative.

        Returns:
            That page, with what is marked on it.

        Raises:
            InputError: There is no such page.
        """
        number = self.shown.number + pages
        if not 0 < number <= self.shown.total:
            raise InputError(
                f"{self.shown.path} has no {self.shown.unit} {number:,}.",
                f"It has {count(self.shown.total, self.shown.unit)}.",
            )
        return show_cited(self._identity, self._url, self._passages, number)


def show_cited(
    identity: str, url: str, passages: tuple[str, ...], number: int | None = None
) -> CitedPage:
    """Ask for a page; see `connection.shown_pages.show_page`."""
    from parallel_nb.connection.shown_pages import show_page  # noqa: PLC0415 - stays light

    shown = show_page(identity, url, passages, number)
    return CitedPage(shown, url, identity, passages)


def identity_of(run_id: str) -> str:
    """The connection that has answered a run, as the journal knows it; that of the web if not."""
    origin = open_journal(settings.current()).run_origins([run_id]).get(run_id)
    return (origin and origin.identity) or _HOSTED


def page_of(answers: JobAnswers, wanted: Wanted) -> CitedPage:
    """The page that a value rests on.

    Args:
        answers: Of the job.
        wanted: Which value, and which of its sources.

    Raises:
        InputError: There is no such row, field or source; or the page is of the web.
        ConnectionProblem: The documents are not connected.
    """
    check_text("field", wanted.field, "'ceo'")
    if type(wanted.source) is not int:
        raise InputError(f"source = {shown(wanted.source)} is no whole number.", "Count from 0.")
    answer = next(islice(answers, _row_number(answers.source, wanted.row), None))
    if answer.output is None or answer.run_id is None:
        raise InputError(f"Row {wanted.row!r} has no answer ({answer.error or answer.status}).")
    citations = _citations(answer, wanted.field)
    if not citations:
        raise InputError(f"No source is cited for {wanted.field!r} of row {wanted.row!r}.")
    if not 0 <= wanted.source < len(citations):
        raise InputError(
            f"There is no source {wanted.source} of {wanted.field!r}.",
            f"It has {count(len(citations), 'source')}, from 0.",
        )
    citation = citations[wanted.source]
    passages = tuple(citation.excerpts or ())
    return show_cited(identity_of(answer.run_id), citation.url, passages)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which value's page is asked for."""

    row: Any
    field: str
    source: int = 0


def _row_number(source: Source, wanted: Any) -> int:
    """The number of the row that is called so: in the index, else in a column that tells it.

    Raises:
        InputError: There is none, or there are several.
    """
    columns = (source.index, *(source.values(name) for name in source.names))
    for labels in columns:
        rows = [n for n, label in enumerate(labels) if _is_same(label, wanted)]
        if len(rows) == 1:
            return rows[0]
        if rows:
            raise InputError(
                f"{len(rows):,} rows are called {wanted!r}.", "Name one by its label in the index."
            )
    raise InputError(f"There is no row {wanted!r}.", "Name it by its label in the index of job.df.")


def _citations(answer: RowAnswer, name: str) -> list[Citation]:
    """The citations of a field, and of its elements, each address once.

    Raises:
        InputError: There is no such field.
    """
    assert answer.output is not None  # noqa: S101 - the caller has looked
    entries = answer.output.basis
    elements = (f"{name}.", f"{name}[")
    own = [e for e in entries if e.field == name or e.field.startswith(elements)]
    names = {entry.field for entry in entries}
    if isinstance(answer.content, dict):
        names |= set(answer.content)
    if not own and name not in names:
        raise InputError(
            f"There is no field {name!r}.",
            f"{did_you_mean(name, sorted(names))}The fields are {', '.join(sorted(names))}.",
        )
    by_url = {c.url: c for entry in reversed(own) for c in reversed(entry.citations)}
    return list(reversed(by_url.values()))


def _is_same(label: Any, wanted: Any) -> bool:
    try:
        return bool(label == wanted)
    except (TypeError, ValueError):
        return False
