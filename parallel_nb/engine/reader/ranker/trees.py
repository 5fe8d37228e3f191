"""Decision trees that were trained elsewhere: for each row of features, the sum of their leaves.

They are kept as numbers in `trees.npz`, one tree beside the other: each node has a feature, a bound
and where to go from it, and a leaf goes to itself. All trees are walked at once, a level a step.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

TREES_FILE: Final = Path(__file__).with_name("trees.npz")


class Trees:
    """The trees, loaded. Safe to use from several threads."""

    def __init__(self, path: Path = TREES_FILE) -> None:
        """Load them, which takes some milliseconds."""
        import numpy as np  # noqa: PLC0415 - an engine that is sure of all answers does without

        self._np: Any = np
        with np.load(path) as kept:
            #: How many features a row has.
            self.features: int = int(kept["columns"])
            bounds, values, next_ = kept["bounds"], kept["values"], kept["next"]
            self._features = kept["features"].astype(np.intp).ravel()
            self._depth = int(kept["depth"])
        # a number of single precision is above a bound if it is above the next such number below
        single = bounds.astype(np.float32)
        below = np.nextafter(single, np.float32(-np.inf))
        self._bounds = np.where(single > bounds, below, single).ravel()
        self._values = values.ravel()
        #: The first node of each tree.
        self._first = np.arange(0, bounds.size, bounds.shape[1])
        #: Of each node, where to go from it: at 2 n to bounds that hold, at 2 n + 1 beyond them.
        self._next = (self._first[:, None, None] + next_).ravel()

    def scores(self, rows: Sequence[Sequence[float]]) -> list[float]:
        """The score of each row: how likely it is the answer, as log odds."""
        np = self._np
        if not rows:
            return []
        table = np.asarray(rows, dtype=np.float32)
        row = (np.arange(len(table)) * table.shape[1])[:, None]
        flat = table.ravel()
        node = np.broadcast_to(self._first, (len(table), len(self._first)))
        for _ in range(self._depth):
            # all places are there; `clip` only spares numpy from looking
            value = flat.take(self._features.take(node, mode="clip") + row, mode="clip")
            is_above = value > self._bounds.take(node, mode="clip")
            node = self._next.take(2 * node + is_above, mode="clip")
        return [float(score) for score in self._values.take(node).sum(axis=1)]


@cache
def load_trees() -> Trees:
    """The trees in use, loaded once."""
    return Trees()
