"""How well a statement bears on a field's question, by shared words and their synonyms.

All words here are roots (`language.vocabulary`). The weights are ours: they were chosen with
`bench/questions.py` on the development questions in `tests/engine/gold`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Final

from parallel_nb.engine.corpus.words import root, stems
from parallel_nb.engine.reader.language.vocabulary import (
    GENERIC_ROOTS,
    LONGEST_PHRASE,
    MODIFIER_ROOTS,
    STOP_ROOTS,
    roots,
    synonyms_of,
    unambiguous,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from parallel_nb.engine.reader.language.vocabulary import Synonyms
    from parallel_nb.engine.reader.statements import Statement

_GENERIC_WEIGHT: Final = 0.15
_MODIFIER_WEIGHT: Final = 0.4
#: Weight of the input's words beside the subject's name.
_CONTEXT_WEIGHT: Final = 0.35
#: Weight of a missing word against one that stands in the sentence.
_MISSING: Final = 0.6
#: Factor for a label that matches the input, but not the field: `Driving in Japan`.
_LABEL_BY_CONTEXT: Final = 0.3
#: Factor for a label of generic words, such as `planet` or `name`.
_ONLY_GENERIC: Final = 0.4
#: Factor for a statement without a number or name of the question: it is about something else.
_OTHER_NUMBER: Final = 0.35
#: Weight of a synonym that `with_synonyms` added; the word itself has 1.
_ADDED_SYNONYM: Final = 0.8
_FIRST: Final = frozenset(roots("first original"))
_LATEST: Final = frozenset(roots("latest recent current newest"))
#: Factor for a statement on the latest where the first is asked for.
_CONTRADICTED: Final = 0.6
#: Words that ask for another one than the usual, and the factor for statements without them.
_OTHER_ONE: Final = frozenset(roots("next previous former"))
_NOT_THAT_ONE: Final = 0.6
#: Factor for a value of another year than the one that the input names.
_OTHER_YEAR: Final = 0.5
#: Factor for a value of an earlier year where no year is asked for.
_SUPERSEDED: Final = 0.7
#: What a word counts that stands in the heading above a sentence, and not in it.
_IN_SECTION: Final = 0.7
#: Factor for a label below a heading that speaks of another thing.
_OTHER_SECTION: Final = 0.93
#: Factor for a label that only remarks on a value (`note`, `etymology`), unless it is asked for.
_REMARK: Final = 0.35
_REMARK_LABELS: Final = frozenset(
    roots("note etymology rank ranking footnote remark comment comparative comparison source")
)
#: Heads of columns that say what a value is for and not which it is: unless asked for, the words
#: count for nothing, and what is only a limit is not the value.
_VALUE_HEADS: Final = frozenset(
    roots("value amount figure result measured actual data reading entry answer finding")
)
_LIMIT_HEADS: Final = frozenset(
    roots("limit required requirement guaranteed target budget threshold minimum maximum permitted")
)
_LIMIT: Final = 0.5
#: What a word before a label's noun counts if it was not asked for: `Statutory auditor`.
_BEFORE_NOUN: Final = 0.35
#: Factor for a label with another such word in place of the one that was asked for.
_OTHER_KIND: Final = 0.6
#: Those that make another thing of the noun count whole.
_OTHER_HOLDER: Final = frozenset(
    roots("vice deputy former assistant acting interim past previous ex co sub non anti next")
)
_NOUN_END = re.compile(r" (?:of|in|for|per|by|at|from|to|with|on|-|\u2013)(?: |$)|[,;(:/]")
#: The least weight of a known phrase.
_PHRASE_WEIGHT: Final = 2.5
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


@dataclass(frozen=True, slots=True)
class Match:
    """How well a statement bears on a question."""

    #: From 0 to 1.
    score: float
    #: The words of the statement that matched.
    words: frozenset[str]

    def scaled(self, factor: float) -> Match:
        """The same match with another score."""
        return Match(self.score * factor, self.words)


NO_MATCH: Final = Match(0.0, frozenset())


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

    @property
    def is_empty(self) -> bool:
        """True when the wordings hold no word that tells anything."""
        return not any(concept.is_telling for wording in self.wordings for concept in wording)

    def noun_in(self, words: frozenset[str]) -> float:
        """How well words hold one of the nouns, from 0 to 1."""
        return max((noun.found_in(words)[0] for noun in self.nouns), default=0.0)

    def penalty(self, statement: Statement, title_roots: frozenset[str]) -> float:
        """A factor below 1 for a statement that speaks of another version, number or name."""
        factor = 1.0
        if self._is_contradicted_by(statement.roots):
            factor = _CONTRADICTED
        kinds = {word for word in statement.label_roots if not word.isdigit()}
        is_limit = bool(statement.subject and kinds) and _LIMIT_HEADS.issuperset(kinds)
        if is_limit and not self.words.intersection(statement.label_roots):
            factor *= _LIMIT
        if self.words & _OTHER_ONE - statement.roots - statement.section_roots:
            factor *= _NOT_THAT_ONE
        if self._is_of_other_year(statement):
            factor *= _OTHER_YEAR
        if statement.is_superseded and not self._numbers and not self.words & _FIRST:
            factor *= _SUPERSEDED
        if self.names or self._numbers:
            present = statement.roots | statement.heading_roots | title_roots
            present |= statement.section_roots
            if self._numbers - present or self._lacks_name(present):
                factor *= _OTHER_NUMBER
        return factor

    def _is_of_other_year(self, statement: Statement) -> bool:
        """True for a label with a year in the place of the one that the input names."""
        if not self._years or not statement.is_fact:
            return False
        said = {word for word in (*statement.label_roots, *statement.row_roots) if is_year(word)}
        return bool(said) and said.isdisjoint(self._years)

    @cached_property
    def _years(self) -> frozenset[str]:
        words = (word for concept in self.context for word in concept.words)
        return frozenset(word for word in words if is_year(word))

    @cached_property
    def _numbers(self) -> frozenset[str]:
        return frozenset(word for word in self.words if word.isdigit())

    def _is_contradicted_by(self, words: frozenset[str]) -> bool:
        """True for a statement on the latest where the first is asked for, and vice versa."""
        asked = self.words
        return any(
            bool(asked & one) and bool(words & other) and not words & one
            for one, other in ((_FIRST, _LATEST), (_LATEST, _FIRST))
        )

    def _lacks_name(self, words: frozenset[str]) -> bool:
        """True when the words hold none of the names that the question is about."""
        return bool(self.names) and not any(
            words.issuperset(name) or any(synonym <= words for synonym, _ in synonyms_of(name))
            for name in self.names
        )


def is_year(word: str) -> bool:
    """True for four digits."""
    return len(word) == _YEAR_DIGITS and word.isdigit()


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
    kept = [subject if _concepts(text, idf, subject) else frozenset[str]() for text in texts]
    wordings = [_concepts(text, idf, own) for text, own in zip(texts, kept, strict=True)]
    chosen = tuple(wording for wording in wordings if any(c.is_telling for c in wording))
    chosen = chosen or tuple(wording for wording in wordings if wording)
    beside = _concepts(context, idf, subject)
    beside = tuple(concept for concept in beside if not concept.words <= GENERIC_ROOTS)
    heads = [
        [c for c in _concepts(_NOUN_END.split(text, maxsplit=1)[0], idf, own) if c.is_telling]
        for text, own in zip(texts, kept, strict=True)
    ]
    nouns = tuple(head[-1] for head in heads if head)
    describing = frozenset(word for head in heads for c in head[:-1] for word in c.words)
    whole = tuple(w for w in wordings[:2] if w in chosen) or chosen
    return FieldQuestion(chosen, idf, subject, beside, whole, nouns, describing)


def with_synonyms(
    question: FieldQuestion, synonyms: Iterable[tuple[frozenset[str], frozenset[str]]]
) -> FieldQuestion:
    """A question on which statements with other words bear too.

    Args:
        question: the question.
        synonyms: words, and what may stand for a concept that holds them: the opposite of a
            word where the answer is yes or no, a licence for `open source`.
    """
    pairs = tuple(synonyms)

    def extended(concept: Concept) -> Concept:
        added = [(other, _ADDED_SYNONYM) for words, other in pairs if words <= concept.words]
        return replace(concept, synonyms=(*concept.synonyms, *added)) if added else concept

    wordings = tuple(tuple(extended(c) for c in wording) for wording in question.wordings)
    return replace(question, wordings=wordings)


def coverage(
    wording: Wording, words: frozenset[str], title_roots: frozenset[str] = frozenset()
) -> Match:
    """The weighted share of a wording that `words` hold.

    What the document's title says (`title_roots`) need not be said again.
    """
    total = found = 0.0
    matched: set[str] = set()
    for concept in wording:
        if concept.words <= title_roots and not concept.words <= words:
            continue
        total += concept.weight
        quality, present = concept.found_in(words)
        found += concept.weight * quality
        matched |= present
    return Match(found / total if total else 0.0, frozenset(matched))


def best_coverage(question: FieldQuestion, words: frozenset[str]) -> float:
    """The share of the wording that `words` hold best, from 0 to 1."""
    return max((coverage(wording, words).score for wording in question.wordings), default=0.0)


def whole_coverage(question: FieldQuestion, words: frozenset[str]) -> float:
    """The same of the name and the whole description, without what stands for the latter's head."""
    return max((coverage(wording, words).score for wording in question.whole), default=0.0)


