"""`parallel-nb class` and `parallel-nb serve --class`: an engine for a class."""

from __future__ import annotations

import sys
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from parallel_nb.api.errors import InputError
from parallel_nb.formats import count, did_you_mean

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    Print = Callable[[str], None]

_NEW: Final = (
    "Give students tokens, and write them into a class file: a CSV file with a line a student, "
    "student,token. A file that is there keeps its students and their tokens. Give each student "
    "the token of their line, and nobody the file."
)
_USAGE: Final = (
    "Who of a class has asked what, and how much, from the data of the class server, which may "
    "run or not. The same stands on its page /class."
)
_QUESTION_CHARS: Final = 60


def add_serve_arguments(serve: argparse.ArgumentParser) -> None:
    """Add to `serve` what a class needs."""
    serve.add_argument(
        "--class",
        dest="class_file",
        type=Path,
        metavar="FILE",
        help="class file: its students may ask too, each with a token (see class new)",
    )
    serve.add_argument(
        "--rows-per-hour", type=int, metavar="N", help="rows that a student may ask an hour (1000)"
    )
    serve.add_argument(
        "--requests-per-minute",
        type=int,
        metavar="N",
        help="requests that a student may send a minute (600)",
    )


def serve_options(args: argparse.Namespace) -> dict[str, Any]:
    """What of the arguments of `serve` is about a class.

    Returns:
        Values for `ServeOptions`.

    Raises:
        InputError: a quota is below 1, or there is no class that it could be for.
    """
    from parallel_nb.engine.http.classroom import ClassLimits  # noqa: PLC0415 - loads its own

    given = {
        name: value
        for name in ("rows_per_hour", "requests_per_minute")
        if (value := getattr(args, name)) is not None
    }
    for name, value in given.items():
        option = f"--{name.replace('_', '-')}"
        if args.class_file is None:
            raise InputError(f"{option} is for a class.", "Pass --class FILE as well.")
        if value < 1:
            raise InputError(f"{option} {value} is below 1.", "Give 1 or more.")
    return {"class_file": args.class_file, "limits": ClassLimits(**given)}


def add_commands(commands: Any, print_line: Print, print_error: Print) -> None:
    """Add `class` with its actions to the commands.

    Args:
        commands: the subparsers of `parallel-nb`.
        print_line: writes a line of results.
        print_error: writes a line that is none.
    """
    group = commands.add_parser("class", help="the students of a class server, and what they ask")
    actions = group.add_subparsers(metavar="ACTION", required=True)
    new = actions.add_parser("new", help="give students tokens", description=_NEW)
    new.add_argument("file", type=Path, help="the class file, as students.csv")
    new.add_argument(
        "names", nargs="*", metavar="NAME", help="a student; in quotes if of two words"
    )
    new.add_argument(
        "--names-from", metavar="FILE", help="text file with a name a line; - for the input"
    )
    new.set_defaults(command=partial(_add_students, print_error=print_error))
    usage = actions.add_parser("usage", help="who asked what and how much", description=_USAGE)
    usage.add_argument(
        "--documents", nargs="+", metavar="DIR", help="those of the class server (sample pages)"
    )
    usage.add_argument("--data-dir", type=Path, metavar="DIR", help="that of the class server")
    usage.add_argument("--store", metavar="ADDRESS", help="that of many engines, if it is there")
    usage.add_argument(
        "--class", dest="class_file", type=Path, metavar="FILE", help="list all students of a class"
    )
    usage.add_argument("--student", metavar="NAME", help="what one student has asked")
    usage.set_defaults(command=partial(_show_usage, print_line=print_line))


def _add_students(args: argparse.Namespace, *, print_error: Print) -> int:
    from parallel_nb.engine.roster import add_students  # noqa: PLC0415 - loads its own

    names = [*args.names, *_names_from(args.names_from)]
    if not names:
        raise InputError(
            "No names were given.", "Write them behind the file, or --names-from FILE."
        )
    added = add_students(args.file, names)
    print_error(
        f"{count(len(added), 'student')} added to {args.file}. Give each the token of their line, "
        "and nobody the file."
    )
    return 0


def _names_from(place: str | None) -> list[str]:
    if place is None:
        return []
    try:
        text = sys.stdin.read() if place == "-" else Path(place).read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no text in UTF-8"
        raise InputError(f"The names in {place} cannot be read: {reason}.") from error
    return [line.strip() for line in text.splitlines() if line.strip()]


def _show_usage(args: argparse.Namespace, *, print_line: Print) -> int:
    from parallel_nb.engine.roster import read_students  # noqa: PLC0415 - loads its own
    from parallel_nb.engine.serve import store_of  # noqa: PLC0415 - the same
    from parallel_nb.engine.store.usage import (  # noqa: PLC0415 - the same
        StudentUsage,
        read_usage,
        usage_of,
    )

    if args.store is not None:
        from parallel_nb.engine.many import open_server  # noqa: PLC0415 - the same

        found, asked = usage_of(open_server(args.store, lease=1.0))
    else:
        found, asked = read_usage(store_of(args.documents, args.data_dir))
    names = [each.name for each in read_students(args.class_file)] if args.class_file else []
    if args.student is not None:
        if args.student not in found:
            nobody = "" if found else "Nobody has asked anything. "
            raise InputError(
                f"{args.student} has asked nothing here.",
                f"{nobody}{did_you_mean(args.student, found)}"
                "Without --student, all who have asked are listed.",
            )
        for each in asked:
            if each.student == args.student:
                rows = f"{each.rows:,}" if each.rows else ""
                print_line(f"{_moment(each.moment)}  {each.kind:<8}  {rows:>6}  {each.question}")
        return 0
    lines = [found.get(name) or StudentUsage(name) for name in dict.fromkeys([*names, *found])]
    columns = ["rows", "answered", "active", "failed", "searches", "extracts"]
    table = [["student", *columns, "last asked", "last question"]]
    for line in lines:
        last = next((each.question for each in asked if each.student == line.student), "")
        numbers = [f"{getattr(line, name):,}" for name in columns]
        table.append([line.student, *numbers, _moment(line.last), last[:_QUESTION_CHARS]])
    widths = [max(len(row[column]) for row in table) for column in range(len(table[0]) - 1)]
    for row in table:
        cells = [
            f"{cell:>{width}}" if 1 <= column <= len(columns) else f"{cell:<{width}}"
            for column, (cell, width) in enumerate(zip(row, widths, strict=False))
        ]
        print_line("  ".join([*cells, row[-1]]).rstrip())
    return 0


def _moment(moment: str) -> str:
    return f"{datetime.fromisoformat(moment).astimezone():%Y-%m-%d %H:%M}" if moment else ""
