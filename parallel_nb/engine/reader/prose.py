"""A text answer: the sentences that answer best, quoted, with the pages they stand on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from parallel_nb.api.types import Citation, FieldBasis
from parallel_nb.engine.reader.relevance import coverage, question
from parallel_nb.engine.reader.subject import ABOUT

if TYPE_CHECKING:
    from parallel_nb.engine.corpus.documents import Document
    from parallel_nb.engine.reader.context import Desk
    from parallel_nb.engine.reader.effort import Effort
    from parallel_nb.engine.reader.pages import Unit

NOTHING: Final = "The documents do not say."
#: A sentence that answers less than this part of the best one is not quoted.
_PART_OF_BEST: Final = 0.4
_LEAST: Final = 0.12
_REPEATS: Final = 0.7


def write(desk: Desk, effort: Effort) -> tuple[str, FieldBasis]:
    """Quote two to five sentences that answer, with `[1]` for the first page cited."""
    chosen = _choose(desk, effort.sentences)
    if not chosen:
        read = len(desk.sources)
        about = f" about {desk.subject.name!r}" if desk.subject.name else ""
        reasoning = (
            f"No sentence{about} in the {read} documents that were read matches the question."
        )
        return NOTHING, FieldBasis(field="output", reasoning=reasoning, confidence="low")
    numbers: dict[int, int] = {}
    for _, document, _ in chosen:
        numbers.setdefault(document.id, len(numbers) + 1)
    parts = [f"{_plain(unit)} [{numbers[document.id]}]" for _, document, unit in chosen]
    return " ".join(parts), _basis(desk, chosen)


_Chosen = tuple[float, "Document", "Unit"]


def _choose(desk: Desk, most: int) -> list[_Chosen]:
    task = desk.task
    subject = desk.subject
    asked = question([task.instruction, task.text], desk.index.idf, subject.words)
    scored: list[_Chosen] = []
    for source in desk.sources:
        about = not subject.words or source.trust >= ABOUT
        for unit in source.page.units:
            if not about and not subject.is_named_in(unit.words | unit.above):
                continue
            share = max((coverage(w, unit.words).score for w in asked.wordings), default=0.0)
            share += 0.15 if unit.number == 0 else 0.0
            score = share * source.trust
            if score >= _LEAST:
                scored.append((score, source.page.document, unit))
    if not scored and subject.words:
        return _introduction(desk, most)
    scored.sort(key=lambda item: (-item[0], item[1].id, item[2].number))
    chosen: list[_Chosen] = []
    for item in scored:
        if len(chosen) >= most or item[0] < _PART_OF_BEST * scored[0][0]:
            break
        if not any(_repeats(item[2], other) for _, _, other in chosen):
            chosen.append(item)
    return chosen


def _introduction(desk: Desk, most: int) -> list[_Chosen]:
    """What a page about the subject begins with, where the question says nothing else."""
    asked = question([desk.task.instruction, desk.task.text], desk.index.idf, desk.subject.words)
    if not asked.is_empty:
        return []
    for source in desk.sources:
        if source.trust >= ABOUT:
            units = source.page.units[:most]
            return [(0.3, source.page.document, unit) for unit in units]
    return []


def _repeats(unit: Unit, other: Unit) -> bool:
    smaller = min(len(unit.words), len(other.words)) or 1
    return len(unit.words & other.words) / smaller > _REPEATS


def _plain(unit: Unit) -> str:
    text = f"{unit.label}: {unit.value}" if unit.is_fact else unit.value
    if unit.subject:
        text = f"{unit.subject}, {text}"
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _basis(desk: Desk, chosen: list[_Chosen]) -> FieldBasis:
    by_page: dict[int, tuple[Document, list[str]]] = {}
    for _, document, unit in chosen:
        by_page.setdefault(document.id, (document, []))[1].append(unit.text)
    titles = ", ".join(repr(document.title) for document, _ in by_page.values())
    best = chosen[0][0]
    quoted = f"{len(chosen)} sentence{'s' if len(chosen) > 1 else ''}"
    return FieldBasis(
        field="output",
        reasoning=(
            f"Quoted {quoted} of {titles} that share most words with the question, "
            f"out of {len(desk.sources)} documents read."
        ),
        citations=[Citation(url=d.url, title=d.title, excerpts=e) for d, e in by_page.values()],
        confidence="high" if best >= 0.75 else "medium" if best >= 0.4 else "low",
    )
