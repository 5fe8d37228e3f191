"""Wire structs: lenient where we read, exact where we write."""

from __future__ import annotations

import msgspec
import pytest

from parallel_nb.api import types


def test_unknown_members_of_an_answer_are_skipped() -> None:
    data = b'{"search_id":"s","results":[{"url":"u","new":1}],"newer":{"x":[]}}'
    read = msgspec.json.decode(data, type=types.SearchResponse)
    assert (read.results[0].url, read.session_id) == ("u", None)


def test_a_status_that_we_do_not_know_is_kept() -> None:
    data = b'{"run_id":"r","status":"dreaming","is_active":true,"processor":"base"}'
    assert msgspec.json.decode(data, type=types.TaskRun).status == "dreaming"


def test_unset_members_of_a_request_are_left_out() -> None:
    run = types.TaskRunInput(processor="base", input={"a": None})
    assert msgspec.json.decode(msgspec.json.encode(run)) == {
        "processor": "base",
        "input": {"a": None},
    }


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (
            (
                '{"type":"task_group_status","event_id":"e","status":'
                '{"num_task_runs":2,"task_run_status_counts":{"queued":2},"is_active":true}}'
            ),
            types.GroupStatusEvent,
        ),
        (
            (
                '{"type":"task_run.state","event_id":"e","run":{"run_id":"r","status":"completed",'
                '"is_active":false,"processor":"lite"},'
                '"output":{"type":"text","content":"x","basis":[]}}'
            ),
            types.RunStateEvent,
        ),
        (
            (
                '{"type":"task_run.progress_stats","source_stats":{"num_sources_read":2},'
                '"progress_meter":50}'
            ),
            types.ProgressStatsEvent,
        ),
        (
            '{"type":"task_run.progress_msg.plan","message":"reading"}',
            types.ProgressMessageEvent,
        ),
        ('{"type":"error","error":{"ref_id":"r","message":"m"}}', types.ErrorEvent),
        ('{"type":"brand.new","x":1}', types.UnknownEvent),
    ],
)
def test_every_event_is_told_by_its_type(data: str, kind: type[object]) -> None:
    assert type(types.decode_event(data)) is kind


def test_the_output_of_a_run_state_is_told_by_its_type() -> None:
    event = types.decode_event(
        '{"type":"task_run.state","run":{"run_id":"r","status":"completed","is_active":false,'
        '"processor":"lite"},"output":{"type":"json","content":{"a":1},"basis":[{"field":"a",'
        '"reasoning":"seen","citations":[{"url":"u","excerpts":["e"]}],"confidence":"high"}]}}'
    )
    assert isinstance(event, types.RunStateEvent)
    assert isinstance(event.output, types.JsonOutput)
    assert event.output.basis[0].citations[0].excerpts == ["e"]


@pytest.mark.parametrize("data", ["", "{", "[]", '{"no":"type"}', '{"type":"task_run.state"}'])
def test_what_is_no_event_is_a_value_error(data: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        types.decode_event(data)
