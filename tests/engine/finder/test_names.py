"""By what name the papers of an office call what they are about, and of what kind it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from parallel_nb.engine.finder.entities import rank
from tests.engine.finder.asking import room_of

if TYPE_CHECKING:
    from parallel_nb.engine.index.fulltext import Index

ROOM = {
    "matters.csv": """matter_no,matter,partner
QX/101,Birch v Alder Mills Ltd,Ines Rook
QX/102,Cedar Works Ltd v Elm,Ines Rook
QX/103,Fir v Fir,Tom Wren
""",
    "notes/2024-05-01_cedar_works_ltd_v_elm.md": """# Attendance note

**Matter:** Cedar Works Ltd v Elm
**Date of call:** 1 May 2024

The client rang about the case.
""",
    "judgments/birch.html": """<title>Judgment summary: Birch v Alder Mills Ltd</title>
<h1>Birch v Alder Mills Ltd</h1><p>The claim failed.</p>
""",
    "checks/pump_north_wing.txt": """EQUIPMENT CHECK

Equipment:   water pump
Make:        Brenn
Site:        North Wing

The water pump was found in good order.
""",
    "checks/lift_south_wing.txt": """EQUIPMENT CHECK

Equipment:   goods lift
Make:        Asker
Site:        South Wing

The goods lift was out of order.
""",
    "transport/cn-40041.txt": """CONSIGNMENT NOTE CN-40041

Consignee: Lakeside Paints
Driver: Jens Pohl
""",
    "decisions/d1.html": """<h1>Moor Council</h1>
<h3>Application no.</h3><p>MC/24/0357</p>
<h3>Applicant</h3><p>Oona Petrie</p>
<h3>Decision</h3><p>Permission refused</p>
<h3>Registered</h3><p>13 April 2024</p>
""",
    "contracts/house_a.txt": """MANAGEMENT CONTRACT

Owner: Aldmoor Estates Ltd
For the owner: Ada Berg
""",
    "contracts/gardens.md": """# Lease Blue Lantern

The tenant of the shop is Blue Lantern. It pays 900 a month.
""",
    "stays/visit.eml": """From: Carlos Ibarra <carlos@mail.example>
To: desk@house.example
Subject: My visit
Content-Type: text/plain

The room was cold.
""",
    "sheets/b.md": """# Data sheet Velo PBT 7

Velo PBT 7 is a thermoplastic engineering material supplied as granules.
""",
    "logs/log_CC-1.txt": """MAINTENANCE LOG
Machine: CC-1, climate chamber
Year of purchase: 2005

Oil changed in May.
""",
    "logs/log_FT-8.md": """# Maintenance log FT-8 (fatigue rig)

The filter was changed in June.
""",
    "leaflets/tunnel.md": """# Carpal tunnel release

In this procedure a tight band at the wrist is divided.
""",
    "letters/loan.txt": """TERM SHEET

Hallow Mills (Leeds, United Kingdom) as Borrower and Fen Bank as Lender agree on this loan.
""",
}


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Index:
    return room_of(tmp_path_factory.mktemp("papers"), ROOM)


def names(index: Index, kind: str, objective: str = "") -> set[str]:
    return {each.name for each in rank(index, kind, objective or kind)}


def test_a_case_is_known_by_its_two_parties_in_tables_titles_and_labels(index: Index) -> None:
    cases = {"Birch v Alder Mills Ltd", "Cedar Works Ltd v Elm", "Fir v Fir"}
    assert cases <= names(index, "cases")
    assert names(index, "matters") == cases


def test_a_paper_is_about_what_its_label_and_its_file_name_say(index: Index) -> None:
    found = {each.name: each for each in rank(index, "matters", "matters")}
    assert found["Cedar Works Ltd v Elm"].url.endswith("cedar_works_ltd_v_elm.md")


def test_a_value_without_capitals_names_what_its_label_says(index: Index) -> None:
    assert {"water pump", "goods lift"} <= names(index, "equipment")


def test_a_paper_is_known_by_the_number_in_its_first_line(index: Index) -> None:
    found = names(index, "consignment notes")
    assert "CN-40041" in found
    assert "Lakeside Paints" not in found


def test_a_heading_with_no_more_than_a_value_below_it_is_a_label(index: Index) -> None:
    assert names(index, "applicants") == {"Oona Petrie"}


def test_an_owner_may_be_a_firm(index: Index) -> None:
    assert "Aldmoor Estates Ltd" in names(index, "owners")


def test_a_title_without_the_word_for_its_sort_of_paper_is_the_name(index: Index) -> None:
    assert "Blue Lantern" in names(index, "leases")


def test_who_writes_a_mail_is_a_person_without_an_address(index: Index) -> None:
    assert "Carlos Ibarra" in names(index, "guests", "guests whose room was cold")


def test_what_is_supplied_as_granules_is_a_material(index: Index) -> None:
    assert "Velo PBT 7" in names(index, "materials")


def test_a_role_behind_a_name_says_what_it_is(index: Index) -> None:
    assert "Hallow Mills" in names(index, "borrowers")


def test_papers_of_a_folder_are_about_what_one_of_them_calls_its_subject(index: Index) -> None:
    assert {"CC-1", "FT-8"} <= names(index, "machines")


def test_a_page_may_call_its_subject_this_one(index: Index) -> None:
    assert names(index, "procedures") == {"Carpal tunnel release"}
