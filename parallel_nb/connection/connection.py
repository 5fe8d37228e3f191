"""Connections: where requests go, what every display says of it, and the client for it."""

from __future__ import annotations

import asyncio
import contextlib
import html
import re
import sys
import threading
import time
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal, NoReturn

from parallel_nb.api.errors import InputError
from parallel_nb.connection.background import background_loop, loop_resources
from parallel_nb.engine_home import folder_id, home_of
from parallel_nb.formats import count, time_left

if TYPE_CHECKING:
    from pathlib import Path

    from parallel_nb.api.routes import Generation
    from parallel_nb.client import AsyncClient
    from parallel_nb.client.transport import Close
    from parallel_nb.connection.background import Background
    from parallel_nb.connection.described import DocumentStatus, ModelUsage, ReadingProgress
    from parallel_nb.connection.running import Lease, RunningEngine
    from parallel_nb.model_address import ModelAddress

ConnectionKind = Literal["hosted", "embedded"]
KINDS: Final[tuple[ConnectionKind, ...]] = ("hosted", "embedded")
#: The digest of an API key at the end of a hosted connection's identity.
_API_KEY_DIGEST: Final = re.compile(r":[0-9a-f]{12}$")
#: How the identity begins of a connection to an engine that somebody else serves.
SERVED: Final = "served:"
#: Seconds of reading documents after which its progress is shown.
_SHOWN_AFTER: Final = 5.0
#: Runs and requests a minute to an engine of our own: no quota.
_UNLIMITED: Final = 1_000_000


def is_billed(identity: str) -> bool:
    """True where runs cost money: on any connection but an engine's.

        >>> is_billed("hosted:0a1b2c"), is_billed("embedded:sample")
        (True, False)

    Args:
        identity: A connection's, as the journal keeps it with each job.
    """
    return not identity.startswith(("embedded:", SERVED))


