"""What a plan and a prompt say, before anything is sent."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import msgspec
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parallel_nb.api.errors import InputError
from parallel_nb.api.schema.fields import parse_fields
from parallel_nb.api.schema.lint import lint_spec
from parallel_nb.job import Plan, plan, start
from parallel_nb.job.prompts import parse_prompt
from parallel_nb.job.questions import Asked, read_questions
from parallel_nb.tables import read_source
from parallel_nb.tables.values import is_empty
from tests.job.jobs_helpers import FIELDS, PROMPT, QUICK, companies, connect_to, wait_until
from tests.service.groups import GroupsService

if TYPE_CHECKING:
    from collections.abc import Iterator

    from parallel_nb.connection import Connection


def questions(frame: Any, prompt: str, **options: Any) -> Any:
    processor = options.pop("processor", "base")
    asked = Asked(options.pop("identity", "hosted"), processor)
    return read_questions(read_source(frame), prompt, asked=asked, **options)


def test_a_plan_counts_rows_merges_reuses_requests_and_dollars_and_sends_nothing() -> None:
    frame = pd.concat([companies(1500), companies(100)], ignore_index=True)
    frame.loc[7, "name"] = None
    with GroupsService().serve() as service:
        connection = connect_to(service)
        start(companies(5), PROMPT, output=FIELDS, connection=connection)
        sent = sum(service.requests.values())
        planned = plan(frame, PROMPT, output=FIELDS, connection=connection)
        assert sum(service.requests.values()) == sent
    assert (planned.rows, planned.merged, planned.skipped, planned.reused) == (1600, 99, 1, 5)
    assert planned.to_send == 1495
    assert planned.requests == 3
    assert planned.cost == pytest.approx(14.95)
    text = str(planned)
    for part in ("hosted (", "1,495 runs in 3 requests", "at most $14.95", "row 7"):
        assert part in text
    assert "base, $10 per 1,000 runs, prices of October 2026" in text


def test_a_text_prompt_is_rendered_for_each_row_with_the_exact_columns() -> None:
    frame = pd.DataFrame({"full name": ["Ada"], "born": [1815.0], "tags": [["x", "y"]]})
    made = questions(frame, 'Who was {{full name}} ({{born}})? {"json": {}} ${x} {{tags}} \\{{y}}')
    assert made.input(0) == 'Who was Ada (1815)? {"json": {}} ${x} x, y {{y}}'


def test_a_prompt_without_columns_becomes_the_description_and_rows_go_as_objects() -> None:
    frame = pd.DataFrame(
        {
            "name": ["a", "b"],
            "size": [1.0, None],
            "ok": [True, False],
            "day": [pd.Timestamp("2026-01-02"), pd.NaT],
            "tags": [["x"], None],
            "mixed": [1, "one"],
        }
    )
    made = questions(frame, "Find the leader. Prefer filings.", output=FIELDS)
    assert made.input(0) == {
        "name": "a",
        "size": 1,
        "ok": True,
        "day": "2026-01-02",
        "tags": ["x"],
        "mixed": "1",
    }
    assert made.input(1)["size"] is None
    schema = made.spec.input_schema["json_schema"]
    kinds = {name: sub["type"] for name, sub in schema["properties"].items()}
    assert kinds == {
        "name": ["string", "null"],
        "size": ["integer", "null"],
        "ok": ["boolean", "null"],
        "day": ["string", "null"],
        "tags": ["array", "null"],
        "mixed": ["string", "null"],
    }
    assert made.spec.output_schema["json_schema"]["description"].startswith("Find the leader")
    assert not lint_spec(made.spec)
    only = questions(frame, "Find the leader.", columns=["name"])
    assert only.input(0) == {"name": "a"}


def test_an_unknown_column_names_the_nearest() -> None:
    with pytest.raises(InputError, match="no column 'nmae'") as caught:
        questions(companies(2), "Who leads {{nmae}}?")
    assert "Did you mean 'name'?" in caught.value.remedy
    with pytest.raises(InputError, match="no column 'Name'"):
        questions(companies(2), "Who?", columns=["Name"])


@pytest.fixture
def hosted() -> Iterator[Connection]:
    """A service that bills and counts; no plan of the test may have sent it anything."""
    with GroupsService().serve() as service:
        connection = connect_to(service)
        before = service.requests.copy()
        yield connection
        assert service.requests == before


def plan_text(connection: Connection, frame: Any, prompt: str, **options: Any) -> str:
    """The plan of a job, as text."""
    return str(plan(frame, prompt, connection=connection, **options))


def test_gaps_are_counted_and_noted_in_sentences_and_in_objects(hosted: Connection) -> None:
    frame = pd.DataFrame({"name": ["a", "b", "c"], "site": ["a.com", None, " "]})
    text = plan_text(hosted, frame, "Research {{name}} ({{site}})")
    assert '1 row with a missing value, which reads as "unknown" (site: 1).' in text
    assert "Empty texts go as they are (site: 1)." in text
    text = plan_text(hosted, frame, "Research it.")
    assert "1 row with a missing value, which goes as null (site: 1)." in text


@pytest.mark.parametrize("prompt", ["Who leads {{name}}?", "Who leads it?"])
def test_rows_of_nothing_but_nulls_and_blanks_are_skipped_and_too_long_ones_told_apart(
    hosted: Connection, prompt: str
) -> None:
    names = ["a", None, "", " \t", "x" * 30_000, float("nan")]
    frame = pd.DataFrame({"name": names}, index=list("uvwxyz"))
    planned = plan(frame, prompt, output=FIELDS, connection=hosted)
    assert (planned.rows, planned.skipped, planned.too_long, planned.to_send) == (6, 5, 1, 1)
    text = str(planned)
    assert "skipped     5 (4 with nothing to ask, 1 too long)" in text
    assert "4 rows skipped; the first is row v: nothing to ask: every column" in text
    assert "1 row skipped; the first is row y: spec and input have 30," in text
    assert "go as" not in text  # nothing of the skipped rows goes at all


def test_a_spec_over_the_limit_is_an_error_of_the_spec_and_of_no_row(
    hosted: Connection,
) -> None:
    big = {
        "type": "object",
        "properties": {f"p{n}": {"type": "string", "description": "d" * 300} for n in range(120)},
    }
    planned = plan(companies(3), PROMPT, output=big, connection=hosted)
    assert (planned.skipped, planned.to_send) == (0, 3)
    text = str(planned)
    for words in (
        "error: 120 properties, over 100 in all",
        "characters, over 15,000",
        "not required: p0, p1, p2, p3, p4, p5, p6, p7, p8, p9 and 110 more",
        "additionalProperties is not false",
        "120 output fields; base fills about 5 well.",
    ):
        assert words in text
    with pytest.raises(InputError, match="breaks the service's rules: error: 120 properties"):
        planned.check()


def test_the_text_of_a_plan_has_few_remarks_and_says_how_many_more(
    hosted: Connection,
) -> None:
    leaf = {"type": "string", "pattern": "x", "minLength": 1, "maxLength": 3}
    planned = plan(
        companies(2),
        PROMPT,
        output={"type": "object", "properties": {f"p{n}": leaf for n in range(9)}},
        connection=hosted,
    )
    assert len(planned.findings) == 29
    assert str(planned).count("warning:") == 12
    assert "and 17 more remarks: plan.findings" in str(planned)


def test_what_a_person_may_not_have_meant_is_remarked(hosted: Connection) -> None:
    with pytest.raises(InputError, match="'name' is a column"):
        plan_text(hosted, companies(2), "Who leads {name}?")
    text = plan_text(hosted, companies(2), PROMPT, columns=["name"])
    assert "columns is not used: the prompt names the columns that it takes." in text
    assert "note" not in plan_text(hosted, companies(2), PROMPT)


def test_the_time_follows_from_the_processor_and_the_quota(hosted: Connection) -> None:
    def seconds(rows: int, processor: str) -> tuple[float, float, float]:
        return plan(companies(rows), PROMPT, processor=processor, connection=hosted).seconds

    assert seconds(20, "base") == (50, 120, 180)
    assert seconds(2000, "core") == (90, 180, 300)
    # The last thousand go out in the third minute, each of which lasts a second more than one.
    assert seconds(5000, "core") == (212, 302, 422)
    text = plan_text(hosted, companies(5000), PROMPT, processor="core")
    assert "time        about 4 min; 9 in 10 within 5 min; by published times the slowest" in text
    assert "in 7 min; of it 2 min wait for your quota of runs\n" in text
    assert "quota" not in plan_text(hosted, companies(5), PROMPT)
    assert "max wait    60 min while no row ends" in text


def test_the_time_follows_from_the_quota_that_the_connection_keeps(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PARALLEL_NB_TASK_RUNS_PER_MINUTE", "1000")
    with GroupsService().serve() as service:
        planned = plan(companies(5000), PROMPT, processor="base", connection=connect_to(service))
    assert planned.seconds == (4 * 61 + 50, 4 * 61 + 120, 4 * 61 + 180)


def test_the_time_has_the_runs_in_it_that_wait_before_the_same_quota() -> None:
    """What went out in the last minute, and what a job at work has yet to send."""
    with GroupsService(latency=lambda _: 0.05).serve() as service:
        connection = connect_to(service)

        def planned(rows: int) -> Plan:
            return plan(companies(rows), "Who owns {{name}}?", connection=connection)

        assert planned(1000).seconds == (50, 120, 180)
        job = start(
            companies(4500),
            PROMPT,
            output=FIELDS,
            connection=connection,
            tuning=replace(QUICK, wave=500, window=None),
            wait=False,
        )
        wait_until(lambda: job.progress.completed == 2000)
        wait_until(lambda: planned(1000).runs_before == 2500)  # as soon as that is written
        behind = planned(1000)
        # 2,000 went out; as many of the other job wait a minute, its rest and these two.
        assert 110 < behind.seconds_queued <= 122
        assert behind.seconds[0] == behind.seconds_queued + 50
        assert "wait for your quota of runs, behind 2,500 runs of other jobs" in str(behind)
        job.stop().wait(60)
        alone = planned(1000)
        assert alone.runs_before == 0
        assert 50 < alone.seconds_queued <= 61
        # The job itself, asked for again, is not behind itself.
        assert plan(companies(4500), PROMPT, output=FIELDS, connection=connection).runs_before == 0


def test_a_source_policy_that_says_something_in_vain_is_remarked(hosted: Connection) -> None:
    notes = plan(
        companies(2),
        PROMPT,
        connection=hosted,
        include_domains=["sec.gov/edgar"],
        exclude_domains=["b.com"],
        after_date="2026-01-01",
    ).notes
    assert any(note.startswith("exclude_domains is not used") for note in notes)
    assert any(note.startswith("after_date works for searches") for note in notes)


def test_a_processor_without_a_published_price_is_planned_and_refused_under_any_limit(
    hosted: Connection,
) -> None:
    planned = plan(companies(3), PROMPT, processor="core-fast", connection=hosted)
    assert not planned.is_priced
    assert "core-fast, price not published" in str(planned)
    assert "cost        not published" in str(planned)
    planned.check()
    limited = plan(companies(3), PROMPT, processor="core-fast", connection=hosted, max_cost=100)
    assert "over it and would be refused" in str(limited)
    with pytest.raises(InputError, match="price of which is not published; the limit is"):
        limited.check()


def test_an_infinite_limit_is_none_and_lifts_that_of_the_settings(
    hosted: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARALLEL_NB_MAX_COST", "0.001")
    planned = plan(companies(3), PROMPT, connection=hosted, max_cost=math.inf)
    planned.check()
    assert planned.max_cost is None
    assert "limit" not in str(planned)
    monkeypatch.setenv("PARALLEL_NB_MAX_COST", "inf")
    assert plan(companies(3), PROMPT, connection=hosted).max_cost is None


def test_a_sample_says_what_all_rows_cost_and_how_long_they_take(hosted: Connection) -> None:
    frame = pd.concat([companies(5000), companies(5000)], ignore_index=True)
    planned = plan(frame, PROMPT, processor="core", sample=200, connection=hosted)
    assert (planned.rows, planned.rows_in_all, planned.cost) == (
        200,
        10_000,
        5.0 * planned.to_send / 200,
    )
    assert planned.cost_in_all == pytest.approx(0.025 * 10_000 * planned.to_send / 200)
    low, high, _ = planned.seconds_in_all
    assert low > planned.seconds[0]
    assert high > planned.seconds[1]
    text = str(planned)
    assert "rows        200 of 10,000 (a sample)" in text
    assert f"all rows    about ${planned.cost_in_all:,.2f} for 10,000 rows" in text
    assert "their time  " in text


def test_a_limit_is_shown_and_a_job_over_it_is_told_so_before_it_is_refused(
    hosted: Connection,
) -> None:
    text = plan_text(hosted, companies(100), PROMPT, max_cost=0.5)
    assert "limit       $0.50: this job is over it and would be refused" in text
    assert "limit       $2.00\n" in plan_text(hosted, companies(100), PROMPT, max_cost=2) + "\n"
    assert "cost        at most $0.005\n" in plan_text(
        hosted, companies(1), PROMPT, processor="lite"
    )


def test_a_plan_reads_as_text_at_any_prompt(hosted: Connection) -> None:
    planned = plan(companies(2), PROMPT, connection=hosted)
    assert repr(planned) == str(planned)
    assert str(planned).splitlines()[0] == f"Plan: {PROMPT}"


def test_the_lint_is_part_of_the_plan_and_an_error_keeps_the_job_from_starting() -> None:
    bad = {"type": "object", "properties": {}}
    with GroupsService().serve() as service:
        planned = plan(companies(2), PROMPT, output=bad, connection=connect_to(service))
        assert planned.errors
        with pytest.raises(InputError, match="no properties"):
            start(companies(2), PROMPT, output=bad, connection=connect_to(service))
        assert not service.groups


@pytest.mark.parametrize(
    ("frame", "options", "message"),
    [
        (pd.DataFrame({"name": []}), {}, "no rows"),
        (companies(2), {"processor": "bsae"}, "no processor named 'bsae'"),
        (pd.DataFrame({"name": ["a"], "leader": ["b"]}), {}, "'leader'"),
        (pd.DataFrame({"name": [None, None]}), {}, "None of the 2 rows has anything to ask"),
        (companies(2), {"sample": 0}, "below 1"),
        (companies(2), {"include_domains": 7}, "include_domains = 7 is no list of domains"),
        (companies(2), {"procesor": "base"}, "no option 'procesor'"),
    ],
)
def test_what_cannot_be_asked_is_refused_before_anything_is_sent(
    frame: Any, options: dict[str, Any], message: str
) -> None:
    with GroupsService().serve() as service:
        with pytest.raises(InputError, match=message) as caught:
            start(frame, PROMPT, output=FIELDS, connection=connect_to(service), **options)
        assert caught.value.remedy
        assert not service.groups


def test_an_input_that_is_too_long_is_a_skipped_row_and_not_a_refused_wave() -> None:
    frame = pd.DataFrame({"name": ["short", "x" * 30_000]})
    with GroupsService().serve() as service:
        job = start(frame, PROMPT, output=FIELDS, connection=connect_to(service))
        assert job.df["status"].tolist() == ["completed", "skipped"]
        assert "over 25,000" in job.df["error"][1]


columns = st.lists(
    st.text(st.characters(blacklist_categories=["Cs"]), min_size=1).filter(
        lambda name: name == name.strip() and not re.search(r"[{}\n]", name)
    ),
    min_size=1,
    max_size=4,
    unique=True,
)
literal = st.text().filter(lambda text: "{" not in text and "\\" not in text)


@given(columns, st.data())
def test_a_rendered_prompt_is_its_text_with_the_cells_in_place(
    names: list[str], data: st.DataObject
) -> None:
    cells = {name: data.draw(st.text(), label=name) for name in names}
    order = data.draw(st.lists(st.sampled_from(names), max_size=6))
    texts = [data.draw(literal) for _ in range(len(order) + 1)]
    written = texts[0] + "".join(
        f"{{{{{name}}}}}{text}" for name, text in zip(order, texts[1:], strict=True)
    )
    wanted = texts[0] + "".join(
        cells[name] + text for name, text in zip(order, texts[1:], strict=True)
    )
    assert parse_prompt(written, names).render(cells) == wanted.strip()


names = st.text(min_size=1).filter(lambda name: name not in {"zzz", "run_id", "status", "error"})


@given(st.dictionaries(names, st.none() | st.integers() | st.text(), min_size=1))
def test_the_key_depends_on_the_input_and_nothing_else_of_the_frame(row: dict[str, Any]) -> None:
    if all(is_empty(value) for value in row.values()):
        return
    frame = pd.DataFrame([row, row], index=[1, 1], dtype="object")
    made = questions(frame, "Find it", output=parse_fields("zzz: str"))
    assert len(made.keys) == 1
    other = questions(frame, "Find it", output=parse_fields("zzz: str"), identity="embedded:x")
    assert other.keys != made.keys
    assert questions(frame, "Find it!", output=parse_fields("zzz: str")).keys != made.keys
    msgspec.json.encode(made.spec)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"max_cost": float("nan")}, "max_cost = nan is not an amount"),
        ({"max_cost": -1}, "max_cost = -1 is not an amount"),
        ({"max_cost": "5"}, "max_cost = '5' is not an amount"),
        ({"max_cost": True}, "max_cost = True is not an amount"),
        ({"sample": 1.5}, "sample = 1.5 is no whole number"),
        ({"sample": "3"}, "sample = '3' is no whole number"),
        ({"columns": "name"}, "columns is the text 'name'"),
        ({"prompt": None}, "The prompt is of type NoneType"),
    ],
)
def test_a_slip_in_an_option_lifts_no_limit(
    hosted: Connection, options: dict[str, Any], message: str
) -> None:
    call: dict[str, Any] = {"prompt": PROMPT, "connection": hosted} | options
    with pytest.raises(InputError, match=re.escape(message)) as caught:
        plan(companies(3), **call)
    assert caught.value.remedy
