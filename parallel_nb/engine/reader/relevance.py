"""How well a statement bears on a question, by shared words and their synonyms."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from parallel_nb.engine.corpus.words import root, stems
from parallel_nb.engine.reader.vocabulary import (
    GENERIC,
    LONGEST_PHRASE,
    MODIFIERS,
    STOP_ROOTS,
    alternatives,
    roots,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from parallel_nb.engine.reader.pages import Unit

_GENERIC_WEIGHT: Final = 0.15
_MODIFIER_WEIGHT: Final = 0.4
#: What the words of the input beside the subject's name count.
_CONTEXT_WEIGHT: Final = 0.35
#: How much a word that does not stand in a sentence takes from one that does.
_MISSING: Final = 0.6
#: What a label counts that the input names and the field does not: `Driving in Japan`.
_LABEL_BY_CONTEXT: Final = 0.3
#: What a label counts that consists of words such as `planet` or `name`.
_ONLY_GENERIC: Final = 0.4
#: What a statement counts that lacks a number of the question: another year or version.
_OTHER_NUMBER: Final = 0.35
#: What the opposite of a word counts where the answer is yes or no.
_ANTONYM: Final = 0.8
_FIRST: Final = frozenset(roots("first original"))
_LATEST: Final = frozenset(roots("latest recent current newest"))
_CONTRADICTED: Final = 0.6
#: What a known phrase of light words weighs at least.
_PHRASE_WEIGHT: Final = 2.5
_WEAK: Final = GENERIC | MODIFIERS
_LIGHTEST, _HEAVIEST = 1.0, 6.0


@dataclass(frozen=True, slots=True)
class Concept:
    """A word or phrase of a question."""

    words: frozenset[str]
    #: What may stand for it, best first, with what it counts.
    synonyms: tuple[tuple[frozenset[str], float], ...]
    weight: float

    def found_in(self, words: Collection[str]) -> tuple[float, frozenset[str]]:
        """How well `words` hold it, from 0 to 1, and the words that do."""
        have = words if isinstance(words, frozenset) else frozenset(words)
        if self.words <= have:
            return 1.0, self.words
        for synonym, worth in self.synonyms:
            if synonym <= have:
                return worth, synonym - STOP_ROOTS
        return 0.0, frozenset()


def concepts(
    text: str, idf: Callable[[str], float], exclude: Collection[str] = ()
) -> tuple[Concept, ...]:
    """The words and known phrases of a question.

    Args:
        text: the question.
        idf: how rare a stem is in the corpus.
        exclude: roots that are left out, such as the subject's name.
    """
    words = [(root(s), idf(s)) for s in stems(text)]
    words = [(w, rarity) for w, rarity in words if w not in STOP_ROOTS and w not in exclude]
    made: dict[frozenset[str], Concept] = {}
    at = 0
    while at < len(words):
        size, synonyms = _longest_phrase(words, at)
        phrase = words[at : at + size]
        at += size
        key = frozenset(word for word, _ in phrase)
        weight = max(_weight(word, rarity) for word, rarity in phrase)
        if size > 1:
            weight = max(weight, _PHRASE_WEIGHT)
        if key not in made:
            made[key] = Concept(key, synonyms, weight)
    return tuple(made.values())


def _tells(concept: Concept) -> bool:
    """True for a word that says what is asked, or a known phrase: `biggest city`."""
    return len(concept.words) > 1 or not concept.words <= _WEAK


def _longest_phrase(
    words: list[tuple[str, float]], at: int
) -> tuple[int, tuple[tuple[frozenset[str], float], ...]]:
    for size in range(min(LONGEST_PHRASE, len(words) - at), 0, -1):
        if found := alternatives(tuple(word for word, _ in words[at : at + size])):
            return size, found
    return 1, ()


def _weight(word: str, rarity: float) -> float:
    weight = min(_HEAVIEST, max(_LIGHTEST, rarity))
    if word in GENERIC:
        return weight * _GENERIC_WEIGHT
    return weight * _MODIFIER_WEIGHT if word in MODIFIERS else weight


@dataclass(frozen=True, slots=True)
class Match:
    """How a statement bears on a question."""

    #: From 0 to 1.
    score: float
    #: The roots of the statement that matched.
    words: frozenset[str]


NO_MATCH: Final = Match(0.0, frozenset())


@dataclass(frozen=True, slots=True)
class Question:
    """A question in its wordings: the field's name, its description."""

    wordings: tuple[tuple[Concept, ...], ...]
    idf: Callable[[str], float]
    #: The roots of the subject's name, which neither help nor harm.
    subject: frozenset[str]
    #: What the input says beside the subject's name.
    context: tuple[Concept, ...] = ()
    #: Roots of the names in it: of `Is it a member of NATO?`, `NATO`.
    names: tuple[frozenset[str], ...] = ()

    @property
    def numbers(self) -> frozenset[str]:
        """The numbers in every wording of it: a year, a version."""
        sets = [{w for c in wording for w in c.words if w.isdigit()} for wording in self.wordings]
        return frozenset().union(*sets) if sets else frozenset()

    def is_contradicted_by(self, words: frozenset[str]) -> bool:
        """True for a statement on the latest where the first is asked for, and vice versa."""
        asked = frozenset(w for wording in self.wordings for c in wording for w in c.words)
        return any(
            bool(asked & one) and bool(words & other) and not words & one
            for one, other in ((_FIRST, _LATEST), (_LATEST, _FIRST))
        )

    def lacks_name(self, unit: Unit, given: frozenset[str]) -> bool:
        """True when a statement holds none of the names that the question is about."""
        have = unit.words | unit.above | given
        return bool(self.names) and not any(
            name <= have or any(s <= have for s, _ in alternatives(tuple(name)))
            for name in self.names
        )

    @property
    def is_empty(self) -> bool:
        """True when the wordings hold no word that tells anything."""
        return not any(c for wording in self.wordings for c in wording if _tells(c))


