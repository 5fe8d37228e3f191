"""What is made of a room as it is, kept with its index and gone with it."""

from __future__ import annotations

from functools import lru_cache, partial, wraps
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Callable

    from parallel_nb.engine.index.fulltext import Index

P = ParamSpec("P")
T = TypeVar("T")


def once(
    most: int = 1,
) -> Callable[[Callable[Concatenate[Index, P], T]], Callable[Concatenate[Index, P], T]]:
    """Keep what a function makes of an index, for so many of its other arguments."""

    def decorate(make: Callable[Concatenate[Index, P], T]) -> Callable[Concatenate[Index, P], T]:
        name = f"{make.__module__}.{make.__qualname__}"

        @wraps(make)
        def kept(index: Index, *args: P.args, **kwargs: P.kwargs) -> T:
            made = index.made.get(name) or index.made.setdefault(
                name, lru_cache(maxsize=most)(partial(make, index))
            )
            found: T = made(*args, **kwargs)
            return found

        return cast("Callable[Concatenate[Index, P], T]", kept)

    return decorate
