"""Proxies and certificates, as arguments and the environment name them.

Each is checked before a client is made, so that a fault is told with the name of its variable. What
stands in a variable is not repeated: an address of a proxy may hold a password.
"""

from __future__ import annotations

import os
import ssl
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

import httpx2

from parallel_nb.api.errors import ConnectionProblem

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Files or folders of certificates: those of OpenSSL, then those of requests and of curl. All that
#: are set count.
_CERTIFICATES: Final = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
_PROXIES: Final = ("http_proxy", "https_proxy", "all_proxy")
_SCHEMES: Final = ("http", "https", "socks5", "socks5h")


def proxy_variables() -> Iterator[tuple[str, str]]:
    """The variables that name a proxy, with what they hold; the lower case one counts first."""
    for name in _PROXIES:
        for variable in (name, name.upper()):
            if value := os.environ.get(variable):
                yield variable, value
                break


def check_proxies() -> None:
    """Check the variables that name a proxy.

    Raises:
        ConnectionProblem: One of them is no address of a proxy, or of one that needs a library.
    """
    for variable, value in proxy_variables():
        check_proxy(value, f"The environment variable {variable}", f"unset {variable}")


def check_proxy(proxy: str | httpx2.URL | httpx2.Proxy, place: str, way_out: str) -> None:
    """Check one address of a proxy.

    Args:
        proxy: The address.
        place: Where it stands, as the beginning of a sentence.
        way_out: What to do to use no proxy.

    Raises:
        ConnectionProblem: It cannot be used.
    """
    url = proxy.url if isinstance(proxy, httpx2.Proxy) else proxy
    if isinstance(url, str) and "://" not in url:
        url = f"http://{url}"
    try:
        url = httpx2.URL(url)
        fault = _fault_of(url)
    except (httpx2.InvalidURL, TypeError, ValueError):
        fault = "it is no address, or its port is no number"
    if fault is not None:
        raise ConnectionProblem(
            f"{place} names a proxy that cannot be used: {fault}.",
            f"Correct it, such as http://proxy.example.com:3128, or {way_out}.",
        )
    assert isinstance(url, httpx2.URL)  # noqa: S101 - it was made one above
    if url.scheme.startswith("socks") and find_spec("socksio") is None:
        raise ConnectionProblem(
            f"{place} names a SOCKS proxy, which needs the library socksio.",
            f"pip install socksio, then restart the kernel; or {way_out}.",
        )


def _fault_of(url: httpx2.URL) -> str | None:
    if url.scheme not in _SCHEMES:
        return f"its scheme is none of {', '.join(_SCHEMES)}"
    if not url.host:
        return "it names no host"
    return port_fault(url)


def port_fault(url: httpx2.URL) -> str | None:
    """What is wrong with the port of an address; None where nothing is."""
    if url.port is not None and not 0 < url.port < 1 << 16:
        return f"there is no port {url.port}"
    return None


def ssl_context(
    verify: ssl.SSLContext | str | os.PathLike[str] | bool,  # noqa: FBT001 - httpx's own form
    *,
    trust_env: bool,
) -> ssl.SSLContext | bool:
    """The certificates to trust, in the form that httpx2 takes.

    Args:
        verify: The option of `AsyncClient`. True: those of the environment, else of the system.
        trust_env: Whether the environment counts.

    Raises:
        ConnectionProblem: A file cannot be read, or holds no certificate.
    """
    if isinstance(verify, ssl.SSLContext) or verify is False:
        return verify
    places = {Path(verify): f"verify={str(verify)!r}"} if verify is not True else {}
    if verify is True and trust_env:
        places = {
            Path(value): f"The environment variable {name} ({value})"
            for name in _CERTIFICATES
            if (value := os.environ.get(name))
        }
    if not places:
        paths = ssl.get_default_verify_paths()
        system = (paths.openssl_cafile, paths.openssl_capath)
        return _of_the_system(tuple(_changed_at(Path(path)) for path in system))
    return _trusting(tuple((path, place, _changed_at(path)) for path, place in places.items()))


# To read the certificates of the usual authorities takes 20 ms, so clients share what was made of
# them, until a file changes: who has mended one need not start the kernel again.


def _changed_at(path: Path) -> int:
    """When a file or folder was changed last; 0 where that cannot be told."""
    try:
        return path.stat().st_mtime_ns
    except (OSError, ValueError):
        return 0


@lru_cache(maxsize=1)
def _of_the_system(_changed: tuple[int, ...]) -> ssl.SSLContext:
    return httpx2.create_ssl_context(trust_env=False)


@lru_cache(maxsize=8)
def _trusting(files: tuple[tuple[Path, str, int], ...]) -> ssl.SSLContext:
    """Trust these files and folders; each comes with its name in a message, and its last change.

    Raises:
        ConnectionProblem: A file cannot be read, or holds no certificate.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    for path, place, _ in files:
        try:
            if path.is_dir():
                context.load_verify_locations(capath=path)
            else:
                context.load_verify_locations(cafile=path)
        except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
            raise ConnectionProblem(
                f"{place} cannot be used: {_words_of(error)}.",
                "Give the path of a PEM file with certificates of authorities, or take it out.",
            ) from error
    return context


def _words_of(error: Exception) -> str:
    if isinstance(error, ssl.SSLError):
        return (error.reason or "it holds no certificate").replace("_", " ").lower()
    return getattr(error, "strerror", None) or str(error)
