"""A process that draws pages as the worst of files would have it, by the page's number."""

from __future__ import annotations

import os
import time

import msgspec

from parallel_nb.engine.corpus.extraction_worker import serve
from parallel_nb.engine.pages.protocol import PageToDraw


def answer(body: bytes) -> bytes:
    number = msgspec.msgpack.decode(body, type=PageToDraw).number
    if number == 1:
        time.sleep(600)
    kept = []
    while number == 2:
        kept.append(os.urandom(1_000_000))
    os._exit(number)


if __name__ == "__main__":
    serve(answer)
