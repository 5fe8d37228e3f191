"""OpenDocument texts and rich text, with the traps that real ones have."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from parallel_nb.engine.corpus.opendocument import read_opendocument
from parallel_nb.engine.corpus.page import UnreadableFileError
from parallel_nb.engine.corpus.places import place_at
from parallel_nb.engine.corpus.rtf import read_rtf
from tests.engine.corpus.office_files import zip_of

if TYPE_CHECKING:
    from parallel_nb.engine.corpus.page import ParsedFile

_NAMES = "office text table style draw meta"
_SPACES = " ".join(
    f'xmlns:{n}="urn:oasis:names:tc:opendocument:xmlns:{"drawing" if n == "draw" else n}:1.0"'
    for n in _NAMES.split()
)
STYLES = f"""<office:document-styles {_SPACES}><office:styles><text:outline-style>
<text:outline-level-style text:level="1" style:num-format="1" style:num-suffix="."/>
<text:outline-level-style text:level="2" style:num-format="1" text:display-levels="2"/>
</text:outline-style><style:style style:name="Big" style:parent-style-name="Title"/>
<text:list-style style:name="L"><text:list-level-style-number text:level="1"
style:num-format="a" style:num-prefix="(" style:num-suffix=")"/><text:list-level-style-bullet
text:level="2"/></text:list-style></office:styles><office:master-styles><style:master-page>
<style:header><text:p>Confidential</text:p></style:header></style:master-page>
</office:master-styles></office:document-styles>"""
META = f"""<office:document-meta {_SPACES} xmlns:dc="http://purl.org/dc/elements/1.1/"><office:meta>
<dc:title>The lease</dc:title><dc:language>nl-NL</dc:language>
<meta:creation-date>2024-05-03T10:00:00</meta:creation-date></office:meta></office:document-meta>"""


def text_document(body: str) -> bytes:
    content = (
        f"<office:document-content {_SPACES}><office:body><office:text>{body}</office:text>"
        "</office:body></office:document-content>"
    )
    parts: dict[str, str | bytes] = {
        "mimetype": "application/vnd.oasis.opendocument.text",
        "content.xml": content,
        "styles.xml": STYLES,
        "meta.xml": META,
    }
    return zip_of(parts)


BODY = (
    '<text:p text:style-name="Big">Lease</text:p>'
    '<text:h text:outline-level="1">Rent</text:h>'
    '<text:h text:outline-level="2">Amount</text:h><text:p>It is EUR 5.</text:p>'
    '<text:list text:style-name="L"><text:list-item><text:p>one</text:p><text:list>'
    "<text:list-item><text:p>inner</text:p></text:list-item></text:list></text:list-item>"
    "<text:list-item><text:p>two</text:p></text:list-item></text:list>"
    '<text:h text:outline-level="1">Term</text:h><text:p>Ten years.</text:p>'
)


def where(parsed: ParsedFile, passage: str) -> str:
    place = place_at(parsed.text, parsed.places, parsed.text.index(passage))
    assert place is not None
    return place.label


def test_headings_and_clauses_are_numbered_as_they_are_shown() -> None:
    parsed = read_opendocument(text_document(BODY))
    assert parsed.text == (
        "# Lease\n\n# 1. Rent\n\n## 1.1 Amount\n\nIt is EUR 5.\n\n(a) one\n- inner\n(b) two\n\n"
        "# 2. Term\n\nTen years.\n\nConfidential"
    )
    assert (parsed.title, parsed.created, parsed.language) == ("The lease", "2024-05-03", "nl-NL")
    assert where(parsed, "It is EUR 5") == "§ 1.1"
    assert where(parsed, "two").startswith("§ 1.1")
    assert where(parsed, "Ten years") == "§ 2"
    assert where(parsed, "Confidential") == "header"


def test_notes_boxes_changes_spaces_and_merged_cells() -> None:
    parsed = read_opendocument(
        text_document(
            "<text:tracked-changes><text:changed-region><text:deletion><text:p>old rent</text:p>"
            "</text:deletion></text:changed-region></text:tracked-changes>"
            '<text:p>The rent<text:s text:c="2"/>is <text:change-start/>EUR 7<text:change-end/>'
            "<text:note><text:note-citation>1</text:note-citation><text:note-body>"
            "<text:p>Without tax.</text:p></text:note-body></text:note> a month."
            "<office:annotation><text:p>check this</text:p></office:annotation>"
            "<draw:frame><draw:text-box><text:p>In a box.</text:p></draw:text-box></draw:frame>"
            "</text:p><table:table><table:table-header-rows><table:table-row>"
            '<table:table-cell table:number-columns-spanned="2"><text:p>Site</text:p>'
            "</table:table-cell><table:covered-table-cell/><table:table-cell><text:p>Rent</text:p>"
            "</table:table-cell></table:table-row></table:table-header-rows><table:table-row>"
            '<table:table-cell table:number-columns-repeated="2"><text:p>A</text:p>'
            "</table:table-cell><table:table-cell><text:p>5</text:p><text:p>EUR</text:p>"
            "</table:table-cell></table:table-row></table:table>"
        )
    )
    assert parsed.text == (
        "The rent is EUR 7[1] a month.\n\n[1] Without tax.\n\nIn a box.\n\n"
        "| Site | Site | Rent |\n| --- | --- | --- |\n| A | A | 5 EUR |\n\nConfidential"
    )
    assert where(parsed, "Without tax") == "note 1"
    assert where(parsed, "5 EUR") == "table 1, row 2"
    assert parsed.notes == (
        "text that was deleted under track changes is left out",
        "comments are not read",
    )


def test_deep_and_endless_files_end() -> None:
    deep = "<text:section>" * 1_000 + "<text:p>x</text:p>" + "</text:section>" * 1_000
    assert "Confidential" in read_opendocument(text_document(deep + "<text:p>y</text:p>")).text
    wide = (
        '<table:table><table:table-row><table:table-cell table:number-columns-repeated="16384"/>'
        "</table:table-row></table:table><text:p>end</text:p>"
    )
    assert read_opendocument(text_document(wide)).text == "end\n\nConfidential"
    with pytest.raises(UnreadableFileError, match="damaged"):
        read_opendocument(zip_of({"mimetype": "x"}))


RTF = (
    rb"{\rtf1\ansi\ansicpg1251{\fonttbl{\f0 Arial;}}{\info{\title The lease}"
    rb"{\creatim\yr2024\mo5\dy3}}\pard Rent of \'cc\'ee\'f1\'ea\'e2\'e0\par"
    rb"\pard{\*\hidden secret}It is {\b EUR 7}\u8212?a month.\par "
    rb"\trowd\cellx1\cellx2 Site\cell Rent\cell\row\trowd\cellx1\cellx2 A\cell 5\cell\row"
    rb"\pard End.\par}"
)


def test_rich_text_has_paragraphs_tables_and_its_own_encoding() -> None:
    parsed = read_rtf(RTF)
    assert parsed.text == (
        "Rent of Москва\n\nIt is EUR 7—a month.\n\n"
        "| Site | Rent |\n| --- | --- |\n| A | 5 |\n\nEnd."
    )
    assert (parsed.title, parsed.created) == ("The lease", "2024-05-03")
    assert where(parsed, "| A | 5 |") == "table 1, row 2"
    assert where(parsed, "End.") == "paragraph 3"


def test_a_line_ends_where_it_is_broken() -> None:
    parsed = read_opendocument(text_document("<text:p>Rent: 5<text:line-break/>Area: 7</text:p>"))
    assert parsed.text.startswith("Rent: 5\nArea: 7\n\n")
