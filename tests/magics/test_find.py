"""%%parallel_find in a real shell: on the real engine, and on a service that bills."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

import parallel_nb as pnb
from parallel_nb.api.errors import InputError
from parallel_nb.magics.find import read_find_body
from tests.service.findall import FindAllService

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from IPython.core.interactiveshell import InteractiveShell

    from tests.magics.conftest import Ran

    Run = Callable[[str], Ran]

BODY = """European makers of heat pumps
---
in_europe: Headquarters are in Europe
makes_pumps: Makes heat pumps
+ founded: int? - Year of founding
"""


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FindAllService]:
    """A service that bills, as the current connection."""
    monkeypatch.setenv("PARALLEL_NB_HOME", str(tmp_path / "home"))
    with FindAllService().serve() as running:
        pnb.connect("hosted", api_key="sk-secret", base_url=running.url)
        yield running
        pnb.disconnect()


def test_the_body_is_objective_conditions_and_fields() -> None:
    body = read_find_body(BODY)
    assert body.objective == "European makers of heat pumps"
    assert [one.name for one in body.conditions or []] == ["in_europe", "makes_pumps"]
    assert [str(field.type) for field in body.fields or []] == ["int?"]
    assert read_find_body("two lines\nof objective").conditions is None


@pytest.mark.parametrize(
    ("below", "what"),
    [
        ("in_europe", "Line 4, 'in_europe': there is no colon"),
        ("in_europe: x\n+ founded: yeer", "Line 5, 'founded: yeer'"),
        ("in_europe: x\n\n+ a: int\n+ a: int", "Line 7, 'a: int': there is a field 'a'"),
    ],
)
def test_what_cannot_be_read_is_named_by_its_line(below: str, what: str) -> None:
    with pytest.raises(InputError, match=what):
        read_find_body(f"makers\n---\n{below}")


def test_a_cell_finds_and_binds(service: FindAllService, shell: InteractiveShell, run: Run) -> None:
    ran = run(f"%%parallel_find --limit 6 --into makers\n{BODY}")
    assert ran.error is None, ran.screen
    assert ran.value is None
    makers = shell.user_ns["makers"]
    assert makers["founded"].tolist() == [1902, 1904, 1906, 1908, 1910, 1912]
    again = run(f"%%parallel_find --limit 6 --into makers\n{BODY}")
    assert again.error is None
    assert len(service.finds) == 1
    asked = run("%%parallel_task --over makers --into led\nWho leads {{name}}?\n---\nboss: str?")
    assert asked.error is None, asked.screen
    led = shell.user_ns["led"]
    assert set(led.parallel.basis()["field"]) == {"in_europe", "makes_pumps", "founded", "boss"}
    panel = run("led.parallel.panel()").screen
    assert "boss" in panel
    assert "in_europe" not in panel  # the question has not answered it, so it is not "not found"


def test_without_conditions_the_plan_is_shown_and_run_all_stops(
    service: FindAllService, run: Run
) -> None:
    ran = run("%parallel_find European makers of heat pumps")
    assert isinstance(ran.error, InputError)
    assert "in_europe: Headquarters are in Europe" in ran.screen
    assert "at most $0.55" in ran.screen
    assert not service.finds
    dry = run(f"%%parallel_find --dry-run --limit 50 --generator core\n{BODY}")
    assert dry.error is None
    assert dry.value.cost == pytest.approx(2 + 50 * 0.15 + 50 * 0.025)
    # The cell of the plan is the same find again.
    assert run(f"{dry.value.cell}\n".replace("parallel_find ", "parallel_find --dry-run ")).value
    assert not service.finds


def test_the_cell_of_a_plan_is_the_whole_cell_with_its_price_and_its_limits(
    service: FindAllService, shell: InteractiveShell, run: Run
) -> None:
    shell.user_ns["known"] = ["company 2"]
    line = "--limit 8 --processor lite --max-cost 3 --exclude known --into makers --title 'A b'"
    wanted = "Makes heat pumps, " + "and more of what makes them, " * 20
    body = BODY.replace("Makes heat pumps", wanted.strip())
    dry = run(f"%%parallel_find --dry-run {line}\n{body}")
    assert dry.error is None, dry.screen
    again = run(dry.value.cell.replace("parallel_find ", "parallel_find --dry-run ", 1))
    assert again.value == dry.value
    assert again.value.request.enrichments[0].processor == "lite"
    assert wanted.strip() in dry.screen  # nothing of what is copied is cut off
    proposed = run(f"%parallel_find {line} European makers of heat pumps")
    assert "--max-cost 3 --into makers --exclude known --title 'A b'" in proposed.screen


def test_what_is_left_out_is_not_replaced_by_what_is_found(
    service: FindAllService, shell: InteractiveShell, run: Run
) -> None:
    shell.user_ns["known"] = ["company 2"]
    ran = run(f"%%parallel_find --exclude known --into known\n{BODY}")
    assert "would replace what --exclude known reads" in ran.screen
    assert not service.finds


def test_a_limit_of_cost_refuses_before_anything_is_sent(service: FindAllService, run: Run) -> None:
    ran = run(f"%%parallel_find --max-cost 0.3\n{BODY}")
    assert isinstance(ran.error, InputError)
    assert "Nothing was sent" in ran.screen
    assert not service.finds


def test_in_the_background_the_find_is_bound(
    service: FindAllService, shell: InteractiveShell, run: Run
) -> None:
    assert run(f"%%parallel_find --background --limit 5 --into finding\n{BODY}").error is None
    assert isinstance(shell.user_ns["finding"], pnb.Find)
    assert len(shell.user_ns["finding"].df) == 5
    over = run("%%parallel_task --over finding\nWho leads {{name}}?")
    assert "--over finding is a find, not a table" in over.screen
    name = shell.user_ns["finding"].findall_id
    back = run(f"%parallel_attach {name} --into back")
    assert back.error is None, back.screen
    assert shell.user_ns["back"].equals(shell.user_ns["finding"].df)
    assert str(name) in run("%parallel_jobs").screen


def test_known_entities_are_left_out(
    service: FindAllService, shell: InteractiveShell, run: Run
) -> None:
    shell.user_ns["known"] = pd.DataFrame({"name": ["company 2", "company 4"]})
    assert run(f"%%parallel_find --limit 5 --exclude known --into makers\n{BODY}").error is None
    assert not set(shell.user_ns["makers"]["name"]) & {"company 2", "company 4"}
    missed = run(f"%%parallel_find --exclude knwon\n{BODY}")
    assert "Did you mean 'known'?" in missed.screen


def test_fast_lists_and_says_that_nothing_was_checked(
    service: FindAllService, shell: InteractiveShell, run: Run
) -> None:
    ran = run("%parallel_find --fast --kind people -n 5 --into people Heat pump researchers")
    assert ran.error is None, ran.screen
    assert "ranked, not verified" in ran.screen
    assert list(shell.user_ns["people"].columns) == ["name", "url", "description"]
    assert service.entity_searches == [
        {"entity_type": "people", "objective": "Heat pump researchers", "match_limit": 5}
    ]
    for line, what in (
        ("--fast --generator core x", "--generator is not for --fast"),
        ("--fast --processor pro x", "--processor is not for --fast"),
        ("--fast --title ships x", "--title is not for --fast"),
        ("--fast --max-wait 5 x", "--max-wait is not for --fast"),
        ("--fast --max-cost 0.001 x", "would cost $0.005, over the limit of $0.001"),
        ("--kind people x", "--kind is for --fast"),
        ("--fast --kind cities x", "no 'cities'"),
        ("--fast -n 3 x", "InputError: limit = 3 is not between 5 and 1,000"),
        ("", "nothing to look for"),
    ):
        assert what in run(f"%parallel_find {line}").screen
    assert len(service.entity_searches) == 1


@pytest.mark.usefixtures("connected")
def test_the_engine_finds_in_its_documents(shell: InteractiveShell, run: Run) -> None:
    cell = """%%parallel_find --limit 10 --into languages
Programming languages
---
old: First released before 1990
+ designer: str? - Who designed it
"""
    ran = run(cell)
    assert ran.error is None, ran.screen
    found = shell.user_ns["languages"]
    assert len(found) >= 3
    assert found["designer"].notna().any()
    assert found.parallel.basis()["url"].notna().any()
    assert pnb.jobs()["connection"][0] == "embedded: sample documents"
