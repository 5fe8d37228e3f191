"""Which tables are one list, what names their rows, and of what they are no list."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from parallel_nb.engine.finder.grids import grids_of
from parallel_nb.engine.finder.plan import plan
from parallel_nb.engine.finder.tables import is_period
from tests.engine.finder.asking import listed, room_of

if TYPE_CHECKING:
    from parallel_nb.engine.index.fulltext import Index

ROOM = {
    # the same parts lie in both stores, each batch under a code of its own
    "store_north.csv": """batch_code,part,shelf,pieces,reserved
N1101,Valve 40,A1,12,no
N1102,Seal 9,A2,80,yes
N1103,Gasket 7,A3,64,no
""",
    "store_south.csv": """batch_code,part,shelf,pieces,reserved
S1204,Valve 40,B7,5,yes
S1205,Seal 9,B8,31,no
S1206,Gasket 7,B9,2,no
""",
    "stores.md": "# Stores\n\nNorth is dry, and South is not.\n",
    # months are no mills
    "mill_output.md": """# Hollow Mill - output by month

| Month | Sacks | Workers |
|---|---|---|
| January | 410 | 14 |
| February | 388 | 15 |
| March | 452 | 13 |
""",
    # whoever keeps a collection stands beside it
    "collections.csv": """collection,town,opened,entry_crowns,keeper
Glass House,Oxley,1931-05-02,0,Ada Thorne
Clock Rooms,Marram,1964-07-11,4,Ben Farrow
Rope Walk,Oxley,1988-03-30,0,Cora Lunt
""",
    # a long description names what a code numbers, and a post is nobody
    "tools.csv": """tool_ref,description,room,maker
K-01,Lathe for short shafts,Room 2,Orme
K-02,Press with two plates,Room 2,Tallis
K-03,Drill for thin sheets,Room 5,Orme
""",
    "crew.csv": """no,name,post,weeks_of_notice
1,Dai Pugh,Works Director,26
2,Elin Voss,Art Director,12
3,Gwen Hale,Night Supervisor,26
""",
    # each yard has several customers, none of them in one row
    "berths.csv": """yard,customer,since
Alder Yard,Norlane,2019
Alder Yard,Helve,2020
Birch Yard,Norlane,2021
Cedar Yard,Helve,2018
Cedar Yard,Norlane,2018
""",
    "clubs.csv": """club,place,joined_league,members
Heron,Oxley,2021-03-01,40
Plover,Marram,2022-09-01,31
Dunlin,Oxley,2023-01-15,55
""",
}


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Index:
    return room_of(tmp_path_factory.mktemp("lists"), ROOM)


def test_tables_of_the_same_heads_are_one_list(index: Index) -> None:
    assert listed(index, "batches", "The batch is reserved") == {"N1102", "S1204"}
    assert len(plan(index, "batches", ("The batch is reserved",)).names) == 6


def test_what_a_file_is_called_says_of_which_part_of_a_list_it_is(index: Index) -> None:
    asked = ("The batch lies in North", "The batch is not reserved")
    assert listed(index, "batches", *asked) == {"N1101", "N1103"}


def test_months_name_no_rows(index: Index) -> None:
    assert not plan(index, "mills", ("The mill has more than 13 workers",)).names
    (grid,) = (each for each in grids_of(index) if each.columns[0].head == "Month")
    assert grid.key == -1
    assert is_period("Q3 2024")
    assert not is_period("May Hill")


def test_what_is_free_has_no_price(index: Index) -> None:
    assert listed(index, "collections", "Entry to the collection is free") == {
        "Glass House",
        "Rope Walk",
    }


def test_what_a_row_says_of_a_collection_it_does_not_say_of_its_keeper(index: Index) -> None:
    assert not plan(index, "people", ("The person was born in Oxley",)).names


def test_a_code_stands_for_the_name_beside_it(index: Index) -> None:
    assert listed(index, "tools", "The tool was made by Tallis") == {"Press with two plates"}


def test_a_post_is_nobody(index: Index) -> None:
    assert listed(index, "people", "26 weeks of notice") == {"Dai Pugh", "Gwen Hale"}


def test_of_several_that_a_column_names_each_may_have_a_row_of_its_own(index: Index) -> None:
    asked = ("Norlane is a customer", "Helve is a customer")
    assert listed(index, "yards", *asked) == {"Alder Yard", "Cedar Yard"}


def test_what_joined_was_not_founded_then(index: Index) -> None:
    assert not listed(index, "clubs", "The club was founded in 2022 or later")
    assert listed(index, "clubs", "The club joined in 2022 or later") == {"Plover", "Dunlin"}
