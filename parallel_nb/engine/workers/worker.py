"""One reader: a process that is handed runs over its standard input and answers them.

Frames both ways are a length in 4 bytes and a body; see `Frame` for their first byte.
The process ends when its input does, so it never outlives the engine, however that ends.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import queue
import signal
import struct
import sys
import threading
from datetime import UTC, datetime
from functools import partial
from typing import IO, TYPE_CHECKING, Any, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from parallel_nb.api.types import Output, TaskRunInput
    from parallel_nb.engine.corpus.documents import Corpus
    from parallel_nb.engine.index.fulltext import Index
    from parallel_nb.engine.reader.answer import RunAnswer, RunProgress

    #: How a run is read: its input, and what to call with what is being done.
    Read = Callable[[TaskRunInput, Callable[[RunProgress], None] | None], RunAnswer]

_LENGTH: Final = struct.Struct("<I")
#: Seconds without a run after which a reader that has started warms itself.
_IDLE: Final = 0.05
#: Niceness of the readers: the event loop and the kernel that asks come first.
NICENESS: Final = 2


class Frame:
    """First bytes of the frames."""

    #: To the worker: a run's input as JSON, told with or without progress.
    RUN: Final = b"r"
    RUN_WITH_PROGRESS: Final = b"p"
    #: From the worker: it is ready for runs.
    READY: Final = b"R"
    #: A progress event as JSON.
    PROGRESS: Final = b"P"
    #: The output with element entries, where those differ; comes before `OUTPUT`.
    ELEMENTS: Final = b"E"
    #: The output. Ends a run.
    OUTPUT: Final = b"O"
    #: Why the run has failed, as text. Ends a run.
    FAILED: Final = b"F"


def write_frame(stream: IO[bytes], body: bytes) -> None:
    """Send one frame."""
    stream.write(_LENGTH.pack(len(body)) + body)
    stream.flush()


def read_frame(stream: IO[bytes]) -> bytes | None:
    """Receive one frame; None at the stream's end."""
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(head)
    body = stream.read(length)
    return body if len(body) == length else None


def encode_corpus(corpus: Corpus, directory: Path | None) -> bytes:
    """The first frame: what the worker reads, and where its index is kept.

    The corpus is handed over instead of read again, so that all readers and the search
    see the same documents even when the folder changes meanwhile.
    """
    return pickle.dumps((corpus, directory), pickle.HIGHEST_PROTOCOL)


def main() -> None:
    """Read the corpus that comes first, then serve runs until the input ends."""
    source, target = own_streams()

    from parallel_nb.engine.index.fulltext import Index  # noqa: PLC0415 - after the streams are safe
    from parallel_nb.engine.reader.answer import answer_run  # noqa: PLC0415 - the same

    first = read_frame(source)
    if first is not None:
        index = Index.build(*pickle.loads(first))  # noqa: S301 - from our own parent process
        serve_runs(source, target, partial(answer_run, index), partial(warm, index))


def own_streams() -> tuple[IO[bytes], IO[bytes]]:
    """The streams for the frames; whatever else prints goes to the log."""
    target = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the engine to answer
    if hasattr(os, "nice"):
        with contextlib.suppress(OSError):
            os.nice(NICENESS)
    return sys.stdin.buffer, target


