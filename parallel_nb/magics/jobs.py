"""`%parallel_jobs`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from IPython.core.magic import Magics, magics_class

from parallel_nb.api.errors import InputError
from parallel_nb.formats import count, did_you_mean
from parallel_nb.magics import namespace, shared_options
from parallel_nb.magics.line import split_words

if TYPE_CHECKING:
    import argparse

#: Each action with the number of words that follow it; for clear that is the most.
ACTIONS: Final = {"list": 0, "show": 1, "export": 2, "clear": 1}
#: The actions that take an option.
_ACTIONS_OF_OPTIONS: Final = {
    "older_than": ("clear",),
    "all": ("list", "clear"),
    "unfinished": ("clear",),
    "basis": ("show", "export"),
    "raw": ("export",),
}


@magics_class
class JobsMagics(Magics):
    """List, read, export and forget what was asked before."""

    @shared_options.magic_arguments()
    @shared_options.group(
        shared_options.into("the list, or what show reads,"),
        shared_options.argument(
            "--basis", action="store_true", help="show, export: the evidence, not the answers."
        ),
        shared_options.argument(
            "--raw",
            action="store_true",
            help="export to .csv: leave texts that look like formulas as they are.",
        ),
        shared_options.argument(
            "--older-than",
            type=shared_options.days,
            metavar="DAYS",
            help="clear: all jobs that have not changed for so long.",
        ),
        shared_options.argument(
            "--all",
            action="store_true",
            help="list: also those of others, in a team's journal; clear: every job of yours.",
        ),
        shared_options.argument(
            "--unfinished",
            action="store_true",
            help="clear: also jobs that are not finished; what is under way is then lost.",
        ),
        shared_options.free_text("Nothing, or: list, show ID, export ID FILE, clear ID."),
    )
    @shared_options.no_var_expand
    @shared_options.line_magic
    def parallel_jobs(self, line: str) -> Any:
        """List the jobs of the journal, newest first; show, export or clear them.

        Examples::

            %parallel_jobs
            recent = %parallel_jobs
            answers = %parallel_jobs show tgrp_0123456789abcdef
            %parallel_jobs export tgrp_0123456789abcdef profiles.xlsx
            %parallel_jobs export tgrp_0123456789abcdef profiles.csv
            %parallel_jobs export tgrp_0123456789abcdef sources.parquet --basis
            %parallel_jobs clear $group
            %parallel_jobs clear --older-than 90

        The list is a DataFrame; cost is what is billed for the job's own completed runs, so that
        failed rows and reused answers cost nothing. An ID is a group's or the job's own, as the
        list has them; `$group` stands for what the variable holds. A file ends with .csv, .json,
        .jsonl or .parquet. What is cleared is asked, and paid, again; a job that is not finished
        is kept. Nothing here asks the service: `%parallel_attach ID` takes a job up again.
        """
        variables = namespace.variables(self)
        args = shared_options.read_line(self.parallel_jobs, line, variables)
        name = namespace.check_into(self, args.into)
        action, words = _read_action(args, split_words(args.text, "%parallel_jobs", variables))
        value = _RUN[action](args, words)
        return namespace.show_and_bind(self, None if action in ("export", "clear") else name, value)


def _read_action(args: argparse.Namespace, words: list[str]) -> tuple[str, list[str]]:
    """The action and its words. Raises `InputError` where action, words and options do not fit."""
    action, *words = words or ["list"]
    if action not in ACTIONS:
        raise InputError(
            f"%parallel_jobs has no action {action!r}.",
            f"{did_you_mean(action, ACTIONS)}Use list, show ID, export ID FILE or clear ID. "
            "To take up a job again: %parallel_attach ID.",
        )
    for option, actions in _ACTIONS_OF_OPTIONS.items():
        if getattr(args, option) and action not in actions:
            raise InputError(
                f"%parallel_jobs {action} takes no --{option.replace('_', '-')}.",
                "%parallel_jobs? shows what each action takes.",
            )
    if len(words) > ACTIONS[action] or (action != "clear" and len(words) < ACTIONS[action]):
        takes = ("no more words", "one ID", "an ID and a FILE")[ACTIONS[action]]
        raise InputError(
            f"%parallel_jobs {action} takes {takes}.",
            "%parallel_jobs lists the ids; a FILE with blanks goes in quotes.",
        )
    return action, words


def _list(args: argparse.Namespace, _words: list[str]) -> Any:
    from parallel_nb import ask  # noqa: PLC0415 - %load_ext stays light

    return ask.jobs(everyone=args.all)


def _show(args: argparse.Namespace, words: list[str]) -> Any:
    from parallel_nb.job import archive  # noqa: PLC0415 - %load_ext stays light

    return archive.read_answers(archive.find_job(words[0]), basis=args.basis)


def _export(args: argparse.Namespace, words: list[str]) -> None:
    from parallel_nb.job import archive  # noqa: PLC0415 - %load_ext stays light

    path = Path(words[1]).expanduser()
    rows = archive.export_job(words[0], path, basis=args.basis, raw=args.raw)
    print(f"{count(rows, 'row')} written to {words[1]}")  # noqa: T201 - it has no value to show


def _clear(args: argparse.Namespace, words: list[str]) -> Any:
    from parallel_nb.job import archive  # noqa: PLC0415 - %load_ext stays light

    return archive.clear_jobs(
        words[0] if words else None,
        older_than=args.older_than,
        everything=args.all,
        unfinished=args.unfinished,
    )


_RUN: Final = {"list": _list, "show": _show, "export": _export, "clear": _clear}
