"""Files read in processes of their own, on all cores, with limits of time and memory.

A file on which a process spends too long, grows too large or dies costs that process and that file
alone: the process is ended and another takes its place.
"""

from __future__ import annotations

import contextlib
import logging
import os
import queue
import subprocess
import sys
import threading
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import psutil  # type: ignore[import-untyped]  # it has no types of its own

from parallel_nb.engine.corpus.extraction_worker import (
    FileToRead,
    decode_answer,
    encode_request,
    receive_frame,
    send_frame,
)
from parallel_nb.engine.corpus.formats import Extracted, Unread, extract_file, format_by_name
from parallel_nb.engine.corpus.ocr import OCR_SECONDS, installed
from parallel_nb.engine.corpus.page import UnreadableFileError
from parallel_nb.formats import duration, size

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable
    from concurrent.futures import Future

_log = logging.getLogger(__name__)
#: The module that runs in each process.
WORKER: Final = "parallel_nb.engine.corpus.extraction_worker"
#: Seconds between two looks at the time and memory of each process.
_LOOK_EVERY: Final = 0.02
#: Seconds beyond the limit after which a process ends that nobody watches any more.
_UNWATCHED: Final = 30.0
#: Processes at most, however many cores there are.
_MOST_PROCESSES: Final = 8
#: Files that are read ahead of what has been taken, for each process.
_AHEAD: Final = 8


@dataclass(frozen=True, slots=True)
class Limits:
    """What one file may take."""

    seconds: float = 60.0
    #: Bytes of memory of the process that reads it.
    memory: int = 1_500_000_000


class RoomFile(NamedTuple):
    """A file of a room."""

    path: Path
    #: The folder that it must stand in; links that lead out of it are not followed.
    root: Path
    #: What it is called: its path below the folder, with `/` between the parts.
    name: str


def extract_files(
    files: Iterable[RoomFile], limits: Limits | None = None, *, guard_all: bool = False
) -> Generator[Extracted]:
    """Read files, each as soon as a process is free.

    Args:
        files: the files.
        limits: what one file may take.
        guard_all: read plain text in processes too, which is faster for many files.

    Yields:
        What was found in each file, in their order. A file that could not be read says why.

    Examples:
        >>> for extracted in extract_files(files):  # doctest: +SKIP
        ...     print(len(extracted.texts), extracted.unread)
    """
    processes = min(_MOST_PROCESSES, os.cpu_count() or 1)
    guard = Guard(limits or Limits(), WORKER)
    with contextlib.closing(guard), ThreadPoolExecutor(processes) as threads:
        reading: deque[Future[Extracted]] = deque()
        try:
            for file in files:
                reading.append(threads.submit(_extract, guard, file, guard_all=guard_all))
                # what was read waits in memory until it is taken: not much at once
                if len(reading) > _AHEAD * processes:
                    yield reading.popleft().result()
            while reading:
                yield reading.popleft().result()
        finally:
            for waiting in reading:
                waiting.cancel()


def _extract(guard: Guard, file: RoomFile, *, guard_all: bool) -> Extracted:
    """Read one file, in a process where its format wants one."""
    known = format_by_name(file.path.name)
    if known is None or (known.is_plain and not guard_all):
        return extract_file(file.path, file.root)
    for_pictures = OCR_SECONDS if known.may_have_scans and installed() else 0.0
    ends_after = guard.ends_after + for_pictures
    request = FileToRead(os.fsencode(file.path), os.fsencode(file.root), ends_after)
    try:
        return decode_answer(guard.ask(encode_request(request), for_pictures))
    except UnreadableFileError as error:
        _log.warning("%s was not read: %s", file.path, error)
        return Extracted(unread=[Unread("", known.name, str(error))])


class Guard:
    """Has processes that it watches read files. Safe to use from several threads.

    Examples:
        >>> with contextlib.closing(Guard(Limits(), WORKER)) as guard:  # doctest: +SKIP
        ...     answer = guard.ask(request)
    """

    def __init__(self, limits: Limits, module: str) -> None:
        """Watch processes that run a module: it answers each frame that it is sent with one."""
        self._limits = limits
        self._module = module
        #: Seconds after which a process should end itself, where nobody is left to do it.
        self.ends_after = limits.seconds + _UNWATCHED
        self._idle: queue.SimpleQueue[_Process] = queue.SimpleQueue()
        self._busy: set[_Process] = set()
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._watcher = threading.Thread(target=self._watch, name="watches-reading", daemon=True)
        self._watcher.start()

    def close(self) -> None:
        """End the processes."""
        self._closed.set()
        self._watcher.join()
        with contextlib.suppress(queue.Empty):
            while True:
                self._idle.get_nowait().end()

    def ask(self, request: bytes, more_seconds: float = 0.0) -> bytes:
        """Have a process answer a request, which may take so much longer than the limit.

        Raises:
            UnreadableFileError: it took too much time or memory over it, or has crashed.
        """
        try:
            process = self._idle.get_nowait()
        except queue.Empty:
            process = _Process(self._module)
        with self._lock:
            self._busy.add(process)
        try:
            answer = process.ask(request, more_seconds)
        finally:
            with self._lock:
                self._busy.discard(process)
        if answer is not None:
            self._idle.put(process)
            return answer
        process.end()
        raise UnreadableFileError(process.why_ended or "its reader has crashed on it")

    def _watch(self) -> None:
        while not self._closed.wait(_LOOK_EVERY):
            with self._lock:
                busy = list(self._busy)
            for process in busy:
                process.check(self._limits)


class _Process:
    """A process that reads one file at a time."""

    def __init__(self, module: str) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            [sys.executable, "-m", module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment(),
        )
        self._began = float("inf")
        self._usage: psutil.Process | None = None
        with contextlib.suppress(psutil.Error):
            self._usage = psutil.Process(self._process.pid)
        #: Why it was ended, as a clause about its file; empty while it was not.
        self.why_ended = ""

    def ask(self, request: bytes, more_seconds: float) -> bytes | None:
        """Its answer; None where the process has ended over it."""
        assert self._process.stdin is not None  # noqa: S101 - it is a pipe
        assert self._process.stdout is not None  # noqa: S101 - the same
        self._began = time.monotonic() + more_seconds
        try:
            send_frame(self._process.stdin, request)
            return receive_frame(self._process.stdout)
        except OSError:
            return None
        finally:
            self._began = float("inf")

    def check(self, limits: Limits) -> None:
        """End it where it takes more than its file may."""
        if time.monotonic() - self._began > limits.seconds:
            self.why_ended = f"reading it took over {duration(limits.seconds)}"
        elif self._usage is not None:
            with contextlib.suppress(psutil.Error):
                if self._usage.memory_info().rss > limits.memory:
                    self.why_ended = f"reading it took over {size(limits.memory)} of memory"
        if self.why_ended:
            self._process.kill()

    def end(self) -> None:
        """End it, and wait until it has ended."""
        self._process.kill()
        self._process.communicate()


def environment() -> dict[str, str]:
    """The engine's own environment; a package that is not installed is found there too."""
    root = str(Path(__file__).parents[3])
    paths = [root, os.environ.get("PYTHONPATH", "")]
    return os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, paths))}
