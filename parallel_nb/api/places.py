"""Places in documents as they stand in the address of a citation, behind its `#`.

The embedded engine cites `file:dataroom/leases/tilburg.pdf#page=3`. What a person reads of it is
made here, so that both sides of the wire say the same.
"""

from __future__ import annotations

import hashlib
from typing import Literal, get_args
from urllib.parse import parse_qsl, unquote

#: How well the picture of a scanned page could be read.
Scan = Literal["clear", "unclear"]


def document_of(url: str) -> str | None:
    """The file that an address names, below the folder of documents and with its name.

    Returns:
        None for an address of the web.

    Examples:
        >>> document_of("file:dataroom/leases/tilburg.pdf#page=3")
        'dataroom/leases/tilburg.pdf'
    """
    if not url.startswith("file:"):
        return None
    return unquote(url.removeprefix("file:").partition("#")[0])


def place_of(url: str) -> str | None:
    """The place that an address names, in words.

    Returns:
        None for one without a place, and for one of the web.

    Examples:
        >>> place_of("file:a.xlsx#sheet=P%26L&cell=C14"), place_of("file:a.docx#paragraph=9")
        ("Sheet 'P&L', C14", 'paragraph 9')
    """
    if not url.startswith("file:"):
        return None
    parts = dict(parse_qsl(url.partition("#")[2], keep_blank_values=True))
    if "page" in parts:
        scanned = ", scanned" if "scan" in parts else ""
        return f"p. {parts.get('label', parts['page'])}{scanned}"
    if "sheet" in parts:
        row = f"row {parts['row']}" if "row" in parts else ""
        return ", ".join(filter(None, (f"Sheet '{parts['sheet']}'", parts.get("cell"), row)))
    if "clause" in parts:
        return f"\u00a7 {parts['clause']}"
    if "note" in parts:
        return f"note {parts['note']}"
    named = [
        f"{kind} {parts[kind]}"
        for kind in ("table", "slide", "paragraph", "line", "row")
        if kind in parts
    ]
    return ", ".join([*named, *filter(None, [parts.get("heading"), parts.get("part")])]) or None


def scan_of(url: str) -> Scan | None:
    """How well the scanned page could be read that an address names; None where it names none.

    Examples:
        >>> scan_of("file:a.pdf#page=3&scan=clear"), scan_of("file:a.pdf#page=4")
        ('clear', None)
    """
    parts = dict(parse_qsl(url.partition("#")[2])) if url.startswith("file:") else {}
    return next((scan for scan in get_args(Scan) if parts.get("scan") == scan), None)


def document_id(url: str) -> str:
    """The id by which an embedded engine knows a document, made of its address.

    Examples:
        >>> document_id("file:dataroom/leases/tilburg.pdf#page=3")
        '3b4efaf2087d0f4f'
    """
    address = url.partition("#")[0] if url.startswith("file:") else url
    return hashlib.sha256(address.encode("utf-8", "surrogatepass")).hexdigest()[:16]
