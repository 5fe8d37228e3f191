"""Searches and extracts of the three generations, against our own notes of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from parallel_nb.api.errors import InputError
from parallel_nb.api.search import (
    check_search,
    extract_call,
    is_domain,
    policy_remarks,
    search_call,
)
from parallel_nb.api.types import SourcePolicy

if TYPE_CHECKING:
    from parallel_nb.api.routes import Call, Generation


def sent(call: Call) -> object:
    """The body as it goes over the wire."""
    return msgspec.json.decode(msgspec.json.encode(call.body))


POLICY = SourcePolicy(include_domains=["gov"], after_date="2026-01-01")


def test_alpha_search_is_flat_and_names_a_processor() -> None:
    call = search_call(
        "alpha",
        objective="Why?",
        queries=["a b"],
        processor="pro",
        max_results=3,
        max_chars_per_result=500,
        source_policy=POLICY,
    )
    assert (call.method, call.path) == ("POST", "/alpha/search")
    assert call.headers == {}
    assert sent(call) == {
        "objective": "Why?",
        "search_queries": ["a b"],
        "processor": "pro",
        "max_results": 3,
        "max_chars_per_result": 500,
        "source_policy": {"include_domains": ["gov"], "after_date": "2026-01-01"},
    }


def test_v1beta_search_carries_its_header_and_a_mode() -> None:
    call = search_call("v1beta", objective="Why?", processor="pro", max_chars_per_result=500)
    assert call.path == "/v1beta/search"
    assert call.headers == {"parallel-beta": "search-extract-2025-10-10"}
    assert sent(call) == {
        "objective": "Why?",
        "mode": "agentic",
        "excerpts": {"max_chars_per_result": 500},
    }


def test_v1_search_nests_its_settings_and_always_has_queries() -> None:
    call = search_call(
        "v1",
        objective="Why?",
        max_results=3,
        max_chars_per_result=500,
        max_chars_total=900,
        source_policy=POLICY,
        session_id="s1",
    )
    assert call.path == "/v1/search"
    assert sent(call) == {
        "objective": "Why?",
        "search_queries": ["Why?"],
        "mode": "basic",
        "max_chars_total": 900,
        "session_id": "s1",
        "advanced_settings": {
            "source_policy": {"include_domains": ["gov"], "after_date": "2026-01-01"},
            "excerpt_settings": {"max_chars_per_result": 500},
            "max_results": 3,
        },
    }


def test_a_mode_given_by_the_person_is_sent_as_it_is() -> None:
    call = search_call("v1", objective="Why?", mode="turbo")
    assert call.body["mode"] == "turbo"


@pytest.mark.parametrize(
    ("mode", "v1beta", "alpha"),
    [
        ("turbo", "fast", "base"),
        ("fast", "fast", "base"),
        ("basic", "one-shot", "base"),
        ("advanced", "agentic", "pro"),
    ],
)
def test_older_generations_get_what_comes_nearest_to_a_mode(
    mode: str, v1beta: str, alpha: str
) -> None:
    assert search_call("v1", objective="Why?", mode=mode).body["mode"] == mode
    assert search_call("v1beta", objective="Why?", mode=mode).body["mode"] == v1beta
    assert search_call("alpha", objective="Why?", mode=mode).body["processor"] == alpha
    older = search_call("v1beta", objective="Why?", mode=v1beta).body["mode"]
    assert older == v1beta  # its own words are understood


def test_a_mode_that_there_is_not_names_the_nearest_and_two_words_for_one_thing_are_refused() -> (
    None
):
    with pytest.raises(InputError, match="no mode 'advance'") as caught:
        search_call("v1", "a", mode="advance")
    assert "Did you mean 'advanced'?" in caught.value.remedy
    with pytest.raises(InputError, match="say the same"):
        search_call("v1", "a", mode="fast", processor="pro")


@pytest.mark.parametrize("option", ["include_domains", "exclude_domains"])
def test_a_turbo_search_takes_no_domain_with_a_path(option: str) -> None:
    policy = {option: ["sec.gov/", "docs.python.org/3"]}
    with pytest.raises(InputError, match=r"no domain with a path: 'docs.python.org/3'"):
        search_call("v1", "a", mode="turbo", source_policy=policy)
    call = search_call("v1", "a", mode="fast", source_policy=policy)
    assert sent(call)["advanced_settings"] == {"source_policy": policy}  # type: ignore[index]


def test_domains_that_are_excluded_in_vain_are_remarked() -> None:
    both = SourcePolicy(include_domains=["a.com"], exclude_domains=["b.com"])
    assert policy_remarks(both) == [
        "exclude_domains is not used: where domains are included, no others are read."
    ]
    assert policy_remarks(SourcePolicy(exclude_domains=["b.com"])) == []
    assert policy_remarks(None) == []


@pytest.mark.parametrize("api", ["v1", "v1beta"])
def test_extract_limits_the_full_text_where_a_number_is_given(api: Generation) -> None:
    call = extract_call(api, ["https://example.org"], objective="Why?", full_content=2000)
    assert call.path == f"/{api}/extract"
    settings = call.body["advanced_settings"] if api == "v1" else call.body
    assert settings["full_content"] == {"max_chars_per_result": 2000}


def test_a_search_or_extract_may_be_asked_again() -> None:
    assert search_call("v1", "a").repeatable
    assert extract_call("v1", ["https://a.example"]).repeatable


def test_a_misspelt_option_names_the_nearest() -> None:
    with pytest.raises(InputError, match="no option 'max_result'") as caught:
        search_call("v1", "a", max_result=3)  # type: ignore[call-arg]  # that is the point
    assert "Did you mean 'max_results'?" in caught.value.remedy


def test_a_search_for_nothing_is_refused() -> None:
    with pytest.raises(InputError, match="nothing to search for"):
        check_search("  ", [])
    check_search(None, ["a b"])


@pytest.mark.parametrize(
    "text", ["example.com", ".gov", "a.b.c", "a.com/x", "a.com/x/Y/", "a.com/"]
)
def test_a_domain_is_a_host_or_a_suffix_and_may_have_a_path(text: str) -> None:
    assert is_domain(text)


@pytest.mark.parametrize(
    "text",
    [
        *("", ".", " ", "a b", "*.gov", "/x", "https://a.example"),
        *("a.com:80", "a.com/x?y", "a.com/x#y", "a//b"),
    ],
)
def test_anything_else_is_no_domain(text: str) -> None:
    assert not is_domain(text)
