"""The reader's entry: a task run's question, answered from the documents with its evidence."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from parallel_nb.api.types import JsonOutput, TextOutput
from parallel_nb.engine.reader.context import select_sources
from parallel_nb.engine.reader.explain import tell_scans
from parallel_nb.engine.reader.follow_up import go_on, keep_sources
from parallel_nb.engine.reader.json_output import fill_fields
from parallel_nb.engine.reader.request import read_request
from parallel_nb.engine.reader.schema_fit import fit_schema
from parallel_nb.engine.reader.text_output import quote_answer, summarize_subject
from parallel_nb.formats import count

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from parallel_nb.api.types import Output, TaskRunInput
    from parallel_nb.engine.index.fulltext import Index
    from parallel_nb.engine.reader.context import ReadingContext
    from parallel_nb.engine.reader.follow_up import EarlierRun
    from parallel_nb.engine.reader.model.reader import ModelReader, Room, Usage

#: How many of the addresses that are read are reported.
_SAMPLE: Final = 5
#: Seconds between two steps that are told while fields are filled.
_TELL_EVERY: Final = 1.0


@dataclass(frozen=True, slots=True)
class RunProgress:
    """How far a run has come."""

    message: str
    #: Documents that came into question, and that are read.
    considered: int
    read: int
    #: Addresses of some of those that are read.
    sample: tuple[str, ...]
    #: From 0 to 100.
    meter: float


@dataclass(frozen=True, slots=True)
class RunAnswer:
    """A run's output and what it took."""

    output: Output
    #: Documents that came into question, and that were read.
    considered: int
    read: int
    #: Addresses of some of those that were read.
    sample: list[str]
    #: What a language model was asked for it; None where none reads.
    usage: Usage | None = None


def answer_run(
    index: Index,
    run_input: TaskRunInput,
    on_progress: Callable[[RunProgress], None] | None = None,
    earlier: Sequence[EarlierRun] = (),
    model: ModelReader | None = None,
) -> RunAnswer:
    """Answer a task run. Never raises on account of its input, spec or documents.

    Args:
        index: the documents.
        run_input: the run as it was sent, its spec included.
        on_progress: is called at each step, on the caller's thread.
        earlier: the runs that this one goes on from, the last one first.
        model: reads the fields of a JSON output beside the rules; None where there is none.

    Returns:
        The output in the form that the spec asks for. Its basis has one entry a field
        and, for lists, one an element (`products.0`), which a server may leave out.

    Examples:
        >>> from parallel_nb.api.types import TaskRunInput
        >>> from parallel_nb.engine.corpus.documents import load_corpus
        >>> from parallel_nb.engine.index.fulltext import Index
        >>> answer_run(Index.build(load_corpus()), TaskRunInput("lite", "Bhutan")).read
        1
    """

    def report(message: str, meter: float, reading: ReadingContext | None = None) -> None:
        if on_progress:
            counts = (reading.considered, len(reading.sources)) if reading else (0, 0)
            sample = tuple(_sample(reading)) if reading else ()
            on_progress(RunProgress(message, *counts, sample, meter))

    request = go_on(index, read_request(run_input), earlier)
    report("Looking for documents", 5.0)
    reading = keep_sources(select_sources(index, request), earlier)
    about = f" about {reading.subject.name}" if reading.subject.name else ""
    report(f"Reading {count(len(reading.sources), 'document')}{about}", 40.0, reading)
    told = time.monotonic()

    def tell_field(number: int) -> None:
        nonlocal told
        if time.monotonic() - told >= _TELL_EVERY:
            told, fields = time.monotonic(), len(request.fields)
            report(f"Filling field {number} of {fields}", 40.0 + 20.0 * number / fields, reading)

    output = _output(reading, tell_field)
    if model is not None and isinstance(output, JsonOutput) and request.form == "json":
        output.content, output.basis = model.read_fields(
            room_of(reading),
            request.fields,
            output.content,
            output.basis,
            lambda message: report(message, 60.0, reading),
        )
    if isinstance(output, JsonOutput) and request.form == "json":
        output.content, output.basis = fit_schema(request.schema, output.content, output.basis)
    elif model is not None and isinstance(output, TextOutput):
        output.content, entry = model.read_text(
            room_of(reading),
            (output.content, output.basis[0]),
            request.effort.sentences,
            lambda message: report(message, 60.0, reading),
        )
        output.basis = [entry]
    tell_scans(output.basis)
    report("Answered", 100.0, reading)
    usage = model.usage if model else None
    return RunAnswer(output, reading.considered, len(reading.sources), _sample(reading), usage)


def room_of(reading: ReadingContext) -> Room:
    """What the run is answered from, as the model's reader sees it."""
    from parallel_nb.engine.reader.model.reader import Room  # noqa: PLC0415 - few runs need it

    subject, request = reading.subject, reading.request
    return Room(
        documents=[(source.document, source.is_about_subject) for source in reading.sources],
        subject=subject.name,
        subject_roots=subject.words,
        task=f"{request.text} {request.instruction}".strip(),
        idf=reading.index.idf,
    )


def _output(reading: ReadingContext, on_field: Callable[[int], None]) -> Output:
    match reading.request.form:
        case "json":
            content, basis = fill_fields(reading, on_field)
            return JsonOutput(content=content, basis=basis)
        case "text":
            text, entry = quote_answer(reading)
            return TextOutput(content=text, basis=[entry])
        case "auto":
            content, basis, schema = summarize_subject(reading)
            return JsonOutput(content=content, basis=basis, output_schema=schema)


def _sample(reading: ReadingContext) -> list[str]:
    return [source.document.url for source in reading.sources[:_SAMPLE]]
