"""`%parallel_documents`."""

from __future__ import annotations

from typing import Any

from IPython.core.magic import Magics, magics_class

from parallel_nb.api.errors import InputError
from parallel_nb.magics import namespace, shared_options


@magics_class
class DocumentsMagics(Magics):
    """List what was read of the connected folder."""

    @shared_options.magic_arguments()
    @shared_options.group(
        shared_options.into("the list"),
        shared_options.free_text("Nothing."),
    )
    @shared_options.no_var_expand
    @shared_options.line_magic
    def parallel_documents(self, line: str) -> Any:
        """List the files of the connected folder: what was read of each, and what was not.

        Examples::

            %parallel_documents
            %parallel_documents --into files

        The list is a DataFrame, with the reason for each file that was not read, or not whole.
        """
        args = shared_options.read_line(self.parallel_documents, line, namespace.variables(self))
        name = namespace.check_into(self, args.into)
        if args.text:
            raise InputError(
                "%parallel_documents takes no words.",
                "It lists the folder that is connected: %parallel_connect embedded --documents DIR",
            )
        from parallel_nb import lookups  # noqa: PLC0415 - %load_ext stays light

        listed = lookups.documents()
        return namespace.show_and_bind(self, name, listed)
