"""What the journal has, without asking any service: find a job, read it, export it, forget it."""

from __future__ import annotations

import importlib.util
import json
import math
import re
import time
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final

from parallel_nb import settings
from parallel_nb.api.errors import InputError
from parallel_nb.formats import count
from parallel_nb.job.inputs import fields_of_spec, infer_fields, source_of_inputs
from parallel_nb.job.journal.journal import ACTIVE_STATES, open_journal
from parallel_nb.job.leases import is_lease_live
from parallel_nb.job.model import ENDED
from parallel_nb.job.start import find_answers
from parallel_nb.tables import RowAnswer, basis_frame, build_frame
from parallel_nb.tables.values import is_missing

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pandas as pd

    from parallel_nb.job.journal.journal import JobRecord, Journal

_DAY: Final = 86_400.0
#: A job that says it is at work and has no run under way may be between two waves for so long,
#: in seconds.
_BETWEEN_WAVES: Final = 150.0


def _journal() -> Journal:
    return open_journal(settings.current().home)


def find_job(name: str) -> JobRecord:
    """The job with this id, or the newest one that sends to the group of this id.

    Raises `InputError` that names the nearest id when there is none.
    """
    journal = _journal()
    found = journal.job(name) or journal.job_of_group(name)
    if found is not None:
        return found
    near = get_close_matches(name, job_names(), n=1)
    hint = f"Did you mean {near[0]}? " if near else ""
    raise InputError(
        f"The journal has no job {name!r}.",
        f"{hint}%parallel_jobs, or parallel-nb jobs, lists them all.",
    )


def job_names() -> list[str]:
    """The ids by which jobs can be named, newest first: of each its group's, else its own."""
    return [job.group_id or job.id for job in _journal().jobs()]


def read_answers(record: JobRecord) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The answers of a job beside its inputs, and their evidence a line an excerpt."""
    journal = _journal()
    rows = list(journal.answers(record.id))
    fields = fields_of_spec(record.spec)
    if fields is None:
        fields = infer_fields(row.output for row in rows if row.output is not None)
    found = find_answers([row.run_id for row in rows if row.run_id])
    answers = [
        found.get(row.run_id or "", RowAnswer(row.key, row.run_id, row.state or "unsent"))
        for row in rows
    ]
    layout = json.loads(record.layout) if record.layout else range(len(answers))
    skipped = RowAnswer("", None, "skipped", None, "not asked")
    answers = [answers[position] if position >= 0 else skipped for position in layout]
    names = [field.name for field in fields] or ["output"]
    source = source_of_inputs(list(journal.all_inputs(record.id)), list(layout), names)
    frame = build_frame(source, fields, answers)
    return frame, basis_frame(source.index, fields, answers)


# --- export -----------------------------------------------------------------------------


def export_job(name: str, path: Path, *, basis: bool = False, raw: bool = False) -> int:
    """Write the answers of a job, or with `basis` their evidence; returns the number of rows.

    The ending of the file says its form: .csv, .json, .jsonl or .parquet. Lists and objects are
    JSON text in CSV; Parquet keeps lists of texts. A text that a spreadsheet would take for a
    formula has an apostrophe before it in CSV; `raw` leaves it as it is.

    Raises `InputError` when there is no such job, or the file cannot be written.
    """
    suffix = path.suffix.lower()
    if suffix not in _WRITERS:
        raise InputError(
            f"{path}: {suffix or 'no ending'} is not a form that can be written.",
            f"Use one of {', '.join(_WRITERS)}.",
        )
    written = read_answers(find_job(name))[basis]
    if suffix == ".csv":
        written = _plain(written) if raw else _defused(_plain(written))
    try:
        _WRITERS[suffix](written, path)
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error}.", "Name another file.") from error
    return len(written)


def _to_csv(frame: pd.DataFrame, path: Path) -> None:
    frame.to_csv(path, index=False)


#: How a formula begins in one spreadsheet or another, also in full width.
_FORMULA: Final = re.compile(r"[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
#: What begins so and is a number, which no spreadsheet runs: -5, +49 30 1234, -1.5e3, -3 %.
_NUMBER: Final = re.compile(r"[+-][\d\s.,]+(?:[eE][+-]?\d+)?\s?%?")


def _defused(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with texts that a spreadsheet would run as formulas made harmless.

    Answers, excerpts and often the inputs come from the web.
    """
    from pandas.api.types import is_numeric_dtype  # noqa: PLC0415 - %load_ext stays light

    def text(cell: Any) -> Any:
        if not isinstance(cell, str) or not _FORMULA.match(cell) or _NUMBER.fullmatch(cell):
            return cell
        return f"'{cell}"

    changed = {
        name: column.map(text)
        for name, column in frame.items()
        if not is_numeric_dtype(column.dtype)
    }
    return frame.assign(**{str(name): column for name, column in changed.items()}).rename(
        columns=text
    )


