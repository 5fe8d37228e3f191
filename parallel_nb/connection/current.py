"""The current connection: how it is chosen, and the one place that keeps it."""

from __future__ import annotations

import hashlib
import os
import threading
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from parallel_nb import settings
from parallel_nb.api import routes
from parallel_nb.api.errors import ConnectionProblem, InputError, TransportError
from parallel_nb.connection.background import run
from parallel_nb.connection.connection import KINDS, Connection, EmbeddedConnection, Endpoint
from parallel_nb.connection.frames import written_documents
from parallel_nb.engine_home import absolute_folder
from parallel_nb.formats import did_you_mean

if TYPE_CHECKING:
    from parallel_nb.connection.connection import ConnectionKind
    from parallel_nb.engine_home import Documents

#: Seconds within which a base_url must answer.
_REACH_WITHIN: Final = 5.0

_lock = threading.RLock()
_current: Connection | None = None


def _after_fork() -> None:
    """In a forked child: a thread that is gone may hold the lock, so take a new one."""
    global _lock  # noqa: PLW0603 - its one owner
    _lock = threading.RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def connect(  # noqa: PLR0913 - what a person may choose
    kind: str | None = None,
    *,
    api_key: str | None = None,
    base_url: str | None = None,
    documents: Documents | Any = None,
    api: str | None = None,
    model: str | None = None,
    model_key_from: str | None = None,
) -> Connection:
    """Choose where questions go, for this process.

        pnb.connect("embedded", documents="dataroom")
        pnb.connect("embedded", documents=["leases", "mails/*.eml", frame])
        pnb.connect("embedded", documents="dataroom", model="http://localhost:11434/v1#qwen3:8b")
        pnb.connect(api_key="...")

    Args:
        kind: "hosted" or "embedded". None: what the other arguments and the settings say,
            else hosted if a key is found, else embedded on the sample documents.
        api_key: Key of the hosted service; looked for if None (see `find_key`).
        base_url: Another address of the service.
        documents: Folder of documents for the embedded engine; a DataFrame in which each row is
            a document (columns text, and url or title; date, language and others if there are
            any); or a list of these, of files, and of patterns such as "mails/*.eml".
        api: Generation of the API: v1, v1beta or alpha.
        model: Language model that reads for the embedded engine beside its rules, as URL#NAME: any
            endpoint of OpenAI's chat completions, such as Ollama's. Passages of the documents go
            there, and nothing else leaves this machine.
        model_key_from: Environment variable that holds the endpoint's key.

    Returns:
        The connection, which becomes the current one.

    Raises:
        ConnectionProblem: There is no key, no such folder, a table without these columns, nothing
            at that address, an empty address, or arguments that do not go together.
        InputError: A setting, or the model's address, cannot be used.
    """
    global _current  # noqa: PLW0603 - the one owner of the current connection
    documents = written_documents(documents)
    _check_types(
        api_key=api_key,
        base_url=base_url,
        api=api,
        model=model,
        model_key_from=model_key_from,
    )
    configured = settings.current()
    chosen = _choose_kind(
        kind, api_key=api_key, base_url=base_url, documents=documents, model=model or model_key_from
    )
    try:
        generation = routes.check_generation(configured.api if api is None else api)
    except InputError as error:
        raise ConnectionProblem(error.message, error.remedy) from error
    if chosen == "hosted":
        connection = _connect_hosted(api_key, base_url or configured.base_url, generation)
    else:
        folder = documents if documents is not None else configured.documents
        resolved = None if folder is None else absolute_folder(folder)
        reads = configured.chosen_model(model, model_key_from)
        connection = EmbeddedConnection(resolved, generation, reads)
    with _lock:
        _current = connection
    return connection


def _check_types(**arguments: object) -> None:
    """Refuse arguments that are no texts, and an empty address; the value of a key is not shown.

    Raises:
        ConnectionProblem: One is of another type, or `base_url` is empty.
    """
    for name, value in arguments.items():
        if value is not None and not isinstance(value, str):
            raise ConnectionProblem(
                f"{name} is no text but of type {type(value).__name__}.",
                f'Write it in quotes: {name}="...".',
            )
    if (url := arguments.get("base_url")) is not None and not str(url).strip():
        # A variable that was never set must not send questions, and a key, to another service.
        raise ConnectionProblem(
            "base_url is empty.",
            "Give the address of the service, or leave base_url out for the usual one.",
        )


