"""How sure the reader says that it is: what each signal sees, and what high asks for."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench import calibrate
from bench.calibrate import Case, Judged
from parallel_nb.api.schema.fields import parse_fields, to_json_schema
from parallel_nb.api.types import TaskRunInput, TaskSpec
from parallel_nb.engine.corpus.documents import Corpus, Document, load_corpus
from parallel_nb.engine.index.fulltext import Index
from parallel_nb.engine.reader.context import field_question, select_sources
from parallel_nb.engine.reader.decide import Decision, decide
from parallel_nb.engine.reader.evidence import find_evidence
from parallel_nb.engine.reader.explain import _DOUBTS
from parallel_nb.engine.reader.request import read_request
from parallel_nb.engine.reader.signals import Asked
from parallel_nb.engine.reader.support import REQUIRED, SCALE, SIGNALS, Support
from tests.engine.reader.one_field import answered

if TYPE_CHECKING:
    from pathlib import Path

#: Three inns on one page, each below its heading.
INNS = """# The inns of the valley

Alder Inn, Birch Inn and Cedar Inn belong to one society.

## Alder Inn

Alder Inn was built in 1790.

## Birch Inn

- Cook: Tom Ek
- Beds: 31

## Cedar Inn

It is closed in winter.
"""
VALLEY = "The inns of the valley"


def decided(text: str, field: str, *, title: str, prompt: str) -> Decision:
    """What is decided about a field that may be null, as if it might not."""
    page = Document(0, "https://valley.test/", title, None, text)
    schema = to_json_schema(parse_fields(field))
    spec = TaskSpec(output_schema={"type": "json", "json_schema": schema})
    request = read_request(TaskRunInput(processor="base", input=prompt, task_spec=spec))
    reading = select_sources(Index.build(Corpus("room", (page,))), request)
    question = field_question(reading, request.fields[0])
    evidence = find_evidence(reading, request.fields[0], question)
    return decide(evidence, Asked.of(reading, request.fields[0], question), nullable=False)


def supported(text: str, field: str, *, title: str = "Acme", prompt: str = "Acme") -> Support:
    support = decided(text, field, title=title, prompt=prompt).support
    assert support is not None
    return support


def test_a_value_below_the_heading_of_another_thing_is_not_the_subject_s() -> None:
    cook = "cook: str - Name of the cook"
    own = supported(INNS, cook, title=VALLEY, prompt="Birch Inn")
    others = decided(INNS, cook, title=VALLEY, prompt="Cedar Inn")
    assert own.own == 1.0
    assert others.support is None or others.support.own == 0.0
    assert others.confidence == "low"


@pytest.mark.parametrize(
    ("text", "field", "signal"),
    [
        ("Acme might open a second mill in 2031.", "opening: int - Year of the opening", "stated"),
        ("Acme's deputy miller is Ida Falk.", "miller: str - Name of the miller", "stated"),
        ("Acme's miller is Ida Falk.", "miller: str - First miller", "qualified"),
        ("Acme had 40 staff.", "staff: int - Staff in 2019", "qualified"),
        ("The flash point of Acme is 80 °C.", "p: float - Melting point in °C", "described"),
        ("Acme's staff is led by Ida Falk.", "auditor: str - Auditor of the staff", "noun"),
        ("Acme has 12 mills.", "area: float - Area of the mills in km²", "kind"),
    ],
)
def test_what_a_statement_lacks_lowers_its_signal(text: str, field: str, signal: str) -> None:
    support = supported(f"# Acme\n\n{text}\n", field)
    assert getattr(support, signal) < 1.0
    assert SCALE.confidence(support) != "high"


def test_a_plain_statement_or_label_lacks_nothing() -> None:
    for text in ("Acme's miller is Ida Falk.", "- Miller: Ida Falk"):
        support = supported(f"# Acme\n\n{text}\n", "miller: str - Name of the miller")
        assert support.missing == ()
        assert support.may_be_high


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("miller: str? - First miller", "Confidence is medium: the page does not say 'First'"),
        ("miller: str? - Name of the miller", "no other page that was read says anything on it."),
    ],
)
def test_the_reasoning_says_why_a_value_is_not_called_high(field: str, said: str) -> None:
    (basis,) = answered("# Acme\n\nAcme's miller is Ida Falk.\n", field).basis
    assert said in basis.reasoning
    assert ("Confidence is" in basis.reasoning) is (basis.confidence != "high")


def test_every_signal_has_a_weight_none_below_0_and_words_for_its_doubt() -> None:
    assert all(getattr(SCALE.weights, name) >= 0 for name in SIGNALS)
    assert _DOUBTS.keys() == set(SIGNALS)
    assert REQUIRED.keys() < set(SIGNALS)
    assert 0 < SCALE.null_below <= min(SCALE.high, SCALE.medium) < 1


def a_case(*, right: bool, **signals: float) -> Case:
    """A case whose signals are 0.5 but for those that are given."""
    support = Support(**dict.fromkeys(SIGNALS, 0.5) | signals)
    return Case(support, right, is_answerable=True, weight=1.0)


def test_the_fit_finds_what_tells_and_gives_no_weight_to_what_speaks_against_a_value() -> None:
    room = [a_case(right=True, own=1.0, alone=0.0) for _ in range(20)]
    room += [a_case(right=False, own=0.0, alone=1.0) for _ in range(20)]
    scale = calibrate.fit({"room": room}, {"room": 1.0})
    assert scale.weights.own > 1.0
    assert scale.weights.alone == 0.0
    right, wrong = (judged.chance for judged in calibrate.judge((room[0], room[-1]), scale, 1.0))
    assert right > 0.8
    assert wrong < 0.2


def test_the_bounds_keep_what_is_promised() -> None:
    def judged(chance: float, *, right: bool, is_answerable: bool = True) -> Judged:
        case = Case(None, right=right, is_answerable=is_answerable, weight=1.0)
        return Judged(case, chance, may_be_high=True, weight=1.0)

    known = [judged(0.9, right=number < 97) for number in range(100)]
    known += [judged(0.6, right=False) for _ in range(10)]
    known += [judged(number / 100, right=False, is_answerable=False) for number in range(30)]
    scale = calibrate.with_bounds(SCALE, known, known)
    assert 0.6 < scale.high <= 0.9
    assert 0.26 <= scale.null_below <= 0.28


def test_a_folder_of_documents_is_asked_with_its_right_answers_and_without(tmp_path: Path) -> None:
    (tmp_path / "inns").mkdir()
    (tmp_path / "inns" / "birch.md").write_text("# Birch Inn\n\n- Cook: Tom Ek\n")
    question: dict[str, Any] = {
        "prompt": "Birch Inn",
        "field": "cook",
        "type": "str?",
        "description": "Cook",
    }
    question |= {"answer": "Tom Ek", "accept": []}
    index = Index.build(load_corpus(tmp_path / "inns"))
    whole, taken = calibrate.cases_of(index, [question], 60)
    assert (whole.right, whole.is_answerable) == (True, True)
    assert (taken.right, taken.is_answerable) == (False, False)
    assert taken.support is None


UNIT = st.floats(min_value=0.0, max_value=1.0)


@given(values=st.lists(UNIT, min_size=len(SIGNALS), max_size=len(SIGNALS)), more=UNIT)
def test_more_support_never_makes_a_value_look_worse(values: list[float], more: float) -> None:
    ranks = {"low": 0, "medium": 1, "high": 2}
    support = Support(*values)
    for signal in fields(Support):
        better = replace(support, **{signal.name: max(more, getattr(support, signal.name))})
        assert SCALE.chance(better) >= SCALE.chance(support)
        assert ranks[SCALE.confidence(better)] >= ranks[SCALE.confidence(support)]
