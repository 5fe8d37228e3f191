"""What the engine and the processes that draw its pages say to each other."""

from __future__ import annotations

from typing import Final

import msgspec


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


class Placed(msgspec.Struct, frozen=True):
    """How a passage stands on a page."""

    #: How often the whole of it does; 0 where a part of it does, or nothing.
    times: int
    is_marked: bool


class Drawn(msgspec.Struct, tag=True):
    """A page that was drawn."""

    #: A PNG file.
    picture: bytes
    #: The size of the picture in pixels.
    width: int
    height: int
    #: The marked rectangles in pixels: left, top, right, bottom.
    marks: list[tuple[int, int, int, int]]
    #: What was found of each passage.
    placed: list[Placed]


class NotDrawn(msgspec.Struct, frozen=True, tag=True):
    """Why a page was not drawn, as a clause."""

    reason: str


encode: Final = msgspec.msgpack.Encoder().encode
decode_answer: Final = msgspec.msgpack.Decoder(Drawn | NotDrawn).decode
decode_request: Final = msgspec.msgpack.Decoder(PageToDraw).decode
