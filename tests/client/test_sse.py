from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parallel_nb.api.errors import StreamError
from parallel_nb.client.sse import EventDecoder, ServerSentEvent
from tests.linear import assert_linear

LINES = st.sampled_from(
    [
        "",
        "",
        "data",
        "data:",
        "data: a",
        "data:b",
        "data:  two spaces",
        "data: é𝄞 \u2028 kept",
        "data: \x0b\x0c\x1c kept too",
        ": comment",
        ":",
        "id: 7",
        "id",
        "id: with\0null",
        "event: ping",
        "event",
        "retry: 1500",
        "retry: 1x",
        "unknown: x",
        "data : no such field",
        "\ufeffdata: bom in the middle",
    ]
)
ENDS = st.sampled_from(["\n", "\r", "\r\n"])
STREAMS = st.tuples(
    st.booleans(),
    st.lists(st.tuples(LINES, ENDS), max_size=30),
    st.sampled_from(["", "data: unfinished", "\r"]),
).map(
    lambda made: (
        ("\ufeff" if made[0] else "") + "".join(line + end for line, end in made[1]) + made[2]
    ).encode()
)


#: Data as text, name and last id of an event.
Text = tuple[str, str, str]


def texts(events: list[ServerSentEvent]) -> list[Text]:
    return [(event.data.decode("utf-8", "replace"), event.event, event.id) for event in events]


def whole_parse(stream: bytes) -> tuple[list[Text], str, float | None]:
    """The standard's algorithm over the whole text: a reference without chunks."""
    text = stream.decode("utf-8", "replace").removeprefix("\ufeff")
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")[:-1]
    events: list[Text] = []
    data, kind, last_id, retry = "", "", "", None
    for line in lines:
        if line == "":
            if data:
                events.append((data.removesuffix("\n"), kind or "message", last_id))
            data, kind = "", ""
            continue
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        match name:
            case "data":
                data += value + "\n"
            case "event":
                kind = value
            case "id" if "\0" not in value:
                last_id = value
            case "retry" if value.isascii() and value.isdigit():
                retry = int(value) / 1000
    return events, last_id, retry


@given(st.one_of(STREAMS, st.binary(max_size=60)), st.data())
def test_any_chunking_of_any_stream_gives_the_events_of_the_whole(
    stream: bytes, data: st.DataObject
) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    decoder = EventDecoder()
    got = []
    for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        got += decoder.feed(stream[start:end])
    assert (texts(got), decoder.last_id, decoder.retry) == whole_parse(stream)


@given(STREAMS)
def test_byte_by_byte_gives_the_events_of_the_whole(stream: bytes) -> None:
    decoder = EventDecoder()
    got = [event for byte in stream for event in decoder.feed(bytes([byte]))]
    assert texts(got) == whole_parse(stream)[0]


def test_a_character_split_over_chunks_is_read_whole() -> None:
    decoder = EventDecoder()
    euro = "€".encode()
    assert decoder.feed(b"data: " + euro[:1]) == []
    assert decoder.feed(euro[1:2]) == []
    assert decoder.feed(euro[2:] + b"\n\n") == [ServerSentEvent("€".encode())]


def test_a_lone_cr_ends_an_event_at_once_without_waiting_for_a_line_feed() -> None:
    assert EventDecoder().feed(b"data: a\r\r") == [ServerSentEvent(b"a")]


@pytest.mark.parametrize("chunk", [b"data: " + b"x" * 90, b"data: " + b"x" * 20 + b"\n"])
def test_an_endless_event_is_refused_instead_of_filling_the_memory(chunk: bytes) -> None:
    decoder = EventDecoder(max_bytes=500)
    with pytest.raises(StreamError, match="larger than 500 bytes"):  # noqa: PT012 - it may take many chunks
        for _ in range(1000):
            decoder.feed(chunk)


def test_the_bound_counts_one_event_and_not_the_stream() -> None:
    decoder = EventDecoder(max_bytes=100)
    message = b": a comment that is not kept\ndata: " + b"x" * 50 + b"\n\n"
    stream = message * 50
    chunks = [stream[i : i + 7] for i in range(0, len(stream), 7)]
    assert sum(len(decoder.feed(chunk)) for chunk in chunks) == 50


def test_a_large_event_in_small_chunks_takes_linear_time() -> None:
    def feed(length: int) -> None:
        decoder = EventDecoder()
        payload = b"data: " + b"x" * length + b"\n\n"
        chunks = (payload[i : i + 1000] for i in range(0, len(payload), 1000))
        events = [event for chunk in chunks for event in decoder.feed(chunk)]
        assert len(events[0].data) == length

    assert_linear(feed, 8_000_000)  # quadratic joining would copy 32 GB
