"""What is said of an engine's ranking by meaning."""

from __future__ import annotations

import pytest

from parallel_nb.connection.described import SemanticState


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (SemanticState(1.0), "Searches rank by meaning too."),
        # never 100 % before all is done
        (
            SemanticState(0.9999),
            "Searches rank by meaning too, so far for 99 % of the passages.",
        ),
        (
            SemanticState(0.5, "the disk is full"),
            "Searches rank by meaning too, but for 50 % of the passages alone (the disk is full).",
        ),
        (
            SemanticState(0.0, "the package is missing"),
            (
                "Searches rank by words alone: parallel-nb[semantic] does not work "
                "(the package is missing)."
            ),
        ),
    ],
)
def test_it_is_said_in_one_sentence(state: SemanticState, words: str) -> None:
    assert state.words == words


def test_a_long_reason_is_cut() -> None:
    assert len(SemanticState(0.0, "x" * 10_000).words) < 400
