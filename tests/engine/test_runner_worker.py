"""A reader on its own: it warms itself while nothing is asked, and answers then."""

from __future__ import annotations

import os
import threading

from parallel_nb.api.types import FieldBasis, TaskRunInput, TextOutput
from parallel_nb.engine.corpus.documents import load_corpus
from parallel_nb.engine.index.fulltext import Index
from parallel_nb.engine.reader.answer import RunAnswer
from parallel_nb.engine.workers.worker import Frame, read_frame, serve_runs, warm, write_frame


def test_an_idle_reader_warms_itself_once_and_then_answers() -> None:
    warmed: list[None] = []
    idle = threading.Event()

    def when_idle() -> None:
        warmed.append(None)
        idle.set()

    def read(request: TaskRunInput, _tell: object) -> RunAnswer:
        basis = [FieldBasis(field="output", reasoning="the input")]
        return RunAnswer(TextOutput(content=str(request.input), basis=basis), 1, 1, [])

    (theirs, ours), (answers, told) = os.pipe(), os.pipe()
    with (
        os.fdopen(theirs, "rb") as source,
        os.fdopen(told, "wb") as target,
        os.fdopen(answers, "rb") as answered,
        os.fdopen(ours, "wb") as asked,
    ):
        reader = threading.Thread(target=serve_runs, args=(source, target, read, when_idle))
        reader.start()
        assert read_frame(answered) == Frame.READY
        assert idle.wait(30)
        for question in (b"one", b"two"):
            write_frame(asked, Frame.RUN + b'{"processor": "base", "input": "%s"}' % question)
            output = read_frame(answered)
            assert output is not None
            assert output[:1] == Frame.OUTPUT
            assert question in output
        asked.close()
        reader.join(30)
        assert not reader.is_alive()
    assert len(warmed) == 1


def test_warming_asks_the_documents() -> None:
    index = Index.build(load_corpus(None))
    warm(index)
    assert index.passages.cache_info().currsize > 0
    assert index.idf.cache_info().currsize > 0
