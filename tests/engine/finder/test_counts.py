"""Lists of things with their types, what is counted row by row, and who was at which meeting."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from parallel_nb.engine.finder.conditions import of_each_date
from parallel_nb.engine.finder.entities import rank
from tests.engine.finder.asking import matches, room_of

if TYPE_CHECKING:
    from parallel_nb.engine.index.fulltext import Index

ROOM = {
    "hangar-2024.csv": """Reg,Name,Type,Owner,Field,Hangar,Value EUR k,State,Own trailer
AB-10,Kestrel,two-seat glider,Hollin Air Hire,Marley,Hangar 1,84,airworthy,no
AB-11,Old Bess,tow plane,Hollin Air Hire,Marley,Hangar 2,120,airworthy,yes
AB-12,Sparrow,training glider,Dunne Soaring Club,Marley,Hangar 2,31,scrapped,no
AB-13,Merlin,cross-country glider,Tallis & Sons,Marley,Hangar 3,1150,airworthy,yes
AB-14,Gannet,motor glider,Tallis & Sons,Oxley,Hangar 1,96,sold,no
AB-15,Wren,balloon,Orme Leisure Parks,Marley,Hangar 2,22,sold,no
""",
    "committee-2024-05.txt": """MARLEY GLIDING
MINUTES OF THE COMMITTEE
held on Tuesday 7 May 2024

Present:    Ada Thorne (chair)
            Ben Farrow
            Cora Lunt
In attendance: Dai Pugh (secretary)
Apologies:  Elin Voss

1. Field. The grass was cut.
""",
    "committee-2024-11.md": """# Marley Gliding - committee

**Date:** 5 November 2024
**Chair:** Ada Thorne
**Present:** Ben Farrow, Elin Voss
**In attendance:** Dai Pugh (secretary), Cora Lunt (item 2)

## 1. Winch

Mr Farrow reported.
""",
    "annual-report-2024.md": """# Annual Report 2024

Marley Gliding had a good year. Hollin Air Hire kept two aircraft here.
""",
}


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Index:
    return room_of(tmp_path_factory.mktemp("field"), ROOM)


@pytest.mark.parametrize(
    ("kind", "conditions", "expected"),
    [
        # a noun that many types share is that of all rows; a type of its own says so of its row
        ("gliders", ["is airworthy"], {"Kestrel", "Old Bess", "Merlin"}),
        ("balloons", ["not yet scrapped"], {"Wren"}),
        # a column of yes and no
        ("gliders", ["it has its own trailer"], {"Old Bess", "Merlin"}),
        # a head that scales a currency
        ("gliders", ["its value is over EUR 1 million"], {"Merlin"}),
        # rows are counted, and `Hangar 2` is no count of hangars
        (
            "companies",
            ["two or more of its aircraft stand in a hangar at Marley"],
            {"Hollin Air Hire"},
        ),
        ("companies", ["has more than one aircraft in a hangar at Marley"], {"Hollin Air Hire"}),
        # what goes on about the same thing is told of in the same row
        (
            "companies",
            ["has a glider in Hangar 1", "That glider is airworthy"],
            {"Hollin Air Hire"},
        ),
        # present is who stands below the label too, and who led the meeting
        (
            "people",
            ["present on 7 May 2024"],
            {"Ada Thorne", "Ben Farrow", "Cora Lunt", "Dai Pugh"},
        ),
        ("people", ["present as member on 7 May 2024"], {"Ada Thorne", "Ben Farrow", "Cora Lunt"}),
        (
            "people",
            ["present as member on 5 November 2024"],
            {"Ada Thorne", "Ben Farrow", "Elin Voss"},
        ),
        (
            "members",
            ["The member took part in the meeting of 7 May 2024"],
            {"Ada Thorne", "Ben Farrow", "Cora Lunt"},
        ),
        (
            "people",
            ["present as member at both the May 2024 and the November 2024 meeting"],
            {"Ada Thorne", "Ben Farrow"},
        ),
    ],
)
def test_lists_are_counted_and_dates_are_met(
    index: Index, kind: str, conditions: list[str], expected: set[str]
) -> None:
    assert matches(index, kind, *conditions) == expected


def test_an_annual_report_is_no_company(index: Index) -> None:
    names = {each.name for each in rank(index, "companies", "companies with aircraft")}
    assert "Annual Report 2024" not in names
    assert {"Hollin Air Hire", "Tallis & Sons"} <= names


def test_a_condition_for_two_dates_is_asked_for_each() -> None:
    assert of_each_date("present at both the March 2025 and the May 2026 board meeting") == [
        "present at the board meeting in March 2025",
        "present at the board meeting in May 2026",
    ]
    assert of_each_date("built between March 2025 and May 2026") == [
        "built between March 2025 and May 2026"
    ]
