"""The reader: typed values with their evidence, and null where the documents do not say."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from parallel_nb.api.schema.fields import parse_fields, to_json_schema
from parallel_nb.api.types import (
    JsonObject,
    JsonOutput,
    SourcePolicy,
    TaskRunInput,
    TaskSpec,
    TextOutput,
)
from parallel_nb.engine.corpus.documents import Corpus, Document
from parallel_nb.engine.index.fulltext import Index
from parallel_nb.engine.reader.answer import RunAnswer, RunProgress, answer_run

OLD = """Acme makes anvils. The company is led by Wile Coyote, and had 900 employees in 2015.

- CEO: Wile Coyote
- Employees: 900
"""
NEW = """# Acme

Acme was founded by Marian Acme in Tucson on 3 May 1949. It makes anvils, rockets and magnets.
Its shares are not listed on any stock exchange.

- **CEO**: Road Runner, since 1 June 2021
- Employees: about 1,250 (2023)
- Revenue: 68.4 million dollars
- Headquarters: Flagstaff, Arizona
- Ownership: private
- Products: anvils, rockets, magnets
- Open on Sundays: no

| Site | Opened | Staff |
| --- | --- | --- |
| Flagstaff | 12 March 1951 | 800 |
| Yuma | 4 April 1960 | 450 |
"""
OTHER = "Globex was founded in 1989. Its CEO is Hank Scorpio. Acme is its main rival.\n"
DOCUMENTS = (
    Document(0, "https://old.example/acme", "Acme in 2015", "2015-02-01", OLD),
    Document(1, "https://acme.example/about", "Acme Inc.", "2023-07-01", NEW),
    Document(2, "https://globex.example/about", "Globex", "2022-01-01", OTHER),
)


@pytest.fixture(scope="module")
def index() -> Index:
    return Index.build(Corpus("room", DOCUMENTS))


def read(index: Index, fields: str, prompt: str | JsonObject = "Research Acme.") -> JsonOutput:
    spec = TaskSpec(
        output_schema={"type": "json", "json_schema": to_json_schema(parse_fields(fields))}
    )
    output = answer_run(index, TaskRunInput(processor="base", input=prompt, task_spec=spec)).output
    assert isinstance(output, JsonOutput)
    return output


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("ceo: str - Current chief executive", "Road Runner"),
        ("staff: int - Number of employees", 1250),
        ("revenue_usd: float - Revenue in dollars", 68_400_000),
        ("revenue_m: float - Revenue in millions of dollars", 68.4),
        ("founded: int - Year of foundation", 1949),
        ("founding_day: date - Day of foundation", "1949-05-03"),
        ("founder: str - Who founded it", "Marian Acme"),
        ("listed: bool - Whether its shares are listed on a stock exchange", False),
        ("sunday: bool - Open on Sundays", False),
        ("ownership: public|private|state - Who owns it", "private"),
        ("products: list[str] - What it makes", ["anvils", "rockets", "magnets"]),
        ("hq: str - City of the headquarters", "Flagstaff"),
        ("hq: str - Headquarters", "Flagstaff, Arizona"),
    ],
)
def test_a_field_is_filled_by_its_type(index: Index, field: str, value: Any) -> None:
    output = read(index, field)
    assert list(output.content.values()) == [value]
    basis = output.basis[0]
    assert basis.citations
    assert basis.citations[0].url == "https://acme.example/about"
    for citation in basis.citations:
        document = index.document(citation.url)
        assert document is not None
        assert all(excerpt in document.text for excerpt in citation.excerpts or ())


def test_the_newer_page_wins_and_the_disagreement_is_said(index: Index) -> None:
    basis = read(index, "ceo: str - Chief executive").basis[0]
    assert {c.url for c in basis.citations} == {
        "https://acme.example/about",
        "https://old.example/acme",
    }
    assert "older page" in basis.reasoning
    assert "Wile Coyote" in basis.reasoning
    assert basis.confidence != "high"


def test_what_the_documents_do_not_say_is_null_with_low_confidence(index: Index) -> None:
    output = read(index, "fleet: int? - Number of aeroplanes\nanthem: str - Title of its anthem")
    assert output.content == {"fleet": None, "anthem": None}
    assert [b.confidence for b in output.basis] == ["low", "low"]
    assert all("do not say" in b.reasoning for b in output.basis)
    assert "may not be null" in output.basis[1].reasoning


def test_facts_of_another_subject_are_not_taken(index: Index) -> None:
    output = read(index, "ceo: str? - Chief executive", "Research Initech.")
    assert output.content == {"ceo": None}
    assert read(index, "ceo: str? - Chief executive", "Globex").content == {"ceo": "Hank Scorpio"}


def test_a_row_names_its_subject_in_its_name_column(index: Index) -> None:
    row = {"id": 7, "company": "Globex", "rival": "Acme"}
    assert read(index, "founded: int - Year of foundation", row).content == {"founded": 1989}


def test_an_unknown_company_in_a_row_gets_no_values_of_a_known_country(index: Index) -> None:
    row = {"company": "Umbrella", "partner": "Acme"}
    assert read(index, "ceo: str? - Chief executive", row).content == {"ceo": None}


def test_a_table_fills_a_list_of_objects_and_its_elements_have_their_basis(index: Index) -> None:
    properties = {
        "site": {"type": "string"},
        "opened": {"type": "string", "description": "Day of opening, as YYYY-MM-DD"},
        "staff": {"type": "integer"},
    }
    schema = {
        "type": "object",
        "properties": {
            "sites": {"type": "array", "items": {"type": "object", "properties": properties}}
        },
    }
    spec = TaskSpec(output_schema={"type": "json", "json_schema": schema})
    output = answer_run(index, TaskRunInput(processor="base", input="Acme", task_spec=spec)).output
    assert isinstance(output, JsonOutput)
    assert output.content["sites"] == [
        {"site": "Flagstaff", "opened": "1951-03-12", "staff": 800},
        {"site": "Yuma", "opened": "1960-04-04", "staff": 450},
    ]
    assert [b.field for b in output.basis] == ["sites", "sites.0", "sites.1"]


def test_a_nested_object_is_filled_field_by_field(index: Index) -> None:
    inner = {"ceo": {"type": "string"}, "employees": {"type": "integer"}}
    schema = {
        "type": "object",
        "properties": {"profile": {"type": "object", "properties": inner}},
    }
    spec = TaskSpec(output_schema={"type": "json", "json_schema": schema})
    output = answer_run(index, TaskRunInput(processor="base", input="Acme", task_spec=spec)).output
    assert isinstance(output, JsonOutput)
    assert output.content == {"profile": {"ceo": "Road Runner", "employees": 1250}}
    assert {b.field for b in output.basis} == {"profile", "profile.ceo", "profile.employees"}


def test_source_policy_decides_what_is_read(index: Index) -> None:
    fields = to_json_schema(parse_fields("ceo: str? - Chief executive"))
    spec = TaskSpec(output_schema={"type": "json", "json_schema": fields})
    for policy, expected in (
        (SourcePolicy(include_domains=["old.example"]), "Wile Coyote"),
        (SourcePolicy(after_date="2020-01-01"), "Road Runner"),
        (SourcePolicy(include_domains=[".gov"]), None),
    ):
        request = TaskRunInput(processor="base", input="Acme", task_spec=spec, source_policy=policy)
        output = answer_run(index, request).output
        assert output.content == {"ceo": expected}


def test_text_is_quoted_and_cited(index: Index) -> None:
    spec = TaskSpec(output_schema="Who founded the company and where?")
    output = answer_run(index, TaskRunInput(processor="base", input="Acme", task_spec=spec)).output
    assert isinstance(output, TextOutput)
    assert "Marian Acme" in output.content
    assert "[1]" in output.content
    (basis,) = output.basis
    assert basis.field == "output"
    assert basis.citations[0].url == "https://acme.example/about"


def test_text_says_when_the_documents_do_not(index: Index) -> None:
    spec = TaskSpec(output_schema="Explain photosynthesis")
    request = TaskRunInput(processor="base", input="Chlorophyll", task_spec=spec)
    output = answer_run(index, request).output
    assert output.content == "The documents do not say."
    assert output.basis[0].confidence == "low"


def test_without_a_spec_the_answer_has_a_summary_facts_and_their_schema(index: Index) -> None:
    output = answer_run(index, TaskRunInput(processor="base", input="Acme")).output
    assert isinstance(output, JsonOutput)
    assert output.output_schema is not None
    assert set(output.output_schema["properties"]) == set(output.content)
    assert "ceo" in output.content
    assert {b.field for b in output.basis} == set(output.content)


def read_with(index: Index, processor: str) -> RunAnswer:
    spec = TaskSpec(
        output_schema={
            "type": "json",
            "json_schema": to_json_schema(parse_fields("founder: str - Who founded it")),
        }
    )
    return answer_run(index, TaskRunInput(processor=processor, input="Acme", task_spec=spec))


def test_a_dearer_processor_reads_more_and_does_not_doubt_what_one_document_says() -> None:
    more = [
        Document(n, f"u:{n}", f"Acme note {n}", None, f"Acme has {n} mules.") for n in range(3, 40)
    ]
    index = Index.build(Corpus("room", (*DOCUMENTS, *more)))
    lite, ultra = read_with(index, "lite"), read_with(index, "ultra")
    assert lite.read < ultra.read
    assert lite.output.content == ultra.output.content == {"founder": "Marian Acme"}
    assert ultra.output.basis[0].confidence == lite.output.basis[0].confidence == "high"
    assert read_with(index, "ultra-fast").read < ultra.read


def test_progress_is_reported_and_the_same_question_gives_the_same_answer(index: Index) -> None:
    steps: list[RunProgress] = []
    spec = TaskSpec(output_schema="Who founded it?")
    request = TaskRunInput(processor="base", input="Acme", task_spec=spec)
    first = answer_run(index, request, steps.append)
    assert first == answer_run(index, request)
    assert [step.meter for step in steps] == sorted(step.meter for step in steps)
    assert steps[-1].meter == 100
    assert first.considered >= first.read >= len(first.sample) > 0


ONE_ANSWER = """
from tests.engine.reader.one_field import answered
text = "- EU member: no\\n\\nVoters refused to join what is now the European Union in 1994.\\n"
output = answered(text, "in_eu: bool - Belongs to the European Union")
print(output.content, output.basis[0].reasoning)
"""


def test_every_process_gives_the_same_answer_for_the_same_reason() -> None:
    """Sets have another order in each process; no choice may depend on it."""
    answers = {
        subprocess.run(
            [sys.executable, "-c", ONE_ANSWER],
            env={**os.environ, "PYTHONHASHSEED": str(seed)},
            cwd=Path(__file__).parents[3],
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for seed in range(4)
    }
    assert len(answers) == 1
    assert "False" in answers.pop()
