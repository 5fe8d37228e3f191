"""An engine on its own loads nothing of what many engines need."""

from __future__ import annotations

import subprocess
import sys

#: Serves the sample documents until it is ready, then lists what of these was loaded.
SCRIPT = """
import sys, tempfile
from pathlib import Path
from parallel_nb.engine import serve
started = serve._Server.startup

async def startup(self, sockets=None):
    await started(self, sockets)
    self.should_exit = True

serve._Server.startup = startup
with tempfile.TemporaryDirectory() as home:
    serve.serve(data_dir=Path(home))
names = ("psycopg", "psycopg_pool", "fsspec", "parallel_nb.postgres", "parallel_nb.engine.board",
         "parallel_nb.engine.store.postgres", "parallel_nb.engine.store.shared",
         "parallel_nb.engine.index.shared_room", "parallel_nb.engine.index.exchange",
         "parallel_nb.engine.corpus.mirror", "parallel_nb.engine.workers.claims")
print("loaded:", *(name for name in names if name in sys.modules))
"""


def test_an_engine_on_its_own_loads_nothing_of_what_many_need() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=100, check=False
    )
    assert ran.stdout.splitlines()[-1] == "loaded:", ran.stdout + ran.stderr
