"""Read answers so that an odd member never costs a paid result.

An answer is read strictly first, which is fast. Where that fails it is read again member by
member: what does not fit its type is left out (a list element, an entry of a map, an optional
member), and the rest is kept. A citation without an address is lost; the answer that it belongs
to is not. Only an object that lacks a required member is no answer.
"""

from __future__ import annotations

import json
import re
import types
from typing import TYPE_CHECKING, Any, Final, TypeVar, Union, get_args, get_origin

import msgspec

from parallel_nb.api.types import (
    Event,
    JsonObject,
    JsonOutput,
    Output,
    TextOutput,
    UnknownEvent,
    decode_event,
    event_type,
)

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

#: What msgspec raises for bytes that it cannot read, bad UTF-8 within a text among them.
_UNREADABLE: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
#: A control as an escape of JSON, or a backslash that stands for itself, which is passed over.
#: It begins with one letter and not with a choice, so that it is looked for as fast as a word.
_CONTROL: Final = re.compile(
    rb"\\(?:\\|(u00(?:0[0-8bBcCeEfF]|1[0-9a-fA-F]|7[fF]|[89][0-9a-fA-F])|[bf]))"
)
#: The same as it is; those below the blank cannot stand in JSON.
_RAW_CONTROL: Final = re.compile(rb"\x7f|\xc2[\x80-\x9f]")
#: A type that nobody sends; stands for text that is no event at all.
UNREADABLE: Final = "unreadable"

_decoders: Final[dict[Any, msgspec.json.Decoder[Any]]] = {}


def without_controls(data: bytes) -> bytes:
    r"""JSON without the control characters of its texts; tabs and line ends stay.

    Text from the web has no use for them, and on a terminal a frame or an error that holds one
    could move the cursor, or hide what stands beside it. Each becomes U+FFFD.

        >>> without_controls(b'"red \\u001b[31m"')
        b'"red \\ufffd[31m"'
    """
    if b"\\" not in data and data.isascii() and b"\x7f" not in data:
        return data
    data = _CONTROL.sub(lambda escape: rb"\ufffd" if escape[1] else escape[0], data)
    return _RAW_CONTROL.sub(b"\xef\xbf\xbd", data)


def _decoder(kind: type[T]) -> msgspec.json.Decoder[T]:
    """Making a decoder costs more than using it, so each is made once."""
    decoder = _decoders.get(kind)
    if decoder is None:
        decoder = _decoders[kind] = msgspec.json.Decoder(kind)
    return decoder


def decode(data: bytes, kind: type[T]) -> T:
    """Read `data` (JSON) as `kind`, leaving out odd members.

    Raises:
        msgspec.DecodeError: It is no JSON, or what is left is no `kind`.
    """
    try:
        return _decoder(kind).decode(without_controls(data))
    except _UNREADABLE:
        value: T = lenient(loads(data), kind)
        return value


def loads(data: bytes) -> Any:
    """Read JSON with the faults that services send: bad UTF-8, lone surrogates, NaN.

    Raises:
        msgspec.DecodeError: It is no JSON all the same.
    """
    data = without_controls(data)
    try:
        return msgspec.json.decode(data)
    except _UNREADABLE as error:
        try:
            value = json.loads(data.decode("utf-8", "replace"), parse_constant=lambda _: None)
        except (ValueError, RecursionError):
            raise msgspec.DecodeError(str(error)) from None
        whole = json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")
        return msgspec.json.decode(whole)


def lenient(value: Any, kind: Any) -> Any:
    """Read plain JSON values as `kind`, leaving out what does not fit.

    Raises:
        msgspec.ValidationError: Nothing of this kind can be made of it.
    """
    try:
        return msgspec.convert(value, kind)
    except (msgspec.ValidationError, RecursionError):
        origin = get_origin(kind)
        if origin in {Union, types.UnionType}:
            members = get_args(kind)
            is_output = JsonOutput in members
            return _lenient_output(value) if is_output else _lenient_union(value, members)
        if origin is list and isinstance(value, list):
            return _lenient_list(value, get_args(kind)[0])
        if origin is dict and isinstance(value, dict):
            return dict(
                _lenient_list(list(value.items()), types.GenericAlias(tuple, get_args(kind)))
            )
        if isinstance(value, dict) and isinstance(kind, type) and issubclass(kind, msgspec.Struct):
            return _lenient_struct(value, kind)
        raise


