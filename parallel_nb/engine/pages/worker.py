"""The process in which pages are drawn: nothing in a file can end the engine."""

from __future__ import annotations

import os
from pathlib import Path

from parallel_nb.engine.corpus.extraction_worker import end_after, serve
from parallel_nb.engine.corpus.formats import member_bytes
from parallel_nb.engine.corpus.page import UnreadableFileError
from parallel_nb.engine.pages.picture import draw_page
from parallel_nb.engine.pages.protocol import Drawn, NotDrawn, PageToDraw, decode_request, encode


def main() -> None:
    """Draw pages until the input ends."""

    def answer(body: bytes) -> bytes:
        request = decode_request(body)
        end_after(request.seconds)
        return encode(_draw(request))

    serve(answer)


def _draw(request: PageToDraw) -> Drawn | NotDrawn:
    path, root = Path(os.fsdecode(request.path)), Path(os.fsdecode(request.root))
    try:
        data = member_bytes(path, root, request.member)
        return draw_page(data, request.number, request.passages, request.width)
    except UnreadableFileError as error:
        return NotDrawn(str(error))
    except FileNotFoundError:
        return NotDrawn("it is not there any more")
    except OSError as error:
        return NotDrawn(f"it cannot be read ({error.strerror or type(error).__name__})")


if __name__ == "__main__":
    main()
