"""The engine's tables, and the rows that the rest of the engine sees."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from parallel_nb.api.errors import ConnectionProblem

if TYPE_CHECKING:
    import sqlite3
    from pathlib import Path

SCHEMA_VERSION: Final = 1

#: Counts of a group are columns that each change of a run keeps in step, so that asking
#: for them costs the same at ten runs and at a hundred thousand. A spec that many runs
#: share is stored once. Events are the group's stream as it was told, so that a stream
#: can be resumed at any of them; their ids and those of runs are the cursors.
_TABLES: Final = """
CREATE TABLE groups (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL UNIQUE,
  metadata BLOB,
  created_at TEXT NOT NULL,
  modified_at TEXT NOT NULL,
  queued INTEGER NOT NULL DEFAULT 0,
  running INTEGER NOT NULL DEFAULT 0,
  completed INTEGER NOT NULL DEFAULT 0,
  failed INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE specs (
  id INTEGER PRIMARY KEY,
  body BLOB NOT NULL UNIQUE
);
CREATE TABLE runs (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL UNIQUE,
  group_id INTEGER REFERENCES groups (id),
  status TEXT NOT NULL,
  processor TEXT NOT NULL,
  metadata BLOB,
  warnings BLOB,
  error BLOB,
  created_at TEXT NOT NULL,
  modified_at TEXT NOT NULL,
  input BLOB NOT NULL,
  spec_id INTEGER REFERENCES specs (id),
  tells_progress INTEGER NOT NULL,
  tells_elements INTEGER NOT NULL
);
CREATE INDEX runs_of_group ON runs (group_id, id);
CREATE INDEX unfinished_runs ON runs (id) WHERE status IN ('queued', 'running');
CREATE TABLE outputs (
  run_id INTEGER PRIMARY KEY REFERENCES runs (id),
  plain BLOB NOT NULL,
  with_elements BLOB
);
CREATE TABLE progress (
  run_id INTEGER PRIMARY KEY REFERENCES runs (id),
  events BLOB NOT NULL
);
CREATE TABLE events (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  group_id INTEGER NOT NULL REFERENCES groups (id),
  run_id INTEGER REFERENCES runs (id),
  status BLOB
);
CREATE INDEX events_of_group ON events (group_id, id);
"""


@dataclass(frozen=True, slots=True)
class NewRun:
    """A run to be stored; every blob is encoded JSON."""

    processor: str
    #: The run's input as it was sent, without its task spec.
    input: bytes
    spec: bytes | None = None
    metadata: bytes | None = None
    warnings: bytes | None = None
    tells_progress: bool = False
    tells_elements: bool = False


@dataclass(frozen=True, slots=True)
class Counts:
    """How many runs of a group stand where."""

    queued: int
    running: int
    completed: int
    failed: int
    modified_at: str

    @property
    def is_active(self) -> bool:
        """Whether any run is still being worked on."""
        return bool(self.queued or self.running)


@dataclass(frozen=True, slots=True)
class Added:
    """What adding runs has made: ids, and the cursors just before them."""

    ids: list[int]
    names: list[str]
    counts: Counts | None
    run_cursor: int | None
    event_cursor: int | None


@dataclass(frozen=True, slots=True)
class GroupRow:
    """A group with its counts."""

    id: int
    name: str
    metadata: bytes | None
    created_at: str
    counts: Counts


@dataclass(frozen=True, slots=True)
class RunRow:
    """The state of a run; every blob is encoded JSON."""

    id: int
    name: str
    group: str | None
    status: str
    processor: str
    metadata: bytes | None
    warnings: bytes | None
    error: bytes | None
    created_at: str
    modified_at: str
    tells_progress: bool
    tells_elements: bool


@dataclass(frozen=True, slots=True)
class InputRow:
    """What a run was given; both are encoded JSON."""

    input: bytes
    spec: bytes | None
    tells_progress: bool = False


@dataclass(frozen=True, slots=True)
class OutputRow:
    """What a run answered with, as encoded JSON, without and with element entries."""

    plain: bytes
    with_elements: bytes | None

    def body(self, *, elements: bool) -> bytes:
        """The output, with the basis of list elements where that was asked for."""
        return self.with_elements if elements and self.with_elements else self.plain


@dataclass(frozen=True, slots=True)
class EventRow:
    """One event of a group: its counts at that moment, or a run that has ended."""

    id: int
    status: bytes | None
    run: RunRow | None


def prepare(connection: sqlite3.Connection, path: Path) -> None:
    """Make the tables of a new store; check the version of an old one.

    Raises `ConnectionProblem` when a newer engine has written the store.
    """
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version == 0:
        connection.executescript(f"BEGIN;{_TABLES}PRAGMA user_version = {SCHEMA_VERSION:d};COMMIT;")
    elif version != SCHEMA_VERSION:
        raise ConnectionProblem(
            f"The engine's data {path} was written by another version of parallel_nb "
            f"(data version {version}, this one reads {SCHEMA_VERSION}).",
            "Update parallel_nb, or choose another --data-dir.",
        )
