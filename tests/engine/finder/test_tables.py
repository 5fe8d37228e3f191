"""What tables and lists tell the finder: the things that they name, and what their cells decide."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from parallel_nb.engine.finder.entities import rank
from tests.engine.finder.asking import matches, room_of

if TYPE_CHECKING:
    from parallel_nb.engine.index.fulltext import Index

ROOM = {
    "stock.md": """# Large machines

Prices in thousand euros

| Inv. no. | Machine | Maker | Hall | In use since | State |
|---|---|---|---|---|---|
| P-11 | Press | Orbit | North | 03/2012 | in repair |
| P-12 | Press | Kolb | South | 10/2019 | works |
| L-20 | Lathe | Orbit | South | 01/2021 | works |
""",
    "events.md": """# Register of incidents, 2023

| No. | Date | Line | Sev. | Cause |
|---|---|---|---|---|
| E-01 | 17/01/2023 | Red | 2 | Fire |
| E-02 | 09/03/2023 | Red | 1 | Flood |
| E-03 | 28/04/2023 | Blue | 1 | Fire |
""",
    "lines.md": """# Our lines

| Line | Length | Riders 2022 | Riders 2023 | Result 2023 (EUR m) |
|---|---|---|---|---|
| 1 (the Red) | 12.5 | 310 | 290 | -0.4 |
| 2 (the Blue) | 8.0 | 120 | 140 | 1.2 |
| 3, Green | 20.1 | 80 | 75 | 0.3 |

## No longer ours

- Grey (1920-1961): closed.
""",
    "minutes.txt": """HARBOUR BOARD
Meeting of 4 May 2024

Present: Ada Berg (chair), Bo Dahl, Eva Holm.
Apologies: Ivo Lund.

1. Accounts. Mr Lund had sent a letter.
""",
}


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Index:
    return room_of(tmp_path_factory.mktemp("tables"), ROOM)


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("inventory numbers of machines", {"P-11", "P-12", "L-20"}),
        ("machines", {"P-11", "P-12", "L-20"}),  # two are presses, so their numbers name them
        ("incidents", {"E-01", "E-02", "E-03"}),
        ("lines", {"Red", "Blue", "Green"}),
        ("makers", {"Orbit", "Kolb"}),
    ],
)
def test_what_a_table_lists_is_named_by_its_column_or_its_number(
    index: Index, kind: str, names: set[str]
) -> None:
    assert {each.name for each in rank(index, kind, kind)} >= names


@pytest.mark.parametrize(
    ("kind", "condition", "names"),
    [
        ("inventory numbers of machines", "The machine was made by Orbit", {"P-11", "L-20"}),
        ("inventory numbers of machines", "The machine stands in the South hall", {"P-12", "L-20"}),
        ("inventory numbers of machines", "It was not made by Orbit", {"P-12"}),
        ("inventory numbers of machines", "In use since before June 2019", {"P-11"}),
        ("incidents", "The incident was of severity 1", {"E-02", "E-03"}),
        ("incidents", "The cause was fire or flood", {"E-01", "E-02", "E-03"}),
        ("lines", "The line is more than 10 km long", {"Red", "Green"}),
        ("lines", "The result for 2023 was negative", {"Red"}),
        ("lines", "The riders of 2023 were below those of 2022", set()),
        ("lines", "Riders in 2023 were lower than in 2022", {"Red", "Green"}),
        ("lines", "The line is still running", {"Red", "Blue", "Green"}),
        ("people", "The person took part in the meeting of the harbour board of 4 May 2024",
         {"Ada Berg", "Bo Dahl", "Eva Holm"}),
    ],
)  # fmt: skip
def test_the_cell_of_a_row_decides(
    index: Index, kind: str, condition: str, names: set[str]
) -> None:
    assert matches(index, kind, condition) == names
