from __future__ import annotations

import asyncio
import json
import pickle
import sys
import traceback
import types
from typing import TYPE_CHECKING, Any

import pytest
from starlette.responses import JSONResponse, Response

from parallel_nb.api.errors import ConnectionProblem, ParallelError, TransportError
from parallel_nb.api.routes import HOSTED_URL
from parallel_nb.client import AsyncClient, Credential, find_key
from parallel_nb.client.credentials import key_for
from tests.service.loopback import closed_port
from tests.service.scripted import error, serving

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.requests import Request

KEY = "sk-SECRET-0123456789"


def log_in(home: Path, content: Any, name: str = "auth.json") -> None:
    folder = home / ".config" / "parallel-web-tools"
    folder.mkdir(parents=True, exist_ok=True)
    if isinstance(content, bytes):
        (folder / name).write_bytes(content)
        return
    text = content if isinstance(content, str) else json.dumps(content)
    (folder / name).write_text(text)


def test_the_argument_comes_before_the_environment_before_the_login(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert find_key() is None
    log_in(tmp_path, {"version": 1, "selected_org_id": "o", "orgs": {"o": {"api_key": "L"}}})
    assert find_key() == Credential("L", "the login of parallel-cli")
    monkeypatch.setenv("PARALLEL_API_KEY", "  E\n")
    assert find_key() == Credential("E", "the environment variable PARALLEL_API_KEY")
    assert find_key("A") == Credential("A", "the argument api_key")


@pytest.mark.parametrize(
    "login",
    [
        "",
        "no json",
        [],
        {"version": 1},
        {"version": 1, "selected_org_id": "x", "orgs": {"o": {"api_key": "L"}}},
        {"version": 1, "selected_org_id": "o", "orgs": {"o": None}},
        {"version": 1, "selected_org_id": "o", "orgs": []},
        {"access_token": 3},
        {"version": 1, "selected_org_id": ["o"], "orgs": {"o": {"api_key": "L"}}},
        {"version": 1, "selected_org_id": {"o": 1}, "orgs": {"o": {"api_key": "L"}}},
        b'{"access_token": "\xff"}',
        b"\xff\xfe",
        b"[" * 100_000,
        b"\0" * 50,
    ],
)
def test_a_login_file_without_a_usable_key_is_no_key_and_no_error(
    tmp_path: Path, login: Any
) -> None:
    log_in(tmp_path, login)
    assert find_key() is None


def test_a_folder_in_the_place_of_the_login_is_no_key_and_no_error(tmp_path: Path) -> None:
    (tmp_path / ".config" / "parallel-web-tools" / "auth.json").mkdir(parents=True)
    assert find_key() is None


def test_the_login_of_an_early_release_of_the_tool_is_read(tmp_path: Path) -> None:
    log_in(tmp_path, {"access_token": "OLD"}, "credentials.json")
    found = find_key()
    assert found is not None
    assert found.key == "OLD"


def test_the_secrets_of_colab_are_asked_only_in_colab(monkeypatch: pytest.MonkeyPatch) -> None:
    userdata = types.ModuleType("google.colab.userdata")
    secrets = {"PARALLEL_API_KEY": "C"}
    vars(userdata)["get"] = secrets.__getitem__
    monkeypatch.setitem(sys.modules, "google.colab.userdata", userdata)
    assert find_key() is None
    monkeypatch.setitem(sys.modules, "google", types.ModuleType("google"))
    monkeypatch.setitem(sys.modules, "google.colab", types.ModuleType("google.colab"))
    assert find_key() == Credential("C", "the Colab secrets")
    secrets.clear()
    assert find_key() is None


@pytest.mark.parametrize("bad", [f"{KEY}\nx", f"{KEY} x", f"{KEY}é", f"{KEY}\x7f"])
def test_a_key_with_pasted_rubbish_is_refused_without_showing_it(bad: str) -> None:
    with pytest.raises(ConnectionProblem, match="characters that no key has") as caught:
        AsyncClient(bad)
    assert KEY not in str(caught.value)


def test_the_hosted_service_needs_a_key() -> None:
    with pytest.raises(ConnectionProblem, match="no API key"):
        AsyncClient()
    with pytest.raises(ConnectionProblem, match="no API key"):
        AsyncClient("")


def keys_sent(monkeypatch: pytest.MonkeyPatch, api_key: str | None) -> list[str | None]:
    async def answer(_: Request) -> Response:
        return JSONResponse({"search_id": "s", "results": []})

    async def main(url: str) -> None:
        async with AsyncClient(api_key, url) as client:
            await client.search("x")

    monkeypatch.setenv("PARALLEL_API_KEY", KEY)
    with serving(answer) as service:
        asyncio.run(main(service.url))
        return [request.headers.get("x-api-key") for request in service.seen]


def test_the_key_is_sent_in_its_header(monkeypatch: pytest.MonkeyPatch) -> None:
    assert keys_sent(monkeypatch, None) == [KEY]
    assert keys_sent(monkeypatch, "given") == ["given"]
    assert keys_sent(monkeypatch, "") == [None]


def test_a_found_key_is_not_sent_unencrypted_to_another_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PARALLEL_API_KEY", KEY)

    def auth_of(client: AsyncClient) -> object:
        return client._transport._http.auth

    assert auth_of(AsyncClient(base_url="http://api.example.com")) is None
    assert auth_of(AsyncClient(base_url="https://api.example.com")) is not None
    assert auth_of(AsyncClient(base_url="http://127.0.0.1:9")) is not None
    assert auth_of(AsyncClient("given", "http://api.example.com")) is not None


def test_the_key_is_in_no_repr_and_in_no_error() -> None:
    shown: list[str] = [repr(find_key(KEY)), str(find_key(KEY))]

    async def echo(request: Request) -> Response:
        return error(422, "bad input")

    async def main(url: str) -> None:
        async with AsyncClient(KEY, url, max_retries=0) as client:
            shown.extend(map(repr, (client, client.runs, client._transport, vars(client))))
            shown.append(repr(client._transport._http.headers))
            with pytest.raises(ParallelError) as caught:
                await client.search("x")
            shown.extend(("".join(traceback.format_exception(caught.value)), repr(caught.value)))
            shown.append(repr(pickle.dumps(str(caught.value))))

    with serving(echo) as service:
        asyncio.run(main(service.url))

    async def refused() -> None:
        url = f"http://user:{KEY}@127.0.0.1:{closed_port()}"
        async with AsyncClient(KEY, url, max_retries=0) as client:
            shown.append(repr(client))
            await client.search("x")

    with pytest.raises(TransportError) as broken:
        asyncio.run(refused())
    shown.extend(("".join(traceback.format_exception(broken.value)), repr(broken.value)))
    assert all(KEY not in text for text in shown), [text for text in shown if KEY in text]


def test_a_token_for_a_class_goes_to_an_engine_also_unencrypted_and_never_to_the_hosted_service(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PARALLEL_API_KEY", KEY)
    (tmp_path / "token").write_text("pnbclass_from_a_file\n", "ascii")
    monkeypatch.setenv("PARALLEL_NB_TOKEN_FILE", str(tmp_path / "token"))
    found = key_for("http://teacher.example:8100")
    assert found is not None
    assert found.key == "pnbclass_from_a_file"
    assert "PARALLEL_NB_TOKEN_FILE" in found.source
    monkeypatch.setenv("PARALLEL_NB_TOKEN", "pnbclass_of_mine")
    found = key_for("http://teacher.example:8100")
    assert found is not None
    assert found.key == "pnbclass_of_mine"
    hosted = key_for(HOSTED_URL)
    assert hosted is not None
    assert hosted.key == KEY
    assert key_for("http://teacher.example:8100", "") is None


def test_a_token_file_that_cannot_be_read_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PARALLEL_NB_TOKEN_FILE", str(tmp_path / "none"))
    with pytest.raises(ConnectionProblem, match="PARALLEL_NB_TOKEN_FILE"):
        key_for("http://teacher.example:8100")
