"""An engine on its own loads nothing of what others need, so that a start is soon done."""

from __future__ import annotations

import subprocess
import sys

#: What many engines need, what a model's reader needs, and what reads and draws files.
NAMES = (
    "psycopg", "psycopg_pool", "fsspec", "parallel_nb.postgres", "parallel_nb.engine.board",
    "parallel_nb.engine.store.postgres", "parallel_nb.engine.store.shared",
    "parallel_nb.engine.index.shared_room", "parallel_nb.engine.index.exchange",
    "parallel_nb.engine.corpus.mirror", "parallel_nb.engine.workers.claims",
    "httpx2", "parallel_nb.engine.reader", "pypdfium2", "lxml", "selectolax", "python_calamine",
)  # fmt: skip
#: Serves the sample documents until it is ready, then lists what of these was loaded.
SCRIPT = """
import sys, tempfile
from pathlib import Path
from parallel_nb.engine import serve, server
started = server._Server.startup

async def startup(self, sockets=None):
    await started(self, sockets)
    self.should_exit = True

server._Server.startup = startup
with tempfile.TemporaryDirectory() as home:
    serve.serve(data_dir=Path(home))
print("loaded:", *(name for name in sys.argv[1:] if name in sys.modules))
"""
#: Answers a question as a worker does that has no language model.
WORKER = """
import sys
from parallel_nb.engine.corpus.documents import load_corpus
from parallel_nb.engine.index.fulltext import Index
from parallel_nb.engine.workers import worker
worker.warm_up(Index.build(load_corpus()))
print("loaded:", *(name for name in sys.argv[1:] if name in sys.modules))
"""


def loaded(script: str, *names: str) -> str:
    ran = subprocess.run(
        [sys.executable, "-c", script, *names],
        capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip
    return ran.stdout.splitlines()[-1] if not ran.returncode else ran.stderr


def test_an_engine_on_its_own_loads_nothing_of_what_others_need() -> None:
    assert loaded(SCRIPT, *NAMES) == "loaded:"


def test_a_worker_without_a_language_model_loads_nothing_of_its_reader() -> None:
    assert loaded(WORKER, "httpx2", "parallel_nb.engine.reader.model.endpoint") == "loaded:"
