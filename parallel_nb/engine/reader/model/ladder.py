"""The ladder of verification: a claim of a model is a value only if it holds on every rung.

1. the quote stands in a section that was shown, never across two, and never in a title
2. the value follows from the quote by the field's type
3. no year that the field names is missed
4. the subject is named in the passage, above it, or by its document, and nobody else is spoken of
5. the field's words stand in the statement or above it, unless the value speaks for itself

If the first alone fails, a statement that holds on the others is looked for. What fails is dropped,
with the reason.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, Literal

from parallel_nb.engine.corpus.dates import find_dates
from parallel_nb.engine.reader.language.numbers import find_numbers
from parallel_nb.engine.reader.model.lists import read_members
from parallel_nb.engine.reader.model.quotes import find_quote, statement_at, statements_of
from parallel_nb.engine.reader.model.rungs import (
    asks_for_past,
    column_of,
    field_roots,
    is_on_topic,
    is_past,
    names_subject,
    other_subject,
    overlap,
    year_conflict,
)
from parallel_nb.engine.reader.model.values import (
    Derived,
    Rejected,
    clauses,
    derive,
    same_value,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from parallel_nb.engine.reader.model.prompt import Claim
    from parallel_nb.engine.reader.model.quotes import Span
    from parallel_nb.engine.reader.model.sections import Section
    from parallel_nb.engine.reader.request import RequestedField

#: Statements that are looked through for one that says the same, or something newer.
_MOST_STATEMENTS: Final = 400
_COUNTRY: Final = re.compile(r"\bcountry\b|\bnation\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What has become of a claim."""

    #: `holds`: there is a value; `not found`: the model has found none; `dropped`: what it gave
    #: did not hold; `fault`: it did not answer.
    outcome: Literal["holds", "not found", "dropped", "fault"]
    #: None but where it holds.
    value: Any = None
    #: Why there is none, as a clause.
    reason: str = ""
    #: What the model gave, in its own words.
    given: str = ""
    #: The section and the statement in it that hold the value.
    section: Section | None = None
    excerpt: str = ""
    #: The quote did not stand there; this statement was found in its place.
    found_again: bool = False
    #: The subject is named by the document's other parts only.
    document_only: bool = False
    #: A choice that the quote means and does not name.
    is_meant: bool = False
    #: A statement that is closer to what is asked for, and does not say it.
    closer: str = ""
    #: What a newer page says in its place, and the page.
    newer: tuple[Any, Section] | None = None

    @property
    def is_disputed(self) -> bool:
        """True where a newer page says otherwise, or the quote was not what the model gave."""
        return self.found_again or self.newer is not None

    @property
    def is_weak(self) -> bool:
        """True for a value that holds, and is not vouched for."""
        return self.is_disputed or self.document_only or self.is_meant or bool(self.closer)


@dataclass(frozen=True, slots=True)
class Asked:
    """A field with what its claims are held against."""

    field: RequestedField
    #: The roots of the subject's name.
    subject: frozenset[str]
    #: What the model was shown, in that order.
    shown: Sequence[Section]

    @property
    def topic(self) -> frozenset[str]:
        """The roots of the field's own words."""
        return field_roots(self.field, self.subject)


def verify(asked: Asked, claim: Claim) -> Verdict:
    """Have a claim climb the ladder.

    Returns:
        The value with its place, or the reason for which there is none.
    """
    if not claim.found:
        return Verdict("not found", reason="it finds no passage that says it")
    first: Verdict | None = None
    for section, span in _places_of(claim, asked.shown):
        verdict = _climb(asked, claim, section, span)
        # a small model often names the wrong passage; in another one the value must be its own
        if verdict.value is not None and (first is None or _is_claimed(asked, claim, verdict)):
            return _with_newer(asked, replace(verdict, closer=_closer(asked, verdict)))
        first = first or verdict
    if first is not None:
        return first
    again = _look_again(asked, claim)
    return again or Verdict("dropped", reason="its quote stands in none of the passages")


