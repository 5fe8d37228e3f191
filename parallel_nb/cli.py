"""`parallel-nb`: the demo, the engine as a server, the journal, the settings.

Quiet and exact: results go to stdout, all else to stderr, and an error names the next step.
Exit codes: 0 done, 1 it could not be done, 2 the command line is at fault, 130 interrupted.
"""

from __future__ import annotations

import argparse
import datetime as dt
import math
import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from parallel_nb import cli_class
from parallel_nb.api.errors import ParallelError
from parallel_nb.formats import count, did_you_mean, harmless_lines, money
from parallel_nb.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

DONE: Final = 0
FAILED: Final = 1
INTERRUPTED: Final = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: The words behind `parallel-nb`; those of the process if None.

    Returns:
        The exit code: `DONE`, `FAILED` or `INTERRUPTED`.

    Raises:
        SystemExit: The command line is at fault (exit code 2), or asked for help.

    Examples:
        >>> main(["jobs"])  # doctest: +SKIP
        0
    """
    parser = _parser()
    args = parser.parse_args(arguments)
    command: Callable[[argparse.Namespace], int] = args.command
    try:
        return command(args)
    except ParallelError as error:
        _print_error(f"parallel-nb: {error.message}")
        for line in error.remedy.splitlines():
            _print_error(f"  {line}")
        if error.explanation:
            _print_error(f"  More: {error.explanation}")
        return FAILED
    except KeyboardInterrupt:
        _print_error("parallel-nb: interrupted")
        return INTERRUPTED
    except BrokenPipeError:  # the reader has ended, as in `| head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE


class _Parser(argparse.ArgumentParser):
    """Says of an unknown option which was meant, and to which command it was given."""

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Parse as argparse does; what it knows nothing of ends the process."""
        known, unknown = super().parse_known_args(args, namespace)
        if unknown:
            word = unknown[0].partition("=")[0]
            meant = did_you_mean(word, self._option_string_actions)
            self.error(f"{word!r} is not known here. {meant}{self.prog} --help lists all.")
        return known, unknown


_SERVE: Final = (
    "Serve the API over a folder of documents until interrupted. When it starts, it forgets "
    "groups and runs that ended over 90 days ago; PARALLEL_NB_ENGINE_RETENTION_DAYS sets how "
    "long they are kept, and a month is added. What is under way is never forgotten."
)
_DOCUMENTS: Final = (
    "Read a folder as the embedded engine does, and list the files that were not read, or not "
    "whole, with the reason. What was read is kept, so that connecting to the folder is quick."
)
_LESSONS: Final = (
    "Copy the course: eight notebooks with exercises, and the documents that they use. A file "
    "that is there already is left as it is, so nothing that you have worked in is lost."
)
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


def _print_error(text: str) -> None:
    print(harmless_lines(text), file=sys.stderr)  # noqa: T201 - a command line prints


def _demo(args: argparse.Namespace) -> int:
    from parallel_nb.demo import run_demo  # noqa: PLC0415 - each command loads its own

    run_demo(args.notebook, _print, _print_error)
    return DONE


def _print(text: str = "") -> None:
    print(harmless_lines(text))  # noqa: T201 - a command line prints


