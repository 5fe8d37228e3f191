from __future__ import annotations

import asyncio
import datetime as dt
import json
import socket
import ssl
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from starlette.responses import JSONResponse, Response

import parallel_nb.client
from parallel_nb.api.errors import ConnectionProblem, InputError, TransportError
from parallel_nb.api.types import Metadata, SourcePolicy, TaskRunInput, TaskSpec
from parallel_nb.client import AsyncClient
from tests.service.bodies import group_json, result_json, run_json, status_event, status_json
from tests.service.scripted import serving, sse

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.requests import Request

FOUND = {"search_id": "s", "results": [{"url": "https://a.example", "title": "A"}]}


def test_the_public_names_are_what_they_should_be() -> None:
    names = ["AsyncClient", "Credential", "FindAll", "Groups", "Quota", "Runs", "find_key"]
    assert parallel_nb.client.__all__ == names
    assert dir(parallel_nb.client) == names
    for name in names:
        assert getattr(parallel_nb.client, name).__name__ == name
    public = [name for name in vars(AsyncClient) if not name.startswith("_")]
    operations = ["extract", "search"]
    of_the_kernel = ["aclose", "ask_engine", "move", "reach", "when_dropped", "when_refused"]
    assert sorted(public) == sorted(operations + of_the_kernel)


def test_looking_for_a_key_imports_no_http_client() -> None:
    code = (
        "import sys, parallel_nb.connection; from parallel_nb.client.credentials import find_key;"
        "print(sorted({'httpx2', 'pandas', 'IPython'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"


# --- every operation --------------------------------------------------------------------


async def every_operation(client: AsyncClient) -> None:
    question = TaskRunInput(input="x", processor="base", metadata={"row": "1"})
    await client.search("what is x", ["x"], source_policy={"include_domains": [".gov"]})
    await client.extract(["https://a.example"], objective="x", full_content=500)
    assert (await client.runs.create(question)).run_id == "trun_1"
    assert (await client.runs.get("trun_1")).status == "completed"
    assert (await client.runs.input("trun_1")).input == "x"
    assert (await client.runs.result("trun_1")).output.content == {"a": 1}
    assert [event async for event in client.runs.events("trun_1")]
    assert (await client.groups.create({"title": "t"})).taskgroup_id == "tgrp_1"
    assert (await client.groups.get("tgrp_1")).status.num_task_runs == 1
    spec = TaskSpec(output_schema="a word")
    added = await client.groups.add_runs("tgrp_1", [question], default_task_spec=spec)
    assert added.run_ids == ["trun_1"]
    assert [event async for event in client.groups.runs("tgrp_1")]
    assert [event async for event in client.groups.events("tgrp_1")]
    assert (await client.groups.run("tgrp_1", "trun_1")).run_id == "trun_1"


GROUPS = {"v1": "/v1", "v1beta": "/v1beta", "alpha": "/v1beta"}


@pytest.mark.parametrize("api", ["v1", "v1beta", "alpha"])
def test_every_operation_of_every_generation_goes_where_it_should(api: str) -> None:
    state = {"type": "task_run.state", "event_id": "1", "run": run_json()}

    async def answer(request: Request) -> Response:
        path, method = request.url.path, request.method
        last = path.rpartition("/")[2]
        if last == "events" or (last == "runs" and "groups" in path and method == "GET"):
            group = [status_event("2", active=False)] if "groups" in path else []
            return sse([] if request.query_params.get("last_event_id") else [state, *group])
        bodies: dict[str, Any] = {
            "search": FOUND,
            "extract": {"extract_id": "e", "results": []},
            "input": {"input": "x", "processor": "base"},
            "result": result_json(),
            "groups": group_json(active=False),
            "tgrp_1": group_json(active=False),
        }
        if last == "runs" and "groups" in path:
            return JSONResponse({"run_ids": ["trun_1"], "status": status_json(active=True)})
        return JSONResponse(bodies.get(last, run_json()))

    async def main(url: str) -> None:
        async with AsyncClient("KEY", url, api) as client:
            await every_operation(client)

    with serving(answer) as service:
        asyncio.run(main(service.url))
    groups = f"{GROUPS[api]}/tasks/groups"
    events = "/v1" if api == "v1" else "/v1beta"
    asked = [f"{request.method} {request.url.path}" for request in service.seen]
    assert list(dict.fromkeys(asked)) == [
        f"POST /{api}/search",
        f"POST /{'v1' if api == 'v1' else 'v1beta'}/extract",
        "POST /v1/tasks/runs",
        "GET /v1/tasks/runs/trun_1",
        "GET /v1/tasks/runs/trun_1/input",
        "GET /v1/tasks/runs/trun_1/result",
        f"GET {events}/tasks/runs/trun_1/events",
        f"POST {groups}",
        f"GET {groups}/tgrp_1",
        f"POST {groups}/tgrp_1/runs",
        f"GET {groups}/tgrp_1/runs",
        f"GET {groups}/tgrp_1/events",
        f"GET {groups}/tgrp_1/runs/trun_1",
    ]
    assert all(request.headers["x-api-key"] == "KEY" for request in service.seen)
    sent = json.loads(service.bodies[asked.index(f"POST {groups}/tgrp_1/runs")])
    assert sent == {
        "inputs": [{"processor": "base", "input": "x", "metadata": {"row": "1"}}],
        "default_task_spec": {"output_schema": "a word"},
    }


def test_a_base_url_with_a_path_is_kept() -> None:
    async def answer(_: Request) -> Response:
        return JSONResponse(FOUND)

    async def main(url: str) -> None:
        async with AsyncClient("KEY", f"{url}/gateway/") as client:
            await client.search("x")

    with serving(answer) as service:
        asyncio.run(main(service.url))
    assert service.seen[0].url.path == "/gateway/v1/search"


def test_a_transport_can_be_given() -> None:
    transport = httpx2.MockTransport(lambda _: httpx2.Response(200, json=FOUND))

    async def main() -> str:
        async with AsyncClient("KEY", "https://a.example", transport=transport) as client:
            return (await client.search("x")).results[0].url

    assert asyncio.run(main()) == "https://a.example"


# --- refused before anything is sent ----------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({}, "nothing to search"),
        ({"objective": "  "}, "nothing to search"),
        ({"queries": ["x", ""]}, "queries"),
        ({"queries": [3]}, "queries"),
        ({"objective": "x", "processor": "ultra"}, "ultra"),
        ({"objective": "x", "source_policy": {"domains": ["a"]}}, "domains"),
        ({"objective": "x", "source_policy": {"include_domains": "a"}}, "include_domains"),
    ],
)
def test_a_search_that_cannot_be_meant_is_refused(arguments: dict[str, Any], named: str) -> None:
    async def main() -> None:
        async with AsyncClient("KEY", "http://127.0.0.1:9") as client:
            await client.search(**arguments)

    with pytest.raises(InputError, match=named):
        asyncio.run(main())


