"""Rooms of documents with questions and their answers, to measure the reader on.

Each module makes one kind: `companies` (profiles, accounts, letters of a data room), `contracts`
(leases and service agreements), `reports` (test reports), `pages` (running text, written by
hand) and `factbook` (the countries of the CIA World Factbook in three forms). The texts and
questions were written before the reader was changed. `KINDS` says what may be tuned on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bench.rooms import companies, contracts, factbook, pages, papers, reports

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.rooms.room import Room

#: Kinds that the reader and its confidence may be tuned on.
TUNED: Final[dict[str, Callable[[], Room]]] = {
    "companies": companies.make,
    "papers": papers.make,
    "factbook-lines": lambda: factbook.make("lines"),
}
#: Kinds that nothing is ever tuned on; what is reported of unseen documents.
UNTOUCHED: Final[dict[str, Callable[[], Room]]] = {
    "contracts": contracts.make,
    "reports": reports.make,
    "pages": pages.make,
    "factbook-html": lambda: factbook.make("html"),
    "factbook-table": lambda: factbook.make("table"),
}
KINDS: Final = TUNED | UNTOUCHED
