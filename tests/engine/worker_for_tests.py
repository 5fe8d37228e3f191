"""A worker's process with the real protocol, whose reading does what an input asks for.

`raise` fails, `die` ends the process, `die once PATH` ends it the first time only, any
other input is answered with itself; `wait SECONDS` takes its time, and `compute` has no end.
The same as steps of a FindAll run.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

from parallel_nb.api.types import FieldBasis, TaskRunInput, TextOutput
from parallel_nb.engine.reader.answer import RunAnswer, RunProgress
from parallel_nb.engine.workers.protocol import receive_from_pool
from parallel_nb.engine.workers.worker import answer_runs, protocol_streams

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from parallel_nb.engine.reader.follow_up import EarlierRun


def read(
    request: TaskRunInput, progress: Callable[[RunProgress], None] | None, _: Sequence[EarlierRun]
) -> RunAnswer:
    text = str(request.input)
    print("whatever a library prints must not disturb the protocol")  # noqa: T201 - on purpose
    if text == "raise":
        raise RuntimeError("asked to fail\nwith a second line")
    if text == "die":
        os._exit(9)
    if text.startswith("die once "):
        mark = Path(text.removeprefix("die once "))
        if not mark.exists():
            mark.touch()
            os._exit(9)
    if text.startswith("wait "):
        time.sleep(float(text.removeprefix("wait ")))
    while text == "compute":
        pass
    if progress:
        progress(RunProgress("reading", 1, 1, (), 50.0))
    basis = [FieldBasis(field="output", reasoning="the input")]
    return RunAnswer(TextOutput(content=text, basis=basis), 1, 1, [])


def find(body: bytes) -> bytes:
    if b'"step":"judge"' in body:
        raise RuntimeError("asked to judge")
    answer = read(TaskRunInput(processor="base", input=body.decode()), None, ())
    return str(answer.output.content).encode()


if __name__ == "__main__":
    source, target = protocol_streams()
    receive_from_pool(source)
    answer_runs(source, target, read, find=find)
