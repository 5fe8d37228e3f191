"""How well a statement bears on a field's question, by shared words and their synonyms.

All words here are roots (`language.vocabulary`). The weights are ours: they were chosen with
`bench/questions.py` on the development questions in `tests/engine/gold`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from parallel_nb.engine.reader.language.vocabulary import (
    GENERIC_ROOTS,
    STOP_ROOTS,
    roots,
    roots_of,
)
from parallel_nb.engine.reader.question import (
    NOUN_END,
    FieldQuestion,
    Wording,
    is_period,
    party_of,
    weight_of,
)

if TYPE_CHECKING:
    from parallel_nb.engine.reader.statements import Statement

#: Weight of the input's words beside the subject's name.
_CONTEXT_WEIGHT: Final = 0.35
#: Weight of a missing word against one that stands in the sentence.
_MISSING: Final = 0.6
#: Factor for a label of generic words, such as `planet` or `name`.
_ONLY_GENERIC: Final = 0.4
#: What a word counts that stands in the heading above a sentence, and not in it.
_IN_SECTION: Final = 0.7
#: Factor for a label below a heading that speaks of another thing.
_OTHER_SECTION: Final = 0.93
#: Heads of columns that say what a value is for and not which it is: unless asked for, the words
#: count for nothing, and what is only a limit is not the value.
_VALUE_HEADS: Final = frozenset(
    roots("value amount figure result measured actual data reading entry answer finding")
)
#: What a word before a label's noun counts if it was not asked for: `Statutory auditor`.
_BEFORE_NOUN: Final = 0.35
#: Factor for a label with another such word in place of the one that was asked for.
_OTHER_KIND: Final = 0.6
#: Factor for the other side of what is asked: `Insured` for the insurer.
_OTHER_SIDE: Final = 0.4
#: Those that make another thing of the noun count whole.
_OTHER_HOLDER: Final = frozenset(
    roots("vice deputy former assistant acting interim past previous ex co sub non anti next")
)


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
    # not by the head alone: what somebody moved for a bank is no `bank that moves the money`
    wordings = question.whole
    best = _combine([coverage(wording, statement.roots, title_roots) for wording in wordings])
    if statement.section_roots & question.words:
        words = statement.roots | statement.section_roots
        below = _combine([coverage(wording, words, title_roots) for wording in wordings])
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
    over `total`), and beside it in its row, counts as a part of it where it was asked for.

    Args:
        question: the question.
        statement: the fact.
        row_subject: the words of a table row's subject, where that is a part of the subject.
        title_roots: the title's words, where the document is about the subject.
    """
    own = row_subject.union(statement.label_roots)
    label = own - STOP_ROOTS - question.subject
    asked = question.all_words
    above = statement.section_roots - label
    # of `Series A | 2023`, the other cell says which; what is not asked for there does not harm
    beside = (statement.whole_row_roots & asked) - own - above - roots_of(statement.value)
    beside -= STOP_ROOTS | question.subject
    if not label and not above:
        return NO_MATCH
    weights = {
        word: weight_of(word, question.idf(word))
        for word in sorted(label)
        if not (is_period(word) and word not in asked)
        and not (statement.subject and word in _VALUE_HEADS - asked)
    }

    def share(words: frozenset[str]) -> float:
        of_above = {
            word: weight_of(word, question.idf(word)) for word in sorted(above - STOP_ROOTS)
        }
        helping = sum(weight for word, weight in of_above.items() if word in words)
        of_row = sum(weight_of(word, question.idf(word)) for word in sorted(beside & words))
        found = sum(weights[word] for word in weights if word in words) + helping + of_row
        total = sum(weights.values()) + helping + of_row
        if helping:
            total += _BEFORE_NOUN * (sum(of_above.values()) - helping)
        return found / total if total else 0.0

    matches = []
    for wording in question.wordings:
        covered = coverage(wording, own | above | beside, title_roots)
        if not covered.words & (label | above):
            matches.append(NO_MATCH)
            continue
        fit = share(covered.words)
        fit *= _described_fit(question, statement, covered.words | title_roots, weights)
        asked_words = frozenset(w for concept in wording for w in concept.words)
        is_asked_whole = asked_words - title_roots <= label <= asked_words
        if not covered.words & above and not is_asked_whole:
            fit *= _ONLY_GENERIC if label <= GENERIC_ROOTS else 1.0
            fit *= _OTHER_SECTION if above - GENERIC_ROOTS else 1.0
        matches.append(Match(fit * (0.25 + 0.75 * _discounted(covered.score)), covered.words))
    return _combine(matches).scaled(question.penalty(statement, frozenset()))


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
    noun, before_noun, party = _noun_of_label(statement.label)
    if question.is_other_side(noun, party):
        return _OTHER_SIDE
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
def _noun_of_label(label: str) -> tuple[str, frozenset[str], str]:
    """The root of a label's noun, those of the words that only describe it, and its `party_of`."""
    words = roots(NOUN_END.split(label, maxsplit=1)[0])
    if not words:
        return "", frozenset(), ""
    return words[-1], frozenset(words[:-1]) - _OTHER_HOLDER, party_of(label)


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
