"""No text of a document and no reply of a model makes the ladder raise, or show the unsaid."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from parallel_nb.engine.corpus.documents import Document
from parallel_nb.engine.reader.model.ladder import Asked, verify
from parallel_nb.engine.reader.model.prompt import Claim, claim_messages, read_claim
from parallel_nb.engine.reader.model.quotes import find_quote, plain, statements_of
from parallel_nb.engine.reader.model.sections import sections_of, share_sections
from tests.engine.reader.model.test_rungs import field

FIELDS = (
    "n: int? - Number of people",
    "x: float? - Revenue in millions of dollars",
    "d: date? - Date of signing",
    "y: int? - Year of founding",
    "b: bool? - Whether there is a fee",
    "c: public|private|state? - Who owns it",
    "s: str? - The chief executive",
    "l: list[str] - Products",
    "m: list[int] - Sizes",
)
#: What documents and replies are made of, and what breaks readers of them.
_PIECES = st.sampled_from(
    (
        *("| ", " |", "|---|", "\n", "\n\n", "# ", "- ", "**", ": ", "...", "\u2026"),
        *("4.2", "1,204", "million", "%", "2023", "3 May 2024", "(in millions)", "No. 5"),
        *("not ", "free ", "Acme ", "Its rival Betaworks ", "fee", "public", "people", ", and "),
        *("\u2212", "\u00a0", "\ud800", "\u0130", "\ufb01"),
    )
)
TEXTS = st.lists(_PIECES | st.text(max_size=8), max_size=40).map("".join)


@settings(max_examples=150)
@given(
    text=TEXTS, quote=TEXTS, value=TEXTS, line=st.sampled_from(FIELDS), number=st.integers(-2, 9)
)
def test_a_claim_never_raises_and_a_value_has_its_place(
    text: str, quote: str, value: str, line: str, number: int
) -> None:
    document = Document(0, "https://x.test/", "Acme", "2024-01-01", text)
    newer = Document(1, "https://y.test/", "Acme", "2025-01-01", quote)
    sections = [
        *sections_of(document, is_about=True),
        *sections_of(newer, is_about=False),
    ]
    for _, shown in share_sections([sections]):
        asked = Asked(field(line), frozenset({"acm"}), shown)
        claim = Claim(found=True, passage=number, quote=quote[:1000], values=(value or "x",))
        verdict = verify(asked, claim)
        if verdict.value is not None:
            assert verdict.section in shown
            assert verdict.excerpt in verdict.section.text
        claim_messages("Acme", value, shown, asked.field)


@settings(max_examples=150)
@given(quote=TEXTS, text=TEXTS)
def test_a_quote_that_is_found_says_the_same_words(quote: str, text: str) -> None:
    span = find_quote(quote, text)
    if span is not None and "|" not in text and "." not in quote and "\u2026" not in quote:
        assert plain(quote).strip("\"' .,;:|-") in plain(text[slice(*span)])
    for start, end in statements_of(text):
        assert 0 <= start <= end <= len(text)


@settings(max_examples=100)
@given(reply=TEXTS | st.text().map(lambda text: '{"found": true, "value": ' + text))
def test_any_reply_is_read(reply: str) -> None:
    read_claim(reply)
