"""A worker on its own: it warms up while nothing is asked, and answers then."""

from __future__ import annotations

import os
import threading

from parallel_nb.api.types import FieldBasis, TaskRunInput, TextOutput
from parallel_nb.engine.corpus.documents import load_corpus
from parallel_nb.engine.index.fulltext import Index
from parallel_nb.engine.reader.answer import RunAnswer
from parallel_nb.engine.workers.protocol import (
    Answered,
    Reading,
    ReadRun,
    Ready,
    receive_from_worker,
    send,
)
from parallel_nb.engine.workers.worker import answer_runs, warm_up


def test_an_idle_worker_warms_up_once_and_then_answers() -> None:
    warmed: list[None] = []
    idle = threading.Event()

    def when_idle() -> None:
        warmed.append(None)
        idle.set()

    def read(request: TaskRunInput, _progress: object, _earlier: object) -> RunAnswer:
        basis = [FieldBasis(field="output", reasoning="the input")]
        return RunAnswer(TextOutput(content=str(request.input), basis=basis), 1, 1, [])

    (theirs, ours), (answers, answering) = os.pipe(), os.pipe()
    with (
        os.fdopen(theirs, "rb") as source,
        os.fdopen(answering, "wb") as target,
        os.fdopen(answers, "rb") as answered,
        os.fdopen(ours, "wb") as asked,
    ):
        worker = threading.Thread(
            target=answer_runs, args=(source, target, read), kwargs={"when_idle": when_idle}
        )
        worker.start()
        assert receive_from_worker(answered) == Ready()
        assert idle.wait(30)
        for question in (b"one", b"two"):
            send(asked, ReadRun(b'{"processor": "base", "input": "%s"}' % question))
            assert receive_from_worker(answered) == Reading()
            answer = receive_from_worker(answered)
            assert isinstance(answer, Answered)
            assert question in answer.output
        asked.close()
        worker.join(30)
        assert not worker.is_alive()
    assert len(warmed) == 1


def test_warming_asks_the_documents() -> None:
    index = Index.build(load_corpus(None))
    warm_up(index)
    assert index.idf.cache_info().currsize > 0
