"""The evidence for a field in the documents that are read: every candidate with its score."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple

from parallel_nb.engine.reader.candidates import ANSWER_BELOW, Evidence, MatchedStatement
from parallel_nb.engine.reader.kept_candidates import kept_for_rows
from parallel_nb.engine.reader.language.grammar import clause_at, clauses_of, denies
from parallel_nb.engine.reader.language.names import find_names, looks_like_person
from parallel_nb.engine.reader.language.series import counts_in
from parallel_nb.engine.reader.language.states import states_of
from parallel_nb.engine.reader.language.units import requested_unit
from parallel_nb.engine.reader.language.vocabulary import STOP_ROOTS, roots, roots_of
from parallel_nb.engine.reader.referents import (
    is_in_clause_of_other,
    is_of_later_part,
)
from parallel_nb.engine.reader.relevance import (
    NO_MATCH,
    Match,
    best_coverage,
    coverage,
    match_label,
    match_sentence,
    whole_coverage,
)
from parallel_nb.engine.reader.rows import row_lists
from parallel_nb.engine.reader.scope import Whose
from parallel_nb.engine.reader.values import booleans, choices, dates, lists, numbers, texts
from parallel_nb.engine.reader.values.name_scores import asks_of_person, is_asked_holder
from parallel_nb.engine.reader.values.near_dates import day_stands_first
from parallel_nb.engine.reader.values.written import written_candidates, written_kind
from parallel_nb.engine.reader.whole import only_measures_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    from parallel_nb.engine.reader.candidates import Candidate
    from parallel_nb.engine.reader.context import ReadingContext, SourceDocument
    from parallel_nb.engine.reader.question import FieldQuestion
    from parallel_nb.engine.reader.request import RequestedField
    from parallel_nb.engine.reader.statements import DocumentStatements, Statement
    from parallel_nb.engine.reader.subject import Subject

#: From here on it is sure enough that a statement is about the subject to take what it says
#: without the question's words.
_SURE: Final = 0.85
#: A statement that bears less than this on a question is not looked at.
_LEAST_RELEVANCE: Final = 0.1
#: Factor for the relevance of a sentence; a fact has 1.
_SENTENCE: Final = 0.92
#: Factors for a fact that holds the question's words in its value instead of its label: where yes,
#: no or a choice is asked for, and for other types.
_CHOICE_IN_VALUE: Final = 0.7
_IN_VALUE: Final = _CHOICE_IN_VALUE * 0.8
_EVIDENCE_KEPT: Final = 60
#: A longer text is no sentence, in characters: it was cut out of one that does not end, and takes
#: long, since each name is measured against each word. So many are looked at, which bear most.
_LONG, _MOST_LONG = 1_500, 20
#: Whose a statement is taken to be that is not the subject's, where it is looked at all the same.
ANYBODYS: Final = Whose(0.05, "mention")
#: What finds the values of a text field that asks for one of these, given as written.
_WRITTEN: Final[Mapping[str, Callable[[MatchedStatement], Iterable[Candidate]]]] = {
    "year": dates.year_candidates,
    "date": dates.written_dates,
    "count": numbers.number_candidates,
}
#: Exponent of the relevance in a score: it counts a little less than the fit.
_RELEVANCE: Final = 0.8
#: Factor for a text in a statement that names the subject.
_NAMES_SUBJECT: Final = 1.1
#: How far the fit of the only value in a sentence is lifted towards 1.
_ONLY_VALUE: Final = 0.45
#: A worse fit is not lifted.
_LEAST_LIFTED: Final = 0.2
#: The least relevance of the only value in the unit that is asked for.
_ONLY_MEASURE: Final = 0.42
#: What a score loses where others have all that the input says beside the name, and it nothing.
_OFF_TOPIC: Final = 0.15
#: Factor for what a sentence says of another thing than the subject.
_OF_OTHER: Final = 0.3
#: Factor for what is said of another holder of a post: the present director, the assistant.
_OTHER_HOLDER: Final = 0.5
#: The least relevance of a statement about the subject where a choice is asked for.
_CHOICE_RELEVANCE: Final = 0.45
#: The same where the statement itself names the subject.
_CHOICE_NAMED: Final = 0.6
#: The same where it, or the heading above it, names the subject, and states are asked for.
_CHOICE_OF_SUBJECT: Final = 0.7
#: Factor for how well the sentence before a list bears on a question, if it counts the members.
_BEFORE: Final = 0.9
#: Types whose values are looked for clause by clause, or in several of them.
_BY_CLAUSE: Final = frozenset({"bool", "enum", "list"})
#: The least relevance of a list that a word of the question announces: `three firms: A and B`.
_ANNOUNCED, _COUNTED = 0.55, 0.7
_NOTHING_COUNTED: Final = (frozenset[int](), 0.0)
#: How well the first cell of a row answers of which another one says just what is asked.
_ROLE_IN_ROW: Final = 0.9
#: Factor for a table's column of which nothing but the head is asked for.
_WHOLE_COLUMN: Final = 0.3
#: Where a statement itself names the subject.
_NAMED: Final = frozenset({"words", "row", "cell"})
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")


class _Place(NamedTuple):
    """Where a statement stands."""

    source: SourceDocument
    #: Whose it is, and how sure that is, as far as its document is trusted.
    whose: Whose
    sure: float


class _Bearing(NamedTuple):
    """A statement in which candidates are looked for."""

    place: _Place
    match: Match
    matched: MatchedStatement


def find_evidence(
    reading: ReadingContext,
    field: RequestedField,
    question: FieldQuestion,
    least: float = 0.0,
    only: Collection[tuple[int, int]] | None = None,
) -> list[Evidence]:
    """Every candidate for a field in the documents that are read.

    Args:
        reading: the run.
        field: the field.
        question: its question.
        least: the relevance that every statement has at least in a document about the subject.
        only: statements, by their documents and numbers, that alone are looked at, be they of the
            subject and on the question or not; None for all that are.

    Returns:
        The best 60, best first; all where `only` says which statements are looked at.
    """
    candidates_of = kept_for_rows(field, _candidates_of(field))
    bearing = list(_bearing(reading, field, question, least, only))
    long = [item for item in bearing if len(item.matched.text) > _LONG]
    if len(long) > _MOST_LONG:
        long.sort(key=lambda item: -item.match.score)
        left_out = {id(item) for item in long[_MOST_LONG:]}
        bearing = [item for item in bearing if id(item) not in left_out]
    found = [e for item in bearing for e in _score_candidates(item, question, candidates_of)]
    found = [item for item in found if field.accepts(item.candidate.value)]
    found = _on_topic(found, question)
    found.sort(key=lambda e: (-e.score, e.document.id, e.statement.number, e.candidate.start))
    return found[: _EVIDENCE_KEPT if only is None else None]


def _bearing(
    reading: ReadingContext,
    field: RequestedField,
    question: FieldQuestion,
    least: float,
    only: Collection[tuple[int, int]] | None,
) -> Iterator[_Bearing]:
    """The statements in which candidates are looked for; see `find_evidence`."""
    subject = reading.subject
    context = frozenset(word for concept in question.context for word in concept.words)
    of_states = bool(subject.words) and any(states_of(c) for c in field.type.choices)
    asked = _asked_of(reading, field)
    floor = least if subject.words else 0.0
    is_list = field.type.kind == "list"
    day_first = day_stands_first(source.document for source in reading.sources)
    # `a variable rate` answers whether it is fixed
    is_one_thing = field.type.kind not in {"bool", "enum"}
    for source in reading.sources:
        measure = _only_measure(field, source)
        before = (0, _NOTHING_COUNTED)
        for statement in _statements_of(source.content, field, question, subject):
            place = _placed(source, statement, only)
            if place is None or (is_one_thing and question.is_contrary(statement)):
                continue
            match, by_label = _match_statement(field, question, source, statement)
            if of_states and subject.words <= statement.roots | statement.section_roots:
                match = Match(max(match.score, _CHOICE_OF_SUBJECT), match.words)
            if place.sure >= _SURE:
                is_only = statement.number == measure and not statement.is_fact
                least_here = _ONLY_MEASURE if is_only else floor
                if field.type.kind == "enum":
                    is_named = place.whose.place in _NAMED
                    least_here = max(floor, _CHOICE_NAMED if is_named else _CHOICE_RELEVANCE)
                match = Match(max(match.score, least_here), match.words)
            document = source.document
            is_next = before[0] and document.text.find("\n\n", before[0], statement.start) < 0
            announced = before[1] if is_next else _NOTHING_COUNTED
            bears = match.score >= _LEAST_RELEVANCE or announced[1] >= _LEAST_RELEVANCE
            if not bears and only is None:
                continue
            matched = MatchedStatement(
                field,
                statement,
                match.words,
                subject.words,
                asked,
                document,
                by_label,
                context=context,
                announced=announced,
                day_first=day_first,
            )
            yield _Bearing(place, match, matched)
            if is_list and not statement.is_fact:
                counts = frozenset(counts_in(statement.value))
                before = (statement.end, (counts, match.score))


def _placed(
    source: SourceDocument, statement: Statement, only: Collection[tuple[int, int]] | None
) -> _Place | None:
    """A statement that is looked at; None for nobody's, or where others alone are wanted.

    One that is wanted is anybody's, if it is not the subject's.
    """
    if only is not None and (source.document.id, statement.number) not in only:
        return None
    whose = source.whose_is(statement)
    if only is not None and not whose.sure:
        whose = ANYBODYS
    sure = source.trust_in(whose)
    return _Place(source, whose, sure) if sure else None


def _on_topic(found: list[Evidence], question: FieldQuestion) -> list[Evidence]:
    """The evidence, less so where it lacks what the input says beside the name and other has it.

    Of `Acme roof works`, what is said of Acme elsewhere hardly counts if something is said there.
    """
    if not question.context:
        return found
    told = {e.at: e.around for e in found}
    covered = {at: coverage(question.context, words).score for at, words in told.items()}
    shares = [covered[e.at] for e in found]
    enough = [s for e, s in zip(found, shares, strict=True) if e.score >= ANSWER_BELOW]
    most = max(enough, default=0.0)
    if not most:
        return found
    lost = (_OFF_TOPIC * (1 - min(1.0, share / most)) for share in shares)
    return [
        replace(e, score=e.score * (1 - less)) if less else e
        for e, less in zip(found, lost, strict=True)
    ]


def _statements_of(
    content: DocumentStatements, field: RequestedField, question: FieldQuestion, subject: Subject
) -> Iterable[Statement]:
    """What a document states; for a list also its lists, without the facts of which they are."""
    if field.type.kind != "list":
        return content.statements
    of_rows = dict(row_lists(content, question, subject, denied=denies(field.text)))
    within = frozenset[int]().union(*of_rows.values())
    told = {(fact.label, fact.heading) for fact in of_rows}
    whole = [fact for fact in content.lists if (fact.label, fact.heading) not in told]
    return (*(s for s in content.statements if s.number not in within), *of_rows, *whole)


def _asked_of(reading: ReadingContext, field: RequestedField) -> str:
    """The words of a field; of `Acme in 2022`, the year that the input names is asked for too."""
    is_number = field.type.kind in {"int", "float"}
    years = (
        _YEAR.findall(reading.request.text) if is_number and not _YEAR.search(field.text) else ()
    )
    return " ".join((field.text, *years))


def _only_measure(field: RequestedField, source: SourceDocument) -> int | None:
    """The statement with the one value that a document about the subject gives in the unit asked.

    `Weight in kg` is answered by `It weighs 3 kg`, whatever its words are.
    """
    if field.type.kind not in {"int", "float"} or not source.is_about_subject:
        return None
    unit = requested_unit(field.name, field.plain_description)
    if not unit.dimension or unit.dimension == "share":
        return None
    return only_measures_of(source.document).get((unit.dimension, unit.factor))


def _match_statement(
    field: RequestedField,
    question: FieldQuestion,
    source: SourceDocument,
    statement: Statement,
) -> tuple[Match, bool]:
    """How well a statement bears on a field, and whether it does by its label."""
    known = question.known_words
    if known.isdisjoint(statement.roots) and known.isdisjoint(statement.section_roots):
        return NO_MATCH, statement.is_fact
    kind = field.type.kind
    title_roots = source.content.title_roots if source.is_about_subject else frozenset()
    if not statement.is_fact:
        return match_sentence(question, statement, title_roots).scaled(_SENTENCE), False
    row_subject: frozenset[str] = frozenset()
    if statement.subject:
        place = source.whose_is(statement).place
        is_row_of_subject = place == "row" or (place == "cell" and not source.is_about_subject)
        row_subject = frozenset() if is_row_of_subject else statement.row_roots
    label = match_label(question, statement, row_subject, title_roots)
    if kind in {"list", "object"}:
        return label, True
    if kind == "str" and (role := _role_in_row(statement, question)).score > label.score:
        return role.scaled(_ROLE_IN_ROW * question.penalty(statement, title_roots)), True
    in_value = _CHOICE_IN_VALUE if kind in {"bool", "enum"} else _IN_VALUE
    whole = match_sentence(question, statement, title_roots).scaled(in_value)
    if whole.score <= label.score:
        return label, True
    # without further words in the value, it is still the label that answers
    return whole, bool(label.words) and whole.words <= label.words


def _role_in_row(statement: Statement, question: FieldQuestion) -> Match:
    """A cell that says just what is asked: of `| Ann Lee | Chair |`, Chair.

    None for all but the first cell of a row, where that is a person.
    """
    first, *others = statement.text.strip("| ").split("|") if statement.subject else ("",)
    if not others or statement.value != first.strip() or not looks_like_person(statement.value):
        return NO_MATCH
    asked = question.known_words
    cells = (roots_of(cell.strip()) - STOP_ROOTS for cell in others)
    said = (words for words in cells if words and words <= asked)
    matches = (Match(best_coverage(question, words), words) for words in said)
    return max(matches, key=lambda match: match.score, default=NO_MATCH)


def _score_candidates(
    item: _Bearing,
    question: FieldQuestion,
    candidates_of: Callable[[MatchedStatement], Iterable[Candidate]],
) -> Iterator[Evidence]:
    (source, whose, sure), match, matched = item
    kind, statement = matched.field.type.kind, matched.statement
    candidates = [c for c in candidates_of(matched) if not _is_known(c, matched)]
    if not candidates:
        return
    total_fit = sum(candidate.fit for candidate in candidates) or 1.0
    may_be_lifted = kind not in {"bool", "enum"} and not statement.is_fact
    of_holder = source.referent_fit(statement, matched.subject, matched.keywords)
    if asks_of_person(matched) and not is_asked_holder(matched):
        of_holder *= _OTHER_HOLDER
    covered = 0.0
    if min(1.0, match.score) ** _RELEVANCE * of_holder * sure >= ANSWER_BELOW:
        # what tells how sure a value is, beside its score; the same for all of a statement
        words = statement.roots | statement.section_roots | statement.heading_roots
        covered = whole_coverage(question, words)
    for candidate in candidates:
        fit = candidate.fit
        if _is_of_other_name(matched, candidate.start):
            fit *= _OF_OTHER
        if is_of_later_part(matched.text, candidate.start, matched.question):
            fit *= _OF_OTHER
        is_one = kind == "list" and len(candidate.value) == 1
        if may_be_lifted and candidate.of_subject and fit >= _LEAST_LIFTED and not is_one:
            # the only value of its type in a sentence is meant, wherever it stands
            fit += (1 - fit) * _ONLY_VALUE * (fit / total_fit) ** 2
        relevance = _of_list(min(1.0, match.score), matched, candidate, question)
        score = relevance**_RELEVANCE * of_holder * fit * sure
        if kind == "str" and whose.place in _NAMED:
            score = min(1.0, score * _NAMES_SUBJECT)
        yield Evidence(
            source.document,
            statement,
            candidate,
            score,
            relevance,
            whose,
            sure,
            match.words,
            by_label=statement.is_fact and matched.by_label,
            coverage=covered,
            kind=kind,
        )


def _is_known(candidate: Candidate, matched: MatchedStatement) -> bool:
    """True for what the question holds: the subject's name, 2013 of `the price in 2013`."""
    match matched.field.type.kind:
        case "str":
            name, text = roots_of(str(candidate.value)), matched.text
            # `Claimant: Elm Ltd` tells something of the case `Elm Ltd v Roe`
            is_part = name < matched.subject and len(str(candidate.value)) >= len(text.rstrip("."))
            return name <= matched.subject and not (is_part and matched.statement.is_fact)
        case "int" | "float":
            number = matched.text[candidate.start : candidate.end]
            return number.isdigit() and number in roots_of(matched.question)
    return False


