"""What papers of an office have and pages about the world have not: a house, codes, legends."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from parallel_nb.engine.finder.entities import catalogue
from tests.engine.finder.asking import matches, room_of

if TYPE_CHECKING:
    from parallel_nb.engine.index.fulltext import Index

LETTER = "# Letter {number}\n\nFrom: Ostmark Pumps Ltd\n\nOstmark thanks you for your letter.\n"
ROOM = {
    "devices.csv": """code,device,place,bought,price_eur,status
D-01,Balance,Room 4,2016-03-14,5400,in use
D-02,Balance,Room 4,2021-03-14,1950,out of order
D-03,Furnace,Room 5,2018-10-12,214000,in use
D-04,Furnace,Store,2009-02-02,98000,scrapped
""",
    "methods.md": """# Methods of Ostmark Pumps

A = accredited; S = suspended at our request; W = withdrawn

| Method | Site | Status |
|---|---|---|
| Boiling | North | A |
| Drying | North | S (since May) |
| Milling | South | W |
""",
    "people.md": """# People - Ostmark Pumps

Ostmark Pumps Ltd is run by its board.

## Testers

- Owen Prior: pumps and valves
- Ulla Framm: valves
- Dario Benk: seals

## Sorts

| Sort | Number |
|---|---|
| A Routine | 4 |
| B Full | 5 |
| C Winter | 9 |
| Total | 18 |
""",
    "houses.csv": """address,rooms,energy_band,heating
2 Orrin Street,3,A,Own gas boiler
Flat 7 Mill House,2,B,Shared gas boilers
Flat 9 Mill House,2,A,Electric heaters
""",
}


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Index:
    letters = {f"letter{each}.md": LETTER.format(number=each) for each in range(6)}
    return room_of(tmp_path_factory.mktemp("papers"), ROOM | letters)


@pytest.mark.parametrize(
    ("kind", "condition", "expected"),
    [
        ("devices", "Status is other than in use (broken)", {"D-02", "D-04"}),
        ("devices", "Price under 2,000 euros", {"D-02"}),
        ("devices", "Price over 100,000 euros", {"D-03"}),
        ("methods", "The method is suspended", {"Drying"}),
        ("people", "Is a tester of Ostmark who tests valves", {"Owen Prior", "Ulla Framm"}),
        ("homes", "Energy band A", {"2 Orrin Street", "Flat 9 Mill House"}),
        ("homes with an energy band", "The heating is not by gas boilers", {"Flat 9 Mill House"}),
        ("sorts", "Number over 4", {"B Full", "C Winter"}),
        ("companies", "Thanked for a letter", set[str]()),
    ],
)
def test_papers_are_read_as_who_keeps_them_does(
    index: Index, kind: str, condition: str, expected: set[str]
) -> None:
    assert matches(index, kind, condition) == expected


def test_the_house_is_who_is_named_in_many_papers(index: Index) -> None:
    assert catalogue(index).house == {"ostmark", "pump"}
