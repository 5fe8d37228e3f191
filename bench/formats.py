"""How fast each format is read, and how fast a room of it is read and indexed.

    .venv/bin/python -m bench.formats [FILE ...]

Without files, of those that the tests' generated room has. First pages, characters and megabytes a
second of one process, each file read twenty times. Then documents and megabytes a second of a whole
room, each file a hundred times: read on all cores, cut, kept and indexed, until it is found.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

from parallel_nb.engine.corpus.formats import extract_file
from parallel_nb.engine.index.keeper import RoomKeeper
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


def measure_rooms(paths: list[Path], times: int) -> None:
    """Print one line a format."""
    for suffix in sorted({path.suffix for path in paths}):
        with tempfile.TemporaryDirectory() as home:
            room = Path(home, "room")
            room.mkdir()
            for path in paths:
                for number in range(times if path.suffix == suffix else 0):
                    shutil.copy(path, room / f"{path.stem}-{number}{suffix}")
            files = list(room.iterdir())
            size = sum(path.stat().st_size for path in files)
            keeper = RoomKeeper(room, Path(home, "index"))
            began = time.perf_counter()
            keeper.update()
            seconds = time.perf_counter() - began
            found = len(keeper.index)
            keeper.stop()
        print(
            f"{suffix:6} {found / seconds:8.0f} documents/s {size / seconds / 1e6:8.2f} MB/s "
            f"({found} documents)"
        )


def main(names: list[str]) -> None:
    """Measure the files of these names, or those of the generated room."""
    with tempfile.TemporaryDirectory() as folder:
        if not names:
            write_room(Path(folder))
        paths = [Path(name) for name in names] or [
            path for path in Path(folder).rglob("*") if path.is_file()
        ]
        print("read by one process")
        measure(paths, 1 if names else 20)
        print("read and indexed, on all cores")
        measure_rooms(paths, 1 if names else 100)


if __name__ == "__main__":
    main(sys.argv[1:])
