"""A job as a report: the answers with numbered notes, the sources they name, and the method.

A report is plain values; `xlsx`, `docx` and `html` write it. Each cell of an answer carries the
numbers of its sources, so that a reader on paper finds them as one on a screen does.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote, urlsplit

import msgspec

from parallel_nb.formats import count, harmless, number
from parallel_nb.tables.frames import raw_value
from parallel_nb.tables.source import read_frame
from parallel_nb.tables.values import is_missing
from parallel_nb.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from parallel_nb.api.types import FieldBasis
    from parallel_nb.job.answers import JobAnswers
    from parallel_nb.job.journal import JobRecord
    from parallel_nb.tables.frames import RowAnswer

#: Controls that are white space to Python, half characters, and what is no character.
_NOT_XML: Final = re.compile(r"[\x0b\x0c\x1c-\x1f\ud800-\udfff\ufffe\uffff]")
#: What a cell may hold; anything else becomes text.
Value = bool | int | float | datetime | str | None
#: Stands where a field was asked for and nothing was found.
NOT_FOUND: Final = "not found"
#: Columns of the answers that say nothing new where each row has this.
_QUIET: Final = {"status": "completed", "error": None}


@dataclass(frozen=True, slots=True)
class Cell:
    """One value of the table."""

    value: Value = None
    #: high, medium or low; None where the service says nothing, or it is no answer.
    confidence: str | None = None
    #: Numbers of its sources.
    notes: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """One source of one value."""

    number: int
    #: The label of the row, and the field.
    row: str
    field: str
    value: str
    confidence: str
    #: The title of the page or document.
    document: str
    #: Where in the document, such as `page=3`; empty where it is not known.
    place: str
    url: str
    #: What the source says, verbatim.
    excerpt: str
    reasoning: str


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that is written; see `make_report`."""

    title: str
    question: str
    #: The names of the columns, and which of them hold answers.
    columns: tuple[str, ...]
    answers: frozenset[str]
    rows: tuple[tuple[Cell, ...], ...]
    sources: tuple[Source, ...]
    #: Question, fields, connection, dates: names with what they say.
    method: tuple[tuple[str, str], ...]
    #: Columns that say nothing new where each row has this value.
    quiet: Mapping[str, Value] = field(default_factory=lambda: _QUIET)


def make_report(record: JobRecord, answers: JobAnswers) -> Report:
    """Put together what a report holds.

    Args:
        record: The job, as the journal has it.
        answers: Its answers, as they are now.

    Returns:
        The report. Rows are in the order of the frame.
    """
    frame = read_frame(answers.frame()).frame
    named = answers.columns
    columns = [name for name in frame.columns if name != named.status["run_id"]]
    cells = {name: [plain(value) for value in frame.get_column(name).to_list()] for name in columns}
    labels = _labels(answers)
    rows: list[tuple[Cell, ...]] = []
    sources: list[Source] = []
    for position, answer in enumerate(answers):
        noted = {}
        for name, column in named.fields.items():
            found = list(_sources(answer, name, labels[position], len(sources) + 1))
            sources += found
            confidence = next((e.confidence for e in _entries(answer, name) if e.confidence), None)
            noted[column] = (confidence, tuple(source.number for source in found))
        rows.append(
            tuple(
                Cell(cells[name][position], *noted[name])
                if name in noted
                else Cell(cells[name][position])
                for name in columns
            )
        )
    return Report(
        title=record.title,
        question=record.prompt,
        columns=tuple(columns),
        answers=frozenset(named.fields.values()),
        rows=tuple(rows),
        sources=tuple(sources),
        method=tuple(_method(record, answers, cells[named.status["status"]])),
        quiet={named.status[name]: value for name, value in _QUIET.items()},
    )


def plain(value: Any) -> Value:
    """A value as a cell holds it: numbers, dates, yes and no as such, the rest as text.

    >>> plain(["a", "b"]), plain(float("nan")), plain(3)
    ('a, b', None, 3)
    """
    if value is None or (not isinstance(value, (list, dict)) and is_missing(value)):
        return None
    if isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, date):  # a datetime is one too, and a pandas Timestamp a datetime
        moment = datetime.fromisoformat(value.isoformat())
        return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
    if hasattr(value, "item"):
        return plain(value.item())  # a number of NumPy
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        value = ", ".join(value)
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return _clean(text)


