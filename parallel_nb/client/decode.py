"""Read answers so that an odd member never costs a paid result.

The typed decoder is tried first. When it refuses, the member that it names is left out (or
the list element that it lies in), and the rest is read again: a citation without an
address is lost, the answer that it belongs to is not. What cannot be mended is an error.
"""

from __future__ import annotations

import contextlib
import json
import re
from typing import Any, Final, TypeVar

import msgspec

from parallel_nb.api.types import (
    ErrorEvent,
    Event,
    GroupStatusEvent,
    JsonObject,
    Output,
    ProgressMessageEvent,
    ProgressStatsEvent,
    RunStateEvent,
    UnknownEvent,
    decode_event,
)

T = TypeVar("T")

#: How many odd members one answer may have before we give it up.
_MAX_MENDS: Final = 2000
_PATH: Final = re.compile(r" - at `(?:key in )?\$([^`]*)`")
_STEP: Final = re.compile(r"\.([A-Za-z_][A-Za-z0-9_]*)|\[(\d+|\.\.\.)\]")
_SCALARS: Final = (str, int, float, bool)
#: What msgspec raises for bytes that it cannot read, bad UTF-8 within a text among them.
_UNREADABLE: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
#: A type that nobody sends; stands for text that is no event at all.
UNREADABLE: Final = "unreadable"


_decoders: Final[dict[Any, msgspec.json.Decoder[Any]]] = {}


def _decoder(kind: type[T]) -> msgspec.json.Decoder[T]:
    """Making a decoder costs more than using it, so each is made once."""
    decoder = _decoders.get(kind)
    if decoder is None:
        decoder = _decoders[kind] = msgspec.json.Decoder(kind)
    return decoder


def decode(data: bytes, kind: type[T]) -> T:
    """Read `data` (JSON) as `kind`, leaving out odd members.

    Raises `msgspec.DecodeError` when it is no JSON, or when what is left is no `kind`.
    """
    try:
        return _decoder(kind).decode(data)
    except _UNREADABLE:
        return mend(loads(data), kind)


def loads(data: bytes) -> Any:
    """Read JSON with the faults that services send: bad UTF-8, lone surrogates, NaN."""
    try:
        return msgspec.json.decode(data)
    except _UNREADABLE as error:
        try:
            value = json.loads(data.decode("utf-8", "replace"), parse_constant=lambda _: None)
        except (ValueError, RecursionError):
            raise msgspec.DecodeError(str(error)) from None
        whole = json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")
        return msgspec.json.decode(whole)


def mend(raw: Any, kind: type[T]) -> T:
    """Read `raw` (plain JSON values; changed in place) as `kind`."""
    for _ in range(_MAX_MENDS):
        try:
            return msgspec.convert(raw, kind)
        except msgspec.ValidationError as error:
            if not _leave_out(raw, str(error)):
                raise
    raise msgspec.ValidationError("the answer has too many odd members")


def _leave_out(raw: Any, complaint: str) -> bool:
    """Take what msgspec complains about out of `raw`. False when there is nothing to take."""
    match = _PATH.search(complaint)
    steps = [name or index for name, index in _STEP.findall(match[1])] if match else []
    if "output" in steps[-2:] and _mend_output(raw, steps[: _last(steps, "output") + 1]):
        return True
    if not steps:
        return False
    if steps[-1] == "...":
        return _drop_odd_values(raw, steps[:-1])
    # An object that lacks a required member is named itself, and goes as a whole: a list
    # element where it is one, else a member of what it lies in, which is looked at next.
    return _remove(raw, steps)


def _last(steps: list[str], name: str) -> int:
    return len(steps) - 1 - steps[::-1].index(name)


def _reach(raw: Any, steps: list[str]) -> Any:
    for step in steps:
        raw = raw[int(step)] if isinstance(raw, list) else raw[step]
    return raw


def _remove(raw: Any, steps: list[str]) -> bool:
    holder = _reach(raw, steps[:-1])
    step = steps[-1]
    if isinstance(holder, list):
        del holder[int(step)]
        return True
    return isinstance(holder, dict) and holder.pop(step, _GONE) is not _GONE


_GONE: Final = object()


def _drop_odd_values(raw: Any, steps: list[str]) -> bool:
    """Keep the good entries of a map (metadata carries row keys: losing all is worse)."""
    holder = _reach(raw, steps)
    if isinstance(holder, dict):
        good = {key: value for key, value in holder.items() if isinstance(value, _SCALARS)}
        if len(good) < len(holder):
            holder.clear()
            holder.update(good)
            return True
    return bool(steps) and _remove(raw, steps)


def _mend_output(raw: Any, steps: list[str]) -> bool:
    """Make the output's `type` fit its content, which is what was paid for."""
    output = _reach(raw, steps)
    if not isinstance(output, dict) or "content" not in output:
        return False
    content = output["content"]
    kind = "json" if isinstance(content, dict) else "text"
    if kind == "text" and not isinstance(content, str):
        content = "" if content is None else msgspec.json.encode(content).decode()
    if output.get("type") == kind and output["content"] == content:
        return False
    output.update(type=kind, content=content)
    return True


class _Holder(msgspec.Struct):
    output: Output


def read_output(data: bytes) -> Output | None:
    """Read an answer that was kept as it came; None when it cannot be mended."""
    try:
        output: Output = _read_output(data)
    except _UNREADABLE:
        try:
            return mend({"output": loads(data)}, _Holder).output
        except msgspec.DecodeError:
            return None
    return output


_read_output: Final = msgspec.json.Decoder(Output).decode


class _JsonContent(msgspec.Struct, tag_field="type", tag="json"):
    content: JsonObject


class _TextContent(msgspec.Struct, tag_field="type", tag="text"):
    content: str


_read_content: Final = msgspec.json.Decoder(_JsonContent | _TextContent).decode


def read_content(data: bytes) -> JsonObject | str | None:
    """Read what a kept answer says and leave its basis: for the frame of a large table.

    None when it cannot be mended.
    """
    try:
        said: JsonObject | str = _read_content(data).content
    except _UNREADABLE:
        output = read_output(data)
        return None if output is None else output.content
    return said


# --- events -----------------------------------------------------------------------------

_EVENTS: Final[dict[str, type[Any]]] = {
    "task_group_status": GroupStatusEvent,
    "task_run.state": RunStateEvent,
    "task_run.progress_stats": ProgressStatsEvent,
    "error": ErrorEvent,
}
_MESSAGE: Final = "task_run.progress_msg"


def read_event(data: str) -> Event:
    """Read the JSON of one event; what cannot be read is kept as an `UnknownEvent`."""
    try:
        return decode_event(data)
    except _UNREADABLE:
        pass
    try:
        raw = loads(data.encode("utf-8", "replace"))
    except msgspec.DecodeError:
        return UnknownEvent(type=UNREADABLE, raw={"data": data})
    if not isinstance(raw, dict) or not isinstance(raw.get("type"), str):
        return UnknownEvent(type=UNREADABLE, raw={"data": raw})
    name: str = raw["type"]
    kind = ProgressMessageEvent if name.startswith(_MESSAGE) else _EVENTS.get(name)
    if kind is not None:
        with contextlib.suppress(msgspec.ValidationError):
            event: Event = mend(raw, kind)
            return event
    return UnknownEvent(type=name, raw=raw)
