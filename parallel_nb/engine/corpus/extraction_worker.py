"""The process in which files are read that may be of any kind: nothing in one can end the engine.

Its standard input brings one path a message, its standard output one `Extracted` for each. Each
message is its length in 4 bytes, then MessagePack. It ends with its input.
"""

from __future__ import annotations

import os
import signal
import struct
import sys
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

import msgspec

from parallel_nb.engine.corpus.formats import Extracted, extract_file
from parallel_nb.engine.corpus.ocr import OCR_SECONDS, allow
from parallel_nb.engine.corpus.passages import passages

if TYPE_CHECKING:
    from collections.abc import Callable

_LENGTH: Final = struct.Struct("<I")


class FileToRead(msgspec.Struct, frozen=True, array_like=True):
    """To the process: a file, and the folder that it must stand in."""

    path: bytes
    root: bytes
    #: It is ended after so many seconds, also where nobody is left to end it.
    seconds: float


encode_request: Final = msgspec.msgpack.Encoder().encode
decode_answer: Final = msgspec.msgpack.Decoder(Extracted).decode


def send_frame(stream: IO[bytes], body: bytes) -> None:
    """Send one message.

    Raises:
        OSError: the other side has ended.
    """
    stream.write(_LENGTH.pack(len(body)) + body)
    stream.flush()


def receive_frame(stream: IO[bytes]) -> bytes | None:
    """Receive one message; None at the stream's end."""
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(head)
    body = stream.read(length)
    return body if len(body) == length else None


def main() -> None:
    """Read files until the input ends."""
    decode = msgspec.msgpack.Decoder(FileToRead).decode

    def answer(body: bytes) -> bytes:
        request = decode(body)
        end_after(request.seconds)
        allow(OCR_SECONDS)
        path, root = Path(os.fsdecode(request.path)), Path(os.fsdecode(request.root))
        extracted = extract_file(path, root)
        extracted.texts = [
            msgspec.structs.replace(found, passages=passages(found.parsed.text))
            for found in extracted.texts
        ]
        return encode_request(extracted)

    serve(answer)


def end_after(seconds: float) -> None:
    """End this process after so many seconds, also where nobody is left to end it."""
    if hasattr(signal, "setitimer"):  # not on Windows
        signal.setitimer(signal.ITIMER_REAL, seconds)


def serve(answer: Callable[[bytes], bytes]) -> None:
    """Answer each message of the input with one, until it ends."""
    source = sys.stdin.buffer
    target = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a library prints is no message
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the engine to answer
    while (body := receive_frame(source)) is not None:
        send_frame(target, answer(body))


if __name__ == "__main__":
    main()
