"""The statements of `queries.sql`, read once, and how rows are written as their parameters."""

from __future__ import annotations

import re
from importlib.resources import files
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence


def _read_queries() -> dict[str, str]:
    """Split the file at its `-- name: NAME` lines; other comments are left in."""
    text = files(__package__).joinpath("queries.sql").read_text("utf-8")
    parts = re.split(r"^-- name: (\w+)$", text, flags=re.MULTILINE)
    return {name: query.strip() for name, query in zip(parts[1::2], parts[2::2], strict=True)}


QUERIES: Final = _read_queries()


def as_json(rows: object) -> str:
    """Write a parameter that `json_each` reads."""
    return msgspec.json.encode(rows).decode()


def with_places(rows: Sequence[tuple[Any, ...]]) -> str:
    """The rows as JSON, each with the place of its bytes in the blob behind it.

    The last value of each row is the number of its bytes, None for none. SQL counts from 1.
    """
    places = accumulate((row[-1] or 0 for row in rows), initial=1)
    return as_json([(*row, place) for row, place in zip(rows, places, strict=False)])
