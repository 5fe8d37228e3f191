"""A field's question as words: what is asked, how much each word tells, and what may stand for it.

All words here are roots (`language.vocabulary`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from parallel_nb.engine.corpus.kept import kept_for_sentences
from parallel_nb.engine.corpus.words import root, stems
from parallel_nb.engine.reader.language.vocabulary import (
    GENERIC_ROOTS,
    LONGEST_PHRASE,
    MODIFIER_ROOTS,
    STOP_ROOTS,
    roots,
    roots_of,
    synonyms_of,
    unambiguous,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from parallel_nb.engine.reader.language.vocabulary import Synonyms
    from parallel_nb.engine.reader.statements import Statement

_GENERIC_WEIGHT: Final = 0.15
_MODIFIER_WEIGHT: Final = 0.4
#: Factor for a statement without a number or name of the question: it is about something else.
_OTHER_NUMBER: Final = 0.35
_FIRST: Final = frozenset(roots("first original"))
#: Factor for a statement that does not say that it is the next one, where that is asked for.
_NEXT: Final = frozenset(roots("next"))
_NOT_NEXT: Final = 0.6
#: Factor for a value of an earlier year where no year is asked for.
_SUPERSEDED: Final = 0.7
#: Words before a noun of which one makes another thing of it than the other: a boiling point is no
#: melting point. Other such pairs, as old and new, need not be said to be meant.
_CONTRARIES: Final = (
    "melting boiling | freezing boiling | minimum maximum | gross net | lowest highest"
    " | smallest largest | shortest longest | earliest latest | upper lower | inner outer"
    " | internal external | import export | inbound outbound | arrival departure"
    " | opening closing | fixed variable | summer winter | northern southern | eastern western"
    " | left right | credit debit | domestic foreign | male female | weekday weekend | dry wet"
)
_PAIRS: Final = tuple(tuple(roots(pair)) for pair in _CONTRARIES.split("|"))
_CONTRARY_OF: Final = {
    word: frozenset(other for pair in _PAIRS if word in pair for other in pair if other != word)
    for word in frozenset[str]().union(*_PAIRS)
}
#: Where what stands before ends with its noun: `price of`, `standard followed`.
NOUN_END = re.compile(
    r" (?:of|in|for|per|by|at|from|to|with|without|on|-|\u2013)(?: |$)|[,;(:/]"
    r"|(?<! was)(?<! were)(?<! is)(?<! are)(?<! be)(?<! been)(?<! has)(?<! have)(?<! had)"
    r" (?:\w{2,}[^\We]ed|used|given|held|made|kept|taken|chosen|paid|sold|found|built|done)$"
)
#: The noun for who does something, or with whom it is done.
_PARTY = re.compile(r"\w(?:(?P<doer>(?:er|or)s?)|(?P<done>ees?|ed))$")
_BY = re.compile(r"ed by\b")
#: The least weight of a known phrase.
_PHRASE_WEIGHT: Final = 2.5
_NONE: Final = frozenset[str]()
_WEAK: Final = GENERIC_ROOTS | MODIFIER_ROOTS
_LIGHTEST, _HEAVIEST = 1.0, 6.0
_YEAR_DIGITS: Final = 4


@dataclass(frozen=True, slots=True)
class Concept:
    """A word or phrase of a question."""

    words: frozenset[str]
    #: Phrases that may stand for it, best first, with their weights.
    synonyms: Synonyms
    weight: float

    @property
    def is_telling(self) -> bool:
        """True for a word that says what is asked, or a known phrase: `biggest city`."""
        return len(self.words) > 1 or not self.words <= _WEAK

    def found_in(self, words: frozenset[str]) -> tuple[float, frozenset[str]]:
        """How well `words` hold it, from 0 to 1, and which of them do."""
        if self.words <= words:
            return 1.0, self.words
        for synonym, weight in self.synonyms:
            if synonym <= words:
                return weight, synonym - STOP_ROOTS
        return 0.0, frozenset()


Wording = tuple[Concept, ...]


@dataclass(frozen=True)
class FieldQuestion:
    """The question of a field, in the wordings of its name and of its description."""

    wordings: tuple[Wording, ...]
    #: How rare a stem is in the corpus.
    idf: Callable[[str], float]
    #: The words of the subject's name, which neither help nor harm.
    subject: frozenset[str]
    #: What the input says beside the subject's name.
    context: Wording = ()
    #: Those of the name and of the whole description.
    whole: tuple[Wording, ...] = ()
    #: The noun of each wording: `rent` of `Monthly rent in pounds`.
    nouns: Wording = ()
    #: Which side each of those is, where it is one; see `party_of`.
    parties: frozenset[str] = frozenset()
    #: The words before those: `monthly` of the same.
    describing: frozenset[str] = frozenset()
    #: The names in the question, as roots in their order: of `Is it a member of NATO?`, `NATO`.
    names: tuple[tuple[str, ...], ...] = ()

    @cached_property
    def words(self) -> frozenset[str]:
        """The words of all wordings."""
        return frozenset(w for wording in self.wordings for c in wording for w in c.words)

    @cached_property
    def all_words(self) -> frozenset[str]:
        """The words of all wordings and of the input beside the subject's name."""
        return self.words.union(*(concept.words for concept in self.context))

    @cached_property
    def known_words(self) -> frozenset[str]:
        """All words and synonyms: a statement without any of them does not bear on it."""
        concepts = [c for wording in (*self.wordings, self.context) for c in wording]
        synonyms = (words for concept in concepts for words, _ in concept.synonyms)
        return self.all_words.union(*synonyms)

    @property
    def is_empty(self) -> bool:
        """True when the wordings hold no word that tells anything."""
        return not any(concept.is_telling for wording in self.wordings for concept in wording)

    def noun_in(self, words: frozenset[str]) -> float:
        """How well words hold one of the nouns, from 0 to 1."""
        return max((noun.found_in(words)[0] for noun in self.nouns), default=0.0)

    def is_other_side(self, noun: str, party: str) -> bool:
        """True for the noun of a label on the other side of what is asked: the insured."""
        is_noun = any(noun in concept.words for concept in self.nouns)
        return is_noun and bool(party and self.parties) and party not in self.parties

    def penalty(self, statement: Statement, title_roots: frozenset[str]) -> float:
        """A factor below 1 for a statement that speaks of another version, number or name."""
        factor = 1.0
        if self.words & _NEXT - statement.roots - statement.section_roots:
            factor = _NOT_NEXT
        if statement.is_superseded and not self._numbers and not self.words & _FIRST:
            factor *= _SUPERSEDED
        if self.names or self._numbers:
            present = statement.roots | statement.heading_roots | title_roots
            present |= statement.section_roots
            if self._numbers - present or self._lacks_name(present):
                factor *= _OTHER_NUMBER
        return factor

    def is_contrary(self, statement: Statement) -> bool:
        """True for a statement on the contrary of what is asked alone: its boiling point.

        It is one where the contrary stands in the label, or just before a word that is asked for.
        """
        if not self._contraries or self.words.isdisjoint(statement.roots):
            return False
        said = statement.roots | statement.section_roots | statement.heading_roots
        words = statement.label_roots or tuple(roots(statement.value))
        before_asked = {before for before, noun in pairwise(words) if noun in self.words}
        telling = set(words) if statement.is_fact else before_asked
        return any(
            contraries & telling and not any(c.found_in(said)[0] for c in self._concepts(word))
            for word, contraries in self._contraries.items()
        )

    @cached_property
    def _contraries(self) -> dict[str, frozenset[str]]:
        """The words that are asked for and have contraries which are not asked for as well."""
        asked = self.all_words
        return {
            w: _CONTRARY_OF[w]
            for w in sorted(asked & _CONTRARY_OF.keys())
            if not _CONTRARY_OF[w] & asked
        }

    def _concepts(self, word: str) -> list[Concept]:
        return [c for wording in (*self.wordings, self.context) for c in wording if word in c.words]

    @cached_property
    def _numbers(self) -> frozenset[str]:
        return frozenset(word for word in self.words if word.isdigit())

    def _lacks_name(self, words: frozenset[str]) -> bool:
        """True when the words hold none of the names that the question is about."""
        return bool(self.names) and not any(
            words.issuperset(name) or any(synonym <= words for synonym, _ in synonyms_of(name))
            for name in self.names
        )


