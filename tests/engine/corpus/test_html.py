"""HTML as a person sees it: tables with spans, hidden parts, words that tags part, headings."""

from __future__ import annotations

import pytest

from parallel_nb.engine.corpus.html import read_html, read_mhtml
from parallel_nb.engine.corpus.places import place_at


def text(html: str) -> str:
    return read_html(html.encode()).text


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<table><tr><td>Sales<td>12,<wbr>345<tr><td>a<td><b>1</b>2</table>", "| Sales | 12,345 |"),
        ("<p>12,<wbr>345 and a<b>b</b>c</p>", "12,345 and abc"),
        ("<table><tr><th>Rent<td>5<tr><th>Area<td>7</table>", "| Rent | 5 |\n| Area | 7 |"),
        (
            "<table><tr><th>Site<th colspan=2>Rent<tr><td rowspan=2>Breda<td>1<td>2<tr><td>3<td>4",
            "| Site | Rent | Rent |\n| --- | --- | --- |\n| Breda | 1 | 2 |\n| Breda | 3 | 4 |",
        ),
        (
            "<table><thead><tr><td>Site<td>Rent</thead><tr><td>Breda<td>1</table>",
            "| Site | Rent |\n| --- | --- |\n| Breda | 1 |",
        ),
        ("<table><caption>Sites</caption><tr><td>a<td>b<tr><td>c<td>d</table>", "Sites\n\n| a |"),
        ("<ul><li>one<li>two <i>2</i></ul>", "- one\n- two 2"),
        ("<dl><dt>Rent<dd>5<dt>Area:<dd>7</dl>", "- Rent: 5\n- Area: 7"),
        ("<h2>A <em>b</em></h2>x", "## A b\n\nx"),
        ("a<br>b", "a\n\nb"),
        ("<h1>Acme<br>Holding</h1>x", "# Acme Holding\n\nx"),
        ("<pre>Tenant: Alder\nRent:   5\n\nSigned</pre>x", "Tenant: Alder\nRent: 5\n\nSigned\n\nx"),
        ("<p>a</p><pre>\n<b>b</b> c\nd</pre>", "a\n\nb c\nd"),
        ("<form><p>A page in a form.</p></form>", "A page in a form."),
        ("<table><tr><td><h2>Left</h2>text<td>side</table>", "## Left\n\ntext\n\nside"),
    ],
)
def test_a_page_is_read_as_it_is_seen(html: str, expected: str) -> None:
    assert expected in text(html)


@pytest.mark.parametrize(
    "hidden",
    [
        "<div hidden>secret</div>",
        '<p style="color:red; display : none">secret</p>',
        "<noscript>secret</noscript>",
        "<select><option>secret</select>",
        "<table><tr><td>a<td hidden>secret<tr style='display:none'><td>secret</table>",
        "<!-- secret -->",
    ],
)
def test_what_is_not_seen_is_no_text(hidden: str) -> None:
    found = text(f"<p>Seen.</p>{hidden}<p>Also seen.</p>")
    assert "secret" not in found
    assert "Also seen." in found


def test_what_scripts_would_replace_is_read_where_it_is_all_there_is() -> None:
    assert text("<noscript><p>All of it.</p></noscript><script>x()</script>") == "All of it."


def test_a_passage_stands_under_its_heading_or_in_its_table() -> None:
    html = "<html lang=nl><h1>Lease</h1><p>a</p><h2>Rent</h2><p>EUR 5</p><table>"
    parsed = read_html(f"{html}<tr><th>x<th>y<tr><td>1<td>22</table><p>after</p>".encode())
    labels = {"Lease": "Lease", "EUR 5": "Rent", "22": "table 1, row 2", "after": "Rent"}
    for passage, label in labels.items():
        place = place_at(parsed.text, parsed.places, parsed.text.index(passage))
        assert place is not None
        assert place.label == label
    assert parsed.language == "nl"


def test_a_page_that_was_saved_as_one_file_is_read() -> None:
    data = (
        b"MIME-Version: 1.0\nContent-Type: multipart/related; boundary=x\n\n--x\n"
        b"Content-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n"
        b"<title>T</title><p>Rent =3D 5\n--x--\n"
    )
    assert read_mhtml(data).text == "Rent = 5"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("Zürich ist groß".encode("utf-16-le"), "Zürich ist groß"),
        ("Zürich ist groß".encode("utf-16-be"), "Zürich ist groß"),
        ("<?xml version='1.0' encoding='iso-8859-2'?><p>Łódź</p>".encode("iso8859_2"), "Łódź"),
        (b" " * 5000 + "<meta charset=koi8-r><p>Москва</p>".encode("koi8_r"), "Москва"),
        ("東京は日本の首都であり、世界で最も大きな都市の一つである。".encode("shift_jis"), "首都"),
        ("Zürich".encode("cp1252"), "Zürich"),
        (b"\xef\xbb\xbfplain", "plain"),
    ],
)
def test_text_is_read_in_the_encoding_that_it_has(data: bytes, expected: str) -> None:
    assert expected in read_html(data).text
