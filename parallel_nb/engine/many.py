"""What an engine has beside, where it is one of many: a store that they share, and their room.

What this needs is imported only where an engine is one of many.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from parallel_nb import engine_home
from parallel_nb.api.errors import ConnectionProblem, InputError
from parallel_nb.settings import is_postgres, without_password

if TYPE_CHECKING:
    from collections.abc import Callable

    from parallel_nb.engine.index.shared_room import SharedRoom
    from parallel_nb.engine.store.postgres import PostgresServer
    from parallel_nb.engine.store.shared import SharedStore
    from parallel_nb.engine.store.write import Store
    from parallel_nb.engine.workers.claims import Claims
    from parallel_nb.engine.workers.finds import FindRuns
    from parallel_nb.engine.workers.pool import WorkerPool

#: Extras by the first word of an address; each brings what fsspec needs for it.
_EXTRAS: Final = {
    **dict.fromkeys(("s3", "s3a"), "s3"),
    **dict.fromkeys(("gs", "gcs"), "gs"),
    **dict.fromkeys(("az", "abfs", "abfss"), "az"),
}


class Place(NamedTuple):
    """A place of files that fsspec knows."""

    files: Any
    path: str
    #: Without a password, as it may be shown.
    shown: str


def is_bucket(documents: engine_home.Documents | None) -> bool:
    """Whether documents are in a bucket and not on this machine."""
    return isinstance(documents, str) and "://" in documents


def open_store(address: str, lease: float, retention_days: float | None) -> SharedStore:
    """The store of many engines.

    Args:
        address: `postgresql://...`.
        lease: seconds after which an engine without a sign of life is taken for dead.
        retention_days: how long what has ended is kept.

    Raises:
        InputError: it is no such address, or a package is missing.
        ConnectionProblem: the server cannot be reached, or a newer version wrote there.
    """
    server = open_server(address, lease)
    from parallel_nb.engine.store.shared import SharedStore  # noqa: PLC0415 - many engines alone

    return SharedStore(server, retention_days)


def open_server(address: str, lease: float) -> PostgresServer:
    """The server of a store; see `open_store`."""
    if not is_postgres(address):
        raise InputError(
            f"--store {without_password(address)} is no address of a PostgreSQL server.",
            "Write it as postgresql://USER@HOST/DATABASE; leave it out for an engine on its own.",
        )
    try:
        from parallel_nb.engine.store.postgres import PostgresServer  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise InputError(
            f"--store needs psycopg and its pool, which are not installed ({error}).",
            "pip install 'parallel-nb[team]'",
        ) from error
    return PostgresServer(address, lease)


def open_room(
    documents: engine_home.Documents | None, index: str | None, home: Path, store: SharedStore
) -> tuple[SharedRoom, Path, Callable[[str], None] | None]:
    """The room of many engines.

    Args:
        documents: a folder, several sources, or the address of a bucket.
        index: where finished indexes are put; None for beside the documents.
        home: the data folder of this engine.
        store: what the engines share.

    Returns:
        The room, the folder in which its files are, and what brings one of them there.

    Raises:
        InputError: there are no documents, or a package is missing.
        ConnectionProblem: a place cannot be reached, or the engines there have other documents.
    """
    from parallel_nb.engine.board import StoreBoard, check_documents  # noqa: PLC0415 - many alone
    from parallel_nb.engine.corpus.mirror import Mirror  # noqa: PLC0415 - the same
    from parallel_nb.engine.index.exchange import VERSION, Exchange  # noqa: PLC0415 - the same
    from parallel_nb.engine.index.shared_room import SharedRoom  # noqa: PLC0415 - the same

    mirror = None
    if isinstance(documents, str) and is_bucket(documents):
        source = _open_place(documents, "--documents")
        mirror = Mirror(source.files, source.path, home / "documents")
        folder, identity, beside = mirror.folder, source.shown, documents
    else:
        resolved = engine_home.resolve_documents(documents)
        if resolved is None:
            raise InputError(
                "Engines on one store need documents.", "Pass --documents DIR, or s3://BUCKET/ROOM."
            )
        folder, identity, beside = resolved, f"the folder {resolved.name}", str(resolved)
    check_documents(store.server, identity)
    target = _open_place(index or f"{beside.rstrip('/')}-index", "--index")
    exchange = Exchange(target.files, target.path)
    try:
        exchange.check()
    except Exception as error:
        raise ConnectionProblem(
            f"The index cannot be put into {target.shown}: {type(error).__name__}: {error}.",
            "Give a folder or bucket as --index that every engine may write.",
        ) from error
    board = StoreBoard(store.server, VERSION)
    room = SharedRoom(folder, home / engine_home.INDEX, exchange, board, mirror)
    return room, folder, mirror.fetch if mirror else None


def _open_place(address: str, option: str) -> Place:
    """A place by its address: a folder, or what fsspec knows."""
    try:
        import fsspec  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise InputError(
            f"{option} needs fsspec, which is not installed.", "pip install 'parallel-nb[team]'"
        ) from error
    scheme, separator, _ = address.partition("://")
    shown = without_password(address) if separator else address
    try:
        files, path = fsspec.url_to_fs(address if separator else str(Path(address).absolute()))
    except ImportError as error:
        extra = _EXTRAS.get(scheme)
        package = f"'parallel-nb[{extra}]'" if extra else "what the message names"
        raise InputError(
            f"{option} {shown} needs a package that is not installed: {error}.",
            f"pip install {package}",
        ) from error
    except Exception as error:
        raise ConnectionProblem(
            f"{option} {shown} cannot be used: {type(error).__name__}: {error}.",
            "Write it as a folder, s3://BUCKET/FOLDER, gs://... or az://...",
        ) from error
    return Place(files, path, shown)


def make_claims(
    store: Store, pool: WorkerPool, finds: FindRuns, is_ready: Callable[[], bool]
) -> Claims | None:
    """What takes runs from the store while `is_ready`; None where it is that of one engine."""
    if not store.is_shared:
        return None
    from parallel_nb.engine.store.shared import SharedStore  # noqa: PLC0415 - an extra
    from parallel_nb.engine.workers.claims import Claims  # noqa: PLC0415 - many engines alone

    assert isinstance(store, SharedStore)  # noqa: S101 - the one that is shared
    return Claims(store, pool, finds, is_ready)
