"""`parallel-nb jobs` and `parallel-nb journal`: what the journal has. No service is asked."""

from __future__ import annotations

import datetime as dt
import math
import shutil
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from parallel_nb.formats import count, money

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    Print = Callable[[str], None]

_JOBS: Final = (
    "The journal of this machine holds every job with its answers. Without an action the jobs "
    "are listed. Nothing here asks the service; %parallel_attach in a notebook does."
)
_EXPORT: Final = (
    "Write the answers of a job beside its inputs. The ending of the file says its form: .xlsx, "
    ".docx and .html are reports with sources and method, the others hold the table. In "
    "CSV, lists are JSON text, and a text that a spreadsheet would run as a formula has an "
    "apostrophe before it. Parquet needs pyarrow or polars."
)
_COPY: Final = (
    "Copy all jobs with their answers from one journal into another; each is a file, or a "
    "PostgreSQL server as postgresql://HOST/DATABASE. What the target has stays. A copy that was "
    "cut off goes on when the command is given again."
)
_CLEAR: Final = (
    "Forget jobs with their inputs and answers: the same question is then asked, and paid, "
    "again. Answers that another job uses stay, and so do jobs that are not finished."
)


def add_commands(commands: Any, print_line: Print, print_error: Print) -> None:
    """Add `jobs` and `journal` with their actions to the commands.

    Args:
        commands: The subparsers of `parallel-nb`.
        print_line: Writes a line of results.
        print_error: Writes a line that is none.
    """
    listing_jobs = partial(_list_jobs, print_line=print_line, print_error=print_error)
    jobs = commands.add_parser(
        "jobs", help="list, show, export or clear the jobs of the journal", description=_JOBS
    )
    jobs.set_defaults(command=listing_jobs)
    actions = jobs.add_subparsers(metavar="ACTION")
    listing = actions.add_parser("list", help="all jobs, newest first")
    listing.add_argument("--all", action="store_true", help="those of others in a team's journal")
    listing.set_defaults(command=listing_jobs)
    show = actions.add_parser(
        "show",
        help="one job with its answers",
        description="One job with its answers, as the journal has them.",
    )
    show.add_argument("id", help="the id of the job or of its group")
    show.set_defaults(command=partial(_show_job, print_line=print_line))
    export = actions.add_parser(
        "export", help="write the answers of a job to a file", description=_EXPORT
    )
    export.add_argument("id", help="the id of the job or of its group")
    export.add_argument(
        "file",
        type=Path,
        help="a report (.xlsx, .docx, .html) or a table (.csv, .json, .jsonl, .parquet)",
    )
    export.add_argument("--basis", action="store_true", help="the evidence in place of the answers")
    export.add_argument(
        "--raw", action="store_true", help="CSV: leave texts that look like formulas as they are"
    )
    export.set_defaults(command=partial(_export_job, print_error=print_error))
    clear = actions.add_parser("clear", help="forget jobs and their answers", description=_CLEAR)
    which = clear.add_mutually_exclusive_group(required=True)
    which.add_argument("id", nargs="?", help="the id of the job or of its group")
    which.add_argument("--older-than", type=float, metavar="DAYS", help="unchanged for so long")
    which.add_argument("--all", action="store_true", help="every job")
    clear.add_argument(
        "--unfinished",
        action="store_true",
        help="also jobs that are not finished; what is under way is then lost",
    )
    clear.set_defaults(command=partial(_clear_jobs, print_error=print_error))

    journal = commands.add_parser("journal", help="copy a journal, as into that of a team")
    copying = journal.add_subparsers(metavar="ACTION", required=True).add_parser(
        "copy", help="copy all jobs from one journal into another", description=_COPY
    )
    copying.add_argument("source", help="a journal.sqlite3, or postgresql://...")
    copying.add_argument("target", help="the same")
    copying.set_defaults(
        command=partial(_copy_journal, print_line=print_line, print_error=print_error)
    )


