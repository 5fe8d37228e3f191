"""The statements of `queries.sql`, read once, and how rows are written as their parameters."""

from __future__ import annotations

import re
from importlib.resources import files
from typing import Final

import msgspec


def read_queries(name: str) -> dict[str, str]:
    """Split a file at its `-- name: NAME` lines; other comments are left in."""
    text = files(__package__).joinpath(name).read_text("utf-8")
    parts = re.split(r"^-- name: (\w+)$", text, flags=re.MULTILINE)
    return {name: query.strip() for name, query in zip(parts[1::2], parts[2::2], strict=True)}


QUERIES: Final = read_queries("queries.sql")
#: Rows that one statement writes or reads at most.
CHUNK: Final = 2000


class JsonText(str):
    """A parameter that is JSON, in which a NUL character is written otherwise than in a text."""

    __slots__ = ()


def as_json(rows: object) -> JsonText:
    """Write a parameter that `json_each` reads."""
    return JsonText(msgspec.json.encode(rows).decode())
