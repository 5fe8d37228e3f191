"""Reads what a find has found out of the journal: as answers, and as tables.

A find is kept as a job whose rows are its candidates, so that `df.parallel`, `%parallel_jobs` and
exports read it as any other. Here the same rows become the table of the matches and that of all
candidates.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import msgspec

from parallel_nb.api.findall import Candidate
from parallel_nb.api.schema.fields import FieldType
from parallel_nb.finding.model import KeptOutput
from parallel_nb.finding.request import (
    ENTITY_COLUMNS,
    ID_COLUMN,
    JUDGED_COLUMNS,
    MATCHED_SUFFIX,
    column_of,
)
from parallel_nb.job.answers import Origin, answer_of
from parallel_nb.tables.frames import RowAnswer, typed_columns
from parallel_nb.tables.parse import parse_all
from parallel_nb.tables.source import read_frame

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from parallel_nb.api.schema.fields import OutputField
    from parallel_nb.job.journal import AnswerRecord, Journal
    from parallel_nb.tables.source import Source

_ORIGIN: Final = Origin(is_find=True)
_BOOLEAN: Final = FieldType("bool", nullable=True)
#: How the states of the journal read in `match_status`; the others are the service's own words.
_STATUSES: Final = {"completed": "matched", "sent": "generated", None: "generated"}


@dataclass(frozen=True, slots=True)
class Found:
    """One candidate as the journal has it."""

    record: AnswerRecord
    #: Name, address and description.
    entity: dict[str, str | None]

    @property
    def is_match(self) -> bool:
        """True where it satisfies every condition."""
        return self.record.state == "completed"

    @property
    def candidate(self) -> Candidate:
        """The candidate as the service told of it."""
        kept = _kept(self.record.output)
        output = {
            name: {"value": value, "is_matched": kept.met.get(name)}
            for name, value in kept.content.items()
        }
        return Candidate(
            candidate_id=self.record.run_id or "",
            name=self.entity.get("name") or "",
            url=self.entity.get("url") or "",
            description=self.entity.get("description"),
            match_status=_STATUSES.get(self.record.state, self.record.state or ""),
            output=output or None,
            basis=kept.basis or None,
        )

    @property
    def answer(self) -> RowAnswer:
        """Its values with their basis, as those of a row of a job."""
        return answer_of(self.record, _ORIGIN)


class FindAnswers:
    """The candidates of one find, as the journal has them now."""

    def __init__(self, journal: Journal, job_id: str) -> None:
        """Read nothing yet."""
        self._journal = journal
        self._job_id = job_id

    def found(self, *, all_candidates: bool = False) -> Iterator[Found]:
        """The matches, or all candidates, in the order in which they were found."""
        records = self._journal.answers(self._job_id)
        entities = map(_entity, self._journal.all_inputs(self._job_id))
        for record, entity in zip(records, entities, strict=False):
            one = Found(record, entity)
            if all_candidates or one.is_match:
                yield one

    def source(self) -> Source:
        """The matches as rows: name, address, description."""
        return read_frame(_entities(list(self.found())))

    def frame(self, fields: Sequence[OutputField]) -> Any:
        """The matches: see `Find.df`."""
        return _frame(list(self.found()), fields)

    def candidates(self, fields: Sequence[OutputField], conditions: Sequence[str]) -> Any:
        """All candidates: see `Find.candidates`."""
        found = list(self.found(all_candidates=True))
        judged = [
            [_STATUSES.get(one.record.state, one.record.state) for one in found],
            [one.record.error for one in found],
        ]
        met = [_kept(one.record.output).met for one in found]
        more = dict(zip(JUDGED_COLUMNS, judged, strict=True))
        flags = {f"{name}{MATCHED_SUFFIX}": [one.get(name) for one in met] for name in conditions}
        return _frame(found, fields, more, flags)


def _frame(
    found: Sequence[Found],
    fields: Sequence[OutputField],
    more: dict[str, list[Any]] | None = None,
    flags: dict[str, list[bool | None]] | None = None,
) -> Any:
    contents = [_content(one.answer) for one in found]
    columns: dict[str, list[Any]] = dict(more or {})
    for field in fields:
        values = [content.get(field.name) for content in contents]
        columns[column_of(field.name)] = parse_all(values, field.type)
        flag = f"{field.name}{MATCHED_SUFFIX}"
        if flags and flag in flags:
            columns[flag] = flags[flag]
    columns[ID_COLUMN] = [one.record.run_id for one in found]
    types = {column_of(field.name): field.type for field in fields}
    types |= dict.fromkeys(flags or {}, _BOOLEAN)
    source = read_frame(_entities(found))
    made = typed_columns(columns, types, source.library, like=source.frame)
    return source.frame.with_columns(*made).to_native()


def _entities(found: Iterable[Found]) -> Any:
    import pandas as pd  # noqa: PLC0415 - loaded when a frame is made

    rows = [one.entity for one in found]
    columns = {name: [row.get(name) for row in rows] for name in ENTITY_COLUMNS}
    return pd.DataFrame(columns, dtype="string")


def _entity(data: bytes) -> dict[str, str | None]:
    try:
        value = msgspec.json.decode(data)
    except msgspec.DecodeError:
        return {}
    return value if isinstance(value, dict) else {}


def _content(answer: RowAnswer) -> dict[str, Any]:
    return answer.content if isinstance(answer.content, dict) else {}


def _kept(output: bytes | None) -> KeptOutput:
    try:
        return msgspec.json.decode(output or b"", type=KeptOutput)
    except msgspec.MsgspecError:
        return KeptOutput({})
