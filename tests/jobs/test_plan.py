"""What a plan and a prompt say, before anything is sent."""

from __future__ import annotations

import re
from typing import Any

import msgspec
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parallel_nb.api.errors import InputError
from parallel_nb.api.fields import parse_fields
from parallel_nb.api.specs import lint_spec
from parallel_nb.jobs import plan, start
from parallel_nb.jobs.prompts import parse_prompt
from parallel_nb.jobs.questions import read_questions
from parallel_nb.tables import read_source
from tests.jobs.groups_service import Service
from tests.jobs.jobs_helpers import FIELDS, PROMPT, companies, connect


def questions(frame: Any, prompt: str, **options: Any) -> Any:
    options = {"processor": "base", "identity": "hosted"} | options
    return read_questions(read_source(frame), prompt, **options)


def test_a_plan_counts_rows_merges_reuses_requests_and_dollars_and_sends_nothing() -> None:
    frame = pd.concat([companies(1500), companies(100)], ignore_index=True)
    frame.loc[7, "name"] = None
    with Service().serve() as service:
        connection = connect(service)
        start(companies(5), PROMPT, output=FIELDS, connection=connection)
        sent = sum(service.requests.values())
        told = plan(frame, PROMPT, output=FIELDS, connection=connection)
        assert sum(service.requests.values()) == sent
    assert (told.rows, told.merged, told.skipped, told.reused) == (1600, 99, 1, 5)
    assert told.to_send == 1495
    assert told.requests == 3
    assert told.cost == pytest.approx(14.95)
    text = str(told)
    for part in ("hosted (", "1,495 runs in 3 requests", "$14.95", "prices of 2026", "row 7"):
        assert part in text


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


def test_a_gap_in_a_sentence_is_counted_and_noted() -> None:
    frame = pd.DataFrame({"name": ["a", "b"], "site": ["a.com", None]})
    with Service().serve() as service:
        told = plan(frame, "Research {{name}} ({{site}})", connection=connect(service))
    assert any('1 rows have a gap that reads as "unknown" (site: 1)' in n for n in told.notes)


def test_the_lint_is_part_of_the_plan_and_an_error_keeps_the_job_from_starting() -> None:
    bad = {"type": "object", "properties": {}}
    with Service().serve() as service:
        told = plan(companies(2), PROMPT, output=bad, connection=connect(service))
        assert told.errors
        with pytest.raises(InputError, match="no properties"):
            start(companies(2), PROMPT, output=bad, connection=connect(service))
        assert not service.groups


@pytest.mark.parametrize(
    ("frame", "options", "said"),
    [
        (pd.DataFrame({"name": []}), {}, "no rows"),
        (companies(2), {"processor": "bsae"}, "no processor named 'bsae'"),
        (pd.DataFrame({"name": ["a"], "leader": ["b"]}), {}, "'leader'"),
        (pd.DataFrame({"name": [None, None]}), {}, "None of the 2 rows has anything to ask"),
        (companies(2), {"sample": 0}, "below 1"),
        (companies(2), {"source_policy": {"include_domains": 7}}, "source policy"),
    ],
)
def test_what_cannot_be_asked_is_refused_before_anything_is_sent(
    frame: Any, options: dict[str, Any], said: str
) -> None:
    with Service().serve() as service:
        with pytest.raises(InputError, match=said) as caught:
            start(frame, PROMPT, output=FIELDS, connection=connect(service), **options)
        assert caught.value.remedy
        assert not service.groups


def test_an_input_that_is_too_long_is_a_skipped_row_and_not_a_refused_wave() -> None:
    frame = pd.DataFrame({"name": ["short", "x" * 30_000]})
    with Service().serve() as service:
        job = start(frame, PROMPT, output=FIELDS, connection=connect(service))
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
    if all(value is None for value in row.values()):
        return
    frame = pd.DataFrame([row, row], index=[1, 1], dtype="object")
    made = questions(frame, "Find it", output=parse_fields("zzz: str"))
    assert len(made.keys) == 1
    other = questions(frame, "Find it", output=parse_fields("zzz: str"), identity="embedded:x")
    assert other.keys != made.keys
    assert questions(frame, "Find it!", output=parse_fields("zzz: str")).keys != made.keys
    msgspec.json.encode(made.spec)
