"""Reading by structure: headings, tables, clauses and roles are labels, whatever the topic."""

from __future__ import annotations

from typing import Any

import pytest

from parallel_nb.api.types import JsonOutput, TaskRunInput, TaskSpec
from parallel_nb.engine.corpus.documents import Corpus, Document
from parallel_nb.engine.corpus.html import read_html
from parallel_nb.engine.index.fulltext import Index
from parallel_nb.engine.reader.answer import answer_run
from tests.engine.reader.one_field import answer, answered

ACCOUNTS = """Key figures, EUR millions

| | 2024 | 2023 | 2022 |
|---|---|---|---|
| Turnover of mills | 12.5 | 11.0 | 9.5 |
| Result | (4.2) | 1.0 | 2.0 |
"""
READINGS = """| Quantity | Unit | Limit | Measured |
|---|---|---|---|
| Shaft torque | kg | 90 | 71.5 |
"""

ALIGNED = """Quantity         Unit     Limit    Measured
Shaft torque     kg       90       71.5
Shaft length     m        2        1.9
"""
FISCAL = """EUR thousand, 31 December

| | FY2024 | FY2023 |
|---|---|---|
| Turnover of mills | 12.5 | 11.0 |
"""


@pytest.mark.parametrize(
    ("text", "field", "expected"),
    [
        ("## Otters\n\ntotal: 412\n\nmale: 200\n", "otters: int? - Total number of otters", 412),
        ("## Registered office\n\nGhent\n", "office: str? - Registered office", "Ghent"),
        ("**Curator.** Ida Falk\n", "curator: str? - Name of the curator", "Ida Falk"),
        ("  Surveyor ........ Ida Falk\n", "surveyor: str? - Surveyor", "Ida Falk"),
        (ACCOUNTS, "mills: float? - Turnover of the mills", 12_500_000.0),
        (ACCOUNTS, "mills_2022: float? - Turnover of the mills in 2022", 9_500_000.0),
        (ACCOUNTS, "result: float? - Result in millions", -4.2),
        (ALIGNED, "torque: float? - Measured shaft torque in kg", 71.5),
        (ALIGNED, "limit: float? - Limit for the shaft torque", 90.0),
        (FISCAL, "mills: float? - Turnover of the mills in 2023, in euros", 11_000.0),
        ("Sampled: 21.08.2023\n", "sampled: date? - Date of sampling", "2023-08-21"),
        ("Client: Elm Trust, 47 per cent of sales\n", "client: str? - Largest client", "Elm Trust"),
        (READINGS, "torque: float? - Measured shaft torque in kg", 71.5),
        ("Staff - kennels: 31\n", "kennels: int? - Staff of the kennels", 31),
        ("Motto: x\n\nMotto - note: adopted in 1921\n", "motto: str? - Motto", "x"),
    ],
)
def test_what_stands_above_or_beside_a_value_is_its_label(
    text: str, field: str, expected: Any
) -> None:
    assert answer(text, field) == expected


def test_a_first_row_with_one_head_cell_is_a_key_and_its_value() -> None:
    page = (
        b"<table><tr><th>Beam</th><td>15.8 m</td></tr><tr><th>Flag</th><td>Chile</td></tr></table>"
    )
    assert answer(read_html(page).text, "beam: float? - Beam in metres") == 15.8


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("landlord: str? - Name of the landlord", "Elm Trust"),
        ("rent: float? - Monthly rent in pounds", 1_250.0),
        ("renewable: bool? - Is there a right of renewal?", False),
        ("deposit: float? - Deposit in pounds", None),
    ],
)
def test_a_contract_is_read_for_the_parties_that_it_names(field: str, expected: Any) -> None:
    lease = (
        'LEASE\n\nThis lease is made between Elm Trust (the "Landlord") and Bluebell Foods (the '
        '"Tenant").\n\n2. Rent\nThe Tenant pays a rent of £1,250 per month.\n\n'
        "3. Renewal\nThe Tenant has no right of renewal.\n"
    )
    others = (f"Lease 7: {lease}",)
    assert answer("Nothing.", field, prompt="Bluebell Foods", others=others) == expected


