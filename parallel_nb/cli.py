"""`parallel-nb`: the demo, the engine as a server, the journal, the settings.

Quiet and exact: results go to stdout, all else to stderr, and an error names the next step.
Exit codes: 0 done, 1 it could not be done, 2 the command line is at fault, 130 interrupted.
"""

from __future__ import annotations

import argparse
import os
import sys
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from parallel_nb.api.errors import InputError, ParallelError
from parallel_nb.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd

    from parallel_nb.jobs.journal import JobRecord, Journal

DONE: Final = 0
FAILED: Final = 1
INTERRUPTED: Final = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    parser = _parser()
    args = parser.parse_args(arguments)
    command: Callable[[argparse.Namespace], int] = args.command
    try:
        return command(args)
    except ParallelError as error:
        _say(f"parallel-nb: {error.message}")
        for line in error.remedy.splitlines():
            _say(f"  {line}")
        return FAILED
    except KeyboardInterrupt:
        _say("parallel-nb: interrupted")
        return INTERRUPTED
    except BrokenPipeError:  # `| head` has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE


def _say(text: str) -> None:
    print(text, file=sys.stderr)  # noqa: T201 - a command line speaks


def _demo(args: argparse.Namespace) -> int:
    from parallel_nb.demo import run_demo  # noqa: PLC0415 - each command loads its own

    run_demo(args.notebook, _print, _say)
    return DONE


def _print(text: str = "") -> None:
    print(text)  # noqa: T201 - a command line speaks


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
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

    serve = commands.add_parser("serve", help="serve the API over a folder of documents")
    serve.add_argument("--documents", type=Path, metavar="DIR", help="the folder (sample pages)")
    serve.add_argument("--host", default="127.0.0.1", help="address to listen on (127.0.0.1)")
    serve.add_argument("--port", type=int, default=0, help="port; 0 finds a free one (0)")
    serve.add_argument("--api-key", metavar="KEY", help="the key that callers send (a new one)")
    serve.add_argument("--data-dir", type=Path, metavar="DIR", help="where runs are kept")
    serve.set_defaults(command=_serve)

    jobs = commands.add_parser("jobs", help="list, show, export or clear the jobs of the journal")
    jobs.set_defaults(command=_list_jobs)
    actions = jobs.add_subparsers(metavar="ACTION")
    listing = actions.add_parser("list", help="all jobs, newest first")
    listing.set_defaults(command=_list_jobs)
    show = actions.add_parser("show", help="one job with its answers")
    show.add_argument("id", help="the id of the job or of its group")
    show.set_defaults(command=_show_job)
    export = actions.add_parser("export", help="write the answers of a job to a file")
    export.add_argument("id", help="the id of the job or of its group")
    export.add_argument("file", type=Path, help="a .csv, .json, .jsonl or .parquet file")
    export.add_argument("--basis", action="store_true", help="the evidence in place of the answers")
    export.set_defaults(command=_export_job)
    clear = actions.add_parser("clear", help="forget jobs and their answers")
    which = clear.add_mutually_exclusive_group(required=True)
    which.add_argument("id", nargs="?", help="the id of the job or of its group")
    which.add_argument("--older-than", type=float, metavar="DAYS", help="unchanged for so long")
    which.add_argument("--all", action="store_true", help="every job")
    clear.set_defaults(command=_clear_jobs)

    config = commands.add_parser("config", help="every setting, its value and its source")
    config.set_defaults(command=_config)
    return parser


# --- serve ------------------------------------------------------------------------------


def _serve(args: argparse.Namespace) -> int:
    from parallel_nb.embedded.serve import serve  # noqa: PLC0415 - each command loads its own

    serve(
        documents=args.documents,
        host=args.host,
        port=args.port,
        api_key=args.api_key,
        data_dir=args.data_dir,
    )
    return DONE


# --- jobs -------------------------------------------------------------------------------


def _list_jobs(_args: argparse.Namespace) -> int:
    from parallel_nb.ask import jobs  # noqa: PLC0415 - each command loads its own

    listed = jobs()
    if listed.empty:
        _say("No jobs yet. parallel-nb demo makes one.")
    else:
        _print(listed.to_string(index=False, max_colwidth=40))
    return DONE


def _show_job(args: argparse.Namespace) -> int:
    record = _find_job(args.id)
    _print(f"{record.title}\n  {record.group_id or '(not sent)'}, {record.id}")
    _print(f"  {record.state}, {record.rows:,} rows, {record.processor}, {record.connection}")
    if record.message:
        _print(f"  {record.message}")
    frame, _ = _read_answers(record)
    _print()
    _print(frame.drop(columns=["run_id"]).to_string(max_colwidth=40, max_rows=60))
    return DONE


