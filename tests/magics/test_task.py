"""%%parallel_task, %parallel_attach and %parallel_jobs in a real shell, on the real engine."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from html import unescape
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

import parallel_nb as pnb
from parallel_nb.display import plan_bundle
from tests.service.groups import GroupsService

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

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


def test_sources_may_be_limited_as_in_a_search(person: InteractiveShell, run: Run) -> None:
    with GroupsService().serve() as service:
        pnb.connect("hosted", api_key="sk-secret", base_url=service.url)
        policy = "--include-domains sec.gov,x.org --exclude-domains y.org --after-date 2025-01-31"
        for line, prompt in (("--over companies", "Who leads {{company}}?"), ("", "Who?")):
            ran = run(f"%%parallel_task {line} {policy}\n{prompt}")
            assert ran.error is None, ran.screen
        policies = [sent.policy for sent in service.runs.values()]
    wanted = {
        "include_domains": ["sec.gov", "x.org"],
        "exclude_domains": ["y.org"],
        "after_date": "2025-01-31",
    }
    assert policies == [wanted] * 3


def test_a_dry_run_on_the_hosted_service_says_everything_and_requests_nothing(
    person: InteractiveShell, run: Run
) -> None:
    names = [*(f"company {number}" for number in range(2500)), "company 1", "", None, "x" * 30_000]
    person.user_ns["many"] = pd.DataFrame({"company": names})
    with GroupsService().serve() as service:
        pnb.connect("hosted", api_key="sk-secret", base_url=service.url)
        before = service.requests.copy()
        line = "%%parallel_task --over many --dry-run --processor core --max-cost 5 --title T"
        ran = run(f"{line} --sample 1252\n{BODY}")
        assert isinstance(ran.value, pnb.Plan), ran.screen
        # With the plan of one question, which has a limit and a title too.
        one = run(f"%%parallel_task --dry-run --max-cost 0.001 --title one\n{ONE}")
        assert service.requests == before
    text = " ".join(ran.screen.split())
    html = str(plan_bundle(ran.value)["text/html"])
    html_text = " ".join(unescape(re.sub(r"<[^>]*>", " ", html)).split())
    for words in (
        *("Plan: T", "hosted (127.0.0.1:", "core, $25 per 1,000 runs, prices of October 2026"),
        *("rows 1,252 of 2,504 (a sample)", "skipped 1 (nothing to ask)"),
        *(
            "to send 1,251 runs in 3 requests",
            "cost at most $31.2",
            "time about 2 min; 9 in 10 within 3 min",
        ),
        *("all rows about $62.55 for 2,504 rows", "their time about 2 min; 9 in 10"),
        *("limit $5.00: this job is over it and would be refused", "1 row skipped"),
    ):
        assert words in text, (words, text)
        assert words in html_text, (words, html_text)
    assert "Plan: one" in one.screen
    assert "limit $0.001: this job is over it" in " ".join(one.screen.split())


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
        (f"{OVER}\nWho?\n---\nstatus: str", ["'status'", "rename the field"]),
        (f"{OVER}\nWho?\n---\nceo: str\nfoo", ["Line 5", "'foo'", "no colon"]),
        (f"{OVER}\nWho?\n---\nceo: strng", ["Line 4", "did you mean 'str'?"]),
        (f"{OVER}\nWho?\n---\n", ["no output fields below the ---"]),
        (f"{OVER}\n  \n\n", ["holds no question"]),
        (f"{OVER} --output Profle\nWho?", ["Profle", "no variable of that name"]),
        (f"{OVER} --output companies\n{BODY}", ["Keep one of the two"]),
        (f"{OVER} --processor bass\n{BODY}", ["'bass'", "Did you mean 'base'?"]),
        (f"{OVER} why\n{BODY}", ["'why'", "goes below that line"]),
        (f"{OVER} --include-domains https://x.org/a\n{BODY}", ["not a domain", "Write 'x.org/a'"]),
        (f"{OVER} --after-date May\n{BODY}", ["'May' is not a day"]),
        (f"%%parallel_task --over companies --into 1st\n{BODY}", ["'1st'", "name of a variable"]),
        (f"%%parallel_task --over empty\n{BODY}", ["no rows"]),
        (f"%%parallel_task\n{BODY}", ["'company'", "no table", "--over"]),
        (f"%%parallel_task --sample 3\n{ONE}", ["--sample is for tables"]),
        ("%parallel_task", ["no question"]),
        ("%parallel_attach", ["takes one id"]),
        ("%parallel_attach tgrp_none", ["tgrp_none"]),
        ("%parallel_jobs all", ["no action 'all'", "list, show ID, export ID FILE or clear ID"]),
        ("%parallel_jobs exprt x y.csv", ["no action 'exprt'", "Did you mean 'export'?"]),
        ("%parallel_jobs show", ["show takes one ID"]),
        ("%parallel_jobs export tgrp_1", ["export takes an ID and a FILE"]),
        ("%parallel_jobs export tgrp_1 'a", ["Close the quotation mark"]),
        ("%parallel_jobs show tgrp_none", ["no job 'tgrp_none'", "%parallel_jobs"]),
        ("%parallel_jobs clear", ["not clear which jobs", "--older-than DAYS, --all"]),
        ("%parallel_jobs clear tgrp_none", ["no job 'tgrp_none'"]),
        ("%parallel_jobs show tgrp_none --all", ["show takes no --all"]),
        ("%parallel_jobs list --basis", ["list takes no --basis"]),
        ("%parallel_jobs clear --older-than soon", ["'soon' is not a number of days"]),
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


def test_jobs_are_listed_shown_exported_and_cleared_from_a_cell(
    person: InteractiveShell, run: Run, tmp_path: Path
) -> None:
    body = BODY.replace("Chief executive", "Chief executive, to be cleared")
    run(f"%%parallel_task --over companies --into profiles --title kept_for_now\n{body}")
    run("listed = %parallel_jobs")
    newest = person.user_ns["listed"].iloc[0]
    assert (newest["title"], newest["answered"], newest["cost"]) == ("kept_for_now", 2, 0.0)
    group = newest["group_id"]
    ran = run(f"%parallel_jobs show {group} --into answers")
    assert ran.error is None, ran.screen
    assert list(person.user_ns["answers"]["ceo"]) == list(person.user_ns["profiles"]["ceo"])
    run(f"sources = %parallel_jobs show {group} --basis")
    assert {"field", "url", "excerpt"} <= set(person.user_ns["sources"].columns)
    path = tmp_path / "my answers.csv"
    ran = run(f'%parallel_jobs export {group} "{path}"')
    assert ran.lines == [f"2 rows written to {path}"]
    assert list(pd.read_csv(path)["ceo"]) == list(person.user_ns["profiles"]["ceo"])
    ran = run(f"%parallel_jobs clear {group}")
    assert "1 job forgotten" in ran.screen
    assert group not in set(pnb.jobs()["group_id"])


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


def test_waiting_in_vain_is_one_line_and_the_job_goes_on(
    person: InteractiveShell, run: Run
) -> None:
    with GroupsService(latency=lambda _: 0.5).serve() as service:
        pnb.connect("hosted", api_key="sk-secret", base_url=service.url)
        run("%%parallel_task --over companies --into job --background\nWho leads {{company}}?")
        ran = run("job.wait(0.01)")
        assert ran.lines == ["TimeoutError: The job has not ended within 0.01 s; it goes on."]
        run("job.wait(20)")
        assert person.user_ns["job"].status == "done"
