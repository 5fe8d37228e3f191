"""Countries by name, to tell a country from other names."""

from __future__ import annotations

from pathlib import Path
from typing import Final

COUNTRIES: Final = frozenset(
    (Path(__file__).parent / "countries.txt").read_text("utf-8").splitlines()
)


def is_country(name: str) -> bool:
    """True for the common English name of a country."""
    return name.strip().removeprefix("the ").removeprefix("The ") in COUNTRIES
