"""What is wrong with a cell is said, with its place, before the cell is run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from parallel_nb.magics.check import check_cell, check_cells

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell


@pytest.fixture
def person(shell: Any) -> Any:
    shell.user_ns["companies"] = pd.DataFrame({"name": ["A"], "web site": ["B"]})
    return shell


def found(shell: Any, cell: str) -> list[tuple[str, str]]:
    """The marked texts, each with its message."""
    lines = cell.split("\n")
    units = [line.encode("utf-16-le", "surrogatepass") for line in lines]
    return [
        (units[p.line][2 * p.start : 2 * p.end].decode("utf-16-le", "replace"), p.message)
        for p in check_cell(shell, cell)
    ]


@pytest.mark.parametrize(
    "cell",
    [
        "%%parallel_task --over companies --max-cost 5\nWho leads {{name}} ({{ web site }})?",
        "%%parallel_task\nWho?\n---\nceo: str? - Full name\n# comment\n\nkind: public|private",
        "\n\n%%parallel_task --over later --into x\nWho leads {{whoever}}?",
        "%%parallel_task --over companies.head(2) --max-cost $limit\nWho leads {{name}}?",
        "%parallel_search What's -- \\{{this}}",
        "hits = %parallel_search -n 5 --after-date $day volcanoes\nprint(hits)",
        "%%parallel_task\n",
        "%%parallel_task\nWho?\n---\n",
        "%%parallel_search --into hits\n{{this}}\n---\nis: text",
        "def f():\n    return '%parallel_nothing --like this'",
        "x = '''\n%parallel_search --nothing\n'''",
        "f(\n%parallel_search --nothing\n)",
        "%%time\n%parallel_jobs",
        "%%bash\n%parallel_search --nothing",
        "%%parallel_other --nothing",
        "%parallel_other --nothing",
        "",
    ],
)
def test_nothing_is_marked_in_a_cell_that_may_be_right(person: Any, cell: str) -> None:
    assert found(person, cell) == []


@pytest.mark.parametrize(
    ("cell", "marked", "message"),
    [
        (
            "%%parallel_task --over companies --procesor core\nWho?",
            "--procesor",
            "Did you mean --processor?",
        ),
        ("x = 1\n  hits = %parallel_search --nn 5 volcanoes", "--nn", "no option --nn"),
        ("%parallel_search What's '''\nif x:\n  %parallel_jobs --nn", "--nn", "no option --nn"),
        ("if x:\n   y\n  z\n%parallel_jobs --nn", "--nn", "no option --nn"),
        ("%parallel_search --max-results many volcanoes", "--max-results", "not a whole number"),
        ("%parallel_search volcanoes --into", "--into", "needs a value"),
        ("%%parallel_task\nWho?\n---\n  ceo = str", "ceo = str", "no colon"),
        ("%%parallel_task\nWho?\n---\nceo: strng", "ceo: strng", "did you mean 'str'"),
        ("%%parallel_task\nWho?\n---\nceo: str\nceo: int", "ceo: int", "a field 'ceo' already"),
        ("%%parallel_task\nWho?\n--\nceo: str", "--", "does not begin the output fields"),
        ("%%parallel_task --over companies\n😀 {{web}}?", "{{web}}", "Did you mean 'web site'?"),
        ("%%parallel_task --over companies\nIs {name} old?", "{name}", "{{name}}"),
        ("%%parallel_task\nWho leads {{name}}?", "{{name}}", "there is no table"),
    ],
)
def test_a_wrong_place_is_marked_with_the_reason_and_the_remedy(
    person: Any, cell: str, marked: str, message: str
) -> None:
    ((text, said),) = found(person, cell)
    assert text == marked
    assert message in said


def test_several_places_are_marked_in_the_order_of_the_cell(person: Any) -> None:
    cell = (
        "%%parallel_task --over companies --foo --bar=2\n{{a}} and {{b}}\n---\nno\nx: int\nnor this"
    )
    places = [text for text, _ in found(person, cell)]
    assert places == ["--foo", "--bar=2", "{{a}}", "{{b}}", "no", "nor this"]


def test_nothing_is_marked_where_the_magics_are_not_loaded(
    bare_shell: InteractiveShell,
) -> None:
    assert check_cell(bare_shell, "%%parallel_task --nothing\n{{x}}") == []


def test_an_editor_gets_the_problems_of_its_cells_as_json(person: Any) -> None:
    asked = "__import__('parallel_nb.magics.check', fromlist=['check']).check_cells(get_ipython(), "
    answer = person.user_expressions({"it": asked + "['', '%parallel_jobs --x']) "})["it"]
    assert answer["status"] == "ok"
    ((), (problem,)) = answer["data"]["application/json"]
    assert (problem["line"], problem["start"], problem["end"]) == (0, 15, 18)


def test_long_and_strange_cells_are_checked_in_no_time(person: Any) -> None:
    strange = [
        "%%parallel_task --over companies\n" + "{{" * 4_000,
        "%parallel_search " + "-" * 9_000,
    ]
    strange += ["%%parallel_task\nx\n---\n" + "a:" * 5_000, "\ud800 %parallel_jobs --\ud800"]
    assert len(check_cells(person, strange).cells) == 4
