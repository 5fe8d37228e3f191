"""Whatever stands in documents, fields and inputs, the reader answers by the rules."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from parallel_nb.api.schema.fields import parse_fields, to_json_schema
from parallel_nb.api.types import CONFIDENCES, TaskRunInput, TaskSpec
from parallel_nb.engine.corpus.documents import Corpus, Document
from parallel_nb.engine.index.fulltext import Index
from parallel_nb.engine.reader.answer import answer_run

PIECES = st.sampled_from(
    [
        "Acme",
        "CEO:",
        "is",
        "- ",
        ". ",
        ", ",
        " and ",
        "1,250",
        "12 May 2011",
        "31 February 2011",
        "68.4 million",
        "not",
        "yes",
        "(",
        ")",
        "**\n",
        "[x](y)",
        ";",
        "since",
        "from",
        "to",
        "founded",
        "by",
        "Ann Lee",
        "$",
        "#",
        "```",
        ":",
        "km²",
        "\n",
        "\n- Staff: ",
        "\n\n",
    ]
)
TEXTS = st.one_of(st.text(max_size=200), st.lists(PIECES, max_size=60).map(" ".join))
FIELDS = """ceo: str? - Chief executive
founded: int? - Year of foundation
people: int - Number of employees
revenue: float? - Revenue in millions of dollars
day: date? - Day of foundation
open: bool? - Whether it is open
owner: public|private? - Owner
products: list[str]? - Products
years: list[int] - Years
"""
SCHEMA = to_json_schema(parse_fields(FIELDS))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["type", "properties", "items", "anyOf", "enum", "$ref", "description", "a"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
SLOW = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def index_of(*texts: str) -> Index:
    documents = (Document(n, f"u:{n}", text[:30], None, text) for n, text in enumerate(texts))
    return Index.build(Corpus("room", tuple(documents)))


@SLOW
@given(TEXTS, TEXTS, TEXTS)
def test_no_document_and_no_input_breaks_the_reader(first: str, second: str, prompt: str) -> None:
    index = index_of(first, second)
    for schema in ({"type": "json", "json_schema": SCHEMA}, {"type": "text"}, {"type": "auto"}):
        request = TaskRunInput(
            processor="base", input=prompt, task_spec=TaskSpec(output_schema=dict(schema))
        )
        output = answer_run(index, request).output
        for basis in output.basis:
            assert basis.confidence in CONFIDENCES
            for citation in basis.citations:
                document = index.document(citation.url)
                assert document is not None
                assert all(excerpt in document.text for excerpt in citation.excerpts or ())


@SLOW
@given(JSON, st.dictionaries(st.text(max_size=10), JSON, max_size=3))
def test_no_schema_and_no_row_breaks_the_reader(schema: Any, row: dict[str, Any]) -> None:
    index = index_of("Acme was founded in 1949.")
    spec = {"type": "json", "json_schema": {"type": "object", "properties": {"a": schema}}}
    for output_schema in (spec, {"type": "json", "json_schema": schema}):
        request = TaskRunInput(
            processor="lite", input=row, task_spec=TaskSpec(output_schema=output_schema)
        )
        answer_run(index, request)
