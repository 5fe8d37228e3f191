"""What cannot be asked is refused in one sentence that names it, before anything is sent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

import parallel_nb as pnb
from tests.job.jobs_helpers import connect_to
from tests.service.groups import GroupsService

#: Half of a character, as a file read with another encoding than its own leaves it.
HALF = "Ren\udce9"
FRAME = [{"name": "LEGO"}]
PROMPT = "Who leads {{name}}?"

Ask = Callable[[pnb.Connection], Any]

WRONG: dict[str, tuple[Ask, str]] = {
    "prompt int": (lambda c: pnb.task(123, connection=c), "prompt is of type int"),  # type: ignore[arg-type]
    "prompt bytes": (lambda c: pnb.task(b"Who?", connection=c), "prompt is of type bytes"),  # type: ignore[arg-type]
    "objective": (lambda c: pnb.search(5, connection=c), "objective: 5 is no text"),  # type: ignore[arg-type]
    "queries": (lambda c: pnb.search("x", 5, connection=c), "queries = 5"),  # type: ignore[arg-type]
    "queries of ints": (lambda c: pnb.search("x", [5], connection=c), "of queries: 5"),  # type: ignore[list-item]
    "queries dict": (lambda c: pnb.search("x", {"a": 1}, connection=c), "queries = {'a': 1}"),  # type: ignore[arg-type]
    "max_results text": (
        lambda c: pnb.search("x", max_results="5", connection=c),  # type: ignore[arg-type]
        "max_results = '5' is no whole number",
    ),
    "max_results float": (
        lambda c: pnb.search("x", max_results=1.5, connection=c),  # type: ignore[arg-type]
        "max_results = 1.5 is no whole number",
    ),
    "max_results bool": (
        lambda c: pnb.search("x", max_results=True, connection=c),
        "max_results = True is no whole number",
    ),
    "max_results 0": (
        lambda c: pnb.search("x", max_results=0, connection=c),
        "max_results is 0, below 1",
    ),
    "max_chars": (
        lambda c: pnb.search("x", max_chars=-1, connection=c),
        "max_chars is -1, below 1",
    ),
    "session": (lambda c: pnb.search("x", session=5, connection=c), "session: 5 is no text"),  # type: ignore[arg-type]
    "search processor": (
        lambda c: pnb.search("x", processor=["base"], connection=c),  # type: ignore[arg-type]
        "processor: ['base'] is no text",
    ),
    "processor None": (
        lambda c: pnb.task("x", processor=None, connection=c),  # type: ignore[arg-type]
        "processor: None is no text",
    ),
    "domains int": (
        lambda c: pnb.search("x", include_domains=5, connection=c),  # type: ignore[arg-type]
        "include_domains = 5 is no list",
    ),
    "domains dict": (
        lambda c: pnb.search("x", exclude_domains={"a.org": 1}, connection=c),  # type: ignore[arg-type]
        "exclude_domains = {'a.org': 1} is no list",
    ),
    "domains bytes": (
        lambda c: pnb.task("x", include_domains=b"a.org", connection=c),  # type: ignore[arg-type]
        "include_domains = b'a.org' is no list",
    ),
    "connection": (lambda _: pnb.task("x", connection="hosted"), "'hosted' is no connection"),  # type: ignore[arg-type]
    "title": (lambda c: pnb.task("x", title=5, connection=c), "title: 5 is no text"),  # type: ignore[arg-type]
    "fresh": (lambda c: pnb.task("x", fresh="no", connection=c), "fresh = 'no' is neither"),  # type: ignore[arg-type]
    "wait": (lambda c: pnb.tasks(FRAME, PROMPT, wait="no", connection=c), "wait = 'no' is neither"),  # type: ignore[call-overload]
    "columns": (lambda c: pnb.plan(FRAME, "Who?", columns=5, connection=c), "columns = 5"),  # type: ignore[arg-type]
    "columns of ints": (
        lambda c: pnb.plan(FRAME, "Who?", columns=[5], connection=c),  # type: ignore[list-item]
        "of columns: 5 is no text",
    ),
    "output": (lambda c: pnb.task("x", output=int, connection=c), "class int cannot be used"),
    "output list": (lambda c: pnb.task("x", output=["a"], connection=c), "['a'] cannot be used"),
    "output mixed": (
        lambda c: pnb.task("x", output={"a": int, "b": "str"}, connection=c),
        "The output cannot be written as JSON",
    ),
    "group": (lambda c: pnb.attach(5, connection=c), "group_id: 5 is no text"),  # type: ignore[arg-type]
    "fields": (lambda _: pnb.parse_fields(None), "output fields: None is no text"),  # type: ignore[arg-type]
    # Lone surrogates, wherever text goes in.
    "half prompt": (lambda c: pnb.task(HALF, connection=c), "The prompt"),
    "half prompt of a table": (
        lambda c: pnb.tasks(FRAME, f"{HALF} {{{{name}}}}?", connection=c),
        "The prompt",
    ),
    "half instruction": (lambda c: pnb.plan(FRAME, HALF, connection=c), "The prompt"),
    "half title": (lambda c: pnb.task("x", title=HALF, connection=c), "title"),
    "half objective": (lambda c: pnb.search(HALF, connection=c), "objective"),
    "half query": (lambda c: pnb.search(queries=[HALF], connection=c), "queries"),
    "half domain": (
        lambda c: pnb.task("x", include_domains=[HALF], connection=c),
        "include_domains",
    ),
    "half text output": (lambda c: pnb.task("x", output=HALF, connection=c), "The output"),
    "half description": (lambda _: pnb.parse_fields(f"a: int - {HALF}"), "The output fields"),
    "half field": (
        lambda c: pnb.task(
            "x",
            output=[pnb.OutputField("a", pnb.parse_fields("a: int")[0].type, HALF)],
            connection=c,
        ),
        "The output",
    ),
    "half schema": (
        lambda c: pnb.task(
            "x", output={"type": "object", "properties": {HALF: {"type": "string"}}}, connection=c
        ),
        "The output",
    ),
    "half column": (
        lambda c: pnb.plan([{HALF: "LEGO"}], "Who leads it?", connection=c),
        "The name of a column",
    ),
    "half group": (lambda c: pnb.attach(HALF, connection=c), "group_id"),
}


@pytest.mark.parametrize("case", WRONG)
def test_it_is_named_and_nothing_is_sent(case: str) -> None:
    ask, words = WRONG[case]
    with GroupsService().serve() as service:
        connection = connect_to(service)
        with pytest.raises(pnb.InputError) as caught:
            ask(connection)
        assert not any(request.startswith("POST") for request in service.requests)
    assert words in caught.value.message
    assert caught.value.remedy
    if case.startswith("half"):
        assert "lone surrogate" in caught.value.message
    str(caught.value).encode()  # can be written wherever it is shown


def test_a_column_that_is_not_sent_may_be_named_in_any_way() -> None:
    frame = pd.DataFrame([["LEGO", 1]], columns=pd.Index(["name", HALF], dtype=object))
    with GroupsService().serve() as service:
        planned = pnb.plan(frame, PROMPT, connection=connect_to(service))
        assert planned.to_send == 1
        with pytest.raises(pnb.InputError, match="The name of a column"):
            pnb.plan(frame, "Who leads it?", connection=connect_to(service))


@pytest.mark.parametrize(
    "arguments",
    [
        {"kind": "embedded", "documents": 5},
        {"api_key": 5},
        {"api_key": b"secret-key"},
        {"api_key": "K", "base_url": 5},
    ],
)
def test_connect_names_the_argument_and_shows_no_key(arguments: dict[str, Any]) -> None:
    with pytest.raises(pnb.ConnectionProblem, match="but of type") as caught:
        pnb.connect(**arguments)
    assert list(arguments)[-1] in caught.value.message
    assert "secret-key" not in str(caught.value)
