"""The reader: a task run's question answered from the documents, with its evidence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from parallel_nb.api.types import JsonOutput, TextOutput
from parallel_nb.engine.reader.answer import fill
from parallel_nb.engine.reader.auto import compose
from parallel_nb.engine.reader.context import lay_out
from parallel_nb.engine.reader.effort import effort_of
from parallel_nb.engine.reader.prose import write
from parallel_nb.engine.reader.request import read_request

if TYPE_CHECKING:
    from collections.abc import Callable

    from parallel_nb.api.types import Output, TaskRunInput
    from parallel_nb.engine.index.fulltext import Index

_SAMPLE = 5


@dataclass(frozen=True, slots=True)
class Step:
    """How far a run has come."""

    message: str
    #: Documents that came into question, and that are read.
    considered: int
    read: int
    #: Addresses of some of them.
    sample: tuple[str, ...]
    #: From 0 to 100.
    meter: float


@dataclass(frozen=True, slots=True)
class Reading:
    """A run's answer and what it took."""

    output: Output
    considered: int
    read: int
    sample: list[str]


def read_task(
    index: Index, request: TaskRunInput, progress: Callable[[Step], None] | None = None
) -> Reading:
    """Answer a run; never raises on account of its input, spec or documents.

    Args:
        index: the documents.
        request: the run as it was sent, its spec included.
        progress: is called with each step, on the caller's thread.

    Returns:
        The output in the form that the spec asks for. Its basis has one entry a field
        and, for lists, one an element (`products.0`), which a server may leave out.
    """
    tell = progress or _ignore
    effort = effort_of(request.processor)
    task = read_request(request)
    tell(Step("Looking for documents", 0, 0, (), 5.0))
    desk = lay_out(index, task, effort, request.source_policy)
    sample = [source.page.document.url for source in desk.sources[:_SAMPLE]]
    counts = (desk.considered, len(desk.sources), tuple(sample))
    about = f" about {desk.subject.name}" if desk.subject.name else ""
    tell(Step(f"Reading {len(desk.sources)} documents{about}", *counts, 40.0))
    output: Output
    if task.form == "json":
        content, basis = fill(desk, task.asks, effort)
        output = JsonOutput(content=content, basis=basis)
    elif task.form == "text":
        text, entry = write(desk, effort)
        output = TextOutput(content=text, basis=[entry])
    else:
        content, basis, schema = compose(desk, effort)
        output = JsonOutput(content=content, basis=basis, output_schema=schema)
    tell(Step("Answered", *counts, 100.0))
    return Reading(output, desk.considered, len(desk.sources), sample)


def _ignore(step: Step) -> None:
    """Nobody listens."""
