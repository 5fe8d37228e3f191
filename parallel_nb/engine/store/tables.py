"""The engine's tables: their schema, the statements on them, and the rows that come back."""

from __future__ import annotations

import re
import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec

from parallel_nb.api.errors import ConnectionProblem
from parallel_nb.damaged import DamagedFileError, check_tables, tables_by, tables_of

SCHEMA_VERSION: Final = 4
_FOLDER: Final = Path(__file__).parent
_NAME = re.compile(r"^-- (\w+) --$", re.MULTILINE)


def _read_statements() -> dict[str, str]:
    _, *named = _NAME.split((_FOLDER / "statements.sql").read_text("utf-8"))
    return {name: sql.partition(";")[0] for name, sql in zip(named[::2], named[1::2], strict=True)}


#: The statements of `statements.sql` by name.
STATEMENTS: Final = _read_statements()


def timestamp(moment: datetime | None = None) -> str:
    """A moment as the store writes it: RFC 3339 in UTC, so that moments sort as text.

    Args:
        moment: an aware datetime; None for now.

    Returns:
        For instance `2026-10-01T08:00:00.000000Z`.
    """
    text = (moment or datetime.now(UTC)).astimezone(UTC).isoformat(timespec="microseconds")
    return text.replace("+00:00", "Z")


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


def prepare(connection: sqlite3.Connection, path: Path) -> None:
    """Make the tables of a new store; bring those of an older version up to date.

    Raises:
        ConnectionProblem: a newer engine has written the store.
        DamagedFileError: the file has other tables than a store has.
    """
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


# --- rows -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class NewRun:
    """A run to be stored. All bytes are encoded JSON."""

    processor: str
    #: The run's input as it was sent, without its task spec.
    input: bytes
    spec: bytes | None = None
    metadata: bytes | None = None
    warnings: bytes | None = None
    #: Whether its progress is recorded.
    enable_events: bool = False


@dataclass(frozen=True, slots=True)
class AddedRuns:
    """The runs that were added, in the order in which they were sent."""

    ids: list[int]
    names: list[str]
    #: The group's counts after it, and the cursors before it; None for a run without a group.
    counts: Counts | None
    run_cursor: int | None
    event_cursor: int | None


@dataclass(frozen=True, slots=True)
class Counts:
    """How many runs of a group have which status."""

    queued: int
    running: int
    completed: int
    failed: int
    modified_at: str

    @property
    def is_active(self) -> bool:
        """Whether any run has not ended."""
        return bool(self.queued or self.running)


@dataclass(frozen=True, slots=True)
class GroupRow:
    """A group with its counts. `metadata` is encoded JSON."""

    id: int
    name: str
    metadata: bytes | None
    created_at: str
    counts: Counts
    #: Who asked, on the engine of a class.
    student: str | None = None


@dataclass(frozen=True, slots=True)
class RunRow:
    """The state of a run. All bytes are encoded JSON."""

    id: int
    name: str
    #: The name of its group.
    group: str | None
    status: str
    processor: str
    metadata: bytes | None
    warnings: bytes | None
    error: bytes | None
    created_at: str
    modified_at: str
    enable_events: bool
    #: Who asked, on the engine of a class.
    student: str | None = None


@dataclass(frozen=True, slots=True)
class InputRow:
    """The input of a run and its task spec, both as encoded JSON."""

    input: bytes
    spec: bytes | None
    enable_events: bool = False

    def body(self) -> bytes:
        """The input as it was sent, its task spec included; joined without decoding either."""
        if self.spec is None:
            return self.input
        separator = b"," if self.input != b"{}" else b""
        return self.input[:-1] + separator + b'"task_spec":' + self.spec + b"}"


@dataclass(frozen=True, slots=True)
class EventRow:
    """One event of a group: a run that has ended, or the group's counts at that moment."""

    id: int
    #: The counts, encoded as the API shows them.
    status: bytes | None
    run: RunRow | None

    @property
    def is_at_rest(self) -> bool:
        """Whether it says that no run of the group is active."""
        return self.status is not None and not _decode_activity(self.status).is_active


class _Activity(msgspec.Struct):
    """What the store reads of the counts in an event."""

    is_active: bool


_decode_activity: Final = msgspec.json.Decoder(_Activity).decode


@dataclass(frozen=True, slots=True)
class RunFilter:
    """Which of a group's runs to read, and which parts of them."""

    group_id: int
    #: The id of the last run that is of interest.
    last: int
    status: str | None = None
    include_input: bool = False
    include_output: bool = False
