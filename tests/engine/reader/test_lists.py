"""Lists: names in a sentence, rows of a table, bullets; and objects made of them."""

from __future__ import annotations

from typing import Any

import pytest

from parallel_nb.api.types import JsonOutput, TaskRunInput, TaskSpec
from parallel_nb.engine.corpus.documents import Corpus, Document
from parallel_nb.engine.index.fulltext import Index
from parallel_nb.engine.reader.answer import answer_run
from parallel_nb.engine.reader.language.names import find_names
from parallel_nb.engine.reader.language.series import find_series
from tests.engine.reader.one_field import answer, answered


@pytest.mark.parametrize(
    ("text", "members"),
    [
        (
            "Bids came from Alder £11.2m, Birch £12.75m and a late one from Cedar Works.",
            ["Alder", "Birch", "Cedar Works"],
        ),
        (
            "Alder holds 32 per cent, Ann Lee 28, the staff pool 11 and Birch Partners 6.",
            ["Alder", "Ann Lee", "Birch Partners"],
        ),
        (
            "It is Ann Lee (Hamlet), Ben Roe as the Queen and, in all other parts, Cy Dunn.",
            ["Ann Lee", "Ben Roe", "Cy Dunn"],
        ),
        (
            "There are St Anne's, Hill Lane and the Bluecoat.",
            ["St Anne's", "Hill Lane", "Bluecoat"],
        ),
        ("Alder and the Danish firm Birch also bid, the Port took Cedar.", ["Alder", "Birch"]),
        ("It covers Alder and Birch, in the offices of Leeds.", ["Alder", "Birch"]),
        ("Ann Lee left in May, Ben Roe was ill.", []),
    ],
)
def test_a_list_goes_on_until_a_verb_or_another_thing(text: str, members: list[str]) -> None:
    found = find_series(text, find_names(text))
    assert [member.text for series in found[:1] for member in series.members] == members


@pytest.mark.parametrize(
    ("text", "field", "expected"),
    [
        (
            (
                "Three firms quoted for the roof of Acme. Hobbs & Son asked for £12,000, Leadwell "
                "for £14,500 and Castle Roofing £15,250."
            ),
            "quotes: list[str]? - firms that quoted for the roof",
            ["Hobbs & Son", "Leadwell", "Castle Roofing"],
        ),
        (
            (
                "| Tender | Price | Outcome |\n|---|---|---|\n| Alder | 12 | rejected |\n"
                "| Birch | 10 | awarded |\n| Cedar | 15 | rejected |\n"
            ),
            "rejected: list[str]? - tenders that were rejected",
            ["Alder", "Cedar"],
        ),
        (
            (
                "| Head of Acme | From | To |\n|---|---|---|\n| Ann Lee | 1970 | 1982 |\n"
                "| Ben Roe | 1983 | 2001 |\n| Cy Dunn | 2002 | in post |\n"
            ),
            "former_heads: list[str]? - heads of Acme before Cy Dunn",
            ["Ann Lee", "Ben Roe"],
        ),
        (
            (
                "The following have a vote on the Acme board:\n\n- Ann Lee, chair\n"
                "- Ben Roe, treasurer\n- Carla Diaz\n"
            ),
            "voters: list[str]? - who has a vote on the board",
            ["Ann Lee", "Ben Roe", "Carla Diaz"],
        ),
        (
            (
                "The trustees of Acme are chaired by Ann Lee. The others are Ben Roe, Cy Dunn "
                "(with no vote) and Dr Eve Hart."
            ),
            "trustees: list[str]? - trustees who have a vote",
            ["Ann Lee", "Ben Roe", "Eve Hart"],
        ),
        ("Acme is run by Ann Lee. No sponsors have come as yet.", "sponsors: list[str]?", None),
        (
            (
                "| Plot | Holder of a plot of Acme |\n|---|---|\n| 1 | Ann Lee |\n| 2 | vacant |\n"
                "| 3 | Ben Roe |\n"
            ),
            "holders: list[str]? - holders of plots of Acme",
            ["Ann Lee", "Ben Roe"],
        ),
        (
            "Suppliers of Acme: Alder Tools, Birch Seeds and R. Cedar & Sons.",
            "suppliers: list[str]? - suppliers of Acme",
            ["Alder Tools", "Birch Seeds", "R. Cedar & Sons"],
        ),
    ],
)
def test_a_list_is_read_wherever_its_members_stand(text: str, field: str, expected: Any) -> None:
    assert answer(text, field) == expected


def test_a_whole_column_is_not_trusted_where_some_rows_are_asked_for() -> None:
    table = "| House of Acme | Beds |\n|---|---|\n| Ash | 12 |\n| Birch | 10 |\n| Cedar | 15 |\n"
    output = answered(table, "houses: list[str]? - houses that lack a nurse of their own")
    assert output.basis[0].confidence == "low"


def test_a_list_is_no_answer_where_one_is_asked_for() -> None:
    text = "Present: A. Lee (in the chair), B. Roe, C. Dunn.\n\nAcme is insured.\n"
    assert answer(text, "insurer: str? - present insurer") is None


def test_who_signs_a_letter_holds_the_office_below_the_name() -> None:
    text = "We write on behalf of Acme.\n\nYours sincerely,\n\nMaeve Brophy\nDirector of Finance\n"
    assert answer(text, "finance_director: str?") == "Maeve Brophy"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Two tenders for the lift of Acme had come: Alder Co at £87,900 and Birch at £79,500.",
            [{"firm": "Alder Co", "price": 87_900}, {"firm": "Birch", "price": 79_500}],
        ),
        ("The tenders for the lift of Acme came from Alder Lifts and Birch.", []),
    ],
)
def test_what_is_said_of_each_name_makes_objects(text: str, expected: list[Any]) -> None:
    properties = {"firm": {"type": "string"}, "price": {"type": "number", "description": "Price"}}
    item = {"type": "object", "properties": properties, "required": list(properties)}
    tenders = {"type": "array", "items": item, "description": "Tenders for the lift"}
    schema = {"type": "object", "properties": {"tenders": tenders}, "required": ["tenders"]}
    spec = TaskSpec(output_schema={"type": "json", "json_schema": schema})
    page = Document(0, "https://acme.test/", "Acme", None, text)
    output = answer_run(
        Index.build(Corpus("room", (page,))), TaskRunInput("base", "Acme", task_spec=spec)
    ).output
    assert isinstance(output, JsonOutput)
    assert output.content["tenders"] == expected


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("replied: list[str]? - firms that replied", ["Alder", "Birch", "Cedar"]),
        ("silent: list[str]? - firms that did not reply", None),
    ],
)
def test_those_that_did_are_not_those_that_did_not(field: str, expected: Any) -> None:
    text = "Of five firms asked by Acme, three replied: Alder, Birch and Cedar."
    assert answer(text, field) == expected
