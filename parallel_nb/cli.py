"""`parallel-nb`: the demo, the engine as a server, the journal, the settings.

Quiet and exact: results go to stdout, all else to stderr, and an error names the next step.
Exit codes: 0 done, 1 it could not be done, 2 the command line is at fault, 130 interrupted.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from parallel_nb import cli_class, cli_jobs
from parallel_nb.api.errors import ParallelError
from parallel_nb.formats import count, did_you_mean, harmless_lines
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


def _print_error(text: str) -> None:
    print(harmless_lines(text), file=sys.stderr)  # noqa: T201 - a command line prints


def _demo(args: argparse.Namespace) -> int:
    from parallel_nb.demo import run_demo  # noqa: PLC0415 - each command loads its own

    run_demo(args.notebook, _print, _print_error)
    return DONE


def _print(text: str = "") -> None:
    print(harmless_lines(text))  # noqa: T201 - a command line prints


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

    cli_jobs.add_commands(commands, _print, _print_error)
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


# --- lessons, explanations, settings -------------------------------------------------------


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
