"""What the journal of a team and an engine of many workers share of PostgreSQL.

Connections and their settings, which faults pass, the form of statements, migrations.
"""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

import psycopg

from parallel_nb.api.errors import ConnectionProblem

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from importlib.resources.abc import Traversable

    #: The values of a statement, by name or by place.
    Values = Mapping[str, Any] | Sequence[Any]

T = TypeVar("T")
#: What a person looks at where a server does not answer.
CHECK: Final = "Check that the server runs, the address and the password (PGPASSWORD or ~/.pgpass)"
#: Seconds in which a connection must be made.
_CONNECT_WITHIN: Final = 10
#: Errors that pass: those of a server that ends, starts or is full, of two writers that waited
#: for each other, and of a transaction that stood still. The first two letters are the class;
#: PostgreSQL, appendix A.
_PASSING: Final = re.compile("08...|25P03|40...|53...|55P03|57P0[1-5]")
#: The name of a parameter; a cast has two colons.
_NAME: Final = re.compile(r"(?<!:):([a-z_]+)")
_COMMENT: Final = re.compile(r"--[^\n]*")
#: A NUL character in JSON: behind an even number of backslashes, which stand for themselves.
_NUL_IN_JSON: Final = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")


def in_psycopg(query: str) -> str:
    """A statement with the marks for parameters that psycopg wants."""
    query = _COMMENT.sub("", query).replace("?", "%s")
    return _NAME.sub(r"%(\1)s", query)


def storable(values: Values, json: type[str] = str) -> Any:
    """The values without NUL characters in texts, which PostgreSQL does not keep.

    Args:
        values: those of a statement.
        json: the type of texts that are JSON, where such a character may be written as an escape.
    """
    if isinstance(values, tuple | list):
        return [_without_nul(value, json) for value in values]
    named = cast("dict[str, Any]", values)
    return {name: _without_nul(value, json) for name, value in named.items()}


def _without_nul(value: Any, json: type[str]) -> Any:
    if not isinstance(value, str):
        return value
    if isinstance(value, json) and "\\u0000" in value:
        value = _NUL_IN_JSON.sub("\\1\ufffd", value)
    return str(value).replace("\0", "\ufffd")


def connect(address: str, schema: str) -> psycopg.Connection[Any]:
    """A connection on which each statement is a transaction, unless one is begun.

    Args:
        address: `postgresql://USER@HOST/DATABASE`; what it leaves out, the password among it, is
            found where PostgreSQL's own tools find it.
        schema: where the tables are that statements name.

    Raises:
        psycopg.Error: the server cannot be reached; see `is_passing`.
    """
    return psycopg.connect(address, **settings_for(schema))


def settings_for(schema: str) -> dict[str, Any]:
    """What each connection is made with, beside the address."""
    return {
        "autocommit": True,
        "connect_timeout": _CONNECT_WITHIN,
        "application_name": "parallel_nb",
        # who stands still in a transaction, as on a machine without power, lets the others go on
        "options": f"-c search_path={schema} -c idle_in_transaction_session_timeout=30s",
        "keepalives_idle": 30,
    }


def is_passing(error: psycopg.Error) -> bool:
    """Whether what failed can be tried again: nothing, or all, was written."""
    if error.sqlstate is None:  # not of the server: the connection to it has ended, or was not made
        return isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)
    return _PASSING.fullmatch(error.sqlstate) is not None


def first_line(error: Exception) -> str:
    """What an error of the server says, for a sentence of ours."""
    return str(error).strip().partition("\n")[0].removesuffix(".")


def repeat(work: Callable[[], T], patience: float, passing: type[Exception]) -> T:
    """Do work again while it fails with a fault that passes, for so many seconds.

    Raises:
        Exception: the last fault; any other at once.
    """
    deadline = time.monotonic() + patience
    pause = 0.02
    while True:
        try:
            return work()
        except passing:
            if time.monotonic() + pause > deadline:
                raise
        time.sleep(pause)
        pause = min(pause * 2, 2.0)


def seconds_ahead(connection: psycopg.Connection[Any]) -> float:
    """Seconds by which the server's clock is ahead of this machine's."""
    began = time.time()
    row = connection.execute("SELECT extract(epoch FROM clock_timestamp())")
    return float(row.fetchall()[0][0]) - (began + time.time()) / 2


def migrate(
    connection: psycopg.Connection[Any], schema: str, folder: Traversable, lock: int, what: str
) -> None:
    """Bring the tables of a schema up to date, in one transaction that others wait for.

    Args:
        connection: as `connect` makes it.
        schema: made where there is none.
        folder: has a `.sql` file a version, in the order of their names.
        lock: the number of the advisory lock that those who write hold.
        what: what the tables are and where, for an error.

    Raises:
        ConnectionProblem: a newer version of this package wrote there.
    """
    names = sorted(file.name for file in folder.iterdir() if file.name.endswith(".sql"))
    if _version(connection, schema) == len(names):
        return
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (lock,))
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
        connection.execute("CREATE TABLE IF NOT EXISTS migrations(version INTEGER PRIMARY KEY)")
        version = _version(connection, schema)
        if version > len(names):
            raise ConnectionProblem(
                f"{what} was written by a newer version of parallel_nb.", "Upgrade parallel_nb."
            )
        for number, name in enumerate(names[version:], version + 1):
            connection.execute(folder.joinpath(name).read_text("utf-8"))
            connection.execute("INSERT INTO migrations VALUES (%s)", (number,))


def _version(connection: psycopg.Connection[Any], schema: str) -> int:
    """The version of the tables; 0 where there are none."""
    if connection.execute(f"SELECT to_regclass('{schema}.migrations')").fetchall()[0][0] is None:
        return 0
    found = connection.execute("SELECT coalesce(max(version), 0) FROM migrations").fetchall()
    return int(found[0][0])
