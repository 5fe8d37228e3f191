"""Word files: clauses as they are counted, changes, foot notes, tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from parallel_nb.engine.corpus.page import ParsedFile, UnreadableFileError
from parallel_nb.engine.corpus.places import place_at
from parallel_nb.engine.corpus.word import read_word
from tests.engine.corpus.office_files import (
    DRAWINGS,
    W,
    cell,
    paragraph,
    table,
    with_drawings,
    word_file,
    zip_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable


def where(parsed: ParsedFile, passage: str) -> str:
    place = place_at(parsed.text, parsed.places, parsed.text.index(passage))
    assert place is not None
    return place.label


def test_clauses_have_the_numbers_that_word_shows() -> None:
    parsed = read_word(
        word_file(
            paragraph("Lease of Tilburg", "Title"),
            paragraph("Parties", "Clause"),
            paragraph("Acme is the tenant.", "Sub"),
            paragraph("Rent", "Clause"),
            paragraph("The rent is EUR 5.", "Sub"),
            paragraph("It is paid", "SubChild"),
            paragraph("in January,", level=2),
            paragraph("in July.", level=2),
            paragraph("A paragraph of clause 2.2.", ""),
            paragraph("It is not raised.", "Sub"),
        )
    )
    assert parsed.title == "Lease of Tilburg"
    assert parsed.text == (
        "# Lease of Tilburg\n\n# 1. Parties\n\n1.1 Acme is the tenant.\n\n# 2. Rent\n\n"
        "2.1 The rent is EUR 5.\n\n2.2 It is paid\n\n(a) in January,\n\n(b) in July.\n\n"
        "A paragraph of clause 2.2.\n\n2.3 It is not raised."
    )
    assert where(parsed, "Acme") == "§ 1.1"
    assert where(parsed, "Rent") == "§ 2"
    assert where(parsed, "in July") == "§ 2.2 (b)"
    assert where(parsed, "raised") == "§ 2.3"


def test_inserted_text_is_read_deleted_and_hidden_text_is_not() -> None:
    runs = (
        "<w:r><w:t>The rent is </w:t></w:r><w:ins><w:r><w:t>EUR 1,000</w:t></w:r></w:ins>"
        "<w:del><w:r><w:delText>EUR 900</w:delText></w:r></w:del>"
        "<w:r><w:t> a month</w:t></w:r><w:r><w:rPr><w:vanish/></w:rPr><w:t>secret</w:t></w:r>"
        '<w:r><w:footnoteReference w:id="2"/></w:r>'
    )
    notes = (
        f'<w:footnotes {W}><w:footnote w:id="2">{paragraph("Without tax.")}</w:footnote>'
        "</w:footnotes>"
    )
    parsed = read_word(word_file(paragraph(runs), footnotes=notes))
    assert parsed.text == "The rent is EUR 1,000 a month[2]\n\n[2] Without tax."
    assert where(parsed, "Without") == "note 2"
    assert parsed.notes == ("text that was deleted under track changes is left out",)


def test_a_table_has_its_head_merged_cells_and_rows() -> None:
    wide = '<w:gridSpan w:val="2"/>'
    rows = [
        ["Site", "Rent 2023", "Rent 2024"],
        [cell("Tilburg", '<w:vMerge w:val="restart"/>'), "5", "6"],
        [cell("", "<w:vMerge/>"), cell("none", wide)],
    ]
    parsed = read_word(word_file(paragraph("Sites"), table(rows)))
    assert parsed.text == (
        "Sites\n\n| Site | Rent 2023 | Rent 2024 |\n| --- | --- | --- |\n"
        "| Tilburg | 5 | 6 |\n| Tilburg | none | none |"
    )
    assert where(parsed, "| 6 |") == "table 1, row 2"
    assert where(parsed, "none") == "table 1, row 3"


def test_bullets_are_a_list_and_a_header_is_read_once() -> None:
    header = f"<w:hdr {W}>{paragraph('Contract No. 17')}</w:hdr>"
    parsed = read_word(
        word_file(
            paragraph("Offices:"),
            paragraph("Tilburg", level=0, list_id=2),
            paragraph("Breda", level=0, list_id=2),
            header1=header,
            header2=header,
        )
    )
    assert parsed.text == "Offices:\n\n- Tilburg\n- Breda\n\nContract No. 17"
    assert where(parsed, "Breda") == "paragraph 3"
    assert where(parsed, "No. 17") == "header"


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda: zip_of({"word/other.xml": "<a/>"}), "damaged"),
        (lambda: zip_of({"word/document.xml": "<w:document"}), "part word/document.xml is damaged"),
        (lambda: zip_of({"word/document.xml": bytes(200_000_000)}), "would unpack to"),
        (lambda: b"PK\x03\x04" + bytes(100), "damaged"),
    ],
)
def test_a_broken_file_says_why(make: Callable[[], bytes], reason: str) -> None:
    with pytest.raises(UnreadableFileError, match=reason):
        read_word(make())


def test_an_entity_is_never_expanded() -> None:
    bomb = "<!DOCTYPE a [<!ENTITY b 'xxxxxxxxxx'><!ENTITY c '&b;&b;&b;'>]>"
    body = paragraph("<w:r><w:t>&c;y</w:t></w:r>")
    document = f"{bomb}<w:document {W}><w:body>{body}</w:body></w:document>"
    parsed = read_word(zip_of({"word/document.xml": document}))
    assert "xxx" not in parsed.text


def test_a_line_ends_where_it_is_broken_and_a_formula_is_text() -> None:
    broken = "<w:r><w:t>Tenant: Alder</w:t><w:br/><w:t>Rent: EUR 5</w:t></w:r>"
    name = "http://schemas.openxmlformats.org/officeDocument/2006/math"
    formula = (
        f'<w:r><w:t>So </w:t></w:r><m:oMath xmlns:m="{name}"><m:r><m:t>a=5</m:t></m:r></m:oMath>'
    )
    title = "<w:r><w:t>The</w:t><w:br/><w:t>lease</w:t></w:r>"
    parsed = read_word(
        word_file(
            paragraph(title, "Title"), paragraph(broken), paragraph(formula),
            table([["Site", "Rent"], [cell("a"), f"<w:tc><w:p>{broken}</w:p></w:tc>"]]),
        )
    )  # fmt: skip
    assert parsed.text.startswith("# The lease\n\nTenant: Alder\nRent: EUR 5\n\nSo a=5\n\n")
    assert "| a | Tenant: Alder Rent: EUR 5 |" in parsed.text
    assert where(parsed, "Rent: EUR") == "paragraph 2"


def test_charts_and_diagrams_are_read_behind_the_text() -> None:
    parsed = read_word(with_drawings(word_file(paragraph("Text.")), "word/document.xml"))
    assert parsed.text == f"Text.\n\n{DRAWINGS}"


@pytest.mark.parametrize("number", ["\u00b2", "9" * 5_000, "-1", "x"])
def test_an_attribute_that_is_no_number_costs_no_text(number: str) -> None:
    odd = f"<w:p><w:pPr><w:outlineLvl w:val='{number}'/></w:pPr><w:r><w:t>Text.</w:t></w:r></w:p>"
    wide = f"<w:gridSpan w:val='{number}'/>"
    parsed = read_word(word_file(odd, table([[cell("a", wide), "b"], ["c", "d"]])))
    assert parsed.text.startswith("Text.\n\n| a | b |")
