"""Values that a person could meet, and a parser that holds the HTML to the fixed sets."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import pytest

from parallel_nb.api.schema.fields import parse_fields
from parallel_nb.api.types import (
    Citation,
    FieldBasis,
    JsonOutput,
    SearchResponse,
    SearchResult,
    TextOutput,
    Warning_,
)
from parallel_nb.display.html.escape import ATTRIBUTES, STYLES, TAGS
from parallel_nb.job.model import Progress, RowNote
from parallel_nb.links import is_safe_url
from parallel_nb.results import SearchResults, TaskResult
from parallel_nb.tables.frames import RowAnswer
from parallel_nb.tables.source import Source, read_source
from tests.display.front_end import NotebookPage, close_notebook, open_notebook

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from parallel_nb.api.schema.fields import OutputField

_VOID = {"br"}
_BLOCKS = {"br", "details", "div", "li", "p", "summary", "table", "td", "th", "tr"}


@dataclass
class Parsed(HTMLParser):
    """Reads HTML strictly: every tag closed in order, all tags and attributes known."""

    html: str
    tags: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    marked: list[str] = field(default_factory=list)
    titles: list[str] = field(default_factory=list)
    scopes: int = 0

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._open: list[str] = []
        self.feed(self.html)
        self.close()
        assert not self._open, f"unclosed: {self._open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in TAGS, f"foreign tag {tag!r}"
        self.tags.append(tag)
        if tag in _BLOCKS:
            self.words.append(" ")
        for name, value in attrs:
            assert name in ATTRIBUTES, f"foreign attribute {name!r} on {tag}"
            if name == "style":
                assert value in STYLES.values()
            if name == "href":
                assert value is not None
                assert is_safe_url(value)
                self.links.append(value)
            if name == "scope":
                self.scopes += 1
        if tag not in _VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open, f"stray </{tag}>"
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)
        if "mark" in self._open:
            self.marked.append(data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data!r}")

    def handle_decl(self, decl: str) -> None:
        raise AssertionError(f"a declaration: {decl!r}")

    def handle_pi(self, data: str) -> None:
        raise AssertionError(f"a processing instruction: {data!r}")

    def unknown_decl(self, data: str) -> None:
        raise AssertionError(f"a declaration: {data!r}")

    @property
    def text(self) -> str:
        """All that a person reads, on one line."""
        return " ".join("".join(self.words).split())


@dataclass
class FinishedJob:
    """What the displays read of a job: the public members of `job.Job`."""

    progress: Progress
    fields: tuple[OutputField, ...]
    source: Source
    rows: list[RowAnswer]
    id: str = "job-1"
    prompt: str = "Who leads it?"

    @property
    def title(self) -> str:
        return self.progress.title

    @property
    def connection(self) -> str:
        return self.progress.connection

    def answers(self) -> Iterator[RowAnswer]:
        return iter(self.rows)


RUNNING = Progress(
    title="1,000 companies",
    processor="core",
    connection="hosted",
    group_id="tgrp_9c2e0000000000000000000000000041",
    state="running",
    total=1000,
    reused=38,
    unsent=266,
    queued=200,
    running=80,
    completed=412,
    failed=4,
    rate=1.8,
    eta=(240.0, 300.0, 420.0),
    cost=10.30,
    cost_reserved=7.00,
    cost_at_most=23.95,
    prices_as_of="October 2026",
    newest=(
        RowNote("Hapag-Lloyd", "Rolf Habben Jansen · 1970 · public", "completed"),
        RowNote("Maersk", "Vincent Clerc · 1904 · public", "completed"),
    ),
    failures=(
        RowNote("Evergreen Marine", "the run timed out (trun_4f21)", "failed"),
        RowNote("ZIM", "the page could not be read", "failed"),
        RowNote("Wan Hai", "the page could not be read", "failed"),
        RowNote("PIL", "the run timed out", "failed"),
    ),
)

FIELDS = tuple(
    parse_fields(
        "ceo: str - Chief executive\nfounded: int? - Year\nownership: public|private|state - Who\n"
        "products: list[str] - Products"
    )
)

HAPAG = JsonOutput(
    content={
        "ceo": "Rolf Habben Jansen",
        "founded": 1970,
        "ownership": "public",
        "products": ["container transport", "reefer cargo"],
    },
    basis=[
        FieldBasis(
            "ceo",
            "Named as chief executive in the annual report.",
            [Citation("https://www.hapag-lloyd.com/en/board", "The board", ["Rolf Habben Jansen"])],
            "high",
        ),
        FieldBasis(
            "founded",
            "Two sources disagree: 1970 is the year of the merger, 1847 the founding of a line.",
            [
                Citation(
                    "https://www.example.org/lines",
                    "Shipping lines of the North Sea",
                    ["The company traces itself to 1847, when merchants founded the older line."],
                ),
                Citation(
                    "https://www.hapag-lloyd.com/en/history",
                    "Our history",
                    ["Hapag-Lloyd was formed in 1970 by the merger of two lines."],
                ),
            ],
            "low",
        ),
        FieldBasis("ownership", "Listed in Frankfurt.", [], "medium"),
        FieldBasis(
            "products.0",
            "The first product.",
            [
                Citation(
                    "https://www.hapag-lloyd.com/en/services", "Services", ["container transport"]
                )
            ],
            "high",
        ),
        FieldBasis("products.1", "The second product.", [], "low"),
    ],
)
NOWHERE = JsonOutput(
    content={"ceo": None, "founded": 2017, "ownership": "private", "products": []},
    basis=[FieldBasis("ceo", "The documents do not say.", [], "low")],
)


@pytest.fixture
def parse() -> Callable[[str], Parsed]:
    return Parsed


@pytest.fixture
def running() -> Progress:
    return RUNNING


@pytest.fixture
def done_job() -> FinishedJob:
    frame: Any = {"company": ["Hapag-Lloyd", "Ocean Network", "Evergreen Marine"]}
    progress = replace(
        RUNNING, title="3 companies", state="done", total=3, reused=1, unsent=0, queued=0,
        running=0, completed=1, failed=1, rate=None, eta=None, cost=0.025,
        cost_reserved=0.0, cost_at_most=0.025,
        failures=RUNNING.failures[:1],
    )  # fmt: skip
    rows = [
        RowAnswer("a", "trun_1", "completed", HAPAG),
        RowAnswer("b", "trun_2", "completed", NOWHERE),
        RowAnswer("c", "trun_3", "failed", None, "the run timed out (trun_4f21)"),
    ]
    return FinishedJob(progress, FIELDS, read_source(frame), rows)


@pytest.fixture
def big_job(done_job: FinishedJob) -> Callable[[int], FinishedJob]:
    def make(rows: int) -> FinishedJob:
        frame: Any = {"company": [f"Company {number}" for number in range(rows)]}
        answers = [RowAnswer(f"k{n}", f"trun_{n}", "completed", HAPAG) for n in range(rows)]
        progress = replace(done_job.progress, total=rows, completed=rows, reused=0, failed=0)
        return FinishedJob(progress, FIELDS, read_source(frame), answers)

    return make


@pytest.fixture
def found() -> SearchResults:
    pages = [
        SearchResult(
            url="https://www.rust-lang.org/learn",
            title="Rust",
            publish_date="2025-02-20",
            excerpts=["Rust is a statically typed systems language with type inference."],
        ),
        SearchResult(url="https://java.example.com/", title=None, excerpts=None),
        SearchResult(url="notes/elm.md", title="Elm", excerpts=["Elm is typed."] * 6),
    ]
    response = SearchResponse(
        search_id="search_1",
        results=pages,
        warnings=[Warning_(type="spec_validation_warning", message="the queries are long")],
    )
    return SearchResults(
        "Which languages are statically typed?", (), "basic", "embedded: sample documents", response
    )


@pytest.fixture
def many_found(found: SearchResults) -> SearchResults:
    """Twelve pages, nine of them on one site, one of those without a date."""
    found.response.results += [
        SearchResult(
            url=f"https://archive.example/reports/{n}",
            title=f"Report {n}",
            publish_date=None if n == 3 else f"20{10 + n}-0{n % 9 + 1}-15",
            excerpts=[f"Of {n} languages in the report, some were typed.", "The rest were not."],
        )
        for n in range(9)
    ]
    return found


@pytest.fixture
def answer() -> TaskResult:
    return TaskResult(
        "When was Hapag-Lloyd founded?", "core", "hosted", "trun_1", HAPAG, FIELDS, reused=True
    )


@pytest.fixture
def text_answer() -> TaskResult:
    basis = [
        FieldBasis("output", "Quoted.", [Citation("https://a.example/x", "X", ["Yes."])], "high")
    ]
    return TaskResult("Is it so?", "base", "hosted", "trun_2", TextOutput("Yes.", basis))


@pytest.fixture
def notebook(monkeypatch: pytest.MonkeyPatch) -> Iterator[NotebookPage]:
    """A notebook in which widgets are live, without a browser."""
    page = open_notebook(monkeypatch)
    yield page
    close_notebook(page)
