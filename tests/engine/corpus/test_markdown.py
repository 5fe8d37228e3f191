"""Markdown and text: what stands before the text, titles, and lines as places."""

from __future__ import annotations

import pytest

from parallel_nb.engine.corpus.markdown import read_markdown, read_text
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


def test_lines_are_those_of_the_file() -> None:
    parsed = read_text(b"---\ntitle: x\n---\n\n\nfirst\n\nsecond\n")
    for passage, line in (("first", 6), ("second", 8)):
        place = place_at(parsed.text, parsed.places, parsed.text.index(passage))
        assert place is not None
        assert place.fragment == f"line={line}"
