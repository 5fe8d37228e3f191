"""What is said in other words, and of which paper's subject it is said."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from parallel_nb.engine.finder.claims import claim_of
from parallel_nb.engine.finder.stances import stance_of, without_stance
from parallel_nb.engine.finder.words import roots_of
from tests.engine.finder.asking import matches, room_of

if TYPE_CHECKING:
    from parallel_nb.engine.index.fulltext import Index

ROOM = {
    "mills/hollow_mill.md": "# Hollow Mill\n\nHollow Mill is a mill of the valley.\n",
    "mills/weir_mill.md": "# Weir Mill\n\nWeir Mill is a mill of the valley.\n",
    "works/hollow_mill_works.md": """# State of the works at Hollow Mill

The roof is closed. The works are behind the schedule.
""",
    "works/weir_mill_works.md": """# State of the works at Weir Mill

The works keep to the schedule. No dust was seen on the floor.
""",
    "permits/OP-1001.txt": """OPENING PERMIT OP-1001

Venue: Corner Rooms, Mill Lane
Holder: Dai Pugh

1. Dancing is allowed on Fridays.
""",
    "permits/OP-1002.txt": """OPENING PERMIT OP-1002

Venue: Long Barn, Weir Lane
Holder: Elin Voss

1. Dancing is forbidden.
""",
    "loans/sheet1.txt": """TERM SHEET

Harrow Dental Ltd (Leeds) as Borrower
Tolland Capital LLP as Lender

1. Payment. Bills fall due 45 days after they are sent.
""",
    "loans/sheet2.txt": """TERM SHEET

Merrow Foods Ltd (York) as Borrower
Tolland Capital LLP as Lender

1. Payment. Bills fall due 14 days after they are sent.
""",
    "leaflets/glimmer.md": """# Glimmer 40

A lamp for wet rooms.
""",
    "leaflets/gleam.md": """# Gleam 12

A lamp for dry rooms.
""",
}


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Index:
    return room_of(tmp_path_factory.mktemp("wording"), ROOM)


@pytest.mark.parametrize(
    ("kind", "condition", "expected"),
    [
        # what the title of a report names, it is about
        ("mills", "The works are behind schedule", {"Hollow Mill"}),
        ("mills", "No dust was seen", {"Weir Mill"}),
        # a permit that is known by its number is about its venue too
        ("venues", "Dancing is permitted", {"Corner Rooms"}),
        # a party, and a period that its unit implies
        ("borrowers", "The payment period is 30 days or longer", {"Harrow Dental Ltd"}),
        # nothing here is called a product
        ("products", "The product is for wet rooms", {"Glimmer 40"}),
    ],
)
def test_what_is_said_in_other_words_is_found(
    index: Index, kind: str, condition: str, expected: set[str]
) -> None:
    assert matches(index, kind, condition) == expected


def test_what_is_turned_down_is_refused() -> None:
    assert roots_of("was turned down") == roots_of("was refused")


def test_no_at_the_beginning_denies() -> None:
    assert without_stance("No dust was seen") == ("dust was seen", "denied")


def test_what_will_be_held_is_no_mere_plan() -> None:
    asked = frozenset(roots_of("hearing held video"))
    assert stance_of("The hearing will be held by video", asked, is_value=False) == "holds"
    assert stance_of("The hall will be sold", asked, is_value=False) == "planned"


def test_what_may_be_and_the_paper_that_says_so_are_no_part_of_a_claim() -> None:
    claim = claim_of("The supply contract lets cats stay", "firms")
    weights = dict(claim.words)
    assert weights["contract"] < weights["cat"]
    assert "may" not in claim_of("Dogs may stay", "hotels").roots
