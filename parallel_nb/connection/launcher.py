"""Find the person's running engine for a folder of documents, or start one.

One engine serves all kernels of a person that ask about the same folder. It is a process
of its own, so that a job outlives the kernel that began it. What it keeps stands in
`engines/<folder>` below the settings' home:

    engine.json   where it listens, its key and what it has read; mode 0600
    key           its key; kept over restarts, so that clients that know it find it again
    engine.lock   held by the engine while it lives
    start.lock    held by whoever is starting it
    runs.sqlite3, index/, engine.log, start.log

An engine of another version, or one whose documents have changed since it started, is
ended and started again on the same port with the same key: its unfinished runs go on, and
clients in other kernels see a short break that they retry over.
"""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import json
import os
import signal
import site
import subprocess
import sys
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from parallel_nb import settings
from parallel_nb.api.errors import ConnectionProblem
from parallel_nb.api.routes import KEY_HEADER
from parallel_nb.connection.lock import FileLock
from parallel_nb.version import __version__

DISCOVERY: Final = "engine.json"
ENGINE_LOCK: Final = "engine.lock"
KEY_FILE: Final = "key"
_START_LOCK: Final = "start.lock"
_START_LOG: Final = "start.log"
#: Seconds that an engine may take to answer whether it lives.
_ANSWER_WITHIN: Final = 5.0
#: Seconds that an engine may take to end when it is asked to.
_END_WITHIN: Final = 10.0
#: Seconds that one that does not answer is given before it is ended by force.
_DEAF_WITHIN: Final = 2.0
#: Seconds for reading and indexing the documents at the start.
START_WITHIN: Final = 300.0
#: Processes that this one has started; kept so that they are reaped when they end.
_children: list[subprocess.Popen[bytes]] = []


@dataclass(frozen=True, slots=True)
class Engine:
    """A running engine."""

    url: str
    key: str = field(repr=False)
    #: Name of the documents, as a person calls them.
    name: str
    #: How many documents it has read.
    documents: int
    pid: int
    #: Whether this call has started it.
    started: bool
    #: Changes with the engine's code and with its documents: what it answered under another
    #: edition it may answer differently now.
    edition: str


def engine_home(documents: Path | None) -> Path:
    """The folder in which the engine for these documents keeps what it needs."""
    if documents is None:
        name = "sample"
    else:
        digest = hashlib.sha256(str(documents).encode("utf-8", "surrogateescape"))
        name = digest.hexdigest()[:16]
    return settings.current().home / "engines" / name


def resolve_documents(documents: Path | str | None) -> Path | None:
    """The folder's one true path; None stands for the sample documents.

    Raises `ConnectionProblem` when there is no such folder or it cannot be read.
    """
    if documents is None:
        return None
    folder = Path(documents).expanduser().resolve()
    remedy = "Pass the path of a folder with Markdown, text or HTML files."
    if not folder.exists():
        raise ConnectionProblem(f"The documents folder {documents} does not exist.", remedy)
    if not folder.is_dir():
        raise ConnectionProblem(f"The documents folder {documents} is not a folder.", remedy)
    if not os.access(folder, os.R_OK | os.X_OK):
        raise ConnectionProblem(
            f"The documents folder {documents} cannot be read.", "Check its permissions."
        )
    return folder


def engine_version() -> str:
    """The version of the engine's code; changes with an edited source too."""
    digest = hashlib.sha256()
    package = Path(__file__).parent.parent
    for room in ("api", "engine"):
        for path in sorted((package / room).rglob("*.py")):
            found = path.stat()
            digest.update(f"{path.name} {found.st_size} {found.st_mtime_ns}\n".encode())
    return f"{__version__}+{digest.hexdigest()[:12]}"


def fingerprint(documents: Path | None) -> str:
    """Changes when a document is added, removed or written: paths, sizes and times."""
    from parallel_nb.engine.corpus import documents as known  # noqa: PLC0415 - only where it is needed

    root = known.SAMPLE if documents is None else documents
    digest = hashlib.sha256()
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(folder, name)
            if name.startswith(".") or path.suffix.lower() not in known.READABLE_SUFFIXES:
                continue
            with contextlib.suppress(OSError):
                found = path.stat()
                line = f"{path.relative_to(root)}\0{found.st_size}\0{found.st_mtime_ns}\n"
                digest.update(line.encode("utf-8", "surrogateescape"))
    return digest.hexdigest()[:32]


def ensure_engine(documents: Path | str | None = None) -> Engine:
    """The engine for these documents: the running one, or one that is started now.

    Raises `ConnectionProblem` when the documents cannot be read or the engine does not
    start; the message carries what its log says.
    """
    folder = resolve_documents(documents)
    home = engine_home(folder)
    try:
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise ConnectionProblem(
            f"The engine's folder {home} cannot be made: {error.strerror}.",
            "Set PARALLEL_NB_HOME to a folder that can be written.",
        ) from error
    wanted = (engine_version(), fingerprint(folder))
    if (found := _running(home)) and found.matches(wanted):
        return found.engine
    lock = FileLock(home / _START_LOCK)
    if not lock.take(wait=START_WITHIN):
        raise ConnectionProblem(
            f"Another process (pid {lock.holder()}) has been starting this engine for "
            f"{START_WITHIN:.0f} s.",
            f"Try again, or look into {home / _START_LOG}.",
        )
    with lock:
        found = _running(home)
        if found and found.matches(wanted):
            return found.engine
        _end(home, found)
        return _start(home, folder)


