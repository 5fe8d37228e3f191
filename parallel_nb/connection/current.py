"""The connection: where questions go, and how it is chosen."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import html
import os
import threading
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal
from urllib.parse import urlsplit

from parallel_nb import settings
from parallel_nb.api import routes
from parallel_nb.api.errors import ConnectionProblem, InputError, TransportError
from parallel_nb.connection.background import background_loop, closers, run

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from parallel_nb.client import AsyncClient
    from parallel_nb.connection.background import Background
    from parallel_nb.connection.launcher import Engine

Kind = Literal["hosted", "embedded"]
KINDS: Final[tuple[Kind, ...]] = ("hosted", "embedded")

#: Seconds within which a base_url must answer.
_REACH: Final = 5.0

_lock = threading.RLock()
_current: Connection | None = None


def _after_fork() -> None:
    """In a forked child the lock may be held, for ever, by a thread that is gone."""
    global _lock  # noqa: PLW0603 - its one owner
    _lock = threading.RLock()
    for closer in list(closers):
        if isinstance(closer, Connection):
            closer._guard, closer._revival = threading.Lock(), threading.Lock()  # noqa: SLF001 - ours


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def is_billed(identity: str) -> bool:
    """True where runs cost money: on any connection but an embedded engine's.

    `identity` is a connection's, as the journal keeps it with each job.
    """
    return not identity.startswith("embedded:")


class Connection:
    """Where requests go: the hosted service, or an engine over a folder of documents.

    Attributes:
        kind: "hosted" or "embedded".
        label: What every display says about where an answer came from.
        identity: The same text for the same account, or folder, whenever it is connected;
            the journal ties answers to it. Holds no key and no port of an engine.
        edition: Changes when the same question may have another answer there, because the
            engine's documents or its code did; empty for the hosted service.
        base_url: Address of the service.
        api: Generation of the API.
        detail: In words: where the key was found, or how many documents there are.
    """

    def __init__(  # noqa: PLR0913 - made here alone
        self,
        kind: Kind,
        *,
        label: str,
        identity: str,
        base_url: str,
        key: str | None,
        api: str,
        detail: str,
        documents: Path | None = None,
    ) -> None:
        """Made by `connect`."""
        self.kind = kind
        self.label = label
        self.identity = identity
        self.edition = ""
        self.base_url = base_url
        self.api = api
        self.detail = detail
        self._key = key
        self._documents = documents
        self._clients: list[tuple[Background, AsyncClient]] = []
        self._guard = threading.Lock()
        self._revival = threading.Lock()
        closers.add(self)

    @property
    def is_billed(self) -> bool:
        """True where runs cost money: at the hosted service."""
        return is_billed(self.identity)

    @property
    def client(self) -> AsyncClient:
        """The client; to be used on the background loop (`run`, `submit`)."""
        host = background_loop()
        with self._guard:
            if self._clients:
                owner, client = self._clients[-1]
                if owner is host:
                    return client
            client = self._make_client()
            # Connecting anew lets go of this connection; a request under way goes on.
            client.when_dropped(partial(_close_dropped, host))
            self._clients.append((host, client))
            return client

    def _make_client(self) -> AsyncClient:
        from parallel_nb.client import AsyncClient, Quota  # noqa: PLC0415 - %load_ext stays light

        if self.kind == "hosted":
            return AsyncClient(self._key or "", self.base_url, self.api)
        # The engine is ours and near: no quota, and no proxy may come between.
        quota = Quota(1_000_000, 1_000_000)
        client = AsyncClient(self._key or "", self.base_url, self.api, quota=quota, trust_env=False)
        # An engine that was killed, or has stopped because it was idle, is started again by
        # the first request that it refuses; its unfinished runs go on.
        client.when_refused(lambda: asyncio.to_thread(self.revive))
        return client

    def revive(self) -> bool:
        """Start the engine again if it has stopped or its documents have changed.

        Returns True if that was done. An engine stops when it is idle, and may be killed;
        the client calls this by itself when a connection is refused. Takes some 10 ms, and
        blocks for as long as a start takes. Does nothing on a hosted connection.
        """
        if self.kind == "hosted":
            return False
        with self._revival:
            engine = _ensure_engine(self._documents)
            self.take(engine)
            return engine.started

    def take(self, engine: Engine) -> None:
        """Go on with this engine."""
        count = f"{engine.documents:,} document{'' if engine.documents == 1 else 's'}"
        sample = self._documents is None
        self.label = f"embedded: {'sample documents' if sample else f'{engine.name}, {count}'}"
        self.detail = f"Answers come from {count} on this machine, not from the web."
        self.edition = engine.edition
        with self._guard:
            self.base_url, self._key = engine.url, engine.key
            for _, client in self._clients:
                client.move(engine.url, engine.key)

    async def close_on(self, background: Background) -> None:
        """Close the clients that belong to a loop that ends."""
        with self._guard:
            mine = [client for owner, client in self._clients if owner is background]
            self._clients = [pair for pair in self._clients if pair[0] is not background]
        for client in mine:
            with contextlib.suppress(Exception):  # a dead socket is as good as a closed one
                await client.aclose()

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


def _close_dropped(owner: Background, close: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Close what a client had open, on its own loop.

    Runs wherever the client is collected, so it waits for nothing and takes no lock.
    """
    if owner.thread.is_alive():  # else it has closed its clients, or is a fork's parent's
        with contextlib.suppress(RuntimeError):  # it ends at this moment
            owner.loop.call_soon_threadsafe(owner.close_soon, close)


