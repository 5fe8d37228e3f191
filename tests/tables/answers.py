"""Answers that several tests of tables put into frames."""

from __future__ import annotations

from typing import Any

from parallel_nb.api.schema.fields import parse_fields
from parallel_nb.api.types import FieldBasis, JsonOutput, TextOutput
from parallel_nb.tables import RowAnswer

FIELDS = parse_fields(
    """
    name_: str - a
    founded: int? - b
    share: float - c
    listed: bool - d
    day: date - e
    kind: public|private - f
    products: list[str] - g
    """
)
GOOD = {
    "name_": "Ada",
    "founded": "1,972",
    "share": "1.5",
    "listed": "yes",
    "day": "2026-11-23",
    "kind": "Public",
    "products": ["a", "b"],
}
BAD = {
    "name_": 7,
    "founded": "about 1972",
    "share": True,
    "listed": "perhaps",
    "day": "2026",
    "kind": "other",
    "products": "a",
}


def answer(content: dict[str, Any], run_id: str = "r1") -> RowAnswer:
    basis = [FieldBasis(field=name, reasoning="why", confidence="high") for name in content]
    return RowAnswer(run_id, run_id, "completed", JsonOutput(content=content, basis=basis))


def text_answer(text: str) -> RowAnswer:
    basis = [FieldBasis(field="output", reasoning="why")]
    return RowAnswer(text, text, "completed", TextOutput(content=text, basis=basis))
