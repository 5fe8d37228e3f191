from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parallel_nb.api.types import (
    JsonOutput,
    RunStateEvent,
    SearchResponse,
    TaskRun,
    TaskRunResult,
    TextOutput,
    UnknownEvent,
)
from parallel_nb.client.decode import (
    decode,
    loads,
    read_content,
    read_event,
    read_output,
    without_controls,
)

CONTENT = {"ceo": "A. Person", "founded": 1999, "empty": None}


def paid(**odd: Any) -> dict[str, Any]:
    """A paid answer; `odd` members replace those of its output."""
    output: dict[str, Any] = {
        "type": "json",
        "content": CONTENT,
        "basis": [
            {
                "field": "ceo",
                "reasoning": "said so",
                "citations": [{"url": "https://a.example", "title": "A", "excerpts": ["x"]}],
                "confidence": "high",
            }
        ],
    }
    run = {"run_id": "trun_1", "status": "completed", "is_active": False, "processor": "base"}
    return {"run": {**run, "metadata": {"row": "7"}}, "output": {**output, **odd}}


def read(body: Any) -> TaskRunResult:
    return decode(msgspec.json.encode(body), TaskRunResult)


@pytest.mark.parametrize(
    "odd",
    [
        {"basis": None},
        {"basis": "none"},
        {"basis": [{"field": "ceo", "reasoning": "x", "citations": None}]},
        {"basis": [{"field": "ceo", "reasoning": None}]},
        {"basis": [{"field": "ceo", "citations": [{"title": "no address"}, {"url": "u"}]}]},
        {"basis": [{"field": "ceo", "citations": [{"url": "u", "excerpts": [1, "x", None]}]}]},
        {"basis": [None, 3, {"reasoning": "of no field"}]},
        {"basis": [{"field": "ceo", "confidence": 0.9}]},
        {"output_schema": "odd", "mcp_tool_calls": [{"odd": 1}], "beta_fields": []},
        {"type": "auto"},
        {"type": None},
        {"unknown": {"x": [1]}},
    ],
)
def test_an_odd_member_never_costs_a_paid_answer(odd: dict[str, Any]) -> None:
    result = read(paid(**odd))
    assert isinstance(result.output, JsonOutput)
    assert result.output.content == CONTENT
    assert result.run.metadata == {"row": "7"}


ODD = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=3)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(
    st.dictionaries(
        st.sampled_from(["basis", "type", "output_schema", "mcp_tool_calls", "beta_fields"]), ODD
    ),
    st.lists(
        st.fixed_dictionaries({}, optional=dict.fromkeys(("field", "citations", "confidence"), ODD))
    ),
    ODD,
)
def test_whatever_stands_beside_it_the_content_and_the_row_key_arrive(
    odd: dict[str, Any], basis: list[Any], extra: Any
) -> None:
    body = paid(**{"basis": basis, **odd})
    body["run"]["metadata"]["extra"] = extra
    body["run"]["warnings"] = extra
    result = read(body)
    assert result.output.content == CONTENT
    assert result.run.metadata is not None
    assert result.run.metadata["row"] == "7"


def test_only_the_odd_citation_is_lost() -> None:
    citations = [{"url": "a"}, {"title": "none"}, {"url": "b", "title": 3}]
    result = read(paid(basis=[{"field": "ceo", "citations": citations}]))
    assert [citation.url for citation in result.output.basis[0].citations] == ["a", "b"]


@pytest.mark.parametrize(
    ("content", "text"), [("prose", "prose"), (None, ""), ([1, 2], "[1,2]"), (3, "3")]
)
def test_an_output_is_read_by_its_content_where_its_type_does_not_fit(
    content: Any, text: str
) -> None:
    result = read(paid(type="json", content=content))
    assert isinstance(result.output, TextOutput)
    assert result.output.content == text


@pytest.mark.parametrize(
    "raw",
    [
        b'{"search_id": "s", "results": [{"url": "u", "excerpts": ["\xff"]}]}',
        b'{"search_id": "s", "results": [{"url": "u", "excerpts": ["\\ud800"]}]}',
        b'{"search_id": "s", "results": [{"url": "u", "score": NaN}]}',
    ],
)
def test_bad_utf8_lone_surrogates_and_nan_do_not_cost_the_answer(raw: bytes) -> None:
    assert decode(raw, SearchResponse).results[0].url == "u"


@pytest.mark.parametrize("raw", [b"", b"<html>", b"[]", b"{}", b"null", b'{"run_id": 3}'])
def test_what_is_no_answer_is_an_error(raw: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        decode(raw, TaskRun)


def test_an_event_with_an_output_of_an_odd_type_keeps_its_content() -> None:
    body = paid(type="json", content=[1, 2])
    event = read_event(msgspec.json.encode({"type": "task_run.state", **body}))
    assert isinstance(event, RunStateEvent)
    assert event.output is not None
    assert event.output.content == "[1,2]"


def test_an_event_with_an_odd_output_keeps_its_content() -> None:
    body = paid(basis=None)
    event = read_event(msgspec.json.encode({"type": "task_run.state", "event_id": "1", **body}))
    assert isinstance(event, RunStateEvent)
    assert event.output is not None
    assert event.output.content == CONTENT


@given(st.one_of(st.text(), ODD.map(lambda value: msgspec.json.encode(value).decode())))
def test_any_text_is_an_event_or_kept_as_an_unknown_one(text: str) -> None:
    assert isinstance(read_event(text.encode("utf-8", "replace")), UnknownEvent)


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        (rb"red \u001b[31m", "red \ufffd[31m"),
        (rb"\u0007\u0000\u009b\u007f\b\f", "\ufffd" * 6),
        (b"\x7f \xc2\x9b31m", "\ufffd \ufffd31m"),
        (rb"\\u001b \\\\b \n\t\r \" \/", '\\u001b \\\\b \n\t\r " /'),
        (rb"\\\u001b", "\\\ufffd"),
        ("caf\u00e9 \u00a0 \u05d0\u200f 漢".encode(), "caf\u00e9 \u00a0 \u05d0\u200f 漢"),
    ],
)
def test_text_from_outside_holds_no_control_characters(sent: bytes, read: str) -> None:
    content = b'{"type": "json", "content": {"a": "%s"}, "basis": []}' % sent
    assert decode(content, JsonOutput).content == {"a": read}
    output = read_output(content)
    assert output is not None
    assert output.content == {"a": read}
    assert loads(b'["%s"]' % sent) == [read]
    assert read_content(without_controls(content)) == {"a": read}


@given(st.text())
def test_text_without_controls_arrives_as_it_is(text: str) -> None:
    text = "".join(c for c in text if c in "\t\n\r" or not (c < " " or "\x7f" <= c <= "\x9f"))
    assert loads(msgspec.json.encode([text])) == [text]
