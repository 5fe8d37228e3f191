"""The network that scores candidates, loaded: `network.onnx`, and the vectors of words.

The vectors are those of all-MiniLM-L6-v2 (Apache-2.0), which the training leaves as they are: they
are read from the file of the package that `parallel-nb[semantic]` brings.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from parallel_nb.engine.index.embedder import DIMENSIONS, model_file, open_session

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from parallel_nb.engine.reader.ranker.pairs import Pair

NETWORK_FILE: Final = Path(__file__).with_name("network.onnx")
#: Where the vectors of words and their scales stand in the file, which is known by its digest.
_WORDS: Final = 30_522
_VECTORS_AT, _SCALES_AT = 161_538, 11_882_049
#: How many candidates are read at once: more are no faster, and fill each other up.
_AT_ONCE: Final = 4


class Network:
    """The network, loaded. Safe to use from several threads."""

    def __init__(self) -> None:
        """Load it, which takes a tenth of a second and 40 MB.

        Raises:
            NoEmbedderError: a package is missing or is another one.
        """
        words = model_file()
        self._np, self._session = open_session(NETWORK_FILE)
        shape = (_WORDS, DIMENSIONS)
        self._vectors: Any = self._np.memmap(words, "<i1", "r", _VECTORS_AT, shape)
        self._scales: Any = self._np.memmap(words, "<f4", "r", _SCALES_AT, (_WORDS, 1))

    def scores(self, pairs: Sequence[Pair]) -> list[float]:
        """How well each candidate answers; as well as no answer at 0."""
        order = sorted(range(len(pairs)), key=lambda n: len(pairs[n].pieces))
        found = [0.0] * len(pairs)
        for at in range(0, len(order), _AT_ONCE):
            part = order[at : at + _AT_ONCE]
            for number, score in zip(part, self._read([pairs[n] for n in part]), strict=True):
                found[number] = score
        return found

    def _read(self, pairs: list[Pair]) -> Iterator[float]:
        np = self._np
        size = (len(pairs), max(len(pair.pieces) for pair in pairs))
        pieces, parts, marked, seen = (np.zeros(size, np.int64) for _ in range(4))
        for row, pair in enumerate(pairs):
            length = len(pair.pieces)
            pieces[row, :length] = pair.pieces
            parts[row, pair.passage : length] = 1
            marked[row, slice(*pair.span)] = 1
            seen[row, :length] = 1
        (scores,) = self._session.run(
            None,
            {
                "words": self._vectors[pieces] * self._scales[pieces],
                "parts": parts,
                "marked": marked,
                "seen": seen,
                "signals": np.array([pair.signals for pair in pairs], np.float32),
            },
        )
        return map(float, scores)
