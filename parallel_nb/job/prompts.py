r"""The prompt language: literal text with `{{column}}` in it, an exact column name.

Nothing else is special: JSON, other braces and `$` stand for themselves, and what a cell holds
is never read as a prompt. `\{{` writes two literal braces, `\{column}` one around the name of a
column: without the backslash both are errors, since a value seems to be meant.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import repeat
from typing import TYPE_CHECKING, Final

from parallel_nb.api.arguments import encode_json
from parallel_nb.api.errors import InputError
from parallel_nb.formats import shorten
from parallel_nb.tables.source import unknown_column
from parallel_nb.tables.values import replace_surrogates, text_value

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_PLACEHOLDER = re.compile(r"\\\{\{|\{\{([^{}\n]+)\}\}")
#: Characters of a prompt in a message.
_SHOWN: Final = 40
_BRACED = re.compile(r"(\\?)\{([^{}\n]+)\}")


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt taken apart: text and column names in turn, text first and last."""

    texts: tuple[str, ...]
    columns: tuple[str, ...]

    @property
    def literal(self) -> str:
        """The text of a prompt that names no column."""
        return "".join(self.texts).strip()

    @property
    def names(self) -> tuple[str, ...]:
        """The columns that the prompt names, each once, in order."""
        return tuple(dict.fromkeys(self.columns))

    def render(self, row: Mapping[str, object]) -> str:
        """Write one row's question; `row` has the cell of every column of `names`."""
        parts = [self.texts[0]]
        for column, text in zip(self.columns, self.texts[1:], strict=True):
            parts += [text_value(row[column]), text]
        return replace_surrogates("".join(parts).strip())

    def render_texts(self, columns: Sequence[Sequence[str]]) -> list[str]:
        """Write all questions at once; `columns` are the cells of `self.columns`, all texts."""
        first, *rest = self.texts
        parts: list[Iterable[str]] = [repeat(first)]
        for cells, text in zip(columns, rest, strict=True):
            parts += (cells, repeat(text))
        prompts = [prompt.strip() for prompt in map("".join, zip(*parts, strict=False))]
        try:
            "".join(prompts).encode()
        except UnicodeEncodeError:  # somewhere is a lone surrogate
            return [replace_surrogates(prompt) for prompt in prompts]
        return prompts


def check_prompt(prompt: object) -> str:
    """The prompt itself. Raises `InputError` when it is no text, or one that cannot be sent."""
    if isinstance(prompt, str):
        text = str.__str__(prompt)  # of NumPy, which JSON has not
        encode_json("The prompt", text)
        return text
    raise InputError(
        f"The prompt is of type {type(prompt).__name__}.",
        "Write it as text, for example: Who leads {{name}}?",
    )


def parse_prompt(text: str, columns: Sequence[str]) -> Prompt:
    """Take a prompt apart.

    Args:
        text: The prompt, with `{{column}}` for the cells of a row.
        columns: The names of the columns that it may name.

    Raises:
        InputError: It is no text; or a `{{name}}` is no column, with the nearest that is; or a
            column stands in single braces, or braces are not closed: all these would be sent
            as they are.
    """
    text = check_prompt(text)
    texts: list[str] = []
    names: list[str] = []
    pending = ""
    end = 0
    for match in _PLACEHOLDER.finditer(text):
        pending += _literal(text[end : match.start()], columns)
        end = match.end()
        inner = match[1]
        if inner is None:
            pending += "{{"
            continue
        name = inner if inner in columns else inner.strip()
        if name not in columns:
            raise unknown_column(name, columns)
        texts.append(pending)
        names.append(name)
        pending = ""
    texts.append(pending + _literal(text[end:], columns))
    return Prompt(tuple(texts), tuple(names))


def _literal(text: str, columns: Sequence[str]) -> str:
    r"""The text between placeholders as it is sent: `\{` before a column's name is a brace.

    Raises `InputError` when a column is in single braces, or two braces name none.
    """

    def literal_of(match: re.Match[str]) -> str:
        name = match[2].strip()
        if name not in columns:
            return match[0]
        if not match[1]:
            raise InputError(
                f"{match[0]} in the prompt is text, but {name!r} is a column.",
                f"Write {{{{{name}}}}} for the row's value; \\{{{name}}} stands for the braces "
                "themselves.",
            )
        return match[0][1:]

    start = text.find("{{") if columns else -1
    literal = _BRACED.sub(literal_of, text)
    if start >= 0:
        raise InputError(
            f"{shorten(text[start:], _SHOWN)!r} in the prompt begins with two braces and names no "
            "column.",
            "Write {{column}} on one line, with two braces on either side; \\{{ stands for the "
            "braces themselves.",
        )
    return literal
