"""%%parallel_task, %parallel_attach and %parallel_jobs in a real shell, on the real engine."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

import parallel_nb as pnb

if TYPE_CHECKING:
    from collections.abc import Callable

    from IPython.core.interactiveshell import InteractiveShell

    from tests.magics.conftest import Ran

    Run = Callable[[str], Ran]

pytestmark = pytest.mark.usefixtures("connected")

BODY = """What is known about the company {{company}}?
---
ceo: str? - Chief executive
employees: int? - Number of employees
"""
ONE = """What is known about the company LEGO?
---
ceo: str? - Chief executive
"""


@pytest.fixture
def person(shell: InteractiveShell) -> InteractiveShell:
    """A person's session with a table."""
    shell.user_ns["companies"] = pd.DataFrame({"company": ["LEGO", "NVIDIA"], "size": [1, 2]})
    shell.user_ns["limit"] = 3
    return shell


def test_a_table_is_asked_and_bound(person: InteractiveShell, run: Run) -> None:
    ran = run(f"%%parallel_task --over companies --into profiles\n{BODY}")
    assert ran.error is None
    assert ran.value is None
    profiles = person.user_ns["profiles"]
    assert list(profiles.columns) == [
        *("company", "size", "ceo", "employees"),
        *("run_id", "status", "error"),
    ]
    assert profiles["employees"].dtype == "Int64"
    assert list(profiles["status"]) == ["completed", "completed"]
    assert profiles.loc[1, "ceo"] == "Jensen Huang"


def test_an_expression_in_quotes_may_stand_for_the_table(
    person: InteractiveShell, run: Run
) -> None:
    run(f'%%parallel_task --over "companies.head(1)" --into profiles\n{BODY}')
    assert len(person.user_ns["profiles"]) == 1


def test_one_question_is_asked_and_bound(person: InteractiveShell, run: Run) -> None:
    ran = run(f"%%parallel_task --into lego\n{ONE}")
    assert ran.value is None
    assert person.user_ns["lego"].ceo == "Niels B. Christiansen"


def test_without_into_the_answer_is_the_value_of_the_cell(run: Run, person: object) -> None:
    ran = run(f"%%parallel_task\n{ONE}")
    assert isinstance(ran.value, pnb.TaskResult)
    assert ran.screen.count("Niels B. Christiansen") >= 1


def test_the_line_magic_asks_for_text(person: InteractiveShell, run: Run) -> None:
    ran = run("answer = %parallel_task Who leads the company LEGO?")
    assert ran.error is None
    assert isinstance(person.user_ns["answer"].content, str)


def test_output_may_be_a_class_of_the_person(person: InteractiveShell, run: Run) -> None:
    @dataclasses.dataclass
    class Profile:
        ceo: str | None

    person.user_ns["Profile"] = Profile
    prompt = "What is known about the company LEGO?"
    run(f"%%parallel_task --output Profile --into lego\n{prompt}")
    assert set(person.user_ns["lego"].content) == {"ceo"}


def test_in_the_background_the_job_is_bound_and_its_frame_waits(
    person: InteractiveShell, run: Run
) -> None:
    run(f"%%parallel_task --over companies --into job --background\n{BODY}")
    job = person.user_ns["job"]
    assert isinstance(job, pnb.Job)
    assert list(job.df["status"]) == ["completed", "completed"]


def test_a_dry_run_sends_and_binds_nothing(person: InteractiveShell, run: Run) -> None:
    body = BODY.replace("Chief executive", "Chief executive, dry run")
    before = len(pnb.jobs())
    ran = run(f"%%parallel_task --over companies --into profiles --dry-run\n{body}")
    assert isinstance(ran.value, pnb.Plan)
    assert ran.value.to_send == 2
    assert "profiles" not in person.user_ns
    assert len(pnb.jobs()) == before
    assert "embedded: sample documents" in ran.screen


def test_a_sample_asks_of_so_many_rows(person: InteractiveShell, run: Run) -> None:
    run(f"%%parallel_task --over companies --into profiles --sample 1\n{BODY}")
    assert len(person.user_ns["profiles"]) == 1


def test_the_same_cell_again_pays_nothing_and_fresh_asks_again(
    person: InteractiveShell, run: Run
) -> None:
    body = BODY.replace("Chief executive", "Chief executive, asked twice")
    ids = []
    for option in ("", "", "--fresh"):
        run(f"%%parallel_task --over companies --into profiles {option}\n{body}")
        ids.append(list(person.user_ns["profiles"]["run_id"]))
    assert ids[0] == ids[1] != ids[2]


def test_a_job_is_listed_and_attached_to(person: InteractiveShell, run: Run) -> None:
    run(f"%%parallel_task --over companies --into job --background\n{BODY}")
    group = person.user_ns["job"].df is not None and person.user_ns["job"].group_id
    run("listed = %parallel_jobs")
    assert group in set(person.user_ns["listed"]["group_id"])
    ran = run(f"%parallel_attach {group} --into again")
    assert ran.error is None
    assert list(person.user_ns["again"]["status"]) == ["completed", "completed"]


