"""A lock on a file that the system lets go when its holder ends, however it ends."""

from __future__ import annotations

import os
import sys
import time
from typing import IO, TYPE_CHECKING, Self

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

if sys.platform == "win32":
    import msvcrt

    def _take(stream: IO[str]) -> None:
        stream.seek(1 << 20)  # far behind the pid, which others must be able to read
        msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _take(stream: IO[str]) -> None:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)


class FileLock:
    """Held by one process at a time; the file names its holder."""

    def __init__(self, path: Path) -> None:
        """Use `path` as the lock; nothing is taken yet."""
        self._path = path
        self._stream: IO[str] | None = None

    def take(self, *, wait: float = 0.0) -> bool:
        """Take the lock, waiting for it up to so many seconds; False when it stays held."""
        deadline = time.monotonic() + wait
        self._path.touch(mode=0o600)
        stream = self._path.open("r+", encoding="ascii")
        while True:
            try:
                _take(stream)
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

    def held(self) -> bool:
        """Whether any process, or another holder in this one, has the lock now."""
        if not self._path.exists():
            return False
        with self._path.open("r+", encoding="ascii") as stream:
            try:
                _take(stream)
            except OSError:
                return True
        return False

    def holder(self) -> int | None:
        """The process that took the lock last."""
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
        """The lock, already taken."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let it go."""
        self.release()
