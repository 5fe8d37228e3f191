"""Names and phrases in text: who, where, what.

A fact's value is cleaned of additions (`Kelly Ortberg, since 8 August 2024`). In a
sentence the candidates are capitalised spans and the phrase behind a copula.
"""

# ruff: noqa: E501 - a pattern reads best in one line

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

from parallel_nb.engine.corpus.words import word_set

Sort = Literal["person", "place", "country", "org", "code", "any"]

_UPPER = r"[A-Z\u00c0-\u00d6\u00d8-\u00de\u0100\u0106\u010c\u0110\u0130\u0141\u015a\u015e\u0160\u0179\u017b\u017d]"
_WORD = rf"(?:{_UPPER}[\w'\u2019&+#/-]*(?:\.(?=\s{_UPPER}))?|{_UPPER}\.)"
_JOINT = r"(?:of the|of|de la|de|van der|van den|van|von der|von|der|den|da|del|di|du|la|le|bin|al|ter|y|and the)"
NAME = re.compile(
    rf"(?<![\w-]){_WORD}(?:\s(?:{_JOINT}\s)?(?:{_WORD}|\d{{1,4}}(?:\.\d+)*\b(?!\s*(?:%|percent|million|billion))))*"
)
_TRAILING = re.compile(
    r"\s*(?:\([^()]*\)|\[[^\]]*\])\s*$|[,;]\s+(?:since|from|until|as of|in|founded|with|but|which|who|where"
    r"|until|until \d|after|before|then|formerly|previously|now|including|in office|also|except|meaning|the word"
    r"|the |a |an |for |from |drawn |made |short |named |called |given |thanks |about |at |on |by |to |not |is |was |one |used |\w+ed (?:by|in|from|on|at) )[^;]*$"
)
_ASIDE = re.compile(r"\s*\([^()]*\)")
#: `Ada Lovelace, born in 1815`: what follows a name in lower case explains it.
_AFTER_NAME = re.compile(r"^([^\Wa-z\d_][^,;]{1,60}),\s+(?!and\b|or\b)[a-z].*$")
_SINCE = re.compile(r"\s+(?:since|as of|until)\s+\S*\s?\S*\s?\d{4}.*$")
#: `3.14, 7 October 2025`: the date says when.
_DATED = re.compile(
    r"(?<=\w),\s+(?:(?:\d{1,2}\s)?[A-Z][a-z]{2,8}\.?\s(?:\d{1,2},\s)?)?(?:1[0-9]|20)\d\d$"
)
_DETERMINER = re.compile(
    r"^(?:at|in|on|near)?\s*(?:the|a|an|its|their|about|called|named|known as|at|in|near)\s+",
    re.IGNORECASE,
)
_MONTH = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
]
NO_NAME: Final = frozenset(_MONTH) | word_set(
    """
    The A An It Its He She They This That These Those In On At By For From As After
    Before When While Since Until If But And Or Not No Nor With Without Both Each Every
    All Most Many Some Several There Here Two Three Four Five Six Seven Eight Nine Ten
    One His Her Their Our We I You Although Though Because So Then Today Now Later Only
    Other Another Such Unlike Like Pure About Over Under Within During Between Among
    Among Besides Also Even Still Yet Once First Second Third Last Earlier However
    Instead Together Originally Until Nearly Almost Out Up Down Off What Which Who Its
    """
)
_PERSON_WORDS = re.compile(
    r"\b(?:who|whom|whose|person|people|founders?|co-?founders?|ceo|chief executive|chair(?:man|woman|person)?"
    r"|president|king|queen|monarch|minister|designers?|creators?|inventors?|discoverers?|authors?|scientists?"
    r"|(?:discovered|founded|invented|isolated|designed|created|written|composed|painted|proposed|named|led) by"
    r"|chemists?|astronomers?|engineers?|leader|head of (?:state|government)|successor|predecessor|surname"
    r"|full name|chancellor|premier|director|boss)\b",
    re.IGNORECASE,
)
_PLACE_WORDS = re.compile(
    r"\b(?:where|place|city|town|capital|headquarters|head office|seat|location|located|based"
    r"|island|state|region|village|mountain|river|lake)\b",
    re.IGNORECASE,
)
_CODE_WORDS = re.compile(
    r"\b(?:symbol|ticker|code|abbreviation|acronym|extension|suffix)\b", re.IGNORECASE
)
_THING_WORDS = re.compile(
    r"\b(?:language|software|system|planet|moon|company|firm|product|fork|element|metal|mineral|ore|currency"
    r"|money|engine|standard|licen[cs]e|licensing|terms|ship|probe|spacecraft|mission|rocket|animal|colou?r|gas"
    r"|protocol|format|religion|river|lake|volcano|mountain|peak|summit|stock exchange|award|prize|book|paper)\b",
    re.IGNORECASE,
)
#: `What the country was called` asks for no country.
_OPEN = re.compile(r"(?:what|how)\s+(?:the|it|its|they|is|was|were)\b", re.IGNORECASE)
#: `Algorithm by which the leader is elected` asks for an algorithm.
_RELATIVE = re.compile(
    r"(?<=\w)\s+(?:(?:by|at|in|on|for|to|from|of|with|under)\s+(?:which|whom|whose)|that|which|whose|where)\s"
)
_INSTITUTION = re.compile(
    r"\b(?:Foundation|Company|Inc|Corp|Corporation|University|Institute|Laborator(?:y|ies)|Labs?|Group|Party|Bank"
    r"|Museum|Observatory|Awards?|Prize|Committee|Standard|States|Kingdom|Republic|Sea|Ocean|River|Lake|Mount"
    r"|Mountains?|Islands?|Isles|Union|Council|Conference|Exchange|System|Systems|Software|Society|Agency|Army|Navy"
    r"|Department|Ministry|Parliament|Street|City|Park|Center|Centre|School|College|Language|Project|War|Treaty"
    r"|Day|Act|Research|Technologies|Networks|Partners|Holdings?|AG|SE|Ltd|LLC|North|South|East|West|New)\b"
)
_ORG_WORDS = re.compile(
    r"\b(?:compan(?:y|ies)|firm|corporation|institute|institution|universit(?:y|ies)|organi[sz]ation|employer|laborator(?:y|ies)"
    r"|agency|maker|manufacturer|vendor|publisher|group|bank|foundation|parent company|supplier|rival|competitor)\b",
    re.IGNORECASE,
)
_COUNTRY_WORDS = re.compile(
    r"\b(?:countr(?:y|ies)|nations?|states? (?:in|of) which)\b", re.IGNORECASE
)
_SORT_WORDS: Final[tuple[tuple[Sort, re.Pattern[str]], ...]] = (
    ("code", _CODE_WORDS),
    ("person", _PERSON_WORDS),
    ("country", _COUNTRY_WORDS),
    ("org", _ORG_WORDS),
    ("place", _PLACE_WORDS),
    ("any", _THING_WORDS),
)


