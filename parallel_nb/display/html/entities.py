"""Companies or people of an Entity Search: ranked, and said to be unverified."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from parallel_nb.api.findall import FINDALL_PRICES_AS_OF
from parallel_nb.display.html.escape import Html, clean, element, join, link, muted, root
from parallel_nb.formats import count, money

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parallel_nb.api.findall import Entity, EntitySearchResult

#: Entities that a static output shows; the rest is counted.
MOST_ENTITIES: Final = 50
_TEXT_ENTITIES: Final = 20
#: What nobody may overlook.
UNVERIFIED: Final = "ranked, not verified: pnb.find checks each against conditions"
_DESCRIPTION: Final = 240


class EntitiesLike(Protocol):
    """What the displays read; `parallel_nb.results.Entities` has it."""

    @property
    def objective(self) -> str:
        """The question."""

    @property
    def connection(self) -> str:
        """Where the answer comes from."""

    @property
    def response(self) -> EntitySearchResult:
        """The entities, best first."""

    @property
    def cost(self) -> float:
        """USD; 0 where nothing is billed."""


def _about(entities: EntitiesLike) -> list[str]:
    cost = f"{money(entities.cost)} at prices of {FINDALL_PRICES_AS_OF}" if entities.cost else ""
    number = count(len(entities.response.entities), "entity", "entities")
    return [clean(entities.connection, 120), number, *([cost] if cost else [])]


def html(entities: EntitiesLike) -> Html:
    """The entities as a table."""
    found: Sequence[Entity] = entities.response.entities
    rows = [
        element(
            "tr",
            element("th", clean(one.name, 120), scope="row", style="cell"),
            element("td", link(one.url, one.url) if one.url else None, style="cell"),
            element("td", clean(one.description, _DESCRIPTION), style="cell"),
        )
        for one in found[:MOST_ENTITIES]
    ]
    left = len(found) - len(rows)
    more = element("div", muted(join((f"and {left:,} more: ", element("code", "entities.df")))))
    return root(
        element(
            "div", element("strong", clean(entities.objective, 160)), " ", muted(*_about(entities))
        ),
        element("div", muted(UNVERIFIED)),
        element("div", element("table", element("tbody", *rows), style="table"), style="wide"),
        more if left > 0 else None,
    )


def text(entities: EntitiesLike) -> str:
    """The same in lines of plain text."""
    found = entities.response.entities
    lines = [
        clean(entities.objective, 160),
        f"  {' · '.join(_about(entities))}",
        f"  {UNVERIFIED}",
        *(f"  {clean(one.name, 120)}: {clean(one.url, 200)}" for one in found[:_TEXT_ENTITIES]),
    ]
    left = len(found) - _TEXT_ENTITIES
    return "\n".join([*lines, *([f"  and {left:,} more: entities.df"] if left > 0 else [])])
