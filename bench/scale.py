"""The engine over a large room: starts, changes, searches, runs, memory; before and after.

    .venv/bin/python -m bench.scale [--documents 20000] [--before CHECKOUT]

Each document has five passages. The room is generated, the same every time. `--before` measures
another checkout of this repository on the same room first; each checkout keeps its own data.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import psutil  # type: ignore[import-untyped]

from parallel_nb.engine.corpus.words import word_set

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT: Final = Path(__file__).resolve().parents[1]
SEED: Final = 11
PASSAGES: Final = 5
_SYLLABLES: Final = [c + v for c in "bcdfghjklmnprstvwxyz" for v in "aeo"]
_LITTLE: Final = word_set("the of and to in is that for with as by on its from are which this has")
#: Words of the language in which the room is written, by their rank as often as in English.
_WORDS: Final = 20_000


class Language:
    """Sentences of made-up words, as often as in a language: the first by far the most often."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        made = {
            "".join(chance.choices(_SYLLABLES, k=chance.randint(2, 4))): 0 for _ in range(40_000)
        }
        self._words = [*_LITTLE, *list(made)[: _WORDS - len(_LITTLE)]]
        self._weights = list(accumulate(1 / (rank + 2.7) for rank in range(len(self._words))))

    def words(self, count: int) -> list[str]:
        return self._chance.choices(self._words, cum_weights=self._weights, k=count)

    def rare(self, count: int) -> list[str]:
        return self._chance.choices(self._words[200:], k=count)

    def sentence(self) -> str:
        return " ".join(self.words(self._chance.randint(8, 22))).capitalize() + "."


def company(number: int) -> str:
    """The name of a company of the room."""
    chance = random.Random(number)  # noqa: S311 - the same each time
    return "".join(chance.choices(_SYLLABLES, k=3)).capitalize() + f" {number} Ltd"


def document(language: Language, number: int) -> str:
    """A page about a company: a fact, and paragraphs of four sentences below headings."""
    year = 1900 + number % 120
    parts = [f"# {company(number)}", f"{company(number)} was founded in {year}."]
    for _ in range(PASSAGES - 1):
        parts.append(f"## {' '.join(language.rare(2)).capitalize()}")
        parts.append(" ".join(language.sentence() for _ in range(4)))
    return "\n\n".join(parts) + "\n"


def make_room(folder: Path, documents: int) -> list[str]:
    """Write the room below `folder`, and give questions of two to eight words."""
    chance = random.Random(SEED)  # noqa: S311 - the same each time
    language = Language(chance)
    for number in range(documents):
        path = folder / f"{number // 500:04d}" / f"{number:06d}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(document(language, number), "utf-8")
    return [
        " ".join([*language.rare(chance.randint(1, 3)), *language.words(chance.randint(1, 5))])
        for _ in range(200)
    ]


@dataclass
class Engine:
    """An engine of one checkout, reached as its launcher reaches it."""

    checkout: Path
    room: Path
    home: Path

    def connect(self) -> float:
        """Find or start it, as `connect` does; gives the seconds that it took."""
        code = (
            "import sys, time, json\n"
            "from parallel_nb.connection import launcher\n"
            "launcher.START_WITHIN = 3600\n"
            "began = time.perf_counter()\n"
            "engine = launcher.ensure_engine(sys.argv[1])\n"
            "seconds = time.perf_counter() - began\n"
            "print(json.dumps([seconds, engine.url, engine.key, engine.pid]))\n"
        )
        environment = os.environ | {
            "PYTHONPATH": str(self.checkout),
            "PARALLEL_NB_HOME": str(self.home),
            "PARALLEL_NB_ENGINE_IDLE_SECONDS": "600",
        }
        said = subprocess.run(
            [sys.executable, "-c", code, str(self.room)],
            env=environment, cwd=self.home, check=True, capture_output=True, text=True,
        )  # fmt: skip
        seconds, self.url, self.key, self.pid = json.loads(said.stdout)
        host, port = self.url.removeprefix("http://").split(":")
        self._connection = http.client.HTTPConnection(host, int(port), timeout=600)
        return float(seconds)

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """Send one request on a connection that is kept."""
        headers = {"x-api-key": self.key, "content-type": "application/json"}
        data = None if body is None else json.dumps(body)
        self._connection.request(method, path, data, headers)
        return json.loads(self._connection.getresponse().read())

    def search(self, query: str) -> list[str]:
        body = {"search_queries": [query], "mode": "basic"}
        return [page["url"] for page in self.ask("POST", "/v1/search", body)["results"]]

    def run(self, text: str) -> Any:
        """Ask one question of the readers and wait for its answer."""
        fields = {"founded": {"type": ["integer", "null"], "description": "year of foundation"}}
        schema = {"type": "object", "properties": fields, "required": ["founded"]}
        spec = {"output_schema": {"type": "json", "json_schema": schema}}
        body = {"processor": "lite", "input": text, "task_spec": spec}
        name = self.ask("POST", "/v1/tasks/runs", body)["run_id"]
        return self.ask("GET", f"/v1/tasks/runs/{name}/result?timeout=120")["output"]["content"]

    def end(self) -> None:
        self._connection.close()
        process = psutil.Process(self.pid)
        process.terminate()
        process.wait(20)

    def cpu(self) -> float:
        """Seconds of the processor that the engine, its readers and those before them took."""
        main = psutil.Process(self.pid)
        return sum(sum(each.cpu_times()[:4]) for each in (main, *main.children(recursive=True)))

    def memory(self) -> str:
        """Megabytes of the engine and its readers: what is theirs alone, and all of it."""
        main = psutil.Process(self.pid)
        full = [each.memory_full_info() for each in (main, *main.children(recursive=True))]
        own = ", ".join(f"{each.rss / 1e6:.0f}" for each in full)
        total = sum(getattr(each, "pss", each.uss) for each in full)
        return f"{total / 1e6:.0f} MB together (resident: {own})"