def is_year(word: str) -> bool:
    """True for four digits."""
    return len(word) == _YEAR_DIGITS and word.isdigit()


def is_period(word: str) -> bool:
    """True for a year, and for a quarter or half of one."""
    return is_year(word) or (len(word) == 2 and word[0] in "qh" and word[1] in "1234")


def party_of(text: str) -> str:
    """`doer` for an insurer or what is insured by somebody, `done` for an insured or a licensee."""
    if _BY.search(text):
        return "doer"
    found = _PARTY.search(NOUN_END.split(text, maxsplit=1)[0].rstrip())
    return (found.lastgroup or "") if found else ""


def build_question(
    texts: Iterable[str],
    idf: Callable[[str], float],
    subject: frozenset[str],
    context: str = "",
) -> FieldQuestion:
    """Make a question of texts.

    Args:
        texts: the wordings; those without any telling word are left out, where others have one.
        idf: how rare a stem is in the corpus.
        subject: the words of the subject's name.
        context: what the input says beside it.

    Returns:
        The question; it may be empty (`is_empty`).
    """
    texts = list(texts)
    # who is asked for the insurer of `Insurance of the store` asks for that word all the same
    kept = [
        subject if subject <= roots_of(text) or _concepts(text, idf, subject) else _NONE
        for text in texts
    ]
    wordings = [_concepts(text, idf, own) for text, own in zip(texts, kept, strict=True)]
    chosen = tuple(wording for wording in wordings if any(c.is_telling for c in wording))
    chosen = chosen or tuple(wording for wording in wordings if wording)
    beside = _concepts(context, idf, subject)
    beside = tuple(concept for concept in beside if not concept.words <= GENERIC_ROOTS)
    heads = [
        [c for c in _concepts(NOUN_END.split(text, maxsplit=1)[0], idf, own) if c.is_telling]
        for text, own in zip(texts, kept, strict=True)
    ]
    nouns = tuple(head[-1] for head in heads if head)
    describing = frozenset(word for head in heads for c in head[:-1] for word in c.words)
    whole = tuple(w for w in wordings[:2] if w in chosen) or chosen
    parties = frozenset(filter(None, map(party_of, texts)))
    return FieldQuestion(chosen, idf, subject, beside, whole, nouns, parties, describing)


