"""Where a journal is kept: a file of SQLite, or a PostgreSQL server that a team shares."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    from parallel_nb.api.errors import ParallelError

    #: The values of a statement, by name or by place.
    Values = Mapping[str, Any] | Sequence[Any]


class Cursor(Protocol):
    """What a statement gives."""

    @property
    def rowcount(self) -> int:
        """How many rows were written."""

    @property
    def description(self) -> Sequence[Sequence[Any]] | None:
        """The columns that were read; of each the name comes first."""

    def fetchone(self) -> Any:
        """The next row, or None."""

    def fetchall(self) -> list[Any]:
        """All rows."""

    def __iter__(self) -> Iterator[Any]:
        """Row by row."""


class Statements(Protocol):
    """The journal's statements, to be executed by name."""

    def __call__(self, name: str, values: Values = (), /) -> Cursor:
        """Execute one statement."""

    def rows(self, name: str, rows: Iterable[Sequence[Any]], /) -> None:
        """Execute one for each of many rows, whose values are in the order of its marks."""


class CutError(Exception):
    """The connection was lost, or another writer was in the way: nothing, or all, was written."""


class Database(Protocol):
    """What the journal asks of a database. Every method may be called from any thread."""

    #: What tells it from others, as people would name it; never with a password.
    place: str
    #: Whether kernels of other people and machines write here too.
    is_shared: bool

    @property
    def is_current(self) -> bool:
        """False when it must be opened anew."""

    def used(self, doing: str) -> AbstractContextManager[Statements]:
        """Statements that are each a transaction, to be "read" or "written"."""

    def transaction(self, *, alone: bool = True) -> AbstractContextManager[Statements]:
        """Statements that are one transaction; with `alone` no other writer is in between.

        Raises:
            CutError: It can be tried again.
            ParallelError: The database cannot be used.
        """

    def clock(self) -> float:
        """The time in seconds since 1970, by one clock for all who write here."""

    def repeat(self, work: Callable[[], Any]) -> Any:
        """Do work whose transactions may end with `CutError`, again if need be."""

    def shrink(self) -> None:
        """Give the space of what was deleted back."""

    def fault(self, error: Exception, doing: str) -> ParallelError:
        """The error to raise for one of the database's own."""

    def close(self) -> None:
        """Close it."""