def test_a_policy_may_be_given_as_its_struct_or_as_a_dict() -> None:
    async def answer(_: Request) -> Response:
        return JSONResponse(FOUND)

    async def main(url: str) -> None:
        async with AsyncClient("KEY", url) as client:
            await client.search("x", source_policy=SourcePolicy(include_domains=["a.example"]))
            await client.search("x", source_policy={"include_domains": ["a.example"]})

    with serving(answer) as service:
        asyncio.run(main(service.url))
    assert service.bodies[0] == service.bodies[1]
    assert b'"include_domains":["a.example"]' in service.bodies[0]


@pytest.mark.parametrize(
    "url", ["", "example.com", "ftp://a", "http://", "http://a:b", "file:///x"]
)
def test_an_address_that_is_none_is_a_connection_problem(url: str) -> None:
    with pytest.raises(ConnectionProblem, match="base_url"):
        AsyncClient("KEY", url)


# --- TLS, proxies -----------------------------------------------------------------------


async def found(_: Request) -> Response:
    return JSONResponse(FOUND)


def search_over_tls(certificate: Path, **options: Any) -> str:
    async def main(url: str) -> str:
        async with AsyncClient("KEY", url, max_retries=0, **options) as client:
            return (await client.search("x")).search_id

    keys = {
        "ssl_keyfile": str(certificate / "key.pem"),
        "ssl_certfile": str(certificate / "cert.pem"),
    }
    with serving(found, **keys) as service:
        return asyncio.run(main(service.url))


