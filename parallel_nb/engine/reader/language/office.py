"""Who holds an office now, by the verbs around a name: who came, who went, who was replaced."""

# ruff: noqa: E501 - a pattern reads best in one line

from __future__ import annotations

import re
from typing import Final

from parallel_nb.engine.corpus.dates import find_dates
from parallel_nb.engine.corpus.kept import kept_for_sentences

#: Offices that change hands; who founded or discovered something does not change.
_OFFICE = re.compile(
    r"\b(?:ceo|chief|boss|head|heads|leads?|leader|leading|runs?|president|chair\w*|director|minister|king|queen|monarch"
    r"|emperor|chancellor|premier|governor|mayor|manager|in charge|at the top|in office|reigning)\b",
    re.IGNORECASE,
)
_PAST = re.compile(
    r"\b(?:first|former|founder|founded|original|earlier|previous|predecessor|until|before|was|were|had|did"
    r"|back then|at the time|in (?:1[5-9]|20)\d\d)\b",
    re.IGNORECASE,
)
_WENT = re.compile(
    r"^[^.;]{0,60}?\b(?:retired|was dismissed|stepped down|left|resigned|gave up|died|had to go|was removed"
    r"|was ousted|declined|refused|turned down|was replaced|handed over|until \d{4}|abdicated|was prime minister|was president|was the)\b"
)
_CAME = re.compile(
    r"^(?:,[^,.;]{0,60},)?\s*(?:has been|took over|took office|became|is|was appointed|was elected|returned as|started"
    r"|followed|replaced|succeeded|has headed|has led|heads|leads|runs|\(since|since|, since)\b"
)
_FIRST_CAME = re.compile(
    r"^[^.;,]{0,20}\b(?:became|was|is) (?:the|its|their) (?:first|second|third|founding)\b|^ (?:president|prime minister)?;? (?:was|were) "
)
#: `Sean Parker, the first president`
_ONCE = re.compile(
    r"^,? (?:the|its|a|an|then|their)? ?(?:first|former|founding|original|early|then|previous)\b"
)
#: `Ann Lee, director until then, is now`
_UNTIL = re.compile(r",? [^,.;]{0,40}\buntil (?:\d|[A-Z]|then|last|early|late)")
_REPLACED = re.compile(
    r"\b(?:replaced|replacing|succeeded|succeeding|followed|after|in (?:the )?place of|instead of|took over from|from"
    r"|successor of|successor to|son of|daughter of|like|under)\s+(?:the\s+|his father,?\s+|her mother,?\s+)?$"
)
_LATER = re.compile(
    r"\b(?:took over|replaced him|replaced her|succeeded him|succeeded her|has been)\b"
)
_PRESENT = re.compile(r"\b(?:is|has been|since|present|current|now|today)\b")
#: A date further behind a name dates something else, in characters.
_DATE_REACH: Final = 70
#: No date is longer, with what stands around it.
_LONGEST_DATE: Final = 60
#: Nobody holds an office for longer, in years.
_LONGEST_OFFICE: Final = 75
#: Factors for a person who came but was followed by another, who is named without a word of the
#: present, who came into office, and who left it.
_SUPERSEDED: Final = 0.35
_UNDATED: Final = 0.85
_CAME_FACTOR: Final = 1.35
_WENT_FACTOR: Final = 0.4


@kept_for_sentences()
def asks_for_office_holder(question: str) -> bool:
    """True when a question asks who holds an office at present."""
    return bool(_OFFICE.search(question)) and not _PAST.search(question)


@kept_for_sentences()
def office_fit(text: str, start: int, end: int, date: str) -> float:
    """A factor for a name in a sentence: over 1 for who came, under 1 for who went.

    Args:
        text: the sentence.
        start: where the name begins.
        end: where it ends.
        date: of the document, YYYY-MM-DD, or empty.

    Returns:
        From 0.35 to 1.35.

    Examples:
        >>> office_fit("Ann Lee took over in 2021.", 0, 7, "2024-01-01")
        1.35
    """
    near = text[end : end + _DATE_REACH + _LONGEST_DATE]
    came_in_year = next((d.year for d in find_dates(near) if d.end < _DATE_REACH), None)
    if came_in_year and date and int(date[:4]) - came_in_year > _LONGEST_OFFICE:
        return _WENT_FACTOR
    after = text[end : end + 120]
    if _REPLACED.search(text[max(0, start - 40) : start]) or (
        _FIRST_CAME.match(after) or _UNTIL.match(after)
    ):
        return _WENT_FACTOR
    if came := _CAME.match(after):
        # of two who came, one after the other, the later is there now
        was_followed = _LATER.search(text, end + came.end())
        return _SUPERSEDED if was_followed else _CAME_FACTOR
    if _ONCE.match(after) or _WENT.match(after):
        return _WENT_FACTOR
    return 1.0 if _PRESENT.search(text) else _UNDATED
