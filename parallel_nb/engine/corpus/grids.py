"""Grids of cells, of sheets, documents and pages: which row is their head."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

_LONGEST_HEAD: Final = 80
#: Currencies before an amount. Other capitals before a number are a name: `ISO 9001`, `TOP 10`.
_CURRENCIES: Final = """
    AED ARS AUD BDT BGN BHD BRL CAD CHF CLP CNH CNY COP CZK DEM DKK DZD EGP EUR FRF GBP GEL GHS
    HKD HUF IDR ILS INR ISK ITL JOD JPY KES KRW KWD KZT LBP LKR MAD MXN MYR NGN NLG NOK NZD OMR
    PEN PHP PKR PLN QAR RMB RON RSD RUB SAR SEK SGD THB TND TRY TWD TZS UAH UGX USD UYU VND XAF
    XOF ZAR ZMW
"""
#: A figure, a date or an amount, and a year as the name of a column.
_FIGURE = re.compile(rf"\W{{0,3}}(?:(?:{'|'.join(_CURRENCIES.split())}) ?)?\W{{0,3}}[0-9]")
_YEAR = re.compile(r"(?:19|20)[0-9]{2}(?![0-9]|[-./,][0-9])")

#: A figure with a word behind it, which names a column unless the cells below it are such too.
_COUNTED = re.compile(r"[0-9][0-9.,]{0,9}(?:st|nd|rd|th)?[ -]?[A-Za-z]{3}")
#: How many rows below a head are looked at.
_LOOKED_AT: Final = 5


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
    if len(rows) < 2 or not names_columns(rows[0], rows[1:]):
        return False
    first = rows[0]
    if len(first) > 2:
        return True
    below = [cell for row in rows[1:] for cell in row[1:] if cell.strip()]
    return bool(below) and sum(map(_is_figure, below)) >= len(below) / 2


def squared(rows: Sequence[Sequence[str]]) -> list[list[str]]:
    """Rows that are as long as the longest, with empty cells at their ends."""
    width = max(map(len, rows), default=0)
    return [[*row, *[""] * (width - len(row))] for row in rows]


def names_columns(row: Sequence[str], below: Sequence[Sequence[str]] = ()) -> bool:
    """Whether each cell of a row may be the name of its column, but one at most without any.

    Examples:
        >>> names_columns(["Fund", "1 year", "3 years"], [["Elm", "+4.1%", "+9.0%"]])
        True
        >>> names_columns(["Elm", "29 drums", "Linz"], [["Oak", "30 boxes", "Graz"]])
        False
    """
    names = [cell.strip() for cell in row if cell.strip()]
    if len(names) < max(2, len(row) - 1) or len(set(names)) < len(names):
        return False
    if names[0].endswith(":"):
        return False
    following = below[:_LOOKED_AT]
    columns = (
        [r[number].strip() for r in following if number < len(r)] for number in range(len(row))
    )
    return all(
        not cell.strip() or _is_name(cell.strip()) or _is_counted_name(cell.strip(), column)
        for cell, column in zip(row, columns, strict=True)
    ) and _is_name(names[0])


def _is_counted_name(text: str, below: Sequence[str]) -> bool:
    """True for `12 months` above cells of another kind."""
    is_short = len(text) <= _LONGEST_HEAD and bool(_COUNTED.match(text))
    return is_short and any(below) and not any(map(_COUNTED.match, below))


def _is_name(text: str) -> bool:
    return len(text) <= _LONGEST_HEAD and (not _is_figure(text) or bool(_YEAR.match(text)))


def _is_figure(text: str) -> bool:
    return _FIGURE.match(text) is not None
