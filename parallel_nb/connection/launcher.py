"""Find the person's running engine for a folder of documents, or start one.

The engine is a process of its own, so that a job outlives the kernel that began it; its home is
described in `engine_home`. An engine of another version is ended and started again on the same port
with the same key: its unfinished runs go on, and clients in other kernels see a short break that
they retry over. One whose documents have changed reads what is new while it goes on.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import site
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from parallel_nb import engine_home, settings
from parallel_nb.api.errors import ConnectionProblem
from parallel_nb.connection.described import DocumentList, Refreshed
from parallel_nb.connection.running import (
    MOST_BYTES_OF_DOCUMENTS,
    as_running,
    ask,
    running_engine,
)
from parallel_nb.engine_home import FileLock, read_discovery

if TYPE_CHECKING:
    from collections.abc import Callable

    from parallel_nb.connection.described import DocumentStatus, ReadingProgress
    from parallel_nb.connection.running import RunningEngine
    from parallel_nb.engine_home import Documents
    from parallel_nb.model_address import ModelAddress

#: Seconds that an engine may take to end when it is asked to.
_END_WITHIN: Final = 10.0
#: Seconds after which an engine that does not answer is ended by force.
_END_WITHOUT_ANSWER_WITHIN: Final = 2.0
#: How often an engine is started that ends while it reads the documents.
_ATTEMPTS: Final = 3
#: Seconds for an engine to start; it reads the documents after that.
START_WITHIN: Final = 300.0
#: Bytes that must be free where it keeps what it has.
_LEAST_FREE: Final = 1_000_000
#: Seconds between two looks at whether it listens.
_LOOK_EVERY: Final = 0.005
#: Lines of the engine's log that an error shows.
_LOG_LINES: Final = 12
#: Settings of the engine's own: how it ranks, and what bounds the reading of a language model.
_ENGINE_SETTINGS: Final = (
    "model_readers", "model_requests_per_minute", "model_timeout", "model_writes_text", "semantic",
)  # fmt: skip
#: Processes that this one has started; kept so that they are reaped when they end.
_children: list[subprocess.Popen[bytes]] = []


def ensure_engine(
    documents: Documents | None = None,
    model: ModelAddress | None = None,
    on_progress: Callable[[ReadingProgress], None] | None = None,
    *,
    as_set: bool = False,
) -> RunningEngine:
    """Find the engine for these documents, or start it, and wait until it has read them.

    Who interrupts the waiting does not interrupt the reading.

        engine = ensure_engine("dataroom")
        engine.url, engine.documents

    Args:
        documents: A folder; None for the sample documents.
        model: The language model that reads for it; None for the rules alone.
        on_progress: Is called about every second while files are read.
        as_set: Whether one that ranks otherwise than is set and installed here is started again:
            for who connects, not for who only goes on, or two kernels would end each other's.

    Raises:
        ConnectionProblem: The documents cannot be read, the model does not answer, or the engine
            does not start; the message carries what its log says.
        InputError: The variable that should hold the model's key is not set.
    """
    folder = engine_home.resolve_documents(documents)
    home = engine_home.home_of(folder, model)
    if model is not None:
        model.key()  # told before anything is started
    try:
        engine_home.make_private(home)
        for _ in range(_ATTEMPTS):
            found = _find_or_start(home, folder, model, as_set=as_set)
            if engine := _with_all_read(home, found, on_progress):
                return engine
    except OSError as error:
        raise ConnectionProblem(
            f"The engine's folder {home} cannot be used: {error}.",
            "Move away what the message names, or set PARALLEL_NB_HOME to a folder that can be "
            "written.",
        ) from error
    raise ConnectionProblem(
        "The engine has ended again and again while it read the documents.",
        f"Its log {home / 'engine.log'} may say why.",
    )


class _Found(NamedTuple):
    """The engine of a home."""

    pid: int
    #: Whether it was started just now.
    started: bool


def _with_all_read(
    home: Path, found: _Found, on_progress: Callable[[ReadingProgress], None] | None
) -> RunningEngine | None:
    """The engine once it has read all that is there now; None where it has ended meanwhile.

    Raises:
        ConnectionProblem: Nothing can be read.
    """
    # one that was started for this has looked at the folder since
    path = "/engine/refresh?look=1" if found.started else "/engine/refresh"
    while (discovery := read_discovery(home)) and discovery.pid == found.pid:
        try:
            answer = msgspec.json.decode(ask("POST", discovery, path), type=Refreshed)
        except msgspec.DecodeError:
            return None
        if answer.problem is not None:
            raise ConnectionProblem(*answer.problem)
        if answer.is_read:
            return replace(as_running(discovery, answer), started=found.started)
        if answer.reading is not None and on_progress is not None:
            on_progress(answer.reading)
        path = f"/engine/refresh?look={answer.look}"
    return None


def _find_or_start(
    home: Path, folder: Path | None, model: ModelAddress | None, *, as_set: bool
) -> _Found:
    if (engine := running_engine(home)) and _is_wanted(engine, as_set=as_set):
        return _Found(engine.pid, started=False)
    lock = FileLock(home / engine_home.START_LOCK)
    if not lock.acquire(timeout=START_WITHIN):
        raise ConnectionProblem(
            f"Another process (pid {lock.holder()}) has been starting this engine for "
            f"{START_WITHIN:.0f} s.",
            f"Try again, or look into {home / engine_home.START_LOG}.",
        )
    with lock:
        engine = running_engine(home)
        if engine and _is_wanted(engine, as_set=as_set):
            return _Found(engine.pid, started=False)
        _end(home, answers=engine is not None)
        return _Found(_start(home, folder, model), started=True)


def _is_wanted(engine: RunningEngine, *, as_set: bool) -> bool:
    """Whether an engine need not be started again."""
    if not engine.is_current or not as_set:
        return engine.is_current
    wanted = settings.current().semantic and engine_home.has_semantic()
    return (engine.semantic is not None) == wanted


def stop_engine(documents: Documents | None = None, model: ModelAddress | None = None) -> bool:
    """End the engine for these documents and this model.

    Unfinished runs are kept and go on when the engine is started again.

    Args:
        documents: A folder, which need not exist any more; None for the sample documents.
        model: The language model that reads for it, if one does.

    Returns:
        False when none runs.

    Raises:
        ConnectionProblem: It does not end.
    """
    folder = None if documents is None else engine_home.absolute_folder(documents)
    home = engine_home.home_of(folder, model)
    if not home.is_dir():
        return False
    return _end(home, answers=running_engine(home) is not None)


def engine_documents(
    documents: Documents | None = None, model: ModelAddress | None = None
) -> list[DocumentStatus]:
    """What the engine for these documents has read of them, and what not; it is started if needed.

    Args:
        documents: A folder; None for the sample documents.
        model: The language model that reads for it; None for the rules alone.

    Raises:
        ConnectionProblem: As `ensure_engine`.
    """
    ensure_engine(documents, model)
    home = engine_home.home_of(engine_home.resolve_documents(documents), model)
    discovery = read_discovery(home)
    body = b""
    if discovery is not None:
        body = ask("GET", discovery, "/engine/documents", MOST_BYTES_OF_DOCUMENTS)
    try:
        return msgspec.json.decode(body, type=DocumentList).documents
    except msgspec.DecodeError as error:
        raise ConnectionProblem(
            "The engine does not list its documents.", f"Look into {home / engine_home.START_LOG}."
        ) from error


def _end(home: Path, *, answers: bool) -> bool:
    """End the engine that holds this home: asked first where it answers, then by force."""
    lock = FileLock(home / engine_home.ENGINE_LOCK)
    if not lock.is_held():
        return False
    discovery = read_discovery(home)
    if answers and discovery:
        ask("POST", discovery, "/engine/stop")
    pid = lock.holder()
    for force in (False, True):
        if force and pid is not None and pid != os.getpid():
            # It holds the lock, so this is the engine and no other process of that number.
            with contextlib.suppress(OSError):
                os.kill(pid, getattr(signal, "SIGKILL", signal.SIGTERM))
        timeout = _END_WITHIN if answers or force else _END_WITHOUT_ANSWER_WITHIN
        if lock.acquire(timeout=timeout):
            lock.release()
            _reap(pid)
            return True
    raise ConnectionProblem(
        f"The running engine (pid {pid}) does not end.", f"End process {pid}, then try again."
    )


# --- starting ---------------------------------------------------------------------------


def _start(home: Path, folder: Path | None, model: ModelAddress | None) -> int:
    """Start an engine, and wait until it listens; gives its process."""
    before = read_discovery(home)
    command = [
        *(sys.executable, "-m", "parallel_nb.engine", "--discovery"),
        *("--data-dir", str(home)),
        *("--idle-seconds", str(settings.current().engine_idle_seconds)),
        *("--retention-days", str(settings.current().engine_retention_days)),
        *(("--documents", str(folder)) if folder else ()),
        *(("--prefer-port", str(before.port)) if before else ()),
    ]
    if model is not None:
        command += ["--model", str(model)]
        command += ["--model-key-from", model.key_from] if model.key_from else []
    environment = _environment()
    flags: dict[str, Any] = {"start_new_session": True}
    if sys.platform == "win32":
        flags = {"creationflags": subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP}
    with open(home / engine_home.START_LOG, "wb", opener=engine_home.open_private) as log:
        process = subprocess.Popen(  # noqa: S603 - our own interpreter and arguments
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=home,
            env=environment,
            **flags,
        )
    _reap()
    _children.append(process)
    deadline = time.monotonic() + START_WITHIN
    while time.monotonic() < deadline:
        if (discovery := read_discovery(home)) and discovery.pid == process.pid:
            return process.pid
        if process.poll() is not None:
            raise _start_problem(home, process.returncode)
        time.sleep(_LOOK_EVERY)
    process.kill()
    raise ConnectionProblem(
        f"The engine was not ready after {START_WITHIN:.0f} s.",
        f"Its log says: {_log_end(home)}",
    )


def _environment() -> dict[str, str]:
    """Our own environment without the hosted service's key, which the engine has no use for.

    The settings go with it as they are here, since a `%config` is known to this process alone.

    Where the package is run from a checkout that is not installed, PYTHONPATH leads there.
    """
    environment = {k: v for k, v in os.environ.items() if k != "PARALLEL_API_KEY"}
    configured = settings.current()
    for name in _ENGINE_SETTINGS:
        if (value := getattr(configured, name)) is not None:
            environment[f"{settings.ENV_PREFIX}{name.upper()}"] = str(value)
    root = str(Path(__file__).parents[2])
    if root not in {*site.getsitepackages(), site.getusersitepackages()}:
        paths = [root, environment.get("PYTHONPATH", "")]
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
    return environment


def _reap(ending: int | None = None) -> None:
    """Collect children that have ended, so that they do not stay as zombies.

    Args:
        ending: The process that has just released its lock; it is waited for.
    """
    for child in _children:
        if child.pid == ending:
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(_END_WITHIN)
    _children[:] = [child for child in _children if child.poll() is None]


def _start_problem(home: Path, code: int) -> ConnectionProblem:
    """Why the engine ended at its start: its own words, where it had any."""
    lines = _log_end(home).splitlines()
    if code == 2 and lines:  # its own clear error: first line what, the rest what to do
        return ConnectionProblem(lines[0], "\n".join(lines[1:]))
    if not lines and shutil.disk_usage(home).free < _LEAST_FREE:  # not even the log was written
        return ConnectionProblem(
            f"The engine did not start: the disk of {home} is full.",
            "Make room there, or set PARALLEL_NB_HOME to a folder on another disk.",
        )
    log = "\n".join(lines) or "nothing"
    return ConnectionProblem(
        f"The engine did not start (exit code {code}).",
        f"Its log {home / engine_home.START_LOG} says:\n{log}",
    )


def _log_end(home: Path) -> str:
    try:
        text = (home / engine_home.START_LOG).read_text("utf-8", errors="replace")
    except OSError:
        return ""
    return "\n".join(text.strip().splitlines()[-_LOG_LINES:])
