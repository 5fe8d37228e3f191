"""The ranker: what the network reads, what comes of its scores, and answers with it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import parallel_nb as pnb
from parallel_nb import engine_home
from parallel_nb.api.schema.fields import parse_fields, to_json_schema
from parallel_nb.api.types import TaskRunInput, TaskSpec
from parallel_nb.connection import launcher
from parallel_nb.engine.corpus.documents import Corpus, Document
from parallel_nb.engine.index.embedder import NoEmbedderError
from parallel_nb.engine.index.fulltext import Index
from parallel_nb.engine.reader.answer import Readers
from parallel_nb.engine.reader.context import field_question, select_sources
from parallel_nb.engine.reader.decide import decide
from parallel_nb.engine.reader.evidence import find_evidence
from parallel_nb.engine.reader.ranker import choose as choosing
from parallel_nb.engine.reader.ranker.network import Network
from parallel_nb.engine.reader.ranker.pairs import MOST, pairs_of
from parallel_nb.engine.reader.request import read_request
from parallel_nb.engine.reader.signals import Asked
from tests.engine.reader.one_field import asked_of

if TYPE_CHECKING:
    from pathlib import Path

    from parallel_nb.api.types import JsonOutput
    from parallel_nb.engine.reader.ranker.pairs import Pair

#: The positions that the network has.
POSITIONS = 192
MINUTES = """# Board of the Larkhill Trust, 4 March 2024

Present: Ada Berg, Tom Oake and Mina Holt. Mina Holt took the chair.

