"""What the documents say about an entity: its conditions, and the fields of an enrichment."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, Final

from parallel_nb.api.types import Citation, FieldBasis, JsonObject, TaskRunInput, TaskSpec
from parallel_nb.engine.corpus.words import stems
from parallel_nb.engine.finder.cells import decide_by_cells
from parallel_nb.engine.finder.claims import AGENT, claim_of, without_house
from parallel_nb.engine.finder.conditions import of_each_date, read_condition, without_year
from parallel_nb.engine.finder.counts import Asked, count_rows
from parallel_nb.engine.finder.dossier import Statement, dossiers
from parallel_nb.engine.finder.entities import BY_TITLE, catalogue, key_of
from parallel_nb.engine.finder.evidence import weigh
from parallel_nb.engine.finder.kinds import PERSON_ROOTS, kind_of
from parallel_nb.engine.finder.measures import compare, find_number
from parallel_nb.engine.finder.plan import plan, plan_alone
from parallel_nb.engine.finder.stances import is_past
from parallel_nb.engine.finder.whereabouts import find_where
from parallel_nb.engine.finder.words import root_of, roots_of
from parallel_nb.engine.reader.answer import answer_run

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from parallel_nb.api.findall import Enrichment, MatchCondition
    from parallel_nb.engine.finder.claims import Claim
    from parallel_nb.engine.finder.conditions import Question
    from parallel_nb.engine.finder.dossier import Dossiers
    from parallel_nb.engine.finder.kinds import Kind
    from parallel_nb.engine.finder.listings import Mention
    from parallel_nb.engine.finder.plan import Plan, Told
    from parallel_nb.engine.index.fulltext import Index

#: The fields of an answer, and the basis of each.
Answer = tuple[JsonObject, dict[str, FieldBasis]]
#: A value for a condition, whether it satisfies it, and the statement that says so.
Verdict = tuple[Any, bool, "Statement | FieldBasis | None"]


#: Words of a field's name at most, by which the reader looks for it.
_MAX_NAME_WORDS: Final = 3
#: Words of conditions that ask whether something is there, and nothing else of it.
_EXISTS: Final = frozenset(
    roots_of("still runs operating works active open exists service fleet business present")
)
#: Words that a unit implies.
_IMPLIED: Final = {
    "time": frozenset(roots_of("period length term terms duration time long")),
    "money": frozenset(roots_of("amount sum value")),
}
_NO_WORD = re.compile(r"\W")
#: What tells a person.
_HUMAN = re.compile(r"\b(?:he|his|him|who|Mr|Mrs|Ms|Dr|Prof|Sir|Dame|Lady)\b")
#: Labels behind which those stand who were at a meeting, or were missed there.
_ATTENDANCE = re.compile(
    r"(?:present|in attendance|attended|attendees|apologies|absent)\b", re.IGNORECASE
)
#: How a condition begins that goes on about what the one before asks for.
_THAT = re.compile(r"(?:That|This|Those|These)\s")
#: What stands before a place.
_PLACED = re.compile(r"\b(?:in|at|near|to)\s$")
#: What stands before a name in a list.
_IN_LIST: Final = (",", ";", ":", " and", "&")
#: Characters around a name that tell whether it is one of a person.
_BEFORE, _BEHIND = 30, 40


def judge(
    index: Index,
    entity: JsonObject,
    entity_type: str,
    conditions: Sequence[MatchCondition],
) -> JsonObject:
    """Judge an entity by the conditions of a run.

    Args:
        index: the documents.
        entity: `name`, `url`, `has_page` of the candidate.
        entity_type: what it is.
        conditions: what a match satisfies.

    Returns:
        `status` (`matched` or `unmatched`), `output` and `basis` as the API shows them.
    """
    name: str = entity["name"]
    planned = plan(index, entity_type, tuple(each.description for each in conditions))
    told = dossiers(index, entity_type)
    if planned.told and (key_of(name) in planned.names or planned.is_whole):
        return _by_plan(planned, name, conditions)
    statements = told.of(name)
    output: JsonObject = {}
    basis: list[FieldBasis] = []
    row = ""
    for condition in conditions:
        # what a table says of one condition alone, it knows better than any text
        alone = plan_alone(index, entity_type, condition.description)
        if rows := alone.told.get(key_of(name)):
            output[condition.name] = _output(rows[0])
            basis.append(_basis(condition.name, _statement(rows[0])))
            row = rows[0].quote
            continue
        # `That complaint was justified`: the one of the row that the condition before is about
        if row and _THAT.match(condition.description):
            told_there = [each for each in statements if each.quote == row]
        else:
            told_there = statements
        # of two dates, the first on which it does not hold decides
        for each in of_each_date(condition.description):
            value, is_matched, statement = _decide(index, entity, told_there, each, entity_type)
            if not is_matched:
                break
        row = _row_of(statement)
        output[condition.name] = {
            "value": value,
            "type": "match_condition",
            "is_matched": is_matched,
        }
        basis.append(_basis(condition.name, statement))
    is_kind = _is_called(name, statements, kind_of(entity_type), told)
    is_match = is_kind and all(member["is_matched"] for member in output.values())
    return {"status": "matched" if is_match else "unmatched", "output": output, "basis": basis}


def _by_plan(planned: Plan, name: str, conditions: Sequence[MatchCondition]) -> JsonObject:
    """What a table says of an entity; whoever stands in no row of it does not match."""
    output: JsonObject = {}
    basis: list[FieldBasis] = []
    rows = planned.told.get(key_of(name), [])
    for condition, told in zip_longest(conditions, rows):
        output[condition.name] = _output(told)
        basis.append(_basis(condition.name, _statement(told)))
    is_match = all(member["is_matched"] for member in output.values())
    return {"status": "matched" if is_match else "unmatched", "output": output, "basis": basis}


def _output(told: Told | None) -> JsonObject:
    value, is_so = (told.value, told.is_so) if told else (None, False)
    return {"value": value, "type": "match_condition", "is_matched": is_so}


def _statement(told: Told | None) -> Statement | None:
    if told is None:
        return None
    return Statement(told.document, told.quote, told.quote, told.quote, "", "", is_own=True)


def _row_of(told: Statement | FieldBasis | None) -> str:
    """The row that says so, verbatim; empty where it is none."""
    if told is None or isinstance(told, FieldBasis) or len(told.cells) < 2:
        return ""
    return told.quote


def _is_called(name: str, statements: list[Statement], kind: Kind, told: Dossiers) -> bool:
    """Whether what only has a person's name is a person, and called what is asked for.

    Of directors, `artistic directors` are those that are called so.
    """
    sure = told.certainty(name)
    if sure > BY_TITLE or not kind.is_person:
        return True
    if sure < BY_TITLE and not _is_human(name, statements):
        return False
    return not kind.modifiers or any(
        kind.modifiers <= frozenset(roots_of(f"{each.label} {each.whole} {each.over}"))
        for each in statements
    )


def _is_human(name: str, statements: list[Statement]) -> bool:
    """Whether the words right around a name are those that go with a person."""
    for each in statements:
        start = each.whole.find(name)
        around = each.label if each.text.startswith(name) else ""
        if start >= 0 and not _PLACED.search(each.whole, 0, start):
            end = start + len(name)
            before = each.whole[:start].rstrip()
            # of `Members: Ada Berg (Hether Isle)`, the isle is none
            label = each.label if not before or before.endswith(_IN_LIST) else ""
            around = f"{label} {before[-_BEFORE:]} "
            around += each.whole[end : end + _BEHIND]
        is_listed = _ATTENDANCE.match(each.label) and each.text.startswith(name)
        if is_listed or _HUMAN.search(around) or not PERSON_ROOTS.isdisjoint(roots_of(around)):
            return True
    return False


def _decide(
    index: Index,
    entity: JsonObject,
    statements: list[Statement],
    description: str,
    entity_type: str,
) -> Verdict:
    name = entity["name"]
    question = read_condition(description)
    has = {root_of(stem) for stem in stems(description) if index.has(stem)}.__contains__
    asked = Asked(description, entity_type, catalogue(index).house, has)
    asked_of = claim_of(description, entity_type)
    claim = without_house(asked_of, asked.house)
    if compared := compare(statements, description, claim):
        return compared
    if question and (numbered := _by_number(index, entity, statements, asked, question)):
        return numbered
    named = frozenset[str]().union(*asked_of.names)
    is_asked = " " in name and name.lower() in description.lower()
    asks_nothing = not (roots_of(description) or asked_of.areas)  # `?`, `It is`
    # of the moons of Jupiter, Jupiter is none
    if asks_nothing or is_asked or (named and frozenset(roots_of(name)) <= named):
        return None, False, None
    if claim.is_where and (place := find_where(statements, claim, name)):
        is_there = place[0] is (claim.stance == "holds")
        return is_there, is_there, place[1]
    if exists := _still_is(statements, claim):
        return exists
    decided = decide_by_cells(statements, claim)
    if decided is None:
        evidence = [e for e in (weigh(each, claim, has) for each in statements) if e]
        decided = max(evidence, key=lambda each: each.score, default=None)
    return (decided.agrees, decided.agrees, decided.statement) if decided else (None, False, None)


def _by_number(
    index: Index,
    entity: JsonObject,
    statements: list[Statement],
    asked: Asked,
    question: Question,
) -> Verdict | None:
    """What a number says that statements give, or else the reader, or else the rows, counted.

    None where no number is told, and words may tell as well.
    """
    claim = measured(question, asked.description, asked.entity_type)
    claim = without_house(claim, asked.house)
    found = find_number(statements, claim, question, asked.is_known)
    number, source = found or _read_number(index, entity, question)
    if source or not (counted := count_rows(statements, question, asked)):
        is_so = number is not None and question.is_satisfied(number)
        shown = int(number) if question.kind == "integer" and number is not None else number
        return (shown, is_so, source) if source or not question.is_sign else None
    return counted


def _still_is(statements: list[Statement], claim: Claim) -> Verdict | None:
    """Of what is asked only whether it still is there: it is, unless it is told that it was."""
    asked = {word for word, weight in claim.words if weight != AGENT}
    if not asked <= _EXISTS or claim.when or claim.names or claim.areas or claim.stance != "holds":
        return None
    own = [each for each in statements if each.is_own]
    gone = (
        each
        for each in own
        if is_past(each.above) or ((each.label or each.is_first) and is_past(each.text))
    )
    if ended := next(gone, None):
        return False, False, ended
    return (True, True, own[0]) if own else None


def measured(question: Question, description: str, entity_type: str) -> Claim:
    """What a question for a number asks, without the unit of the number."""
    claim = claim_of(question.description.partition(":")[2], entity_type)
    _, when = without_year(description)
    unit = frozenset(roots_of(question.unit))
    words = tuple((word, weight) for word, weight in claim.words if word not in unit)
    # a payment period of 30 days is all that is told of payment in days
    implied = _IMPLIED.get(question.requested.dimension.partition(":")[0], frozenset())
    words = tuple(each for each in words if each[0] not in implied) or words
    return replace(claim, words=words, names=(), when=when, others=(), stance="holds")


def _read_number(
    index: Index, entity: JsonObject, question: Question
) -> tuple[Any, FieldBasis | None]:
    """A number of which the reader is sure, where no statement gives it beside its words."""
    if question.kind == "integer":
        return None, None
    asked = question.description.partition(":")[2].split()[:_MAX_NAME_WORDS]
    field = _NO_WORD.sub("", "_".join(asked)) or "number"
    schema: JsonObject = {"type": "object", "properties": {field: question.schema()}}
    subject = _Subject(index, entity)
    for content, entries in subject.ask(schema, "base"):
        entry = entries.get(field)
        is_sure = entry is not None and entry.confidence == "high"
        if content.get(field) is not None and entry and is_sure and subject.is_of(entry):
            return content[field], subject.cited(entry, field)
    return None, None


def _basis(name: str, statement: Statement | FieldBasis | None) -> FieldBasis:
    if isinstance(statement, FieldBasis):
        return _renamed(statement, name, statement.citations or [])
    if statement is None:
        reasoning = "No statement that was read says so clearly enough."
        return FieldBasis(field=name, reasoning=reasoning, confidence="low")
    document = statement.document
    cited = Citation(url=document.url, title=document.title, excerpts=[statement.quote])
    return FieldBasis(
        field=name,
        reasoning=f"It says: {statement.quote!r}",
        citations=[cited],
        confidence="medium",
    )


def enrich(index: Index, entity: JsonObject, enrichment: Enrichment) -> JsonObject:
    """Fill the fields of an enrichment for a match.

    Returns:
        `output` and `basis` as the API shows them.
    """
    schema: JsonObject = enrichment.output_schema.get("json_schema") or {}
    subject = _Subject(index, entity)
    answers = list(subject.ask(schema, enrichment.processor))
    output: JsonObject = {}
    basis: list[FieldBasis] = []
    for name in answers[0][0]:
        told = [answer for answer in answers if answer[0].get(name) is not None] or answers
        content, entries = told[0]
        output[name] = {"value": content[name], "type": "enrichment"}
        basis += [
            subject.cited(entry, field)
            for field, entry in entries.items()
            if field.split(".")[0] == name
        ]
    return {"output": output, "basis": basis}


def _renamed(entry: FieldBasis, name: str, citations: list[Citation]) -> FieldBasis:
    return FieldBasis(
        field=name, reasoning=entry.reasoning, citations=citations, confidence=entry.confidence
    )


class _Subject:
    """An entity about which the reader is asked, and what may bear witness for it."""

    def __init__(self, index: Index, entity: JsonObject) -> None:
        self._index = index
        self._entity = entity
        self._catalogue = catalogue(index)
        self._key = key_of(entity["name"])
        #: The address of its row or section in the index of records.
        self._record = self._catalogue.record_of.get(self._key)

    def ask(self, schema: JsonObject, processor: str) -> Iterator[Answer]:
        """What the reader answers: from all pages, where one is about it, and from its record.

        What has neither is asked of all pages, which may name it.
        """
        has_page = bool(self._entity.get("has_page"))
        row = {"name": self._entity["name"]}
        if has_page or self._record is None:
            url = {"url": self._entity["url"]} if has_page else {}
            yield _read(self._index, row | url, schema, processor)
        if self._record is not None:
            asked = row | {"url": self._record}
            content, entries = _read(self._catalogue.records, asked, schema, "lite")
            # what other records say of it is none of its own
            own = {name: self._of_record(entry) for name, entry in entries.items()}
            of_others = {name for name, entry in own.items() if not entry.citations}
            yield content | dict.fromkeys(content.keys() & of_others), own

    def is_of(self, entry: FieldBasis) -> bool:
        """Whether a basis stands on the page or in the record of the entity, or names it."""
        name, url = self._entity["name"], self._entity["url"]
        page = url if self._entity.get("has_page") else ""
        return any(
            citation.url.partition("#")[0] in {page, self._record}
            or any(name in text for text in (citation.title or "", *(citation.excerpts or ())))
            for citation in entry.citations or ()
        )

    def _of_record(self, entry: FieldBasis) -> FieldBasis:
        own = [citation for citation in entry.citations if citation.url == self._record]
        return _renamed(entry, entry.field, own)

    def cited(self, entry: FieldBasis, name: str) -> FieldBasis:
        """A basis under another name; for its record, the documents it was made of are cited."""
        citations: list[Citation] = []
        for citation in entry.citations:
            if citation.url == self._record:
                texts = dict.fromkeys(citation.excerpts or ())
                citations += [self._cite_source(text) for text in texts]
            else:
                citations.append(citation)
        return _renamed(entry, name, citations)

    def _cite_source(self, text: str) -> Citation:
        """Where a line of the record stands: of a row, the whole row is quoted."""
        mention = self._source_of(text)
        document = self._index.corpus.documents[mention.document]
        quote = text if text in document.text else mention.source
        return Citation(url=document.url, title=document.title, excerpts=[quote])

    def _source_of(self, text: str) -> Mention:
        sources = self._catalogue.sources[self._record or ""]
        return next((each for each in sources if text in each.facts), sources[0])


def _read(index: Index, row: JsonObject, schema: JsonObject, processor: str) -> Answer:
    output = answer_run(
        index,
        TaskRunInput(
            processor=processor,
            input=row,
            task_spec=TaskSpec(output_schema={"type": "json", "json_schema": schema}),
        ),
    ).output
    content = output.content if isinstance(output.content, dict) else {}
    return content, {entry.field: entry for entry in output.basis}
