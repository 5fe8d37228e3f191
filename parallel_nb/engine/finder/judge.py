"""What the reader finds about an entity: its conditions, and the fields of an enrichment."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from parallel_nb.api.types import Citation, FieldBasis, JsonObject, TaskRunInput, TaskSpec
from parallel_nb.engine.finder.conditions import essence, read_condition
from parallel_nb.engine.finder.entities import catalogue, key_of
from parallel_nb.engine.finder.evidence import (
    asked_of,
    find_statement,
    find_where,
    statements_naming,
    statements_of,
)
from parallel_nb.engine.finder.kinds import kind_of, roots_of
from parallel_nb.engine.finder.measures import find_number
from parallel_nb.engine.reader.answer import answer_run

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from parallel_nb.api.findall import Enrichment, MatchCondition
    from parallel_nb.engine.corpus.documents import Document
    from parallel_nb.engine.finder.conditions import Question
    from parallel_nb.engine.finder.evidence import Asked
    from parallel_nb.engine.finder.mentions import Mention
    from parallel_nb.engine.index.fulltext import Index

#: The processor whose effort each generator's judging takes.
_PROCESSORS: Final = {"preview": "lite", "base": "base", "core": "core", "pro": "pro"}
_WORD = re.compile(r"[^\W_]+")
#: Words of a field's name at most.
_MAX_NAME_WORDS: Final = 3
#: Characters of a statement within which it names what it is about: `In 1998 Acme`. Of what has
#: a page of its own, statements elsewhere have to begin with its name.
_NAMED_WITHIN: Final = 30
#: The fields of an answer, and the basis of each.
Answer = tuple[JsonObject, dict[str, FieldBasis]]


def judge(
    index: Index,
    entity: JsonObject,
    entity_type: str,
    conditions: Sequence[MatchCondition],
    generator: str,
) -> JsonObject:
    """Judge an entity by the conditions of a run.

    Args:
        index: the documents.
        entity: `name`, `url`, `has_page` of the candidate.
        entity_type: what it is.
        conditions: what a match satisfies.
        generator: how much is read.

    Returns:
        `status` (`matched` or `unmatched`), `output` and `basis` as the API shows them.
    """
    subject = _Subject(index, entity)
    questions = [read_condition(condition.description) for condition in conditions]
    names = _field_names(conditions, entity_type)
    schema = _schema(dict(zip(names, questions, strict=True)))
    answers = list(subject.ask(schema, _PROCESSORS.get(generator, "base")))
    output: JsonObject = {}
    basis: list[FieldBasis] = []
    for condition, name, question in zip(conditions, names, questions, strict=True):
        asked = asked_of(condition.description, entity_type)
        given = [(content.get(name), entries.get(name)) for content, entries in answers]
        value, entry = subject.decide(question, asked, given)
        is_matched = question.is_satisfied(value) is True
        if question.is_denied and value is not None:
            value = is_matched  # what is shown answers the condition as it was put
        output[condition.name] = {
            "value": value,
            "type": "match_condition",
            "is_matched": is_matched,
        }
        basis.append(subject.cited(entry, condition.name))
    is_match = all(member["is_matched"] for member in output.values())
    return {"status": "matched" if is_match else "unmatched", "output": output, "basis": basis}


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


def _field_names(conditions: Sequence[MatchCondition], entity_type: str) -> list[str]:
    """The fields that the reader fills: each named by the words of what its condition asks.

    The reader looks for the words of a field's name. What a person calls a condition need not be
    among them, so it has no say.
    """
    kind = kind_of(entity_type)
    names: list[str] = []
    for condition in conditions:
        question = read_condition(condition.description)
        if question.bounds:  # `Year: supplier founded`
            text = question.description.partition(":")[2]
            wanted = frozenset(roots_of(text)) - kind.words - kind.heads
            # `density`, not `density_g_cm`; but of `over 300 employees`, the employees
            wanted = wanted - {*roots_of(question.unit)} or wanted
        else:
            text = essence(condition.description)
            wanted = asked_of(condition.description, entity_type).words
        words = [word.lower() for word in _WORD.findall(text) if wanted & {*roots_of(word)}]
        name = "_".join(dict.fromkeys(words[:_MAX_NAME_WORDS])) or f"zz{len(names)}"
        names.append(f"{name}_{len(names)}" if name in names else name)
    return names


def _schema(questions: dict[str, Question]) -> JsonObject:
    return {
        "type": "object",
        "properties": {name: question.property() for name, question in questions.items()},
        "required": list(questions),
        "additionalProperties": False,
    }


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
        self._words = frozenset(roots_of(entity["name"]))
        #: The address of its row or section in the index of records.
        self._record = self._catalogue.record_of.get(self._key)

    @cached_property
    def _told_in(self) -> frozenset[str]:
        """The addresses of the documents that tell of it."""
        known = self._catalogue.entities.get(self._key)
        documents = self._index.corpus.documents
        told_in = {documents[number].url for number in known.told_in} if known else set()
        return frozenset(told_in | {self._record or ""})

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

    def _document_of(self, url: str, text: str) -> Document | None:
        """The document that an address names; of the record, that of a line in it."""
        if url == self._record:
            return self._index.corpus.documents[self._source_of(text).document]
        return self._index.document(url.partition("#")[0])

    def decide(
        self, question: Question, asked: Asked, given: list[tuple[Any, FieldBasis | None]]
    ) -> tuple[Any, FieldBasis]:
        """The value for a condition and its basis: of the answers, the first that is borne out."""
        if asked.is_where and (place := self._placed(asked)):
            return place
        entries = [(value, entry) for value, entry in given if entry is not None]
        for value, entry in entries:
            if value is None or not entry.citations:
                continue
            is_yes = question.is_satisfied(value) is True
            if not is_yes or self._bears_out(entry, asked, question):
                return _corrected(value, entry, asked, question), entry
        if question.kind == "number" and (measured := self._measured(question, asked)):
            return measured
        if not (question.bounds or question.is_denied) and (stated := self._stated(asked)):
            return True, stated
        nothing = FieldBasis(
            field="",
            reasoning="No statement that was read says so clearly enough.",
            confidence="low",
        )
        return None, next((entry for _, entry in entries if not entry.citations), nothing)

    def _bears_out(self, entry: FieldBasis, asked: Asked, question: Question) -> bool:
        """Whether a passage that the reader cites for its answer says what is asked.

        A number of which the reader is very sure needs no words beside it. Elsewhere than where
        the entity is told of, only sure statements that begin with its name count.
        """
        if self._words <= asked.names:  # of the moons of Jupiter, Jupiter is none
            return False
        return any(
            self._is_about(citation.url, text, entry.confidence)
            and asked.is_of_its_year(text, self._document_of(citation.url, text))
            and (
                entry.confidence == "high"
                or (asked.is_touched_by(text) and asked.is_measured_in(text, question.unit))
                if question.bounds
                else asked.is_answered_by(text)
            )
            for citation in entry.citations
            for text in citation.excerpts or ()
        )

    def _is_about(self, url: str, text: str, confidence: str | None) -> bool:
        # a file's citation names the place in it: `#page=3`
        if {url, url.partition("#")[0]} & self._told_in:
            return True
        name = self._entity["name"]
        start = text.find(name)
        if text[start + len(name) :].startswith(": "):  # a label, of something else
            return False
        within = 0 if self._entity.get("has_page") else _NAMED_WITHIN
        return confidence != "low" and 0 <= start <= within

    def _stated(self, asked: Asked) -> FieldBasis | None:
        """A statement on its page, or in its row or section, that names all that is asked."""
        if self._words <= asked.names:
            return None
        for document, statements in self._told():
            of_its_year = self._of_its_year(document, statements, asked)
            if statement := find_statement(of_its_year, asked, self._entity["name"]):
                return _stated_in(document, statement)
        return None

    def _measured(self, question: Question, asked: Asked) -> tuple[float, FieldBasis] | None:
        """A number with the unit that is asked for, on its page or in its row or section."""
        if not (self._entity.get("has_page") or self._record):
            return None
        for document, statements in self._told():
            of_its_year = self._of_its_year(document, statements, asked)
            if found := find_number(of_its_year, asked, question):
                return found[0], _stated_in(document, found[1])
        return None

    def _of_its_year(
        self, document: Document, statements: list[str], asked: Asked
    ) -> Iterator[str]:
        """Those of a document's statements that may tell of the year that is asked for."""
        for each in statements:
            if asked.is_of_its_year(each, self._document_of(document.url, each)):
                yield each

    def _placed(self, asked: Asked) -> tuple[bool, FieldBasis] | None:
        """Whether it lies in the area that is asked for: as the place first told of it does."""
        for document, statements in self._told():
            if found := find_where(statements, asked, self._entity["name"]):
                return found[0], _stated_in(document, found[1])
        return None

    def _told(self) -> Iterator[tuple[Document, list[str]]]:
        """What is told of it: by its page, by its rows and sections, else where it is named."""
        page = self._index.document(self._entity["url"])
        record = self._catalogue.records.document(self._record) if self._record else None
        if page and not (self._entity.get("has_page") or record):
            yield page, list(statements_naming(page, self._entity["name"]))
            return
        for document in (page if self._entity.get("has_page") else None, record):
            if document:
                yield document, list(statements_of(document))


def _corrected(value: Any, entry: FieldBasis, asked: Asked, question: Question) -> Any:
    """A value, or the number before the unit in the cited passage where it holds several."""
    if question.kind != "number" or not question.unit or question.is_money:
        return value
    texts = [text for citation in entry.citations for text in citation.excerpts or ()]
    found = find_number(texts, asked, question)
    return found[0] if found else value


def _stated_in(document: Document, statement: str) -> FieldBasis:
    cited = Citation(url=document.url, title=document.title, excerpts=[statement])
    return FieldBasis(
        field="",
        reasoning=f"It says: {statement!r}",
        citations=[cited],
        confidence="medium",
    )


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