def _places_of(claim: Claim, shown: Sequence[Section]) -> Iterator[tuple[Section, Span]]:
    """Where a quote stands: in the passage that the claim names, then in the others."""
    named = shown[claim.passage - 1 : claim.passage] if claim.passage > 0 else ()
    others = (section for section in shown if section not in named)
    for section in (*named, *others) if claim.quote else ():
        if span := find_quote(claim.quote, section.text, section.head):
            yield section, span


def _climb(asked: Asked, claim: Claim, section: Section, span: tuple[int, int]) -> Verdict:
    """All rungs above the first, for a quote that stands at `span` of a section."""
    field, text = asked.field, section.text
    first, last = statement_at(text, span)
    statement = text[first:last]
    above = section.above
    if field.type.kind == "list":
        members = read_members(field, claim.values, text, (first, last))
        derived: Derived | Rejected = (
            Derived(members) if members else Rejected("none of its members stands in the quote")
        )
    else:
        quote = _widened(text, span, (first, last))
        if field.type.kind == "enum":
            quote = statement  # what is denied before a quote begins is denied
        elif field.type.kind == "bool":
            # the clause that speaks of the field: a sentence may deny something else
            quote = max(clauses(statement), key=lambda clause: overlap(asked.topic, clause, ""))
        derived = derive(field, quote, claim.values, above)
        if isinstance(derived, Rejected) and field.type.kind != "bool":
            # a quote may stop short of its value; the whole statement says it
            derived = derive(field, statement, claim.values, above)
    if isinstance(derived, Rejected):
        return Verdict("dropped", reason=derived.reason)
    if reason := _objection(asked, section, first, statement, derived):
        return Verdict("dropped", reason=reason)
    naming = names_subject(section, statement, asked.subject)
    return Verdict(
        "holds",
        derived.value,
        section=section,
        excerpt=statement.strip(),
        document_only=naming == "document",
        is_meant=derived.is_meant,
    )


def _objection(  # noqa: PLR0911 - one return a rung
    asked: Asked, section: Section, start: int, statement: str, derived: Derived
) -> str:
    """Why a statement that holds a value is not about what is asked for; empty where it is."""
    field, above = asked.field, section.above
    if field.type.kind == "str" and is_past(field, statement, derived.value):
        return "the quote says that it is so no longer"
    head, _ = _column(field, derived.value, statement, section)
    year = year_conflict(field, f"{statement} {head}" if head else statement, "" if head else above)
    if year is not None:
        return f"the quote is not of {year}"
    if (newer := _newer_column(field, derived.value, statement, section)) is not None:
        return f"the same row has a newer column, {newer}"
    if names_subject(section, statement, asked.subject) == "nowhere":
        return "the passage does not name what was asked about"
    if other := other_subject(section.text, start, statement, asked.subject):
        return f"the quote speaks of {other}"
    if not _speaks_for_itself(field, derived) and not is_on_topic(asked.topic, statement, above):
        return "the quote does not speak of what the field asks for"
    return ""


def _column(
    field: RequestedField, value: Any, statement: str, section: Section
) -> tuple[str, list[str]]:
    """The head of the column in which a row holds a value, and all heads; see `column_of`."""

    def holds(cell: str) -> bool:
        said = derive(field, cell, (), section.above)
        return isinstance(said, Derived) and same_value(said.value, value)

    if field.type.kind not in {"int", "float"}:
        return "", []
    return column_of(statement, section.columns, holds)


def _newer_column(
    field: RequestedField, value: Any, statement: str, section: Section
) -> int | None:
    """The year of a newer column of the same row, where a field names no year and none is past."""
    head, heads = _column(field, value, statement, section)
    own = [date.year for date in find_dates(head)]
    if not own or find_dates(f"{field.name.replace('_', ' ')} {field.description}"):
        return None
    newest = max(date.year for cell in heads for date in find_dates(cell))
    return newest if newest > max(own) and not asks_for_past(field) else None


