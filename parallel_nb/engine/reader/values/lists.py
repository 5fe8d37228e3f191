"""Lists of texts as candidates: the members of a fact, and enumerations in a sentence."""

# ruff: noqa: E501 - a pattern reads best in one line

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from parallel_nb.engine.corpus.dates import find_dates
from parallel_nb.engine.reader.candidates import Candidate, keyword_tokens, proximity, tokens
from parallel_nb.engine.reader.language.grammar import denies
from parallel_nb.engine.reader.language.names import (
    HONORIFIC,
    find_names,
    is_country,
    looks_like_person,
    without_origin,
)
from parallel_nb.engine.reader.language.series import find_series, is_counted
from parallel_nb.engine.reader.language.vocabulary import STOP_ROOTS, roots_of, text_key
from parallel_nb.engine.reader.values.texts import (
    agent_of,
    asks_for_date,
    is_date,
    sentence_candidates,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from parallel_nb.engine.reader.candidates import MatchedStatement, Token

ItemKind = Literal["person", "name", "country", "year", ""]

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
            r"|presidents|chairmen|ministers|captains|masters|skippers|candidates|chairs|heads|professors|researchers|scientists|engineers|inspectors|colleagues|physicians|therapists"
            r"|(?:board|committee|council|panel|jury|team|staff|crew) members|attendees|guests|[a-z]{3,20}(?:icians|eers|women|men)|members of (?:the |its )?(?:panel|board|committee|jury|council|team|staff|cast|crew|band))\b",
            re.IGNORECASE,
        ),
    ),
    (
        "name",
        re.compile(
            r"\b(?:firms|companies|tenderers|bidders|suppliers|contractors|subcontractors|vendors|insurers|lenders|banks|universities"
            r"|organi[sz]ations|institutions|clubs|societies|hauliers|carriers|operators|makers|manufacturers|customers|clients|buyers"
            r"|sellers|shareholders|investors|subsidiaries|charities|agencies|authorities|parties|owners|sponsors|donors|funders|advisers|rivals|competitors|partners|schools|hospitals|towns|cities"
            r"|villages|ports|islands|offices|places|languages|brands)\b",
            re.IGNORECASE,
        ),
    ),
)
_YEAR = re.compile(r"\b(?:1[5-9]|20)\d\d\b")
#: Where a value goes on with another sentence, so that it is no list.
_SENTENCES = re.compile(r"[a-z\d)][.!?]\s[A-Z]")
#: What explains a member behind its name: `Ann Lee, chair`, `Ann Lee - since 1950`.
_EXPLAINED = re.compile(r",\s|\s[-\u2013\u2014]\s|:\s")
_EXPLAINED_AS = re.compile(r",\s[a-z]|\s[-\u2013\u2014]\s|:\s")
_SEPARATOR = re.compile(r" ?; ?| ?, ?(?:and|or|&) | ?, | (?:and|or|&) | / | \u00b7 ")
_SEMICOLON = re.compile(r" ?; ?(?:and )?")
#: The same for a text whose members are parted otherwise, so that `Lee & Sons` is one of them.
_SEPARATOR_OF_FIRMS = re.compile(r" ?; ?| ?, ?(?:and|or) | ?, | (?:and|or) | / | \u00b7 ")
_ASIDE = re.compile(r" ?\([^()]*\)")
#: The share of a member in the whole: `Spain 46%`.
_SHARE = re.compile(r"(?<=[^\W\d_])\s-?\d{1,3}(?:\.\d{1,3})?\s?(?:%|percent|per cent)$")
_LEAD_IN = re.compile(
    r"^(?:among others|for example|e\.g\.|including|such as|namely|and|both|mainly|chiefly|lately|recently|also|mostly|notably|plus|currently|with (?:it|them|a)|some|a little)[,:]?\s+",
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
#: `bricks, tiles and, to order, chimney pots`
_ASIDE_BEHIND_AND = re.compile(
    r"\b(and|or), (?:in|on|to|by|with|since|for|as|at|from)\b[^,;.]{1,40}, "
)
#: What people do, before their names: `master Ann Lee, mate Ben Roe`.
_DOES_WHAT = re.compile(r"^(?:[a-z]+ ){1,3}(?=[A-Z]\S* [A-Z])")
#: What a column of people has where there is nobody.
_NOBODY: Final = frozenset(
    {"vacant", "vacancy", "nobody", "none", "unoccupied", "n/a", "tbc", "tba", "to be confirmed"}
)
_THE_OTHERS = re.compile(r"(?:The|Its|Their|Our) (?:others?|rest|remaining|other members)\b")
#: The least fit of a list in a sentence that a word of the question announces or does, and of one
#: whose members it also counts.
ANNOUNCED, COUNTED = 0.78, 0.9
#: What a list in a sentence has at least, what it has more for words of the question near it, for
#: one that announces it or is its verb, and for a count of its members.
_BASE, _NEAR, _BOUND, _COUNTED = 0.3, 0.35, 0.3, 0.2
#: Who did not, in a question and beside a list; and the factor where only one of the two says so.
_NOT = re.compile(r"\b(?:not|never|neither|without|no longer)\b|n['\u2019]t\b")
_NOT_BEHIND = re.compile(r",? (?:[a-z]+ )?(?:not|never)\b|,? [a-z]+n['\u2019]t\b")
_NOT_BEFORE = re.compile(r"\b(?:not|neither|nor|without|no longer|except)\b(?: [a-z]+){0,2} $")
_DENIED: Final = 0.3
#: What a list is asked to leave out, behind what it holds.
_LEFT_OUT = re.compile(
    r"(?:[,;(] ?(?:but )?(?:not|no|without|excluding|except|other than) |^not (?:the |those ))(?P<what>.{3,80})",
    re.IGNORECASE,
)
#: Factor for members that are no names.
_PHRASES: Final = 0.8
#: Between a word of the question and the list that it announces: `the bidders were`, `offices in`.
_ANNOUNCED = re.compile(
    r"[^.;!?]{0,50}?(?:[:,(]|\b(?:are|were|is|was|include[sd]?|including|namely|such as|like|by|in|with|to|from|of|over|between"
    r"|called|named|covers?|has|have))\s(?:(?:the|both|chiefly|mainly|mostly|two|three|four|five|six|an?) ){0,2}"
    r"|\s(?:(?:the|both|chiefly|mainly) )?"
)
#: Between a list and its verb: `A and B also bid`, `A and B were willing to follow her`.
_DOES = re.compile(r",?(?: [a-z]+){0,5} ")
#: Words that lead from a sentence to its enumeration: `It makes anvils, rockets and magnets`.
_LEAD_WORD = re.compile(
    r"\b(?:is|are|was|were|include|includes|including|such as|like|of|makes|sells|has|have|by|in|from|with)\s+"
)
#: Factor for a single name where a list is asked for.
_SINGLE: Final = 0.6
#: A member with such a word in it is part of a sentence, not a name.
_DIGIT = re.compile(r"\d")
_CLAUSE_WORD = re.compile(
    r"['\u2019](?:m|re|ve|ll|d)\b|\b(?:I|we|you|he|she|they|it|is|are|was|were|has|have|had|founded|made|which|who|that|when)\b"
)


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
        yield from _in_sentence(matched, kind)
        return
    for_people = matched.answer_kind in {"person", "agent"}
    items = _members(agent_of(text) if for_people else text)
    if kind == "name":
        items = tuple(item for item in items if item[:1].isupper() or item.startswith("the "))
    elif kind:
        items = _of_kind(items, kind)
    if all(_DOES_WHAT.match(item) for item in items):
        items = tuple(_DOES_WHAT.sub("", item) for item in items)
    if any(looks_like_person(item) for item in items):
        items = tuple(item for item in items if item.lower() not in _NOBODY)
    items = tuple(item for item in items if not _is_asked(matched, item))
    if items:
        is_dated = is_date(text) or (for_people and bool(find_dates(items[0])))
        fit = 0.3 if is_dated and not asks_for_date(matched.question) else 1.0
        said = f"{matched.statement.label} {text}"
        asked, left_out = _without_left_out(matched)
        if bool(_NOT.search(said)) != bool(_NOT.search(asked)):
            fit *= 1.0 if matched.statement.text.startswith("|") else _DENIED
        if left_out & roots_of(matched.statement.label):
            fit *= _DENIED
        if matched.statement.subject and len(items) == 1:
            fit *= _SINGLE  # a cell of a table
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


def _without_left_out(matched: MatchedStatement) -> tuple[str, frozenset[str]]:
    """What a list is asked to hold, and the roots of what it is not: `..., no guests`."""
    left_out = _LEFT_OUT.search(matched.field.plain_description)
    if left_out is None:
        return matched.question, frozenset()
    return matched.question.replace(left_out[0], ""), roots_of(left_out["what"]) - STOP_ROOTS


def _members(text: str) -> tuple[str, ...]:
    """The members of a fact; of those that are explained, their names alone."""
    members = text.split("; ")
    if len(members) < 2:
        return split_items(text)
    explained = [bool(_EXPLAINED.search(member)) for member in members]
    # of `French, German; Welsh as a club`, the second is no explanation of the first
    if all(explained) or any(_EXPLAINED_AS.search(member) for member in members):
        text = "; ".join(
            _EXPLAINED.split(member)[0] if member[:1].isupper() else member for member in members
        )
    elif any(explained):
        text = text.replace("; ", ", ")
    return split_items(text)


def _of_kind(items: Iterable[str], kind: ItemKind) -> tuple[str, ...]:
    """The people, countries or years among the members of a list, without titles and roles."""
    found: list[str] = []
    for item in items:
        if kind == "year":
            found += _YEAR.findall(item)
            continue
        spans = without_origin(find_names(item))[:1]
        names = [HONORIFIC.sub("", span.text) for span in spans]
        is_kind = is_country if kind == "country" else looks_like_person
        found += [name for name in names if is_kind(name)]
    return tuple(dict.fromkeys(found))


def _in_sentence(matched: MatchedStatement, kind: ItemKind) -> Iterator[Candidate]:
    """What a sentence lists: names of the kind asked for, else phrases, else a name alone."""
    found: list[Candidate] = []
    if kind in {"year", "country"}:
        found += _all_of(matched, kind)
    else:
        found += _series(matched, kind)
    if not kind:
        found += _phrases(matched)
    yield from found or _single_names(matched)


def _all_of(matched: MatchedStatement, kind: ItemKind) -> Iterator[Candidate]:
    """All years or countries that a sentence names."""
    text = matched.text
    if kind == "year":
        spans = [(m.start(), m.end(), m[0]) for m in _YEAR.finditer(text)]
    else:
        spans = [(s.start, s.end, s.text) for s in find_names(text) if is_country(s.text)]
    spans = [span for span in spans if not _is_asked(matched, span[2])]
    if spans:
        keywords = keyword_tokens(matched)
        items = tuple(dict.fromkeys(name for *_, name in spans))
        fit = 0.35 + 0.5 * max(proximity(text, s, e, keywords) for s, e, _ in spans)
        yield Candidate(items, _key(items), fit, spans[0][0], spans[-1][1])


def _is_asked(matched: MatchedStatement, name: str) -> bool:
    """True for a name that the question or the subject holds."""
    return roots_of(name) <= roots_of(matched.question) | matched.subject


def _series(matched: MatchedStatement, kind: ItemKind) -> Iterator[Candidate]:
    """The names that a sentence lists."""
    text, keywords = matched.text, keyword_tokens(matched)
    names = [n for n in without_origin(find_names(text)) if not roots_of(n.text) <= matched.subject]
    for series in find_series(text, names):
        members = [(HONORIFIC.sub("", m.text), m) for m in series.members]
        if kind == "person":
            members = [(name, m) for name, m in members if looks_like_person(name)]
        denied = {
            m for m, said in zip(series.members, series.said, strict=True) if _denied(matched, said)
        }
        members = [
            (name, m) for name, m in members if m not in denied and not _is_asked(matched, name)
        ]
        items = tuple(
            dict.fromkeys((*_others_before(matched, kind), *(name for name, _ in members)))
        )
        if len(items) < 2:
            continue
        fit = _BASE + _NEAR * proximity(text, series.start, series.end, keywords)
        fit += _bond(text, series.start, series.end, keywords)
        counted = is_counted(text, series)
        fit += _COUNTED if counted else 0.0 if counted is None else -_COUNTED
        is_so = _is_as_asked(matched, series.start, series.end)
        fit = min(1.0, fit) * (1.0 if is_so else _DENIED)
        yield Candidate(items, _key(items), fit, series.start, series.end, is_so)


def _denied(matched: MatchedStatement, said: str) -> bool:
    """True where it is said of a member that it is not so: `Bill Roe (with no vote)`."""
    if denies(matched.question):
        return False
    return denies(said) and bool(roots_of(said) & roots_of(matched.question))


def _is_as_asked(matched: MatchedStatement, start: int, end: int) -> bool:
    """False where a list is of those that did not, and those that did are asked for, or conversely."""
    text = matched.text
    said = _NOT_BEHIND.match(text, end) or _NOT_BEFORE.search(text, max(0, start - 40), start)
    return bool(said) == bool(_NOT.search(matched.question))


def goes_on(text: str) -> bool:
    """True for a sentence that names the rest of those before: `The others are A and B`."""
    return bool(_THE_OTHERS.match(text))


def _others_before(matched: MatchedStatement, kind: ItemKind) -> list[str]:
    """The people of the sentences before one with `The others are`, in its paragraph."""
    statement, text = matched.statement, matched.document.text
    if kind != "person" or not goes_on(matched.text):
        return []
    before = text[text.rfind("\n\n", 0, statement.start) + 1 : statement.start]
    names = (HONORIFIC.sub("", span.text) for span in without_origin(find_names(before)))
    return [name for name in names if looks_like_person(name) and not _is_asked(matched, name)]


def _bond(text: str, start: int, end: int, keywords: list[Token]) -> float:
    """How firmly a list is bound to a word of the question before or behind it."""
    before = (text[word.end : start] for word in keywords if word.end <= start)
    is_within = any(start < word.start < end for word in keywords)
    if is_within or any(_ANNOUNCED.fullmatch(between) for between in before):
        return _BOUND
    behind = (text[end : word.start] for word in keywords if word.start >= end)
    return _BOUND if any(_DOES.fullmatch(between) for between in behind) else 0.0


def _phrases(matched: MatchedStatement) -> Iterator[Candidate]:
    """The enumerations of a sentence whose members are not all names: `lead, zinc and silver`."""
    text, keywords = _ASIDE_BEHIND_AND.sub(r"\1 ", matched.text), keyword_tokens(matched)
    asked = frozenset(token.root for token in keywords)
    for found in find_enumerations(text):
        items = _without_lead(found.items)
        items = (_behind_words(items[0], asked), *items[1:])
        items = tuple(item for item in items if not roots_of(item) <= matched.subject)
        if len(items) < 2 or all(item[:1].isupper() for item in items):
            continue
        start = max(found.start, text.find(items[0], found.start))
        is_whole = start == 0 and found.end >= len(text) - 1
        fit = _BASE + _NEAR * proximity(text, start, found.end, keywords)
        bond = _BOUND if is_whole else _bond(text, start, found.end, keywords)
        fit = (fit + bond) * _PHRASES
        if any(_CLAUSE_WORD.search(item) or _DIGIT.search(item) for item in items):
            fit *= 0.5
        yield Candidate(items, _key(items), min(1.0, fit), start, found.end)


def _behind_words(item: str, words: frozenset[str]) -> str:
    """What of a first member stands behind the words that lead to it: `it covers soil science`."""
    if item[:1].isupper():
        ends = [token.end for token in tokens(item) if token.root in words]
        return item[ends[-1] :].strip(" :") or item if ends else item
    return item


def _key(items: Iterable[str]) -> frozenset[str]:
    return frozenset(text_key(item) for item in items)


def _single_names(matched: MatchedStatement) -> Iterator[Candidate]:
    """Names alone as lists of one, which any enumeration is preferred to."""
    for candidate in sentence_candidates(matched):
        if candidate.value[:1].isupper():
            key = frozenset({candidate.key})
            fit = candidate.fit * _SINGLE
            yield Candidate((candidate.value,), key, fit, candidate.start, candidate.end)


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
    # in `Ames, Bell and Lee & Sons` an `and` parts the last one, so that no `&` does
    is_parted = "," not in text or " and " in text
    separator = _SEMICOLON if "; " in text else _SEPARATOR_OF_FIRMS if is_parted else _SEPARATOR
    pieces = (_SHARE.sub("", piece.strip()) for piece in separator.split(text))
    items = [
        _LEAD_IN.sub("", _LEAD_IN.sub("", piece)).strip(' .,;"\u201c\u201d') for piece in pieces
    ]
    return tuple(dict.fromkeys(item for item in items if item))[:_MAX_ITEMS]


def find_enumerations(text: str) -> list[Enumeration]:
    """The enumerations of a sentence that have two members or more."""
    split = ((match, split_items(match["items"])) for match in _SENTENCE_LIST.finditer(text))
    return [
        Enumeration(match.start(), match.end(), items) for match, items in split if len(items) > 1
    ]
