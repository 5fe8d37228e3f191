"""One bundle of every display, of plain and of hostile values, and how a reader sees HTML."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from typing import Any

from parallel_nb.api.schema.fields import FieldType, OutputField, parse_fields
from parallel_nb.api.types import (
    Citation,
    FieldBasis,
    JsonOutput,
    SearchResponse,
    SearchResult,
    Warning_,
)
from parallel_nb.display import job_bundle, plan_bundle, search_bundle, task_bundle
from parallel_nb.display.bundles import extract_bundle, progress_bundle, results_bundle
from parallel_nb.display.html.evidence import cell_of
from parallel_nb.display.html.results import Results, Row
from parallel_nb.extracts import ExtractedPage, Extracts
from parallel_nb.job.model import Progress, RowNote
from parallel_nb.job.plan import Plan
from parallel_nb.results import SearchResults, TaskResult
from parallel_nb.tables.frames import RowAnswer
from parallel_nb.tables.source import read_source
from tests.display.conftest import FinishedJob
from tests.display.test_escape import HOSTILE

Bundle = dict[str, str]
#: What a person must still be able to read, and MathJax must not typeset.
MONEY = "$0.00 (hosted it would be at most $0.20"
PLAIN = "Costs $5 to $10, or x < y & z"


def outputs(text: str = PLAIN) -> dict[str, Bundle]:
    """Every display, with `text` in each place that takes words from outside."""
    url = f"https://example.org/{text}"
    basis = [
        FieldBasis(text, text, [Citation(url, text, [text, f"before {text} after"])], "low"),
        FieldBasis(text, text, [Citation(text, text, [text])], text),
    ]
    output = JsonOutput(content={text: text, "year": 1970}, basis=basis)
    fields = (OutputField(text, FieldType("str"), text), *parse_fields("year: int?"))
    note = RowNote(text, text, text)
    progress = Progress(
        title=text, processor=text, connection=text, group_id=text, state="detached",
        total=3, reused=0, unsent=0, queued=1, running=0, completed=1, failed=1,
        rate=None, eta=None, cost=0.05, cost_reserved=0.05, cost_at_most=0.2,
        prices_as_of="October 2026",
        newest=(note,), failures=(note,), more_failures=5, message=text,
    )  # fmt: skip
    rows = [
        RowAnswer("a", "trun_1", "completed", output),
        RowAnswer("b", text, "failed", None, text),
    ]
    job: Any = FinishedJob(progress, fields, read_source({text: [text, "second"]}), rows)
    plan = Plan(
        title=text, processor=text, connection=text, billed=False, rows=20, merged=1, skipped=0,
        reused=2, in_flight=0, asked_again=0, to_send=20, requests=2, cost=0.0, hosted_cost=0.2,
        usd_per_1000=10.0, prices_as_of="October 2026", seconds=(1.0, 9.0, 12.0), findings=(),
        notes=(text,), fields=fields, example=text, rows_in_all=20, cost_in_all=0.0,
    )  # fmt: skip
    pages = [
        SearchResult(url=url, title=text, publish_date=text, excerpts=[text, text]),
        SearchResult(url=text, title=None, excerpts=None),
    ]
    response = SearchResponse(
        search_id=text, results=pages, warnings=[Warning_(type=text, message=text)]
    )
    line = Row(text, "completed", (cell_of(text, text, basis),))
    return {
        "job": job_bundle(job),
        "long job": job_bundle(replace_rows(job, 80)),
        "progress": progress_bundle(progress),
        "plan": plan_bundle(plan),
        "search": search_bundle(SearchResults(text, (text,), text, text, response)),
        "extract": extract_bundle(
            Extracts(
                *(text, (text,), text),
                pages=(
                    ExtractedPage(url, text, text, [text, text], text),
                    ExtractedPage(text, error=text),
                ),
                source=read_source([url, text]),
                warnings=(text,),
            )
        ),
        "task": task_bundle(TaskResult(text, text, text, "trun_1", output, fields)),
        "panel": results_bundle(text, text, Results(text, (text,), (line,), 900)),
    }


def replace_rows(job: FinishedJob, rows: int) -> Any:
    """The same job with its first row so many times."""
    names: dict[str, list[str]] = {name: [name] * rows for name in job.source.names}
    return replace(job, source=read_source(names), rows=[job.rows[0]] * rows)


@dataclass
class Seen(HTMLParser):
    """What stands in HTML: its tags, its text, its links and its attributes."""

    html: str
    tags: Counter[str] = field(default_factory=Counter)
    attributes: Counter[str] = field(default_factory=Counter)
    links: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.feed(self.html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes.update(name for name, _ in attrs)
        self.links += [value or "" for name, value in attrs if name == "href"]

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join("".join(self.words).split())


__all__ = ["HOSTILE", "MONEY", "PLAIN", "Bundle", "Seen", "outputs"]
