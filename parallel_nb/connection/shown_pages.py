"""Pages of an embedded engine's documents: asked of the engine that an answer came from."""

from __future__ import annotations

import http.client
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

import msgspec

from parallel_nb import settings
from parallel_nb.api.errors import ConnectionProblem, InputError, NotFoundError
from parallel_nb.api.pages import DocumentPage
from parallel_nb.api.places import document_id, document_of
from parallel_nb.api.routes import KEY_HEADER
from parallel_nb.connection.background import run
from parallel_nb.connection.connection import SERVED, is_billed
from parallel_nb.connection.current import connected
from parallel_nb.connection.launcher import ensure_engine
from parallel_nb.connection.running import running_engine
from parallel_nb.engine_home import read_discovery

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parallel_nb.engine_home import Discovery

#: Seconds that a page may take: the engine gives one up earlier.
_WITHIN: Final = 60.0
#: Bytes of an answer with a picture.
_MOST_BYTES: Final = 64_000_000
#: What a request holds of passages: so many, and characters of each. In an address a character may
#: take 12 bytes, and a request may begin with 64 kB.
_MOST_PASSAGES: Final = 4
_PASSAGE: Final = 1_200
_LISTED: Final = "pnb.documents() lists what there is."


class _Refusal(msgspec.Struct):
    """The part of an error that is shown."""

    message: str = ""


class _Refused(msgspec.Struct):
    """An engine's error."""

    error: _Refusal


def show_page(
    identity: str, url: str, passages: Sequence[str] = (), number: int | None = None
) -> DocumentPage:
    """Ask the engine that an answer came from for a page of a document that it cites.

    Takes some 0.2 s, longer where the engine must be started; not for the background loop.

    Args:
        identity: Of the connection that has answered.
        url: The citation's address.
        passages: What is marked: the citation's excerpts.
        number: Of the page; None for the one on which the passages stand.

    Raises:
        InputError: The answer came from the hosted service, or the document is not there any
            more.
        ConnectionProblem: The engine's documents are not connected, or it does not answer.
    """
    if is_billed(identity):
        raise InputError(
            "The answer came from the web, and no page of it is kept.", f"Open {url} in a browser."
        )
    address, _, fragment = url.partition("#") if document_of(url) else (url, "", "")
    page = "" if number is None else f"/{number}"
    path = f"/engine/documents/{document_id(address)}/pages{page}"
    marked = [text[:_PASSAGE] for text in passages[:_MOST_PASSAGES]]
    query: dict[str, str | list[str]] = {"place": fragment, "passage": marked}
    if identity.startswith(SERVED):
        return _ask_served(identity, path, query)
    asked = f"{path}?{urlencode(query, doseq=True, errors='replace')}"
    status, body = _ask(_find_engine(identity), asked)
    try:
        if status == http.HTTPStatus.OK:
            return msgspec.json.decode(body, type=DocumentPage)
        message = msgspec.json.decode(body, type=_Refused).error.message
    except msgspec.DecodeError:
        message = f"The engine answered with status {status}."
    if status == http.HTTPStatus.NOT_FOUND:
        raise InputError(message, _LISTED)
    raise ConnectionProblem(message, "Connect to the documents again: pnb.connect(...).")


def _ask_served(identity: str, path: str, query: dict[str, str | list[str]]) -> DocumentPage:
    """Ask an engine that somebody else serves.

    Raises:
        InputError: It has no such page.
        ConnectionProblem: It is not connected.
    """
    connection = connected(identity)
    if connection is None:
        raise _not_connected("base_url=...")
    try:
        return run(connection.client.ask_engine(path, DocumentPage, query))
    except NotFoundError as error:
        raise InputError(error.service_message, _LISTED) from error


def _not_connected(how: str) -> ConnectionProblem:
    return ConnectionProblem(
        "The documents that this answer came from are not connected.",
        f"Connect to them, then open the page again: pnb.connect({how}).",
    )


def _find_engine(identity: str) -> Discovery:
    """The engine of a connection: of the current one, else one that runs.

    Raises:
        ConnectionProblem: There is none.
    """
    name = identity.removeprefix("embedded:")
    home = settings.current().home / "engines" / name
    if (connection := connected(identity)) is not None:
        connection.revive()
    elif name == "sample":
        ensure_engine(None)
    elif running_engine(home) is None:
        raise _not_connected('"embedded", documents=...')
    discovery = read_discovery(home)
    if discovery is None:
        raise ConnectionProblem("The engine has just ended.", "Try again.")
    return discovery


def _ask(discovery: Discovery, path: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(discovery.host, discovery.port, timeout=_WITHIN)
    try:
        connection.request("GET", path, headers={KEY_HEADER: discovery.key})
        response = connection.getresponse()
        return response.status, response.read(_MOST_BYTES)
    except (OSError, http.client.HTTPException) as error:
        raise ConnectionProblem(
            f"The engine does not answer ({type(error).__name__}).", "Try again."
        ) from error
    finally:
        connection.close()
