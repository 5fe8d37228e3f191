"""One of several choices as candidates, by the words of the choices and their meanings."""

# ruff: noqa: E501 - a pattern reads best in one line

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from parallel_nb.engine.reader.candidates import Candidate, keyword_tokens, proximity, tokens
from parallel_nb.engine.reader.language.grammar import (
    clause_at,
    denies,
    is_hypothetical,
    is_negated,
)
from parallel_nb.engine.reader.language.names import find_names
from parallel_nb.engine.reader.language.numbers import SMALL
from parallel_nb.engine.reader.language.states import find_states, states_of
from parallel_nb.engine.reader.language.vocabulary import (
    CLOSE,
    GENERIC_ROOTS,
    STOP_ROOTS,
    roots,
    roots_of,
    synonyms_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from parallel_nb.engine.reader.candidates import MatchedStatement, Token

_SENTENCE_END = re.compile(r"[;:]\s|\.\s")
_PHRASE_BREAK = re.compile(r"[():;,]")
_WORD = re.compile(r"[^\W_]+")
_OR = re.compile(r"\bor\b")
_INITIALS = re.compile(r"[A-Z]{3,5}")
#: What a word of three letters may have behind it: `gaseous`, but not `metre` for `met`.
_ENDINGS: Final = frozenset({"s", "e", "ed", "es", "ing", "eous", "ly"})
#: The least fit of a choice that a sentence predicates of its subject: `It is a metal`.
_PREDICATE_FIT: Final = 0.85
#: The fit of a choice in a sentence that has none of the question's other words.
_ALONE_FIT: Final = 0.65
#: The same for a state that a clause with the subject's name says, and factors for one that it says
#: of another thing, that it denies, and that is only asked, wished or planned.
_OWN_CLAUSE_FIT: Final = 0.75
_OTHER_CLAUSE, _DENIED, _HYPOTHETICAL = 0.6, 0.3, 0.4
#: Fit of the cell that names a row, in which the subject stands: `Silver | Acme Brut`.
_ROW_FIT: Final = 0.9
#: Fit of a choice of several words of which a statement has one, and how many are several.
_OWN_WORD_FIT, _SEVERAL_WORDS = 0.4, 2
#: Factor for the other one of two choices where a state is denied.
_DENIED_STATE: Final = 0.8
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
#: The beginning of such a sentence: `It is a`, `The system is`.
_PREDICATE = re.compile(
    r"(?:it|this|(?:the|this) (?P<noun>[a-z]+)|(?P<name>[^\s,;]+(?:\s[^\s,;]+){0,2})) (?:is|was|remains)"
    r"(?: (?:also|now|still|classed as|classified as|counted as|regarded as|considered))?(?: an?| the)?(?: [a-z-]+)? ?",
    re.IGNORECASE,
)


def enum_candidates(matched: MatchedStatement) -> Iterator[Candidate]:
    """The choices that a statement names, by the words of their names."""
    text = matched.text
    found = tokens(text)
    keywords = keyword_tokens(matched)
    description = matched.field.description
    named = {
        c: words
        for c in matched.field.type.choices
        # `no reply` is not named where there is a reply
        if (not denies(c) or c.casefold() in text.casefold())
        and (words := _tokens_of_choice(c, found, description))
    }
    for choice, words in _not_within_others(text, named):
        first, last = words[0], words[-1]
        if matched.statement.is_fact:
            fit = 1.0 - min(0.5, first.start / 200)
        else:
            others = [keyword for keyword in keywords if keyword not in words]
            fit = 0.35 + 0.5 * proximity(text, first.start, last.end, others)
            if not keywords:
                fit = _ALONE_FIT
            if _is_predicate(matched, first.start):
                fit = max(fit, _PREDICATE_FIT)
        by_own_name = any(_same_word(token.root, w) for token in words for w in roots(choice))
        if not matched.statement.is_fact and states_of(choice):
            fit = min(1.0, fit * _clause_fit(matched, first.start))
        # `excluded` does not deny itself
        without = f"{text[: first.start]}{' ' * (last.end - first.start)}{text[last.end :]}"
        if by_own_name and is_negated(without, first.start):
            others_left = [c for c in matched.field.type.choices if c != choice]
            if len(others_left) == 1 and not named.get(others_left[0]):
                # of two choices, `not passed` is the other one
                yield Candidate(others_left[0], others_left[0], fit, first.start, last.end)
            fit *= _DENIED
        yield Candidate(choice, choice, fit, first.start, last.end)
    yield from _by_state(matched, named)
    yield from _by_row(matched)
    yield from _by_own_words(matched, named)


def _not_within_others(
    text: str, named: Mapping[str, tuple[Token, ...]]
) -> Iterator[tuple[str, tuple[Token, ...]]]:
    """The choices that a text names, without those that are a part of another's name."""
    exact = {c for c, words in named.items() if _is_named_whole(c, words)}
    words_of_text = f" {' '.join(_WORD.findall(text.casefold()))} "
    verbatim = {c for c in named if " " in c and f" {c.casefold()} " in words_of_text}
    for choice, words in named.items():
        if choice not in verbatim and any(set(words) <= set(named[other]) for other in verbatim):
            continue  # `working` within `worked out`
        if any(set(words) < set(more) for more in named.values()):
            continue  # `planet` within `dwarf planet`
        if choice not in exact | verbatim and any(
            set(words) <= set(named[other]) for other in exact
        ):
            continue  # `metal` within `metalloid`
        yield choice, words


def _by_state(
    matched: MatchedStatement, named: Mapping[str, tuple[Token, ...]]
) -> Iterator[Candidate]:
    """The choices whose state a statement gives in other words: `turned down` for `refused`."""
    text = matched.text
    keywords = keyword_tokens(matched)
    for choice in matched.field.type.choices:
        if choice in named:
            continue
        for found in find_states(text, choice):
            # what another choice is called is that choice
            if any(t.start < found.end and found.start < t.end for w in named.values() for t in w):
                continue
            fit = 0.35 + 0.5 * proximity(text, found.start, found.end, keywords)
            fit = 1.0 - min(0.5, found.start / 200) if matched.statement.is_fact else fit
            denied = _other_of_two(matched, choice, found.start)
            if denied and denied not in named:
                # `we are not able to grant it`
                yield Candidate(denied, denied, fit * _DENIED_STATE, found.start, found.end)
            fit *= _clause_fit(matched, found.start)
            yield Candidate(choice, choice, min(1.0, fit), found.start, found.end)


def _other_of_two(matched: MatchedStatement, choice: str, position: int) -> str:
    """Of two choices the one that is meant where the other is denied; empty elsewhere."""
    choices = matched.field.type.choices
    before = clause_at(matched.text, position)[0]
    if len(choices) != len({choice, *choices[:2]}) or not denies(" ".join(before.split()[-4:])):
        return ""
    return next((c for c in choices if c != choice), "")


def _clause_fit(matched: MatchedStatement, position: int) -> float:
    """A factor by whether the clause of a state speaks of the subject, and says that it is so."""
    text = matched.text
    before, clause = clause_at(text, position)
    fit = _HYPOTHETICAL if is_hypothetical(text, position) else 1.0
    if denies(" ".join(before.split()[-4:])):
        fit *= _DENIED
    if matched.statement.is_fact or not matched.subject:
        return fit
    if matched.subject & roots_of(clause):
        return fit / _OWN_CLAUSE_FIT
    # a single word with which a sentence begins need be no name
    others = [s for s in find_names(before) if s.start > 0 or " " in s.text]
    return fit * (_OTHER_CLAUSE if others else 1.0)


def _by_own_words(
    matched: MatchedStatement, named: Mapping[str, tuple[Token, ...]]
) -> Iterator[Candidate]:
    """The choices of which a statement has a word that no other choice has: `fixed racks`."""
    choices = matched.field.type.choices
    words_of = {c: frozenset(roots(c.replace("_", " "))) - STOP_ROOTS for c in choices}
    for choice in choices:
        others = frozenset[str]().union(*(w for c, w in words_of.items() if c != choice))
        own = words_of[choice] - others
        if choice in named or not own or len(words_of[choice]) < _SEVERAL_WORDS:
            continue
        said = [token for token in tokens(matched.text) if token.root in own]
        for token in said[:1]:
            yield Candidate(choice, choice, _OWN_WORD_FIT, token.start, token.end)


def _by_row(matched: MatchedStatement) -> Iterator[Candidate]:
    """A choice beside the subject in a row or a label: `Silver | Acme Brut`, `Acme, closed: ...`."""
    statement, subject = matched.statement, matched.subject
    if not subject:
        return
    row = roots(statement.subject) if subject <= roots_of(statement.value) else []
    label = statement.label if subject < frozenset(statement.label_roots) else ""
    for choice in matched.field.type.choices:
        if (row and roots(choice) == row) or find_states(label, choice):
            yield Candidate(choice, choice, _ROW_FIT, 0, len(statement.value))


def _is_named_whole(choice: str, words: tuple[Token, ...]) -> bool:
    """True when every word of a choice stands among these as it is."""
    own_words = roots(choice.replace("_", " "))
    return frozenset(own_words) <= {word.root for word in words}


def _is_predicate(matched: MatchedStatement, position: int) -> bool:
    """True when a sentence says outright that its page's subject is what stands at a position."""
    clause = _SENTENCE_END.split(matched.text[:position])[-1]
    found = _PREDICATE.fullmatch(clause)
    if found is None:
        return False
    if noun := found["noun"]:
        return bool(roots_of(noun) & (GENERIC_ROOTS | matched.subject))
    return found["name"] is None or roots_of(found["name"]) >= matched.subject


def _by_initials(choice: str, found: tuple[Token, ...]) -> tuple[Token, ...]:
    """Where the words stand whose initials a choice is: `Eclipse Public License` for `EPL`."""
    size = len(choice)
    initials = "".join(token.root[:1] or " " for token in found)
    position = initials.find(choice.lower())
    return found[position : position + size] if position >= 0 else ()


def _definitions(choice: str, description: str) -> list[list[str]]:
    """What a description says before a choice in parentheses: `while running (dynamic)`."""
    before, parenthesis, _ = description.lower().partition(f"({choice.lower()})")
    if not parenthesis:
        return []
    phrase = _PHRASE_BREAK.split(before)[-1]
    words = roots(_OR.split(phrase)[-1])
    return [words] if len(words) > 1 else []


def _tokens_of_choice(choice: str, found: tuple[Token, ...], description: str) -> tuple[Token, ...]:
    """Where a text names a choice: by its words, its definition, or words that mean the same."""
    own_words = [w for w in roots(choice.replace("_", " ")) if w not in STOP_ROOTS] or roots(choice)
    # `four stars` for 4
    in_words = [
        [word] for word, value in SMALL.items() if choice.isdigit() and value == int(choice)
    ]
    present = {token.root for token in found}
    if _INITIALS.fullmatch(choice) and (initials := _by_initials(choice, found)):
        return initials
    for phrase in (
        own_words,
        *_definitions(choice, description),
        *in_words,
        *_MEANINGS.get(" ".join(own_words), ()),
        *(() if states_of(choice) else _synonyms(own_words)),
    ):
        if all(any(_same_word(root, w) for root in present) for w in phrase):
            return tuple(t for t in found if any(_same_word(t.root, w) for w in phrase))
    return ()


def _synonyms(words: list[str]) -> Iterator[tuple[str, ...]]:
    return (tuple(found) for found, weight in synonyms_of(tuple(words)) if weight >= CLOSE)


def _same_word(root: str, word: str) -> bool:
    """Equal but for endings: `publicly` and `public`, `gaseous` and `gas`."""
    if root == word:
        return True
    short, long = sorted((root, word), key=len)
    longer = long[len(short) :]
    return (
        long.startswith(short)
        and ((len(short) > 3 and len(longer) <= 4) or longer in _ENDINGS)
        and word not in GENERIC_ROOTS
    )
