"""What is found in a text, kept for the next that asks.

A run asks of the same sentence for every field, and a table of runs asks of the same pages: where
its names, dates and clauses are.
"""

from __future__ import annotations

from functools import lru_cache, wraps
from typing import TYPE_CHECKING, Concatenate, Final, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

P = ParamSpec("P")
R = TypeVar("R")
#: A longer text is no sentence, and looked through anew; so what is kept is bounded in bytes, too.
LONGEST: Final = 600


def kept_for_sentences(
    most: int = 5_000,
) -> Callable[[Callable[Concatenate[str, P], R]], Callable[Concatenate[str, P], R]]:
    """Keep what a function finds in a text of at most 600 characters, for the last `most` calls.

    Of the function, the result must depend on its arguments alone, and not be changed by who gets
    it. In 5,000 calls are the sentences that are looked at of some 500 documents, at most 3 MB.
    """

    def decorate(function: Callable[Concatenate[str, P], R]) -> Callable[Concatenate[str, P], R]:
        kept = lru_cache(maxsize=most)(function)

        @wraps(function)
        def find(text: str, /, *args: P.args, **kwargs: P.kwargs) -> R:
            if len(text) > LONGEST:
                return function(text, *args, **kwargs)
            return kept(text, *args, **kwargs)  # type: ignore[arg-type]

        return find

    return decorate