The treasurer, Tom Oake, told the board that the roof had cost 48,200 pounds, 3,000 more than was
planned. The builder is Harrow & Sons. Ada Berg will ask them for a ten-year warranty.
"""


def page(text: str) -> tuple[Document, ...]:
    return (Document(0, "file:room/minutes.md", "Minutes of March", "2024-03-04", text),)


def read(text: str, field: str, prompt: str = "Larkhill Trust") -> tuple[list[Pair], Asked]:
    schema = to_json_schema(parse_fields(field))
    spec = TaskSpec(output_schema={"type": "json", "json_schema": schema})
    index = Index.build(Corpus("room", page(text)))
    reading = select_sources(index, read_request(TaskRunInput("base", prompt, task_spec=spec)))
    requested = reading.request.fields[0]
    asked = Asked.of(reading, requested, field_question(reading, requested))
    evidence = find_evidence(reading, requested, asked.question, is_open=True)
    return pairs_of(reading.request.text, requested, evidence), asked


@pytest.fixture(scope="module")
def network() -> Network:
    pytest.importorskip("onnxruntime")
    pytest.importorskip(engine_home.SEMANTIC_PACKAGE)
    return Network()


def ranked(network: Network, field: str, processor: str = "pro") -> JsonOutput:
    readers = Readers(network=lambda: network)
    return asked_of(
        page(MINUTES), field, prompt="Larkhill Trust", readers=readers, processor=processor
    )


def test_the_network_reads_question_and_value_then_the_passage_with_the_value_marked() -> None:
    pairs, _ = read(MINUTES, "cost: int? - what the roof cost in pounds")
    of_value = {pair.item.candidate.value: pair for pair in pairs}
    marked = {value: tuple(pair.pieces[slice(*pair.span)]) for value, pair in of_value.items()}
    assert marked[48_200] != marked[3_000]
    for pair in pairs:
        begin, end = pair.span
        assert 0 < pair.passage <= begin < end <= len(pair.pieces)


@given(st.text(max_size=3_000), st.sampled_from(["str?", "int?", "date?", "bool?", "a|b?"]))
def test_whatever_is_read_fits_the_network(text: str, kind: str) -> None:
    pairs, _ = read(
        f"Larkhill Trust 17 {text} 2024-03-04", f"it: {kind} - {text[:400]!r}", text[:90]
    )
    assert len(pairs) <= MOST
    for pair in pairs:
        assert len(pair.pieces) <= POSITIONS
        assert pair.passage <= pair.span[0] < pair.span[1] <= len(pair.pieces)
        assert len(pair.signals) == len(pairs[0].signals)


def test_a_share_is_what_the_candidates_of_a_value_get_beside_no_answer() -> None:
    pairs, asked = read(MINUTES, "cost: int? - what the roof cost in pounds")
    rules = decide([pair.item for pair in pairs], asked, nullable=False)
    scores = [3.0 if pair.item.candidate.value == 3_000 else -3.0 for pair in pairs]
    choice = choosing.choose_by(pairs, scores, rules, asked)
    assert choice.winner[0].candidate.value == 3_000
    assert 0.8 < choice.share < 1
    nothing = choosing.choose_by(pairs, [-8.0 for _ in pairs], rules, asked)
    assert nothing.share < 0.01
    assert choosing.BOUNDS.chance(nothing) < choosing.BOUNDS.chance(choice)
    assert choosing.decide_by(nothing, asked, nullable=True).value is None
    assert choosing.decide_by(nothing, asked, nullable=False).value is not None


def test_high_asks_that_the_rules_give_the_same() -> None:
    pairs, asked = read(MINUTES, "cost: int? - what the roof cost in pounds")
    rules = decide([pair.item for pair in pairs], asked, nullable=False)
    scores = [9.0 if pair.item.candidate.value == 48_200 else -9.0 for pair in pairs]
    choice = replace(choosing.choose_by(pairs, scores, rules, asked), share=1.0)
    assert choosing.BOUNDS.confidence(replace(choice, agrees=False)) != "high"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("roof_cost: int? - what the roof cost in pounds", 48_200),
        ("treasurer: str? - who keeps the money", "Tom Oake"),
        ("builder: str? - who built it", "Harrow & Sons"),
    ],
)
def test_a_field_is_answered_with_the_passage_that_says_so(
    network: Network, field: str, value: Any
) -> None:
    output = ranked(network, field)
    assert list(output.content.values()) == [value]
    excerpts = output.basis[0].citations[0].excerpts or []
    assert str(value).replace("48200", "48,200") in excerpts[0]


def test_what_is_not_said_is_null(network: Network) -> None:
    field = "architect: str? - who drew the plans"
    output = ranked(network, field)
    assert output.content == {"architect": None}


def test_what_is_asked_for_many_rows_is_answered_by_the_rules_alone(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[int] = []

    def scores(pairs: list[Pair]) -> list[float]:
        calls.append(len(pairs))
        return [0.0] * len(pairs)

    monkeypatch.setattr(network, "scores", scores)
    for processor, times in (("lite", 0), ("core", 0), ("core2x", 1), ("pro", 1)):
        calls.clear()
        ranked(network, "roof_cost: int? - what the roof cost in pounds", processor)
        assert len(calls) == times


def test_a_score_hardly_depends_on_what_is_read_beside_it(network: Network) -> None:
    pairs, _ = read(MINUTES, "cost: int? - what the roof cost in pounds")
    together = network.scores(pairs)
    alone = [network.scores([pair])[0] for pair in pairs]
    assert together == pytest.approx(alone, abs=1.0)
    assert network.scores(pairs) == together


def test_without_the_package_there_is_no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_home, "SEMANTIC_PACKAGE", "a_package_that_nobody_has")
    with pytest.raises(NoEmbedderError, match="is missing"):
        Network()


@pytest.mark.usefixtures("network")
def test_an_engine_is_ranked_where_the_extra_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARALLEL_NB_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PARALLEL_NB_SEMANTIC", "1")
    room = tmp_path / "room"
    room.mkdir()
    (room / "minutes.md").write_text(MINUTES, encoding="utf-8")
    connection = pnb.connect("embedded", documents=room)
    try:
        found = {
            processor: pnb.task(
                "Larkhill Trust",
                output="warranty: str? - how long is the warranty",
                processor=processor,
                connection=connection,
            )
            for processor in ("base", "pro")
        }
    finally:
        launcher.stop_engine(room)
        pnb.disconnect()
    # what is only asked for is no warranty
    assert found["base"].warranty == "ten-year"
    assert found["pro"].warranty is None
