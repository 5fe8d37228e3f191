"""Word and PowerPoint files for tests, written part by part, so that every trap can be set."""

from __future__ import annotations

import io
import zipfile
from typing import Final
from xml.sax.saxutils import escape

W: Final = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_A: Final = 'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
_P: Final = (
    'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
)
_RELS: Final = 'xmlns="http://schemas.openxmlformats.org/package/2006/relationships"'
_KIND: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TITLE: Final = '<p:ph type="title"/>'
_STYLES: Final = f"""<w:styles {W}>
<w:style w:styleId="Title"><w:name w:val="Title"/></w:style>
<w:style w:styleId="Clause"><w:name w:val="heading 1"/><w:pPr><w:numPr><w:numId w:val="1"/>
</w:numPr><w:outlineLvl w:val="0"/></w:pPr></w:style>
<w:style w:styleId="Sub"><w:name w:val="Sub clause"/><w:pPr><w:numPr><w:ilvl w:val="1"/>
<w:numId w:val="1"/></w:numPr></w:pPr></w:style>
<w:style w:styleId="SubChild"><w:name w:val="Sub child"/><w:basedOn w:val="Sub"/></w:style>
</w:styles>"""
_NUMBERING: Final = f"""<w:numbering {W}><w:abstractNum w:abstractNumId="7">
<w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%1."/></w:lvl>
<w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%1.%2"/></w:lvl>
<w:lvl w:ilvl="2"><w:start w:val="1"/><w:numFmt w:val="lowerLetter"/><w:lvlText w:val="(%3)"/>
</w:lvl></w:abstractNum>
<w:abstractNum w:abstractNumId="8"><w:lvl w:ilvl="0"><w:numFmt w:val="bullet"/>
<w:lvlText w:val="&#xF0B7;"/></w:lvl></w:abstractNum>
<w:num w:numId="1"><w:abstractNumId w:val="7"/></w:num>
<w:num w:numId="2"><w:abstractNumId w:val="8"/></w:num></w:numbering>"""


def zip_of(parts: dict[str, str | bytes]) -> bytes:
    """A ZIP archive of these entries."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            # OpenDocument files say first, and uncompressed, what they are
            kind = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            archive.writestr(name, content, kind)
    return buffer.getvalue()


def paragraph(text: str, style: str = "", level: int | None = None, list_id: int = 1) -> str:
    """A paragraph; with a level, one of a list. `text` may have runs of its own."""
    runs = text if text.startswith("<w:") else f"<w:r><w:t>{escape(text)}</w:t></w:r>"
    own = f'<w:pStyle w:val="{style}"/>' if style else ""
    if level is not None:
        own += f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{list_id}"/></w:numPr>'
    return f"<w:p><w:pPr>{own}</w:pPr>{runs}</w:p>"


def table(rows: list[list[str]]) -> str:
    """A table; a cell that begins with `<w:` is taken as it is."""
    cells = "".join(
        f"<w:tr>{''.join(c if c.startswith('<w:') else cell(c) for c in row)}</w:tr>"
        for row in rows
    )
    return f"<w:tbl>{cells}</w:tbl>"


def cell(text: str, properties: str = "") -> str:
    """A cell of a table."""
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{paragraph(text)}</w:tc>"


def word_file(*blocks: str, **parts: str) -> bytes:
    """A Word file; `parts` are further ones, such as `footnotes`."""
    more = {f"word/{name}.xml": content for name, content in parts.items()}
    return zip_of(
        {
            "[Content_Types].xml": "<Types/>",
            "word/document.xml": f"<w:document {W}><w:body>{''.join(blocks)}</w:body></w:document>",
            "word/styles.xml": _STYLES,
            "word/numbering.xml": _NUMBERING,
            **more,
        }
    )


def slides_file(slides: list[list[str]], notes: dict[int, str] | None = None) -> bytes:
    """A presentation: of each slide its title and its other paragraphs.

    The slides' files are named in the opposite order, as happens when slides are moved.
    """
    notes = notes or {}
    parts: dict[str, str | bytes] = {"[Content_Types].xml": "<Types/>"}
    order, related = "", ""
    for number, slide in enumerate(slides, 1):
        name = len(slides) - number + 1
        order += f'<p:sldId id="{255 + number}" r:id="rId{number}"/>'
        related += _relationship(f"rId{number}", "slide", f"slides/slide{name}.xml")
        shapes = "".join(
            f"<p:sp><p:nvSpPr><p:nvPr>{'' if k else _TITLE}</p:nvPr></p:nvSpPr>"
            f"<p:txBody>{_slide_paragraph(text)}</p:txBody></p:sp>"
            for k, text in enumerate(slide)
        )
        parts[f"ppt/slides/slide{name}.xml"] = _slide("sld", shapes)
        if number in notes:
            shape = (
                '<p:sp><p:nvSpPr><p:nvPr><p:ph type="body"/></p:nvPr></p:nvSpPr>'
                f"<p:txBody>{_slide_paragraph(notes[number])}</p:txBody></p:sp>"
            )
            parts[f"ppt/notesSlides/notesSlide{name}.xml"] = _slide("notes", shape)
            parts[f"ppt/slides/_rels/slide{name}.xml.rels"] = (
                f"<Relationships {_RELS}>"
                f"{_relationship('rId1', 'notesSlide', f'../notesSlides/notesSlide{name}.xml')}"
                "</Relationships>"
            )
    parts["ppt/presentation.xml"] = (
        f"<p:presentation {_P}><p:sldIdLst>{order}</p:sldIdLst></p:presentation>"
    )
    parts["ppt/_rels/presentation.xml.rels"] = f"<Relationships {_RELS}>{related}</Relationships>"
    return zip_of(parts)


def _slide_paragraph(text: str) -> str:
    return f"<a:p><a:r><a:t>{escape(text)}</a:t></a:r></a:p>"


def _slide(kind: str, shapes: str) -> str:
    return f"<p:{kind} {_P} {_A}><p:cSld><p:spTree>{shapes}</p:spTree></p:cSld></p:{kind}>"


def _relationship(name: str, kind: str, target: str) -> str:
    return f'<Relationship Id="{name}" Type="{_KIND}/{kind}" Target="{target}"/>'


#: How the chart and the diagram of `with_drawings` are read.
DRAWINGS: Final = """Sales by year

