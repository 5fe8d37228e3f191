"""Of a room of all formats 99 % of the facts are read, and 98 % have the right place."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from parallel_nb.engine.corpus.documents import Document, load_corpus
from tests.engine.corpus.generated_room import Fact, write_room

if TYPE_CHECKING:
    from pathlib import Path


def label_of(document: Document, fact: Fact) -> str:
    """The place of a fact: of a row of a table that of the first word in its second cell."""
    start = document.text.index(fact.passage)
    start += len(fact.passage) - len(fact.passage.lstrip("| "))
    place = document.place_at(start)
    return place.label if place else ""


@pytest.mark.parametrize("seed", [1, 2])
def test_facts_are_read_with_their_places(tmp_path: Path, seed: int) -> None:
    facts = write_room(tmp_path, seed)
    corpus = load_corpus(tmp_path)
    assert not corpus.skipped
    documents = {document.path: document for document in corpus.documents}
    assert len(documents) == 60
    read = [fact for fact in facts if fact.passage in documents[fact.path].text]
    lost = Counter(fact.path.rpartition(".")[2] for fact in set(facts) - set(read))
    assert len(read) >= 0.99 * len(facts), lost
    wrong = [
        (fact, label_of(documents[fact.path], fact))
        for fact in read
        if label_of(documents[fact.path], fact) != fact.place
    ]
    assert len(wrong) <= 0.02 * len(read), wrong[:20]
