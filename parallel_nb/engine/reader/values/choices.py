"""Yes or no, and one of several choices."""

# ruff: noqa: E501 - a pattern reads best in one line

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from parallel_nb.engine.reader.candidates import (
    Candidate,
    Place,
    Token,
    cue_tokens,
    nearness,
    tokens,
)
from parallel_nb.engine.reader.vocabulary import GENERIC, STOP_ROOTS, roots

if TYPE_CHECKING:
    from collections.abc import Iterator

_YES = re.compile(r"(?:yes|true|y|supported|full|fully)\b", re.IGNORECASE)
_NO = re.compile(r"(?:no|false|none|n|never|not|without|nil|unsupported)\b", re.IGNORECASE)
NEGATION = re.compile(
    r"\b(?:not|no|never|none|neither|nor|without|lacks?|lacking|cannot|nothing|nobody|lost|no longer|far from"
    r"|refused|rejected|isn't|doesn't|aren't|don't|hasn't|wasn't|didn't)\b|n['\u2019]t\b",
    re.IGNORECASE,
)
#: A word of the question whose opposite in the text is a denial, both ways.
_OPPOSITES: Final = (
    ("static", "dynamic"),
    ("compiled", "interpreted"),
    ("open", "proprietary"),
    ("open", "closed"),
    ("open", "commercial"),
    ("public", "private"),
    ("left", "right"),
    ("radioactive", "stable"),
    ("monarchy", "republic"),
    ("landlocked", "coast"),
    ("landlocked", "sea"),
    ("landlocked", "island"),
    ("landlocked", "shore"),
    ("landlocked", "coastline"),
    ("landlocked", "ocean"),
    ("strong", "weak"),
    ("metal", "gas"),
    ("solid", "liquid"),
    ("independent", "subsidiary"),
    ("active", "discontinued"),
)
PAIRS: Final = tuple(
    (roots(a)[0], roots(b)[0])
    for left, right in _OPPOSITES
    for a, b in ((left, right), (right, left))
)
_NEGATED_REACH: Final = 5
_INITIALS = re.compile(r"[A-Z]{3,5}")
#: What a choice counts at least that a sentence says its subject to be.
_SAID_OUTRIGHT: Final = 0.85
#: Phrases that mean a common choice without naming it.
_CHOICE_WORDS: Final = {
    "public": "listed | stock exchange | went public | nasdaq | public offering | ticker | symbol",
    "listed": "stock exchange | public | nasdaq | traded",
    "private": "never listed | family | foundation | not listed | privately",
    "state": "government | republic | ministry | kingdom | state-owned | nationalised",
    "open source": "mit | apache | bsd | gpl | mpl | free software | agpl | lgpl",
    "proprietary": "commercial | closed source",
    "dual": "commercial gpl | or commercial",
    "monarchy": "king | queen | emperor | kingdom | throne | sultan",
    "republic": "president",
    "left": "left-hand",
    "dynamic": "dynamically",
    "static": "statically",
    "relational": "sql tables | relational",
    "in memory": "keeps all data in memory",
}
_MEANINGS: Final = {
    " ".join(roots(choice)): tuple(
        tuple(w for w in roots(phrase) if w not in STOP_ROOTS) or tuple(roots(phrase))
        for phrase in phrases.split("|")
    )
    for choice, phrases in _CHOICE_WORDS.items()
}


