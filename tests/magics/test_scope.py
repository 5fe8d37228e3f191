"""Which variables a magic sees and binds: in a cell, in a function, in a script behind %run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import parallel_nb as pnb

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from IPython.core.interactiveshell import InteractiveShell

    from tests.magics.conftest import Ran

    Run = Callable[[str], Ran]

pytestmark = pytest.mark.usefixtures("connected")
ASK = "Who leads {{company}}?"


@pytest.fixture
def person(shell: InteractiveShell) -> InteractiveShell:
    """A person's session with a table."""
    shell.user_ns["companies"] = pd.DataFrame({"company": ["LEGO", "NVIDIA"], "size": [1, 2]})
    shell.user_ns["pd"] = pd
    return shell


def test_a_magic_in_a_function_sees_what_the_function_sees(
    person: InteractiveShell, run: Run
) -> None:
    ran = run(
        "def ask(table, most):\n"
        f"    plan = %parallel_task --over table --sample $most --dry-run {ASK}\n"
        f"    all = %parallel_task --over companies --dry-run {ASK}\n"
        "    return plan.rows, all.rows\n"
        "ask(companies.head(1), 1)"
    )
    assert ran.error is None, ran.screen
    assert ran.value == (1, 2)


def test_an_expression_sees_the_locals_too(person: InteractiveShell, run: Run) -> None:
    ran = run(
        "class Study:\n"
        "    def plan(self, table, least):\n"
        "        self.table = table\n"
        "        plan = %parallel_task --over \"self.table[[s >= least for s in table['size']]]\" "
        f"--dry-run {ASK}\n"
        "        return plan.rows\n"
        "Study().plan(companies, 2)"
    )
    assert ran.error is None, ran.screen
    assert ran.value == 1


def test_into_in_a_function_is_what_the_function_reads_next(
    person: InteractiveShell, run: Run
) -> None:
    ran = run(
        "def ask(table):\n"
        f"    %parallel_task --over table --into answers {ASK}\n"
        "    return len(answers)\n"
        "ask(companies)"
    )
    assert ran.error is None, ran.screen
    assert ran.value == 2


@pytest.mark.parametrize("local", ["answers = None", "for answers in (): pass"])
def test_into_a_local_variable_is_refused_before_anything_is_sent(
    person: InteractiveShell, run: Run, local: str
) -> None:
    before = len(pnb.jobs())
    ran = run(
        f"def ask(table):\n    {local}\n"
        f"    %parallel_task --over table --into answers {ASK} Asked in vain.\n"
        "ask(companies)"
    )
    assert isinstance(ran.error, pnb.InputError), ran.screen
    assert "the function ask has a variable of its own" in ran.screen
    assert "answers = %parallel_" in ran.screen
    assert len(pnb.jobs()) == before


def test_what_a_function_does_not_see_is_said(person: InteractiveShell, run: Run) -> None:
    ran = run(
        "def outer():\n    table = companies\n    def inner():\n"
        f"        %parallel_task --over table --dry-run {ASK}\n    inner()\nouter()"
    )
    assert isinstance(ran.error, pnb.InputError)
    assert "In a function a magic sees the function's own variables" in ran.screen


def test_a_script_behind_run_sees_and_binds_its_own_variables(
    person: InteractiveShell, run: Run, tmp_path: Path
) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import pandas as pd\nfrom IPython import get_ipython\n"
        "mine = pd.DataFrame({'company': ['LEGO']})\n"
        f"get_ipython().run_line_magic('parallel_task', '--over mine --into theirs {ASK}')\n"
        "seen = len(theirs)\n"
        "def ask():\n"
        f"    get_ipython().run_line_magic('parallel_task', '--over mine --into more {ASK}')\n"
        "    return len(more)\n"
        "seen += ask()\n"
    )
    ran = run(f"%run {script}")
    assert ran.error is None, ran.screen
    assert person.user_ns["seen"] == 2, ran.screen
    assert list(person.user_ns["theirs"]["status"]) == ["completed"]


def test_a_script_of_cells_behind_run_does_too(
    person: InteractiveShell, run: Run, tmp_path: Path
) -> None:
    script = tmp_path / "script.ipy"
    script.write_text(f"few = companies.head(1)\n%parallel_task --over few --into found {ASK}\n")
    ran = run(f"%run -i {script}")
    assert len(person.user_ns["found"]) == 1, ran.screen