def percentiles(engine: Engine, ask: Callable[[str], Any], questions: list[str]) -> str:
    """The median, the 95th percentile and the longest of many answers, in milliseconds.

    Beside them what each takes of the processor, in engine and readers: other programs on the
    machine do not count in that.
    """
    taken = []
    cpu = engine.cpu()
    for question in questions:
        began = time.perf_counter()
        ask(question)
        taken.append(1000 * (time.perf_counter() - began))
    each = 1000 * (engine.cpu() - cpu) / len(questions)
    taken.sort()
    p50, p95 = taken[len(taken) // 2], taken[int(0.95 * len(taken))]
    return (
        f"p50 {p50:.1f} ms, p95 {p95:.1f} ms, longest {taken[-1]:.1f} ms; processor {each:.1f} ms"
    )


def measure(name: str, checkout: Path, room: Path, questions: list[str], runs: int) -> None:
    """Print the figures of one checkout."""
    home = Path(tempfile.mkdtemp(prefix="scale-home-"))
    documents = sum(1 for _ in room.rglob("*.md"))
    engine = Engine(checkout, room, home)

    def say(what: str, figure: str) -> None:
        print(f"{name:7} {what:42} {figure}", flush=True)

    try:
        seconds = engine.connect()
        say("first start until all is read", f"{seconds:.2f} s; processor {engine.cpu():.1f} s")
        say("memory after it", engine.memory())
        engine.end()
        say("start with nothing changed", f"{engine.connect():.2f} s")
        engine.end()
        changed = room / "0000" / "000001.md"
        before = changed.read_text("utf-8")
        changed.write_text(before + "\nA quixotic sentence.\n", "utf-8")
        say("start after one changed file", f"{engine.connect():.2f} s")
        for part, asked in (("first 100", questions[:100]), ("next 100", questions[100:])):
            say(f"search, {part} questions", percentiles(engine, engine.search, asked))
        say("search, the same again", percentiles(engine, engine.search, questions))
        say("memory after the searches", engine.memory())
        names = [company(number) for number in range(0, documents, max(1, documents // runs))]
        say(f"{len(names)} runs, one at a time", percentiles(engine, engine.run, names))
        say("memory after the runs", engine.memory())
        added = room / "added.md"
        began = time.perf_counter()
        added.write_text("# Zyzzyva\n\nThe zyzzyva was found.\n", "utf-8")
        while not any("added" in url for url in engine.search("zyzzyva")):
            time.sleep(0.05)
            if checkout != ROOT:  # earlier, an engine had to be started again to see it
                engine.connect()
        say("a file added until it is found", f"{time.perf_counter() - began:.2f} s")
        added.unlink()
        changed.write_text(before, "utf-8")
        engine.end()
    finally:
        shutil.rmtree(home, ignore_errors=True)


def main() -> None:
    """Generate the room and measure each checkout on it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=20_000)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--before", type=Path, help="another checkout, measured first")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="scale-room-") as folder:
        room = Path(folder)
        questions = make_room(room, options.documents)
        size = sum(path.stat().st_size for path in room.rglob("*.md"))
        passages = options.documents * PASSAGES
        print(f"{options.documents:,} documents, {passages:,} passages, {size / 1e6:.0f} MB")
        if options.before:
            measure("before", options.before.resolve(), room, questions, options.runs)
        measure("after", ROOT, room, questions, options.runs)


if __name__ == "__main__":
    main()
