"""What a run goes on from, out of the store: the runs before it, the last one first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from parallel_nb.api.types import FieldBasis  # noqa: TC001 - msgspec reads the annotations
from parallel_nb.engine.workers.protocol import EarlierAnswer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from parallel_nb.engine.store.read import StoreReader

#: Runs before the last one that are looked through for a subject, with it.
_LONGEST_CHAIN: Final = 8
#: Addresses of an answer that are handed on.
_MOST_CITED: Final = 20
#: Stands in the JSON of every run that goes on from one, and of few others.
_MEMBER: Final = b'"previous_interaction_id":"'


class _Input(msgspec.Struct):
    previous_interaction_id: str | None = None


class _Output(msgspec.Struct):
    basis: list[FieldBasis] = []


def earlier_answers(store: StoreReader, run_input: bytes) -> list[EarlierAnswer]:
    """The runs that a run goes on from.

    Args:
        store: where they stand.
        run_input: the run's input as encoded JSON.

    Returns:
        The last one first; empty where it goes on from none, or that one is gone.
    """
    return list(_chain(store, run_input))


def _chain(store: StoreReader, run_input: bytes) -> Iterator[EarlierAnswer]:
    for _ in range(_LONGEST_CHAIN):
        if _MEMBER not in run_input:
            return
        name = msgspec.json.decode(run_input, type=_Input).previous_interaction_id
        run = store.run(name) if name else None
        if run is None:
            return
        row, output = store.input(run.id), store.output(run.id)
        yield EarlierAnswer(row.input, row.spec, [] if output is None else _cited(output))
        run_input = row.input


def _cited(output: bytes) -> list[str]:
    basis = msgspec.json.decode(output, type=_Output).basis
    urls = (citation.url for entry in basis for citation in entry.citations)
    return list(dict.fromkeys(urls))[:_MOST_CITED]
