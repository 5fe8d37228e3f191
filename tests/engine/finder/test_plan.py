"""What one table says of all entities at once, and when it says nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.engine.finder.asking import listed, room_of

if TYPE_CHECKING:
    from parallel_nb.engine.index.fulltext import Index

ROOM = {
    "boats.csv": """no,boat,harbour,type,length,fee_2023_keur,fee_2024_keur,new_engine,insured,at
B-1,Heron,Sallow,cutter,14,4,5,2019,yes,in use
B-2,Plover,Sallow,dinghy,9,3,2,,no,laid up
B-3,Dunlin,Marram,dinghy,12,6,6,2021,yes,sold off
B-4,Whimbrel,Marram,cutter,20,7,9,,yes,in use
""",
    "yards.csv": """yard,town,country
Alder,Ulm,Germany
Birch,Sallowby,Denmark
Cedar,Boston,United States
""",
    "visits.md": """# Visits in 2024

| Visit | Date | Boat | Reason |
|---|---|---|---|
| V-01 | 3 May 2024 | Heron | ice on deck |
| V-02 | 9 June 2024 | Dunlin | survey |
| V-03 | 20 June 2024 | Heron | survey |
""",
    "owners.txt": """LIST OF OWNERS

No.    Owner             Town      Percent
1-40   Ada Berg          Ulm       40.00 %
41-75  Dahl & Sons Ltd   Kiel      35.00 %
76-99  Marsh Trust       Jena      25.00 %

The list was made in May.
""",
    "policies.md": """# Insurance

## Policies

| Line | Insurer | Policy no. | Expiry |
|---|---|---|---|
| Fire and theft | Norm AG | N-551 | 31 Dec 2024 |
| Third parties | Helve SE | H-773 | 30 Jun 2025 |
| Towing | Norm AG | N-552 | none |
| Total | | | |
""",
}


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Index:
    return room_of(tmp_path_factory.mktemp("harbour"), ROOM)


@pytest.mark.parametrize(
    ("kind", "conditions", "expected"),
    [
        ("boats", ["The boat lies in the harbour of Sallow"], {"Heron", "Plover"}),
        ("boats", ["The boat is laid up or sold off"], {"Plover", "Dunlin"}),
        ("boats", ["A new engine was put in"], {"Heron", "Dunlin"}),
        ("boats", ["The boat is not insured"], {"Plover"}),
        ("boats", ["Is longer than 13 metres in length"], {"Heron", "Whimbrel"}),
        ("boats", ["The fee in 2024 is above 4,000 euros"], {"Heron", "Dunlin", "Whimbrel"}),
        ("boats", ["fee 2024 higher than fee 2023"], {"Heron", "Whimbrel"}),
        # what is asked of one thing stands in one row
        ("boats", ["It is a dinghy", "It lies in the harbour of Marram"], {"Dunlin"}),
        ("boats", ["A visit for a survey was made in June 2024"], {"Heron", "Dunlin"}),
        # the first column names each row, and a number does not where a name stands before it
        ("insurance policies", ["The policy expires in 2025 or later"], {"Third parties"}),
        ("insurance policies", ["The insurer is Norm AG"], {"Fire and theft", "Towing"}),
        # columns of a plain text
        ("owners", ["Holds less than 40 % today"], {"Dahl & Sons Ltd", "Marsh Trust"}),
        # where a town is not known, its country is
        ("yards", ["The yard is in Europe"], {"Alder", "Birch"}),
        # no table tells of it
        ("boats", ["The skipper paints landscapes"], set[str]()),
        ("surgeons", ["The surgeon lives in Kiel"], set[str]()),
    ],
)
def test_a_table_answers_for_all_that_it_lists(
    index: Index, kind: str, conditions: list[str], expected: set[str]
) -> None:
    assert listed(index, kind, *conditions) == expected
