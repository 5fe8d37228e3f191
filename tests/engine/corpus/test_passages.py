"""Text is cut into sentences where they end, and nowhere else."""

from __future__ import annotations

from parallel_nb.engine.corpus.passages import sentences


def test_sentences_are_not_cut_at_abbreviations() -> None:
    text = "Dr. A. B. Smith met Acme Inc. in St. Louis. He left at 5 p.m. on Monday. The end."
    cut = [text[start:end] for start, end in sentences(text, 0, len(text))]
    assert cut[0] == "Dr. A. B. Smith met Acme Inc. in St. Louis."
    assert cut[-1] == "The end."