def _export_job(args: argparse.Namespace) -> int:
    suffix = args.file.suffix.lower()
    if suffix not in _WRITERS:
        raise InputError(
            f"{args.file}: {suffix or 'no ending'} is not a form that can be written.",
            f"Use one of {', '.join(_WRITERS)}.",
        )
    record = _find_job(args.id)
    frame, basis = _read_answers(record)
    written = basis if args.basis else frame
    try:
        _WRITERS[suffix](written, args.file)
    except (OSError, ImportError) as error:
        raise InputError(
            f"{args.file} cannot be written: {error}.", "Name another file."
        ) from error
    _say(f"{len(written):,} rows written to {args.file}")
    return DONE


_WRITERS: Final[dict[str, Callable[[pd.DataFrame, Path], None]]] = {
    ".csv": lambda frame, path: frame.to_csv(path, index=False),
    ".json": lambda frame, path: frame.to_json(path, orient="records", date_format="iso", indent=1),
    ".jsonl": lambda frame, path: frame.to_json(
        path, orient="records", date_format="iso", lines=True
    ),
    ".parquet": lambda frame, path: frame.to_parquet(path, index=False),
}


def _clear_jobs(args: argparse.Namespace) -> int:
    journal = _journal()
    if args.id:
        journal.delete_job(_find_job(args.id).id)
        cleared = 1
    else:
        if args.older_than is not None and args.older_than < 0:
            raise InputError("--older-than is negative.", "Give a number of days.")
        cleared = journal.prune(0 if args.all else args.older_than)
    _say(f"{cleared:,} job{'' if cleared == 1 else 's'} forgotten")
    return DONE


def _journal() -> Journal:
    from parallel_nb import settings  # noqa: PLC0415 - each command loads its own
    from parallel_nb.jobs.journal import open_journal  # noqa: PLC0415 - the same

    return open_journal(settings.current().home)


def _find_job(name: str) -> JobRecord:
    """The job with this id, or with this id of its group."""
    journal = _journal()
    found = journal.job(name) or journal.job_of_group(name)
    if found is not None:
        return found
    known = [n for job in journal.jobs() for n in (job.id, job.group_id) if n]
    near = get_close_matches(name, known, n=1)
    hint = f"Did you mean {near[0]}? " if near else ""
    raise InputError(f"The journal has no job {name!r}.", f"{hint}parallel-nb jobs lists them all.")


def _read_answers(record: JobRecord) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The answers of a job and their evidence, as the journal has them; asks nobody."""
    import json  # noqa: PLC0415 - each command loads its own

    from parallel_nb.api.specs import read_output  # noqa: PLC0415 - the same
    from parallel_nb.api.types import TaskSpec  # noqa: PLC0415 - the same
    from parallel_nb.jobs.inputs import infer_fields, source_of_inputs  # noqa: PLC0415 - the same
    from parallel_nb.jobs.start import find_answers  # noqa: PLC0415 - the same
    from parallel_nb.tables import RowAnswer, basis_frame, build_frame  # noqa: PLC0415 - the same

    journal = _journal()
    rows = list(journal.answers(record.id))
    if record.spec is None:
        fields = infer_fields(row.output for row in rows if row.output is not None)
    else:
        spec = msgspec.json.decode(record.spec, type=TaskSpec)
        fields = read_output(spec.output_schema).fields
    found = find_answers([row.run_id for row in rows if row.run_id])
    answers = [
        found.get(row.run_id or "", RowAnswer(row.key, row.run_id, row.state or "unsent"))
        for row in rows
    ]
    layout = json.loads(record.layout) if record.layout else range(len(answers))
    skipped = RowAnswer("", None, "skipped")
    answers = [answers[position] if position >= 0 else skipped for position in layout]
    names = [field.name for field in fields] or ["output"]
    source = source_of_inputs(list(journal.all_inputs(record.id)), list(layout), names)
    frame = build_frame(source, fields, answers)
    return frame, basis_frame(source.index, fields, answers)


def _config(_args: argparse.Namespace) -> int:
    from parallel_nb import settings  # noqa: PLC0415 - each command loads its own
    from parallel_nb.client.credentials import find_key  # noqa: PLC0415 - the same

    rows = [(s.name, "" if s.value is None else str(s.value), s.source) for s in settings.explain()]
    key = find_key()
    rows.append(("api_key", "(set, not shown)" if key else "", key.source if key else "not found"))
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    for name, value, source in rows:
        _print(f"{name:<{widths[0]}}  {value:<{widths[1]}}  {source}")
    return DONE


if __name__ == "__main__":
    sys.exit(main())
