"""The same text in two formats is read once and told; a draft beside its final is told."""

from __future__ import annotations

import io
import random
import tracemalloc
from typing import TYPE_CHECKING, Any

import pytest
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.platypus import Paragraph, SimpleDocTemplate

from parallel_nb.engine.corpus.documents import load_corpus
from parallel_nb.engine.corpus.duplicates import Sketch, find_duplicates, sketch
from parallel_nb.engine.http.documents import describe_documents
from parallel_nb.engine.index.fulltext import Index
from tests.engine.corpus.office_files import paragraph, word_file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LEASE = [
    "This lease is made between Harbourline Properties and Kestrel Tools for a warehouse in Gouda.",
    "It begins on 1 April 2024 and runs for ten years. The tenant may end it after five years.",
    "The annual rent is EUR 148,500, payable quarterly in advance. It follows the price index.",
    "The landlord keeps roof, walls and foundations in repair, and the tenant keeps the rest.",
    "A notice is given in writing and is deemed received on the third day after it was posted.",
]
DRAFT = [text.replace("148,500", "139,000") for text in LEASE]


def pdf_of(texts: list[str]) -> bytes:
    buffer = io.BytesIO()
    style = getSampleStyleSheet()["BodyText"]
    SimpleDocTemplate(buffer).build([Paragraph(text, style) for text in texts])
    return buffer.getvalue()


@pytest.fixture
def room(tmp_path: Path) -> Path:
    (tmp_path / "a-lease.docx").write_bytes(word_file(*map(paragraph, LEASE)))
    (tmp_path / "b-lease.pdf").write_bytes(pdf_of(LEASE))
    (tmp_path / "c-draft.txt").write_text("\n".join(DRAFT))
    (tmp_path / "d-memo.txt").write_text("The warehouse in Gouda has a new roof.")
    return tmp_path


def test_the_list_says_what_repeats_what(room: Path) -> None:
    lines = {line["path"]: line for line in describe_documents(load_corpus(room))}
    told: dict[str, tuple[Any, ...]] = {
        path: (line["status"], line.get("duplicate_of"), line["reason"])
        for path, line in lines.items()
    }
    assert told["a-lease.docx"] == ("read", None, None)
    reason = "it has the same text as a-lease.docx"
    assert told["b-lease.pdf"] == ("duplicate", "a-lease.docx", reason)
    status, of, reason = told["c-draft.txt"]
    assert (status, of) == ("near duplicate", "a-lease.docx")
    assert reason == "it has 88% in common with a-lease.docx"
    assert told["d-memo.txt"] == ("read", None, None)


def test_a_search_shows_the_same_text_once_and_a_draft_beside_it(room: Path) -> None:
    index = Index.build(load_corpus(room))
    found = [hit.document.path for hit in index.search(["annual rent of the warehouse in Gouda"])]
    assert len(set(found) & {"a-lease.docx", "b-lease.pdf"}) == 1
    assert {"c-draft.txt", "d-memo.txt"} <= set(found)


def test_two_words_in_three_hundred_are_told_and_a_form_filled_in_anew_is_not() -> None:
    random_ = random.Random(5)  # noqa: S311 - it makes a test repeatable
    words = [f"w{random_.randrange(3_000)}" for _ in range(300)]

    def changed(number: int) -> str:
        places = random_.sample(range(300), number)
        return " ".join(f"x{n}" if n in places else word for n, word in enumerate(words))

    first = sketch(" ".join(words))
    for number, is_told in ((0, True), (1, True), (2, True), (20, False), (100, False)):
        found = find_duplicates([(3, first), (9, sketch(changed(number)))])
        assert (9 in found) == is_told
        assert all(duplicate.of == 3 for duplicate in found.values())
        assert (found.get(9, (3, 0.0))[1] == 1) == (number == 0)


def test_long_texts_that_differ_in_a_word_are_near_and_short_ones_go_with_their_titles() -> None:
    words = [f"w{n}" for n in range(20_000)]
    one, other = " ".join(words), " ".join([*words[:9_000], "changed", *words[9_001:]])
    found = find_duplicates([(1, sketch(one)), (2, sketch(other)), (3, sketch(one, "Else"))])
    assert found[2].share < 1
    assert found[3] == (1, 1.0)
    assert not find_duplicates([(1, sketch("None.", "Gouda")), (2, sketch("None.", "Breda"))])


def test_what_all_mails_have_at_their_foot_costs_no_time_and_tells_nothing() -> None:
    foot = " ".join(f"Word {n} of the notice at the foot of each mail." for n in range(10))
    random_ = random.Random(5)  # noqa: S311 - it makes a test repeatable
    mails = (" ".join(f"m{random_.randrange(10**6)}" for _ in range(200)) for _ in range(1_000))
    assert not find_duplicates((n, sketch(f"{mail}\n{foot}")) for n, mail in enumerate(mails))


@pytest.mark.parametrize("text", ["", "short", "\ud800 lone", "\ufb01le \uff11 E\u0301"])
def test_any_text_has_a_sketch(text: str) -> None:
    assert sketch(text) == sketch(text)


def test_documents_that_repeat_none_take_little_memory_to_compare() -> None:
    chance = random.Random(1)  # noqa: S311 - the same each time

    def sketches() -> Iterator[tuple[int, Sketch]]:
        for number in range(1_000):
            hashes = tuple(sorted(chance.getrandbits(63) for _ in range(200)))
            yield number, Sketch(number.to_bytes(16, "big"), hashes)

    tracemalloc.start()
    assert not find_duplicates(sketches())
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 5_000_000