def test_a_magic_behind_another_sees_the_variables(person: InteractiveShell, run: Run) -> None:
    ran = run(f"%time %parallel_task --over companies --dry-run {ASK}")
    assert ran.error is None, ran.screen
    assert "rows" in ran.screen


@pytest.mark.parametrize(
    ("over", "rows"),
    [
        ('companies["company"]', 2),
        ("companies['company'].head(1)", 1),
        ("companies.company", 2),
        ("names", 2),
        ("of_polars", 2),
        ("of_arrow", 1),
        ("rows", 1),
        ('[{"company":"LEGO"}]', 1),
        ("companies[companies.size>$least]", 1),
        ("\"companies[companies['size'] > $least]\"", 1),
    ],
)
def test_over_takes_a_series_and_whatever_tasks_takes(
    person: InteractiveShell, run: Run, over: str, rows: int
) -> None:
    person.user_ns |= {
        "names": pd.Series(["LEGO", "NVIDIA"], name="company"),
        "of_polars": pl.Series("company", ["LEGO", "NVIDIA"]),
        "of_arrow": pa.table({"company": ["LEGO"]}),
        "rows": [{"company": "LEGO"}],
        "least": 1,
    }
    if "companies.size" in over:
        over = over.replace("companies.size", "companies['size']")
    ran = run(f"plan = %parallel_task --over {over} --dry-run {ASK}")
    assert ran.error is None, ran.screen
    assert person.user_ns["plan"].rows == rows


def test_a_series_without_a_name_is_called_value(person: InteractiveShell, run: Run) -> None:
    person.user_ns["names"] = pd.Series(["LEGO"])
    ran = run("plan = %parallel_task --over names --dry-run Who leads {{value}}?")
    assert ran.error is None, ran.screen


@pytest.mark.parametrize(
    ("over", "words"),
    [
        ("job", ["job is a job, not a table", "--over job.df"]),
        ("text", ["of type str", "Name a DataFrame, a Series, or a list"]),
        ("$companies", ["holds a DataFrame", "without it: companies"]),
        ("{companies}", ["Write $companies"]),
        ("$companie", ["no variable companie", "Did you mean 'companies'?"]),
    ],
)
def test_what_is_no_table_is_named(
    person: InteractiveShell, run: Run, over: str, words: list[str]
) -> None:
    person.user_ns["text"] = "LEGO"
    person.user_ns["job"] = pnb.tasks(person.user_ns["companies"], ASK)
    ran = run(f"%%parallel_task --over {over}\n{ASK}")
    assert isinstance(ran.error, pnb.InputError), ran.screen
    for word in words:
        assert word in " ".join(ran.screen.split())


def test_output_may_be_an_expression(person: InteractiveShell, run: Run) -> None:
    run("class models:\n    class Profile(dict): ceo: str\n    fields = {'ceo': str}")
    ran = run(f"plan = %parallel_task --over companies --output models.fields --dry-run {ASK}")
    assert ran.error is None, ran.screen
    ran = run(f"%parallel_task --over companies --output models.Nothing --dry-run {ASK}")
    assert "--output 'models.Nothing' cannot be evaluated: AttributeError" in ran.screen


@pytest.mark.parametrize(
    ("into", "words"),
    [
        ("list", ["would replace what list means", "list_answers"]),
        ("print", ["belongs to Python"]),
        ("pd", ["belongs to a module of yours"]),
        ("helper", ["belongs to a function of yours"]),
        ("Model", ["belongs to a class of yours"]),
        ("In", ["belongs to Python or IPython"]),
        ("_", ["belongs to Python or IPython"]),
        ("get_ipython", ["belongs to Python or IPython"]),
        ("1st", ["cannot be the name of a variable"]),
        ("my-frame", ["cannot be the name of a variable"]),
        ("class", ["cannot be the name of a variable"]),
        ("a.b", ["cannot be the name of a variable"]),
        ("'a b'", ["cannot be the name of a variable"]),
        ("''", ["cannot be the name of a variable"]),
    ],
)
@pytest.mark.parametrize(
    "cell",
    [
        f"%%parallel_task --over companies --into {{}}\n{ASK}",
        "%parallel_search --into {} Who leads LEGO?",
        "%parallel_jobs --into {}",
        "%parallel_attach tgrp_1 --into {}",
    ],
)
def test_into_never_replaces_what_cannot_be_had_again(
    person: InteractiveShell, run: Run, cell: str, into: str, words: list[str]
) -> None:
    run("def helper(): pass\nclass Model: pass")
    before = len(pnb.jobs())
    ran = run(cell.replace("{}", into, 1))
    assert isinstance(ran.error, pnb.InputError), ran.screen
    for word in words:
        assert word in ran.screen
    assert len(pnb.jobs()) == before


