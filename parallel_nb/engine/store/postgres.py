"""The store of many engines: a PostgreSQL server.

All that write take turns, by one advisory lock that is held until a transaction ends: the row of a
large group would let only one of them through in any case. So ids are given in the order in which
they can be read, and no cursor skips one. A connection that was lost is opened anew and the
transaction is done again, unless the store says that it was done.
"""

from __future__ import annotations

import itertools
import os
import socket
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final, TypeVar

import psycopg
from psycopg import IsolationLevel
from psycopg_pool import ConnectionPool

from parallel_nb.api.errors import ConnectionProblem
from parallel_nb.engine.store.database import StoreAwayError
from parallel_nb.engine.store.tables import STATEMENTS, read_statements
from parallel_nb.postgres import (
    CHECK,
    connect,
    first_line,
    in_psycopg,
    is_passing,
    migrate,
    repeat,
    seconds_ahead,
    settings_for,
    storable,
)
from parallel_nb.settings import without_password

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from parallel_nb.engine.store.database import Cursor, Execute

T = TypeVar("T")
#: What tables of ours are in, so that they meet no others of the database.
_SCHEMA: Final = "parallel_nb_engine"
#: The advisory lock of all that write; any number that others do not use.
_LOCK: Final = 7_236_115_031_945
#: The channel on which engines tell each other what has changed, and bytes of one message.
_CHANNEL: Final = "parallel_nb_engine"
_MOST_TOLD: Final = 7_000
#: Seconds for which a server that is away is tried again: at the start, by who reads for a request
#: (whoever asks can ask another engine), and by who writes, since an answer has cost its time.
_FIRST_PATIENCE: Final = 10.0
_READ_PATIENCE: Final = 5.0
_WRITE_PATIENCE: Final = 60.0
#: Seconds between two attempts to listen, while the server is away.
_DEAF: Final = 1.0
#: Connections that read at most.
_READERS: Final = 8
_PG: Final[Mapping[str, str]] = {
    name: in_psycopg(statement)
    for name, statement in (STATEMENTS | read_statements("statements_postgres.sql")).items()
}


class PostgresServer:
    """See `Database`."""

    def __init__(self, address: str, lease: float) -> None:
        """Connect, and bring the tables up to date.

        Args:
            address: `postgresql://USER@HOST/DATABASE`; what it leaves out, the password among it,
                is found where PostgreSQL's own tools find it.
            lease: seconds after which an engine that has not written is taken for dead.

        Raises:
            ConnectionProblem: the server cannot be reached, or a newer version wrote there.
        """
        self._address = address
        self.place = without_password(address)
        self.lease = lease
        #: This engine's number; no other has it, or will have it.
        self.engine = 0
        self._ahead = timedelta()
        try:
            repeat(self._prepare, _FIRST_PATIENCE, StoreAwayError)
        except StoreAwayError as error:
            raise ConnectionProblem(
                f"The store at {self.place} cannot be opened: {error}.",
                f"{CHECK}, or leave --store out to keep runs on this machine.",
            ) from error
        self._readers = ConnectionPool(
            address,
            kwargs=settings_for(_SCHEMA),
            configure=_for_reading,
            min_size=1,
            max_size=_READERS,
            timeout=_READ_PATIENCE,
            open=True,
        )

    def _prepare(self) -> None:
        with _faults(), self.connect() as connection:
            folder = files(__package__).joinpath("migrations_postgres")
            migrate(connection, _SCHEMA, folder, _LOCK, f"The store at {self.place}")
            self._ahead = timedelta(seconds=seconds_ahead(connection))
            self.engine = int(connection.execute(_PG["new_engine"]).fetchall()[0][0])

    def connect(self) -> psycopg.Connection[Any]:
        """A connection of its own, such as for a lock that lasts as long as it does."""
        return connect(self._address, _SCHEMA)

    def read(self, statement: str, /, **values: object) -> Cursor:
        """Run a reading statement.

        Raises:
            StoreAwayError: the server is away.
        """
        return self._patiently(lambda connection: _execute(connection)(statement, **values))

    def change(self, statement: str, /, **values: object) -> Cursor:
        """Run one statement that changes what is beside the runs, which can be done twice."""
        return self.read(statement, **values)

    @staticmethod
    def statements(connection: psycopg.Connection[Any]) -> Execute:
        """The statements on a connection of one's own."""
        return _execute(connection)

    def snapshot(self, work: Callable[[Execute], T]) -> T:
        """Run reading statements that see one moment; see `read`."""

        def in_one(connection: psycopg.Connection[Any]) -> T:
            with connection.transaction():
                return work(_execute(connection))

        return self._patiently(in_one)

    def _patiently(self, work: Callable[[psycopg.Connection[Any]], T]) -> T:
        def attempt() -> T:
            with _faults(), self._readers.connection() as connection:
                return work(connection)

        return repeat(attempt, _READ_PATIENCE, StoreAwayError)

    def open_writer(self) -> _Writer:
        """The connection that writes."""
        return _Writer(self)

    def now(self) -> datetime:
        """The server's time."""
        return datetime.now(UTC) + self._ahead

    def news(self, quiet: float) -> Iterator[list[str] | None]:
        """What other engines tell, for as long as the caller goes on.

        Args:
            quiet: seconds after which there is something to yield in any case.

        Yields:
            What has changed, as `Changes.topics` says it; None where anything may have: after a
            quiet while, and whenever it begins to listen.
        """
        while True:
            try:
                with _faults(), self.connect() as connection:
                    connection.execute(f"LISTEN {_CHANNEL}")
                    yield None
                    while True:
                        is_quiet = True
                        # more than one may come at once
                        for told in connection.notifies(timeout=quiet, stop_after=1):
                            is_quiet = False
                            engine, *topics = told.payload.split()
                            if engine != str(self.engine):
                                yield topics
                        if is_quiet:
                            yield None
            except StoreAwayError:
                time.sleep(_DEAF)
                yield None

    def close(self) -> None:
        """Let all readers go."""
        self._readers.close()