@dataclass(frozen=True, slots=True)
class Span:
    """A name in a text."""

    start: int
    end: int
    text: str


def sort_of(*texts: str) -> Sort:
    """What kind of answer a question asks for, by its first word that tells.

    `texts` are asked in turn: the description, then the field's name.
    """
    for whole in texts:
        if _OPEN.match(whole):
            return "any"
        text = _RELATIVE.split(whole, maxsplit=1)[0]
        found = [
            (match.start(), order, sort)
            for order, (sort, words) in enumerate(_SORT_WORDS)
            if (match := words.search(text))
        ]
        if found:
            return min(found)[2]
    return "any"


def clean_value(text: str) -> str:
    """The value of a fact without additions that only date or explain it."""
    before = ""
    value = text.strip().rstrip(".").strip()
    while value != before:
        before = value
        value = _TRAILING.sub("", value).strip()
    value = _SINCE.sub("", value)
    value = _DATED.sub("", value)
    value = _AFTER_NAME.sub(r"\1", value)
    value = _ASIDE.sub("", value) if len(_ASIDE.sub("", value).strip()) > 1 else value
    if ";" in value:
        value = value.split(";", maxsplit=1)[0]
    return value.strip(' ,;\u201c\u201d"') or text.strip()


def without_determiner(text: str) -> str:
    """`the euro` as `euro`."""
    bare = _DETERMINER.sub("", text)
    return bare if bare and not text[:4].strip().istitle() else text


def find_names(text: str) -> list[Span]:
    """The capitalised spans of a text that can be names."""
    found = []
    for match in NAME.finditer(text):
        start, words = match.start(), match[0].split()
        while words and (
            words[0] in NO_NAME or words[0].isdigit() or words[0].strip("'\u2019").lower() == "s"
        ):
            start += len(words[0])
            while start < match.end() and text[start].isspace():
                start += 1
            words.pop(0)
        if re.search(
            r"\b(?:not|than|unlike|except|without) (?:the )?$", text[max(0, start - 14) : start]
        ):
            continue
        name = text[start : match.end()].rstrip(".,'\u2019-/&")
        for ending in ("'s", "\u2019s"):
            name = name.removesuffix(ending)
        if name and not all(word in NO_NAME or word.isdigit() for word in name.split()):
            found.append(Span(start, start + len(name), name))
    return found


def looks_like_person(name: str) -> bool:
    """Two to five words, no digits: `Guido van Rossum`, `Brian W. Kernighan`."""
    words = name.split()
    if _INSTITUTION.search(name):
        return False
    return 2 <= len(words) <= 5 and not any(c.isdigit() for c in name)


def without_origin(spans: list[Span]) -> list[Span]:
    """`James Christy` of `James Christy of the United States Naval Observatory`."""
    cut = []
    for span in spans:
        head = re.split(r" (?:of the|of|and the) ", span.text, maxsplit=1)[0]
        is_cut = head != span.text and looks_like_person(head)
        cut.append(Span(span.start, span.start + len(head), head) if is_cut else span)
    return cut


def join_people(text: str, spans: list[Span]) -> list[Span]:
    """Spans, and those joined by `, ` and `and` as one more: `Ken Thompson and Rob Pike`."""
    joined: list[Span] = []
    run: list[Span] = []
    for span in [*spans, Span(len(text) + 10, len(text) + 10, "")]:
        between = text[run[-1].end : span.start] if run else ""
        if run and re.fullmatch(r",? and |, |,? & ", between):
            run.append(span)
            continue
        if len(run) > 1:
            joined.append(Span(run[0].start, run[-1].end, text[run[0].start : run[-1].end]))
        run = [span]
    return joined
