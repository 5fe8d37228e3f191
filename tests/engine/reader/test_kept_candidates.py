"""Candidates that are kept for other rows are those that would be found for them."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

import pytest

from parallel_nb.api.schema.fields import FieldType
from parallel_nb.engine.corpus.documents import Document, load_corpus
from parallel_nb.engine.reader import evidence
from parallel_nb.engine.reader.candidates import MatchedStatement
from parallel_nb.engine.reader.kept_candidates import kept_for_rows
from parallel_nb.engine.reader.language.vocabulary import roots_of
from parallel_nb.engine.reader.request import RequestedField
from parallel_nb.engine.reader.statements import read_statements

if TYPE_CHECKING:
    from collections.abc import Iterator

FIELDS = [
    RequestedField("leader", "leader", FieldType("str"), "Who leads it"),
    RequestedField("owner", "owner", FieldType("str"), "Company that owns it"),
    RequestedField("place", "place", FieldType("str"), "Town of the head office"),
    RequestedField("about", "about", FieldType("str"), "What it does"),
    RequestedField("founded", "founded", FieldType("int"), "Year in which it was founded"),
    RequestedField("opened", "opened", FieldType("date"), "Day on which it was opened"),
    RequestedField("people", "people", FieldType("int"), "How many people work there"),
    RequestedField("length", "length", FieldType("float"), "Length in km"),
]


def matched_statements(field: RequestedField) -> Iterator[MatchedStatement]:
    """Statements of the samples, as they are looked at for a subject that none of them names."""
    asked = roots_of(field.text)
    for document in load_corpus(None).documents:
        for statement in read_statements(document).statements[::7]:
            yield MatchedStatement(
                field,
                statement,
                asked & statement.roots,
                roots_of("Zyxwort Quuxbury"),
                field.text,
                document,
                by_label=statement.is_fact,
            )


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: str(field.name))
def test_a_statement_without_a_word_of_the_subject_has_the_same_candidates_for_any(
    field: RequestedField,
) -> None:
    find = evidence._candidates_of(field)
    kept = kept_for_rows(field, find)
    for matched in islice(matched_statements(field), 1_500):
        first = tuple(kept(matched))
        of_other = replace(matched, subject=roots_of("Vlimmerquax"))
        own = replace(matched, subject=frozenset(islice(sorted(matched.statement.roots), 2)))
        for other in (of_other, own, replace(matched, subject=frozenset())):
            assert tuple(kept(other)) == tuple(find(other))
        assert tuple(kept(matched)) == first == tuple(find(matched))


def test_a_name_that_the_page_makes_whole_is_known_by_its_whole() -> None:
    text = "# Visits\n\nAnn Lee came.\n\nThe mill was led by Lee until 1990."
    document = Document(0, "file:visits", "Visits", None, text)
    (statement,) = (s for s in read_statements(document).statements if "mill" in s.value)
    field = FIELDS[0]
    matched = MatchedStatement(
        field, statement, frozenset(), roots_of("Ann"), field.text, document, by_label=False
    )
    for subject in ("Ann", "Ben", "Ann Lee"):
        asked = replace(matched, subject=roots_of(subject))
        find = evidence._candidates_of(field)
        assert tuple(kept_for_rows(field, find)(asked)) == tuple(find(asked))


def test_a_page_that_has_changed_is_looked_at_anew() -> None:
    def leaders(text: str) -> list[object]:
        document = Document(0, "file:mill", "Mill", None, text)
        statement = read_statements(document).statements[-1]
        field = FIELDS[0]
        matched = MatchedStatement(
            field, statement, frozenset(), frozenset(), field.text, document, by_label=True
        )
        found = kept_for_rows(field, evidence._candidates_of(field))(matched)
        return [candidate.value for candidate in found]

    assert leaders("# Mill\n\nLeader: Ann Lee") == ["Ann Lee"]
    assert leaders("# Mill\n\nLeader: Ben Roe") == ["Ben Roe"]
