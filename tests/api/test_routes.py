"""Paths, headers and bodies of the three generations, against our own notes of them."""

from __future__ import annotations

import msgspec
import pytest

from parallel_nb.api import routes
from parallel_nb.api.errors import InputError
from parallel_nb.api.types import AddRunsRequest, SourcePolicy, TaskRunInput


def sent(call: routes.Call) -> object:
    """The body as it goes over the wire."""
    return msgspec.json.decode(msgspec.json.encode(call.body))


POLICY = SourcePolicy(include_domains=["gov"], after_date="2026-01-01")


def test_alpha_search_is_flat_and_names_a_processor() -> None:
    call = routes.search(
        "alpha",
        objective="Why?",
        queries=["a b"],
        processor="pro",
        max_results=3,
        max_chars_per_result=500,
        source_policy=POLICY,
    )
    assert (call.method, call.path) == ("POST", "/alpha/search")
    assert call.headers == {}
    assert sent(call) == {
        "objective": "Why?",
        "search_queries": ["a b"],
        "processor": "pro",
        "max_results": 3,
        "max_chars_per_result": 500,
        "source_policy": {"include_domains": ["gov"], "after_date": "2026-01-01"},
    }


def test_v1beta_search_carries_its_header_and_a_mode() -> None:
    call = routes.search(
        "v1beta", objective="Why?", queries=None, processor="pro", max_chars_per_result=500
    )
    assert call.path == "/v1beta/search"
    assert call.headers == {"parallel-beta": "search-extract-2025-10-10"}
    assert sent(call) == {
        "objective": "Why?",
        "mode": "agentic",
        "excerpts": {"max_chars_per_result": 500},
    }


def test_v1_search_nests_its_settings_and_always_has_queries() -> None:
    call = routes.search(
        "v1",
        objective="Why?",
        queries=None,
        max_results=3,
        max_chars_per_result=500,
        max_chars_total=900,
        source_policy=POLICY,
        session_id="s1",
    )
    assert call.path == "/v1/search"
    assert sent(call) == {
        "objective": "Why?",
        "search_queries": ["Why?"],
        "mode": "basic",
        "max_chars_total": 900,
        "session_id": "s1",
        "advanced_settings": {
            "source_policy": {"include_domains": ["gov"], "after_date": "2026-01-01"},
            "excerpt_settings": {"max_chars_per_result": 500},
            "max_results": 3,
        },
    }


def test_a_mode_given_by_the_person_is_sent_as_it_is() -> None:
    call = routes.search("v1", objective="Why?", queries=None, mode="turbo")
    assert call.body["mode"] == "turbo"


@pytest.mark.parametrize("api", ["v1", "v1beta"])
def test_extract_limits_the_full_text_where_a_number_is_given(api: routes.Generation) -> None:
    call = routes.extract(api, ["https://example.org"], objective="Why?", full_content=2000)
    assert call.path == f"/{api}/extract"
    settings = call.body["advanced_settings"] if api == "v1" else call.body
    assert settings["full_content"] == {"max_chars_per_result": 2000}


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
    assert routes.search("v1", objective="a", queries=None).repeatable


def test_query_parameters_are_words_and_leave_out_what_is_unset() -> None:
    call = routes.group_runs("v1", GROUP, include_output=True, last_event_id="e7")
    assert call.params == {
        "include_input": "false",
        "include_output": "true",
        "last_event_id": "e7",
    }


def test_list_elements_get_a_basis_of_their_own_by_a_header() -> None:
    call = routes.get_run_result(RUN, timeout=5, field_basis=True)
    assert call.headers == {"parallel-beta": "field-basis-2025-11-25"}


def test_an_unknown_generation_names_the_known_ones() -> None:
    with pytest.raises(InputError, match="'v2'") as caught:
        routes.check_generation("v2")
    assert "v1, v1beta, alpha" in caught.value.remedy
