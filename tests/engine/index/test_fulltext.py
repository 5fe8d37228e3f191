"""The full-text index: passages are verbatim, policy is obeyed, what is on disk is reopened."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parallel_nb.api.types import SourcePolicy
from parallel_nb.engine.corpus.documents import Corpus, Document, load_corpus
from parallel_nb.engine.corpus.passages import passages
from parallel_nb.engine.index.excerpts import Excerpts
from parallel_nb.engine.index.fulltext import Index
from parallel_nb.engine.index.policy import allows

GOLD = Path(__file__).parents[1] / "gold" / "search.jsonl"
DOCUMENTS = (
    Document(0, "https://docs.acme.com/a", "Anvils", "2024-05-01", "Anvils are heavy. They fall."),
    Document(1, "https://acme.com/b", "Rockets", "2022-01-01", "Rockets fly. Anvils do not."),
    Document(2, "https://agency.gov/c", "Rules", None, "Anvils must carry a label."),
    Document(3, "file:room/d.md", "Notes", None, "The anvils arrived on Monday."),
)


@pytest.fixture(scope="module")
def small() -> Index:
    return Index.build(Corpus("room", DOCUMENTS))


def found(index: Index, policy: SourcePolicy) -> set[int]:
    return {hit.document.id for hit in index.search(["anvils"], limit=10, policy=policy)}


def test_the_first_document_is_found_too(small: Index) -> None:
    """Its id is 0, which the engine's unsigned fields refuse."""
    assert small.search(["heavy anvil"])[0].document.id == 0


def test_words_match_whatever_their_endings(small: Index) -> None:
    assert small.search(["flying rocket"])[0].document.id == 1


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (SourcePolicy(), {0, 1, 2, 3}),
        (SourcePolicy(include_domains=["acme.com"]), {0, 1}),
        (SourcePolicy(include_domains=["docs.acme.com"]), {0}),
        (SourcePolicy(include_domains=[".gov"]), {2}),
        (SourcePolicy(exclude_domains=["acme.com"]), {2, 3}),
        (SourcePolicy(include_domains=["acme.com"], exclude_domains=["docs.acme.com"]), {0, 1}),
        (SourcePolicy(after_date="2023-01-01"), {0}),
        (SourcePolicy(after_date="2024-05-01"), {0}),
        (SourcePolicy(include_domains=["me.com"]), set()),
        (SourcePolicy(include_domains=["docs.python.org/3"]), set()),
        (SourcePolicy(include_domains=["acme.com/b"]), {1}),
        (SourcePolicy(include_domains=["WWW.Acme.com/a/"]), {0}),  # a subdomain's path too
        (SourcePolicy(include_domains=["acme.com/B"]), set()),  # paths have upper and lower case
        (SourcePolicy(include_domains=["agency.gov/"]), {2}),
        (SourcePolicy(exclude_domains=["acme.com/b", "agency.gov/cc"]), {0, 2, 3}),
    ],
)
def test_source_policy(small: Index, policy: SourcePolicy, expected: set[int]) -> None:
    assert found(small, policy) == expected


@pytest.mark.parametrize(
    ("entry", "covered"),
    [
        ("docs.python.org/3", True),
        ("docs.python.org/3/library/", True),
        ("docs.python.org/3/library/asyncio.html", True),
        ("docs.python.org/3/lib", False),  # whole segments
        ("docs.python.org/", True),
        ("python.org/3", True),
        (".org/3", True),
        ("docs.python.org/2", False),
        ("docs.python.org/3/Library", False),
    ],
)
def test_a_path_of_a_source_policy_is_a_prefix_of_whole_segments(entry: str, covered: bool) -> None:  # noqa: FBT001 - a value of the table
    url = "https://docs.python.org/3/library/asyncio.html"
    document = Document(0, url, "asyncio", None, "Text.")
    assert allows(SourcePolicy(include_domains=[entry]), document) is covered
    assert allows(SourcePolicy(exclude_domains=[entry]), document) is not covered


def test_a_document_is_found_by_its_address_in_any_spelling(small: Index) -> None:
    for url in ("https://acme.com/b", "http://acme.com/b/", "https://www.ACME.com/b#top"):
        document = small.document(url)
        assert document is not None
        assert document.id == 1
    assert small.document("https://acme.com/other") is None


def test_an_objective_finds_documents_alone_and_weighs_less_than_a_query(small: Index) -> None:
    assert small.search([], objective="rockets that fly")[0].document.id == 1
    assert small.search(["label rules"], objective="rockets that fly")[0].document.id == 2


def test_excerpts_are_verbatim_and_end_with_a_sentence(small: Index) -> None:
    chosen = Excerpts(small, DOCUMENTS[:1], ["heavy"])
    excerpts = chosen.of(DOCUMENTS[0], max_chars=20, max_chars_per_excerpt=20)
    assert excerpts == ["Anvils are heavy."]


def test_the_same_search_gives_the_same_answer(small: Index) -> None:
    assert small.search(["anvils fall"]) == small.search(["anvils fall"])


def test_the_page_of_a_thing_ranks_first_among_the_samples() -> None:
    index = Index.build(load_corpus())
    for words, page in (("rust programming language", "rust"), ("capital of bhutan", "bhutan")):
        assert index.search([words])[0].document.url.endswith(f"/{page}")


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=400), st.text(max_size=60))
def test_no_text_and_no_query_breaks_the_index(text: str, query: str) -> None:
    for passage in passages(text):
        assert 0 <= passage.start < passage.end <= len(text)
    document = Document(0, "u:0", query, None, text)
    index = Index.build(Corpus("room", (document,)))
    index.search([query], objective=text)
    chosen = Excerpts(index, [document], [query])
    for excerpt in chosen.of(document, max_chars=50, max_chars_per_excerpt=50):
        assert excerpt in text
        assert len(excerpt) <= 50


def test_search_finds_the_expected_pages_among_the_first_three() -> None:
    lines = GOLD.read_text("utf-8").splitlines()
    index = Index.build(load_corpus())
    recalls = []
    for question in map(json.loads, lines):
        pages = set(question["pages"])
        hits = index.search([question["query"]], limit=3)
        found = len(pages & {hit.document.url for hit in hits})
        recalls.append(found / min(3, len(pages)))
    assert len(recalls) == 30
    assert sum(recalls) / len(recalls) >= 0.92
