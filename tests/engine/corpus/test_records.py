"""Tables whose rows are documents: Parquet, JSON lines and CSV; other tables stay one text."""

from __future__ import annotations

import builtins
import io
import json
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from parallel_nb.engine.corpus.documents import load_corpus
from parallel_nb.engine.corpus.parquet import read_parquet
from tests.engine.corpus.test_broken_files import spoil

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PAGES = pd.DataFrame(
    {
        "URL": ["https://acme.example/a", None],
        "title": ["Acme", None],
        "text": ["Acme was founded in 1999.\n\nIt makes anvils.", "# Bolt\n\nBolt makes screws."],
        "date": [pd.Timestamp("2024-05-01"), pd.NaT],
        "author": [None, "Ada Byron"],
    }
)


def json_lines(frame: pd.DataFrame) -> bytes:
    """As pandas has long written them: dates in milliseconds."""
    records = [
        {name: None if pd.isna(value) else value for name, value in row.items()}
        for row in frame.to_dict("records")
    ]
    records[0]["date"] = 1_714_521_600_000
    return "\n".join(map(json.dumps, records)).encode()


WRITERS: dict[str, Callable[[pd.DataFrame], bytes]] = {
    "parquet": lambda frame: bytes(frame.to_parquet(None)),
    "jsonl": json_lines,
    "csv": lambda frame: frame.to_csv().encode(),
}


@pytest.mark.parametrize("suffix", WRITERS)
def test_a_row_with_text_and_title_is_a_document_of_its_own(tmp_path: Path, suffix: str) -> None:
    (tmp_path / f"pages.{suffix}").write_bytes(WRITERS[suffix](PAGES))
    acme, bolt = load_corpus(tmp_path).documents
    assert (acme.url, acme.title, acme.date) == ("https://acme.example/a", "Acme", "2024-05-01")
    assert acme.text == PAGES["text"][0]
    number = 3 if suffix == "csv" else 2
    assert bolt.path == f"pages.{suffix}/{number}"
    assert (bolt.title, bolt.date) == ("Bolt", None)
    assert bolt.text == "# Bolt\n\nBolt makes screws.\n\nauthor: Ada Byron"
    at = bolt.text.index("screws")
    place = bolt.place_at(at)
    assert place is not None
    assert place.label == f"row {number}"
    assert bolt.url_of(at, at + 6).endswith(f"pages.{suffix}/{number}#row={number}")


def test_another_table_is_one_text_with_its_rows(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {"town": ["Tilburg", "Breda"], "rent": [5, None], "day": pd.Timestamp("2024-05-01")}
    )
    (tmp_path / "rents.parquet").write_bytes(frame.to_parquet(None))
    (document,) = load_corpus(tmp_path).documents
    assert document.text.splitlines()[2:] == [
        "| Tilburg | 5.0 | 2024-05-01 |",
        "| Breda |  | 2024-05-01 |",
    ]
    place = document.place_at(document.text.index("Breda"))
    assert place is not None
    assert place.label == "row 2"


def test_without_pyarrow_the_remedy_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = builtins.__import__

    def without(name: str, *args: Any, **named: Any) -> Any:
        if name.startswith("pyarrow"):
            raise ImportError(name)
        return real(name, *args, **named)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(Exception, match=r"pip install 'parallel-nb\[arrow\]'"):
        read_parquet(b"PAR1")


def test_a_broken_parquet_file_says_so(tmp_path: Path) -> None:
    import random  # noqa: PLC0415 - this test alone

    whole = PAGES.to_parquet(None)
    random_ = random.Random(3)  # noqa: S311 - it makes a test repeatable
    for number in range(30):
        (tmp_path / f"{number}.parquet").write_bytes(spoil(whole, random_))
    (tmp_path / "good.jsonl").write_text(json.dumps({"title": "A", "text": "B"}))
    corpus = load_corpus(tmp_path)
    seen = {d.path.split("/")[0] for d in corpus.documents}
    assert len(seen | {file.path for file in corpus.skipped}) == 31
    assert all(file.reason for file in corpus.skipped)


def test_a_parquet_file_that_unpacks_to_too_much_is_not_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    buffer = io.BytesIO()
    pd.DataFrame({"text": ["a" * 1000] * 1000}).to_parquet(buffer)
    monkeypatch.setattr("parallel_nb.engine.corpus.parquet.MAX_UNPACKED", 1000)
    with pytest.raises(Exception, match="would unpack to"):
        read_parquet(buffer.getvalue())
