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
            self._features, self._bounds = kept["features"], kept["bounds"]
            self._next, self._values = kept["next"], kept["values"]
            self._depth = int(kept["depth"])

    def scores(self, rows: Sequence[Sequence[float]]) -> list[float]:
        """The score of each row: how likely it is the answer, as log odds."""
        np = self._np
        if not rows:
            return []
        table = np.asarray(rows, dtype=np.float32)
        each = np.arange(len(table))[:, None]
        trees = np.arange(self._features.shape[0])[None, :]
        node = np.zeros((len(table), trees.shape[1]), dtype=np.int64)
        for _ in range(self._depth):
            value = table[each, self._features[trees, node]]
            is_above = (value > self._bounds[trees, node]).astype(np.int64)
            node = self._next[trees, node, is_above]
        return [float(score) for score in self._values[trees, node].sum(axis=1)]


@cache
def load_trees() -> Trees:
    """The trees in use, loaded once."""
    return Trees()
