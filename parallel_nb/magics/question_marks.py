"""Lets the line of a magic end with a question mark.

IPython reads a line that ends with one as a request for help on its last word, and would not
run the magic.
"""

from __future__ import annotations

import re
import tokenize
from typing import TYPE_CHECKING, Any, Final

from IPython.core.inputtransformer2 import (
    EscapedCommand,
    MagicAssign,
    TokenTransformBase,
    assemble_continued_line,
    find_end_of_continued_line,
)

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

# IPython's own, which carry no types.
_ASSIGNMENT: Final[Any] = MagicAssign
_ESCAPE: Final[Any] = EscapedCommand
#: A magic of ours, also behind another (`%time %parallel_search ...`), with a question.
_MAGIC: Final = re.compile(r"(?:%\w++\s[^?]*?)?%parallel_\w++\s++[^\s?]")
#: The same without its `%`. What follows is no operator, as IPython has it for automagic.
_AUTOMAGIC: Final = re.compile(r"(parallel_\w++)\s++(?![=!()<>,+*/%^&|.?])(?=\S)")


def make_transformer(shell: InteractiveShell) -> type[TokenTransformBase]:
    r"""Make the transformer that goes before IPython's help, for the magics of one shell.

    Like IPython's own it looks at tokens, so that a text in quotes stays what it is, and takes
    lines that `\` continues, assignments of any kind, and names without `%` (automagic).
    `%parallel_search?` is left to IPython. For `input_transformer_manager.token_transformers`.
    """

    class Question(TokenTransformBase):
        #: Before HelpEnd, which has 5.
        priority = 1

        def __init__(self, start: tuple[int, int], command: Any) -> None:
            self.start_line, self.start_col = start[0] - 1, start[1]  # lines count from 0 here
            self.command = command

        @classmethod
        def find(cls, tokens_by_line: list[list[tokenize.TokenInfo]]) -> Question | None:
            """Find the first line that ends with a question mark and begins as ours may."""
            for tokens in tokens_by_line:
                if len(tokens) < 3 or tokens[-2].string != "?":
                    continue
                words = [t for t in tokens if t.type not in {tokenize.INDENT, tokenize.DEDENT}]
                command = _ASSIGNMENT.find([words]) or _ESCAPE.find([words])
                if command is None and words[0].string.startswith("parallel_"):
                    command = _Automagic(shell, words[0].start)
                if command is not None:
                    return cls(words[0].start, command)
            return None

        def transform(self, lines: list[str]) -> list[str]:
            """Run the command. Raises SyntaxError, as IPython wants it, if it is none of ours."""
            command = self.command
            start = (command.start_line, command.start_col)
            line = assemble_continued_line(
                lines, start, find_end_of_continued_line(lines, command.start_line)
            )
            if not isinstance(command, _Automagic) and not _MAGIC.match(line):
                raise SyntaxError(line)
            transformed: list[str] = command.transform(lines)
            return transformed

    return Question


class _Automagic(TokenTransformBase):
    """A magic of ours without its `%`, where IPython would take it as one."""

    def __init__(self, shell: Any, start: tuple[int, int]) -> None:
        self.start_line, self.start_col = start[0] - 1, start[1]
        self.shell = shell

    def transform(self, lines: list[str]) -> list[str]:
        """Write the call. Raises SyntaxError if the name is no magic here."""
        end = find_end_of_continued_line(lines, self.start_line)
        line = assemble_continued_line(lines, (self.start_line, self.start_col), end)
        match = _AUTOMAGIC.match(line)
        if (
            match is None
            or not self.shell.automagic
            or self.shell.find_line_magic(match[1]) is None
            or match[1] in self.shell.user_ns
        ):
            raise SyntaxError(line)
        indent = lines[self.start_line][: self.start_col]
        call = f"{indent}get_ipython().run_line_magic({match[1]!r}, {line[match.end() :]!r})\n"
        return [*lines[: self.start_line], call, *lines[end + 1 :]]
