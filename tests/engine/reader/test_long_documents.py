"""A page is read whole, however long it is."""

from __future__ import annotations

import pytest

from parallel_nb.engine.corpus.documents import Document
from parallel_nb.engine.reader.statements import read_parts, read_statements
from tests.engine.reader.one_field import answer

VISITS = "\n\n".join(
    f"Site {number} was visited on a rainy day. Nothing of note happened there."
    for number in range(2_500)
)
TABLE = "| Part | Weight in kg |\n| --- | --- |\n" + "\n".join(
    f"| bracket {number} | {number + 10} |" for number in range(4_500)
)


@pytest.mark.parametrize(
    ("middle", "end"),
    [
        (VISITS, "The audit fee of Acme was 81,500 dollars."),
        (VISITS, "## Audit\n\n- Audit fee: 81,500 dollars\n"),
        (TABLE, "The audit fee of Acme was 81,500 dollars."),
    ],
)
def test_what_stands_behind_thousands_of_statements_is_found(middle: str, end: str) -> None:
    text = f"# Annual report of Acme\n\n{middle}\n\n{end}"
    assert not read_statements(Document(0, "u:0", "Acme", None, text)).is_whole
    assert answer(text, "audit_fee: int? - Audit fee in dollars") == 81_500


def test_of_a_long_document_the_beginning_and_what_is_wanted_is_read() -> None:
    document = Document(0, "u:0", "Sites", None, VISITS)
    first = read_statements(document)
    assert len(first.statements) == 4_000
    start = document.text.index("Site 2400")
    both = read_parts(document, ((start, start + 20),))
    assert both.statements[:4_000] == first.statements
    (last,) = both.statements[4_000:]
    assert (last.number, last.text) == (4_800, "Site 2400 was visited on a rainy day.")
