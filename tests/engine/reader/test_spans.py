"""Which words of a statement are the value: the person and not the firm behind, the right clause."""

# ruff: noqa: E501 - a text reads best in one line

from __future__ import annotations

import pytest

from parallel_nb.engine.corpus.documents import Document
from parallel_nb.engine.reader.language.names import answer_kind, find_names
from parallel_nb.engine.reader.statements import read_statements
from tests.engine.reader.one_field import answer, by_rules


@pytest.mark.parametrize(
    ("text", "field", "value"),
    [
        (
            "Surveyor: Ann Lee MRICS, Elm Partnership, chartered building surveyors",
            "surveyor: str? - surveyor who reported on the roof",
            "Ann Lee",
        ),
        (
            "The keys are with the caretaker of Acme House, Ben Roe.",
            "caretaker: str?",
            "Ben Roe",
        ),
        (
            "Mill House was bought in 2013; Acme was sold in 2019 to Elm Retail Fund for £3 million.",
            "buyer: str? - who bought it",
            "Elm Retail Fund",
        ),
        (
            "- CEO: Since 1 February 2024: Ann Olm. Dr Roe, CEO until then, is now Medical Officer.",
            "ceo: str? - current chief executive",
            "Ann Olm",
        ),
        (
            "**People.** Ann Lee joined Acme on 1 June as finance director. Ben Roe will leave.",
            "finance_director: str?",
            "Ann Lee",
        ),
        (
            "Guests: Ann Lee, Ben Roe\n\nMs Lee was appointed treasurer of Acme in March.",
            "treasurer: str?",
            "Ann Lee",
        ),
        (
            "| Term | |\n|---|---|\n| Lead investor | Elm Fund |\n| Other investors | Oak Capital |\n",
            "lead_investor: str?",
            "Elm Fund",
        ),
    ],
)
def test_the_span_that_is_meant(text: str, field: str, value: str) -> None:
    assert by_rules(text, field) == value


def test_who_declined_a_post_does_not_hold_it() -> None:
    text = "Ann Lee has declined the chair of Acme for lack of time."
    assert answer(text, "chair: str? - who has the chair now") != "Ann Lee"


def test_a_person_is_no_manner() -> None:
    text = "- Responsible: Ann Lee\n\nAcme was asked to settle the claim.\n"
    assert answer(text, "response: str? - how did the responsible firm react") != "Ann Lee"


def test_a_list_below_a_line_with_a_colon() -> None:
    text = (
        "Acme wants to ask three firms:\n\n  1. Dunholm (of course)\n"
        "  2. Elm Service\n  3. Oak Care.\n"
    )
    firms = answer(text, "firms: list[str]? - firms it wants to ask")
    assert firms == ["Dunholm", "Elm Service", "Oak Care"]


def test_what_a_list_is_asked_to_leave_out() -> None:
    text = (
        "Minutes of Acme.\n\n**Present:** Ann Lee (chair), Ben Roe, Cy Dunn\n"
        "**In attendance:** Dora Moss (secretary), Ed Fenn\n"
    )
    present = answer(text, "present: list[str]? - directors present, not those in attendance")
    assert present == ["Ann Lee", "Ben Roe", "Cy Dunn"]


def test_columns_in_spaces_have_their_heads_in_the_line_above() -> None:
    text = (
        "No.         Shareholder          Percent\n1-480       Ann Lee              40.00 %\n"
        "481-780     Elm Holdings GmbH    25.00 %\n"
    )
    statements = read_statements(Document(0, "https://a.test/", "Acme", None, text)).statements
    assert ("Shareholder", "Ann Lee") in {(s.label, s.value) for s in statements}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("released on 31 May. Alder Quay has had it", ["Alder Quay"]),
        ("St. Anne's and Prof. Dr Silke Damaschke", ["St. Anne", "Prof. Dr Silke Damaschke"]),
        ("a settlement of EUR 480,000", []),
    ],
)
def test_names(text: str, names: list[str]) -> None:
    assert [name.text for name in find_names(text)] == names


@pytest.mark.parametrize(
    ("asked", "kind"),
    [
        ("winemaker", "agent"),
        ("planted by", "agent"),
        ("builder of the ship", "agent"),
        ("number", "any"),
        ("boiler", "any"),
        ("Tanner", "any"),
    ],
)
def test_who_does_something_is_an_agent(asked: str, kind: str) -> None:
    assert answer_kind(asked) == kind
