r"""The prompt language: literal text with `{{column}}` in it, an exact column name.

Nothing else is special: single braces, JSON and `$` stand for themselves, and what a cell
holds is never read as a prompt. `\{{` writes two literal braces.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import repeat
from typing import TYPE_CHECKING

from parallel_nb.tables.source import unknown_column
from parallel_nb.tables.values import replace_surrogates, text_value

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_PLACE = re.compile(r"\\\{\{|\{\{([^{}\n]+)\}\}")


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt taken apart: text and column names in turn, text first and last."""

    texts: tuple[str, ...]
    columns: tuple[str, ...]

    @property
    def literal(self) -> str:
        """The prompt of a spec: the text, where no column is named."""
        return "".join(self.texts).strip()

    @property
    def names(self) -> tuple[str, ...]:
        """The columns that the prompt names, each once, in order."""
        return tuple(dict.fromkeys(self.columns))

    def render(self, row: Mapping[str, object]) -> str:
        """Write one row's question; `row` has every column of `names`."""
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
        made = [one.strip() for one in map("".join, zip(*parts, strict=False))]
        try:
            "".join(made).encode()
        except UnicodeEncodeError:  # somewhere is a lone surrogate
            return [replace_surrogates(text) for text in made]
        return made


def parse_prompt(text: str, columns: Sequence[str]) -> Prompt:
    """Take a prompt apart.

    Raises `InputError` that names the nearest column when a `{{name}}` is none of `columns`.
    """
    texts: list[str] = []
    names: list[str] = []
    pending = ""
    end = 0
    for match in _PLACE.finditer(text):
        pending += text[end : match.start()]
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
    texts.append(pending + text[end:])
    return Prompt(tuple(texts), tuple(names))
