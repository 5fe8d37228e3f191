"""What papers state plainly without the name of whom they are about, or in other words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from parallel_nb.api.findall import MatchCondition
from parallel_nb.engine.finder.conditions import read_condition
from parallel_nb.engine.finder.geography import areas_in
from parallel_nb.engine.finder.judge import judge
from parallel_nb.engine.finder.words import roots_of
from tests.engine.finder.asking import room_of

if TYPE_CHECKING:
    from parallel_nb.engine.index.fulltext import Index

ROOM = {
    "contract1.txt": """CONTRACT OF EMPLOYMENT

This contract is made between Ostmark Pumps Ltd (the Company) and Ada Berg (the Employee).

The Employee is entitled to private medical insurance.

The contract may be ended by either side on thirteen weeks' notice.

Having weighed her work, we find her conduct to be good.
""",
    "contract2.txt": """CONTRACT OF EMPLOYMENT

This contract is made between Ostmark Pumps Ltd (the Company) and Owen Prior (the Employee).

The contract may be ended by either side on four weeks' notice.
""",
    "letter1.txt": "Dear Ada Berg,\n\nYour application for leave was granted by the board.\n",
    "letter2.txt": "Dear Owen Prior,\n\nYour application for leave was refused by the board.\n",
    "form.md": """# Form

## Employee

Ada Berg

## Benefit

Season ticket loan
""",
    "staff.csv": """employee,grade
Ada Berg,4
Owen Prior,5
Ulla Framm,6
""",
}


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Index:
    return room_of(tmp_path_factory.mktemp("stated"), ROOM)


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("The contract gives private medical insurance", {"Ada Berg"}),
        ("The contract requires eight or more weeks of notice", {"Ada Berg"}),
        ("The application for leave was refused", {"Owen Prior"}),
        ("The benefit is a season ticket loan", {"Ada Berg"}),
        ("The conduct was found to be good", {"Ada Berg"}),
    ],
    ids=["party of a contract", "number in it", "addressee and contrary", "heading", "participle"],
)
def test_a_paper_tells_of_whom_it_names_as_its_subject(
    index: Index, condition: str, expected: set[str]
) -> None:
    wanted = [MatchCondition(name="it", description=condition)]
    found = {
        name
        for name in ("Ada Berg", "Owen Prior", "Ulla Framm")
        if judge(index, {"name": name, "url": ""}, "employees", wanted)["status"] == "matched"
    }
    assert found == expected


@pytest.mark.parametrize(
    ("condition", "bounds"),
    [
        ("The payment period is 30 days or longer", ((">=", 30.0),)),
        ("The commission is 15 % or higher", ((">=", 15.0),)),
        ("The mark was 6 out of 10 or better", ((">=", 6.0),)),
        ("It is delivered in seven days or less", (("<=", 7.0),)),
        ("It takes eight or more weeks", ((">=", 8.0),)),
        ("The lake is deeper than 40 m", ((">", 40.0),)),
    ],
)
def test_comparisons_are_read_in_other_words(
    condition: str, bounds: tuple[tuple[str, float], ...]
) -> None:
    question = read_condition(condition)
    assert question is not None
    assert question.bounds == bounds


def test_a_policy_is_no_police() -> None:
    assert roots_of("policies") == roots_of("policy") != roots_of("police")


def test_an_island_is_not_iceland() -> None:
    assert areas_in("The island has an airport") == []
    assert [each.area for each in areas_in("Firms in Norway")] == ["norway"]
