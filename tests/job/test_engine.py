"""The same job on the real embedded engine, over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from parallel_nb.api.schema.fields import parse_fields
from parallel_nb.connection import connect
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
