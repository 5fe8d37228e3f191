"""The statements of `queries.sql`, read once, and how rows are written as their parameters."""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.resources import files
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence


def read_queries(name: str) -> dict[str, str]:
    """Split a file at its `-- name: NAME` lines; other comments are left in."""
    text = files(__package__).joinpath(name).read_text("utf-8")
    parts = re.split(r"^-- name: (\w+)$", text, flags=re.MULTILINE)
    return {name: query.strip() for name, query in zip(parts[1::2], parts[2::2], strict=True)}


QUERIES: Final = read_queries("queries.sql")
#: Rows that one statement writes or reads at most.
CHUNK: Final = 2000
#: Rows whose values stand in the text of one statement, at most.
_VALUES: Final = 500


class JsonText(str):
    """A parameter that is JSON, in which a NUL character is written otherwise than in a text."""

    __slots__ = ()


def as_json(rows: object) -> JsonText:
    """Write a parameter that `json_each` reads."""
    return JsonText(msgspec.json.encode(rows).decode())


def in_batches(query: str, rows: Iterable[Sequence[Any]]) -> Iterator[tuple[str, list[Any]]]:
    """A statement for one row as statements for many, each with its values."""
    rest = iter(rows)
    while batch := list(islice(rest, _VALUES)):
        yield _for_rows(query, len(batch)), list(chain.from_iterable(batch))


@lru_cache(maxsize=16)
def _for_rows(query: str, count: int) -> str:
    head, _, rest = query.partition("VALUES ")
    row, _, tail = rest.partition("\n")
    return f"{head}VALUES {', '.join([row] * count)}\n{tail}"
