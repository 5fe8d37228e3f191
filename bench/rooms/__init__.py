"""Rooms of documents with questions and their answers, to measure the reader on.

Each module makes one kind: `companies` (profiles, accounts, letters of a data room), `contracts`
(leases and service agreements), `reports` (test reports), `pages` (running text, written by
hand), `papers` and `factbook` (the countries of the CIA World Factbook in three forms);
`portfolio`, `agreements` and `inspections` are a data room, contracts and technical reports of
another layout and vocabulary. The texts and questions were written before the reader was
changed. `KINDS` says what may be tuned on.

`written/` holds 24 folders of documents by nine examiners who had seen neither the reader nor the
finder, each with its questions beside it: harder than the made rooms. What they took part in:

- tuned on: `theatre`, `vineyards`, `mining`, `clinics`, `ferries`, `software`, `housing`, `laboratory`,
  `leases`, `software_due_diligence`, `startups`, `wind_farm`;
- the same, by their figures alone: `town_council`, `wiki_bridges`;
- the bounds of the confidence alone, after they had measured the first rounds of tuning:
  `schools`, `archaeology`, `festival_towns`, `institute`, `shipyard` (the finder was tuned on it),
  `acquisition`;
- nothing but figures: `brewery_group`, `mountain_pages`, `publisher`, `water_works`.

When first asked, on 2026-11-26, the reader gave 28 % of the answers of ferries, schools, software and
archaeology (high 20 of 31), and 34 % of those of the next six (99 of 288; high 45 of 48). After they
were tuned on it gave 44 % of those of the last ten (129 of 288 and 91 of 192; high 38 of 49 and 27 of
28, medium 79 of 135 and 49 of 87; null where nothing is said: 53 of 72 and 39 of 48). One more round
on six of these brought those from 129 to 176, and the four that stay from 91 to 89 (high 16 of 16,
medium 57 of 86, low 16 of 33; null: 43 of 48): rules learned from some rooms help there, and nearly
nowhere else. The bound of high is set by hand, from 0.93 to 0.92: 35 of 37 were right there in the six
rooms for bounds and the two whose figures alone were seen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bench.rooms import (
    agreements,
    companies,
    contracts,
    factbook,
    inspections,
    pages,
    papers,
    portfolio,
    reports,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.rooms.room import Room

#: Kinds that the reader and its confidence may be tuned on. `contracts`, `reports`, `pages` and the
#: factbook as HTML and as tables were untouched until their figures were reported once, in
#: November 2026; so were `portfolio` and `inspections`.
TUNED: Final[dict[str, Callable[[], Room]]] = {
    "companies": companies.make,
    "papers": papers.make,
    "contracts": contracts.make,
    "reports": reports.make,
    "pages": pages.make,
    "portfolio": portfolio.make,
    "inspections": inspections.make,
    "factbook-lines": lambda: factbook.make("lines"),
    "factbook-html": lambda: factbook.make("html"),
    "factbook-table": lambda: factbook.make("table"),
}
#: Kinds that nothing is ever tuned on; what is reported of unseen documents.
UNTOUCHED: Final[dict[str, Callable[[], Room]]] = {
    "agreements": agreements.make,
}
KINDS: Final = TUNED | UNTOUCHED
