"""JSON is read by its structure: tables, sections, lines and lists, whatever the file holds."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING, Any

import pytest

from parallel_nb.api.places import document_id
from parallel_nb.engine.corpus.documents import Document, load_corpus
from parallel_nb.engine.corpus.json_files import read_json, read_json_lines, words
from parallel_nb.engine.pages.pages import Pages, Wanted
from parallel_nb.engine.pages.parts import find_place
from tests.engine.corpus.test_broken_files import spoil
from tests.linear import assert_linear

if TYPE_CHECKING:
    from pathlib import Path


def read(folder: Path, value: Any) -> Document:
    """A file as it is read from a folder: JSON of the value, or its own bytes."""
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    (folder / "file.json").write_bytes(data)
    (document,) = load_corpus(folder).documents
    return document


def reason(folder: Path, data: bytes) -> str:
    """Why a file is not read."""
    (folder / "file.json").write_bytes(data)
    (folder / "good.md").write_text("Text.")
    (skipped,) = load_corpus(folder).skipped
    return skipped.reason


def place_of(document: Document, words_: str) -> str:
    place = document.place_at(document.text.index(words_))
    return place.label if place else ""


def test_a_list_of_objects_is_a_table_with_a_row_an_object(tmp_path: Path) -> None:
    rooms = [
        {"roomId": "S-1", "floor_area_m2": 42, "stepFree": True, "equipment": ["kiln", "sink"]},
        {"roomId": "S-2", "rent-eur": 590.5, "stepFree": None, "equipment": ["Oak, dark", "vat"]},
    ]
    document = read(tmp_path, rooms)
    assert document.text.splitlines() == [
        "| room id | floor area m2 | step free | equipment | rent eur |",
        "| --- | --- | --- | --- | --- |",
        "| S-1 | 42 | true | kiln, sink |  |",
        "| S-2 |  |  | Oak, dark; vat | 590.5 |",
    ]
    assert document.format == "JSON"
    assert place_of(document, "S-1") == "row 1"
    assert place_of(document, "590") == "row 2"


def test_an_object_in_a_row_is_columns_and_what_is_deeper_json(tmp_path: Path) -> None:
    row = {"id": 1, "address": {"city": "Breda", "geo": {"lat": 5}}, "owner": {"name": "Acme"}}
    document = read(tmp_path, [row, {"id": 2, "address": None, "owner": "Bo"}])
    assert document.text.splitlines() == [
        "| id | address city | address geo | owner |",
        "| --- | --- | --- | --- |",
        '| 1 | Breda | {"lat": 5} | {"name": "Acme"} |',
        "| 2 |  |  | Bo |",
    ]


def test_an_object_is_lines_and_sections_below_its_title(tmp_path: Path) -> None:
    house = {
        "name": "Saltworks House",
        "date": "2024-05-07",
        "rooms": [{"roomId": "S-1", "rent": 5}, {"roomId": "S-2", "rent": 7}],
        "builtIn": 1911,
        "sold": None,
        "landlord": {"chairPerson": "Ellen Marsh", "board": ["Bo Li", "Ida Kerr"], "past": {}},
        "rules": ["No fires, also not in the yard behind the kiln rooms.", "The gate is shut " * 4],
        "history": "Built for salt.\n\nA school since 1950.",
    }
    document = read(tmp_path, house)
    assert (document.title, document.date) == ("Saltworks House", "2024-05-07")
    assert document.text.split("\n\n") == [
        "# Saltworks House",
        "name: Saltworks House\ndate: 2024-05-07\nbuilt in: 1911",
        "## rooms",
        "| room id | rent |\n| --- | --- |\n| S-1 | 5 |\n| S-2 | 7 |",
        "## landlord",
        "chair person: Ellen Marsh\nboard: Bo Li, Ida Kerr",
        "## rules",
        f"- No fires, also not in the yard behind the kiln rooms.\n- {'The gate is shut ' * 4}"[
            :-1
        ],
        "## history",
        "Built for salt.",
        "A school since 1950.",
    ]
    assert place_of(document, "1911") == ""
    assert place_of(document, "S-2") == "table 1, row 2"
    assert place_of(document, "Ellen") == "landlord"
    assert place_of(document, "A school") == "history"


def test_an_object_of_like_objects_is_a_table_with_the_key_first(tmp_path: Path) -> None:
    rooms = {"S-1": {"area": 42, "let": False}, "S-2": {"area": 38}}
    document = read(tmp_path, rooms)
    table = ["| --- | --- | --- |", "| S-1 | 42 | false |", "| S-2 | 38 |  |"]
    assert document.text.splitlines() == ["| key | area | let |", *table]
    assert place_of(document, "S-2") == "row 2"
    within = read(tmp_path, {"rooms": rooms, "key": "K"})
    assert within.text.splitlines()[4:] == ["| rooms | area | let |", *table]


def test_objects_that_are_not_alike_are_sections(tmp_path: Path) -> None:
    said = {"tenant": {"trade": "weaver"}, "loan": {"sum": 5, "until": 2030, "bank": "Quay"}}
    document = read(tmp_path, said)
    assert document.text == (
        "## tenant\n\ntrade: weaver\n\n## loan\n\nsum: 5\nuntil: 2030\nbank: Quay"
    )


def test_rows_with_tables_of_their_own_are_sections(tmp_path: Path) -> None:
    floors = [
        {"name": f"floor {n}", "level": n, "rooms": [{"id": f"S-{n}{m}", "m2": m} for m in (1, 2)]}
        for n in (1, 2)
    ]
    document = read(tmp_path, floors)
    assert document.text.split("\n\n")[4:] == [
        "## floor 2",
        "name: floor 2\nlevel: 2",
        "### rooms",
        "| id | m2 |\n| --- | --- |\n| S-21 | 1 |\n| S-22 | 2 |",
    ]
    assert place_of(document, "level: 2") == "row 2"
    assert place_of(document, "S-22") == "table 2, row 2"


def test_rows_with_text_and_title_are_documents(tmp_path: Path) -> None:
    authors = [{"name": "Ada", "town": "Breda"}]
    pages: list[dict[str, Any]] = [
        {"title": "Acme", "text": "Acme makes anvils.", "publishDate": "2024-05-01", "by": authors},
        {"title": "Bolt", "text": "Bolt makes screws.", "publishDate": None, "by": authors},
    ]
    (tmp_path / "pages.json").write_text(json.dumps(pages))
    (tmp_path / "one.json").write_text(json.dumps({**pages[0], "by": "Ada", "title": "One"}))
    found = {d.path: d for d in load_corpus(tmp_path).documents}
    assert list(found) == ["one.json/1", "pages.json/1", "pages.json/2"]
    acme = found["pages.json/1"]
    assert (acme.title, acme.date) == ("Acme", "2024-05-01")
    assert acme.text == f"Acme makes anvils.\n\nby: {json.dumps(authors)}"
    assert found["one.json/1"].text == "Acme makes anvils.\n\nby: Ada"


@pytest.mark.parametrize(
    "value",
    [
        [["town", "rent"], ["Tilburg", 5], ["Breda", 7]],
        {"town": {"0": "Tilburg", "1": "Breda"}, "rent": {"0": 5, "1": 7}},
        b'{"town": "Tilburg", "rent": 5}\r\n{"town": "Breda", "rent": 7}\r\n',
    ],
    ids=["rows", "pandas", "lines"],
)
def test_tables_in_other_forms_are_tables(tmp_path: Path, value: Any) -> None:
    table = "| town | rent |\n| --- | --- |\n| Tilburg | 5 |\n| Breda | 7 |"
    assert read(tmp_path, value).text == table


def test_a_mixed_list_is_bullets_and_sections(tmp_path: Path) -> None:
    document = read(tmp_path, {"steps": ["Wash", {"name": "Fire", "hours": 9}, [1, 2], "Glaze"]})
    assert document.text == (
        "## steps\n\n- Wash\n- 1, 2\n- Glaze\n\n### Fire\n\nname: Fire\nhours: 9"
    )


def test_what_is_deeper_than_headings_is_json(tmp_path: Path) -> None:
    value: Any = {"g": 1, "h": [{"x": 2}]}
    for key in "fedcba":
        value = {key: value}
    text = read(tmp_path, value).text
    assert text.startswith("## a\n\n### b\n\n#### c\n\n##### d\n\n###### e\n\n")
    assert text.endswith('f: {"g": 1, "h": [{"x": 2}]}')


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("floorAreaM2", "floor area m2"),
        ("floor_area_m2", "floor area m2"),
        ("floor-area", "floor area"),
        ("FloorArea", "Floor area"),
        ("rentEUR", "rent EUR"),
        ("VATNumber", "VAT number"),
        ("rent_2024", "rent 2024"),
        ("S-1", "S-1"),
        ("COVID-19", "COVID-19"),
        ("Floor area (m2)", "Floor area (m2)"),
        ("@type", "type"),
        ("$schema", "schema"),
        ("_id", "id"),
        ("# of rooms", "of rooms"),
        ("#", "#"),
        ("__", "__"),
        ("", ""),
        ("grundfläche", "grundfläche"),
    ],
)
def test_keys_are_words(key: str, expected: str) -> None:
    assert words(key) == expected


def test_keys_whose_words_are_the_same_stay_apart(tmp_path: Path) -> None:
    rows = [{"floorArea": 1, "floor_area": 2, "a_b": 3, "a": {"b": 4}}] * 2
    assert read(tmp_path, rows).text.splitlines()[0] == "| floorArea | floor_area | a_b | a.b |"


def test_json_lines_have_the_same_heads() -> None:
    parsed = read_json_lines(b'{"roomId": "S-1", "at": {"city": "Breda"}}\n\n{"roomId": "S-2"}')
    assert parsed.text.splitlines()[0] == "| room id | at city |"
    assert [place.number for _, place in parsed.places] == [1, 3]


@pytest.mark.parametrize("path", ["rooms.json", "house.json"])
@pytest.mark.parametrize("row", [1, 2])
def test_a_citation_is_marked_in_its_own_row(tmp_path: Path, path: str, row: int) -> None:
    rooms = [{"town": "Breda", "rent": 590}] * 2
    (tmp_path / "rooms.json").write_text(json.dumps(rooms))
    house = {"name": "House", "rent": 590, "rooms": rooms}
    (tmp_path / "house.json").write_text(json.dumps(house))
    corpus = load_corpus(tmp_path)
    document = next(d for d in corpus.documents if d.path == path)
    said = "| Breda | 590 |"
    at = document.text.index(said) + (row - 1) * len(f"{said}\n")
    url = document.url_of(at, at + len(said))
    fragment = url.partition("#")[2]
    span = find_place(document.text, document.places, fragment)
    assert span is not None
    assert document.text.startswith(said, span.start)
    wanted = Wanted(fragment=fragment, passages=(said,))
    page = Pages(tmp_path).show(corpus, document_id(url), wanted)
    marked = [
        found.number
        for block in page.blocks
        for found in block.rows
        if any(is_marked for cell in found.cells for _, is_marked in cell)
    ]
    assert marked == [row]


@pytest.mark.parametrize(
    "data",
    [
        '{"town": "Zürich"}'.encode("utf-8-sig"),
        '{"town": "Zürich"}'.encode("utf-16"),
        '{"town": "Zürich"}'.encode("utf-16-le"),
        '{"town": "Zürich"}'.encode("cp1252"),
        b'{"town": "Z\\u00fcrich"}',
        b'{"town": "Breda", "town": "Z\\u00fcrich"}',
    ],
)
def test_any_encoding_is_read_and_the_last_of_two_like_keys(tmp_path: Path, data: bytes) -> None:
    assert read(tmp_path, data).text == "town: Zürich"


def test_odd_values_do_no_harm(tmp_path: Path) -> None:
    digits = b"9" * 6_000
    data = (
        b'{"a": NaN, "b": -Infinity, "c": 1e999, "d": %s, "e": %s.5, "f": "\\ud800x", "g": "a\tb"}'
    )
    lines = read(tmp_path, data % (digits, digits)).text.splitlines()
    assert lines[:2] == ["b: -Infinity", "c: Infinity"]
    assert lines[2] == f"d: {digits.decode()}"
    assert lines[4:] == ["f: \ufffdx", "g: a b"]
    assert read(tmp_path, b'"Only a text."').text == "Only a text."


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b'{"a": 1,\n "b" 2}', "it is no JSON: expecting ':' delimiter at line 2, column 6"),
        (b'{"a": 1}\n{"a": 2', "it is no JSON: extra data at line 2, column 1"),
        (b"hello", "it is no JSON: expecting value at line 1, column 1"),
        (b"[" * 100_000, "it is nested too deep"),
        (b"[" * 100_000 + b"]" * 100_000, "it is nested too deep"),
        (b'{"a":' * 100_000, "it is nested too deep"),
        (b"[]", "it is empty"),
        (b'{"a": null, "b": []}', "it is empty"),
        (b"", "it is empty"),
        (b"\x00\x01\x02\x03\x00", "it is not text"),
    ],
)
def test_what_cannot_be_read_says_why(tmp_path: Path, data: bytes, expected: str) -> None:
    assert reason(tmp_path, data) == expected


def test_no_depth_hurts(tmp_path: Path) -> None:
    (tmp_path / "good.md").write_text("Text.")
    depths = range(900, 1_100, 20)
    for depth in depths:
        lists, rows = b"[" * depth + b"1" + b"]" * depth, b'[{"a": 1, "b":' * depth + b"1"
        (tmp_path / f"lists{depth}.json").write_bytes(lists)
        (tmp_path / f"rows{depth}.json").write_bytes(rows + b"}]" * depth)
        (tmp_path / f"lines{depth}.jsonl").write_bytes(b'{"a":' * depth + b"1" + b"}" * depth)
    corpus = load_corpus(tmp_path)
    assert len(corpus.documents) + len(corpus.skipped) == 3 * len(depths) + 1
    assert all("too deep" in file.reason for file in corpus.skipped)


def test_broken_files_say_so(tmp_path: Path) -> None:
    rooms = [{"id": f"S-{n}", "at": {"city": "Breda"}, "tags": ["a", None]} for n in range(30)]
    whole = json.dumps({"name": "House", "rooms": rooms, "notes": ["x" * 60] * 3}).encode()
    random_ = random.Random(5)  # noqa: S311 - it makes a test repeatable
    for number in range(60):
        (tmp_path / f"{number}.json").write_bytes(spoil(whole, random_))
    (tmp_path / "good.json").write_bytes(whole)
    corpus = load_corpus(tmp_path)
    seen = {document.path for document in corpus.documents}
    assert len(seen | {file.path for file in corpus.skipped}) == 61
    assert all(file.reason and "cannot be read" not in file.reason for file in corpus.skipped)


def test_very_many_sections_are_lines_in_the_end(tmp_path: Path) -> None:
    parts = [{"steps": [{"hours": n}]} for n in range(15_000)]
    document = read(tmp_path, parts)
    assert document.text.count("\n#") < 20_000
    assert document.text.endswith('row 15000: {"steps": [{"hours": 14999}]}')
    assert place_of(document, "14999}") == "row 15000"


def packages(count: int) -> Any:
    """As npm locks them: thousands of objects, whose own have thousands of keys together."""
    return {
        "name": "app",
        "packages": {
            f"node_modules/p{n}": {
                "version": f"1.{n}.0",
                "dependencies": {f"p{(n * 31 + m * 7) % count}": "^1.0.0" for m in range(4)},
                **({"engines": {"node": ">=4"}} if n % 3 else {}),
            }
            for n in range(count)
        },
    }


def nested_packages(count: int) -> Any:
    """As npm once locked them, each within those that need it."""
    found = {}
    for n in range(count // 8):
        inner: Any = {"version": "1.0.0"}
        for m in range(8):
            inner = {"version": f"{m}.0", "dependencies": {f"p{n}{m}": inner, f"q{n}{m}": {}}}
        found[f"r{n}"] = inner
    return {"dependencies": found}


SHAPES: dict[str, Any] = {
    "packages": packages,
    "nested packages": nested_packages,
    "keys of their own": lambda count: [{f"k{n}": n, "a": 1} for n in range(count)],
    "objects of their own": lambda count: {f"k{n}": {f"k{n}": n, "a": 1} for n in range(count)},
    "columns within": lambda count: [{"a": {f"k{n}": n}} for n in range(count)],
    "one long row": lambda count: [*([1, 2] for _ in range(count)), [0] * count],
    "sections": lambda count: [{"a": [{"b": [{"c": [{"d": n}]}]}]} for n in range(count // 4)],
    "a long name": lambda count: {"k" * count: [{"a": [{"b": n}]} for n in range(count // 8)]},
    "lists": lambda count: [[[n]] for n in range(count)],
}


@pytest.mark.parametrize("shape", SHAPES)
def test_reading_takes_time_and_text_in_proportion_to_the_file(shape: str) -> None:
    made = {count: json.dumps(SHAPES[shape](count)).encode() for count in (3_000, 24_000)}
    for data in made.values():
        assert len(read_json(data).text) < 3 * len(data)
    assert_linear(lambda count: read_json(made[count]), 24_000)


def test_json_lines_with_keys_of_their_own_take_time_in_proportion() -> None:
    def read_lines(count: int) -> None:
        data = "\n".join(json.dumps({f"k{n}": n, "a": 1}) for n in range(count)).encode()
        parsed = read_json_lines(data)
        assert len(parsed.text) < 3 * len(data)
        assert parsed.places[-1][1].label == f"row {count}"

    assert_linear(read_lines, 24_000)
