"""`%parallel_attach`."""

from __future__ import annotations

from typing import Any

from IPython.core.magic import Magics, magics_class

from parallel_nb.api.errors import InputError
from parallel_nb.magics import namespace, shared_options
from parallel_nb.magics.line import split_words


@magics_class
class AttachMagics(Magics):
    """Take up a job again."""

    @shared_options.magic_arguments()
    @shared_options.group(
        shared_options.into("the DataFrame"),
        shared_options.background(),
        shared_options.free_text("The id of a group or a find, as %%parallel_jobs lists it."),
    )
    @shared_options.no_var_expand
    @shared_options.line_magic
    def parallel_attach(self, line: str) -> Any:
        """Take up a job or a find again: after an interrupt, a new kernel, or days later.

        Examples::

            %parallel_attach tgrp_0123456789abcdef
            %parallel_attach tgrp_0123456789abcdef --into profiles
            %parallel_attach findall_0123456789abcdef --into startups
            %parallel_attach $group
        """
        variables = namespace.variables(self)
        args = shared_options.read_line(self.parallel_attach, line, variables)
        namespace.check_into(self, args.into)
        words = split_words(args.text, "%parallel_attach", variables)
        if len(words) != 1:
            raise InputError(
                "%parallel_attach takes one id of a job or a find, such as tgrp_0123456789abcdef.",
                "%parallel_jobs lists the ids of your jobs.",
            )
        from parallel_nb import ask  # noqa: PLC0415 - %load_ext stays light

        job = ask.attach(words[0], wait=False)
        return namespace.bind_job(self, args.into, job, wait=not args.background)
