"""Proxies and certificates of the environment: named where they are at fault, used where not."""

from __future__ import annotations

import asyncio
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from starlette.responses import JSONResponse, Response

from parallel_nb.api.errors import ConnectionProblem, TransportError
from parallel_nb.client import AsyncClient
from parallel_nb.client.network import proxy_variables, ssl_context
from parallel_nb.connection import background, connect, disconnect
from tests.service.loopback import closed_port
from tests.service.scripted import serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from starlette.requests import Request

    from tests.conftest import SharedEngine

VARIABLES = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in (*VARIABLES, "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    disconnect()
    yield
    disconnect()
    background.shutdown()


BAD_PROXIES = [
    ("socks5://127.0.0.1:1080", "SOCKS"),
    ("socks5h://127.0.0.1:1080", "SOCKS"),
    ("foo://127.0.0.1:3128", "scheme"),
    ("ftp://user:SECRET@127.0.0.1", "scheme"),
    ("http://127.0.0.1:99999", "no port 99999"),
    ("http://127.0.0.1:0", "no port 0"),
    ("http://user:SECRET", "no address"),
    ("http://127.0.0.1:SECRET", "no address"),
    ("http://user:SECRET@[::1", "no address"),
    ("http://", "no host"),
    ("http://user:SECRET@", "no host"),
    ("http://" + "x" * 100_000, "no address"),
    ("☃://x", "scheme"),
]


@pytest.mark.parametrize("variable", ["ALL_PROXY", "HTTPS_PROXY", "http_proxy"])
@pytest.mark.parametrize(("value", "reason"), BAD_PROXIES)
def test_a_variable_whose_proxy_cannot_be_used_is_named(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, reason: str
) -> None:
    monkeypatch.setenv(variable, value)
    for attempt in (
        lambda: AsyncClient("KEY", "https://a.example"),
        lambda: connect(api_key="sk-0123456789"),
        lambda: connect(base_url="https://a.example"),
    ):
        with pytest.raises(ConnectionProblem, match=reason) as caught:
            attempt()
        shown = str(caught.value)
        assert variable in shown
        assert "SECRET" not in shown
        assert len(shown) < 500
    AsyncClient("KEY", "https://a.example", trust_env=False)


@pytest.mark.parametrize(("value", "reason"), BAD_PROXIES)
def test_a_given_proxy_that_cannot_be_used_is_named(value: str, reason: str) -> None:
    with pytest.raises(ConnectionProblem, match=reason) as caught:
        AsyncClient("KEY", "https://a.example", proxy=value)
    assert "proxy=" in str(caught.value)
    assert "SECRET" not in str(caught.value)


@pytest.mark.parametrize("value", ["proxy:3128", "http://proxy", "https://u:p@proxy:443/", ""])
def test_a_proxy_that_can_be_used_is_no_fault(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("HTTPS_PROXY", value)
    monkeypatch.setenv("NO_PROXY", "localhost,.a.example,[::1,*")
    AsyncClient("KEY", "https://a.example")


def test_the_variable_in_lower_case_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "foo://x")
    monkeypatch.setenv("https_proxy", "http://proxy:3128")
    assert list(proxy_variables()) == [("https_proxy", "http://proxy:3128")]
    AsyncClient("KEY", "https://a.example")


def test_a_proxy_that_does_not_answer_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", f"http://user:SECRET@127.0.0.1:{closed_port()}")

    async def main() -> None:
        async with AsyncClient("KEY", "http://a.example", max_retries=0) as client:
            await client.search("x")

    with pytest.raises(TransportError, match="cannot be reached") as caught:
        asyncio.run(main())
    assert "ALL_PROXY" in caught.value.remedy
    assert "SECRET" not in str(caught.value)
    with pytest.raises(ConnectionProblem, match="cannot be reached") as problem:
        connect(base_url="http://a.example")
    assert "ALL_PROXY" in problem.value.remedy


@pytest.mark.parametrize("variable", VARIABLES)
@pytest.mark.parametrize("kind", ["missing", "no certificate", "empty", "cut"])
def test_a_variable_whose_certificates_cannot_be_read_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, certificate: Path, variable: str, kind: str
) -> None:
    path = tmp_path / "ca.pem"
    whole = (certificate / "cert.pem").read_text()
    texts = {"no certificate": "words", "empty": "", "cut": whole[: len(whole) // 2]}
    if kind in texts:
        path.write_text(texts[kind])
    monkeypatch.setenv(variable, str(path))
    for attempt in (
        lambda: AsyncClient("KEY", "https://a.example"),
        lambda: connect(api_key="sk-0123456789"),
    ):
        with pytest.raises(ConnectionProblem) as caught:
            attempt()
        assert variable in caught.value.message
        assert str(path) in caught.value.message
        assert caught.value.remedy
    AsyncClient("KEY", "https://a.example", trust_env=False)
    AsyncClient("KEY", "https://a.example", verify=False)


async def found(_: Request) -> Response:
    return JSONResponse({"search_id": "s", "results": []})


def search(certificate: Path, **options: Any) -> str:
    async def main(url: str) -> str:
        async with AsyncClient("KEY", url, max_retries=0, **options) as client:
            return (await client.search("x")).search_id

    files = {
        "ssl_keyfile": str(certificate / "key.pem"),
        "ssl_certfile": str(certificate / "cert.pem"),
    }
    with serving(found, **files) as service:
        return asyncio.run(main(service.url))


@pytest.mark.parametrize("variable", VARIABLES)
def test_the_certificates_of_each_variable_are_trusted(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, certificate: Path, variable: str
) -> None:
    with pytest.raises(TransportError, match="no safe connection"):
        search(certificate)
    path = certificate / "cert.pem"
    if variable == "SSL_CERT_DIR":
        name = _hash_of(path)
        (tmp_path / "certs").mkdir()
        (tmp_path / "certs" / f"{name}.0").write_text(path.read_text())
        path = tmp_path / "certs"
    monkeypatch.setenv(variable, str(path))
    assert search(certificate) == "s"
    with pytest.raises(TransportError, match="no safe connection"):
        search(certificate, trust_env=False)


def _hash_of(path: Path) -> str:
    command = ["openssl", "x509", "-hash", "-noout", "-in", str(path)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def test_a_bundle_counts_beside_the_certificates_of_openssl(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, certificate: Path
) -> None:
    (tmp_path / "empty").mkdir()
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path / "empty"))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate / "cert.pem"))
    assert search(certificate) == "s"


