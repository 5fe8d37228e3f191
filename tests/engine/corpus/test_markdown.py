"""Markdown and text: what stands before the text, titles, and lines as places."""

from __future__ import annotations

import pytest

from parallel_nb.engine.corpus.markdown import read_markdown, read_rst, read_text
from parallel_nb.engine.corpus.passages import passages
from parallel_nb.engine.corpus.places import place_at


@pytest.mark.parametrize(
    "head",
    [
        '---\ntitle: "The lease"\ntags:\n  - a\n  - b\n# note\npublish_date: 2024-05-03\n---\n',
        "+++\ntitle = 'The lease'\ndate = 2024-05-03T10:00:00Z\n+++\n",
        "---\ntitle: The lease\ndate: 2024-01-01\npublished: 3 May 2024\n---\n",
        "Title: The lease\nAuthor: Ada\nDate: 2024-05-03\n\n",
    ],
)
def test_front_matter_has_many_forms(head: str) -> None:
    parsed = read_markdown(f"{head}\n# Rent\n\nThe rent is 5.\n".encode())
    assert (parsed.title, parsed.date) == ("The lease", "2024-05-03")
    assert parsed.text.endswith("# Rent\n\nThe rent is 5.")


@pytest.mark.parametrize(
    "text",
    [
        "---\n\nA rule above, and below.\n\n---\n\nText.",
        "---\nAcme: founded in 1999 and\nmore.\n---\nText.",
        "Rent: 5\nArea: 7\n\nText.",
    ],
)
def test_what_is_no_front_matter_stays_text(text: str) -> None:
    assert read_text(text.encode()).text == text


def test_titles_are_underlined_or_marked_and_never_in_code() -> None:
    text = "```\n# no title\n```\n\nThe lease\n=========\n\nRent\n----\n\nThe rent is 5.\n"
    parsed = read_markdown(text.encode())
    assert parsed.title == "The lease"
    assert "# The lease\n\n\n## Rent\n\n\nThe rent is 5." in parsed.text
    place = place_at(parsed.text, parsed.places, parsed.text.index("The rent"))
    assert place is not None
    assert place.label == "line 11"


def test_a_comment_in_code_that_is_set_in_is_no_heading() -> None:
    text = (
        "Install it:\n\n    # as root\n    apt install it\n\n\t# or so\n\n# The tool\n\nIt works.\n"
    )
    parsed = read_markdown(text.encode())
    assert parsed.title == "The tool"
    assert [each.heading for each in passages(parsed.text)][-1] == "The tool"
    assert "as root" not in {each.heading for each in passages(parsed.text)}
    shown = [parsed.text[each.start : each.end] for each in passages(parsed.text)]
    assert any("# as root" in each for each in shown)


def test_lines_are_those_of_the_file() -> None:
    parsed = read_text(b"---\ntitle: x\n---\n\n\nfirst\n\nsecond\n")
    for passage, line in (("first", 6), ("second", 8)):
        place = place_at(parsed.text, parsed.places, parsed.text.index(passage))
        assert place is not None
        assert place.fragment == f"line={line}"


def test_titles_of_restructured_text_are_headings_on_their_own_lines() -> None:
    source = (
        "========\nThe room\n========\n\nText.\n\nRent\n----\n\nIt is 5.\n\nDeposit\n~~~~~~~\n\n"
        "It is 1.\n\nTerm\n----\n\n====  ====\nA     B\n====  ====\n\nNot a title\n--\n"
    )
    parsed = read_rst(source.encode())
    lines = parsed.text.split("\n")
    assert [line for line in lines if line.startswith("#")] == [
        "# The room",
        "## Rent",
        "### Deposit",
        "## Term",
    ]
    assert parsed.title == "The room"
    for passage in ("It is 5.", "It is 1."):
        place = place_at(parsed.text, parsed.places, parsed.text.index(passage))
        assert place is not None
        assert place.label == f"line {source.split(chr(10)).index(passage) + 1}"


def test_front_matter_may_end_with_dots_and_quote_its_quotes() -> None:
    parsed = read_markdown(b"---\ntitle: 'It''s here'\n...\nBody")
    assert (parsed.title, parsed.text) == ("It's here", "Body")
