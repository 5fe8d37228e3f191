"""The statements on the engine's tables, and the rows that come back."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec

#: Rows of which one student may be ahead of another who begins to wait.
CREDIT: Final = 20
_FOLDER: Final = Path(__file__).parent
_NAME = re.compile(r"^-- (\w+) --$", re.MULTILINE)


def read_statements(file: str) -> dict[str, str]:
    """The statements of a file beside this one, by name."""
    _, *named = _NAME.split((_FOLDER / file).read_text("utf-8"))
    return {name: sql.partition(";")[0] for name, sql in zip(named[::2], named[1::2], strict=True)}


#: The statements of `statements.sql` by name.
STATEMENTS: Final = read_statements("statements.sql")


def timestamp(moment: datetime | None = None) -> str:
    """A moment as the store writes it: RFC 3339 in UTC, so that moments sort as text.

    Args:
        moment: an aware datetime; None for now.

    Returns:
        For instance `2026-10-01T08:00:00.000000Z`.
    """
    text = (moment or datetime.now(UTC)).astimezone(UTC).isoformat(timespec="microseconds")
    return text.replace("+00:00", "Z")


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