def match_sentence(
    question: FieldQuestion, statement: Statement, title_roots: frozenset[str] = frozenset()
) -> Match:
    """How well a sentence bears on a question: by the share of its words that stand there.

    Args:
        question: the question.
        statement: the sentence, or a fact that is read as one; the words of the heading above
            count a little less than its own.
        title_roots: the title's words, where the document is about the subject.
    """
    best = _combine(
        [coverage(wording, statement.roots, title_roots) for wording in question.wordings]
    )
    if statement.section_roots & question.words:
        words = statement.roots | statement.section_roots
        below = _combine([coverage(wording, words, title_roots) for wording in question.wordings])
        score = best.score + _IN_SECTION * max(0.0, below.score - best.score)
        best = Match(score, best.words or below.words & statement.roots)
    best = best.scaled(question.penalty(statement, title_roots))
    context = coverage(question.context, statement.roots, title_roots)
    score = _discounted(best.score)
    score += _CONTEXT_WEIGHT * context.score * (1 - score)
    if not score:
        return NO_MATCH
    # where the field's own words matched, they alone tell where the value stands
    return Match(score, best.words or context.words)


def match_label(
    question: FieldQuestion,
    statement: Statement,
    row_subject: frozenset[str] = frozenset(),
    title_roots: frozenset[str] = frozenset(),
) -> Match:
    """How well the label of a fact bears on a question.

    A label with words that were not asked for (`Former CEO`, `Area of water`) counts less,
    because it names something else; a year in it does not. What stands above it (`Population`
    over `total`) counts as a part of it where it was asked for.

    Args:
        question: the question.
        statement: the fact.
        row_subject: the words of a table row's subject, where that is a part of the subject.
        title_roots: the title's words, where the document is about the subject.
    """
    own = row_subject.union(statement.label_roots)
    label = own - STOP_ROOTS - question.subject
    above = statement.section_roots - label
    if not label and not above:
        return NO_MATCH
    asked = question.all_words
    weights = {
        word: _weight(word, question.idf(word))
        for word in sorted(label)
        if not (is_year(word) and word not in asked)
        and not (statement.subject and word in _VALUE_HEADS - asked)
    }

    def share(words: frozenset[str]) -> float:
        of_above = {word: _weight(word, question.idf(word)) for word in sorted(above - STOP_ROOTS)}
        helping = sum(weight for word, weight in of_above.items() if word in words)
        found = sum(weights[word] for word in weights if word in words) + helping
        total = sum(weights.values()) + helping
        if helping:
            total += _BEFORE_NOUN * (sum(of_above.values()) - helping)
        return found / total if total else 0.0

    latest = _LATEST if statement.is_latest else frozenset()
    matches = []
    for wording in question.wordings:
        covered = coverage(wording, own | above | latest, title_roots)
        if not covered.words & (label | above):
            matches.append(NO_MATCH)
            continue
        fit = share(covered.words)
        fit *= _described_fit(question, statement, covered.words | title_roots, weights)
        if statement.label and label & _REMARK_LABELS - asked:
            fit *= _REMARK
        asked_words = frozenset(w for concept in wording for w in concept.words)
        is_asked_whole = asked_words - title_roots <= label <= asked_words
        if not covered.words & above and not is_asked_whole:
            fit *= _ONLY_GENERIC if label <= GENERIC_ROOTS else 1.0
            fit *= _OTHER_SECTION if above - GENERIC_ROOTS else 1.0
        matches.append(Match(fit * (0.25 + 0.75 * _discounted(covered.score)), covered.words))
    best = _combine(matches).scaled(question.penalty(statement, frozenset()))
    context = coverage(question.context, label)
    if not context.words:
        return best
    words = best.words | context.words
    return Match(max(best.score, _LABEL_BY_CONTEXT * share(words)), words)