def _for_reading(connection: psycopg.Connection[Any]) -> None:
    connection.isolation_level = IsolationLevel.REPEATABLE_READ
    connection.read_only = True


def _execute(connection: psycopg.Connection[Any]) -> Execute:
    def execute(statement: str, /, **values: object) -> Cursor:
        return connection.execute(_PG[statement], storable(values))

    return execute


@contextmanager
def _faults() -> Iterator[None]:
    """A fault that passes is told as what it is."""
    try:
        yield
    except psycopg.Error as error:
        if is_passing(error):
            raise StoreAwayError(first_line(error)) from error
        raise


class _Writer:
    """See `Writer`. Each transaction says that its engine is alive."""

    def __init__(self, server: PostgresServer) -> None:
        self._server = server
        self._connection: psycopg.Connection[Any] | None = None
        self._batches = itertools.count(1)
        self._name = f"{socket.gethostname()}:{os.getpid()}"

    def execute(self, statement: str, /, **values: object) -> Cursor:
        assert self._connection is not None  # noqa: S101 - in a transaction there is one
        return _execute(self._connection)(statement, **values)

    def transact(self, work: Callable[[], T]) -> T:
        batch = next(self._batches)
        done: list[T] = []

        def attempt() -> T:
            with _faults():
                connection = self._open()
                if done and self._last_batch() == batch:  # it was cut off behind the end
                    return done[-1]
                with connection.transaction():
                    connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
                    self._renew(batch)
                    done.append(work())
            return done[-1]

        return repeat(attempt, _WRITE_PATIENCE, StoreAwayError)

    def tell(self, topics: Sequence[str]) -> None:
        while topics:
            message = f"{self._server.engine}"
            told = 0
            while told < len(topics) and len(message) < _MOST_TOLD:
                message += f" {topics[told]}"
                told += 1
            topics = topics[told:]
            assert self._connection is not None  # noqa: S101 - in a transaction there is one
            self._connection.execute("SELECT pg_notify(%s, %s)", (_CHANNEL, message))

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()

    def _open(self) -> psycopg.Connection[Any]:
        if self._connection is None or self._connection.closed:
            self._connection = self._server.connect()
        return self._connection

    def _renew(self, batch: int) -> None:
        server = self._server
        self.execute(
            "renew_engine", engine=server.engine, name=self._name, batch=batch, lease=server.lease
        )

    def _last_batch(self) -> int | None:
        row = self.execute("last_batch", engine=self._server.engine).fetchone()
        return row and int(row[0])
