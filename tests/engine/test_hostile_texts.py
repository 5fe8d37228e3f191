"""Documents and questions that anybody may have written take time in proportion to their length."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from parallel_nb.api.findall import MatchCondition
from parallel_nb.api.types import TaskRunInput, TaskSpec
from parallel_nb.engine.corpus.documents import Corpus, Document
from parallel_nb.engine.corpus.html import read_html
from parallel_nb.engine.corpus.markdown import read_markdown
from parallel_nb.engine.corpus.passages import passages
from parallel_nb.engine.finder.claims import claim_of
from parallel_nb.engine.finder.conditions import read_condition
from parallel_nb.engine.finder.entities import rank
from parallel_nb.engine.finder.judge import judge
from parallel_nb.engine.finder.mentions import find_mentions, find_mentions_in_text
from parallel_nb.engine.finder.propose import propose
from parallel_nb.engine.index.fulltext import Index
from parallel_nb.engine.reader.answer import answer_run
from parallel_nb.engine.reader.language import names
from parallel_nb.engine.reader.statements import read_statements
from tests.engine.conftest import spec
from tests.linear import assert_linear

if TYPE_CHECKING:
    from collections.abc import Callable

PIECES = {
    "blanks": " ",
    "tabs": "\t",
    "blank lines": "\n",
    "hashes": "#",
    "headings": "# a\n",
    "brackets": "[",
    "images": "![",
    "links": "[](",
    "footnotes": "[^",
    "parentheses": "(",
    "closed parentheses": "(a) ",
    "pipes": "|",
    "table rows": "| a | b |\n",
    "rules": "- ",
    "items": "- a\n",
    "stars": "*",
    "fences": "```\n",
    "labels": "a: b\n",
    "colons": "a:",
    "dots": "a.",
    "sentences": "A is in B. ",
    "abbreviations": "Dr. ",
    "capitals": "Aa Bb ",
    "numbers": "1,000 ",
    "digits": "1",
    "dates": "1 May 2020, ",
    "commas": "a, ",
    "ors": "a or ",
    "was": "was ",
    "since": " since ",
    "quotes": '"',
    "semicolons": ", in a; ",
}


def assert_proportional(read: Callable[[str], object], lead: str, piece: str, end: str) -> None:
    for length in (1_000, 4_000, 32_000):  # what is cubic must not be tried on a long text
        assert_linear(lambda n: read(lead + piece * (n // len(piece)) + end), length)


def state(text: str) -> object:
    return read_statements(Document(0, "file:a", "A", None, text))


def name_things(text: str) -> object:
    document = Document(0, "file:a", text[:300], None, text)
    return find_mentions(document), find_mentions_in_text(document)


READERS: dict[str, Callable[[str], object]] = {
    "mentions": name_things,
    "markdown": lambda text: read_markdown(text.encode()),
    "html": lambda text: read_html(text.encode()),
    "passages": passages,
    "statements": state,
}


@pytest.mark.parametrize("piece", PIECES)
@pytest.mark.parametrize("reader", READERS)
def test_a_document_takes_time_in_proportion_to_its_length(reader: str, piece: str) -> None:
    for lead, end in (("# a", "x"), ("", "\n\nx"), ("| a |\n", "")):
        assert_proportional(READERS[reader], lead, PIECES[piece], end)


MARKUP = ["<", "<a", "<a ", "<a b", '<a b="', "<!", "<!--", "<!-- >", "<![", "<![CDATA[", "<?"]
MARKUP += ["</", "</a", "&", "&#", "&#x", "&amp", "<b>x</b>", "<td>x", "<table><tr><td>"]
MARKUP += ["<script>", "<p>"]


@pytest.mark.parametrize("piece", MARKUP)
def test_a_page_of_broken_markup_takes_time_in_proportion_to_its_length(piece: str) -> None:
    for lead, end in (("", ""), ("<table><tr><td>", ">"), ("<title>", "-->")):
        assert_proportional(READERS["html"], lead, piece, end)


def ask(text: str, **field: Any) -> object:
    document = Document(0, "file:a", "Acme", None, "Acme was founded in 1999 by Ada Byron.")
    index = Index.build(Corpus("room", (document,)))
    return answer_run(
        index, TaskRunInput(processor="base", input=text, task_spec=TaskSpec(**spec(a=field)))
    )


@pytest.mark.parametrize("piece", PIECES)
def test_a_question_takes_time_in_proportion_to_its_length(piece: str) -> None:
    def prompt(text: str) -> object:
        return ask(f"Acme {text}", type="string", description="founded")

    def description(text: str) -> object:
        return ask("Acme", type=["string", "null"], description=text)

    def choice(text: str) -> object:
        return ask("Acme", enum=["x", text[:200]], description=text)

    for read in (prompt, description, choice):
        assert_proportional(read, "as ", PIECES[piece], "x")


@pytest.mark.parametrize("piece", ["(a)", "[a]", ", in a", "; in a", " since 1", "(", ", "])
def test_a_value_takes_time_in_proportion_to_its_length(piece: str) -> None:
    assert_proportional(names.clean_value, "A", piece, "")
    assert_proportional(names.clean_value, "A", piece, ";x")


@pytest.mark.parametrize("piece", PIECES)
def test_an_objective_and_a_condition_take_time_in_proportion_to_their_length(piece: str) -> None:
    def condition(text: str) -> object:
        return claim_of(text, "makers"), read_condition(text)

    for read in (propose, condition):
        assert_proportional(read, "makers over 1", PIECES[piece], "x")


@pytest.mark.parametrize("piece", PIECES)
def test_a_find_in_any_text_ends_with_a_verdict(piece: str) -> None:
    text = PIECES[piece] * (2_000 // len(PIECES[piece]))
    documents = (
        Document(0, "file:makers/a", text[:200], None, text),
        Document(1, "file:makers/b", "Acme", None, f"| Maker | {text[:50]} |\n|-|-|\n| Bo | 1 |"),
    )
    index = Index.build(Corpus("room", documents))
    conditions = [
        MatchCondition(name="a", description=f"It makes {text}"),
        MatchCondition(name="b", description=f"{text} over 10 people"),
    ]
    for found in rank(index, "makers", f"makers {text}"):
        entity = {"name": found.name, "url": found.url, "has_page": found.has_page}
        verdict = judge(index, entity, "makers", conditions)
        assert verdict["status"] in {"matched", "unmatched"}
