"""The sample documents are well formed, and the gold answers stand on the pages they cite."""

from __future__ import annotations

import calendar
import datetime as dt
import json
import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest

ROOT = Path(__file__).parents[3]
GOLD = ROOT / "tests" / "engine" / "gold"
SAMPLE = ROOT / "parallel_nb" / "engine" / "sample"
TOPICS = ("archive", "companies", "countries", "databases", "elements", "languages", "planets")
FIELDS = {"id", "prompt", "field", "type", "description", "answer", "accept", "pages", "note"}
DOZEN = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
DOZEN += ["eleven", "twelve"]


class Page(NamedTuple):
    """One sample document, taken apart."""

    path: Path
    url: str
    title: str
    date: str
    body: str


def read_page(path: Path) -> Page:
    """Split a document into its front matter and its body."""
    text = path.read_text(encoding="utf-8")
    match = re.fullmatch(r"---\n(.*?)\n---\n\n(.*)", text, re.DOTALL)
    assert match, f"{path.name} has no front matter"
    head = dict(line.split(": ", 1) for line in match[1].splitlines())
    assert set(head) == {"url", "title", "date"}, path.name
    return Page(path, head["url"], head["title"].strip('"'), head["date"], match[2])


@cache
def pages() -> dict[str, Page]:
    """All sample documents by URL."""
    found = [read_page(path) for path in sorted(SAMPLE.glob("*/*.md"))]
    assert len({page.url for page in found}) == len(found), "two pages share a URL"
    return {page.url: page for page in found}


@cache
def questions(name: str) -> tuple[dict[str, Any], ...]:
    """The questions of one file, in order."""
    text = (GOLD / name).read_text(encoding="utf-8")
    return tuple(json.loads(line) for line in text.splitlines())


def every_question() -> list[dict[str, Any]]:
    """Held-out and tuning questions together."""
    return [*questions("questions.jsonl"), *questions("dev.jsonl")]


def kind(question: dict[str, Any]) -> str:
    """Tell the type of a question without its question mark; an enum is called `enum`."""
    base = str(question["type"]).removesuffix("?")
    return "enum" if "|" in base else base


def forms(answer: object) -> set[str]:
    """List the ways in which a page may write an answer."""
    if isinstance(answer, int):
        words = {DOZEN[answer]} if 0 <= answer < len(DOZEN) else set()
        return words | {str(answer), f"{answer:,}"}
    if isinstance(answer, float):
        return {f"{answer:g}", f"{answer:,}", str(answer), f"{answer:g} million"}
    text = str(answer)
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        day = dt.date.fromisoformat(text)
        month = calendar.month_name[day.month]
        return {
            text,
            f"{day.day} {month} {day.year}",
            f"{month} {day.day}, {day.year}",
        }
    return {text}


def stands_on(candidates: set[str], body: str) -> bool:
    """Tell whether one of the forms stands in the text as a whole word or number."""
    text = " ".join(body.replace("\N{MINUS SIGN}", "-").split())
    return any(
        re.search(rf"(?<![\w.,]){re.escape(form)}(?![\w])(?![.,]\d)", text, re.IGNORECASE)
        for form in candidates
    )


def cited(question: dict[str, Any]) -> list[str]:
    """Return the bodies of the pages a question cites."""
    return [pages()[url].body for url in question["pages"]]


def test_there_are_enough_pages_of_every_topic() -> None:
    counts = Counter(page.path.parent.name for page in pages().values())
    assert tuple(sorted(counts)) == TOPICS
    assert counts.total() >= 190
    assert min(counts.values()) >= 12


def test_host_and_path_follow_the_folder() -> None:
    for page in pages().values():
        topic = page.path.parent.name
        assert page.url == f"https://{topic}.sample.example/{page.path.stem}"


def test_pages_have_a_title_a_date_and_a_fair_length() -> None:
    for page in pages().values():
        assert page.title.strip(), page.url
        assert dt.date(1995, 1, 1) <= dt.date.fromisoformat(page.date), page.url
        assert 60 <= len(page.body.split()) <= 300, page.url


def test_current_pages_are_recent_and_many_are_prose_only() -> None:
    current = [page for page in pages().values() if page.path.parent.name != "archive"]
    assert min(page.date for page in current) >= "2024-01-01"
    prose = sum(1 for page in current if not re.search(r"(?m)^- ", page.body))
    assert 0.25 <= prose / len(current) <= 0.45


def test_question_ids_are_unique_and_fields_known() -> None:
    asked = every_question()
    assert len({question["id"] for question in asked}) == len(asked) == 120
    for question in asked:
        assert FIELDS - {"note"} <= set(question) <= FIELDS
        assert re.fullmatch(r"[a-z][a-z0-9_]*", question["field"])
        assert question["prompt"].strip()
        assert question["description"].strip()


def test_held_out_questions_have_the_promised_mix() -> None:
    asked = questions("questions.jsonl")
    assert len(asked) == 100
    assert Counter(map(kind, asked)) == {
        "int": 25,
        "float": 12,
        "date": 15,
        "bool": 15,
        "enum": 13,
        "str": 15,
        "list[str]": 5,
    }
    assert sum(question["type"].endswith("?") for question in asked) == 50
    assert sum(question["answer"] is None for question in asked) == 10


def test_tuning_questions_repeat_none_of_the_held_out_ones() -> None:
    held_out = {(q["prompt"], q["field"]) for q in questions("questions.jsonl")}
    places = {(url, q["field"]) for q in questions("questions.jsonl") for url in q["pages"]}
    assert len(questions("dev.jsonl")) == 20
    for question in questions("dev.jsonl"):
        assert (question["prompt"], question["field"]) not in held_out
        assert not {(url, question["field"]) for url in question["pages"]} & places


@pytest.mark.parametrize("question", every_question(), ids=lambda question: str(question["id"]))
def test_gold_answer_is_typed_and_stands_on_a_cited_page(question: dict[str, Any]) -> None:
    answer, accept = question["answer"], set(question["accept"])
    if answer is None:
        assert question["type"].endswith("?")
        assert question["pages"] == []
        assert question["note"]
        return
    assert question["pages"]
    bodies = cited(question)
    match kind(question):
        case "bool":
            assert isinstance(answer, bool)
        case "enum":
            assert answer in question["type"].removesuffix("?").split("|")
        case "list[str]":
            for item in answer:
                assert any(stands_on({item}, body) for body in bodies), item
        case scalar:
            assert type(answer) is {"int": int, "float": float}.get(scalar, str)
            assert scalar != "date" or dt.date.fromisoformat(str(answer))
            assert any(stands_on(forms(answer) | accept, body) for body in bodies)