def connect(
    kind: str | None = None,
    *,
    api_key: str | None = None,
    base_url: str | None = None,
    documents: str | os.PathLike[str] | None = None,
    api: str | None = None,
) -> Connection:
    """Choose where questions go, for this process.

    Args:
        kind: "hosted" or "embedded". None: what the other arguments and the settings say,
            else hosted if a key is found, else embedded on the sample documents.
        api_key: Key of the hosted service; looked for if None (see `find_key`).
        base_url: Another address of the service.
        documents: Folder of documents for the embedded engine.
        api: Generation of the API: v1, v1beta or alpha.

    Returns:
        The connection, which is also kept as the current one.

    Raises:
        ConnectionProblem: There is no key, no such folder, nothing at that address, or
            arguments that do not go together.
    """
    global _current  # noqa: PLW0603 - the one owner of the current connection
    held = settings.current()
    wanted = _choose_kind(kind, api_key=api_key, base_url=base_url, documents=documents)
    try:
        generation = routes.check_generation(held.api if api is None else api)
    except InputError as error:
        raise ConnectionProblem(error.message, error.remedy) from error
    if wanted == "hosted":
        connection = _connect_hosted(api_key, base_url or held.base_url, generation)
    else:
        folder = documents if documents is not None else held.documents
        connection = _connect_embedded(folder, generation)
    with _lock:
        _current = connection
    return connection


def current_connection() -> Connection:
    """The current connection; connects by itself at first use.

    Starts an engine again that has stopped, or whose documents have changed, in the
    meantime. Not for the loop's own thread.
    """
    with _lock:
        connection = _current or connect()
    connection.revive()
    return connection


def disconnect() -> None:
    """Forget the current connection. What runs on it goes on, and so does an engine."""
    global _current  # noqa: PLW0603 - as above
    with _lock:
        _current = None


def _choose_kind(
    kind: str | None,
    *,
    api_key: str | None,
    base_url: str | None,
    documents: str | os.PathLike[str] | None,
) -> Kind:
    if kind is not None and kind not in KINDS:
        near = get_close_matches(str(kind), KINDS, n=1)
        hint = f'Did you mean "{near[0]}"? ' if near else ""
        raise ConnectionProblem(
            f"There is no connection {kind!r}.", f'{hint}Use "hosted" or "embedded".'
        )
    remote = [name for name, value in (("api_key", api_key), ("base_url", base_url)) if value]
    if documents is not None and (kind == "hosted" or remote):
        raise ConnectionProblem(
            f"documents goes with the embedded engine, not with {' and '.join(remote) or kind}.",
            'Use pnb.connect("embedded", documents=...), or leave documents out.',
        )
    if kind == "embedded" and remote:
        raise ConnectionProblem(
            f"{' and '.join(remote)} cannot be given for the embedded engine: it runs here, "
            "with a key of its own.",
            f"Leave {' and '.join(remote)} out, or use pnb.connect({remote[0]}=...).",
        )
    for known in KINDS:
        if kind == known:
            return known
    if remote:
        return "hosted"
    if documents is not None:
        return "embedded"
    return _kind_by_settings()


def _kind_by_settings() -> Kind:
    held = settings.current()
    for known in KINDS:
        if held.connection == known:
            return known
    if held.base_url:
        return "hosted"
    from parallel_nb.client.credentials import find_key  # noqa: PLC0415 - %load_ext stays light

    return "hosted" if find_key() else "embedded"


def _connect_hosted(api_key: str | None, base_url: str | None, api: str) -> Connection:
    from parallel_nb.client import credentials  # noqa: PLC0415 - as above
    from parallel_nb.client.client import check_base_url  # noqa: PLC0415 - as above

    url = check_base_url(base_url or routes.HOSTED_URL)
    credential = credentials.key_for(url, api_key or None)
    hosted = url == routes.HOSTED_URL
    place = urlsplit(url).netloc.rpartition("@")[2]
    identity = "hosted" if hosted else f"hosted:{place}{urlsplit(url).path}"
    if credential is not None:
        # Tells accounts apart in the journal. Salted and cut: nothing leads back to the key.
        digest = hashlib.sha256(b"parallel_nb account\0" + credential.key.encode()).hexdigest()
        identity += f":{digest[:12]}"
    connection = Connection(
        "hosted",
        label="hosted" if hosted else f"hosted ({place})",
        identity=identity,
        base_url=url,
        key=credential.key if credential else None,
        api=api,
        detail=f"Key from {credential.source}." if credential else "Without a key.",
    )
    if not hosted:
        try:
            run(connection.client.reach(_REACH))
        except TransportError as error:
            raise ConnectionProblem(
                error.message, "Check base_url, and that the service runs there."
            ) from error
    return connection


def _connect_embedded(documents: str | os.PathLike[str] | None, api: str) -> Connection:
    folder: Path | None = None
    identity = "embedded:sample"
    if documents is not None:
        folder = Path(documents).expanduser().resolve()
        digest = hashlib.sha256(os.fsencode(folder)).hexdigest()
        identity = f"embedded:{digest[:16]}"
    engine = _ensure_engine(folder)
    connection = Connection(
        "embedded",
        label="",
        identity=identity,
        base_url=engine.url,
        key=engine.key,
        api=api,
        detail="",
        documents=folder,
    )
    connection.take(engine)
    return connection


def _ensure_engine(documents: Path | None) -> Engine:
    from parallel_nb.connection.launcher import ensure_engine  # noqa: PLC0415 - %load_ext stays light

    return ensure_engine(documents)
