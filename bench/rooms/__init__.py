"""Rooms of documents with questions and their answers, to measure the reader on.

Each module makes one kind: `companies` (profiles, accounts, letters of a data room), `contracts`
(leases and service agreements), `reports` (test reports), `pages` (running text, written by
hand), `papers` and `factbook` (the countries of the CIA World Factbook in three forms);
`portfolio`, `agreements` and `inspections` are a data room, contracts and technical reports of
another layout and vocabulary. The texts and questions were written before the reader was
changed. `KINDS` says what may be tuned on.

`written/` holds fourteen folders of documents by five examiners who had seen neither the reader nor
the finder, each with its questions beside it: harder than the made rooms. What they took part in:

- tuned on: `theatre`, `vineyards`, `mining`, `clinics`, `ferries`, `software`, `housing`, `laboratory`;
- the bounds of the confidence alone, and the finder tuned on the first: `shipyard`, `acquisition`;
- nothing but figures: `schools`, `archaeology`, `festival_towns`, `institute`.

When first asked, on 2026-11-26, the reader gave 28 % of the answers of ferries, schools, software and
archaeology (high 20 of 31); later that day 34 % of those of the six last ones (99 of 288; high 45 of
48, medium 34 of 56, low 20 of 54; null where nothing is said: 63 of 72). The four that nothing was
tuned on then gave 37 % (71 of 192), and at the day's end 46 % (88; high 39 of 41, medium 42 of 71,
low 7 of 18; null: 39 of 48). The bound of high is set by hand: the two rooms have too few to tell.
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