def _concepts(text: str, idf: Callable[[str], float], subject: frozenset[str]) -> Wording:
    """The words and known phrases of a text, without the subject's name and stop words."""
    words = [(w, idf(stem)) for w, stem in _words(text) if w not in subject]
    found: dict[frozenset[str], Concept] = {}
    start = 0
    while start < len(words):
        size, synonyms = _longest_phrase(words, start)
        phrase = words[start : start + size]
        start += size
        key = frozenset(word for word, _ in phrase)
        weight = max(weight_of(word, rarity) for word, rarity in phrase)
        if size > 1:
            weight = max(weight, _PHRASE_WEIGHT)
        if key not in found:
            found[key] = Concept(key, synonyms, weight)
    return tuple(found.values())


@kept_for_sentences(1_000)
def _words(text: str) -> tuple[tuple[str, str], ...]:
    """The roots of a question's words, each with its stem; without stop words."""
    found = ((root(stem), stem) for stem in stems(unambiguous(text)))
    return tuple((word, stem) for word, stem in found if word not in STOP_ROOTS)


def _longest_phrase(words: list[tuple[str, float]], start: int) -> tuple[int, Synonyms]:
    """How many words from `start` on make a known phrase, and what may stand for it."""
    for size in range(min(LONGEST_PHRASE, len(words) - start), 0, -1):
        if found := synonyms_of(tuple(word for word, _ in words[start : start + size])):
            return size, found
    return 1, ()


def weight_of(word: str, rarity: float) -> float:
    """What a word counts, by how rare it is and how much it tells in a question."""
    weight = min(_HEAVIEST, max(_LIGHTEST, rarity))
    if word in GENERIC_ROOTS:
        return weight * _GENERIC_WEIGHT
    return weight * _MODIFIER_WEIGHT if word in MODIFIER_ROOTS else weight
