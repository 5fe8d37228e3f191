"""Words are found however a file writes their letters, and are shown as it does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parallel_nb.engine.corpus.documents import load_corpus
from parallel_nb.engine.corpus.html import read_html
from parallel_nb.engine.corpus.page import decode_text
from parallel_nb.engine.corpus.places import composed, line_place
from parallel_nb.engine.index.fulltext import Index

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("written", "asked", "shown"),
    [
        ("The Zu\u0308rich office", "Zürich", "Zürich"),
        ("The Zürich office", "Zu\u0308rich", "Zürich"),
        ("a co\u00adop\u00aderative", "cooperative", "cooperative"),
        ("the ware\u200bhouse", "warehouse", "warehouse"),
        ("the \ufb01nance team", "finance", "\ufb01nance"),
        ("of \uff21\uff43\uff4d\uff45 Ltd", "Acme", "\uff21\uff43\uff4d\uff45"),
        ("lot \uff11\uff12\uff13", "123", "\uff11\uff12\uff13"),
        ("the cafe\u0301", "cafe", "café"),
    ],
)
def test_a_word_is_found_and_shown(tmp_path: Path, written: str, asked: str, shown: str) -> None:
    (tmp_path / "a.txt").write_text(f"{written} has a new roof.", "utf-8")
    (tmp_path / "b.txt").write_text("Nothing of it stands here.")
    (hit,) = Index.build(load_corpus(tmp_path)).search([asked])
    assert hit.document.path == "a.txt"
    assert shown in hit.passages[0]


@given(st.lists(st.text("a\u00ad\u200bu\u0308é \n", max_size=20), max_size=5))
def test_places_move_with_their_text(parts: list[str]) -> None:
    places = []
    length = 0
    for number, part in enumerate(parts, 1):
        places.append((length, line_place(number)))
        length += len(part) + 1
    text, moved = composed("|".join(parts), places)
    assert [text[offset:].partition("|")[0] for offset, _ in moved] == [
        composed(part)[0] for part in parts
    ]
    assert [place for _, place in moved] == [place for _, place in places]


GERMAN = "Die Miete der Büros in Köln beträgt 5 €, für Möbel und Geräte zusätzlich 2 €."
JAPANESE = "東京の事務所の賃料は月額五万円である。契約は二〇二四年に始まる。"


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (GERMAN.encode("utf-16-le"), GERMAN),
        (GERMAN.encode("utf-16-be"), GERMAN),
        (b"\xef\xbb\xbf" + GERMAN.encode(), GERMAN),
        (GERMAN.encode("cp1252"), GERMAN),
        (GERMAN.encode() + " \u2013 früher 4".encode("cp1252"), f"{GERMAN} \u2013 früher 4"),
        (JAPANESE.encode("shift_jis"), JAPANESE),
        (b'<?xml version="1.0" encoding="iso-8859-2"?>' + "Łódź".encode("iso8859-2"), "Łódź"),
        (b"<p>" + b" " * 9_000 + b'<meta charset="koi8-r">' + "Москва".encode("koi8-r"), "Москва"),
    ],
)
def test_encodings_as_real_files_have_them(data: bytes, text: str) -> None:
    assert text in decode_text(data)


def test_a_page_whose_encoding_stands_late_is_read_by_it() -> None:
    page = f"<title>{'x' * 2_000}</title><meta http-equiv=content-type content='text/html; "
    page += "charset=windows-1251'><p>Москва"
    assert "Москва" in read_html(page.encode("cp1251")).text
