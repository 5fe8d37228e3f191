"""`%parallel_connect`."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from IPython.core.magic import Magics, magics_class

from parallel_nb.api.errors import InputError
from parallel_nb.formats import did_you_mean
from parallel_nb.magics import namespace, shared_options
from parallel_nb.magics.line import split_words

if TYPE_CHECKING:
    from collections.abc import Mapping

_KINDS: Final = ("hosted", "embedded")
_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]*\Z")
_KEY_LIKE = re.compile(r"--?(api[-_]?)?key(=|\s|$)", re.IGNORECASE)


@magics_class
class ConnectMagics(Magics):
    """Choose where requests go."""

    @shared_options.magic_arguments()
    @shared_options.group(
        shared_options.argument(
            "--documents",
            metavar="DIR",
            action="append",
            help="Embedded: the folder to ask; a file, a pattern or a DataFrame too, and several.",
        ),
        shared_options.argument(
            "--model", metavar="URL#NAME", help="Embedded: the language model that reads."
        ),
        shared_options.argument(
            "--model-key-from",
            metavar="VARIABLE",
            help="Embedded: the environment variable that holds the model's key.",
        ),
        shared_options.argument("--api", metavar="NAME", help="Hosted: v1, v1beta or alpha (v1)."),
        shared_options.argument("--base-url", metavar="URL", help="Hosted: another address."),
        shared_options.argument(
            "--key-from",
            metavar="VARIABLE",
            help="Hosted: the environment variable that holds the key (PARALLEL_API_KEY).",
        ),
        shared_options.free_text("hosted, embedded, or nothing: hosted if a key is found."),
    )
    @shared_options.no_var_expand
    @shared_options.line_magic
    def parallel_connect(self, line: str) -> Any:
        """Choose where questions go: the hosted service, or your own documents.

        Examples::

            %parallel_connect
            %parallel_connect embedded
            %parallel_connect embedded --documents dataroom/
            %parallel_connect embedded --documents leases/ --documents 'mails/*.eml'
            %parallel_connect embedded --documents pages
            %parallel_connect embedded --model http://localhost:11434/v1#qwen3:8b
            %parallel_connect hosted --key-from MY_KEY

        Without a word: hosted if a key is found, otherwise the embedded engine on the
        sample documents. `pages` may be a DataFrame whose rows are documents, with columns
        text, url, title and date. A key is never written on the line, where the notebook would
        keep it; it comes from the environment.
        """
        if _KEY_LIKE.search(line):
            raise InputError(
                "A key does not belong on this line: the notebook would keep it.",
                "Put it in the environment variable PARALLEL_API_KEY, or in another one and "
                "name that: --key-from VARIABLE.",
            )
        variables = namespace.variables(self)
        args = shared_options.read_line(self.parallel_connect, line, variables)
        words = split_words(args.text, "%parallel_connect", variables)
        if len(words) > 1 or (words and args.documents and words[0] not in _KINDS):
            # They are not repeated: one may be a key.
            raise InputError(
                "%parallel_connect takes one word, hosted or embedded, and others are left over.",
                "A value with blanks goes in quotes: --documents 'my documents'.",
            )
        key = _key_from(args.key_from)
        from parallel_nb.connection import connect  # noqa: PLC0415 - %load_ext stays light

        return connect(
            words[0] if words else None,
            api_key=key,
            base_url=args.base_url,
            documents=args.documents and [_source(word, variables) for word in args.documents],
            api=args.api,
            model=args.model,
            model_key_from=args.model_key_from,
        )


def _source(word: str, variables: Mapping[str, Any]) -> Any:
    """What a word among the documents means: a table of that name, if there is no such path."""
    if not word.isidentifier() or word not in variables or Path(word).exists():
        return word
    from parallel_nb.tables.source import is_frame  # noqa: PLC0415 - %load_ext stays light

    return variables[word] if is_frame(variables[word]) else word


def _key_from(variable: str | None) -> str | None:
    if variable is None:
        return None
    if key := os.environ.get(variable):
        return key
    if not _VARIABLE.match(variable):  # it may be the key itself: do not repeat it
        raise InputError(
            "--key-from takes the name of an environment variable that is set, not a key.",
            "For example: --key-from PARALLEL_API_KEY.",
        )
    raise InputError(
        f"The environment variable {variable} is not set.",
        f"{did_you_mean(variable, (name for name in os.environ if 'KEY' in name))}"
        "Set it before the kernel starts, or in a cell that you do not keep.",
    )