def bool_candidates(place: Place) -> Iterator[Candidate]:
    """True where the statement asserts what is asked, false where it denies it."""
    text = place.text
    labelled = bool(place.cues & frozenset(place.unit.label_words))
    if place.unit.is_fact and labelled and (said := _said(text)) is not None:
        value = said != _asks_the_opposite(place, place.unit.label_words)
        if NEGATION.search(place.unit.label) and not NEGATION.search(place.question):
            value = not value  # `Without a garbage collector: yes`
        yield Candidate(value, value, 1.0, 0, len(text))
        return
    cues = cue_tokens(place)
    asked = _asked(place)
    if asked >= _OPEN_SOURCE and (is_open := _licence(text)) is not None:
        yield Candidate(is_open, is_open, 0.9, 0, len(text))
        return
    words = {token.root for token in tokens(text)}
    for have, against in PAIRS:
        if have in asked and against in words and have not in words:
            spots = [t for t in tokens(text) if (have, t.root) in PAIRS]
            token = next((t for t in spots if is_negated(text, t.start)), spots[0])
            value = is_negated(text, token.start)
            fit = 0.75 if place.unit.is_fact else 0.45
            yield Candidate(value, value, fit, token.start, token.end)
            return
    if not cues:
        return
    if place.unit.is_fact and not (asked & words):
        # a fact such as `Moons: 2` answers `has moons`, though not for sure
        yield Candidate(True, True, 0.5, 0, len(text))  # noqa: FBT003 - the answer is yes
        return
    negated = any(is_negated(text, token.start) for token in cues)
    # a `multi-ring basin` is no ring
    fit = 0.35 if all(text[max(0, t.start - 1) : t.start] == "-" for t in cues) else 0.7
    yield Candidate(not negated, not negated, fit, cues[0].start, cues[-1].end)


_OPEN_SOURCE: Final = frozenset(roots("open source"))
_CLOSED = re.compile(
    r"\b(?:proprietary|closed[- ]source|source[- ]available|Business Source|Server Side Public|SSPL|BUSL|commercial licen[cs]e)\b",
    re.IGNORECASE,
)
_FREE = re.compile(
    r"\b(?:A?GPL|LGPL|MIT|BSD|Apache|MPL|EPL|ISC|zlib|GNU|Mozilla Public|Eclipse Public|PostgreSQL License|public domain"
    r"|open[- ]source|opened the source|free software)\b",
)


def _licence(text: str) -> bool | None:
    """Whether a licence that a statement names is one of open source; None without any."""
    free, closed = _FREE.search(text), _CLOSED.search(text)
    if free and not (closed and closed.start() < free.start()):
        return None if is_negated(text, free.start()) else True
    return False if closed else None


def _said(text: str) -> bool | None:
    if _YES.match(text):
        return True
    return False if _NO.match(text) else None


def _asked(place: Place) -> frozenset[str]:
    words = roots(place.question)
    return frozenset(w for w in words if w not in STOP_ROOTS and w not in place.subject)


def _asks_the_opposite(place: Place, label: tuple[str, ...]) -> bool:
    """True when the label names the opposite of what is asked: `Coast: none`, `landlocked`."""
    asked = _asked(place)
    against = [a for a, b in PAIRS if a in asked and b in label and a not in label]
    return any(not _is_denied(place.question, word) for word in against)


#: `Whether it has no coast` asks for the opposite of a coast.
_NO_SUCH = re.compile(r"\b(?:no|not|without|lacks?|never)\s(?:\w+\s)?$", re.IGNORECASE)


def _is_denied(question: str, word: str) -> bool:
    """True when a question asks for the lack of a thing."""
    return any(
        _NO_SUCH.search(question[: token.start]) for token in tokens(question) if token.root == word
    )


def is_negated(text: str, at: int) -> bool:
    """True when a denial stands in the same clause shortly before a place, or right after it."""
    clause = re.split(r"[;:]|, (?:but|while|although|and)\b|\bbut\b", text[:at])[-1]
    before = " ".join(clause.split()[-_NEGATED_REACH - 3 :])
    after = " ".join(re.split(r"[,;.]", text[at:])[0].split()[:3])
    return bool(NEGATION.search(before)) or bool(NEGATION.search(after))


