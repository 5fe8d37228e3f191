"""Search and extract: ranking, policy, limits, the same in every generation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.engine.conftest import write_pages
from tests.engine.wire import ask
from tests.engine_process import EngineProcess

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx2


@pytest.fixture(scope="module")
def small_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EngineProcess]:
    """An engine on the small folder, which the tests only ask."""
    place = tmp_path_factory.mktemp("small")
    engine = EngineProcess(place / "data", ("--documents", str(write_pages(place)))).start()
    yield engine
    engine.stop()


def urls(http: httpx2.Client, path: str, body: dict[str, Any]) -> list[str]:
    return [row["url"] for row in ask(http, "POST", path, body)["results"]]


def test_the_three_generations_find_the_same_pages(http: httpx2.Client) -> None:
    queries = ["Rust programming language"]
    alpha = urls(http, "/alpha/search", {"search_queries": queries, "processor": "base"})
    beta = urls(http, "/v1beta/search", {"search_queries": queries})
    v1 = urls(http, "/v1/search", {"search_queries": queries, "mode": "basic"})
    assert alpha == beta == v1
    assert "rust" in v1[0]


def test_max_results_is_obeyed_in_every_generation(http: httpx2.Client) -> None:
    few = {"max_results": 2}
    assert (
        len(urls(http, "/alpha/search", {"objective": "x y country", "processor": "base"} | few))
        <= 2
    )
    assert len(urls(http, "/v1beta/search", {"objective": "country capital"} | few)) == 2
    wanted = {"search_queries": ["country capital"], "advanced_settings": few}
    assert len(urls(http, "/v1/search", wanted)) == 2
    assert len(urls(http, "/v1/search", {"search_queries": ["country capital"]})) == 10


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ({"include_domains": ["beta.test"]}, {"https://docs.beta.test/b"}),
        ({"include_domains": [".gov"]}, {"https://gamma.gov/c"}),
        ({"exclude_domains": ["alpha.test", ".gov"]}, {"https://docs.beta.test/b"}),
        (
            {"include_domains": ["alpha.test"], "exclude_domains": ["alpha.test"]},
            {"https://alpha.test/a"},
        ),
        ({"after_date": "2023-01-01"}, {"https://alpha.test/a"}),
        ({"include_domains": ["elsewhere.test"]}, set()),
    ],
)
def test_the_source_policy_holds_in_search_and_in_tasks(
    small_engine: EngineProcess, policy: dict[str, Any], expected: set[str]
) -> None:
    with small_engine.http() as http:
        searches = {
            "alpha": {"objective": "founded", "processor": "base", "source_policy": policy},
            "v1beta": {"objective": "founded", "source_policy": policy},
            "v1": {"search_queries": ["founded"], "advanced_settings": {"source_policy": policy}},
        }
        for generation, body in searches.items():
            assert set(urls(http, f"/{generation}/search", body)) == expected
        run = {"input": "When was it founded?", "processor": "base", "source_policy": policy}
        created = ask(http, "POST", "/v1/tasks/runs", run, expect=202)
        result = ask(http, "GET", f"/v1/tasks/runs/{created['run_id']}/result")
        cited = {c["url"] for entry in result["output"]["basis"] for c in entry["citations"]}
        assert cited <= expected


def test_excerpts_are_verbatim_and_keep_to_their_limits(http: httpx2.Client) -> None:
    body = {
        "search_queries": ["programming language released"],
        "max_chars_total": 2500,
        "advanced_settings": {"excerpt_settings": {"max_chars_per_result": 1000}},
    }
    rows = ask(http, "POST", "/v1/search", body)["results"]
    assert sum(len(e) for row in rows for e in row["excerpts"]) <= 2500
    assert all(sum(map(len, row["excerpts"])) <= 1000 for row in rows)
    wanted = {"urls": [rows[0]["url"]], "advanced_settings": {"full_content": True}}
    page = ask(http, "POST", "/v1/extract", wanted)["results"][0]["full_content"]
    assert all(excerpt in page for excerpt in rows[0]["excerpts"])


def test_full_content_comes_only_when_asked_for_and_as_much_as_asked_for(
    http: httpx2.Client,
) -> None:
    url = urls(http, "/v1/search", {"search_queries": ["Rust"]})[0]

    def full(path: str, **more: Any) -> Any:
        return ask(http, "POST", path, {"urls": [url], **more})["results"][0]["full_content"]

    assert full("/v1/extract") is None
    assert full("/v1beta/extract", full_content=False) is None
    whole = full("/v1beta/extract", full_content=True)
    limit = {"max_chars_per_result": 40}
    assert full("/v1beta/extract", full_content=limit) == whole[:40]
    assert full("/v1/extract", advanced_settings={"full_content": limit}) == whole[:40]


def test_options_that_mean_nothing_here_are_warned_of(http: httpx2.Client) -> None:
    body = {
        "search_queries": ["Rust"],
        "advanced_settings": {
            "location": "de",
            "fetch_policy": {"max_age_seconds": 600},
            "max_results": 1000,
        },
    }
    warnings = ask(http, "POST", "/v1/search", body)["warnings"]
    messages = " ".join(warning["message"] for warning in warnings)
    assert all(word in messages for word in ("location", "fetch_policy", "max_results"))
    assert ask(http, "POST", "/v1/search", {"search_queries": ["Rust"]})["warnings"] is None


def test_a_session_is_handed_back(http: httpx2.Client) -> None:
    body = {"search_queries": ["Rust"], "session_id": "mine"}
    assert ask(http, "POST", "/v1/search", body)["session_id"] == "mine"
