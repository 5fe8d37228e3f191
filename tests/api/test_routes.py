"""Paths and headers of runs and groups in the three generations, against our own notes."""

from __future__ import annotations

import pytest

from parallel_nb.api import routes
from parallel_nb.api.errors import InputError
from parallel_nb.api.search import search_call
from parallel_nb.api.types import AddRunsRequest, TaskRunInput

RUN, GROUP = "trun_1", "tgrp_1"


@pytest.mark.parametrize(
    ("call", "method", "path"),
    [
        (routes.create_run(TaskRunInput(processor="base", input="a")), "POST", "/v1/tasks/runs"),
        (routes.get_run(RUN), "GET", "/v1/tasks/runs/trun_1"),
        (routes.get_run_input(RUN), "GET", "/v1/tasks/runs/trun_1/input"),
        (routes.get_run_result(RUN, timeout=5), "GET", "/v1/tasks/runs/trun_1/result"),
        (routes.run_events("v1", RUN), "GET", "/v1/tasks/runs/trun_1/events"),
        (routes.run_events("v1beta", RUN), "GET", "/v1beta/tasks/runs/trun_1/events"),
    ],
)
def test_runs_live_under_v1(call: routes.Call, method: str, path: str) -> None:
    assert (call.method, call.path) == (method, path)


@pytest.mark.parametrize(
    ("api", "prefix"), [("v1", "v1"), ("v1beta", "v1beta"), ("alpha", "v1beta")]
)
def test_groups_moved_from_v1beta_to_v1(api: routes.Generation, prefix: str) -> None:
    body = AddRunsRequest(inputs=[TaskRunInput(processor="base", input="a")])
    base = f"/{prefix}/tasks/groups"
    assert routes.create_group(api).path == base
    assert routes.get_group(api, GROUP).path == f"{base}/tgrp_1"
    assert routes.add_runs(api, GROUP, body).path == f"{base}/tgrp_1/runs"
    assert routes.group_runs(api, GROUP).path == f"{base}/tgrp_1/runs"
    assert routes.group_run(api, GROUP, RUN).path == f"{base}/tgrp_1/runs/trun_1"
    assert routes.group_events(api, GROUP).path == f"{base}/tgrp_1/events"


def test_what_creates_runs_is_never_repeated() -> None:
    body = AddRunsRequest(inputs=[TaskRunInput(processor="base", input="a")])
    assert not routes.create_run(body.inputs[0]).repeatable
    assert not routes.add_runs("v1", GROUP, body).repeatable
    # An empty group costs nothing, and a search may be asked again.
    assert routes.create_group("v1").repeatable
    assert search_call("v1", "a").repeatable


def test_query_parameters_are_words_and_leave_out_what_is_unset() -> None:
    call = routes.group_runs("v1", GROUP, include_output=True, last_event_id="e7")
    assert call.params == {
        "include_input": "false",
        "include_output": "true",
        "last_event_id": "e7",
    }


def test_an_unknown_generation_names_the_known_ones() -> None:
    with pytest.raises(InputError, match="'v2'") as caught:
        routes.check_generation("v2")
    assert "v1, v1beta, alpha" in caught.value.remedy
