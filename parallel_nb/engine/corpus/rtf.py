"""Rich text (RTF), by striprtf: its paragraphs and tables. Headings cannot be told from text."""

from __future__ import annotations

import re
from typing import Final

from striprtf.striprtf import rtf_to_text

from parallel_nb.engine.corpus.dates import whole_date
from parallel_nb.engine.corpus.page import ParsedFile, UnreadableFileError
from parallel_nb.engine.corpus.prose import Prose

_CODE_PAGE: Final = re.compile(r"\\ansicpg([0-9]{3,5})\b")
_TITLE: Final = re.compile(r"\{\\title ([^{}\\]{1,300})\}")
_CREATED: Final = re.compile(r"\\creatim\\yr([0-9]{4})\\mo([0-9]{1,2})\\dy([0-9]{1,2})")
#: An item begins with its sign or number; signs of symbol fonts are private characters.
_ITEM: Final = re.compile(r"(?P<sign>[-*•‣◦▪·\ue000-\uf8ff]|\(?[0-9a-z]{1,3}[.)])\t")
#: Bytes at the begin in which the file says what it is.
_HEAD: Final = 100_000


def read_rtf(data: bytes) -> ParsedFile:
    """Read a rich text file.

    Raises:
        UnreadableFileError: it is damaged.
    """
    source = data.decode("latin-1")
    head = source[:_HEAD]
    page = _CODE_PAGE.search(head)
    try:
        encoding = f"cp{page[1]}" if page else "cp1252"
        plain: str = rtf_to_text(source, encoding, "replace")  # type: ignore[no-untyped-call]  # not typed
    except (ValueError, LookupError, IndexError, KeyError, TypeError) as error:
        raise UnreadableFileError("it is damaged") from error
    prose = Prose()
    table: list[list[str]] = []
    for line in [*plain.split("\n"), ""]:
        if line.endswith("|"):
            table.append([" ".join(cell.split()) for cell in line[:-1].split("|")])
            continue
        if table:
            prose.write_table(table)
            table = []
        if line.strip():
            prose.begin_paragraph()
            prose.write(_written(line))
    content, places = prose.build()
    title, created = _TITLE.search(head), _CREATED.search(head)
    return ParsedFile(
        content,
        title=title[1].strip() if title else "",
        created=whole_date("{:0>4}-{:0>2}-{:0>2}".format(*created.groups())) if created else None,
        places=places,
    )


def _written(line: str) -> str:
    """A paragraph in one line, an item with its number or a plain sign."""
    bare = line.strip(" ")
    if item := _ITEM.match(bare):
        sign = item["sign"] if item["sign"][-1] in ".)" else "-"
        bare = f"{sign} {bare[item.end() :]}"
    return " ".join(bare.split())
