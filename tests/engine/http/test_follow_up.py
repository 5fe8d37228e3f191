"""A run that goes on from an earlier one keeps its subject and its sources."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.engine.conftest import spec
from tests.engine.wire import RUNS, create, result

if TYPE_CHECKING:
    import httpx2

    from tests.engine_process import EngineProcess

FOUNDED = spec(founded={"type": ["integer", "null"], "description": "Year of founding"})


def test_a_question_without_a_subject_has_that_of_the_one_before(http: httpx2.Client) -> None:
    first = create(http, input="Who leads Boeing?")
    leader = result(http, first)
    second = create(
        http,
        input="And when was it founded?",
        task_spec=FOUNDED,
        previous_interaction_id=leader["run"]["interaction_id"],
    )
    assert result(http, second)["output"]["content"] == {"founded": 1916}
    assert not second["warnings"]
    third = create(
        http,
        input="How many people does it employ?",
        task_spec={"output_schema": "The number of employees"},
        previous_interaction_id=second["interaction_id"],
    )
    assert "172,000" in result(http, third)["output"]["content"]
    sent = http.get(f"{RUNS}/{third['run_id']}/input").json()
    assert sent["previous_interaction_id"] == second["interaction_id"]


def test_a_question_with_a_subject_of_its_own_keeps_it(http: httpx2.Client) -> None:
    first = create(http, input="When was Boeing founded?", task_spec=FOUNDED)
    result(http, first)
    second = create(
        http,
        input="And Sony?",
        task_spec=FOUNDED,
        previous_interaction_id=first["interaction_id"],
    )
    assert result(http, second)["output"]["content"] == {"founded": 1946}


def test_a_question_of_no_words_asks_the_one_before_again(http: httpx2.Client) -> None:
    first = create(
        http,
        input="Where are the headquarters of Boeing?",
        task_spec={"output_schema": "Headquarters"},
    )
    before = result(http, first)["output"]
    second = create(
        http,
        input="And before that?",
        task_spec={"output_schema": "Headquarters"},
        previous_interaction_id=first["interaction_id"],
    )
    answer = result(http, second)["output"]
    assert "Chicago" in answer["content"]
    cited = {citation["url"] for citation in answer["basis"][0]["citations"]}
    assert cited <= {citation["url"] for citation in before["basis"][0]["citations"]}


def test_the_sources_of_the_answer_before_are_read_again(own_engine: EngineProcess) -> None:
    with own_engine.http() as http:
        first = create(
            http,
            input="Who is the chief executive of Beta Ltd?",
            task_spec={"output_schema": "A name"},
        )
        assert "Bo Li" in result(http, first)["output"]["content"]
    own_engine.kill()
    own_engine.start()  # what is gone on from is in the store, and not in memory
    with own_engine.http() as http:
        second = create(
            http,
            input="And in which year was it founded?",
            task_spec=FOUNDED,
            previous_interaction_id=first["interaction_id"],
        )
        answer = result(http, second)["output"]
    assert answer["content"] == {"founded": 1999}
    assert [c["url"] for c in answer["basis"][0]["citations"]] == ["https://docs.beta.test/b"]


@pytest.mark.parametrize("name", ["trun_unknown", "", "x" * 5_000])
def test_what_cannot_be_gone_on_from_is_refused(http: httpx2.Client, name: str) -> None:
    body = {"processor": "base", "input": "And then?", "previous_interaction_id": name}
    answer = http.post(RUNS, json=body)
    assert answer.status_code == 422
    assert "no such interaction" in answer.json()["error"]["message"]
    assert len(answer.text) < 1_000


def test_in_a_group_each_run_goes_on_from_its_own(http: httpx2.Client) -> None:
    names = ["Boeing", "Sony", "Nike"]
    first = {name: create(http, input=f"Who leads {name}?") for name in names}
    for run in first.values():
        result(http, run)
    group = http.post("/v1/tasks/groups", json={}).json()["taskgroup_id"]
    runs = [
        {
            "processor": "base",
            "input": "Where is it?",
            "metadata": {"name": name},
            "previous_interaction_id": first[name]["interaction_id"],
        }
        for name in names
    ]
    body = {"inputs": runs, "default_task_spec": FOUNDED}
    added = http.post(f"/v1/tasks/groups/{group}/runs", json=body).json()
    years = {}
    for run_id in added["run_ids"]:
        answer = http.get(f"{RUNS}/{run_id}/result").json()
        years[answer["run"]["metadata"]["name"]] = answer["output"]["content"]["founded"]
    assert years["Boeing"] == 1916
    assert years["Sony"] == 1946
    runs[1]["previous_interaction_id"] = "trun_unknown"
    refused = http.post(f"/v1/tasks/groups/{group}/runs", json=body)
    assert refused.status_code == 422
    assert "inputs.1.previous_interaction_id" in refused.json()["error"]["message"]