def current_connection() -> Connection:
    """The current connection; connects by itself at first use.

    Starts an engine again that has stopped since then, and waits until it has read documents that
    have changed. Not to be called on the background loop, which it may block.

    Raises:
        ConnectionProblem: There is no usable connection.
    """
    with _lock:
        connection = _current or connect()
    connection.revive()
    return connection


def connected(identity: str) -> Connection | None:
    """The current connection where it is this one; None where it is another, or there is none."""
    with _lock:
        return _current if _current is not None and _current.identity == identity else None


def disconnect() -> None:
    """Forget the current connection. What runs on it goes on, and so does an engine.

    pnb.disconnect()
    """
    global _current  # noqa: PLW0603 - as above
    with _lock:
        _current = None


def _choose_kind(
    kind: str | None,
    *,
    api_key: str | None,
    base_url: str | None,
    documents: Documents | None,
    model: str | None,
) -> ConnectionKind:
    if kind is not None and kind not in KINDS:
        raise ConnectionProblem(
            f"There is no connection {kind!r}.",
            f'{did_you_mean(str(kind), KINDS)}Use "hosted" or "embedded".',
        )
    remote = [name for name, value in (("api_key", api_key), ("base_url", base_url)) if value]
    ours = [name for name, value in (("documents", documents), ("model", model)) if value]
    if ours and (kind == "hosted" or remote):
        raise ConnectionProblem(
            f"{ours[0]} goes with the embedded engine, not with {' and '.join(remote) or kind}.",
            f'Use pnb.connect("embedded", {ours[0]}=...), or leave {ours[0]} out.',
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
    if ours:
        return "embedded"
    return _kind_by_settings()


def _kind_by_settings() -> ConnectionKind:
    configured = settings.current()
    for known in KINDS:
        if configured.connection == known:
            return known
    if configured.base_url:
        return "hosted"
    from parallel_nb.client.credentials import find_key  # noqa: PLC0415 - %load_ext stays light

    return "hosted" if find_key() else "embedded"


def _connect_hosted(
    api_key: str | None, base_url: str | None, api: routes.Generation
) -> Connection:
    from parallel_nb.client import credentials  # noqa: PLC0415 - as above
    from parallel_nb.client.client import check_base_url  # noqa: PLC0415 - as above

    url = check_base_url(base_url or routes.HOSTED_URL)
    credential = credentials.key_for(url, api_key or None)
    is_vendors = url == routes.HOSTED_URL
    address = urlsplit(url)
    place = address.netloc.rpartition("@")[2]  # without a user's name and password
    identity = "hosted" if is_vendors else f"hosted:{place}{address.path}"
    account = ""
    if credential is not None:
        # Tells accounts apart in the journal. Salted and cut: nothing leads back to the key.
        digest = hashlib.sha256(b"parallel_nb account\0" + credential.key.encode()).hexdigest()
        account = f":{digest[:12]}"
    endpoint = Endpoint(url, credential.key if credential else None, api)
    connection = Connection(
        endpoint,
        identity=identity + account,
        label="hosted" if is_vendors else f"hosted ({place})",
        detail=f"Key from {credential.source}." if credential else "Without a key.",
    )
    client = connection.client  # a proxy or certificate that cannot be used is told now
    if not is_vendors:
        try:
            is_engine = run(client.reach(_REACH_WITHIN))
        except TransportError as error:
            has_own = error.remedy != TransportError.remedy
            raise ConnectionProblem(
                error.message,
                error.remedy
                if has_own
                else "Check the address (base_url or PARALLEL_NB_BASE_URL), and that the service "
                "runs there.",
            ) from error
        if is_engine:
            from parallel_nb.connection.served import ServedConnection  # noqa: PLC0415 - as above

            key_source = credential.source if credential else "nowhere"
            shown = f"{place}{address.path}"
            return ServedConnection(endpoint, place=shown, account=account, key_source=key_source)
    return connection
