"""Where an engine's store is kept: a file of its own, or a PostgreSQL server for many engines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

T = TypeVar("T")


class StoreAwayError(Exception):
    """The store cannot be reached for now: nothing was changed. It is only raised by a server's."""


class Cursor(Protocol):
    """What a statement gives."""

    @property
    def rowcount(self) -> int:
        """How many rows were written."""

    def fetchone(self) -> Any:
        """The next row, or None."""

    def fetchall(self) -> list[Any]:
        """All rows."""

    def __iter__(self) -> Iterator[Any]:
        """Row by row."""


class Execute(Protocol):
    """Runs a statement of `statements.sql`, by its name."""

    def __call__(self, statement: str, /, **values: object) -> Cursor:
        """Run one."""


class Writer(Protocol):
    """The one connection that writes. For one thread at a time."""

    def execute(self, statement: str, /, **values: object) -> Cursor:
        """Run a statement, in a transaction."""

    def transact(self, work: Callable[[], T]) -> T:
        """Do work in a transaction that no other writer is in between of; gives what it gives.

        The work may be done more than once, where what it did before was taken back.

        Raises:
            StoreAwayError: the store could not be reached for long.
        """

    def tell(self, topics: Sequence[str]) -> None:
        """Let the other engines on the store know what has changed, with the transaction."""

    def close(self) -> None:
        """Let it go."""


class Database(Protocol):
    """What a store asks of a database. Every method may be called from any thread."""

    def read(self, statement: str, /, **values: object) -> Cursor:
        """Run a reading statement, by its name."""

    def snapshot(self, work: Callable[[Execute], T]) -> T:
        """Run reading statements that see one moment; gives what the work gives."""

    def open_writer(self) -> Writer:
        """The connection that writes; the tables are made or brought up to date."""

    def now(self) -> datetime:
        """The time, by one clock for all who write."""

    def close(self) -> None:
        """Let all readers go."""
