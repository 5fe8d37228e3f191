"""An engine that runs: what it says of itself, and the open request that keeps it from ending.

Nothing here starts one or ends one; see `launcher`.
"""

from __future__ import annotations

import contextlib
import http.client
import socket
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import msgspec

from parallel_nb import engine_home
from parallel_nb.api.routes import KEY_HEADER
from parallel_nb.connection.described import Description
from parallel_nb.engine_home import FileLock, read_discovery

if TYPE_CHECKING:
    from pathlib import Path

    from parallel_nb.connection.described import ModelUsage, SemanticState
    from parallel_nb.engine_home import Discovery

#: Seconds that an engine may take to answer whether it lives.
_ANSWER_WITHIN: Final = 5.0
#: Bytes of an answer about the engine itself.
_MOST_BYTES: Final = 1_000_000
#: The same of the list of its documents: a million of them fit.
MOST_BYTES_OF_DOCUMENTS: Final = 500_000_000


@dataclass(frozen=True, slots=True)
class RunningEngine:
    """An engine that runs: where it is, and what it answers from.

    Attributes:
        url: Its address.
        key: What requests to it must carry.
        name: Name of its documents, as a person calls them.
        documents: How many documents it has read.
        not_read: How many files it could not read.
        pid: Its process.
        edition: Changes with the engine's code and with its documents: what it answered under
            another edition it may answer differently now.
        is_current: False when its code has changed since it started.
        started: Whether it was started by the call that returned this.
        semantic: How far its ranking by meaning is; None where it ranks by words alone.
    """

    url: str
    key: str = field(repr=False)
    name: str
    documents: int
    pid: int
    edition: str
    not_read: int = 0
    is_current: bool = True
    started: bool = False
    semantic: SemanticState | None = None


def running_engine(home: Path) -> RunningEngine | None:
    """The engine whose home this is, if it lives and answers."""
    discovery = read_discovery(home)
    lock = FileLock(home / engine_home.ENGINE_LOCK)
    # An old file may name a port at which another program listens by now: the key is sent
    # only while the engine that wrote the file lives.
    if discovery is None or not lock.is_held() or lock.holder() != discovery.pid:
        return None
    answer = _describe(discovery)
    return as_running(discovery, answer) if answer and answer.pid == discovery.pid else None


def _describe(discovery: Discovery) -> Description | None:
    """What an engine says of itself; None where it does not answer well."""
    try:
        return msgspec.json.decode(ask("GET", discovery, "/engine"), type=Description)
    except msgspec.DecodeError:
        return None


def as_running(discovery: Discovery, answer: Description) -> RunningEngine:
    """An engine as its discovery file and its own answer say it."""
    return RunningEngine(
        url=discovery.url,
        key=discovery.key,
        name=answer.name,
        documents=answer.documents,
        pid=answer.pid,
        edition=f"{answer.version} {answer.fingerprint}",
        not_read=answer.skipped,
        is_current=answer.version == engine_home.engine_version(),
        semantic=answer.semantic,
    )


def model_usage(home: Path) -> ModelUsage | None:
    """What the engine of this home has asked its language model; None where none can say."""
    discovery = read_discovery(home)
    answer = _describe(discovery) if discovery else None
    return answer.model_usage if answer else None


def ask(method: str, discovery: Discovery, path: str, most: int = _MOST_BYTES) -> bytes:
    """Send one request to an engine; gives no bytes when it does not answer well."""
    connection = http.client.HTTPConnection(discovery.host, discovery.port, timeout=_ANSWER_WITHIN)
    try:
        connection.request(method, path, headers={KEY_HEADER: discovery.key})
        response = connection.getresponse()
        body = response.read(most)
    except (OSError, http.client.HTTPException):
        return b""
    finally:
        connection.close()
    return body if response.status == http.HTTPStatus.OK else b""


class Lease:
    """Keeps an engine from ending for as long as this process lives, or holds the object.

    It is an open request, so that the system ends it with the process, however that ends.
    """

    def __init__(self, engine: RunningEngine) -> None:
        """Take it; where the engine does not answer, it is not held."""
        self.pid = engine.pid
        address = urlsplit(engine.url)
        self._connection = http.client.HTTPConnection(
            address.hostname or "", address.port, timeout=_ANSWER_WITHIN
        )
        self._response: http.client.HTTPResponse | None = None
        with contextlib.suppress(OSError, http.client.HTTPException):
            self._connection.request("GET", "/engine/lease", headers={KEY_HEADER: engine.key})
            self._socket = self._connection.sock
            self._response = self._connection.getresponse()

    @property
    def is_held(self) -> bool:
        """False once the engine has ended, or has not answered."""
        if self._response is None or self._response.status != http.HTTPStatus.OK:
            return False
        try:
            self._socket.settimeout(0)
            self._socket.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return True
        except OSError:
            return False
        return False  # whatever comes is the end

    def release(self) -> None:
        """Let the engine end when nobody else uses it."""
        if self._response is not None:
            self._response.close()
        self._connection.close()

    def __del__(self) -> None:
        """Nobody holds it any more."""
        self.release()