def _add_jobs(commands: Any) -> None:
    jobs = commands.add_parser(
        "jobs", help="list, show, export or clear the jobs of the journal", description=_JOBS
    )
    jobs.set_defaults(command=_list_jobs)
    actions = jobs.add_subparsers(metavar="ACTION")
    listing = actions.add_parser("list", help="all jobs, newest first")
    listing.add_argument("--all", action="store_true", help="those of others in a team's journal")
    listing.set_defaults(command=_list_jobs)
    show = actions.add_parser(
        "show",
        help="one job with its answers",
        description="One job with its answers, as the journal has them.",
    )
    show.add_argument("id", help="the id of the job or of its group")
    show.set_defaults(command=_show_job)
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
    export.set_defaults(command=_export_job)
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
    clear.set_defaults(command=_clear_jobs)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="parallel-nb",
        description="Ask the web, or a folder of documents, and see where each answer came from.",
        epilog="parallel-nb COMMAND --help says more about one.",
    )
    parser.add_argument("--version", action="version", version=f"parallel-nb {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)

    demo = commands.add_parser(
        "demo", help="run the quickstart on the sample documents, and print what comes out"
    )
    demo.add_argument("--notebook", type=Path, metavar="FILE", help="another notebook to run")
    demo.set_defaults(command=_demo)

    serve = commands.add_parser(
        "serve", help="serve the API over a folder of documents", description=_SERVE
    )
    serve.add_argument(
        "--documents", nargs="+", metavar="DIR", help="the folder, or several (sample pages)"
    )
    serve.add_argument("--host", default="127.0.0.1", help="address to listen on (127.0.0.1)")
    serve.add_argument("--port", type=int, default=0, help="port; 0 finds a free one (0)")
    serve.add_argument(
        "--key-file",
        type=Path,
        metavar="FILE",
        help="file with the key that callers send (PARALLEL_NB_SERVE_KEY, else a new one)",
    )
    serve.add_argument("--data-dir", type=Path, metavar="DIR", help="where runs are kept")
    serve.add_argument(
        "--model",
        metavar="URL#NAME",
        help="language model that reads beside the rules, as http://localhost:11434/v1#qwen3:8b",
    )
    serve.add_argument(
        "--model-key-from", metavar="VARIABLE", help="environment variable with the model's key"
    )
    serve.add_argument(
        "--store",
        metavar="ADDRESS",
        help="postgresql://... that many engines share, each on a host of its own",
    )
    serve.add_argument(
        "--index",
        metavar="PLACE",
        help="folder or bucket where engines on one store put the index (beside the documents)",
    )
    serve.add_argument(
        "--log-format", choices=["text", "json"], default="text", help="of the log (text)"
    )
    cli_class.add_serve_arguments(serve)
    serve.set_defaults(command=_serve)
    cli_class.add_commands(commands, _print, _print_error)

    documents = commands.add_parser(
        "documents",
        help="list what is read of a folder of documents, and what is not",
        description=_DOCUMENTS,
    )
    documents.add_argument(
        "folder", nargs="+", metavar="DIR", help="the folder, or several folders and files"
    )
    documents.add_argument("--all", action="store_true", help="also the files that were read whole")
    documents.set_defaults(command=_list_documents)

    _add_jobs(commands)

    journal = commands.add_parser("journal", help="copy a journal, as into that of a team")
    copying = journal.add_subparsers(metavar="ACTION", required=True).add_parser(
        "copy", help="copy all jobs from one journal into another", description=_COPY
    )
    copying.add_argument("source", help="a journal.sqlite3, or postgresql://...")
    copying.add_argument("target", help="the same")
    copying.set_defaults(command=_copy_journal)
    lessons = commands.add_parser(
        "lessons", help="copy the course into a folder", description=_LESSONS
    )
    lessons.add_argument("folder", type=Path, metavar="DIR", help="the folder; made if need be")
    lessons.add_argument(
        "--solutions", action="store_true", help="also the notebooks with the solutions"
    )
    lessons.set_defaults(command=_copy_lessons)
    explain = commands.add_parser(
        "explain", help="what an error means and what to do, by the code that it names"
    )
    explain.add_argument("code", nargs="?", help="the code; without one, all are listed")
    explain.set_defaults(command=_explain)

    config = commands.add_parser("config", help="every setting, its value and its source")
    config.set_defaults(command=_config)
    return parser


# --- serve ------------------------------------------------------------------------------


def _serve(args: argparse.Namespace) -> int:
    from parallel_nb import settings  # noqa: PLC0415 - each command loads its own
    from parallel_nb.engine.keys import read_key  # noqa: PLC0415 - the same
    from parallel_nb.engine.serve import ServeOptions, serve  # noqa: PLC0415 - the same

    model = settings.current().chosen_model(args.model, args.model_key_from)
    documents = args.documents
    if documents and len(documents) == 1 and "://" in documents[0]:
        (documents,) = documents  # a bucket
    serve(
        documents=documents,
        host=args.host,
        port=args.port,
        api_key=read_key(args.key_file),
        data_dir=args.data_dir,
        options=ServeOptions(
            model=model,
            store=args.store,
            index=args.index,
            log_format=args.log_format,
            **cli_class.serve_options(args),
        ),
    )
    return DONE


def _list_documents(args: argparse.Namespace) -> int:
    from parallel_nb.connection.launcher import engine_documents  # noqa: PLC0415 - its own

    listed = engine_documents(args.folder)
    for line in listed:
        if args.all or line.status != "read":
            reason = f": {line.reason}" if line.reason else ""
            _print(f"{line.path}  {line.status}{reason}")
    not_read = sum(line.status == "not read" for line in listed)
    documents = count(len(listed) - not_read, "document")
    _print_error(f"{documents} read, {count(not_read, 'file')} not read")
    return DONE


# --- jobs -------------------------------------------------------------------------------


def _list_jobs(args: argparse.Namespace) -> int:
    from parallel_nb.ask import jobs  # noqa: PLC0415 - each command loads its own

    listed: Any = jobs(everyone=getattr(args, "all", False))
    if listed.empty:
        _print_error("No jobs yet. parallel-nb demo makes one.")
        return DONE
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
        _print("  ".join([*cells, row[-1]])[: _terminal_width()].rstrip())
    return DONE


def _local_zone() -> dt.tzinfo | None:
    return dt.datetime.now().astimezone().tzinfo


def _terminal_width() -> int | None:
    """Characters of a line on a terminal; None where the output goes elsewhere, and is not cut."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def _cost(usd: float) -> str:
    return "unknown" if math.isnan(usd) else money(usd)


def _show_job(args: argparse.Namespace) -> int:
    from parallel_nb.ask import jobs  # noqa: PLC0415 - each command loads its own
    from parallel_nb.job import archive  # noqa: PLC0415 - the same

    record = archive.find_job(args.id)
    listed: Any = jobs().set_index("id").loc[record.id]
    _print(f"{record.title}\n  {record.group_id or '(not sent)'}, {record.id}")
    _print(f"  {record.state}, {record.rows:,} rows, {record.processor}, {record.connection}")
    _print(
        f"  {listed['answered']:,} answered, {listed['failed']:,} failed, "
        f"{listed['running']:,} under way, {listed['unsent']:,} not sent; "
        f"cost {_cost(listed['cost'])}"
        + (f", {_cost(listed['reserved'])} reserved" if listed["reserved"] else "")
    )
    if record.message:
        _print(f"  {record.message}")
    frame = archive.read_answers(record)
    _print()
    _print(frame.drop(columns=["run_id"], errors="ignore").to_string(max_colwidth=40, max_rows=60))
    return DONE


def _export_job(args: argparse.Namespace) -> int:
    from parallel_nb.job import archive  # noqa: PLC0415 - each command loads its own

    rows = archive.export_job(args.id, args.file, basis=args.basis, raw=args.raw)
    _print_error(f"{count(rows, 'row')} written to {args.file}")
    return DONE


def _clear_jobs(args: argparse.Namespace) -> int:
    from parallel_nb.job import archive  # noqa: PLC0415 - each command loads its own

    cleared = archive.clear_jobs(
        args.id,
        older_than=args.older_than,
        everything=args.all,
        unfinished=args.unfinished,
    )
    _print_error(str(cleared))
    return DONE


def _copy_journal(args: argparse.Namespace) -> int:
    from parallel_nb.job.journal import journal_at  # noqa: PLC0415 - each command loads its own
    from parallel_nb.job.journal.copying import copy_journal  # noqa: PLC0415 - the same

    source = journal_at(args.source, must_exist=True)
    target = journal_at(args.target)

    def tell(done: int, total: int) -> None:
        if done == total or done % 20 == 0:
            _print_error(f"{done:,} of {count(total, 'job')}")

    copied = copy_journal(source, target, on_job=tell)
    _print(f"{count(copied.jobs, 'job')} copied, {copied.known:,} were there already")
    return DONE


def _copy_lessons(args: argparse.Namespace) -> int:
    from parallel_nb.lessons import LESSONS, copy_course  # noqa: PLC0415 - its own

    copied = copy_course(args.folder, solutions=args.solutions)
    for name, about in LESSONS.items():
        mark = "" if f"{name}.ipynb" in copied else " (left as it was)"
        _print(f"{args.folder / name}.ipynb  {about}{mark}")
    _print_error(f"{count(len(copied), 'file')} copied. Go on: jupyter lab {args.folder}")
    return DONE


def _explain(args: argparse.Namespace) -> int:
    from parallel_nb.explain import codes, explanation  # noqa: PLC0415 - each command loads its own

    if args.code is not None:
        _print(explanation(args.code).rstrip())
        return DONE
    listed = list(codes())
    width = max(len(code) for code, _ in listed)
    for code, title in listed:
        _print(f"{code:<{width}}  {title}")
    return DONE


def _config(_args: argparse.Namespace) -> int:
    from parallel_nb import settings  # noqa: PLC0415 - each command loads its own
    from parallel_nb.client.credentials import find_key  # noqa: PLC0415 - the same

    rows = [(s.name, "" if s.value is None else s.shown, s.source) for s in settings.explain()]
    key = find_key()
    rows.append(("api_key", "(set, not shown)" if key else "", key.source if key else "not found"))
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    for name, value, source in rows:
        _print(f"{name:<{widths[0]}}  {value:<{widths[1]}}  {source}")
    return DONE


if __name__ == "__main__":
    sys.exit(main())
