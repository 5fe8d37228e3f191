"""Run an engine in this process: `parallel-nb serve`, and what the launcher starts."""

from __future__ import annotations

import json
import os
import socket
import sqlite3
import sys
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from parallel_nb import engine_home, settings
from parallel_nb.api.errors import ConnectionProblem, InputError
from parallel_nb.damaged import DamagedFileError, damage_of, damage_problem
from parallel_nb.engine.http.classroom import ClassLimits, Classroom
from parallel_nb.engine.http.state import EngineState
from parallel_nb.engine.http.usage import PAGE
from parallel_nb.engine.index.keeper import RoomKeeper
from parallel_nb.engine.index.semantic import open_ranking
from parallel_nb.engine.keys import KEY_VARIABLE, stored_key, write_private
from parallel_nb.engine.listening import is_loopback, listen
from parallel_nb.engine.logs import log_to
from parallel_nb.engine.many import is_bucket, make_claims, open_room, open_store
from parallel_nb.engine.pages.pages import Pages
from parallel_nb.engine.roster import ClassFile, is_readable_by_others
from parallel_nb.engine.server import run
from parallel_nb.engine.store.retention import delete_old
from parallel_nb.engine.store.sqlite_file import SqliteFile
from parallel_nb.engine.store.write import Store
from parallel_nb.engine.workers.finds import FindRuns
from parallel_nb.engine.workers.pool import READ_WITHIN, WorkerPool
from parallel_nb.engine.workers.worker import pickle_documents
from parallel_nb.engine_home import FileLock
from parallel_nb.formats import count

if TYPE_CHECKING:
    from collections.abc import Iterator

    from parallel_nb.engine.index.shared_room import SharedRoom
    from parallel_nb.engine.logs import LogFormat
    from parallel_nb.engine.reader.model.reader import ModelOptions
    from parallel_nb.engine.workers.protocol import Documents as WorkerDocuments
    from parallel_nb.engine_home import Documents
    from parallel_nb.model_address import ModelAddress

STORE: Final = "runs.sqlite3"
#: Seconds to wait for a lock that is held, perhaps by a process that only probes it.
_LOCK_WITHIN: Final = 0.5
#: Data folders that are tried for one of many engines on this machine.
_MOST_ENGINES: Final = 65
#: Seconds for reading the documents before the engine answers from those that it has read.
_PATIENCE: Final = 1.0


@dataclass(frozen=True, slots=True)
class ServeOptions:
    """How an engine is run, beside what `serve` takes."""

    #: Write where it listens into a file in the data folder, for others to share it.
    discovery: bool = False
    #: Take another free port when `port` is in use.
    any_port: bool = False
    #: Seconds between the comments that keep a quiet stream open.
    keep_alive: float = 10.0
    #: Worker processes; None for one a core.
    workers: int | None = None
    #: Days that ended runs are kept; None for what the settings say.
    retention_days: float | None = None
    #: The language model that reads beside the rules; None for the rules alone.
    model: ModelAddress | None = None
    #: The class file with the students who may ask beside the owner of the key.
    class_file: Path | None = None
    #: What each student may ask.
    limits: ClassLimits = field(default_factory=ClassLimits)
    #: The address of the PostgreSQL server where many engines keep their runs; None for a file.
    store: str | None = None
    #: Of its log.
    log_format: LogFormat = "text"
    #: Where engines put the finished index for each other; None for beside the documents.
    index: str | None = None
    #: Of an engine among many: seconds without a sign of life after which it is taken for dead.
    lease: float = 15.0
    #: Seconds that runs and open requests are given when such an engine is told to end.
    grace: float = 20.0