def _described_fit(
    question: FieldQuestion,
    statement: Statement,
    covered: frozenset[str],
    weights: dict[str, float],
) -> float:
    """A factor for the words before a label's noun that were not asked for.

    They may only describe it (`Statutory auditor`), and count less then; but of a melting point,
    the boiling point is another one.
    """
    noun, before_noun = _noun_of_label(statement.label)
    extra = before_noun & weights.keys() - covered
    if not extra:
        return 1.0
    if not question.describing <= covered:
        return _OTHER_KIND
    if noun not in covered:
        return 1.0
    total = sum(weights.values())
    return total / max(0.1, total - sum(weights[w] for w in extra) * (1 - _BEFORE_NOUN))


@lru_cache(maxsize=20_000)
def _noun_of_label(label: str) -> tuple[str, frozenset[str]]:
    """The root of a label's noun, and those of the words before it that only describe it."""
    words = roots(_NOUN_END.split(label, maxsplit=1)[0])
    if not words:
        return "", frozenset()
    return words[-1], frozenset(words[:-1]) - _OTHER_HOLDER


def _discounted(score: float) -> float:
    """A share of words, less what the missing words take from it."""
    return score / (score + _MISSING * (1 - score)) if score else 0.0


def _combine(matches: list[Match]) -> Match:
    """The best wording decides; the others confirm."""
    if not matches:
        return NO_MATCH
    best = max(matches, key=lambda match: match.score)
    mean = sum(match.score for match in matches) / len(matches)
    return Match(0.75 * best.score + 0.25 * mean, best.words)


