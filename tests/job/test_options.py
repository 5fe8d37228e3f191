"""The options of a task: a slip is refused before anything is sent, and help shows them all."""

from __future__ import annotations

import datetime as dt
import inspect
import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import parallel_nb as pnb
from parallel_nb.api.search import MAX_DOMAINS
from parallel_nb.api.types import RunSettings
from parallel_nb.job.options import TableOptions, read_options
from tests.job.jobs_helpers import companies, connect_to
from tests.service.groups import GroupsService

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_OF_SOURCES = {"include_domains", "exclude_domains", "after_date"}
_OF_TASK = {*_OF_SOURCES, "output", "processor", "max_cost", "max_wait", "fresh", "title"} | {
    *("after", "metadata", "data_sources", "mcp_servers", "memory_scope", "connection")
}
_OF_TABLE = {*_OF_TASK, "columns", "sample", "suffix"}


@pytest.fixture
def connection() -> Iterator[pnb.Connection]:
    """A service that counts; nothing of the test may have reached it."""
    with GroupsService().serve() as service:
        connection = connect_to(service)
        before = service.requests.copy()
        yield connection
        assert service.requests == before


@pytest.mark.parametrize(
    "call",
    [
        lambda **options: pnb.tasks(companies(2), "Who leads {{name}}?", **options),
        lambda **options: pnb.plan(companies(2), "Who leads {{name}}?", **options),
        lambda **options: pnb.task("Who leads LEGO?", **options),
        lambda **options: pnb.search("Who leads LEGO?", **options),
    ],
)
def test_a_misspelt_option_names_the_nearest_and_sends_nothing(
    connection: pnb.Connection, call: Callable[..., Any]
) -> None:
    with pytest.raises(pnb.InputError, match="no option 'procesor'") as caught:
        call(procesor="base", connection=connection)
    assert "Did you mean 'processor'?" in caught.value.remedy
    assert "include_domains" in caught.value.remedy


@pytest.mark.usefixtures("connection")
@pytest.mark.parametrize("option", ["columns", "sample", "suffix"])
def test_one_question_refuses_the_options_of_a_table(option: str) -> None:
    with pytest.raises(pnb.InputError, match=f"no option '{option}'"):
        pnb.task("Who leads LEGO?", **{option: 1})  # type: ignore[arg-type]  # that is the test


@pytest.mark.parametrize(
    ("function", "names"),
    [
        (pnb.tasks, {"frame", "prompt", "wait", "into", "batch_rows", *_OF_TABLE}),
        (pnb.plan, {"frame", "prompt", *_OF_TABLE}),
        (pnb.task, {"prompt", *_OF_TASK}),
        (
            pnb.search,
            {"objective", "queries", "mode", "processor", "max_results", "max_chars", "session"}
            | {"connection", *_OF_SOURCES},
        ),
    ],
)
def test_the_signature_has_every_option_as_a_keyword(
    function: Callable[..., Any], names: set[str]
) -> None:
    parameters = inspect.signature(function).parameters
    assert set(parameters) == names
    assert parameters["processor"].default == "base"


def test_the_documentation_of_tasks_explains_every_option() -> None:
    documentation = inspect.getdoc(pnb.tasks) or ""
    assert all(f"{name}: " in documentation for name in TableOptions.__annotations__)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"include_domains": "sec.gov"}, "include_domains is the text 'sec.gov'"),
        ({"exclude_domains": 7}, "exclude_domains = 7 is no list of domains"),
        ({"include_domains": ["https://sec.gov/x"]}, "'https://sec.gov/x' is not a domain"),
        ({"include_domains": ["*.gov"]}, "'*.gov' is not a domain"),
        ({"include_domains": [3]}, "3 is not a domain"),
        ({"exclude_domains": ["a.org"] * (MAX_DOMAINS + 1)}, "201 domains, over 200 in all"),
        ({"after_date": "soon"}, "after_date 'soon' is not a day"),
        ({"processor": "bsae"}, "no processor named 'bsae'"),
        ({"max_wait": 0}, "max_wait = 0 is no number of minutes"),
        ({"max_wait": -5}, "max_wait = -5 is no number of minutes"),
        ({"max_wait": True}, "max_wait = True is no number of minutes"),
        ({"max_wait": float("nan")}, "max_wait = nan is no number of minutes"),
        ({"max_wait": float("inf")}, "max_wait = inf is no number of minutes"),
        ({"max_wait": "2 h"}, "max_wait = '2 h' is no number of minutes"),
        ({"max_cost": -math.inf}, "max_cost = -inf is not an amount"),
        ({"max_cost": np.array([5, 6])}, "is not an amount in USD"),
    ],
)
def test_a_value_that_cannot_be_used_is_refused_with_its_remedy(
    connection: pnb.Connection, options: TableOptions, words: str
) -> None:
    with pytest.raises(pnb.InputError) as caught:
        read_options("Who?", {"connection": connection, **options})
    assert words in caught.value.message
    assert caught.value.remedy


def test_what_is_not_passed_is_filled_in(
    connection: pnb.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARALLEL_NB_MAX_COST", "5")
    options = read_options("Who  leads\n{{name}}?", {"connection": connection})
    assert options.processor.name == "base"
    assert options.title == "Who leads {{name}}?"
    assert options.max_cost == 5.0
    assert options.settings == RunSettings()
    assert (options.fresh, options.sample, options.columns) == (False, None, None)


@pytest.mark.parametrize(
    ("minutes", "processor", "seconds"),
    [(None, "base", 3600), (None, "ultra8x", 21_600), (0.5, "base", 30), (90, "ultra8x", 5400)],
)
def test_a_job_waits_as_long_as_its_processor_may_take_or_as_it_is_told(
    connection: pnb.Connection, minutes: float | None, processor: str, seconds: float
) -> None:
    options = read_options(
        "Who?", {"connection": connection, "max_wait": minutes, "processor": processor}
    )
    assert options.max_wait == seconds


def test_a_day_may_be_a_date_or_a_moment(connection: pnb.Connection) -> None:
    for day in (dt.date(2025, 6, 1), dt.datetime(2025, 6, 1, 9, tzinfo=dt.UTC), "2025-06-01"):
        options = read_options("Who?", {"connection": connection, "after_date": day})
        assert options.settings.source_policy is not None
        assert options.settings.source_policy.after_date == "2025-06-01"
