"""What leaves the notebook: the answers of a job as a file.

`frames` writes a table (CSV, JSON, JSON lines, Parquet). A `report` has the table with numbered
notes, the sources and the method, which `xlsx`, `docx` and `html` write.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from parallel_nb.api.errors import InputError
from parallel_nb.formats import did_you_mean
from parallel_nb.job.export import docx, frames, html, xlsx
from parallel_nb.job.export.report import make_report

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from parallel_nb.job.answers import JobAnswers
    from parallel_nb.job.export.report import Report
    from parallel_nb.job.journal import JobRecord

_REPORTS: Final[dict[str, Callable[[Report, Path], None]]] = {
    ".xlsx": xlsx.write,
    ".docx": docx.write,
    ".html": html.write,
}
#: The endings of the files that can be written.
SUFFIXES: Final = (*_REPORTS, *frames.WRITERS)


def check_suffix(path: Path) -> str:
    """The ending of a file that can be written, in lower case.

    Raises:
        InputError: The ending names no form that can be written.
    """
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise InputError(
            f"{path}: {suffix or 'no ending'} is not a form that can be written.",
            f"{did_you_mean(suffix, SUFFIXES)}Use one of {', '.join(SUFFIXES)}.",
        )
    return suffix


def write_answers(
    record: JobRecord, answers: JobAnswers, path: Path, *, basis: bool = False, raw: bool = False
) -> int:
    """Write the answers of a job to a file.

    Args:
        record: The job, as the journal has it.
        answers: Its answers.
        path: The file; its ending says its form. `.xlsx`, `.docx` and `.html` are reports: the
            table with numbered notes, its sources and the method. The others hold a table.
        basis: Write the evidence, a line an excerpt. Of no use in a report, which has it.
        raw: Leave texts in CSV as they are that a spreadsheet would take for formulas.

    Returns:
        The number of rows.

    Raises:
        InputError: The ending names no form, what is asked for does not fit it, or the file
            cannot be written.
    """
    suffix = check_suffix(path)
    write = _REPORTS.get(suffix)
    if write is None:
        frame = frames.as_pandas(answers.basis() if basis else answers.frame())
        frames.write_frame(frame, path, raw=raw)
        return len(frame)
    if basis:
        raise InputError(
            f"{path}: a report has the evidence already.", "Leave --basis out, or name a .csv file."
        )
    report = make_report(record, answers)
    try:
        write(report, path)
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error}.", "Name another file.") from error
    return len(report.rows)
