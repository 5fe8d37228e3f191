"""Find the API key, without ever showing it.

Looked for in this order: the argument, the environment, the login that the vendor's own
command-line tool keeps, the secrets of Google Colab.
"""

from __future__ import annotations

import contextlib
import ipaddress
import os
import sys
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import msgspec

from parallel_nb.api.errors import ConnectionProblem
from parallel_nb.api.routes import HOSTED_URL

if TYPE_CHECKING:
    from collections.abc import Callable

#: The environment variable in which the key is usual.
VARIABLE: Final = "PARALLEL_API_KEY"
#: The token for an engine that somebody else serves, such as that of a class, and its file.
TOKEN_VARIABLE: Final = "PARALLEL_NB_TOKEN"  # noqa: S105 - its name
TOKEN_FILE_VARIABLE: Final = "PARALLEL_NB_TOKEN_FILE"  # noqa: S105 - the same
_MAX_TOKEN: Final = 1_000
_LOGIN_FOLDER: Final = Path(".config", "parallel-web-tools")
#: The tool's present file, then the one of its early releases.
_LOGIN_FILES: Final = ("auth.json", "credentials.json")


@dataclass(frozen=True, slots=True)
class Credential:
    """A key and, in words, where it was found. The key stays out of the repr."""

    key: str = field(repr=False)
    source: str


def find_key(argument: str | None = None) -> Credential | None:
    """Look for a key in all places.

        >>> find_key("a-key")
        Credential(source='the argument api_key')

    Args:
        argument: A key that comes before all others.

    Returns:
        The first key found, or None where there is none.

    Raises:
        ConnectionProblem: A key was found that cannot be one, for instance because a line break
            was pasted into it; the message names the place, not the key.
    """
    places: tuple[tuple[str, Callable[[], str | None]], ...] = (
        ("the argument api_key", lambda: argument),
        (f"the environment variable {VARIABLE}", lambda: os.environ.get(VARIABLE)),
        ("the login of parallel-cli", _from_login_file),
        ("the Colab secrets", _from_colab),
    )
    for source, look in places:
        key = (look() or "").strip()
        if key:
            return Credential(_check(key, source), source)
    return None


def key_for(base_url: str, argument: str | None = None) -> Credential | None:
    """Find the key to send to `base_url`.

    A key that was found, not given, is sent over plain HTTP to this machine only: everybody on
    the way could read it. A token for the engine of a class is worth nothing elsewhere: it comes
    before a key, goes over plain HTTP too, and never to the hosted service.

    Args:
        base_url: Address of the service.
        argument: The key; looked for as `find_key` does if None; "" sends none.

    Returns:
        The key, or None where none is needed and none was found.

    Raises:
        ConnectionProblem: The hosted service, and no key; or a key that cannot be one.
    """
    is_readable_on_the_way = urlsplit(base_url).scheme == "http" and not is_loopback(base_url)
    credential = _find_token() if argument is None and base_url != HOSTED_URL else None
    if credential is not None:
        return credential
    if argument == "" or (argument is None and is_readable_on_the_way):
        credential = None
    else:
        credential = find_key(argument)
    if credential is None and base_url == HOSTED_URL:
        raise ConnectionProblem(
            "There is no API key for the hosted service.",
            "Set PARALLEL_API_KEY or pass api_key=..., or work on documents without a key: "
            'pnb.connect("embedded").',
        )
    return credential


def _find_token() -> Credential | None:
    """The token for an engine that somebody else serves, from the environment or a file."""
    source = f"the environment variable {TOKEN_VARIABLE}"
    token = os.environ.get(TOKEN_VARIABLE, "").strip()
    if not token and (path := os.environ.get(TOKEN_FILE_VARIABLE)):
        source = f"the file {path} ({TOKEN_FILE_VARIABLE})"
        try:
            with Path(path).expanduser().open(encoding="ascii", errors="replace") as stream:
                token = stream.read(_MAX_TOKEN).strip()
        except (OSError, RuntimeError, ValueError) as error:
            raise ConnectionProblem(
                f"The token cannot be read from {source}: {error}.",
                "Write the token into that file, in one line.",
            ) from error
    return Credential(_check(token, source), source) if token else None


def is_loopback(url: str) -> bool:
    """True when `url` leads to this machine itself."""
    host = urlsplit(url).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return False


def _check(key: str, source: str) -> str:
    # httpx would quote an illegal header value, key and all, in its own error.
    if not (key.isascii() and key.isprintable()) or " " in key:
        raise ConnectionProblem(
            f"The API key from {source} holds spaces or characters that no key has.",
            "Copy the key again, without quotes, line breaks or surrounding text.",
        )
    return key


def _from_login_file() -> str | None:
    try:
        folder = Path.home() / _LOGIN_FOLDER
    except RuntimeError:  # there is no home folder, for instance in a bare container
        return None
    for name in _LOGIN_FILES:
        try:
            login = msgspec.json.decode((folder / name).read_bytes())
        except (OSError, msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            continue
        if key := _key_of_login(login):
            return key
    return None


def _key_of_login(login: Any) -> str | None:
    """Read the tool's file: one key an organisation, or, before that, one key in all."""
    if not isinstance(login, dict):
        return None
    key = login.get("access_token")
    if "version" in login or "orgs" in login:
        orgs = login.get("orgs")
        selected = login.get("selected_org_id")
        if not isinstance(orgs, dict) or not isinstance(selected, str):
            return None
        org = orgs.get(selected)
        key = org.get("api_key") if isinstance(org, dict) else None
    return key if isinstance(key, str) else None


def _from_colab() -> str | None:
    # Asked only inside Colab: elsewhere the import would cost time for nothing.
    if "google.colab" not in sys.modules:
        return None
    try:
        key = import_module("google.colab.userdata").get(VARIABLE)
    except Exception:  # noqa: BLE001 - no such secret, or the notebook may not read it
        return None
    return key if isinstance(key, str) else None