def test_a_name_is_its_words_side_by_side() -> None:
    others = ("Fragments: Fragment Corp has 40 employees in Oslo.",)
    asked = "employees: int? - Number of employees"
    assert answer("Nothing.", asked, prompt="Oslo Corp", others=others) is None


def test_a_text_that_is_a_year_is_a_year_or_null() -> None:
    text = "- Owner: KIRKBI\n- Established: 1932\n"
    assert answer(text, "year: str? - Year of establishment") == "1932"
    assert answer("- Establishment: KIRKBI\n", "year: str? - Year of establishment") is None


def test_what_is_free_of_charge_has_no_fee() -> None:
    text = "Repairs are free of charge."
    assert answer(text, "fee: bool? - Is there a fee for repairs?") is False


def test_one_document_suffices_for_high_confidence_whatever_the_processor() -> None:
    output = answered("- Auditor: Pike LLP\n", "auditor: str? - Name of the auditor")
    assert output.basis[0].confidence == "high"


def objects(text: str, properties: dict[str, Any]) -> Any:
    item = {"type": "object", "properties": properties, "required": list(properties)}
    schema = {
        "type": "object",
        "properties": {"officers": {"type": "array", "items": item, "description": "Officers"}},
        "required": ["officers"],
    }
    spec = TaskSpec(output_schema={"type": "json", "json_schema": schema})
    page = Document(0, "https://acme.test/", "Acme", None, text)
    index = Index.build(Corpus("room", (page,)))
    output = answer_run(index, TaskRunInput("base", "Acme", task_spec=spec)).output
    assert isinstance(output, JsonOutput)
    return output.content["officers"]


TEXT = {"type": "string"}


@pytest.mark.parametrize(
    "text",
    [
        "| Name | Title |\n|---|---|\n| Eva Sjolin | secretary |\n| Tom Ek | treasurer |\n",
        "Present: Eva Sjolin (secretary), Tom Ek (treasurer)\n",
        "Secretary: Eva Sjolin\nTreasurer: Tom Ek\n",
        "Eva Sjolin is the secretary. Tom Ek has been treasurer since 2020.\n",
    ],
)
def test_people_and_what_they_do_are_objects(text: str) -> None:
    found = objects(text, {"name": TEXT, "title": TEXT})
    assert [(row["name"], row["title"].lower()) for row in found] == [
        ("Eva Sjolin", "secretary"),
        ("Tom Ek", "treasurer"),
    ]


def test_a_table_without_such_columns_makes_no_objects() -> None:
    table = "| | 2024 | 2023 |\n|---|---|---|\n| Revenue | 5 | 4 |\n| Profit | 1 | 2 |\n"
    assert objects(table, {"name": TEXT, "title": TEXT}) == []


def test_a_value_fits_the_pattern_of_its_schema() -> None:
    schema = {
        "type": "object",
        "properties": {
            "code": {
                "type": ["string", "null"],
                "pattern": "^[A-Z]{2}-[0-9]+$",
                "description": "Company code",
            }
        },
        "required": ["code"],
    }
    spec = TaskSpec(output_schema={"type": "json", "json_schema": schema})

    def code(text: str) -> Any:
        page = Document(0, "https://acme.test/", "Acme", None, text)
        index = Index.build(Corpus("room", (page,)))
        output = answer_run(index, TaskRunInput("base", "Acme", task_spec=spec)).output
        assert isinstance(output, JsonOutput)
        return output.content["code"]

    assert code("- Company code: AC-17\n") == "AC-17"
    assert code("- Company code: unknown so far\n") is None


def test_a_firm_is_named_without_its_legal_form() -> None:
    others = ("Minutes: Elm Cycles has moved to Tilburg. In return its rent comes down to 24,500.",)
    asked = "rent: int? - Rent"
    assert answer("Nothing.", asked, prompt="Elm Cycles Ltd", others=others) == 24_500