def _list_jobs(args: argparse.Namespace, *, print_line: Print, print_error: Print) -> int:
    from parallel_nb.ask import jobs  # noqa: PLC0415 - each command loads its own

    listed: Any = jobs(everyone=getattr(args, "all", False))
    if listed.empty:
        print_error("No jobs yet. parallel-nb demo makes one.")
        return 0
    # Most jobs skip no row, and the room of a line is dear.
    skips = bool(listed["skipped"].any())
    numbered = ["rows", "answered", "failed", *["skipped"] * skips, "left", "cost"]
    rows = [["id", "state", *numbered, "started", "title"]]
    rows += [
        [
            job.group_id if isinstance(job.group_id, str) else job.id,
            job.state,
            f"{job.rows:,}",
            f"{job.answered:,}",
            f"{job.failed:,}",
            *[f"{job.skipped:,}"] * skips,
            f"{job.running + job.unsent:,}",
            _cost(job.cost),
            job.started.tz_convert(_local_zone()).strftime("%Y-%m-%d %H:%M"),
            " ".join(job.title.split()),
        ]
        for job in listed.itertuples()
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]) - 1)]
    numbers = range(2, 2 + len(numbered))
    for row in rows:
        cells = [
            f"{cell:>{width}}" if column in numbers else f"{cell:<{width}}"
            for column, (cell, width) in enumerate(zip(row, widths, strict=False))
        ]
        print_line("  ".join([*cells, row[-1]])[: _terminal_width()].rstrip())
    return 0


def _local_zone() -> dt.tzinfo | None:
    return dt.datetime.now().astimezone().tzinfo


def _terminal_width() -> int | None:
    """Characters of a line on a terminal; None where the output goes elsewhere, and is not cut."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def _cost(usd: float) -> str:
    return "unknown" if math.isnan(usd) else money(usd)


def _show_job(args: argparse.Namespace, *, print_line: Print) -> int:
    from parallel_nb.ask import jobs  # noqa: PLC0415 - each command loads its own
    from parallel_nb.job import archive  # noqa: PLC0415 - the same

    record = archive.find_job(args.id)
    listed: Any = jobs(everyone=True).set_index("id").loc[record.id]
    print_line(f"{record.title}\n  {record.group_id or '(not sent)'}, {record.id}")
    print_line(f"  {record.state}, {record.rows:,} rows, {record.processor}, {record.connection}")
    print_line(
        f"  {listed['answered']:,} answered, {listed['failed']:,} failed, "
        f"{listed['running']:,} under way, {listed['unsent']:,} not sent; "
        f"cost {_cost(listed['cost'])}"
        + (f", {_cost(listed['reserved'])} reserved" if listed["reserved"] else "")
    )
    if record.message:
        print_line(f"  {record.message}")
    frame = archive.read_answers(record)
    print_line("")
    print_line(
        frame.drop(columns=["run_id"], errors="ignore").to_string(max_colwidth=40, max_rows=60)
    )
    return 0


def _export_job(args: argparse.Namespace, *, print_error: Print) -> int:
    from parallel_nb.job import archive  # noqa: PLC0415 - each command loads its own

    rows = archive.export_job(args.id, args.file, basis=args.basis, raw=args.raw)
    print_error(f"{count(rows, 'row')} written to {args.file}")
    return 0


def _clear_jobs(args: argparse.Namespace, *, print_error: Print) -> int:
    from parallel_nb.job import archive  # noqa: PLC0415 - each command loads its own

    cleared = archive.clear_jobs(
        args.id,
        older_than=args.older_than,
        everything=args.all,
        unfinished=args.unfinished,
    )
    print_error(str(cleared))
    return 0


def _copy_journal(args: argparse.Namespace, *, print_line: Print, print_error: Print) -> int:
    from parallel_nb.job.journal import journal_at  # noqa: PLC0415 - each command loads its own
    from parallel_nb.job.journal.copying import copy_journal  # noqa: PLC0415 - the same

    source = journal_at(args.source, must_exist=True)
    target = journal_at(args.target)

    def tell(done: int, total: int) -> None:
        if done == total or done % 20 == 0:
            print_error(f"{done:,} of {count(total, 'job')}")

    copied = copy_journal(source, target, on_job=tell)
    print_line(f"{count(copied.jobs, 'job')} copied, {copied.known:,} were there already")
    return 0
