"""A worker: a process that answers the runs that the pool sends it.

It ends when its standard input does, so it never outlives the engine, however that ends.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import queue
import signal
import sys
import threading
from functools import lru_cache, partial
from itertools import islice
from typing import IO, TYPE_CHECKING, Any, Final

import msgspec

from parallel_nb.api.types import TaskRunInput, TaskSpec
from parallel_nb.engine.store.tables import timestamp
from parallel_nb.engine.workers.protocol import (
    Answered,
    Documents,
    Failed,
    FindStep,
    ModelUsage,
    ProgressEvent,
    Reading,
    ReadRun,
    Ready,
    receive_from_pool,
    send,
)
from parallel_nb.formats import shorten

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from parallel_nb.engine.index.fulltext import Index
    from parallel_nb.engine.reader.answer import RunAnswer, RunProgress
    from parallel_nb.engine.reader.follow_up import EarlierRun
    from parallel_nb.engine.reader.model.reader import ModelOptions, ModelReader
    from parallel_nb.engine.workers.protocol import EarlierAnswer

    #: Answers a run; calls its second argument with each step. The third are the runs that it
    #: goes on from.
    Read = Callable[
        [TaskRunInput, Callable[[RunProgress], None] | None, Sequence[EarlierRun]], RunAnswer
    ]
    #: What a worker is sent to do.
    Work = ReadRun | FindStep

#: Seconds without a run after which a worker that has started warms up.
_IDLE: Final = 0.05
#: Niceness of the workers: the engine's event loop and the kernel that asks come first.
NICENESS: Final = 2
#: Characters of an exception's message that the reason of a failed run quotes.
_MAX_MESSAGE: Final = 300


def pickle_documents(directory: Path, model: ModelOptions | None = None) -> Documents:
    """The first message to a worker: where the room is kept, and the model that reads if any."""
    return Documents(pickle.dumps((directory, model), pickle.HIGHEST_PROTOCOL))


def main() -> None:
    """Open the documents, then answer runs until the input ends."""
    source, target = protocol_streams()

    from parallel_nb.engine.index.live import LiveIndex  # noqa: PLC0415 - after the streams are safe
    from parallel_nb.engine.reader.answer import answer_run  # noqa: PLC0415 - the same

    first = receive_from_pool(source)
    if isinstance(first, Documents):
        directory, options = pickle.loads(first.pickled)  # noqa: S301 - from our own parent process
        live = LiveIndex(directory)
        model = _open_model(options) if options else None

        def read(
            run: TaskRunInput,
            on_progress: Callable[[RunProgress], None] | None,
            earlier: Sequence[EarlierRun],
        ) -> RunAnswer:
            # each run sees the room as it is when its reading begins
            return answer_run(live.current(), run, on_progress, earlier, model)

        answer_runs(
            source,
            target,
            read,
            find=lambda body: _find(live.current(), body),
            when_idle=lambda: warm_up(live.current()),
        )


def _open_model(options: ModelOptions) -> ModelReader:
    from parallel_nb.engine.reader.model.reader import ModelReader  # noqa: PLC0415 - most have none

    return ModelReader(options)


def protocol_streams() -> tuple[IO[bytes], IO[bytes]]:
    """The streams for the messages; whatever else prints goes to the log."""
    target = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the engine to answer
    if hasattr(os, "nice"):
        with contextlib.suppress(OSError):
            os.nice(NICENESS)
    return sys.stdin.buffer, target


def _find(index: Index, body: bytes) -> bytes:
    from parallel_nb.engine.finder.steps import take_step  # noqa: PLC0415 - few workers find

    return take_step(index, body)


def _cannot_find(_: bytes) -> bytes:
    raise NotImplementedError("this worker takes no steps of FindAll runs")


def answer_runs(
    source: IO[bytes],
    target: IO[bytes],
    read: Read,
    *,
    find: Callable[[bytes], bytes] = _cannot_find,
    when_idle: Callable[[], None] | None = None,
) -> None:
    """Answer each run that comes in, until the input ends.

    Args:
        source: where the pool's messages come from.
        target: where the answers go.
        read: answers one run; when it raises, that run has failed.
        find: takes a step of a FindAll run; when it raises, the step has failed.
        when_idle: is called once, when the worker is ready and no run has come for a moment.
    """
    runs: queue.SimpleQueue[Work | None] = queue.SimpleQueue()
    # receiving beside the reading keeps the engine from ever blocking on a full pipe
    threading.Thread(target=_receive_runs, args=(source, runs), daemon=True).start()
    with contextlib.suppress(BrokenPipeError):
        send(target, Ready())
        for run in _until_end(runs, when_idle):
            send(target, Reading())  # from here on, a death of this process is the run's
            try:
                if isinstance(run, FindStep):
                    answer: Answered | Failed = Answered(find(run.body))
                else:
                    progress = partial(_send_progress, target) if run.enable_events else None
                    earlier = [_decode_earlier(one) for one in run.earlier]
                    answer = encode_answer(read(_decode(run.input, run.spec), progress, earlier))
            except BrokenPipeError:
                raise
            except Exception as error:  # noqa: BLE001 - the run fails, the worker goes on
                answer = Failed(failure_reason(error))
            send(target, answer)


def warm_up(index: Index) -> None:
    """Answer a question of our own, so that the first one of a person finds all in place.

    What is slow once is code: patterns are compiled and tables made at their first use.
    """
    from parallel_nb.engine.reader.answer import answer_run  # noqa: PLC0415 - after the streams are safe

    titles = [document.title for document in islice(index.corpus.documents, 1)]
    kinds = {"name": "string", "year": "integer", "share": "number", "listed": "boolean"}
    properties = {name: {"type": [kind, "null"]} for name, kind in kinds.items()}
    schema = {"type": "object", "properties": properties}
    spec = TaskSpec(output_schema={"type": "json", "json_schema": schema})
    for title in titles:
        question = TaskRunInput(
            processor="lite", input=f"What is known about {title}?", task_spec=spec
        )
        with contextlib.suppress(Exception):  # a person's own question will show what is wrong
            answer_run(index, question)


def _until_end(
    runs: queue.SimpleQueue[Work | None], when_idle: Callable[[], None] | None
) -> Iterator[Work]:
    """The runs as they come, until the input ends."""
    try:
        run = runs.get(timeout=_IDLE if when_idle else None)
    except queue.Empty:
        assert when_idle is not None  # noqa: S101 - without it there is no timeout
        when_idle()
        run = runs.get()
    while run is not None:
        yield run
        run = runs.get()


def _receive_runs(source: IO[bytes], runs: queue.SimpleQueue[Work | None]) -> None:
    while isinstance(message := receive_from_pool(source), ReadRun | FindStep):
        runs.put(message)
    runs.put(None)


def _decode(run_input: bytes, spec: bytes | None) -> TaskRunInput:
    request = msgspec.json.decode(run_input, type=TaskRunInput)
    if spec is not None:
        request.task_spec = _decode_spec(spec)
    return request


def _decode_earlier(run: EarlierAnswer) -> EarlierRun:
    from parallel_nb.engine.reader.follow_up import EarlierRun  # noqa: PLC0415 - after the streams are safe

    return EarlierRun(_decode(run.input, run.spec), tuple(run.cited))


@lru_cache(maxsize=64)
def _decode_spec(spec: bytes) -> TaskSpec:
    """A task spec; the runs of a table share one, which is decoded once."""
    return msgspec.json.decode(spec, type=TaskSpec)


def failure_reason(error: Exception) -> str:
    """Why a run has failed, in one line."""
    lines = str(error).strip().splitlines()
    message = f": {shorten(lines[0], _MAX_MESSAGE)}" if lines else ""
    return f"The documents could not be read for this run: {type(error).__name__}{message}"


def encode_answer(answer: RunAnswer) -> Answered:
    """An answer as it is stored, with what a model took for it."""
    encoded = Answered(msgspec.json.encode(answer.output))
    if (usage := answer.usage) is not None:
        encoded.usage = ModelUsage(
            usage.requests, usage.cached, usage.prompt_tokens, usage.completion_tokens
        )
    return encoded


def _send_progress(target: IO[bytes], step: RunProgress) -> None:
    """Send what is being done, and how many sources have been looked at."""
    message: dict[str, Any] = {
        "type": "task_run.progress_msg.exec_status",
        "message": step.message,
        "timestamp": timestamp(),
    }
    stats: dict[str, Any] = {
        "type": "task_run.progress_stats",
        "source_stats": {
            "num_sources_considered": step.considered,
            "num_sources_read": step.read,
            "sources_read_sample": step.sample,
        },
        "progress_meter": step.meter,
    }
    for event in (message, stats):
        send(target, ProgressEvent(msgspec.json.encode(event)))


if __name__ == "__main__":
    main()
