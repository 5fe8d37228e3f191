"""Answers read in bulk are those that are read one by one, whatever the chunks are."""

from __future__ import annotations

import json
from typing import Any

import pytest

from parallel_nb.client.bulk import read_line
from parallel_nb.client.decode import read_output
from parallel_nb.client.sse import EventDecoder

OUTPUT: dict[str, Any] = {"type": "json", "content": {"a": "ü"}, "basis": []}


def event_bytes(number: int, **more: Any) -> bytes:
    run = {"run_id": f"trun_{number}", "status": "completed", "is_active": False, "processor": "x"}
    told = {"type": "task_run.state", "event_id": f"r{number}", "run": run, "output": OUTPUT}
    return b"data: " + json.dumps(told | more).encode() + b"\n\n"


@pytest.mark.parametrize("size", [1, 7, 64, 1000, 100_000])
@pytest.mark.parametrize("ends", [b"\n", b"\r\n"])
def test_lines_do_not_depend_on_the_chunks(size: int, ends: bytes) -> None:
    plain = (
        b": hello\n\n" + b"".join(map(event_bytes, range(20))) + b"id: 9\nevent: x\ndata: {}\n\n"
    )
    stream = plain.replace(b"\n", ends)
    decoder = EventDecoder()
    found = []
    for start in range(0, len(stream), size):
        found += decoder.feed(stream[start : start + size])
    assert [event.data for event in found[:-1]] == [event_bytes(n)[6:-2] for n in range(20)]
    assert (found[-1].data, found[-1].id) == (b"{}", "9")


def test_the_answer_of_a_line_is_kept_byte_for_byte() -> None:
    line = read_line(event_bytes(1)[6:])
    assert line is not None
    assert line.output == json.dumps(OUTPUT).encode()  # type: ignore[union-attr]  # a line


def test_an_odd_citation_does_not_cost_the_answer() -> None:
    odd = OUTPUT | {"basis": [{"field": "a", "citations": [{"title": "no address"}]}]}
    output = read_output(json.dumps(odd).encode())
    assert output is not None
    assert output.content == {"a": "ü"}
    assert output.basis[0].citations == []


def test_an_answer_that_cannot_be_read_is_told_apart() -> None:
    assert read_output(b"{") is None
    assert read_output(b'{"type": "json"}') is None
