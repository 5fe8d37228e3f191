"""Values that are known by how they are written: times of day, weekdays, telephone numbers.

Where a text field asks for one of them, nothing else is its answer.
"""

# ruff: noqa: E501 - a pattern reads best in one line

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, Final

from parallel_nb.engine.corpus.dates import MONTHS, find_dates
from parallel_nb.engine.reader.candidates import Candidate, keyword_tokens, proximity
from parallel_nb.engine.reader.language.vocabulary import text_key

if TYPE_CHECKING:
    from collections.abc import Iterator

    from parallel_nb.engine.reader.candidates import MatchedStatement
    from parallel_nb.engine.reader.request import RequestedField

#: How many values of a text are looked at.
_MOST: Final = 50
_WEEKDAYS: Final = "Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday"
#: What asks for each kind, in the description or else in the name; and how its values are written.
_KINDS: Final = (
    (
        re.compile(
            r"\bclock\b|\bo'clock\b|\bat (?:what|which) (?:time|hour)\b|^what time\b|\btime (?:of day|at which)\b"
            r"|\b(?:start|begin|end|finish|open|clos|depart|arriv|meet|kick|cut|check)(?:ing|s|ure|al|ed)?(?:[ -](?:off|in|out|at))? (?:time|hour)\b",
            re.IGNORECASE,
        ),
        re.compile(
            r"(?<![\w.:,])(?:(?:[01]?\d|2[0-3])[:.h][0-5]\d(?![\d%]|[.:]\d)(?: ?[ap]\.?m\b\.?)?|(?:1[0-2]|[1-9]) ?[ap]\.?m\b\.?|noon\b|midnight\b"
            r"|(?:half past |quarter (?:past|to) )?(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)(?: o'clock)\b)",
        ),
    ),
    (
        re.compile(r"\b(?:week ?day|day of the week|market day|(?:which|what) day)\b", re.IGNORECASE),
        re.compile(rf"\b(?:{_WEEKDAYS})(?=s?\b)"),
    ),
    (
        re.compile(r"\b(?:which|what) month\b|\bmonth (?:in|of) (?:which|the year)\b|^(?:the )?month\b(?! of)|\(month\)", re.IGNORECASE),
        re.compile(rf"\b(?:{'|'.join(MONTHS)})\b"),
    ),
    (
        re.compile(r"\b(?:tele)?phone\b(?! (?:model|company|extension))|\bfax\b|\bnumber to (?:call|ring|dial)\b|\bring (?:on|at)\b|\bdial\b", re.IGNORECASE),
        re.compile(r"(?<![\w.+/-])(?:\+|00)?\(?\d(?:[ ()/-]{0,2}\d){6,14}(?![\w/]|[.,]\d)"),
    ),
    (
        re.compile(r"\be-?mail\b", re.IGNORECASE),
        re.compile(r"[\w.+-]{1,60}@[\w-]{1,60}(?:\.[\w-]{1,60}){1,6}"),
    ),
)  # fmt: skip


def written_kind(field: RequestedField) -> re.Pattern[str] | None:
    """How the value of a text field is written; None where it is any text."""
    texts = (field.plain_description, field.name_in_words)
    return next((form for text in texts for asked, form in _KINDS if asked.search(text)), None)


def written_candidates(matched: MatchedStatement, form: re.Pattern[str]) -> Iterator[Candidate]:
    """The values of a statement that are written so, but for dates."""
    text = matched.text
    keywords, dates = keyword_tokens(matched), find_dates(text)
    is_value = matched.statement.is_fact and matched.by_label
    for found in islice(form.finditer(text), _MOST):
        if any(date.start <= found.start() < date.end and date.is_complete for date in dates):
            continue
        near = 1.0 if is_value else proximity(text, found.start(), found.end(), keywords)
        value = found[0].strip()
        fit = 0.35 + 0.6 * near
        yield Candidate(value, text_key(value), fit, found.start(), found.start() + len(value))
