"""A process that reads files, with formats whose readers do the worst that one can."""

from __future__ import annotations

import os
import sys
import time
from typing import Final

from parallel_nb.engine.corpus.extraction_worker import main
from parallel_nb.engine.corpus.formats import FORMATS, Format
from parallel_nb.engine.corpus.page import ParsedFile

HOSTILE: Final = {
    f".{name}": Format(name, "hostile", f"read_{name}") for name in ("sleeps", "grows", "dies")
}


def read_sleeps(_: bytes) -> ParsedFile:
    time.sleep(600)
    return ParsedFile("woken")


def read_grows(_: bytes) -> ParsedFile:
    kept = []
    while True:
        kept.append(b"x" * 5_000_000)
        time.sleep(0.01)  # as quick as it may be for whoever looks at its memory now and then


def read_dies(data: bytes) -> ParsedFile:
    os._exit(len(data))


if __name__ == "__main__":
    sys.modules["parallel_nb.engine.corpus.hostile"] = sys.modules[__name__]
    FORMATS.update(HOSTILE)
    main()