def stop_engine(documents: Path | str | None = None) -> bool:
    """End the engine for these documents; False when none runs.

    Unfinished runs are kept and go on when the engine is started again.
    """
    folder = None if documents is None else Path(documents).expanduser().resolve()
    home = engine_home(folder)
    if not home.is_dir():
        return False
    return _end(home, _running(home))


# --- what runs --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Found:
    engine: Engine
    version: str
    fingerprint: str

    def matches(self, wanted: tuple[str, str]) -> bool:
        return (self.version, self.fingerprint) == wanted


def _running(home: Path) -> _Found | None:
    """The engine that its discovery file tells of, if it lives and answers."""
    told = read_discovery(home)
    lock = FileLock(home / ENGINE_LOCK)
    # an old file may name a port at which another program listens by now: the key is sent
    # only while the engine that wrote the file lives
    if told is None or not lock.held() or lock.holder() != told["pid"]:
        return None
    status, answer = _ask("GET", told["host"], told["port"], told["key"], "/engine")
    if status != http.HTTPStatus.OK or answer.get("pid") != told["pid"]:
        return None
    return _Found(
        Engine(
            url=told["url"],
            key=told["key"],
            name=answer["name"],
            documents=answer["documents"],
            pid=answer["pid"],
            started=False,
            edition=f"{answer['version']} {answer['fingerprint']}",
        ),
        version=answer["version"],
        fingerprint=answer["fingerprint"],
    )


def read_discovery(home: Path) -> dict[str, Any] | None:
    """What the discovery file says; None when there is none, or none that can be read."""
    try:
        told = json.loads((home / DISCOVERY).read_text("utf-8"))
        needed = {"host": str, "port": int, "key": str, "url": str, "pid": int}
        whole = all(isinstance(told[name], kind) for name, kind in needed.items())
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return told if whole else None


def _ask(method: str, host: str, port: int, key: str, path: str) -> tuple[int, dict[str, Any]]:
    """One request to an engine; status 0 when it does not answer."""
    connection = http.client.HTTPConnection(host, port, timeout=_ANSWER_WITHIN)
    try:
        connection.request(method, path, headers={KEY_HEADER: key})
        response = connection.getresponse()
        body = json.loads(response.read())
    except (OSError, http.client.HTTPException, ValueError):
        return 0, {}
    finally:
        connection.close()
    return response.status, body if isinstance(body, dict) else {}


def _end(home: Path, found: _Found | None) -> bool:
    """End the engine that holds this folder, asked first, then by force."""
    lock = FileLock(home / ENGINE_LOCK)
    if not lock.held():
        return False
    told = read_discovery(home)
    if found and told:
        _ask("POST", told["host"], told["port"], told["key"], "/engine/stop")
    pid = lock.holder()
    for force in (False, True):
        if force and pid is not None and pid != os.getpid():
            # it holds the lock, so this is the engine and no other process of that number
            with contextlib.suppress(OSError):
                os.kill(pid, getattr(signal, "SIGKILL", signal.SIGTERM))
        if lock.take(wait=_END_WITHIN if found or force else _DEAF_WITHIN):
            lock.release()
            _reap(pid)
            return True
    raise ConnectionProblem(
        f"The running engine (pid {pid}) does not end.", f"End process {pid}, then try again."
    )


# --- starting ---------------------------------------------------------------------------


def _start(home: Path, folder: Path | None) -> Engine:
    before = read_discovery(home)
    command = [
        *(sys.executable, "-m", "parallel_nb.engine", "--discovery"),
        *("--data-dir", str(home)),
        *("--idle-seconds", str(settings.current().engine_idle_seconds)),
        *("--retention-days", str(settings.current().engine_retention_days)),
        *(("--documents", str(folder)) if folder else ()),
        *(("--prefer-port", str(before["port"])) if before else ()),
    ]
    environment = _environment()
    flags: dict[str, Any] = {"start_new_session": True}
    if sys.platform == "win32":
        flags = {"creationflags": subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP}
    with (home / _START_LOG).open("wb") as log:
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
        told = read_discovery(home)
        if told and told["pid"] == process.pid and (found := _running(home)):
            return replace(found.engine, started=True)
        if process.poll() is not None:
            raise _start_problem(home, process.returncode)
        time.sleep(0.02)
    process.kill()
    raise ConnectionProblem(
        f"The engine was not ready after {START_WITHIN:.0f} s.",
        f"Its log says: {_log_end(home)}",
    )


def _environment() -> dict[str, str]:
    """Ours, but for the hosted service's key, which the engine has no use for.

    Where the package is run from a checkout that is not installed, the engine is told
    where it lies.
    """
    environment = {k: v for k, v in os.environ.items() if k != "PARALLEL_API_KEY"}
    root = str(Path(__file__).parents[2])
    if root not in {*site.getsitepackages(), site.getusersitepackages()}:
        paths = [root, environment.get("PYTHONPATH", "")]
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
    return environment


def _reap(ending: int | None = None) -> None:
    """Take note of children that have ended, so that they do not stay as zombies.

    One that has given its lock back, `ending`, needs a moment more and is waited for.
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
    said = "\n".join(lines) or "nothing"
    return ConnectionProblem(
        f"The engine did not start (exit code {code}).",
        f"Its log {home / _START_LOG} says:\n{said}",
    )


def _log_end(home: Path, lines: int = 12) -> str:
    try:
        text = (home / _START_LOG).read_text("utf-8", errors="replace")
    except OSError:
        return ""
    return "\n".join(text.strip().splitlines()[-lines:])