def _lenient_union(value: Any, kinds: tuple[Any, ...]) -> Any:
    for kind in kinds:
        try:
            return lenient(value, kind)
        except msgspec.ValidationError:
            continue
    raise msgspec.ValidationError("none of the types fits")


def _lenient_list(values: list[Any], kind: Any) -> list[Any]:
    kept = []
    for value in values:
        try:
            kept.append(lenient(value, kind))
        except msgspec.ValidationError:
            continue
    return kept


def _lenient_struct(value: JsonObject, kind: type[Any]) -> Any:
    members = {}
    for field in msgspec.structs.fields(kind):
        if field.encode_name in value:
            try:
                members[field.name] = lenient(value[field.encode_name], field.type)
            except msgspec.ValidationError:
                if field.required:
                    raise
        elif field.required:
            raise msgspec.ValidationError(f"{field.encode_name} is missing")
    return kind(**members)


def _lenient_output(value: Any) -> Output:
    """Read an output by its content, which is what was paid for, whatever its `type` says."""
    if not isinstance(value, dict) or "content" not in value:
        raise msgspec.ValidationError("the output has no content")
    content = value["content"]
    if isinstance(content, dict):
        output: Output = _lenient_struct(value, JsonOutput)
        return output
    if not isinstance(content, str):
        content = "" if content is None else msgspec.json.encode(content).decode()
    text: Output = _lenient_struct(value | {"content": content}, TextOutput)
    return text


def read_output(data: bytes) -> Output | None:
    """Read an answer that was kept as it came; None when it cannot be read."""
    try:
        output: Output = decode(data, Output)  # type: ignore[arg-type]  # a union is a type too
    except msgspec.DecodeError:
        return None
    return output


class _JsonContent(msgspec.Struct, tag_field="type", tag="json"):
    content: JsonObject


class _TextContent(msgspec.Struct, tag_field="type", tag="text"):
    content: str


_read_content: Final = msgspec.json.Decoder(_JsonContent | _TextContent).decode


def read_content(data: bytes) -> JsonObject | str | None:
    """Read the content of a kept answer without its basis: for the frame of a large table.

    Returns:
        The fields by name, or the text; None when it cannot be read.
    """
    try:
        content: JsonObject | str = _read_content(data).content
    except _UNREADABLE:
        output = read_output(data)
        return None if output is None else output.content
    return content


def read_event(data: bytes) -> Event:
    """Read the JSON of one event; what cannot be read is kept as an `UnknownEvent`."""
    event: Event = read_event_as(data, event_type)
    return event


def read_event_as(data: bytes, kind_of: Callable[[str], type[Any] | None]) -> Any:
    """Read the JSON of one event of any family.

    Args:
        data: The event.
        kind_of: The struct of the events that carry a `type`; None for those it does not know.

    Returns:
        That struct, or an `UnknownEvent` where there is none or it cannot be read.
    """
    try:
        return decode_event(data, kind_of)
    except _UNREADABLE:
        pass
    try:
        value = loads(data)
    except msgspec.DecodeError:
        return UnknownEvent(type=UNREADABLE, raw={"data": data.decode("utf-8", "replace")})
    if not isinstance(value, dict) or not isinstance(value.get("type"), str):
        return UnknownEvent(type=UNREADABLE, raw={"data": value})
    kind = kind_of(value["type"])
    if kind is not None:
        try:
            return lenient(value, kind)
        except msgspec.ValidationError:
            pass
    return UnknownEvent(type=value["type"], raw=value)
