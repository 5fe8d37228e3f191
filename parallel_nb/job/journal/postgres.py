"""A journal on a PostgreSQL server, which a team shares.

The promises are those of the file. What claims, or writes a job, is one transaction that holds an
advisory lock, so that one kernel writes at a time, as with SQLite; answers are written beside each
other. A connection that was lost is opened anew, and the transaction is done again: each says the
same when it is done twice.
"""

from __future__ import annotations

import contextlib
import re
import threading
import time
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

from parallel_nb.api.errors import ConnectionProblem, InputError, ParallelError
from parallel_nb.job.journal.database import CutError
from parallel_nb.job.journal.queries import QUERIES, JsonText, read_queries
from parallel_nb.settings import without_password

try:
    import psycopg
except ImportError as error:
    raise InputError(
        f"A journal on a PostgreSQL server needs psycopg, which is not installed ({error}).",
        "pip install 'parallel-nb[team]', then restart the kernel.",
    ) from error

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from parallel_nb.job.journal.database import Cursor, Statements, Values

T = TypeVar("T")

#: Seconds for which a server that does not answer is tried again: one that restarts needs fewer.
_PATIENCE: Final = 90.0
#: The same the first time, when the address may be wrong.
_FIRST_PATIENCE: Final = 3.0
#: Seconds in which a connection must be made.
_CONNECT_WITHIN: Final = 10
#: What tables of ours are in, so that they meet no others of the database.
_SCHEMA: Final = "parallel_nb"
#: The advisory lock of those who write alone; any number that others do not use.
_LOCK: Final = 7_236_115_031_944
#: Errors that pass: those of a server that ends, starts or is full, and of two writers that waited
#: for each other. The first two letters are the class; PostgreSQL, appendix A.
_PASSING: Final = re.compile("08...|40...|53...|55P03|57P0[1-4]")
#: The name of a parameter; a cast has two colons.
_NAME: Final = re.compile(r"(?<!:):([a-z_]+)")
#: A NUL character in JSON: behind an even number of backslashes, which stand for themselves.
_NUL_IN_JSON: Final = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")


def _in_psycopg(query: str) -> str:
    """A statement with the marks for parameters that psycopg wants."""
    query = re.sub(r"--[^\n]*", "", query).replace("?", "%s")
    return _NAME.sub(r"%(\1)s", query)


STATEMENTS: Final[Mapping[str, str]] = {
    name: _in_psycopg(query)
    for name, query in (QUERIES | read_queries("queries_postgres.sql")).items()
}


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
            yield self._execute(self._open())

    @contextlib.contextmanager
    def transaction(self, *, alone: bool = True) -> Iterator[Statements]:
        """Statements that are one transaction; with `alone` no other writer is in between."""
        with self._lock, self._faults("written"):
            connection = self._open()
            with connection.transaction():
                if alone:
                    connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
                yield self._execute(connection)

    @contextlib.contextmanager
    def _faults(self, doing: str) -> Iterator[None]:
        try:
            yield
        except psycopg.Error as error:
            if _is_passing(error):
                raise CutError(str(error)) from error
            raise self.fault(error, doing) from error

    @staticmethod
    def _execute(connection: psycopg.Connection[Any]) -> Statements:
        def execute(name: str, values: Values = (), /) -> Cursor:
            return connection.execute(STATEMENTS[name], _storable(values))

        return execute

    def _open(self) -> psycopg.Connection[Any]:
        """The connection, made anew if need be."""
        with self._lock:
            if self._connection is not None and not self._connection.closed:
                return self._connection
            try:
                connection = psycopg.connect(
                    self._address,
                    autocommit=True,
                    connect_timeout=_CONNECT_WITHIN,
                    application_name="parallel_nb",
                    options=f"-c search_path={_SCHEMA}",
                    keepalives_idle=30,
                )
            except psycopg.OperationalError as error:
                # Before there is a connection an error has no code: it may pass.
                raise CutError(str(error)) from error
            except psycopg.Error as error:
                raise self._unreachable(error) from error
            try:
                with self._faults("opened"):
                    _migrate(connection, self.place)
                    began = time.time()
                    row = connection.execute("SELECT extract(epoch FROM clock_timestamp())")
                    self._ahead = float(row.fetchall()[0][0]) - (began + time.time()) / 2
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
        deadline = time.monotonic() + self._patience
        pause = 0.02
        while True:
            try:
                return work()
            except CutError as error:
                if time.monotonic() + pause > deadline:
                    raise self._unreachable(error) from error
            time.sleep(pause)
            pause = min(pause * 2, 2.0)

    def shrink(self) -> None:
        """Nothing: the server does it by itself."""

    def fault(self, error: Exception, doing: str) -> ParallelError:
        """The error to raise for one of the server's."""
        return ParallelError(
            f"The journal at {self.place} could not be {doing}: {_first_line(error)}.",
            "Run the cell again once the server's fault is mended: the answers are fetched again.",
        )

    def _unreachable(self, error: Exception) -> ConnectionProblem:
        return ConnectionProblem(
            f"The journal at {self.place} cannot be opened: {_first_line(error)}.",
            "Check that the server runs, the address and the password (PGPASSWORD or ~/.pgpass), "
            "or unset `journal` to use the journal of this machine.",
        )

    def close(self) -> None:
        """Close the connection."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()


def _is_passing(error: psycopg.Error) -> bool:
    if error.sqlstate is None:  # not of the server: the connection to it has ended
        return isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)
    return _PASSING.fullmatch(error.sqlstate) is not None


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0].removesuffix(".")


def _storable(values: Values) -> Any:
    """The values without NUL characters in texts, which PostgreSQL does not keep."""
    if isinstance(values, tuple | list):
        return [_without_nul(value) for value in values]
    return {name: _without_nul(value) for name, value in cast("dict[str, Any]", values).items()}


def _without_nul(value: Any) -> Any:
    if isinstance(value, JsonText):
        return _NUL_IN_JSON.sub("\\1\ufffd", value) if "\\u0000" in value else str(value)
    return value.replace("\0", "\ufffd") if isinstance(value, str) else value


def _migrate(connection: psycopg.Connection[Any], place: str) -> None:
    """Bring the tables up to date, in one transaction that others wait for.

    Raises:
        ConnectionProblem: A newer version of this package wrote there.
    """
    folder = files(__package__).joinpath("migrations_postgres")
    names = sorted(file.name for file in folder.iterdir() if file.name.endswith(".sql"))
    if _version(connection) == len(names):
        return
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {_SCHEMA}")
        connection.execute("CREATE TABLE IF NOT EXISTS migrations(version INTEGER PRIMARY KEY)")
        version = _version(connection)
        if version > len(names):
            raise ConnectionProblem(
                f"The journal at {place} was written by a newer version of parallel_nb.",
                "Upgrade parallel_nb.",
            )
        for number, name in enumerate(names[version:], version + 1):
            connection.execute(folder.joinpath(name).read_text("utf-8"))
            connection.execute("INSERT INTO migrations VALUES (%s)", (number,))


def _version(connection: psycopg.Connection[Any]) -> int:
    """The version of the tables; 0 where there are none."""
    if connection.execute(f"SELECT to_regclass('{_SCHEMA}.migrations')").fetchall()[0][0] is None:
        return 0
    found = connection.execute("SELECT coalesce(max(version), 0) FROM migrations").fetchall()
    return int(found[0][0])
