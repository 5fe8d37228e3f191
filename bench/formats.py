"""How fast each format is read: pages, characters and megabytes a second of one core.

    .venv/bin/python bench/formats.py [FILE ...]

Without files, of those that the tests' generated room has, each read twenty times.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

from parallel_nb.engine.corpus.formats import extract_file
from tests.engine.corpus.generated_room import write_room


def measure(paths: list[Path], times: int) -> None:
    """Print one line a format."""
    figures: defaultdict[str, list[float]] = defaultdict(lambda: [0.0, 0, 0, 0])
    for path in paths * times:
        began = time.process_time()
        extracted = extract_file(path, path.parent)
        figure = figures[path.suffix]
        figure[0] += time.process_time() - began
        figure[1] += path.stat().st_size
        figure[2] += sum(len(found.parsed.text) for found in extracted.texts)
        figure[3] += sum(found.parsed.pages or 0 for found in extracted.texts)
    for suffix, (seconds, size, characters, pages) in sorted(figures.items()):
        print(
            f"{suffix:6} {size / seconds / 1e6:8.2f} MB/s {characters / seconds / 1e6:8.2f} "
            f"million characters/s {pages / seconds:8.0f} pages/s"
        )


if __name__ == "__main__":
    if len(sys.argv) > 1:
        measure([Path(name) for name in sys.argv[1:]], 1)
    else:
        with tempfile.TemporaryDirectory() as room:
            write_room(Path(room))
            measure([path for path in Path(room).rglob("*") if path.is_file()], 20)