def test_an_unknown_certificate_is_a_clear_error_that_was_surely_not_sent(
    certificate: Path,
) -> None:
    with pytest.raises(TransportError, match="no safe connection to 127") as caught:
        search_over_tls(certificate)
    assert not caught.value.maybe_sent
    assert "verify=" in caught.value.remedy


@pytest.mark.parametrize("how", ["text", "path", "context", "off"])
def test_a_certificate_can_be_given_in_httpxs_ways(certificate: Path, how: str) -> None:
    path = certificate / "cert.pem"
    context = ssl.create_default_context(cafile=path)
    given = {"text": str(path), "path": path, "context": context, "off": False}
    assert search_over_tls(certificate, verify=given[how]) == "s"


def test_a_certificate_file_that_cannot_be_read_is_a_connection_problem(tmp_path: Path) -> None:
    (tmp_path / "bad.pem").write_text("no certificate")
    for path in (tmp_path / "missing.pem", tmp_path / "bad.pem"):
        with pytest.raises(ConnectionProblem, match="verify="):
            AsyncClient("KEY", "https://a.example", verify=path)


def test_requests_go_through_a_given_proxy() -> None:
    async def main(proxy: str) -> str:
        async with AsyncClient("KEY", "http://service.example", proxy=proxy) as client:
            return (await client.search("x")).search_id

    with serving(found) as service:
        assert asyncio.run(main(service.url)) == "s"
        assert service.seen[0].headers["host"] == "service.example"


def test_the_usual_variables_name_a_proxy_unless_told_otherwise(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def main(*, trust_env: bool) -> str:
        options: dict[str, Any] = {"max_retries": 0, "trust_env": trust_env, "timeout": 1}
        async with AsyncClient("KEY", "http://service.invalid", **options) as client:
            return (await client.search("x")).search_id

    with serving(found) as service:
        monkeypatch.setenv("HTTP_PROXY", service.url)
        assert asyncio.run(main(trust_env=True)) == "s"
        with pytest.raises(TransportError):
            asyncio.run(main(trust_env=False))


def test_a_broken_proxy_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    async def main() -> None:
        proxy = f"http://127.0.0.1:{port}"
        async with AsyncClient("K", "https://a.example", proxy=proxy, max_retries=0) as client:
            await client.search("x")

    with pytest.raises(TransportError) as caught:
        asyncio.run(main())
    assert not caught.value.maybe_sent


def test_hundreds_of_waiting_requests_share_the_connections() -> None:
    async def main(url: str) -> int:
        limits = httpx2.Limits(max_connections=10)
        async with AsyncClient("KEY", url, limits=limits) as client:
            runs = await asyncio.gather(*(client.runs.get("trun_1") for _ in range(300)))
        return len(runs)

    async def answer(request: Request) -> Response:
        assert request.client is not None
        ports.add(request.client.port)
        return JSONResponse(run_json())

    ports: set[int] = set()
    with serving(answer) as service:
        assert asyncio.run(main(service.url)) == 300
    assert len(ports) <= 10


def test_the_clock_of_retry_after_dates_is_utc() -> None:
    from parallel_nb.client.transport import retry_after  # noqa: PLC0415 - the one use

    soon = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=100)
    seconds = retry_after(soon.strftime("%a, %d %b %Y %H:%M:%S GMT"))
    assert seconds is not None
    assert 97 < seconds <= 100


@pytest.mark.parametrize(
    "metadata",
    [
        {str(number): "x" for number in range(257)},
        {str(number): "x" for number in range(100_000)},
        {"a key of many letters": "x"},
        {"a": "x" * 513},
    ],
)
def test_metadata_over_the_limits_is_refused_before_anything_is_sent(
    metadata: Metadata,
) -> None:
    run = TaskRunInput(processor="base", input="x", metadata=metadata)

    async def send(client: AsyncClient) -> None:
        for sending in (
            client.runs.create(run),
            client.groups.create(metadata),
            client.groups.add_runs("tgrp_1", [run]),
        ):
            with pytest.raises(InputError, match="cannot be sent") as caught:
                await sending
            assert caught.value.remedy
            assert len(str(caught.value)) < 300

    async def main(url: str) -> None:
        async with AsyncClient("KEY", url) as client:
            await send(client)

    async def answer(_: Request) -> Response:
        raise AssertionError("something was sent")

    with serving(answer) as service:
        asyncio.run(main(service.url))