def _is_of_other_name(matched: MatchedStatement, start: int) -> bool:
    """True in a clause about another name: `Alder's is 32 m long; that of Birch weighs 80 t`."""
    text, subject = matched.text, matched.subject
    if matched.statement.is_fact or not subject:
        return False
    if is_in_clause_of_other(text, start, subject):
        return True
    if matched.field.type.kind in _BY_CLAUSE:
        return False
    before, here = clause_at(text, start)
    first = next(iter(find_names(here)), None)
    if first is None or first.start or first.end > len(before) or subject <= roots_of(here):
        return False
    others = [clause for clause in clauses_of(text) if clause != here]
    # `Birch's bid for the bridge` names Birch beside its subject
    names = [roots_of(n.text) for clause in others for n in find_names(clause)]
    beside = any(name and name <= matched.context and not name & roots_of(here) for name in names)
    return beside or any(subject <= roots_of(clause) for clause in others)


def _of_list(
    relevance: float, matched: MatchedStatement, candidate: Candidate, question: FieldQuestion
) -> float:
    """How well a list bears on a question: one that it announces more, a table's column less."""
    statement = matched.statement
    if matched.field.type.kind != "list":
        return relevance
    if not statement.is_fact:
        counts, before = matched.announced
        if len(candidate.value) in counts or lists.goes_on(matched.text):
            # `Three firms quoted. A asked for 12,000, B for 14,500 and C for 15,250.`
            relevance = max(relevance, before * _BEFORE)
        if len(candidate.value) > 1 and candidate.fit >= lists.ANNOUNCED:
            is_counted = candidate.fit >= lists.COUNTED
            return max(relevance, _COUNTED if is_counted else _ANNOUNCED)
        return relevance
    is_whole = not statement.subject and statement.label_roots == tuple(roots(statement.label))
    if is_whole and matched.by_label and statement.text.startswith("|"):
        # where its rows are not told apart by what is asked, most are no answer
        words = statement.roots | statement.section_roots | statement.heading_roots
        words |= roots_of(statement.text.partition("\n")[0])  # the other columns' heads
        covered = coverage(question.whole[-1], words).score if question.whole else 1.0
        return relevance * (_WHOLE_COLUMN + (1 - _WHOLE_COLUMN) * covered)
    return relevance


