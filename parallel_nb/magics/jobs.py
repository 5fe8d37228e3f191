"""`%parallel_jobs`."""

from __future__ import annotations

from typing import Any

from IPython.core.magic import Magics, magics_class

from parallel_nb.api.errors import InputError
from parallel_nb.magics import namespace, options


@magics_class
class JobsMagics(Magics):
    """List what was asked before."""

    @options.magic_arguments()
    @options.together(options.into("the list"))
    @options.no_var_expand
    @options.line_magic
    def parallel_jobs(self, line: str) -> Any:
        """List the jobs of the journal, newest first, as a DataFrame.

        Examples::

            %parallel_jobs
            recent = %parallel_jobs

        `%parallel_attach ID` takes one of them up again; on a terminal,
        `parallel-nb jobs` also shows, exports and clears them.
        """
        args = options.read_line(self.parallel_jobs, line)
        name = options.check_into(args.into)
        if args.text:
            raise InputError(
                f"%parallel_jobs takes no argument {args.text!r}.",
                "To take up a job again: %parallel_attach ID.",
            )
        from parallel_nb import ask  # noqa: PLC0415 - %load_ext stays light

        listed = ask.jobs()
        if name is None:
            return listed
        namespace.show_and_bind(self, name, listed)
        return None
