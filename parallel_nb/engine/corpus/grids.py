"""Grids of cells, of sheets, documents and pages: which row is their head."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

_LONGEST_HEAD: Final = 80
_YEAR = re.compile(r"(?:FY|H[12]|Q[1-4])? ?(?:19|20)[0-9]{2}[A-Za-z]?\Z")


def has_head(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first row names the columns below it.

    It does when it has a name for two columns or more, each another, and when the rows below are
    of another kind: figures, or three columns and more. Years are names too.

    Examples:
        >>> has_head([["Site", "Rent"], ["Tilburg", "5"]])
        True
        >>> has_head([["Name", "Acme"], ["City", "Tilburg"]])
        False
    """
    if len(rows) < 2:
        return False
    first = [cell.strip() for cell in rows[0]]
    names = [cell for cell in first if cell]
    if len(names) < max(2, len(first) - 1) or len(set(names)) < len(names):
        return False
    if names[0].endswith(":") or not all(map(_is_name, names)):
        return False
    if len(first) > 2:
        return True
    below = [cell for row in rows[1:] for cell in row[1:] if cell.strip()]
    return bool(below) and sum(map(_is_figure, below)) >= len(below) / 2


def _is_name(text: str) -> bool:
    return len(text) <= _LONGEST_HEAD and (not _is_figure(text) or bool(_YEAR.match(text)))


def _is_figure(text: str) -> bool:
    """A figure, a date or an amount: as many digits as letters, or more."""
    digits = sum(map(str.isdigit, text))
    return digits > 0 and digits >= sum(map(str.isalpha, text))