def serve(  # noqa: PLR0913, PLR0917 - the options of the command
    documents: Documents | None = None,
    port: int = 0,
    host: str = "127.0.0.1",
    api_key: str | None = None,
    data_dir: Path | str | None = None,
    idle_seconds: float | None = None,
    *,
    options: ServeOptions | None = None,
) -> None:
    """Serve the API over a folder of documents until the process is told to end.

    At its start it deletes groups and runs that ended longer ago than they are kept.

    Args:
        documents: the folder, or several folders, files and patterns; None for the sample
            documents.
        port: 0 takes a free one.
        host: the address to listen at; any but a loopback one needs an explicit key.
        api_key: the key that requests must carry; without one, a random key is made and
            kept in the data folder.
        data_dir: where runs and the index are kept; by default below the settings' home.
        idle_seconds: end after so many seconds without requests or runs; None for never.
        options: rarer choices.

    Raises:
        InputError: the arguments contradict each other.
        ConnectionProblem: the folder cannot be read, the port is in use, or another
            engine works in the data folder.

    Examples:
        >>> serve("dataroom/", port=8100)  # returns when the process is told to end
        Serving dataroom (212 documents) at http://127.0.0.1:8100
    """
    options = options or ServeOptions()
    if api_key is not None and not api_key.strip():
        raise InputError("The API key is empty.", "Write one into the key file, or leave it out.")
    class_file = ClassFile(options.class_file) if options.class_file else None
    if not is_loopback(host) and api_key is None and class_file is None:
        raise InputError(
            f"Listening at {host} lets other machines in, which needs a key of your own.",
            f"Pass --key-file or set {KEY_VARIABLE}, or leave --host out to serve this machine "
            "alone.",
        )
    if options.store is not None and api_key is None:
        raise InputError(
            "Engines on one store need one key.",
            f"Pass --key-file or set {KEY_VARIABLE}, with the same key for each of them.",
        )
    if is_bucket(documents) and options.store is None:
        raise InputError(
            f"Documents in a bucket ({documents}) are for engines on one store.",
            "Pass --store postgresql://... as well, or a folder of this machine.",
        )
    if not is_bucket(documents):
        documents = engine_home.resolve_documents(documents)
    home = store_of(documents, data_dir).parent
    home, lock = _lock_home(home, is_one_of_many=options.store is not None and data_dir is None)
    with lock, listen(host, port, any_port=options.any_port) as listener:
        if sys.platform != "win32":
            os.umask(0o077)  # what is made from here on is for its owner alone
        with _told_of_folder(home):
            log_to(home, options.log_format, console=not options.discovery)
            state = _make_state(documents, home, api_key or stored_key(home), options)
        if class_file:
            state.classroom = Classroom(class_file, options.limits)
        discovery = home / engine_home.DISCOVERY if options.discovery else None
        key_place = f"in {home / engine_home.KEY_FILE}" if api_key is None else "the one you passed"
        on_ready = partial(_announce, state, listener, key_place, discovery)
        run(state, listener, on_ready, idle_seconds, options.grace)


def _lock_home(home: Path, *, is_one_of_many: bool) -> tuple[Path, FileLock]:
    """Lock the data folder; of several engines on one machine, each takes one of its own."""
    for number in range(1, _MOST_ENGINES if is_one_of_many else 2):
        folder = home if number == 1 else home.with_name(f"{home.name}-{number}")
        _make_folder(folder)
        lock = FileLock(folder / engine_home.ENGINE_LOCK)
        if lock.acquire(timeout=0.0 if is_one_of_many else _LOCK_WITHIN):
            return folder, lock
    raise ConnectionProblem(
        f"Another engine (pid {lock.holder()}) works in {folder}.",
        "End it first, or choose another --data-dir.",
    )


def _make_state(
    documents: Documents | None, home: Path, key: str, options: ServeOptions
) -> EngineState:
    """Open the documents and the store; of the documents, some may still be read."""
    days = options.retention_days or settings.current().engine_retention_days
    room: RoomKeeper | SharedRoom
    store: Store
    with ExitStack() as opened:  # what is open already, if the rest cannot be
        if options.store is None:
            folder = engine_home.resolve_documents(documents)
            room, fetch = RoomKeeper(folder, home / engine_home.INDEX), None
            opened.callback(room.stop)
            room.start()
            room.wait_until_readable(_PATIENCE)
            store = _open_store(home / STORE, days)
            opened.callback(store.close)
        else:
            store = shared = open_store(options.store, options.lease, days)
            opened.callback(store.close)
            room, folder, fetch = open_room(documents, options.index, home, shared)
            opened.callback(room.stop)
            room.start()
            room.wait_until_readable(_PATIENCE)
        model = _open_model(options.model, home) if options.model else None
        semantic = open_ranking(room) if settings.current().semantic else None
        opened.pop_all()
    workers = _make_pool(store, pickle_documents(room.directory, model), model, options)
    finds = FindRuns(store, workers)
    return EngineState(
        key=key,
        room=room,
        store=store,
        workers=workers,
        finds=finds,
        claims=make_claims(store, workers, finds, lambda: len(room.index) > 0),
        pages=Pages(folder, fetch=fetch),
        model=options.model,
        semantic=semantic,
        version=engine_home.engine_version(),
        keep_alive=options.keep_alive,
    )


def _open_model(address: ModelAddress, home: Path) -> ModelOptions:
    """The model that reads; each worker has its part of the requests a minute."""
    from parallel_nb.engine.reader.model.cache import CACHE  # noqa: PLC0415 - most have no model
    from parallel_nb.engine.reader.model.probe import open_model  # noqa: PLC0415 - the same

    configured = settings.current()
    return open_model(
        address,
        within=configured.model_timeout,
        per_minute=configured.model_requests_per_minute / configured.readers_of(address),
        cache=home / CACHE,
        writes_text=configured.model_writes_text,
    )


