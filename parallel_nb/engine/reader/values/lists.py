"""Lists of texts as candidates: the members of a fact, and enumerations in a sentence."""

# ruff: noqa: E501 - a pattern reads best in one line

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

from parallel_nb.engine.corpus.dates import find_dates
from parallel_nb.engine.reader.candidates import Candidate, keyword_tokens, proximity
from parallel_nb.engine.reader.language.grammar import is_agent_of
from parallel_nb.engine.reader.language.names import (
    adjacent_names,
    find_names,
    is_country,
    looks_like_person,
    without_origin,
)
from parallel_nb.engine.reader.language.vocabulary import roots, text_key
from parallel_nb.engine.reader.values.name_scores import AGENT_BONUS
from parallel_nb.engine.reader.values.texts import (
    agent_of,
    asks_for_date,
    is_date,
    sentence_candidates,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from parallel_nb.engine.reader.candidates import Evidence, MatchedStatement, Token

ItemKind = Literal["person", "org", "country", "year", ""]

#: What a list is asked to hold, by the first of these words.
_ITEMS_ASKED: Final[tuple[tuple[ItemKind, re.Pattern[str]], ...]] = (
    ("year", re.compile(r"\b(?:years?|vintages)\b", re.IGNORECASE)),
    (
        "country",
        re.compile(r"\b(?:countries|nations|(?:export|foreign|overseas) markets)\b", re.IGNORECASE),
    ),
    (
        "person",
        re.compile(
            r"\b(?:actors|actresses|artists|dancers|singers|musicians|players|judges|trustees|directors|managers|officers|councillors"
            r"|doctors|nurses|surgeons|staff|employees|people|persons|founders|authors|writers|speakers|attendees|executives|witnesses"
            r"|presidents|chairmen|ministers|professors|researchers|scientists|engineers|inspectors|colleagues|physicians|therapists"
            r"|members of (?:the |its )?(?:panel|board|committee|jury|council|team|staff|cast|crew|band))\b",
            re.IGNORECASE,
        ),
    ),
    (
        "org",
        re.compile(
            r"\b(?:firms|companies|tenderers|bidders|suppliers|contractors|subcontractors|vendors|insurers|lenders|banks|universities"
            r"|organi[sz]ations|institutions|clubs|societies)\b",
            re.IGNORECASE,
        ),
    ),
)
_TITLE = re.compile(
    r"(?:Dr|Mr|Mrs|Ms|Miss|Sir|Dame|Prof|Professor|Councillor|Cllr|Rev|Canon|Father|Sister|Nurse)\.?\s(?=\S+\s\S)"
)
_YEAR = re.compile(r"\b(?:1[5-9]|20)\d\d\b")
#: Where a value goes on with another sentence, so that it is no list.
_SENTENCES = re.compile(r"[a-z\d)][.!?]\s[A-Z]")
#: What explains a member behind its name: `Ann Lee, chair`, `Ann Lee - since 1950`.
_EXPLAINED = re.compile(r",\s|\s[-\u2013\u2014]\s|:\s")
_SEPARATOR = re.compile(r" ?; ?| ?, ?(?:and|or|&) | ?, | (?:and|or|&) | / | \u00b7 ")
_SEMICOLON = re.compile(r" ?; ?(?:and )?")
#: The same for a text whose members are parted otherwise, so that `Lee & Sons` is one of them.
_SEPARATOR_OF_FIRMS = re.compile(r" ?; ?| ?, ?(?:and|or) | ?, | (?:and|or) | / | \u00b7 ")
_ASIDE = re.compile(r" ?\([^()]*\)")
#: The share of a member in the whole: `Spain 46%`.
_SHARE = re.compile(r"(?<=[^\W\d_])\s-?\d{1,3}(?:\.\d{1,3})?\s?(?:%|percent|per cent)$")
_LEAD_IN = re.compile(
    r"^(?:among others|for example|e\.g\.|including|such as|namely|and|both|mainly|chiefly|lately|recently|also|mostly|notably|plus|currently)[,:]?\s+",
    re.IGNORECASE,
)
_AND_MORE = re.compile(
    r"[,;]? (?:among others|and others|and more|etc\.?|amongst others)$", re.IGNORECASE
)
#: In a sentence: at least two short members before a last one joined by `and`/`or`.
_ITEM = r"[^\s,;:.()][^,;:.()]{0,48}?"
_SENTENCE_LIST = re.compile(
    rf"(?<![^\s;:(])(?P<items>{_ITEM}(?:, {_ITEM}){{0,60}},? (?:and|or) {_ITEM})(?=[,.;:)]|$)"
)
_MAX_ITEMS: Final = 60
_BETWEEN_NAMES = re.compile(r",? and |, |,? or ")
#: Words that lead from a sentence to its enumeration: `It makes anvils, rockets and magnets`.
_LEAD_WORD = re.compile(
    r"\b(?:is|are|was|were|include|includes|including|such as|like|of|makes|sells|has|have|by|in|from|with)\s+"
)
#: Factor for a single name where a list is asked for.
_SINGLE: Final = 0.6
#: A member with such a word in it is part of a sentence, not a name.
_CLAUSE_WORD = re.compile(r"\b(?:is|are|was|were|has|have|had|founded|made|which|who|that|when)\b")


@dataclass(frozen=True, slots=True)
class Enumeration:
    """The members of a list in a text, and where it stands in characters."""

    start: int
    end: int
    items: tuple[str, ...]


def list_candidates(matched: MatchedStatement) -> Iterator[Candidate]:
    """The members of a fact, or the enumerations of a sentence; a value is a tuple of texts."""
    text = matched.text
    kind = item_kind(matched.field.plain_description, matched.field.name_in_words)
    if not matched.statement.is_fact or _SENTENCES.search(text):
        # people who are named together are meant, not all whom the sentence names
        if kind and not (kind == "person" and name_enumerations(text)):
            yield from _named(matched, kind)
        if kind in {"", "person", "org"}:
            yield from _single_names(matched)
            yield from _enumerated(matched, kind)
        return
    for_people = matched.answer_kind in {"person", "agent"}
    items = _members(agent_of(text) if for_people else text)
    if kind in {"person", "country", "year"}:
        items = _of_kind(items, kind)
    if items:
        is_dated = is_date(text) or (for_people and bool(find_dates(items[0])))
        fit = 0.3 if is_dated and not asks_for_date(matched.question) else 1.0
        yield Candidate(items, _key(items), fit, 0, len(text))


def item_kind(*texts: str) -> ItemKind:
    """What the members of a list are, by the first word of a question that tells; else empty.

    Examples:
        >>> item_kind("trustees who have a vote"), item_kind("titles of his plays")
        ('person', '')
    """
    for text in texts:
        found = [
            (match.start(), kind) for kind, words in _ITEMS_ASKED if (match := words.search(text))
        ]
        if found:
            return min(found)[1]
    return ""


def _members(text: str) -> tuple[str, ...]:
    """The members of a fact; of those that are explained, their names alone."""
    members = text.split("; ")
    if len(members) > 1 and any(_EXPLAINED.search(member) for member in members):
        text = "; ".join(
            _EXPLAINED.split(member)[0] if member[:1].isupper() else member for member in members
        )
    return split_items(text)


def _of_kind(items: Iterable[str], kind: ItemKind) -> tuple[str, ...]:
    """The people, countries or years among the members of a list, without titles and roles."""
    found: list[str] = []
    for item in items:
        if kind == "year":
            found += _YEAR.findall(item)
            continue
        spans = without_origin(find_names(item))[:1]
        names = [_TITLE.sub("", span.text) for span in spans]
        is_kind = is_country if kind == "country" else looks_like_person
        found += [name for name in names if is_kind(name)]
    return tuple(dict.fromkeys(found))


def _named(matched: MatchedStatement, kind: ItemKind) -> Iterator[Candidate]:
    """All that a sentence names of a kind: `from Acme Lifts at £900 and Beta Lifts at £800`."""
    text = matched.text
    keywords = keyword_tokens(matched)
    asked = frozenset(roots(matched.question)) | matched.subject
    if kind == "year":
        spans = [(m.start(), m.end(), m[0]) for m in _YEAR.finditer(text)]
    else:
        names = without_origin(find_names(text))
        spans = [(s.start, s.end, _TITLE.sub("", s.text)) for s in names]
        if kind != "org":
            is_kind = is_country if kind == "country" else looks_like_person
            spans = [span for span in spans if is_kind(span[2])]
    spans = [span for span in spans if not frozenset(roots(span[2])) <= asked]
    if not spans or (kind in {"person", "org"} and len(spans) < 2):
        return
    items = tuple(dict.fromkeys(name for *_, name in spans))
    start, end = spans[0][0], spans[-1][1]
    fit = 0.35 + 0.5 * max(proximity(text, s, e, keywords) for s, e, _ in spans)
    yield Candidate(items, _key(items), fit, start, end)


def joined(found: list[Evidence], subject: frozenset[str]) -> list[Evidence]:
    """The evidence for a list, where the cells of the subject's own rows are one list.

    Of a table with rows on several things, the whole column is no list of the subject's.
    """
    columns: defaultdict[tuple[int, str], list[Evidence]] = defaultdict(list)
    for item in found:
        if item.by_label and subject and subject <= item.statement.row_roots:
            columns[item.document.id, item.statement.label].append(item)
    if not columns:
        return found
    kept = [
        item
        for item in found
        if not item.by_label or (item.document.id, item.statement.label) not in columns
    ]
    for cells in columns.values():
        cells.sort(key=lambda item: item.statement.number)
        values = tuple(dict.fromkeys(v for cell in cells for v in cell.candidate.value))
        best = max(cells, key=lambda item: item.score)
        whole = replace(best.candidate, value=values[:_MAX_ITEMS], key=_key(values[:_MAX_ITEMS]))
        kept.append(replace(best, candidate=whole))
    return kept


def _enumerated(matched: MatchedStatement, kind: ItemKind) -> Iterator[Candidate]:
    text = matched.text
    keywords = keyword_tokens(matched)
    for found in (*name_enumerations(text), *find_enumerations(text)):
        items = _without_lead(found.items)
        if kind == "person":
            items = _of_kind(items, kind) or items
        items = tuple(item for item in items if not frozenset(roots(item)) <= matched.subject)
        if len(items) < 2:
            continue
        fit = 0.3 + 0.5 * proximity(text, found.start, found.end, keywords)
        if matched.answer_kind == "person":
            fit += _people_bonus(text, found, items, keywords)
        if not all(item[:1].isupper() for item in items):
            fit *= 0.5
        if any(_CLAUSE_WORD.search(item) for item in items):
            fit *= 0.7
        yield Candidate(items, _key(items), fit, found.start, found.end)


def _key(items: Iterable[str]) -> frozenset[str]:
    return frozenset(text_key(item) for item in items)


def _people_bonus(
    text: str, found: Enumeration, items: tuple[str, ...], keywords: list[Token]
) -> float:
    """A bonus for people who do what the sentence says; a deduction where few are people."""
    if sum(looks_like_person(item) for item in items) * 2 <= len(items):
        return -AGENT_BONUS
    if found.start:
        return 0.0
    is_agent = any(
        is_agent_of(text, found.end, word.start) for word in keywords if word.start > found.end
    )
    return 2 * AGENT_BONUS + (AGENT_BONUS if is_agent else 0.0)


def _single_names(matched: MatchedStatement) -> Iterator[Candidate]:
    """Names alone as lists of one, which any enumeration is preferred to."""
    for candidate in sentence_candidates(matched):
        if candidate.value[:1].isupper():
            key = frozenset({candidate.key})
            fit = candidate.fit * _SINGLE
            yield Candidate((candidate.value,), key, fit, candidate.start, candidate.end)


def name_enumerations(text: str) -> list[Enumeration]:
    """Names that follow one another: `Jensen Huang, Chris Malachowsky and Curtis Priem`."""
    return [
        Enumeration(spans[0].start, spans[-1].end, tuple(span.text for span in spans))
        for spans in adjacent_names(text, find_names(text), _BETWEEN_NAMES)
    ]


def _without_lead(items: tuple[str, ...]) -> tuple[str, ...]:
    """Members without the words of the sentence that lead to the first or follow the last."""
    if clause := _CLAUSE_WORD.search(items[-1]):
        # `Clay Magouyrk and Mike Sicilia have been joint chief executives`
        names = find_names(items[-1][: clause.start()])
        if len(names) == 1 and names[0].start == 0:
            items = (*items[:-1], names[0].text)
    first = items[0]
    others_are_names = all(item[:1].isupper() for item in items[1:])
    if others_are_names and not first[:1].islower() and len(first.split()) <= 3:
        return items
    if others_are_names and (names := find_names(first)):
        return (names[-1].text, *items[1:])
    return (_LEAD_WORD.split(first)[-1].strip() or first, *items[1:])


def split_items(text: str) -> tuple[str, ...]:
    """The members of a fact's value, each once, without what stands in parentheses.

    Examples:
        >>> split_items("anvils, rockets (since 1950) and magnets")
        ('anvils', 'rockets', 'magnets')
    """
    text = _ASIDE.sub("", " ".join(text.split()))
    text = _AND_MORE.sub("", text.strip().rstrip("."))
    # cells of a column are parted by semicolons, and may hold an `and` of their own
    separator = _SEMICOLON if "; " in text else _SEPARATOR if "," in text else _SEPARATOR_OF_FIRMS
    pieces = (_SHARE.sub("", piece.strip()) for piece in separator.split(text))
    items = [_LEAD_IN.sub("", piece).strip(' .,;"\u201c\u201d') for piece in pieces]
    return tuple(dict.fromkeys(item for item in items if item))[:_MAX_ITEMS]


def find_enumerations(text: str) -> list[Enumeration]:
    """The enumerations of a sentence that have two members or more."""
    split = ((match, split_items(match["items"])) for match in _SENTENCE_LIST.finditer(text))
    return [
        Enumeration(match.start(), match.end(), items) for match, items in split if len(items) > 1
    ]
