"""Names in text: the capitalised spans that can be names, and what kind of name is asked for."""

# ruff: noqa: E501 - a pattern reads best in one line

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Final, Literal

from parallel_nb.engine.corpus.dates import MONTHS
from parallel_nb.engine.corpus.kept import kept_for_sentences
from parallel_nb.engine.corpus.words import word_set

AnswerKind = Literal["person", "agent", "place", "country", "org", "code", "any"]

_UPPER = r"[A-Z\u00c0-\u00d6\u00d8-\u00de\u0100\u0106\u010c\u0110\u0130\u0141\u015a\u015e\u0160\u0179\u017b\u017d]"
#: With these a sentence begins, so that the stop before them ends one: `the Term. The Tenant`.
_BEGINS = r"(?:The|This|That|These|It|Its|He|She|They|We|Our|You|In|On|At|If|For|No|Each|All|Both|But|And|As|After|Before|When|From|Tel|Email|E-mail)\b"
#: Abbreviations that may stand within a name; another short word with a stop ends a sentence.
_SHORT = (
    rf"(?:{_UPPER}|Drs?|Mrs?|Ms|Ste?|Mt|Ft|Prof|Rev|Hon|Capt|Col|Gen|Lt|Sgt|Maj|Gov|Sen|Rep|Cllr|Jr|Sr|Fr|Mme|Mlle|Ing|Dipl"
    r"|Bros|Cie|Co|Inc|Ltd|Corp|Pty|Pte|Nos?|Wm|Chas|Geo|Jas|Thos|Ave|Rd|Sq|Inst|Univ|Dept)"
)
_WORD = rf"(?:{_UPPER}\.(?:[A-Za-z]\.){{1,3}}|{_SHORT}\.(?=\s(?!{_BEGINS}){_UPPER})|{_UPPER}[\w'\u2019&+#/-]*|{_UPPER}\.(?!\s{_UPPER}))"
_JOINT = r"(?:of the|of|de la|de|van der|van den|van|von der|von|der|den|da|del|di|du|la|le|bin|al|ter|y|&|and the)"
NAME = re.compile(
    rf"(?<![\w-]){_WORD}(?:\s(?:{_JOINT}\s)?(?:{_WORD}|(?:\d{{1,4}}|(?<=[A-Z]{{2}} )\d{{5}})(?:\.\d+)*\b(?!\s*(?:%|percent|million|billion))))*"
)
#: Additions behind a value that are taken off; more are no value.
_MAX_ADDITIONS: Final = 8
#: Parentheses, brackets or a mail address at the end of a value.
_LAST_ASIDE = re.compile(r"(?:(?<!\s)\s+)?+(?:\([^()]*\)|\[[^\[\]]*\]|<[^<>\s]*@[^<>\s]*>)\s*$")
#: Where an explanation of a value begins, behind its last semicolon.
_EXPLANATION = re.compile(
    r"[,;]\s+(?:since|from|until|as of|in|founded|with|but|which|who|where"
    r"|until|until \d|after|before|then|formerly|previously|now|including|in office|also|except|meaning|the word"
    r"|the |a |an |for |from |drawn |made |short |named |called |given |thanks |about |at |on |by |to |not |is |was |one |used |\w+ed (?:by|in|from|on|at) )"
)
_ASIDE = re.compile(r"(?:(?<!\s)\s+)?+\([^()]*\)")
#: `Ada Lovelace, born in 1815`: what follows a name in lower case explains it.
_AFTER_NAME = re.compile(r"^([^\Wa-z\d_][^,;]{1,60}),\s+(?!and\b|or\b)[a-z].*$")
_SINCE = re.compile(r"(?<!\s)\s+(?:since|as of|until)\s+\S{0,30}\s?\S{0,30}\s?\d{4}.*")
#: `3.14, 7 October 2025`: the date says when.
_DATED = re.compile(
    r"(?<=\w),\s+(?:(?:\d{1,2}\s)?[A-Z][a-z]{2,8}\.?\s(?:\d{1,2},\s)?)?(?:1[0-9]|20)\d\d$"
)
_DETERMINER = re.compile(
    r"^(?:at|in|on|near)?\s*(?:the|a|an|its|their|about|called|named|known as|at|in|near)\s+",
    re.IGNORECASE,
)
#: Capitalised words that are no names, or not by themselves.
NO_NAME: Final = frozenset(MONTHS) | word_set(
    """
    Monday Tuesday Wednesday Thursday Friday Saturday Sunday
    The A An It Its He She They This That These Those In On At By For From As After
    Before When While Since Until If But And Or Not No Nor With Without Both Each Every
    All Most Many Some Several There Here Two Three Four Five Six Seven Eight Nine Ten
    One His Her Their Our We I You Although Though Because So Then Today Now Later Only
    Other Another Such Unlike Like Pure About Over Under Within During Between Among
    Among Besides Also Even Still Yet Once First Second Third Last Earlier However
    Of To Into Instead Together Originally Until Nearly Almost Out Up Down Off What Which Who Its
    My Me Us Would Could Should Shall Can Must Do Does Did Is Are Was Were Has Have Had
    How Why Where Whose Please Yes Dear Thanks Thank Than Further More Less Any Nobody Nothing
    """
)
_PERSON_WORDS = re.compile(
    r"\b(?:person|people|founders?|co-?founders?|c[efimot]o|coo|chief executive|chair(?:man|woman|person)?"
    r"|chief \w+ officer|chief of \w+|treasurer|secretary|manager|employee"
    r"|president|king|queen|monarch|minister|designers?|creators?|inventors?|discoverers?|authors?|scientists?"
    r"|(?:discovered|founded|invented|isolated|designed|created|written|composed|painted|proposed|named|led) by"
    r"|architects?|compos(?:er|ers)|conductors?|choreographers?|playwrights?|writers?|editors?|surveyors?|solicitors?"
    r"|officers?|advis[eo]rs?|wardens?|caretakers?|co-?ordinators?|representatives?|reviewers?|assessors?|examiners?|supervisors?|registrars?|clerks?|mayors?|contact person"
    r"|lawyers?|judges?|doctors?|nurses?|teachers?|curators?|foreman|trainers?|inspectors?"
    r"|technicians?|trustees?|witness(?:es)?|expert|arbitrators?|mediators?|adjudicators?|valuers?|investigators?|translators?|chef|cooks?|actors?|singers?|dancers?|patron"
    r"|chemists?|astronomers?|engineers?|leader|head of (?:state|government)|successor|predecessor|surname"
    r"|full name|chancellor|premier|director|boss)\b",
    re.IGNORECASE,
)
#: Who may as well be an organisation.
_AGENT_WORDS = re.compile(
    r"\b(?:who|whom|whose|owners?|operators?|shareholders?|landlord|tenant|lender|borrower|buyer|seller|client"
    r"|customer|contractor|insurer|guarantor|partner|auditors?"
    r"|sponsors?|makers?|suppliers?|funders?|donors?|applicants?|bidders?|tenderers?|investors?|acquirers?|purchasers?|vendors?"
    r"|less(?:ee|or)s?|licen[cs](?:ee|or)s?|occupiers?|developers?|liquidator|administrator|receiver|broker|agents?|consultants?|installers?|publishers?)\b",
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
#: What ends the first noun of a question, and one for who does something: `builder of the ship`.
_HEAD_END = re.compile(
    r"[,;:(]| (?:of|for|in|at|to|from|on|by|with|until|since|when|after|before|now|who|they|it|he|she)\b"
)
_DOER = re.compile(
    r"(?:\w{1,20}[ -]){0,4}(?!(?:numb|ord|pap|lett|chapt|wat|pow|tow|riv|lay|corn|bord|quart|regist|memb|oth|und|aft|ov|low|upp|inn|out|lat|earli"
    r"|larg|whet|form|comput|print|transform|met|diamet|paramet|timb|rubb|silv|copp|fold|serv|brows|rout|filt|boil|heat|cool|freez|count|contain"
    r"|trail|cov|matt|mann|cent|theat|wint|summ|weath|answ|off|tend|transf|charact|chart|clust|post|newslett|dang|fing|ladd|discov|rememb"
    r"|consid|deliv|disord|adapt|rot|trigg|mark)er\b|(?:react|mot|sens|generat|fact|sect|flo|do|indicat|monit|convey|elevat|tract|compress"
    r"|process|accelerat|detect|radiat|ventilat|calculat|anch|corrid|interi|exteri|min|maj|pri|err|mirr|terr|col|lab|harb|flav|vap|col|separat"
    r"|connect|conduct|resist|capacit|project|refrigerat|act)or\b|(?:l|m|w|tw|ex|cons|check|short|wait|price)ist\b|(?:hu|ger|ro)man\b)"
    r"[a-z]{2,20}(?:er|or|ist|ician|man|woman|eer)s?|(?:\w{1,20} ){0,3}\w{2,20}(?:ed|en|wn|lt|un|de) by"
)
#: `What the country was called` asks for a name, not for a country.
_ASKS_FOR_A_NAME = re.compile(r"(?:what|how)\s+(?:the|it|its|they|is|was|were)\b", re.IGNORECASE)
#: `Algorithm by which the leader is elected` asks for an algorithm, `security accepted by the
#: seller` for a security.
_RELATIVE = re.compile(
    r"(?<=\w)\s+(?:(?:by|at|in|on|for|to|from|of|with|under)\s+(?:which|whom|whose)|that|which|whose|where)\s"
    r"|(?<=[a-z])\s[a-z]{2,15}(?:ed|en|wn|ld|de|id|nt|ght)\sby\s(?=\w)"
)
_INSTITUTION = re.compile(
    r"\b(?:Foundation|Company|Inc|Corp|Corporation|University|Institute|Laborator(?:y|ies)|Labs?|Group|Party|Bank"
    r"|Museum|Observatory|Awards?|Prize|Committee|Standard|States|Kingdom|Republic|Sea|Ocean|River|Lake|Mount"
    r"|Mountains?|Islands?|Isles|Union|Council|Conference|Exchange|System|Systems|Software|Society|Agency|Army|Navy"
    r"|Department|Ministry|Parliament|Street|City|Park|Center|Centre|School|College|Language|Project|War|Treaty"
    r"|Day|Act|Research|Club|Trust|Association|Authority|Board|Works|Brothers|Hospital|Limited|PLC|GmbH|"
    r"Technologies|Networks|Partners|Holdings?|AG|SE|Ltd|LLC|LLP|BV|NV|AB|Oy|KG|Architects|Solicitors|Capital|Ventures|Fund|Services?|Insurance|Assurance"
    r"|Court|House|Road|Lane|Square|Terrace|Quay|Avenue|Estates?|Buildings?|Depot|Station|Harbour"
    r"|North|South|East|West|New)\b"
)
_ORG_WORDS = re.compile(
    r"\b(?:compan(?:y|ies)|firm|corporation|institute|institution|universit(?:y|ies)|organi[sz]ation|employer|laborator(?:y|ies)"
    r"|agency|maker|manufacturer|vendor|publisher|group|bank|foundation|parent company|supplier|rival|competitor)\b",
    re.IGNORECASE,
)
_COUNTRY_WORDS = re.compile(
    r"\b(?:countr(?:y|ies)|nations?|states? (?:in|of) which)\b", re.IGNORECASE
)
_KIND_WORDS: Final[tuple[tuple[AnswerKind, re.Pattern[str]], ...]] = (
    ("code", _CODE_WORDS),
    ("person", _PERSON_WORDS),
    ("agent", _AGENT_WORDS),
    ("country", _COUNTRY_WORDS),
    ("org", _ORG_WORDS),
    ("place", _PLACE_WORDS),
    ("any", _THING_WORDS),
)
_COUNTRIES: Final = frozenset(
    (Path(__file__).parent / "countries.txt").read_text("utf-8").splitlines()
)
#: `not Berlin` and `unlike the Rhine` name what is not meant.
_EXCLUDED = re.compile(r"\b(?:not|than|unlike|except|without) (?:the )?$")
#: What stands before a person's name and is no part of it: `Captain Ann Lee`.
_TITLE = r"(?:Drs?|Messrs|Mr|Mrs|Ms|Miss|Sir|Dame|Profs?|Professors?|Councillors?|Cllrs?|Rev|Canon|Father|Sister|Nurse|Captains?|Capt)"
HONORIFIC = re.compile(rf"{_TITLE}\.?\s(?=\S+\s\S)")
#: The same before a last name alone: `Mr Lee`.
HONORIFIC_ALONE = re.compile(rf"{_TITLE}\.?\s(?=\S+$)")
#: What a person is entitled to write behind the name: `BSc MRICS`.
LETTERS_BEHIND = re.compile(
    r"(?: (?!(?:II|III|IV|V)\b)(?:[A-Z]{2,6}|[A-Z][a-z]?[A-Z][a-z]?)\b){1,4}$"
)
#: `It's Acme`
_CONTRACTED = re.compile(r"['\u2019](?:s|m|re|ve|ll|d)$")
_ORIGIN = re.compile(r" (?:of the|of|and the) ")
MONEY = re.compile(r"(?:EUR|USD|GBP|CHF|JPY|SEK|NOK|DKK|PLN|CAD|AUD)(?: [\d.]{1,12})?")
_BETWEEN_PEOPLE = re.compile(r",? (?:and|&) |, ")
_TITLE_JOINTS: Final = frozenset(
    {" for ", " in ", " on ", " to ", " with ", " at ", " for the ", " in the "}
)
_LAST_PERSON = re.compile(r",? (?:and|&) ")


@dataclass(frozen=True, slots=True)
class Span:
    """A name in a text, and where it stands in characters."""

    start: int
    end: int
    text: str


@lru_cache(maxsize=1_000)
def answer_kind(*texts: str) -> AnswerKind:
    """What kind of answer a question asks for, by its first word that tells.

    Args:
        texts: are looked through in turn: the field's description, then its name.

    Returns:
        The kind; `any` where no word tells.

    Examples:
        >>> answer_kind("City of the head office"), answer_kind("Chief executive")
        ('place', 'person')
    """
    for whole in texts:
        if _ASKS_FOR_A_NAME.match(whole):
            return "any"
        text = _RELATIVE.split(whole, maxsplit=1)[0]
        found = [
            (match.start(), order, kind)
            for order, (kind, words) in enumerate(_KIND_WORDS)
            if (match := words.search(text))
        ]
        # a name alone is none: `Tanner`
        plain = text[:1].lower() + text[1:] if " " in text else text
        head = plain if plain.endswith(" by") else _HEAD_END.split(plain, maxsplit=1)[0]
        if (not found or min(found)[0] > len(head)) and _DOER.fullmatch(head):
            return "agent"
        if found:
            kind = min(found)[2]
            is_person = kind == "agent" and any(other == "person" for *_, other in found)
            return "person" if is_person else kind
    return "any"


def clean_value(text: str) -> str:
    """The value of a fact without additions that only date or explain it.

    Examples:
        >>> clean_value("Kelly Ortberg, since 8 August 2024")
        'Kelly Ortberg'
    """
    value = text.strip().rstrip(".").strip()
    for _ in range(_MAX_ADDITIONS):
        shorter = _LAST_ASIDE.sub("", value)
        if explained := _EXPLANATION.search(shorter, max(0, shorter.rfind(";"))):
            shorter = shorter[: explained.start()]
        shorter = shorter.strip()
        if shorter == value:
            break
        value = shorter
    value = _SINCE.sub("", value)
    value = _DATED.sub("", value)
    value = _AFTER_NAME.sub(r"\1", value)
    without_aside = _ASIDE.sub("", value)
    value = without_aside if len(without_aside.strip()) > 1 else value
    value = value.split(";", maxsplit=1)[0]
    return value.strip(' ,;\u201c\u201d"') or text.strip()


def without_determiner(text: str) -> str:
    """`the euro` as `euro`; a name with a determiner, such as `The Hague`, stays as it is."""
    bare = _DETERMINER.sub("", text)
    return bare if bare and not text[:4].strip().istitle() else text


def without_possessive(name: str) -> str:
    """`Marie's` as `Marie`."""
    return name.removesuffix("'s").removesuffix("\u2019s")


def find_names(text: str) -> list[Span]:
    """The capitalised spans of a text that can be names.

    Examples:
        >>> [name.text for name in find_names("In 1949 Marian Acme founded it in Tucson.")]
        ['Marian Acme', 'Tucson']
    """
    return list(_names(text))


@kept_for_sentences()
def _names(text: str) -> tuple[Span, ...]:
    spans = (_trimmed_span(text, match) for match in NAME.finditer(text))
    return tuple(span for span in spans if span is not None)


def _trimmed_span(text: str, match: re.Match[str]) -> Span | None:
    """A capitalised span without words around it that are no name; None where none is left."""
    start, words = match.start(), match[0].split()
    while words and (
        _CONTRACTED.sub("", words[0]) in NO_NAME
        or words[0].isdigit()
        or words[0].strip("'\u2019").lower() == "s"
    ):
        start += len(words[0])
        while start < match.end() and text[start].isspace():
            start += 1
        words.pop(0)
    if _EXCLUDED.search(text[max(0, start - 14) : start]):
        return None
    name = without_possessive(text[start : match.end()].rstrip(".,'\u2019-/&"))
    if MONEY.fullmatch(name):
        return None
    if not name or all(word in NO_NAME or word.isdigit() for word in name.split()):
        return None
    return Span(start, start + len(name), name)


@kept_for_sentences()
def looks_like_person(name: str) -> bool:
    """True for two to five words without digits: `Guido van Rossum`, `Brian W. Kernighan`."""
    if _INSTITUTION.search(name):
        return False
    return 2 <= len(name.split()) <= 5 and not any(c.isdigit() for c in name)


def is_institution(name: str) -> bool:
    """True for a name with a word for what is no person: `Elm Holdings Ltd`."""
    return bool(_INSTITUTION.search(name))


def is_country(name: str) -> bool:
    """True for the common English name of a country."""
    return name.strip().removeprefix("the ").removeprefix("The ") in _COUNTRIES


def without_origin(spans: list[Span]) -> list[Span]:
    """`James Christy` of `James Christy of the United States Naval Observatory`."""
    shortened = []
    for span in spans:
        head = _ORIGIN.split(span.text, maxsplit=1)[0]
        is_person = head != span.text and looks_like_person(head)
        shortened.append(Span(span.start, span.start + len(head), head) if is_person else span)
    return shortened


def adjacent_names(text: str, spans: list[Span], between: re.Pattern[str]) -> list[list[Span]]:
    """The names that follow one another, two or more, with nothing but `between` in the gaps."""
    groups: list[list[Span]] = []
    for span in spans:
        if groups and between.fullmatch(text, groups[-1][-1].end, span.start):
            groups[-1].append(span)
        else:
            groups.append([span])
    return [group for group in groups if len(group) > 1]


def joined_names(text: str, spans: list[Span]) -> list[Span]:
    """Two names at the end of a sentence as one: of `the law of England and Wales`."""
    return [
        Span(first.start, second.end, text[first.start : second.end])
        for first, second in pairwise(spans)
        if text[first.end : second.start] == " and " and text[second.end :] in {"", "."}
    ]


def titles_with_joints(text: str, spans: list[Span]) -> list[Span]:
    """Two names with a little word between them as one: the course `Fire Safety for Crews`."""
    return [
        Span(first.start, second.end, text[first.start : second.end])
        for first, second in pairwise(spans)
        if text[first.end : second.start] in _TITLE_JOINTS
    ]


def joined_people(text: str, people: list[Span]) -> list[Span]:
    """People who are named together, each group as one name: `Ken Thompson and Rob Pike`."""
    groups = adjacent_names(text, people, _BETWEEN_PEOPLE)
    return [
        Span(group[0].start, group[-1].end, text[group[0].start : group[-1].end])
        for group in groups
        # of `the caretaker of Mill House, Ann Lee`, a comma joins nobody
        if _LAST_PERSON.fullmatch(text, group[-2].end, group[-1].start)
    ]
