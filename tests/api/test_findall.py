"""The values of a candidate, the prices of generators, and events by their names."""

from __future__ import annotations

import pytest

from parallel_nb.api.findall import (
    GENERATORS,
    CandidateEvent,
    CandidateValue,
    FindAllStatusEvent,
    candidate_values,
    findall_event_type,
)


def test_both_forms_of_a_candidates_output_are_read() -> None:
    read = candidate_values(
        {
            "a": {"value": "Oslo", "type": "match_condition", "is_matched": True},
            "b": {"value": None, "type": "match_condition", "is_matched": False},
            "c": {"value": 1, "type": "enrichment"},
            "d": "Yes",
            "e": "no",
            "f": "perhaps",
            "g": True,
            "h": {"other": 1},
            "i": {"value": 1, "type": ["odd"], "is_matched": "odd"},
        }
    )
    assert read == {
        "a": CandidateValue("Oslo", is_enrichment=False, is_matched=True),
        "b": CandidateValue(None, is_enrichment=False, is_matched=False),
        "c": CandidateValue(1, is_enrichment=True),
        "d": CandidateValue("Yes", is_matched=True),
        "e": CandidateValue("no", is_matched=False),
        "f": CandidateValue("perhaps"),
        "g": CandidateValue(value=True, is_matched=True),
        "h": CandidateValue({"other": 1}),
        "i": CandidateValue(1),
    }
    assert candidate_values(None) == {}


@pytest.mark.parametrize(
    ("generator", "matches", "usd"),
    [("preview", 10, 0.10), ("base", 10, 0.55), ("core", 50, 9.5), ("pro", 100, 110.0)],
)
def test_a_run_costs_a_fixed_part_and_one_a_match(generator: str, matches: int, usd: float) -> None:
    assert GENERATORS[generator].cost(matches) == pytest.approx(usd)


def test_events_are_known_by_their_names() -> None:
    assert findall_event_type("findall.candidate.enriched") is CandidateEvent
    assert findall_event_type("findall.candidate.of_tomorrow") is CandidateEvent
    assert findall_event_type("findall.status") is FindAllStatusEvent
    assert findall_event_type("task_run.state") is None
