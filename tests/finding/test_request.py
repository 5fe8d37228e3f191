"""What a person writes as conditions, fields and exclusions, and what is wrong with it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from parallel_nb.api.errors import InputError
from parallel_nb.api.findall import (
    MAX_MATCHES,
    Candidate,
    ExcludedEntity,
    MatchCondition,
    check_limit,
)
from parallel_nb.finding.model import merge, why_not
from parallel_nb.finding.request import (
    FindRequest,
    check_names,
    get_generator,
    missing_enrichments,
    read_conditions,
    read_enrichment,
    read_exclude,
)

OLD = MatchCondition(name="old", description="Before 1990: at the latest in 1989")


@pytest.mark.parametrize(
    "conditions",
    [
        "old: Before 1990: at the latest in 1989",
        "# a remark\n\n  old :  Before 1990: at the latest in 1989  ",
        {"old": "Before 1990: at the latest in 1989"},
        [("old", "Before 1990: at the latest in 1989")],
        [{"name": "old", "description": "Before 1990: at the latest in 1989"}],
        ["old: Before 1990: at the latest in 1989"],
        [OLD],
    ],
)
def test_conditions_are_read_in_every_form(conditions: Any) -> None:
    assert read_conditions(conditions) == [OLD]


@pytest.mark.parametrize("nothing", [None, {}, [], "", "# only a remark"])
def test_no_conditions_are_none(nothing: Any) -> None:
    assert read_conditions(nothing) == []


@pytest.mark.parametrize(
    ("conditions", "what"),
    [
        ("before 1990", "Line 1, 'before 1990': there is no colon"),
        ("old:", "the condition has no description"),
        (": before 1990", "the condition has no name"),
        ({"old": ""}, "the condition has no description"),
        ({"old": 1990}, "is no text"),
        ("old: a\nold: b", "two conditions 'old'"),
        (7, "is no list"),
        ([("a", "b", "c")], "is none"),
        ("x" * 200 + ": y", "name of the condition is too long"),
    ],
)
def test_a_condition_that_is_none_is_named(conditions: Any, what: str) -> None:
    with pytest.raises(InputError, match=what):
        read_conditions(conditions)


def test_fields_are_read_with_and_without_their_plus() -> None:
    (with_plus,) = read_enrichment("+ founded: int? - Year\n+ceo: str?")
    (without,) = read_enrichment("founded: int? - Year\nceo: str?")
    assert with_plus == without
    assert with_plus.processor == "core"
    # A text is no answer that a find gives, so one is never taken for the description of one.
    for wrong in ("who leads it", "founded: yeer - Year", "founded: int?\nceo: strr"):
        with pytest.raises(InputError, match=r"Line \d, '"):
            read_enrichment(wrong)
    with pytest.raises(InputError, match="names no fields"):
        read_enrichment({"type": "object"})
    for fields in ("a: str", None):
        with pytest.raises(InputError, match="no processor"):
            read_enrichment(fields, "cor")


def test_names_that_two_columns_would_share_are_refused() -> None:
    def request(name: str, field: str) -> FindRequest:
        condition = MatchCondition(name=name, description="x")
        return FindRequest("x", [condition], enrichments=read_enrichment(f"{field}: str"))

    assert check_names(request("a", "b"))
    clashes = (
        ("name", "b"),
        ("why", "b"),
        ("run_id", "b"),
        ("a", "candidate_id"),
        ("a", "a"),
        ("a", "a_matched"),
    )
    for name, field in clashes:
        with pytest.raises(InputError, match="has the name of"):
            check_names(request(name, field))


def test_only_missing_fields_are_asked_for() -> None:
    wanted = read_enrichment("a: str\nb: int")
    assert missing_enrichments(wanted, []) == wanted
    (rest,) = missing_enrichments(wanted, ["a"])
    assert list(rest.output_schema["json_schema"]["properties"]) == ["b"]
    assert missing_enrichments(wanted, ["a", "b"]) == []


def test_generators_and_limits_are_checked() -> None:
    with pytest.raises(InputError, match="Did you mean 'core'"):
        get_generator("cor")
    assert check_limit("limit", 1000, MAX_MATCHES, "base") == 1000
    for limit, most in ((4, 1000), (1001, 1000), (11, 10), (True, 1000), ("9", 1000)):
        with pytest.raises(InputError, match="limit") as told:
            check_limit("limit", limit, most, "base")
        assert told.value.remedy == f"base takes 5 to {most:,}."


def test_exclusions_are_read_in_every_form() -> None:
    frame = pd.DataFrame({"name": ["A", None, "A"], "url": ["a.example", None, "a.example"]})
    assert read_exclude(frame) == [ExcludedEntity(name="A", url="a.example")]
    assert read_exclude(["A Ltd", "https://b.example", "c.example", ("D", "d.example")]) == [
        ExcludedEntity(name="A Ltd", url=""),
        ExcludedEntity(name="", url="https://b.example"),
        ExcludedEntity(name="", url="c.example"),
        ExcludedEntity(name="D", url="d.example"),
    ]
    for wrong, what in (
        ("A Ltd", "is no list"),
        (7, "is no list"),
        (pd.DataFrame({"company": ["A"]}), "no column name"),
        ([str(number) for number in range(10_001)], "10,001 entities"),
    ):
        with pytest.raises(InputError, match=what):
            read_exclude(wrong)


def candidate(status: str, output: Any = None, **more: Any) -> Candidate:
    return Candidate(candidate_id="c", name="C", match_status=status, output=output, **more)


def test_an_exclusion_that_would_leave_nothing_out_is_refused() -> None:
    with pytest.raises(InputError, match=r"\{'nam': 'A'\} has no key name and none url"):
        read_exclude([{"name": "B"}, {"nam": "A"}])


def test_texts_of_numpy_are_texts() -> None:
    (known,) = read_exclude(np.array(["Example Ltd"]))
    assert (known.name, type(known.name)) == ("Example Ltd", str)
    assert get_generator(np.str_("core")).name == "core"
    assert read_conditions({np.str_("old"): np.str_("Before 1990")})[0].name == "old"


def test_an_older_event_never_undoes_a_judgement() -> None:
    judged = candidate("matched", {"a": {"value": 1}})
    assert merge(judged, candidate("generated")) == judged
    enriched = merge(judged, candidate("matched", {"b": {"value": 2}}))
    assert enriched.output == {"a": {"value": 1}, "b": {"value": 2}}
    assert merge(judged, candidate("discarded")).match_status == "discarded"


def test_bare_values_and_odd_outputs_are_read() -> None:
    assert why_not(candidate("unmatched", {"a": "no", "b": {"value": "x"}}), ["a", "b"]) == (
        "a: not met"
    )
    assert why_not(candidate("unmatched", None), ["a"]) == ""
