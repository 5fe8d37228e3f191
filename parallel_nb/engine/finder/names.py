"""What is a name: of a thing, of a person, of a company; and what of it is no part of the name."""

# ruff: noqa: E501 - a pattern reads best in one line

from __future__ import annotations

import re
from typing import Final
from urllib.parse import unquote, urlsplit

from parallel_nb.engine.corpus.words import STOPWORDS, word_set
from parallel_nb.engine.finder.kinds import names_body
from parallel_nb.engine.reader.language.names import NO_NAME, looks_like_person

_TITLE = re.compile(r"^(?:(?:Mr|Mrs|Ms|Miss|Dr|Prof|Professor|Rev|Cllr|Councillor)\.?\s){1,3}")
#: `Ada Berg MBE`.
_HONOURS = re.compile(
    r"(?:,?\s(?:MRICS|FRICS|RIBA|MBE|OBE|CBE|PhD|MD|FCA|ACA|FCCA|KC|QC|BSc|MSc|MBA|CEng|JP)){1,4}$"
)
#: `MV Tern`: what a ship is called before its name.
_SHIP = re.compile(r"^(?:MV|MS|MT|MY|SS|PS|TS|FV|RV|HMS|RMS|USS)\s(?=[A-Z])")
_PARTICLES: Final = word_set("van von der den de di da dos du del la le al bin ben y")
_LEGAL_FORM = re.compile(
    r"[\s,]\s{0,3}(?:Inc|Corp|Corporation|Co|Company|Ltd|Limited|LLC|LLP|PLC|plc|AG|SE|SA|S\.A|SpA|NV|N\.V|BV|B\.V"
    r"|ASA|AS|A/S|ApS|GmbH|KG|AB|Oy|Oyj|Srl|Sarl|SAS|Pty|KK|Sp\. z o\.o|S\.p\.A|Group|Holding|Holdings)\.?$",
    re.IGNORECASE,
)
#: `Hill v Dale Ltd`: how a case is called.
_VERSUS = re.compile(r"\sv[s.]?\s(?=[A-Z])")
#: Words of a name at most, and characters.
MAX_WORDS: Final = 8
MAX_NAME: Final = 100
ASIDE: Final = re.compile(r"\(([^()]{1,80})\)")
#: Where a title or heading parts: `Hallow Hill - harvest`, `Harvest: Hallow Hill`.
SEPARATOR: Final = re.compile(r"\s[-\u2013\u2014|]\s|:\s")
JOINTS: Final = word_set(
    "of and & de la van der von den del di du do da dos das le for the z o.o. v v. vs"
)
NO_NAMES: Final = word_set(
    "A An The Our My Your Their Dear How What Why When Where Who Who's Which Re RE Fwd FWD FW AW CEO CTO CFO COO MD Notes Note Index Contents Things"
)


def without_legal_form(name: str) -> str:
    """`Acme` of `Acme Ltd.`."""
    return _LEGAL_FORM.sub("", name)


def without_title(name: str) -> str:
    """`Ada Berg` of `Dr Ada Berg`, and of `Ada Berg, treasurer`; `Tern` of `MV Tern`.

    Examples:
        >>> without_title("Prof. Ada Berg, Chair"), without_title("Lady Hill")
        ('Ada Berg', 'Lady Hill')
    """
    if ship := _SHIP.match(name):
        return name[ship.end() :]
    bare = _HONOURS.sub("", _TITLE.sub("", name))
    person, comma, _ = bare.partition(", ")
    bare = person if comma and is_person_like(person) else bare
    return bare if " " in bare else name


def is_versus(name: str) -> bool:
    """True for `Hill v Dale Ltd`."""
    return _VERSUS.search(name) is not None


def has_legal_form(name: str) -> bool:
    """True for `Acme Ltd.`."""
    return _LEGAL_FORM.search(name) is not None


def is_name(text: str) -> bool:
    """True for a short text that begins as a name does, and has a letter."""
    if not 0 < len(text) <= MAX_NAME or len(text.split()) > MAX_WORDS:
        return False
    text = ASIDE.sub("", text)
    first = next((c for c in text if c.isalnum()), "")
    return (first.isupper() or first.isdigit() or not first.islower()) and any(
        c.isalpha() for c in text
    )


def proper_name(text: str) -> str:
    """The name at the start of a title: `MySQL` of `MySQL in short`; empty where there is none.

    Examples:
        >>> proper_name("The nine planets"), proper_name("The C language"), proper_name("Acme Ltd")
        ('', 'C', 'Acme Ltd')
    """
    bare = text.removeprefix("The ").removeprefix("the ")
    words = bare.split()
    # of `Trial sites` and `Our guides`, the first word is capitalised for its place alone
    if (
        len(words) > 1
        and words[0][1:].islower()
        and (words[0] in NO_NAMES or (words[1].strip(",;:").isalpha() and words[1].islower()))
        and words[1] not in STOPWORDS
        and words[1] not in JOINTS
    ):
        return ""
    name: list[str] = []
    for word in words:
        first = next((c for c in word if c.isalnum()), "")
        if first.islower() and word not in JOINTS:
            break
        name.append(word)
    while len(name) < len(words) and name and name[-1] in JOINTS:
        name.pop()
    joined = " ".join(name).strip(" .,;")
    if len(name) == len(words) and text.startswith("The ") and len(words) > 1:
        joined = text.strip(" .,;")
    return joined if is_name(joined) and joined not in NO_NAMES else ""


def folders(url: str) -> str:
    """The words of an address but for its last part: of its host and folders."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    path = unquote(parts.path).strip("/").split("/")[:-1]
    return " ".join([*(parts.hostname or "").split("."), *path]).replace("-", " ").replace("_", " ")


def folder(url: str) -> str:
    """The words of an address that may say of what kind the subject of a page is.

    Of files these are no more than those of the folder right around: what is farther out, all of
    the room have in common.

    Examples:
        >>> folder("file:grants/applicants/2024/open-door.md")
        'applicants'
    """
    if not url.startswith("file:"):
        return folders(url)
    parts = unquote(url.removeprefix("file:")).strip("/").split("/")[:-1]
    named = [part for part in parts if not part.isdigit()]
    return named[-1].replace("-", " ").replace("_", " ") if named else ""


def is_person_like(name: str) -> bool:
    """True for `Ada van Berg`: two words or more, all capitalised or parts of surnames."""
    words = name.split()
    return (
        looks_like_person(name)
        and all(word[:1].isupper() or word in _PARTICLES for word in words)
        and words[0] not in NO_NAME
        and not has_legal_form(name)
        and not (len(words[0]) > 1 and words[0].isupper() and not words[-1].isupper())
        and not (words[0].endswith(("'s", "\u2019s")) or words[0] in NO_NAMES or names_body(name))
    )
