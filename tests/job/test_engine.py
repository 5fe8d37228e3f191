"""The same job on the real embedded engine, over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from parallel_nb.api.schema.fields import parse_fields
from parallel_nb.connection import connect
from parallel_nb.display.html.values import value_text
from parallel_nb.display.panels import panel as make_panel
from parallel_nb.display.results_panel import ResultsPanel
from parallel_nb.job import attach, start

if TYPE_CHECKING:
    from tests.conftest import SharedEngine

LANGUAGES = [
    "Python",
    "Rust",
    "Go",
    "Java",
    "C",
    "Ruby",
    "Haskell",
    "Erlang",
    "Swift",
    "Kotlin",
    "Scala",
    "Perl",
    "PHP",
    "Lua",
    "Julia",
    "R",
    "OCaml",
    "Clojure",
    "Elixir",
    "Dart",
]


def test_twenty_rows_are_answered_with_sources_by_the_engine(engine: SharedEngine) -> None:
    connection = connect("hosted", api_key=engine.key, base_url=engine.url)
    fields = parse_fields("first_released: int? - Year of the first release")
    frame = pd.DataFrame({"language": LANGUAGES})
    prompt = "When was the programming language {{language}} first released?"
    job = start(frame, prompt, output=fields, connection=connection)
    assert job.df["language"].tolist() == LANGUAGES
    assert (job.df["status"] == "completed").all()
    assert str(job.df["first_released"].dtype) == "Int64"
    assert job.df["first_released"].notna().sum() > 5
    assert job.basis["url"].notna().any()
    again = start(frame, prompt, output=fields, connection=connection)
    assert again.progress.reused == 20
    back = attach(str(job.group_id), connection=connection)
    assert back.df["first_released"].tolist() == job.df["first_released"].tolist()


def test_rows_as_objects_are_answered_by_the_engine(engine: SharedEngine) -> None:
    connection = connect("hosted", api_key=engine.key, base_url=engine.url)
    frame = pd.DataFrame({"language": ["Python", "Rust"], "checked": [True, None]})
    job = start(frame, "Say who created the language.", connection=connection)
    assert (job.df["status"] == "completed").all()
    assert job.df["output"].str.len().gt(0).all()


def test_a_panel_of_several_jobs_says_which_row_was_not_asked_for_what(
    engine: SharedEngine,
) -> None:
    connection = connect("hosted", api_key=engine.key, base_url=engine.url)
    jobs = [
        start(
            pd.DataFrame({"language": [language]}),
            "What is known of the programming language {{language}}?",
            output=None if fields is None else parse_fields(fields),
            connection=connection,
        )
        for language, fields in (
            ("Rust", "first_released: int?\nhas_no_such_thing: str?"),
            ("Python", "creator: str?"),
            ("Go", None),
        )
    ]
    both = pd.concat([job.df for job in jobs], ignore_index=True)
    panel = make_panel(both)
    assert isinstance(panel, ResultsPanel)
    fields = ["first_released", "has_no_such_thing", "creator", "output"]
    assert panel.head()["fields"] == fields
    rows = (panel.answer("rows", {}) or {})["rows"]
    shown = {row[1]: dict(zip(fields, row[4], strict=True)) for row in rows}
    assert shown["Rust"]["has_no_such_thing"] == "not found"
    assert shown["Rust"]["creator"] == shown["Rust"]["output"] == "not asked"
    assert shown["Python"]["first_released"] == shown["Python"]["output"] == "not asked"
    assert list(shown["Go"].values())[:3] == ["not asked"] * 3
    assert shown["Go"]["output"] == value_text(jobs[2].df["output"][0], 120)
    evidence = panel.answer("evidence", {"row": 1, "field": 0}) or {}
    assert evidence["value"] == "not asked"
    assert evidence["reasoning"] == "The question of this row does not ask for this field."
    missing = panel.answer("rows", {"filter": {"status": "missing"}}) or {}
    assert [row[1] for row in missing["rows"]] == ["Rust"]
    assert missing["code"] == ""  # isna() would select rows that were not asked
    assert "creator: not asked" in panel.bundle()["text/plain"]
    basis = both.parallel.basis()
    assert set(basis.loc[basis["row"] == 1, "field"]) == {"creator"}
