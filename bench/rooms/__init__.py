"""Rooms of documents with questions and their answers, to measure the reader on.

Each module makes one kind: `companies` (profiles, accounts, letters of a data room), `contracts`
(leases and service agreements), `reports` (test reports), `pages` (running text, written by
hand), `papers` and `factbook` (the countries of the CIA World Factbook in three forms);
`portfolio`, `agreements` and `inspections` are a data room, contracts and technical reports of
another layout and vocabulary. The texts and questions were written before the reader was
changed. `KINDS` says what may be tuned on.

`written/` holds eight folders of documents by two examiners who had seen neither the reader nor the
finder, each with its questions beside it: harder than the made rooms. On 2026-11-26 the reader gave
28 % of the answers of ferries, schools, software and archaeology when first asked (high 20 of 31).
Then `theatre`, `vineyards`, `mining` and `clinics` were tuned on; `ferries` and `software` took part in
fitting the confidence alone; `schools` and `archaeology` are untouched but for their figures: 40 % (high
11 of 13, medium 25 of 37, low 2 of 15; null where nothing is said: 17 of 24).
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