def _closer(asked: Asked, verdict: Verdict) -> str:
    """A statement that holds more of the field's words and another value; empty without one."""
    section, topic = verdict.section, asked.topic
    if section is None or asked.field.type.kind in {"bool", "enum", "list"}:
        return ""
    least = overlap(topic, verdict.excerpt, section.above)
    shown = [s for s in asked.shown if names_subject(s, "", asked.subject) != "nowhere"]
    for statement, above in _statements(shown) if least < len(topic) else ():
        if overlap(topic, statement, above) > least and _says_other(
            asked, verdict, statement, above
        ):
            return statement
    return ""


def _says_other(asked: Asked, verdict: Verdict, statement: str, above: str) -> bool:
    """True when a statement has another value; a text is another where it does not stand there."""
    if asked.field.type.kind == "str":
        return str(verdict.value) not in statement
    said = derive(asked.field, statement, (), above)
    return isinstance(said, Derived) and not same_value(said.value, verdict.value)


def _statements(sections: Iterable[Section]) -> Iterator[tuple[str, str]]:
    """The statements of sections, each with what stands above it; not without end."""
    found = (
        (section.text[start:end], section.above)
        for section in sections
        for start, end in statements_of(section.text)
    )
    return islice(found, _MOST_STATEMENTS)


def _widened(text: str, span: tuple[int, int], statement: tuple[int, int]) -> str:
    """A quote with the whole of the numbers and dates that it cuts: `4.2` of `4.2 million`."""
    start, end = span
    first, last = statement
    whole = [(n.start, n.end) for n in find_numbers(text[first:last])]
    whole += [(d.start, d.end) for d in find_dates(text[first:last])]
    for begin, stop in whole:
        if begin + first < end and stop + first > start:
            start, end = min(start, begin + first), max(end, stop + first)
    return text[start:end]


def _speaks_for_itself(field: RequestedField, derived: Derived) -> bool:
    """True for a choice in its own word, and for the name of a country."""
    if derived.speaks_for_itself:
        return True
    asks_country = field.type.kind == "str" and _COUNTRY.search(f"{field.name} {field.description}")
    return bool(asks_country) and str(derived.value)[:1].isupper()


def _look_again(asked: Asked, claim: Claim) -> Verdict | None:
    """A statement that says what a claim says, where its quote is invented."""
    if asked.field.type.kind in {"bool", "list"}:
        return None  # any statement has a polarity
    newest_first = sorted(asked.shown, key=lambda s: s.place, reverse=True)
    places = ((section, span) for section in newest_first for span in statements_of(section.text))
    for section, span in islice(places, _MOST_STATEMENTS):
        verdict = _climb(asked, claim, section, span)
        holds = verdict.value is not None and _is_claimed(asked, claim, verdict)
        if holds and not _closer(asked, verdict):
            return replace(verdict, found_again=True)
    return None


def _is_claimed(asked: Asked, claim: Claim, verdict: Verdict) -> bool:
    """True when a value is what the model has given, and not what a statement happens to hold."""
    if isinstance(verdict.value, bool | list):
        return True  # derived with the model's own words beside it
    if not claim.values:
        return False
    own = derive(asked.field, claim.values[0], claim.values)
    return isinstance(own, Derived) and same_value(own.value, verdict.value)


def _with_newer(asked: Asked, verdict: Verdict) -> Verdict:
    """The verdict, with what a newer page says in its place."""
    section, kind = verdict.section, asked.field.type.kind
    if section is None or kind not in {"int", "float", "date"} or not section.document.date:
        return verdict
    # all words of its name: a newer page speaks of much else
    name = replace(asked.field, description="")
    label = field_roots(name, asked.subject)
    newer = [
        s for s in asked.shown if s.is_about and (s.document.date or "") > section.document.date
    ]
    for other in newer:
        for statement, above in _statements([other]):
            if overlap(label, statement, above) < len(label):
                continue
            said = derive(asked.field, statement, (), above)
            if isinstance(said, Derived) and not same_value(said.value, verdict.value):
                return replace(verdict, newer=(said.value, other))
    return verdict