def enum_candidates(place: Place) -> Iterator[Candidate]:
    """The choices that a statement names, by the words of their names."""
    text = place.text
    found = tokens(text)
    cues = cue_tokens(place)
    described = place.ask.description
    named = {c: spots for c in place.ask.type.choices if (spots := _named(c, found, described))}
    exact = {c for c, spots in named.items() if _is_whole(c, spots)}
    for choice, spots in named.items():
        if any(set(spots) < set(more) for more in named.values()):
            continue  # `planet` within `dwarf planet`
        if choice not in exact and any(set(spots) <= set(named[other]) for other in exact):
            continue  # `metal` within `metalloid`
        first, last = spots[0], spots[-1]
        if place.unit.is_fact:
            fit = 1.0 - min(0.5, first.start / 200)
        else:
            others = [cue for cue in cues if cue not in spots]
            fit = 0.35 + 0.5 * nearness(text, first.start, last.end, others)
            if _is_predicate(place, first.start):
                fit = max(fit, _SAID_OUTRIGHT)
        own = any(_same(token.root, w) for token in spots for w in roots(choice))
        if own and is_negated(text, first.start):
            fit *= 0.3
        yield Candidate(choice, choice, fit, first.start, last.end)


def _is_whole(choice: str, spots: tuple[Token, ...]) -> bool:
    """True when every word of a choice stands there as it is."""
    wanted = roots(choice.replace("_", " "))
    return all(any(spot.root == word for spot in spots) for word in wanted)


#: What stands between a page's subject and what it is: `It is a`, `The system is`.
_PREDICATE = re.compile(
    r"(?:it|this|(?:the|this) (?P<noun>[a-z]+)|(?P<name>[^\s,;]+(?:\s[^\s,;]+){0,2})) (?:is|was|remains)"
    r"(?: (?:also|now|still|classed as|classified as|counted as|regarded as|considered))?(?: an?| the)?(?: [a-z-]+)? ?",
    re.IGNORECASE,
)


def _is_predicate(place: Place, at: int) -> bool:
    """True when a sentence says outright that its page's subject is what stands there."""
    clause = re.split(r"[;:]\s|\.\s", place.text[:at])[-1]
    found = _PREDICATE.fullmatch(clause)
    if found is None:
        return False
    if noun := found["noun"]:
        return bool(frozenset(roots(noun)) & (GENERIC | place.subject))
    return found["name"] is None or frozenset(roots(found["name"])) >= place.subject


def _spelt(choice: str, found: tuple[Token, ...]) -> tuple[Token, ...]:
    """Where the words stand whose initials a choice is: `Eclipse Public License` for `EPL`."""
    size = len(choice)
    initials = "".join(token.root[:1] or " " for token in found)
    at = initials.find(choice.lower())
    return found[at : at + size] if at >= 0 else ()


def _defined(choice: str, described: str) -> list[list[str]]:
    """What a description says before a choice in parentheses: `while running (dynamic)`."""
    pattern = rf"([^():;,]+?)\s*\(\s*{re.escape(choice)}\s*\)"
    found = re.search(pattern, described, re.IGNORECASE)
    if found is None:
        return []
    words = roots(re.split(r"\bor\b", found[1])[-1])
    return [words] if len(words) > 1 else []


def _named(choice: str, found: tuple[Token, ...], described: str) -> tuple[Token, ...]:
    """Where a text names a choice: by its words, its definition, or words that mean the same."""
    wanted = [w for w in roots(choice.replace("_", " ")) if w not in STOP_ROOTS] or roots(choice)
    have = {token.root for token in found}
    if _INITIALS.fullmatch(choice) and (spelt := _spelt(choice, found)):
        return spelt
    for phrase in (wanted, *_defined(choice, described), *_MEANINGS.get(" ".join(wanted), ())):
        if all(any(_same(h, w) for h in have) for w in phrase):
            return tuple(t for t in found if any(_same(t.root, w) for w in phrase))
    return ()


def _same(have: str, want: str) -> bool:
    """Equal but for endings: `publicly` and `public`, `gaseous` and `gas`."""
    if have == want:
        return True
    short, long = sorted((have, want), key=len)
    return (
        len(short) >= 3
        and long.startswith(short)
        and len(long) - len(short) <= 4
        and want not in GENERIC
    )
