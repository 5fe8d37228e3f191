"""A reader's process with the real protocol, whose reading does what an input asks for.

`raise` fails, `die` ends the process, `die once PATH` ends it the first time only; any
other input is answered with itself.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from parallel_nb.api.types import FieldBasis, TaskRunInput, TextOutput
from parallel_nb.engine.reader.answer import RunAnswer, RunProgress
from parallel_nb.engine.workers.worker import own_streams, read_frame, serve_runs

if TYPE_CHECKING:
    from collections.abc import Callable


def read(request: TaskRunInput, tell: Callable[[RunProgress], None] | None) -> RunAnswer:
    asked = str(request.input)
    print("whatever a library prints must not disturb the protocol")  # noqa: T201 - on purpose
    if asked == "raise":
        raise RuntimeError("asked to fail\nwith a second line")
    if asked == "die":
        os._exit(9)
    if asked.startswith("die once "):
        mark = Path(asked.removeprefix("die once "))
        if not mark.exists():
            mark.touch()
            os._exit(9)
    if tell:
        tell(RunProgress("reading", 1, 1, (), 50.0))
    basis = [FieldBasis(field="output", reasoning="the input")]
    return RunAnswer(TextOutput(content=asked, basis=basis), 1, 1, [])


if __name__ == "__main__":
    source, target = own_streams()
    read_frame(source)
    serve_runs(source, target, read)