def _concepts(text: str, idf: Callable[[str], float], subject: frozenset[str]) -> Wording:
    """The words and known phrases of a text, without the subject's name and stop words."""
    words = [(root(stem), idf(stem)) for stem in stems(unambiguous(text))]
    words = [(w, rarity) for w, rarity in words if w not in STOP_ROOTS and w not in subject]
    found: dict[frozenset[str], Concept] = {}
    start = 0
    while start < len(words):
        size, synonyms = _longest_phrase(words, start)
        phrase = words[start : start + size]
        start += size
        key = frozenset(word for word, _ in phrase)
        weight = max(_weight(word, rarity) for word, rarity in phrase)
        if size > 1:
            weight = max(weight, _PHRASE_WEIGHT)
        if key not in found:
            found[key] = Concept(key, synonyms, weight)
    return tuple(found.values())


def _longest_phrase(words: list[tuple[str, float]], start: int) -> tuple[int, Synonyms]:
    """How many words from `start` on make a known phrase, and what may stand for it."""
    for size in range(min(LONGEST_PHRASE, len(words) - start), 0, -1):
        if found := synonyms_of(tuple(word for word, _ in words[start : start + size])):
            return size, found
    return 1, ()


def _weight(word: str, rarity: float) -> float:
    weight = min(_HEAVIEST, max(_LIGHTEST, rarity))
    if word in GENERIC_ROOTS:
        return weight * _GENERIC_WEIGHT
    return weight * _MODIFIER_WEIGHT if word in MODIFIER_ROOTS else weight
