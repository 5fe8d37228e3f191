"""What single runs carry beside their input: where they go on from, and a person's own metadata."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import msgspec

from parallel_nb.api.arguments import check_text, shown
from parallel_nb.api.errors import InputError
from parallel_nb.api.schema.lint import MAX_METADATA_VALUE, lint_metadata
from parallel_nb.api.tools import lacks_secrets, without_secrets
from parallel_nb.api.types import Metadata, RunSettings, SourcePolicy
from parallel_nb.job.journal import decode_kept
from parallel_nb.job.prompts import Prompt, parse_prompt
from parallel_nb.tables.values import is_missing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parallel_nb.job.journal import JobRecord
    from parallel_nb.tables.source import Source

#: Begins the keys of the metadata that a job gives its runs.
OWN_PREFIX: Final = "pnb_"
_EXAMPLE: Final = "Pass a dict, such as metadata={'account': '{{id}}'}."


class RunExtras(msgspec.Struct, omit_defaults=True):
    """What one run of a job carries, as the journal keeps it with the run's question."""

    #: The run that it goes on from, which is a part of the question's key.
    previous_run_id: str | None = None
    #: The interaction of that run, as it is sent; unknown where the question need not be sent.
    previous_interaction_id: str | None = None
    metadata: Metadata | None = None


class KeptOptions(RunSettings, kw_only=True):
    """What the journal keeps of a job's options; the source policy has a column of its own."""

    #: Stands behind names of answer columns that the input has too.
    suffix: str = ""


def keep_options(settings: RunSettings, suffix: str = "") -> bytes | None:
    """Options as the journal keeps them, without secrets; None where there are none."""
    plain = without_secrets(settings)
    kept = KeptOptions(
        advanced_settings=plain.advanced_settings,
        mcp_servers=plain.mcp_servers,
        memory_scope_key=plain.memory_scope_key,
        suffix=suffix,
    )
    return None if kept == KeptOptions() else msgspec.json.encode(kept)


def settings_of(record: JobRecord) -> RunSettings:
    """The settings that the runs of a journaled job have.

    Raises:
        ParallelError: What the journal keeps of them is damaged.
    """
    kept = decode_kept(record.options, KeptOptions) if record.options else KeptOptions()
    return RunSettings(
        source_policy=decode_kept(record.policy, SourcePolicy) if record.policy else None,
        advanced_settings=kept.advanced_settings,
        mcp_servers=kept.mcp_servers,
        memory_scope_key=kept.memory_scope_key,
    )


def suffix_of(options: bytes | None) -> str:
    """The suffix of the answers' columns, of the options that the journal keeps of a job."""
    return decode_kept(options, KeptOptions).suffix if options else ""


def check_secrets(settings: RunSettings) -> None:
    """Refuse to send runs whose tool servers need headers that the journal does not keep.

    Raises:
        InputError: One does.
    """
    if names := lacks_secrets(settings):
        raise InputError(
            f"The headers of the MCP server {names[0]!r} are not kept, so nothing can be sent.",
            "Run the cell that asked again: what was answered is reused.",
        )


@dataclass(frozen=True, slots=True)
class RowOptions:
    """What the rows of a table differ in, beside their cells."""

    #: For each row the run that it goes on from; None in place of one where it has none.
    previous: Sequence[str | None] | None = None
    metadata: Mapping[str, Any] | None = None
    suffix: str = ""


@dataclass(frozen=True, slots=True)
class RowMetadata:
    """Metadata in which `{{column}}` stands for a row's cell."""

    values: dict[str, Prompt | str | float | bool]
    cells: dict[str, list[Any]]

    def of_row(self, row: int) -> Metadata:
        """Write one row's metadata; a value that is nothing but a missing cell is left out."""
        cells = {name: column[row] for name, column in self.cells.items()}
        return {
            key: value.render(cells) if isinstance(value, Prompt) else value
            for key, value in self.values.items()
            if not (isinstance(value, Prompt) and _is_gap(value, cells))
        }


def _is_gap(value: Prompt, cells: Mapping[str, Any]) -> bool:
    return not value.literal and all(is_missing(cells[name]) for name in value.names)


def read_metadata(metadata: Any, source: Source) -> RowMetadata | None:
    """Check the metadata of a person, and that of each row.

    Args:
        metadata: As passed: texts, in which `{{column}}` stands for the row's cell, and numbers.
        source: The rows.

    Returns:
        What writes the metadata of a row; None where there is none.

    Raises:
        InputError: It is no dict of such values, names an unknown column, uses a key of ours, or
            breaks a limit of the service.
    """
    if metadata is None or metadata == {}:
        return None
    if not isinstance(metadata, Mapping):
        raise InputError(f"metadata = {shown(metadata)} is no dict.", _EXAMPLE)
    values: dict[str, Prompt | str | float | bool] = {}
    for key, value in metadata.items():
        check_text("A key of metadata", key, "'account'")
        if key.startswith(OWN_PREFIX) or not key:
            raise InputError(
                f"metadata has the key {key!r}: keys that begin with {OWN_PREFIX} are ours.",
                "Use another key, such as 'account'.",
            )
        if isinstance(value, str):
            prompt = parse_prompt(value, source.names)
            values[key] = prompt if prompt.columns else prompt.literal
        elif isinstance(value, bool | int) or (isinstance(value, float) and math.isfinite(value)):
            values[key] = value
        else:
            raise InputError(
                f"metadata[{key!r}] = {shown(value)} is no text, number or truth value.", _EXAMPLE
            )
    columns = {
        name for value in values.values() if isinstance(value, Prompt) for name in value.names
    }
    read = RowMetadata(values, {name: source.values(name) for name in columns})
    for row in range(source.rows if columns else 1):
        if findings := lint_metadata(read.of_row(row)):
            where = f" of row {source.index[row]}" if columns else ""
            raise InputError(
                f"metadata{where}: {findings[0].path}: {findings[0].message}.",
                f"Keys have at most 16 characters, values {MAX_METADATA_VALUE}.",
            )
    return read


def with_extras(tail: bytes, extras: bytes) -> bytes:
    """The end of a run's JSON with what this run carries.

        >>> with_extras(b'"}}', b'{"metadata":{"account":"7"}}')
        b'","account":"7"}}'

    Args:
        tail: What stands behind the last value of the job's own metadata, its quote first.
        extras: A `RunExtras` as JSON.
    """
    read = msgspec.json.decode(extras, type=RunExtras)
    own = msgspec.json.encode(read.metadata)[1:-1] if read.metadata else b""
    rest = tail.removeprefix(b'"}')
    parts = [b'",' if own else b'"', own, b"}"]
    if read.previous_interaction_id is not None:
        interaction = msgspec.json.encode(read.previous_interaction_id)
        parts += [b',"previous_interaction_id":', interaction]
    return b"".join((*parts, rest))