def question(
    texts: Iterable[str],
    idf: Callable[[str], float],
    subject: frozenset[str],
    context: str = "",
) -> Question:
    """A question from its wordings; those without any telling word are left out."""
    made = [concepts(text, idf, subject) for text in texts]
    telling = [w for w in made if any(_tells(c) for c in w)]
    wordings = tuple(telling or [w for w in made if w])
    beside = tuple(c for c in concepts(context, idf, subject) if not c.words <= GENERIC)
    return Question(wordings, idf, subject, beside)


def widened(asked: Question, words: frozenset[str], telling: frozenset[str]) -> Question:
    """A question on which a statement with other words bears too: on `open source`, a licence."""
    wordings = tuple(
        tuple(
            replace(c, synonyms=(*c.synonyms, (telling, _ANTONYM))) if c.words == words else c
            for c in wording
        )
        for wording in asked.wordings
    )
    return replace(asked, wordings=wordings)


def with_antonyms(asked: Question, pairs: Iterable[tuple[str, str]]) -> Question:
    """A question that a statement with the opposite of its words bears on as well."""
    opposite: defaultdict[str, list[str]] = defaultdict(list)
    for word, other in pairs:
        opposite[word].append(other)

    def wider(concept: Concept) -> Concept:
        more = [(frozenset({o}), _ANTONYM) for w in concept.words for o in opposite.get(w, ())]
        return replace(concept, synonyms=(*concept.synonyms, *more)) if more else concept

    wordings = tuple(tuple(wider(c) for c in wording) for wording in asked.wordings)
    return replace(asked, wordings=wordings)


def coverage(
    wording: Iterable[Concept], words: frozenset[str], given: frozenset[str] = frozenset()
) -> Match:
    """The weighted share of a wording that `words` hold.

    What the page's title says (`given`) need not be said again.
    """
    total = found = 0.0
    matched: set[str] = set()
    for concept in wording:
        if concept.words <= given and not concept.words <= words:
            continue
        total += concept.weight
        quality, by = concept.found_in(words)
        found += concept.weight * quality
        matched |= by
    return Match(found / total if total else 0.0, frozenset(matched))


def match_sentence(asked: Question, unit: Unit, given: frozenset[str] = frozenset()) -> Match:
    """How a sentence bears on a question: the share of its words that stand there."""
    matches = [coverage(wording, unit.words, given) for wording in asked.wordings]
    best = _combine(matches)
    if asked.is_contradicted_by(unit.words):
        best = Match(best.score * _CONTRADICTED, best.words)
    if asked.numbers - unit.words - unit.above - given or asked.lacks_name(unit, given):
        best = Match(best.score * _OTHER_NUMBER, best.words)
    context = coverage(asked.context, unit.words, given)
    share = best.score / (best.score + _MISSING * (1 - best.score)) if best.score else 0.0
    share += _CONTEXT_WEIGHT * context.score * (1 - share)
    if not share:
        return NO_MATCH
    # where the field's own words matched, they alone tell where the value stands
    return Match(share, best.words or context.words)


def match_label(asked: Question, unit: Unit, extra: tuple[str, ...] = ()) -> Match:
    """How the label of a fact bears on a question.

    A label with words that were not asked for (`Former CEO`, `Area of water`) counts less,
    because it names something else. `extra` are words of the row's subject, where a table
    row is about a part of the page's subject.
    """
    label = [
        w for w in (*unit.label_words, *extra) if w not in STOP_ROOTS and w not in asked.subject
    ]
    if not label:
        return NO_MATCH
    words = frozenset(label)
    matches = []
    for wording in asked.wordings:
        share = coverage(wording, words.union(unit.label_words))
        if share.words & words:
            total = sum(_weight(word, asked.idf(word)) for word in words)
            covered = sum(_weight(word, asked.idf(word)) for word in words & share.words)
            fit = covered / total
            if words <= GENERIC:
                fit *= _ONLY_GENERIC
            asked_for = share.score / (share.score + _MISSING * (1 - share.score))
            matches.append(Match(fit * (0.25 + 0.75 * asked_for), share.words))
        else:
            matches.append(NO_MATCH)
    best = _combine(matches)
    if asked.is_contradicted_by(unit.words):
        best = Match(best.score * _CONTRADICTED, best.words)
    if asked.numbers - unit.words - unit.above or asked.lacks_name(unit, frozenset()):
        best = Match(best.score * _OTHER_NUMBER, best.words)
    context = coverage(asked.context, words)
    if not context.words:
        return best
    covered = sum(_weight(word, asked.idf(word)) for word in words & (context.words | best.words))
    total = sum(_weight(word, asked.idf(word)) for word in words)
    return Match(max(best.score, _LABEL_BY_CONTEXT * covered / total), best.words | context.words)


def _combine(matches: list[Match]) -> Match:
    """The best wording decides; the others confirm."""
    if not matches:
        return NO_MATCH
    best = max(matches, key=lambda match: match.score)
    mean = sum(match.score for match in matches) / len(matches)
    return Match(0.75 * best.score + 0.25 * mean, best.words)
