from __future__ import annotations

import asyncio
import gc
import os
import signal
import socket
import threading
import time
import warnings
import weakref
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import psutil  # type: ignore[import-untyped]  # it has no types of its own
import pytest
from starlette.responses import JSONResponse, Response

from parallel_nb.api.errors import ConnectionProblem
from parallel_nb.connection import (
    Connection,
    background,
    connect,
    current_connection,
    disconnect,
    launcher,
)
from tests.service.loopback import closed_port, until
from tests.service.scripted import serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from starlette.requests import Request

    from tests.conftest import SharedEngine

KEY = "sk-SECRET-0123456789"


@pytest.fixture(autouse=True)
def own_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """No key, login, setting or connection of this machine takes part."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PARALLEL_NB_HOME", str(tmp_path / "parallel_nb"))
    for name in ("PARALLEL_API_KEY", "PARALLEL_NB_BASE_URL", "PARALLEL_NB_CONNECTION"):
        monkeypatch.delenv(name, raising=False)
    disconnect()
    yield
    disconnect()
    background.shutdown()


async def found(_: Request) -> Response:
    return JSONResponse({"search_id": "s", "results": []})


# --- hosted -----------------------------------------------------------------------------


def test_connecting_to_the_hosted_service_sends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{closed_port()}")  # no way out
    monkeypatch.setenv("PARALLEL_API_KEY", KEY)
    connection = connect("hosted")
    assert (connection.kind, connection.label) == ("hosted", "hosted")
    assert connection.detail == "Key from the environment variable PARALLEL_API_KEY."
    assert current_connection() is connection


def test_a_key_alone_means_hosted(monkeypatch: pytest.MonkeyPatch) -> None:
    assert connect(api_key=KEY).kind == "hosted"
    monkeypatch.setenv("PARALLEL_API_KEY", KEY)
    disconnect()
    assert current_connection().kind == "hosted"


def test_without_a_key_the_hosted_service_is_one_clear_problem() -> None:
    with pytest.raises(ConnectionProblem, match="no API key") as caught:
        connect("hosted")
    assert 'pnb.connect("embedded")' in caught.value.remedy


def test_the_identity_tells_accounts_apart_and_shows_no_key() -> None:
    first, again, other = (connect(api_key=key).identity for key in (KEY, KEY, "other"))
    assert first == again != other
    assert "SECRET" not in first
    with serving(found) as service:
        elsewhere = connect(api_key=KEY, base_url=service.url)
    assert elsewhere.identity not in {first, other}
    assert elsewhere.label == f"hosted ({service.url.removeprefix('http://')})"


def test_the_key_is_in_nothing_that_a_connection_shows() -> None:
    connection = connect(api_key=KEY)
    client = connection.client
    shown = [repr(connection), str(connection), repr(client), connection.identity]
    shown += connection._repr_mimebundle_().values()
    assert all(KEY not in text for text in shown)


def test_a_connection_is_shown_as_escaped_text() -> None:
    with serving(found) as service:
        connection = connect(base_url=service.url)
    connection.label = "<script>"
    bundle = connection._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "text/html"}
    assert "<script>" not in bundle["text/html"]


def test_connecting_anew_closes_the_sockets_of_before_but_not_under_a_request() -> None:
    held = threading.Event()
    finish = threading.Event()

    async def answer(request: Request) -> Response:
        if request.method == "POST":
            held.set()
            await asyncio.to_thread(finish.wait, 30)
        return await found(request)

    with serving(answer) as service, warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ResourceWarning)
        connect(base_url=service.url, api_key=KEY)
        under_way = background.submit(current_connection().client.search("x"))
        assert held.wait(30)
        ours = psutil.Process()
        port = urlsplit(service.url).port

        def open_sockets() -> int:
            there = (s for s in ours.net_connections("tcp") if s.raddr and s.raddr.port == port)
            return sum(s.status == psutil.CONN_ESTABLISHED for s in there)

        assert open_sockets() > 0
        connect(api_key=KEY)
        gc.collect()
        assert not under_way.done()
        finish.set()
        assert under_way.result(30).search_id == "s"
        del under_way

        def closed() -> bool:
            gc.collect()
            return open_sockets() == 0

        until(closed)
    assert [str(warning.message) for warning in caught] == []


def test_the_loop_closes_what_is_open_on_it_whoever_still_holds_its_client() -> None:
    with serving(found) as service, warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ResourceWarning)
        connect(base_url=service.url, api_key=KEY)
        client = current_connection().client  # an exception holds it in the same way
        background.run(client.search("x"))
        disconnect()
        background.shutdown()
        del client
        gc.collect()
    assert [str(warning.message) for warning in caught] == []


def test_an_address_where_nobody_answers_is_one_clear_problem() -> None:
    before = connect(api_key=KEY)
    began = time.monotonic()
    with pytest.raises(ConnectionProblem, match="cannot be reached") as caught:
        connect(base_url=f"http://127.0.0.1:{closed_port()}")
    assert "PARALLEL_NB_BASE_URL" in caught.value.remedy
    assert "that the service runs there" in caught.value.remedy
    assert time.monotonic() - began < 60  # it is not tried for minutes, as a request is
    assert current_connection() is before


def test_a_service_that_answers_with_an_error_is_reachable_and_gets_no_key_at_the_test() -> None:
    async def answer(_: Request) -> Response:
        return Response(status_code=404)

    with serving(answer) as service:
        connect(api_key=KEY, base_url=service.url)
    assert [request.headers.get("x-api-key") for request in service.seen] == [None]


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"kind": "embeded"}, '"embedded"'),
        ({"kind": 3}, '"hosted"'),
        ({"kind": "embedded", "api_key": "k"}, "api_key"),
        ({"kind": "embedded", "base_url": "http://a"}, "base_url"),
        ({"kind": "hosted", "documents": "x"}, "documents"),
        ({"api_key": "k", "documents": "x"}, "documents"),
        ({"api_key": "k", "api": "v2"}, "v1beta"),
        ({"api_key": "k", "base_url": "example.com"}, "https://"),
        ({"kind": "hosted", "api_key": "k", "base_url": ""}, "base_url is empty"),
        ({"base_url": " "}, "base_url is empty"),
        ({"documents": "no/such/folder"}, "folder"),
    ],
)
def test_arguments_that_cannot_be_meant_are_one_clear_problem(
    arguments: dict[str, Any], named: str
) -> None:
    with pytest.raises(ConnectionProblem) as caught:
        connect(**arguments)
    assert named in str(caught.value)
    assert len(caught.value._render_traceback_()) <= 4


# --- embedded ---------------------------------------------------------------------------


@pytest.fixture
def shared(monkeypatch: pytest.MonkeyPatch, engine: SharedEngine) -> SharedEngine:
    monkeypatch.setenv("PARALLEL_NB_HOME", str(engine.home))
    return engine


def test_without_a_key_questions_go_to_the_sample_documents(shared: SharedEngine) -> None:
    connection = current_connection()
    assert (connection.kind, connection.label) == ("embedded", "embedded: sample documents")
    assert connection.identity == "embedded:sample"
    assert connection.base_url == shared.url
    assert "not from the web" in connection.detail
    assert background.run(connection.client.search("Python")).results


def test_a_proxy_never_comes_between_us_and_the_engine(
    shared: SharedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{closed_port()}")
    assert background.run(connect("embedded").client.search("Python")).results


def test_a_folder_gives_its_name_its_count_and_an_identity_of_its_own(tmp_path: Path) -> None:
    folder = tmp_path / "dataroom"
    folder.mkdir()
    (folder / "a.md").write_text("# Acme\n\nAcme makes anvils.\n")
    (folder / "b.md").write_text("# Beta\n\nBeta makes boats.\n")
    try:
        connection = connect(documents=folder)
        assert connection.label == "embedded: dataroom, 2 documents"
        same = connect("embedded", documents=str(folder / ".." / "dataroom"))
        assert connection.identity == same.identity != "embedded:sample"
        port = connection.base_url.rpartition(":")[2]
        assert port not in connection.identity
    finally:
        launcher.stop_engine(folder)


def test_an_engine_that_was_killed_is_started_again_by_the_next_request(tmp_path: Path) -> None:
    folder = tmp_path / "dataroom"
    folder.mkdir()
    (folder / "a.md").write_text("# Acme\n\nAcme makes anvils.\n")
    try:
        connection = connect(documents=folder)
        group = background.run(connection.client.groups.create())
        killed = launcher.ensure_engine(folder).pid
        os.kill(killed, signal.SIGKILL)
        until(lambda: not _lives(connection.base_url))
        # Nothing of the group is lost, and many requests at once start one engine.
        futures = [
            background.submit(connection.client.groups.get(group.taskgroup_id)) for _ in range(8)
        ]
        got = {future.result(30).taskgroup_id for future in futures}
        assert got == {group.taskgroup_id}
        assert launcher.ensure_engine(folder).pid != killed
    finally:
        launcher.stop_engine(folder)


def _lives(url: str) -> bool:
    place = urlsplit(url)
    try:
        with socket.create_connection((place.hostname or "", place.port or 80), timeout=1):
            return True
    except OSError:
        return False


def test_two_threads_that_ask_first_share_one_connection(shared: SharedEngine) -> None:
    connections: list[Connection] = []
    threads = [
        threading.Thread(target=lambda: connections.append(current_connection())) for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(connections) == 6
    assert len({id(connection.client) for connection in connections}) == 1


def test_a_connection_outlives_the_loop_with_a_new_client(shared: SharedEngine) -> None:
    connection = connect("embedded")
    first = connection.client
    assert connection.client is first
    background.shutdown()
    assert connection.client is not first
    assert background.run(connection.client.search("Python")).results


def test_a_client_goes_with_the_loop_that_it_belonged_to() -> None:
    with serving(found) as service:
        connection = connect(base_url=service.url, api_key=KEY)
        clients = []
        for _ in range(3):
            background.run(connection.client.search("x"))
            clients.append(weakref.ref(connection.client))
            background.shutdown()
        background.run(connection.client.search("x"))
        gc.collect()
        assert [client() for client in clients] == [None, None, None]


def test_changed_documents_are_another_edition_of_the_same_connection(tmp_path: Path) -> None:
    folder = tmp_path / "pages"
    folder.mkdir()
    page = folder / "acme.md"
    page.write_text("# Acme\n\nAcme was founded in 1950.\n", "utf-8")
    try:
        connection = connect("embedded", documents=folder)
        before = (connection.identity, connection.edition)
        assert not connection.revive()
        assert (connection.identity, connection.edition) == before
        page.write_text("# Acme\n\nAcme was founded in 1951, as we know now.\n", "utf-8")
        assert current_connection().edition != before[1]
        assert connection.identity == before[0]
    finally:
        launcher.stop_engine(folder)