OVER = "%%parallel_task --over companies --into profiles"


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        (f"%%parallel_task --over compnies\n{BODY}", ["compnies", "Did you mean 'companies'?"]),
        (f"%%parallel_task --over limit\n{BODY}", ["limit is of type int", "not a DataFrame"]),
        (f"%%parallel_task --over \"companies['x']\"\n{BODY}", ["cannot be evaluated", "KeyError"]),
        (f"{OVER}\nWho leads {{{{compny}}}}?", ["'compny'", "Did you mean 'company'?"]),
        (f"{OVER} --columns sice\nWho leads it?", ["'sice'", "Did you mean 'size'?"]),
        (f"{OVER}\nWho?\n---\nsize: int - Size", ["'size'", "has already", "rename"]),
        (f"{OVER}\nWho?\n---\nstatus: str", ["'status'", "Rename the field"]),
        (f"{OVER}\nWho?\n---\nceo: str\nfoo", ["Line 5", "'foo'", "no colon"]),
        (f"{OVER}\nWho?\n---\nceo: strng", ["Line 4", "did you mean 'str'?"]),
        (f"{OVER}\nWho?\n---\n", ["no output fields below the ---"]),
        (f"{OVER}\n  \n\n", ["holds no question"]),
        (f"{OVER} --output Profle\nWho?", ["Profle", "no variable of that name"]),
        (f"{OVER} --output companies\n{BODY}", ["Keep one of the two"]),
        (f"{OVER} --processor bass\n{BODY}", ["'bass'", "Did you mean 'base'?"]),
        (f"{OVER} why\n{BODY}", ["'why'", "goes below that line"]),
        (f"%%parallel_task --over companies --into 1st\n{BODY}", ["'1st'", "name of a variable"]),
        (f"%%parallel_task --over empty\n{BODY}", ["no rows"]),
        (f"%%parallel_task\n{BODY}", ["'company'", "no table", "--over"]),
        (f"%%parallel_task --sample 3\n{ONE}", ["--sample is for tables"]),
        ("%parallel_task", ["no question"]),
        ("%parallel_attach", ["takes one id"]),
        ("%parallel_attach tgrp_none", ["tgrp_none"]),
        ("%parallel_jobs all", ["takes no argument 'all'"]),
    ],
)
def test_a_mistake_is_a_few_lines_and_nothing_is_sent(
    person: InteractiveShell, run: Run, cell: str, words: list[str]
) -> None:
    person.user_ns["empty"] = pd.DataFrame({"company": []})
    before = len(pnb.jobs())
    ran = run(cell)
    assert isinstance(ran.error, pnb.ParallelError), ran.screen
    for word in words:
        assert word in ran.screen
    assert "Traceback" not in ran.screen
    assert len(ran.lines) <= 6, ran.screen
    assert len(pnb.jobs()) == before
    assert "profiles" not in person.user_ns


def test_a_cost_over_the_limit_is_refused_with_the_price(
    person: InteractiveShell, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The embedded engine is free, so the price is that of a hosted connection; it refuses
    # before anything is sent, and so needs no service.
    monkeypatch.setenv("PARALLEL_API_KEY", "not-a-key")
    pnb.connect("hosted")
    ran = run(f"{OVER} --processor ultra --max-cost 0.5\n{BODY}")
    assert isinstance(ran.error, pnb.InputError)
    assert "$0.60" in ran.screen
    assert "$0.50" in ran.screen
    assert "Nothing was sent" in ran.screen


def test_a_frame_of_odd_values_keeps_its_shape(person: InteractiveShell, run: Run) -> None:
    person.user_ns["odd"] = pd.DataFrame(
        {
            "company": ["LEGO", None, "NVIDIA", "LEGO"],
            "since": [dt.date(2020, 1, 1), pd.NaT, pd.Timestamp(2021, 2, 3), None],
            "nested": [{"a": [1, 2]}, [1], None, {"b": np.int64(3)}],
            "share": [0.5, np.nan, np.inf, 1.0],
        },
        index=[7, 7, 8, 9],
    )
    ran = run(f"%%parallel_task --over odd --into answered\n{BODY}")
    assert ran.error is None, ran.screen
    answered = person.user_ns["answered"]
    assert list(answered.index) == [7, 7, 8, 9]
    assert list(answered.columns[:4]) == ["company", "since", "nested", "share"]
    assert answered["run_id"].iloc[0] == answered["run_id"].iloc[3]  # the same question, once
    body = "What is known about this company?\n---\nceo: str? - Chief executive\n"
    ran = run(f"%%parallel_task --over odd --into answered\n{body}")
    assert ran.error is None, ran.screen
    assert len(person.user_ns["answered"]) == 4