def shown_columns(report: Report) -> list[int]:
    """The columns that say something: no column of nothing but "completed", or of no errors."""
    return [
        index
        for index, name in enumerate(report.columns)
        if name not in report.quiet
        or any(row[index].value != report.quiet[name] for row in report.rows)
    ]


def text_of(value: Value) -> str:
    """A value in words: numbers grouped but for years, dates as YYYY-MM-DD, "" for none.

    >>> text_of(1556000.0), text_of(1932), text_of(True), text_of(None)
    ('1,556,000', '1932', 'yes', '')
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (int, float)):
        return number(value)
    if isinstance(value, datetime):
        is_day = (value.hour, value.minute, value.second) == (0, 0, 0)
        return f"{value:%Y-%m-%d}" if is_day else value.isoformat(" ", "seconds")
    return value


def _clean(text: str) -> str:
    """Text without what hides, moves a cursor or cannot stand in XML, of which Office files are."""
    return _NOT_XML.sub("\ufffd", harmless(text))


def _labels(answers: JobAnswers) -> list[str]:
    """What names each row: its first input that is text, else its place in the index."""
    source = answers.source
    labels = [str(label) for label in source.index]
    for name in source.names:
        values = source.values(name)
        if any(isinstance(value, str) for value in values):
            return [
                value if isinstance(value, str) and value.strip() else label
                for value, label in zip(values, labels, strict=True)
            ]
    return labels


def _entries(answer: RowAnswer, name: str) -> list[FieldBasis]:
    """The basis of a field, and that of the elements of its list."""
    if answer.output is None:
        return []
    return [e for e in answer.output.basis if e.field == name or e.field.startswith(f"{name}.")]


def _sources(answer: RowAnswer, name: str, row: str, first: int) -> Iterator[Source]:
    number = first
    seen = set()
    for entry in _entries(answer, name):
        value = None if answer.output is None else raw_value(answer.output, entry.field)
        for citation in entry.citations:
            excerpt = " … ".join(citation.excerpts or [])
            if (citation.url, excerpt) in seen:
                continue
            seen.add((citation.url, excerpt))
            yield Source(
                number=number,
                row=_clean(row),
                field=entry.field,
                value=text_of(plain(value)),
                confidence=entry.confidence or "",
                document=_clean(citation.title or unquote(citation.url)),
                place=_clean(_place(citation.url)),
                url=_clean(citation.url),
                excerpt=_clean(excerpt),
                reasoning=_clean(entry.reasoning),
            )
            number += 1


def _place(url: str) -> str:
    try:
        return unquote(urlsplit(url).fragment)
    except ValueError:
        return ""


def _method(
    record: JobRecord, answers: JobAnswers, statuses: Iterable[object]
) -> Iterator[tuple[str, str]]:
    by_status: dict[str, int] = {}
    for status in statuses:
        by_status[str(status)] = by_status.get(str(status), 0) + 1
    yield "Question", _clean(record.prompt)
    for asked in answers.fields:
        description = f" - {asked.description}" if asked.description else ""
        yield f"Field {asked.name}", _clean(f"{asked.type}{description}")
    yield "Asked", record.connection
    yield "Processor", record.processor
    if record.policy is not None:
        policy = msgspec.json.decode(record.policy)
        yield "Sources allowed", _clean(json.dumps(policy, ensure_ascii=False))
    yield "Task group", record.group_id or "none yet"
    yield "Begun", f"{datetime.fromtimestamp(record.created, UTC):%Y-%m-%d %H:%M} UTC"
    yield "Last changed", f"{datetime.fromtimestamp(record.changed, UTC):%Y-%m-%d %H:%M} UTC"
    yield (
        "Rows",
        f"{count(record.rows, 'row')}: "
        + ", ".join(f"{number:,} {status}" for status, number in by_status.items()),
    )
    yield (
        "Confidence",
        "high, medium or low, as the service gives it for each value; sources are quoted verbatim.",
    )
    yield "Made with", f"parallel_nb {__version__}"
