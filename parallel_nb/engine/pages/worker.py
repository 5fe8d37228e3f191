"""The process in which pages are drawn: nothing in a file can end the engine."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import msgspec

from parallel_nb.engine.corpus.extraction_worker import end_after, serve
from parallel_nb.engine.corpus.formats import member_bytes
from parallel_nb.engine.corpus.page import UnreadableFileError
from parallel_nb.engine.pages.picture import Drawn, draw_page


class PageToDraw(msgspec.Struct, frozen=True, array_like=True):
    """To the process: a page of a file, and the folder that this must stand in."""

    path: bytes
    root: bytes
    #: Of a file within the file, its path there.
    member: str
    number: int
    passages: list[str]
    width: int
    #: It is ended after so many seconds, also where nobody is left to end it.
    seconds: float


class NotDrawn(msgspec.Struct, frozen=True, tag=True):
    """Why a page was not drawn, as a clause."""

    reason: str


encode: Final = msgspec.msgpack.Encoder().encode
decode_answer: Final = msgspec.msgpack.Decoder(Drawn | NotDrawn).decode


def main() -> None:
    """Draw pages until the input ends."""
    decode = msgspec.msgpack.Decoder(PageToDraw).decode

    def answer(body: bytes) -> bytes:
        request = decode(body)
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
