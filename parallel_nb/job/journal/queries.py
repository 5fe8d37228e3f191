"""The statements of `queries.sql`, read once, and how rows are written as their parameters."""

from __future__ import annotations

import re
from importlib.resources import files
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parallel_nb.job.journal.records import RunOutcome


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


def answered_columns(outcomes: Sequence[RunOutcome]) -> dict[str, Any] | None:
    """The parameters of `finish_answered`; None where not all outcomes are of its kind."""
    first = outcomes[0]
    width, attempt = len(first.key), first.attempt
    if not all(
        o.state == "completed"
        and o.output
        and o.run_id is not None
        and o.attempt == attempt
        and len(o.key) == width
        and o.key.isascii()
        for o in outcomes
    ):
        return None
    sizes = [len(o.output or b"") for o in outcomes]
    spans = zip(accumulate(sizes, initial=1), sizes, strict=False)
    return {
        "run_ids": as_json([o.run_id for o in outcomes]),
        "keys": "".join([o.key for o in outcomes]).encode(),
        "width": width,
        "spans": b"".join([b"%010d%010d" % span for span in spans]),
        "attempt": attempt,
    }


def with_places(rows: Sequence[tuple[Any, ...]]) -> JsonText:
    """The rows as JSON, each with the place of its bytes in the blob behind it.

    The last value of each row is the number of its bytes, None for none. SQL counts from 1.
    """
    places = accumulate((row[-1] or 0 for row in rows), initial=1)
    return as_json([(*row, place) for row, place in zip(rows, places, strict=False)])