def service_of(identity: str) -> str:
    """The service of a connection, whatever the key.

        >>> service_of("hosted:0123456789ab")
        'hosted'

    Args:
        identity: A connection's.
    """
    return identity if identity.startswith("embedded:") else _API_KEY_DIGEST.sub("", identity)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a client sends its requests, and with which key."""

    base_url: str
    key: str | None = field(repr=False)
    api: Generation


@dataclass(frozen=True, slots=True)
class ConnectionRecipe:
    """What a process needs to connect to the same. It holds no key: each finds its own."""

    #: None for an embedded engine, which each machine starts for itself.
    base_url: str | None
    api: str
    #: Of an embedded engine: its folder, and its language model.
    documents: Path | None = None
    model: ModelAddress | None = None


class Connection:
    """Where requests go: the hosted service, or an engine over a folder of documents.

    Made by `connect`:

        connection = pnb.connect("embedded", documents="dataroom")
        connection.label

    Attributes:
        kind: "hosted" or "embedded".
        label: What every display says about where an answer came from.
        detail: In words: where the key was found, or how many documents there are.
        identity: The same text for the same account, or folder, whenever it is connected;
            the journal keeps answers by it. Holds no key and no port of an engine.
        edition: Changes when the same question may have another answer there, because the
            engine's documents or its code did; empty for the hosted service.
    """

    kind: ClassVar[ConnectionKind] = "hosted"
    #: The language model that reads for an embedded engine; None where none does.
    model: ModelAddress | None = None

    def __init__(self, endpoint: Endpoint, *, identity: str, label: str, detail: str) -> None:
        """Nothing is opened before the first request."""
        self._endpoint = endpoint
        self.identity = identity
        self.label = label
        self.detail = detail
        self.edition = ""
        #: The client, and the loop that it belongs to: an ended one has closed its client.
        self._client: tuple[Background, AsyncClient] | None = None
        self._client_lock = threading.Lock()
        loop_resources.add(self)

    @property
    def base_url(self) -> str:
        """Address of the service."""
        return self._endpoint.base_url

    @property
    def api(self) -> str:
        """Generation of the API."""
        return self._endpoint.api

    @property
    def is_billed(self) -> bool:
        """True where runs cost money: at the hosted service."""
        return is_billed(self.identity)

    @property
    def client(self) -> AsyncClient:
        """The client; to be used on the background loop (`background.run`, `submit`)."""
        host = background_loop()
        with self._client_lock:
            if self._client is not None and self._client[0] is host:
                return self._client[1]
            client = self._make_client()
            # Another `connect` drops this connection; a request under way goes on.
            host.close_at_end(client.when_dropped(partial(_close_dropped, host)))
            self._client = (host, client)
            return client

    @property
    def recipe(self) -> ConnectionRecipe:
        """What another process needs to connect to the same."""
        return ConnectionRecipe(self.base_url, self.api)

    def _make_client(self) -> AsyncClient:
        from parallel_nb.client import AsyncClient  # noqa: PLC0415 - %load_ext stays light

        return AsyncClient(self._endpoint.key or "", self.base_url, self.api)

    def model_usage(self) -> ModelUsage | None:
        """What a language model was asked for this connection; blocks for some milliseconds.

        Returns:
            Requests, replies that were known, and tokens, since the engine started; None where no
            model reads.
        """
        return None

    def revive(self) -> bool:
        """Start the embedded engine again if it has stopped; wait until its documents are read.

        Takes some 10 ms, and blocks for as long as a start and the reading of what has changed
        take. Does nothing on a hosted connection.

        Returns:
            True if it was started.

        Raises:
            ConnectionProblem: The engine does not start, or its documents are gone.
        """
        return False

    def documents(self) -> list[DocumentStatus]:
        """What the embedded engine has read of its documents, and what not.

        Returns:
            A `DocumentStatus` a file, by path: the columns of `pnb.documents()`.

        Raises:
            InputError: The connection is hosted, and has no documents.
            ConnectionProblem: The engine does not start.
        """
        raise InputError(
            "The hosted service answers from the web and has no documents to list.",
            'Connect to some: pnb.connect("embedded", documents=...).',
        )

    def after_fork(self) -> None:
        """In a forked child: a thread that is gone may hold the lock, so take a new one."""
        self._client_lock = threading.Lock()

    def __reduce__(self) -> NoReturn:
        """Refuse to be copied or pickled: it holds a key.

        Raises:
            InputError: Always; says what to do instead.
        """
        raise InputError(
            "A connection cannot be copied, pickled or stored: it holds a key.",
            "Connect again where it is needed: pnb.connect(...).",
        )

    def __repr__(self) -> str:
        """The label; never the key."""
        return f"<Connection {self.label}>"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """A line for a notebook."""
        del include, exclude
        text = f"Connected: {self.label}\n{self.detail}"
        label, detail = html.escape(self.label), html.escape(self.detail)
        return {
            "text/plain": text,
            "text/html": f"<p>Connected: <b>{label}</b><br><small>{detail}</small></p>",
        }


class EmbeddedConnection(Connection):
    """A connection to an engine over a folder of documents, which is started where needed."""

    kind: ClassVar[ConnectionKind] = "embedded"

    def __init__(
        self, documents: Path | None, api: Generation, model: ModelAddress | None = None
    ) -> None:
        """Find or start the engine for a (resolved) folder; None for the sample documents.

        Args:
            documents: The folder.
            api: Generation of the API.
            model: The language model that reads beside the rules; None for the rules alone.

        Raises:
            ConnectionProblem: The documents cannot be read, the model does not answer, or the
                engine does not start.
            InputError: The variable that should hold the model's key is not set.
        """
        self._documents = documents
        self.model = model
        self._revival_lock = threading.Lock()
        self._lease: Lease | None = None
        engine = _ensure_engine(documents, model, as_set=True)
        endpoint = Endpoint(engine.url, engine.key, api)
        identity = f"embedded:{folder_id(documents, model)}"
        super().__init__(endpoint, identity=identity, label="", detail="")
        self._use(engine)

    def _make_client(self) -> AsyncClient:
        from parallel_nb.client import AsyncClient, Quota  # noqa: PLC0415 - %load_ext stays light

        # The engine is ours and near: no quota, and no proxy may come between.
        client = AsyncClient(
            self._endpoint.key or "",
            self.base_url,
            self.api,
            quota=Quota(_UNLIMITED, _UNLIMITED, _UNLIMITED, _UNLIMITED),
            trust_env=False,
        )
        # An engine that was killed, or has stopped because it was idle, is started again by
        # the first request that it refuses; its unfinished runs go on.
        client.when_refused(lambda: asyncio.to_thread(self.revive))
        return client

    def model_usage(self) -> ModelUsage | None:
        """See `Connection.model_usage`; counted since the engine started, for all who share it."""
        if self.model is None:
            return None
        from parallel_nb.connection.running import model_usage  # noqa: PLC0415 - %load_ext stays light

        return model_usage(home_of(self._documents, self.model))

    @property
    def recipe(self) -> ConnectionRecipe:
        """See `Connection.recipe`."""
        return ConnectionRecipe(None, self.api, self._documents, self.model)

    def revive(self) -> bool:
        """See `Connection.revive`; the client calls this when a connection is refused."""
        with self._revival_lock:
            engine = _ensure_engine(self._documents, self.model)
            self._use(engine)
            return engine.started

    def documents(self) -> list[DocumentStatus]:
        """See `Connection.documents`."""
        from parallel_nb.connection.launcher import engine_documents  # noqa: PLC0415 - light

        return engine_documents(self._documents, self.model)

    def _use(self, engine: RunningEngine) -> None:
        """Send what comes next to this engine."""
        documents = count(engine.documents, "document")
        if engine.not_read:
            documents += f", {engine.not_read:,} not read"
        name = "sample documents" if self._documents is None else f"{engine.name}, {documents}"
        self.label = f"embedded: {name}"
        read = count(engine.documents, "document")
        self.detail = f"Answers come from {read} on this machine, not from the web."
        if engine.not_read:
            self.detail += f" {count(engine.not_read, 'file')} could not be read:"
            self.detail += " %parallel_documents or pnb.documents() says why."
        if engine.semantic:
            self.detail += f" {engine.semantic.words}"
        if self.model is not None:
            self.label += f", {self.model.label}"
            where = "on this machine" if self.model.is_local else f"at {self.model.host}"
            self.detail += f" The language model {self.model.name} {where} reads them"
            self.detail += (
                "; what it says is checked against the text."
                if self.model.is_local
                else f": passages of the documents are sent to {self.model.host}."
            )
        self.edition = engine.edition
        self._hold(engine)
        with self._client_lock:
            self._endpoint = Endpoint(engine.url, engine.key, self._endpoint.api)
            if self._client is not None:
                self._client[1].move(engine.url, engine.key)

    def _hold(self, engine: RunningEngine) -> None:
        """Have the engine live for as long as this connection."""
        from parallel_nb.connection.running import Lease  # noqa: PLC0415 - %load_ext stays light

        if self._lease is None or self._lease.pid != engine.pid or not self._lease.is_held:
            if self._lease is not None:
                self._lease.release()
            self._lease = Lease(engine)

    def after_fork(self) -> None:
        """See `Connection.after_fork`."""
        super().after_fork()
        self._revival_lock = threading.Lock()
        self._lease = None  # the parent's; a child that asks takes its own


def _ensure_engine(
    documents: Path | None, model: ModelAddress | None, *, as_set: bool = False
) -> RunningEngine:
    from parallel_nb.connection.launcher import ensure_engine  # noqa: PLC0415 - %load_ext stays light

    shown = _ShownReading()
    try:
        return ensure_engine(documents, model, shown.show, as_set=as_set)
    finally:
        shown.clear()


class _ShownReading:
    """One line on stderr that says how far the reading of documents is, while it lasts."""

    def __init__(self) -> None:
        """Nothing is shown yet, and from another thread than a person's nothing will be."""
        self._width = 0
        self._from = time.monotonic() + _SHOWN_AFTER
        self._is_seen = threading.current_thread() is threading.main_thread()

    def show(self, progress: ReadingProgress) -> None:
        left = progress.seconds_left
        line = f"Reading documents: {progress.read:,} of {count(progress.files, 'file')}"
        if left is not None:
            line += f", {time_left((left, left, left))}"
        self._write(line)

    def clear(self) -> None:
        if self._width:
            self._write("")
            self._write("")  # the cursor stands at the line's beginning

    def _write(self, line: str) -> None:
        if self._is_seen and time.monotonic() >= self._from:
            sys.stderr.write(f"\r{line:<{self._width}}")
            sys.stderr.flush()
            self._width = len(line)


def _close_dropped(owner: Background, close: Close) -> None:
    """Close what a client had open, on its own loop.

    Runs wherever the client is collected, so it waits for nothing and takes no lock.
    """
    if owner.thread.is_alive():  # else it has closed its clients, or is a fork's parent's
        with contextlib.suppress(RuntimeError):  # it ends at this moment
            owner.loop.call_soon_threadsafe(owner.close_soon, close)
