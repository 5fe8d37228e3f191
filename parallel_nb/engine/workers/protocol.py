"""What the pool and a worker process send each other over the worker's standard streams.

Each message is one frame: its length in 4 bytes, then the message in MessagePack. JSON that
is stored or sent on stays encoded inside the messages.

A worker is sent `Documents` first, then a `ReadRun` for each run and a `FindStep` for each step of
a FindAll run. It answers `Ready` once, then for each of them, in order, `Reading`, any number of
`ProgressEvent` and one `Answered` or `Failed`.
"""

from __future__ import annotations

import struct
from typing import IO, Final

import msgspec

_LENGTH: Final = struct.Struct("<I")


class _Message(msgspec.Struct, tag=True, array_like=True):
    pass


class Documents(_Message):
    """To the worker: what it answers from."""

    #: Where the room is kept, and the model that reads, if any; pickled.
    pickled: bytes


class EarlierAnswer(_Message):
    """A run that another one goes on from."""

    #: Its input without its task spec, and the task spec, as encoded JSON.
    input: bytes
    spec: bytes | None
    #: The addresses that its answer rests on.
    cited: list[str]


class ReadRun(_Message):
    """To the worker: a run to be answered."""

    #: The run's input without its task spec, and the task spec, as encoded JSON.
    input: bytes
    spec: bytes | None = None
    #: Whether its progress is wanted.
    enable_events: bool = False
    #: The runs that it goes on from, the last one first.
    earlier: list[EarlierAnswer] = []


class FindStep(_Message):
    """To the worker: a step of a FindAll run, see `parallel_nb.engine.finder.steps`."""

    #: Its name and what it is given, as encoded JSON.
    body: bytes


class Ready(_Message):
    """From the worker: it has read its documents."""


class Reading(_Message):
    """From the worker: it begins to read the next run."""


class ProgressEvent(_Message):
    """From the worker: a progress event of the run, as encoded JSON."""

    event: bytes


class ModelUsage(msgspec.Struct, array_like=True):
    """What a language model was asked, and what it took; tokens as its endpoint counts them."""

    requests: int = 0
    #: Replies that were known already.
    cached: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0


class Answered(_Message):
    """From the worker: the output of the run as encoded JSON."""

    output: bytes
    #: What a language model was asked for it; None where none reads.
    usage: ModelUsage | None = None


class Failed(_Message):
    """From the worker: why the run has no answer, in one line."""

    reason: str


ToWorker = Documents | ReadRun | FindStep
FromWorker = Ready | Reading | ProgressEvent | Answered | Failed
_encode: Final = msgspec.msgpack.Encoder().encode
_decode_to_worker: Final = msgspec.msgpack.Decoder(ToWorker).decode
_decode_from_worker: Final = msgspec.msgpack.Decoder(FromWorker).decode


def send(stream: IO[bytes], message: ToWorker | FromWorker) -> None:
    """Send one message.

    Raises:
        OSError: the other side has ended.
    """
    body = _encode(message)
    stream.write(_LENGTH.pack(len(body)) + body)
    stream.flush()


def receive_from_pool(stream: IO[bytes]) -> ToWorker | None:
    """Receive what the pool has sent; None at the stream's end."""
    body = _read(stream)
    return None if body is None else _decode_to_worker(body)


def receive_from_worker(stream: IO[bytes]) -> FromWorker | None:
    """Receive what a worker has sent; None at the stream's end."""
    body = _read(stream)
    return None if body is None else _decode_from_worker(body)


def _read(stream: IO[bytes]) -> bytes | None:
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(head)
    body = stream.read(length)
    return body if len(body) == length else None
