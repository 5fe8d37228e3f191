"""The store of one engine: a SQLite file, with a connection for each thread that reads."""

from __future__ import annotations

import sqlite3
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from parallel_nb.api.errors import ConnectionProblem
from parallel_nb.damaged import DamagedFileError, check_tables, tables_by, tables_of
from parallel_nb.engine.store.tables import STATEMENTS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from parallel_nb.engine.store.database import Execute

T = TypeVar("T")
SCHEMA_VERSION: Final = 4
_FOLDER: Final = Path(__file__).parent


class SqliteFile:
    """See `Database`. All raise `sqlite3.Error` where the file cannot be read or written."""

    def __init__(self, path: Path) -> None:
        """Keep the store at `path`; nothing is opened yet."""
        self._path = path
        self._local = threading.local()
        self._connections: list[sqlite3.Connection] = []
        self._lock = threading.Lock()

    def close(self) -> None:
        """Close the connections of all threads that read."""
        with self._lock:
            for connection in self._connections:
                connection.close()
            self._connections.clear()

    @property
    def _reader(self) -> sqlite3.Connection:
        """This thread's connection."""
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = connect(self._path)
            connection.execute("PRAGMA query_only = ON")
            self._local.connection = connection
            with self._lock:
                self._connections.append(connection)
        return connection

    def read(self, statement: str, /, **values: object) -> sqlite3.Cursor:
        """Run a reading statement on this thread's connection."""
        return self._reader.execute(STATEMENTS[statement], values)

    def snapshot(self, work: Callable[[Execute], T]) -> T:
        """Run reading statements that see one moment."""
        reader = self._reader
        reader.execute("BEGIN")
        try:
            return work(self.read)
        finally:
            reader.execute("COMMIT")

    def open_writer(self) -> _Writer:
        """The connection that writes.

        Raises:
            ConnectionProblem: a newer engine has written the store.
            DamagedFileError: it has other tables than a store has.
        """
        return _Writer(self._path)

    @staticmethod
    def now() -> datetime:
        """The time of this machine."""
        return datetime.now(UTC)


class _Writer:
    """See `Writer`."""

    def __init__(self, path: Path) -> None:
        self._connection = connect(path)
        try:
            _prepare(self._connection, path)
        except BaseException:
            self._connection.close()
            raise

    def execute(self, statement: str, /, **values: object) -> sqlite3.Cursor:
        return self._connection.execute(STATEMENTS[statement], values)

    def transact(self, work: Callable[[], T]) -> T:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            done = work()
            self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise
        return done

    def tell(self, _: Sequence[str]) -> None:
        """Nobody: one engine has the file."""

    def close(self) -> None:
        self._connection.close()


def connect(path: Path) -> sqlite3.Connection:
    """Open the store in autocommit mode with the settings that every connection has.

    Raises:
        sqlite3.Error: the file cannot be opened, or is no database.
    """
    connection = sqlite3.connect(path, isolation_level=None, timeout=30, check_same_thread=False)
    connection.execute("PRAGMA journal_mode = WAL")
    # NORMAL: a killed process loses nothing; only a power cut may lose the last moments
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA foreign_keys = ON")
    return connection


def schema_version(connection: sqlite3.Connection) -> int:
    """The version of the store's tables; 0 before there are any."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return int(version)


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    """Make the tables of a new store; bring those of an older version up to date."""
    version = schema_version(connection)
    if version < 0 or (version == 0 and tables_of(connection)):
        raise DamagedFileError("it is no store of an engine")
    if version > SCHEMA_VERSION:
        raise ConnectionProblem(
            f"The engine's data {path} was written by a newer version of parallel_nb "
            f"(data version {version}; this one reads up to {SCHEMA_VERSION}).",
            "Update parallel_nb, or choose another --data-dir.",
        )
    if version != SCHEMA_VERSION:
        steps = [f"migrate_{n}_to_{n + 1}.sql" for n in range(version, SCHEMA_VERSION)]
        names = steps if version else ["schema.sql"]
        script = " ".join((_FOLDER / name).read_text("utf-8") for name in names)
        connection.executescript(
            f"BEGIN; {script} PRAGMA user_version = {SCHEMA_VERSION:d}; COMMIT;"
        )
    check_schema(connection)


def check_schema(connection: sqlite3.Connection) -> None:
    """Check that a store of the present version has its tables.

    Raises:
        DamagedFileError: one is missing, or has other columns.
        sqlite3.Error: the file cannot be read.
    """
    check_tables(connection, tables_by([(_FOLDER / "schema.sql").read_text("utf-8")]))