def _candidates_of(  # noqa: PLR0911 - one return a type
    field: RequestedField,
) -> Callable[[MatchedStatement], Iterable[Candidate]]:
    """What finds a field's candidates in a statement, by the type that is asked for."""
    match field.type.kind:
        case "bool":
            return booleans.bool_candidates
        case "enum":
            return choices.enum_candidates
        case "date":
            return dates.date_candidates
        case "int":
            return _whole_number_candidates
        case "float":
            return numbers.number_candidates
        case "list":
            return lists.list_candidates
        case _:
            return _text_candidates_of(field)


def _whole_number_candidates(matched: MatchedStatement) -> Iterable[Candidate]:
    is_year = dates.is_year(matched)
    return dates.year_candidates(matched) if is_year else numbers.number_candidates(matched)


def _text_candidates_of(
    field: RequestedField,
) -> Callable[[MatchedStatement], Iterable[Candidate]]:
    """The same of a text field: of the kind that its description asks for, as written."""
    if form := written_kind(field):
        return lambda matched: written_candidates(matched, form)
    asked = texts.asked_value(field)
    if find := _WRITTEN.get(asked):
        return lambda matched: _as_written(find(matched), matched)
    return texts.identifier_candidates if asked == "identifier" else texts.str_candidates


def _as_written(found: Iterable[Candidate], matched: MatchedStatement) -> Iterator[Candidate]:
    return (replace(c, value=matched.text[c.start : c.end].strip()) for c in found)
