"""A journal on a PostgreSQL server, which a team shares.

The promises are those of the file. What claims, or writes a job, is one transaction that holds an
advisory lock, so that one kernel writes at a time, as with SQLite; answers are written beside each
other. A connection that was lost is opened anew, and the transaction is done again: each says the
same when it is done twice.
"""

from __future__ import annotations

import contextlib
import threading
import time
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final, TypeVar

import psycopg

from parallel_nb.api.errors import ConnectionProblem, ParallelError
from parallel_nb.job.journal.database import CutError
from parallel_nb.job.journal.queries import QUERIES, JsonText, read_queries
from parallel_nb.postgres import (
    CHECK,
    connect,
    first_line,
    in_psycopg,
    is_passing,
    migrate,
    repeat,
    seconds_ahead,
    storable,
)
from parallel_nb.settings import without_password

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from parallel_nb.job.journal.database import Cursor, Statements, Values

T = TypeVar("T")

#: Seconds for which a server that does not answer is tried again: one that restarts needs fewer.
_PATIENCE: Final = 90.0
#: The same the first time, when the address may be wrong.
_FIRST_PATIENCE: Final = 3.0
#: What tables of ours are in, so that they meet no others of the database.
_SCHEMA: Final = "parallel_nb"
#: The advisory lock of those who write alone; any number that others do not use.
_LOCK: Final = 7_236_115_031_944

STATEMENTS: Final[Mapping[str, str]] = {
    name: in_psycopg(query)
    for name, query in (QUERIES | read_queries("queries_postgres.sql")).items()
}


class _Statements:
    """See `database.Statements`."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection

    def __call__(self, name: str, values: Values = (), /) -> Cursor:
        return self._connection.execute(STATEMENTS[name], storable(values, JsonText))

    def rows(self, name: str, rows: Iterable[Sequence[Any]], /) -> None:
        with self._connection.cursor() as cursor:
            cursor.executemany(STATEMENTS[name], [storable(row, JsonText) for row in rows])


class PostgresServer:
    """See `Database`."""

    is_shared = True

    def __init__(self, address: str) -> None:
        """Connect, and bring the tables up to date.

        Args:
            address: `postgresql://USER@HOST/DATABASE`; what it leaves out, the password among it,
                is found where PostgreSQL's own tools find it.

        Raises:
            ConnectionProblem: The server cannot be reached, or a newer version wrote there.
        """
        self._address = address
        self.place = without_password(address)
        self._lock = threading.RLock()
        self._connection: psycopg.Connection[Any] | None = None
        #: Seconds by which the server's clock is ahead of this machine's.
        self._ahead = 0.0
        self._patience = _FIRST_PATIENCE
        self.repeat(self._open)
        self._patience = _PATIENCE

    @property
    def is_current(self) -> bool:
        """Always: what was lost is opened anew at the next use."""
        return True

    @contextlib.contextmanager
    def used(self, doing: str) -> Iterator[Statements]:
        """Statements that are each a transaction, to be "read" or "written"."""
        if doing == "written":
            with self.transaction() as execute:
                yield execute
            return
        with self._lock, self._faults(doing):
            yield _Statements(self._open())

    @contextlib.contextmanager
    def transaction(self, *, alone: bool = True) -> Iterator[Statements]:
        """Statements that are one transaction; with `alone` no other writer is in between."""
        with self._lock, self._faults("written"):
            connection = self._open()
            with connection.transaction():
                if alone:
                    connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
                yield _Statements(connection)

    @contextlib.contextmanager
    def _faults(self, doing: str) -> Iterator[None]:
        try:
            yield
        except psycopg.Error as error:
            if is_passing(error):
                raise CutError(str(error)) from error
            raise self.fault(error, doing) from error

    def _open(self) -> psycopg.Connection[Any]:
        """The connection, made anew if need be."""
        with self._lock:
            if self._connection is not None and not self._connection.closed:
                return self._connection
            try:
                connection = connect(self._address, _SCHEMA)
            except psycopg.OperationalError as error:
                # Before there is a connection an error has no code: it may pass.
                raise CutError(str(error)) from error
            except psycopg.Error as error:
                raise self._unreachable(error) from error
            try:
                with self._faults("opened"):
                    folder = files(__package__).joinpath("migrations_postgres")
                    what = f"The journal at {self.place}"
                    migrate(connection, _SCHEMA, folder, _LOCK, what)
                    self._ahead = seconds_ahead(connection)
            except BaseException:
                connection.close()
                raise
            self._connection = connection
            return connection

    def clock(self) -> float:
        """The server's, since those of the machines of a team differ."""
        return time.time() + self._ahead

    def repeat(self, work: Callable[[], T]) -> T:
        """Do work again where the connection was lost, until the server has been away for long."""
        try:
            return repeat(work, self._patience, CutError)
        except CutError as error:
            raise self._unreachable(error) from error

    def shrink(self) -> None:
        """Nothing: the server does it by itself."""

    def fault(self, error: Exception, doing: str) -> ParallelError:
        """The error to raise for one of the server's."""
        return ParallelError(
            f"The journal at {self.place} could not be {doing}: {first_line(error)}.",
            "Run the cell again once the server's fault is mended: the answers are fetched again.",
        )

    def _unreachable(self, error: Exception) -> ConnectionProblem:
        return ConnectionProblem(
            f"The journal at {self.place} cannot be opened: {first_line(error)}.",
            f"{CHECK}, or unset `journal` to use the journal of this machine.",
        )

    def close(self) -> None:
        """Close the connection."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
