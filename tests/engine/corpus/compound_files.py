"""Compound files for tests: mails of Outlook, and old Excel files."""

from __future__ import annotations

import struct
from typing import Any

_SECTOR = 512
_END, _FREE, _FAT, _NONE = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD, 0xFFFFFFFF
_STORAGE, _STREAM, _ROOT = 1, 2, 5
#: A storage: a tree of storages and of the bytes of streams.
Tree = dict[str, Any]


class _Sectors:
    """Streams cut into sectors of a size, each with a chain that says which one follows."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.content = b""
        self.chains: list[int] = []

    def store(self, stream: bytes) -> int:
        first, count = len(self.chains), -(-len(stream) // self.size)
        self.content += stream.ljust(count * self.size, b"\0")
        self.chains += [*range(first + 1, first + count), _END]
        return first


def compound_file(tree: Tree) -> bytes:
    """A compound file (MS-CFB) of streams below 4096 bytes, which share one stream."""
    entries: list[list[Any]] = [["Root Entry", _ROOT, _NONE, _NONE, _END, 0]]
    small, sectors = _Sectors(64), _Sectors(_SECTOR)

    def enter(parent: int, children: Tree) -> None:
        before = None
        for name, child in children.items():
            number = len(entries)
            if isinstance(child, bytes):
                start = small.store(child) if child else _END
                entries.append([name, _STREAM, _NONE, _NONE, start, len(child)])
            else:
                entries.append([name, _STORAGE, _NONE, _NONE, 0, 0])
                enter(number, child)
            entries[parent if before is None else before][3 if before is None else 2] = number
            before = number

    enter(0, tree)
    entries[0][4:] = [sectors.store(small.content), len(small.content)]
    small_table = sectors.store(struct.pack(f"<{len(small.chains)}I", *small.chains))
    directory = b"".join(
        struct.pack(
            "<64sHBBIII16sIQQIQ", (name + "\0").encode("utf-16-le"), 2 * len(name) + 2, kind, 1,
            _NONE, after, child, b"", 0, 0, 0, start, size,
        )
        for name, kind, after, child, start, size in entries
    )  # fmt: skip
    begin = sectors.store(directory)
    tables = 1
    while (len(sectors.chains) + tables) * 4 > tables * _SECTOR:
        tables += 1
    places = [*range(len(sectors.chains), len(sectors.chains) + tables)]
    table = [*sectors.chains, *[_FAT] * tables]
    table += [_FREE] * (-len(table) % (_SECTOR // 4))
    head = struct.pack(
        "<8s16sHHHHH6sIIIIIIIII", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"", 0x3E, 3, 0xFFFE, 9, 6,
        b"", 0, tables, begin, 0, 4096, small_table, -(-len(small.chains) * 4 // _SECTOR), _END, 0,
    )  # fmt: skip
    head += struct.pack("<109I", *places, *[_FREE] * (109 - tables))
    return head + sectors.content + struct.pack(f"<{len(table)}I", *table)


def properties(skipped: int, values: dict[int, Any], code_page: int = 0) -> Tree:
    """The streams of a storage's properties: texts, bytes, numbers, and moments as floats.

    Args:
        skipped: bytes before the first of them: 32 in a message, 24 in one within it, else 8.
        values: by their numbers.
        code_page: of the texts; 0 for UTF-16.
    """
    streams: Tree = {}
    fixed = b"\0" * skipped
    if code_page:
        values = values | {0x3FFD: code_page}
    for number, value in values.items():
        if isinstance(value, str):
            kind, content = 0x1F, value.encode("utf-16-le")
            if code_page:
                kind, content = 0x1E, value.encode(f"cp{code_page}")
            streams[f"__substg1.0_{number:04X}{kind:04X}"] = content
        elif isinstance(value, bytes):
            streams[f"__substg1.0_{number:04X}0102"] = value
        elif isinstance(value, float):
            ticks = int((value + 11_644_473_600) * 10_000_000)
            fixed += struct.pack("<HHIQ", 0x40, number, 6, ticks)
        else:
            fixed += struct.pack("<HHIII", 3, number, 6, value, 0)
    return {**streams, "__properties_version1.0": fixed}


def record(kind: int, body: bytes) -> bytes:
    """A record of an old Excel file."""
    return struct.pack("<HH", kind, len(body)) + body


def old_excel_file(formats: list[str], rows: list[list[tuple[float, int]]]) -> bytes:
    """A file of Excel 97 with one sheet.

    Args:
        formats: codes of formats.
        rows: the numbers of each row of the sheet `Costs`, each with the number of its format.
    """
    head = record(0x809, struct.pack("<HHHHII", 0x600, 5, 0, 0, 0, 0))
    for number, code in enumerate(formats):
        body = struct.pack("<HHB", 200 + number, len(code), 1) + code.encode("utf-16-le")
        head += record(0x41E, body)
    for number in range(len(formats)):
        head += record(0xE0, struct.pack("<HH16s", 0, 200 + number, b""))
    name = b"Costs"
    end = record(0x0A, b"")
    offset = len(head) + len(record(0x85, bytes(8) + name)) + len(end)
    head += record(0x85, struct.pack("<IHBB", offset, 0, len(name), 0) + name) + end
    sheet = record(0x809, struct.pack("<HHHHII", 0x600, 0x10, 0, 0, 0, 0))
    width = max(map(len, rows))
    sheet += record(0x200, struct.pack("<IIHHH", 0, len(rows), 0, width, 0))
    for y, cells in enumerate(rows):
        for x, (value, style) in enumerate(cells):
            sheet += record(0x203, struct.pack("<HHHd", y, x, style, value))
    # and a row of whole numbers in one record
    whole = b"".join(struct.pack("<HI", style, (7 << 2) | 2) for style in range(len(formats)))
    sheet += record(
        0xBD, struct.pack("<HH", len(rows), 0) + whole + struct.pack("<H", len(formats) - 1)
    )
    return compound_file({"Workbook": head + sheet + end})