def _to_parquet(frame: pd.DataFrame, path: Path) -> None:
    frame = _plain(frame, keep_lists=True)
    if any(importlib.util.find_spec(engine) for engine in ("pyarrow", "fastparquet")):
        frame.to_parquet(path, index=False)
    elif importlib.util.find_spec("polars"):
        import polars as pl  # noqa: PLC0415 - for this form alone

        columns = {
            str(name): [None if is_missing(cell) else cell for cell in column]
            for name, column in frame.items()
        }
        pl.DataFrame(columns, strict=False).write_parquet(path)
    else:
        raise InputError(
            f"{path}: to write Parquet, pyarrow or polars is needed, and neither is installed.",
            "pip install pyarrow, or name a .csv or .json file.",
        )


def _plain(frame: pd.DataFrame, *, keep_lists: bool = False) -> pd.DataFrame:
    """The frame with lists and objects as JSON text, where the form has no cells of their kind.

    With `keep_lists` a column of nothing but lists of texts stays as it is.
    """

    def text(cell: Any) -> Any:
        nested = isinstance(cell, (list, dict))
        return json.dumps(cell, ensure_ascii=False, default=str) if nested else cell

    changed = {
        str(name): column.map(text)
        for name, column in frame.items()
        if str(column.dtype) == "object" and not (keep_lists and _is_lists_of_text(column))
    }
    return frame.assign(**changed)


def _is_lists_of_text(column: pd.Series[Any]) -> bool:
    cells = [cell for cell in column if isinstance(cell, list) or not is_missing(cell)]
    return all(
        isinstance(cell, list) and all(isinstance(item, str) for item in cell) for cell in cells
    )


_WRITERS: Final[dict[str, Callable[[pd.DataFrame, Path], None]]] = {
    ".csv": _to_csv,
    ".json": lambda frame, path: frame.to_json(path, orient="records", date_format="iso", indent=1),
    ".jsonl": lambda frame, path: frame.to_json(
        path, orient="records", date_format="iso", lines=True
    ),
    ".parquet": _to_parquet,
}


# --- clear ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, repr=False)
class Cleared:
    """What became of `clear_jobs`; shows as its sentences."""

    forgotten: int
    #: Jobs that were to go and are not finished, so that they stayed.
    kept: tuple[JobRecord, ...] = ()

    def __repr__(self) -> str:
        """One sentence on what is gone, one on what is not."""
        said = [f"{count(self.forgotten, 'job')} forgotten"]
        if self.kept:
            names = ", ".join(job.group_id or job.id for job in self.kept[:4])
            more = f" and {len(self.kept) - 4:,} more" if len(self.kept) > 4 else ""
            said.append(f"{count(len(self.kept), 'job')} kept, not finished: {names}{more}")
        return "\n".join(said)


def clear_jobs(
    name: str | None = None,
    *,
    older_than: float | None = None,
    everything: bool = False,
    unfinished: bool = False,
) -> Cleared:
    """Forget jobs with their inputs and answers: one by its id, by age in days, or all of them.

    A job with runs under way, or questions unsent, is kept: its answers are paid and still come.
    With `unfinished` it goes too, unless a living process works on it. Answers that a
    remaining job uses stay.

    Raises `InputError` when it is not said in exactly one way what to forget, there is no
    such job, or the one that is named is not finished.
    """
    if sum((name is not None, older_than is not None, everything)) != 1:
        raise InputError(
            "It is not clear which jobs to forget.",
            "Give one of: the id of a job, --older-than DAYS, --all.",
        )
    if older_than is not None and not older_than >= 0:
        raise InputError("--older-than is negative.", "Give a number of days.")
    journal = _journal()
    if name is not None:
        wanted = [find_job(name)]
    else:
        before = time.time() - (older_than or 0.0) * _DAY
        wanted = [job for job in journal.jobs() if job.changed < before]
    kept = [job for job in wanted if _is_needed(journal, job, unfinished=unfinished)]
    if name is not None and kept:
        working = _is_at_work(journal, kept[0])
        raise InputError(
            f"The job {name} is {'being worked on' if working else 'not finished'}.",
            "Stop it first: job.stop(), or interrupt its cell."
            if working
            else "Run its cell again to finish it, or forget it all the same: --unfinished.",
        )
    gone = [job for job in wanted if job not in kept]
    if gone:
        journal.delete_jobs([job.id for job in gone])
    return Cleared(len(gone), tuple(kept))


def _is_needed(journal: Journal, job: JobRecord, *, unfinished: bool) -> bool:
    if unfinished:
        return _is_at_work(journal, job)
    return job.state not in ENDED or bool(_owners_under_way(journal, job))


def _is_at_work(journal: Journal, job: JobRecord) -> bool:
    """True when a living process submits or follows the job, as far as can be known."""
    if job.state in ENDED:
        return False
    owners = _owners_under_way(journal, job)
    if owners:
        return any(is_lease_live(owner, 0.0, math.inf) for owner in owners)
    return time.time() - job.changed < _BETWEEN_WAVES


def _owners_under_way(journal: Journal, job: JobRecord) -> set[str]:
    """Who claimed the runs of a job that have not ended."""
    keys = [key for _, key, _ in journal.questions(job.id)]
    since = job.created if job.fresh else 0.0
    runs = journal.latest(keys, since=since).values()
    return {run.owner for run in runs if run.state in ACTIVE_STATES}