def test_certificates_are_read_once_and_again_when_they_have_changed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, certificate: Path
) -> None:
    path = tmp_path / "own.pem"
    another = (
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 "
        f"-subj /CN=localhost -keyout {tmp_path}/key.pem -out {path}"
    )
    subprocess.run(another.split(), check=True, capture_output=True)
    assert ssl_context(verify=True, trust_env=True) is ssl_context(verify=True, trust_env=False)
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    before = ssl_context(verify=True, trust_env=True)
    assert ssl_context(verify=True, trust_env=True) is before
    with pytest.raises(TransportError, match="no safe connection"):
        search(certificate)
    path.write_text((certificate / "cert.pem").read_text())
    assert search(certificate) == "s"


def test_a_self_signed_service_keeps_its_remedy_when_connecting(certificate: Path) -> None:
    files = {
        "ssl_keyfile": str(certificate / "key.pem"),
        "ssl_certfile": str(certificate / "cert.pem"),
    }
    with serving(found, **files) as service:
        with pytest.raises(ConnectionProblem, match="no safe connection") as caught:
            connect(base_url=service.url)
        for word in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "verify="):
            assert word in caught.value.remedy


def test_an_engine_of_ones_own_needs_none_of_it(
    monkeypatch: pytest.MonkeyPatch, engine: SharedEngine
) -> None:
    monkeypatch.setenv("PARALLEL_NB_HOME", str(engine.home))
    monkeypatch.setenv("SSL_CERT_FILE", "/there/is/none.pem")
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:1080")
    connection = connect("embedded")
    assert background.run(connection.client.search("x")).search_id


@pytest.mark.parametrize("port", [0, 65_536, 99_999])
def test_an_address_with_a_port_that_is_none_is_a_connection_problem(port: int) -> None:
    with pytest.raises(ConnectionProblem, match=f"no port {port}"):
        AsyncClient("KEY", f"http://127.0.0.1:{port}")