@pytest.mark.parametrize(
    ("over", "into"),
    [
        ("companies", "companies"),
        ("companies.head(1)", "companies"),
        ('companies["company"]', "companies"),
        ('"pd.concat([companies, more])"', "more"),
    ],
)
def test_into_the_table_of_over_is_refused_the_first_time(
    person: InteractiveShell, run: Run, over: str, into: str
) -> None:
    person.user_ns["more"] = person.user_ns["companies"]
    before = len(pnb.jobs())
    ran = run(f"%%parallel_task --over {over} --into {into}\n{ASK}")
    assert isinstance(ran.error, pnb.InputError), ran.screen
    assert "the same cell could not run again" in " ".join(ran.screen.split())
    assert f"{into}_answers" in ran.screen
    assert len(pnb.jobs()) == before


def test_the_same_cell_binds_the_same_name_again(person: InteractiveShell, run: Run) -> None:
    for _ in range(2):
        ran = run(f"%%parallel_task --over companies --into found\n{ASK}")
        assert ran.error is None, ran.screen
    for _ in range(2):
        ran = run("%parallel_search --into hits Who leads LEGO?")
        assert ran.error is None, ran.screen


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("%%parallel_task --over companies\n--into x\nWhy?", ["begins with --into", "on that one"]),
        ("%%parallel_task\n\u2014into x\nWhy?", ["begins with \u2014into"]),
        ("%%parallel_search\n--query x\nWhy?", ["begins with --query"]),
        ("%%parallel_task --over companies \\\n --into x\nWhy?", ["ends with a backslash"]),
        ("%%parallel_search \\\n --query x\nWhy?", ["ends with a backslash"]),
        ("c = 1\n%parallel_search Who leads {c}?", ["{c} in the question", "pnb.search(f"]),
        ("%%parallel_task\nWho leads {name}?", ["{name} in the question", "pnb.task(f"]),
        ("%%parallel_search\nWho leads $name?", ["$name in the question", "pnb.search(f"]),
        (
            "%%parallel_task --over companies\nWho leads {name}?",
            ["{name} in the question", "Write {{column}}"],
        ),
        ("%parallel_search ?", ["asks nothing", "%parallel_search? shows"]),
        ("%parallel_connect embedded --documents my documents", ["left over", "in quotes"]),
        ("%parallel_connect --documents my documents", ["left over", "in quotes"]),
        ("%parallel_connect hosted sk_secret_1", ["left over"]),
        ("%parallel_attach tgrp_1 tgrp_2", ["takes one id"]),
        ("%parallel_attach $gruop", ["no variable gruop"]),
        ("%parallel_jobs show {name}", ["Write $name"]),
        ("%parallel_jobs export tgrp_1 my file.csv", ["an ID and a FILE"]),
    ],
)
def test_what_would_be_asked_by_mistake_is_named(
    person: InteractiveShell, run: Run, cell: str, words: list[str]
) -> None:
    person.user_ns["name"] = "LEGO"
    before = len(pnb.jobs())
    ran = run(cell)
    assert isinstance(ran.error, pnb.InputError), ran.screen
    for word in words:
        assert word in " ".join(ran.screen.split()), ran.screen
    assert "sk_secret" not in ran.screen
    assert len(ran.lines) <= 6, ran.screen
    assert len(pnb.jobs()) == before


def test_a_loop_goes_through_values_by_an_option(person: InteractiveShell, run: Run) -> None:
    ran = run(
        "counts = []\n"
        "for n in (1, 2):\n"
        f"    plan = %parallel_task --over companies --sample $n --dry-run {ASK}\n"
        "    counts.append(plan.rows)\n"
        "counts"
    )
    assert ran.value == [1, 2], ran.screen


def test_a_group_from_a_variable_is_attached_to(person: InteractiveShell, run: Run) -> None:
    person.user_ns["job"] = pnb.tasks(person.user_ns["companies"], ASK)
    ran = run("%parallel_attach $job.group_id --into again")
    assert ran.error is None, ran.screen
    assert len(person.user_ns["again"]) == 2
    ran = run("group = job.group_id\nshown = %parallel_jobs show $group")
    assert ran.error is None, ran.screen
    assert len(person.user_ns["shown"]) == 2