|  | Breda | Share |
| --- | --- | --- |
| 2023 | 5 | 12.5 % |
| 2024 | 7 |  |

- Ask
- Decide"""


def with_drawings(data: bytes, part: str) -> bytes:
    """An Office file with a chart and a diagram in one of its parts."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts: dict[str, str | bytes] = {n: archive.read(n) for n in archive.namelist()}
    folder, _, name = part.rpartition("/")
    rels = f"{folder}/_rels/{name}.rels"
    related = _relationship("rId8", "chart", "/x/chart.xml")
    related += _relationship("rId9", "diagramData", "/x/data.xml")
    before = str(parts.get(rels, b"<Relationships></Relationships>"), "utf-8")  # type: ignore[arg-type]
    head = f"<Relationships {_RELS}>"
    before = before.replace("<Relationships>", head)
    parts[rels] = before.replace("</Relationships>", f"{related}</Relationships>")

    def values(tag: str, texts: list[str], code: str = "General") -> str:
        points = "".join(f'<c:pt idx="{n}"><c:v>{t}</c:v></c:pt>' for n, t in enumerate(texts) if t)
        kept = f"<c:formatCode>{code}</c:formatCode>{points}"
        return f"<c:{tag}><c:numRef><c:numCache>{kept}</c:numCache></c:numRef></c:{tag}>"

    years = values("cat", ["2023", "2024"])
    one = f"<c:ser>{values('tx', ['Breda'])}{years}{values('val', ['5', '7'])}</c:ser>"
    two = f"<c:ser>{values('tx', ['Share'])}{years}{values('val', ['0.125', ''], '0%')}</c:ser>"
    title = f"<c:title><c:tx>{_slide_paragraph('Sales by year')}</c:tx></c:title>"
    space = 'xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart"'
    parts["x/chart.xml"] = (
        f"<c:chart {space} {_A}>{title}<c:plotArea>{one}{two}</c:plotArea></c:chart>"
    )
    points = "".join(map(_slide_paragraph, ("Ask", "Decide")))
    parts["x/data.xml"] = f"<data {_A}>{points}</data>"
    return zip_of(parts)
