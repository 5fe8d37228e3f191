"""How a find, its plan and a list of entities are shown: right words, and nothing but text."""

from __future__ import annotations

from dataclasses import replace

from parallel_nb.api.findall import (
    GENERATORS,
    Candidate,
    Entity,
    EntitySearchResult,
    MatchCondition,
)
from parallel_nb.display import bundles
from parallel_nb.display.html import progress as progress_html
from parallel_nb.display.widgets.progress import kernel_ended_bundle, state_of
from parallel_nb.finding import FindPlan
from parallel_nb.finding.model import FindState
from parallel_nb.finding.request import FindRequest, read_enrichment
from parallel_nb.results import Entities

EVIL = "<script>alert(1)</script>\x1b[31m\u202e"
CONDITION = MatchCondition(name="a" + EVIL, description=EVIL)


def state() -> FindState:
    request = FindRequest(EVIL, [CONDITION], limit=20, enrichments=read_enrichment("b: str"))
    found = FindState(
        title=EVIL,
        connection="hosted",
        billed=True,
        generator=GENERATORS["base"],
        request=request,
        findall_id="findall_1",
        phase="running",
    )
    output = {CONDITION.name: {"value": EVIL, "is_matched": True}}
    found.absorb(
        [
            Candidate(candidate_id="1", name=EVIL, match_status="matched", output=output),
            Candidate(candidate_id="2", name="no", match_status="unmatched"),
            Candidate(candidate_id="3", name="open", match_status="generated"),
        ]
    )
    return found


def assert_harmless(bundle: bundles.Bundle) -> None:
    assert "<script" not in bundle["text/html"]
    for text in bundle.values():
        assert "\x1b" not in text
        assert "\u202e" not in text


def test_the_widget_tells_the_counts_the_goal_and_what_stopping_does() -> None:
    shown = state_of(state().progress())
    assert [count[1:] for count in shown["counts"]] == [
        [1, "1", "matched"],
        [1, "1", "no match"],
        [1, "1", "being judged"],
        [19, "19", "still wanted"],
    ]
    assert shown["total"] == 22
    assert shown["ended_words"] == "1 of 20 matches"
    assert shown["cost"] == "$0.28, at most $1.35 at prices of October 2026"
    assert shown["stop_label"] == "Stop and cancel"
    assert shown["pace"] == "0 of 1 enriched"
    assert [label for label, _ in shown["newest"]] == ["no", shown["title"]]


def test_the_end_says_what_was_found_and_where_it_goes_on() -> None:
    progress = state().progress()
    detached = progress_html.text(replace(progress, state="detached"))
    assert "1 matched, 1 no match, 1 not judged" in detached
    assert "%parallel_attach findall_1" in detached
    done = progress_html.text(replace(progress, state="done"))
    assert "%parallel_attach" not in done
    assert "$0.28 at prices" in done
    ended = kernel_ended_bundle(progress)["text/plain"]
    assert "The kernel ended while the find ran." in ended


def test_text_from_the_web_stays_text() -> None:
    progress = state().progress()
    assert_harmless(bundles.progress_bundle(progress))
    assert "\x1b" not in progress_html.line(progress) + repr(state_of(progress)["newest"])
    plan = FindPlan(
        title=EVIL,
        request=state().request,
        generator=GENERATORS["base"],
        connection=EVIL,
        billed=True,
        proposed=True,
        limit_to_pay=20,
        is_new=True,
        earlier="",
        in_doubt=False,
        max_cost=None,
    )
    assert_harmless(bundles.find_plan_bundle(plan))
    entity = Entity(name=EVIL, url="javascript:alert(1)", description=EVIL)
    response = EntitySearchResult(entity_set_id="1", entities=[entity])
    shown = bundles.entities_bundle(Entities(EVIL, "companies", EVIL, response, 0.005))
    assert_harmless(shown)
    assert 'href="javascript' not in shown["text/html"]
    assert "not verified" in shown["text/html"]