def _make_pool(
    store: Store, documents: WorkerDocuments, model: ModelOptions | None, options: ServeOptions
) -> WorkerPool:
    """The workers: one a core, or, with a model, as many as may ask it at once."""
    if model is None:
        return WorkerPool(store, documents, workers=options.workers)
    readers = options.workers or settings.current().readers_of(model.address)
    # the run ends itself before; this is for a worker that hangs
    read_within = model.run_within + 2 * model.within + READ_WITHIN
    return WorkerPool(store, documents, workers=readers, read_within=read_within)


def _open_store(path: Path, days: float) -> Store:
    """Open the store without what is old; one that is damaged is put aside."""
    try:
        delete_old(path, days)
        return Store(SqliteFile(path))
    except (sqlite3.Error, DamagedFileError, OSError) as error:
        damage = "it is a folder" if path.is_dir() else damage_of(error)
        if damage is None:
            raise ConnectionProblem(
                f"The engine's data {path} cannot be opened: {error}.",
                "Check the folder's rights and space, or choose another --data-dir.",
            ) from error
        lost = "What was asked of this engine before is asked again, at no cost."
        raise damage_problem(path, damage, what="The engine's data", lost=lost) from error


def _announce(
    state: EngineState, listener: socket.socket, key_place: str, discovery: Path | None
) -> None:
    """Say that the engine is ready: on stdout, and in the discovery file where there is one."""
    corpus = state.index.corpus
    host, port = listener.getsockname()[:2]
    url = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    if discovery:
        record = {"url": url, "host": host, "port": port, "key": state.key, "pid": os.getpid()}
        write_private(discovery, json.dumps(record))
    if state.model:
        sys.stdout.write(f"{state.model.label[0].upper()}{state.model.label[1:]}\n")
    if state.semantic:
        sys.stdout.write("Searches rank by meaning too, as passages are read for it\n")
    skipped = f"Skipped: {count(len(corpus.skipped), 'file')}\n" if corpus.skipped else ""
    so_far = ""
    if progress := state.room.progress:
        so_far = f" so far, {progress.read:,} of {count(progress.files, 'changed file')} read"
    sys.stdout.write(
        f"Serving {corpus.name} ({count(len(state.index), 'document')}{so_far}) at {url}\n"
        f"API key: {key_place}\n{skipped}{_class_lines(state, url)}"
    )
    sys.stdout.flush()


def _class_lines(state: EngineState, url: str) -> str:
    """What a teacher has to know of the class, if there is one."""
    if state.classroom is None:
        return ""
    students = count(len(state.classroom.names), "student")
    for everywhere in ("//0.0.0.0:", "//[::]:"):  # where it listens is no address to connect to
        url = url.replace(everywhere, f"//{socket.gethostname()}:")
    warning = (
        "Other users of this machine can read the class file with its tokens: chmod 600\n"
        if is_readable_by_others(state.classroom.path)
        else ""
    )
    return warning + (
        f"Class: {students}; each connects to {url} with a token of their own\n"
        f"Who asked what: {url}{PAGE} (any user name, the API key as password)\n"
    )


def store_of(documents: Documents | None, data_dir: Path | str | None) -> Path:
    """Where `serve` with the same arguments keeps its runs; there need be nothing.

    Raises:
        ConnectionProblem: the folder of documents cannot be read.
    """
    if data_dir:
        return Path(data_dir).expanduser().resolve() / STORE
    if is_bucket(documents):  # the name of a data folder is made of its address
        return _default_data(Path(str(documents))) / STORE
    return _default_data(engine_home.resolve_documents(documents)) / STORE


def _default_data(folder: Path | None) -> Path:
    """A data folder beside those of the shared engines, so that neither is in the way."""
    shared = engine_home.home_of(folder)
    return shared.parent.parent / "served" / shared.name


@contextmanager
def _told_of_folder(home: Path) -> Iterator[None]:
    """A file or folder of the data folder that cannot be used is a fault with a remedy."""
    try:
        yield
    except OSError as error:
        raise ConnectionProblem(
            f"The data folder {home} cannot be used: {error}.",
            "Move away what the message names, check rights and space, or choose another "
            "--data-dir.",
        ) from error


def _make_folder(home: Path) -> None:
    try:
        engine_home.make_private(home)
    except OSError as error:
        raise ConnectionProblem(
            f"The data folder {home} cannot be made: {error.strerror}.",
            "Choose another --data-dir, or set PARALLEL_NB_HOME.",
        ) from error
    if not os.access(home, os.W_OK | os.X_OK):
        raise ConnectionProblem(
            f"The data folder {home} cannot be written.", "Choose another --data-dir."
        )
