"""Numbers of things and of dollars, in the words of plans, limits and lists."""

from __future__ import annotations


def many(number: int, noun: str) -> str:
    """A number with its noun: 1 row, 2 rows."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def money(usd: float) -> str:
    """Cents, or more digits where cents would round the amount."""
    if 0 < usd < 0.1 and round(usd, 2) != usd:
        return f"${usd:.4f}".rstrip("0")
    return f"${usd:,.2f}"