def serve_runs(
    source: IO[bytes], target: IO[bytes], read: Read, when_idle: Callable[[], None] | None = None
) -> None:
    """Read each run that comes in and send its answer, until the input ends.

    `when_idle` is called once, when the reader is ready and no run has come for a moment.
    """
    from parallel_nb.api.types import TaskRunInput  # noqa: PLC0415 - after the streams are safe

    decode = msgspec.json.Decoder(TaskRunInput).decode
    frames: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
    # taking frames in beside the reading keeps the engine from ever blocking on a full pipe
    threading.Thread(target=_take_in, args=(source, frames), daemon=True).start()
    with contextlib.suppress(BrokenPipeError):
        write_frame(target, Frame.READY)
        for frame in _runs(frames, when_idle):
            teller = _Teller(target) if frame[:1] == Frame.RUN_WITH_PROGRESS else None
            try:
                reading = read(decode(frame[1:]), teller.tell if teller else None)
                plain, with_elements = encode_outputs(reading.output)
            except BrokenPipeError:
                raise
            except Exception as error:  # noqa: BLE001 - the run fails, the reader goes on
                write_frame(target, Frame.FAILED + failure_text(error).encode())
                continue
            if with_elements is not None:
                write_frame(target, Frame.ELEMENTS + with_elements)
            write_frame(target, Frame.OUTPUT + plain)


def warm(index: Index) -> None:
    """Answer a question of our own, so that the first one of a person finds all in place.

    What is slow once is code: patterns are compiled and tables made at their first use.
    """
    from parallel_nb.api.types import TaskRunInput, TaskSpec  # noqa: PLC0415 - as in the next line
    from parallel_nb.engine.reader.answer import answer_run  # noqa: PLC0415 - after the streams are safe

    titles = [document.title for document in index.corpus.documents[:1]]
    kinds = {"name": "string", "year": "integer", "share": "number", "listed": "boolean"}
    properties = {name: {"type": [kind, "null"]} for name, kind in kinds.items()}
    schema = {"type": "object", "properties": properties}
    spec = TaskSpec({"type": "json", "json_schema": schema})
    for title in titles:
        question = TaskRunInput("lite", f"What is known about {title}?", task_spec=spec)
        with contextlib.suppress(Exception):  # a person's own question will tell
            answer_run(index, question)


def _runs(
    frames: queue.SimpleQueue[bytes | None], when_idle: Callable[[], None] | None
) -> Iterator[bytes]:
    """The frames as they come, until the input ends."""
    try:
        frame = frames.get(timeout=_IDLE if when_idle else None)
    except queue.Empty:
        assert when_idle is not None  # noqa: S101 - without it there is no timeout
        when_idle()
        frame = frames.get()
    while frame is not None:
        yield frame
        frame = frames.get()


def _take_in(source: IO[bytes], frames: queue.SimpleQueue[bytes | None]) -> None:
    while (frame := read_frame(source)) is not None:
        frames.put(frame)
    frames.put(None)


def failure_text(error: Exception) -> str:
    """Why a run has failed, in one line."""
    said = str(error).strip().splitlines()
    return f"The documents could not be read for this run: {type(error).__name__}" + (
        f": {said[0][:300]}" if said else ""
    )


def encode_outputs(output: Output) -> tuple[bytes, bytes | None]:
    """An output without, and (if they differ) with the basis of list elements."""
    whole = msgspec.json.encode(output)
    names = output.content if isinstance(output.content, dict) else {}
    plain = [entry for entry in output.basis if entry.field in names or "." not in entry.field]
    if len(plain) == len(output.basis):
        return whole, None
    return msgspec.json.encode(msgspec.structs.replace(output, basis=plain)), whole


class _Teller:
    """Sends what a reading tells of itself as progress events."""

    def __init__(self, target: IO[bytes]) -> None:
        self._target = target

    def tell(self, step: RunProgress) -> None:
        """Tell what is being done, and how many sources have been looked at."""
        at = datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
        kind = "task_run.progress_msg.exec_status"
        self._send({"type": kind, "message": step.message, "timestamp": at})
        self._send(
            {
                "type": "task_run.progress_stats",
                "source_stats": {
                    "num_sources_considered": step.considered,
                    "num_sources_read": step.read,
                    "sources_read_sample": step.sample,
                },
                "progress_meter": step.meter,
            }
        )

    def _send(self, event: dict[str, Any]) -> None:
        write_frame(self._target, Frame.PROGRESS + msgspec.json.encode(event))


if __name__ == "__main__":
    main()
