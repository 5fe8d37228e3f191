"""What an engine says of how its searches rank."""

from __future__ import annotations

from typing import Final

import msgspec

from parallel_nb.formats import shorten

_PROBLEM_CHARS: Final = 200


class SemanticState(msgspec.Struct, frozen=True):
    """How far an engine's ranking by meaning is, where `parallel-nb[semantic]` is installed."""

    #: The share of the passages that are ranked so.
    share: float
    #: Why no more are; None where nothing is wrong.
    problem: str | None = None

    @property
    def words(self) -> str:
        """One sentence about it.

        >>> SemanticState(0.37).words
        'Searches rank by meaning too, so far for 37 % of the passages.'
        """
        percent = f"{int(100 * self.share)} % of the passages"
        if self.problem:
            why = shorten(self.problem, _PROBLEM_CHARS)
            if self.share:
                return f"Searches rank by meaning too, but for {percent} alone ({why})."
            return f"Searches rank by words alone: parallel-nb[semantic] does not work ({why})."
        so_far = f", so far for {percent}"
        return f"Searches rank by meaning too{so_far if self.share < 1 else ''}."
