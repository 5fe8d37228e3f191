"""Lists: once a member holds, the whole list is read by code, where it is written as one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from parallel_nb.engine.reader.model.quotes import find_quote, plain, statements_of
from parallel_nb.engine.reader.model.values import Derived, derive

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parallel_nb.engine.reader.request import RequestedField

_MOST_MEMBERS: Final = 60
_BULLET: Final = re.compile(r"\s*(?:[-*+\u2022]|[0-9]{1,3}[.)])\s+(?P<text>.+)")
#: Where a member of a bulleted list ends and its explanation begins.
_LEAD_END: Final = re.compile(r"\s[-\u2013\u2014]\s|:\s|\s?\(")
#: In a text whose words are parted by single blanks.
_SEPARATOR: Final = re.compile(r" ?; ?|, (?:and |or )?| (?:and|or|&) ")
_CONJUNCTION: Final = re.compile(r"^(?:and|or) ")
#: Words of a member at most; a longer one is no name but a sentence.
_WORDS: Final = 6


def read_members(
    field: RequestedField, claimed: Sequence[str], text: str, span: tuple[int, int]
) -> list[Any]:
    """The members of a list.

    Args:
        field: its type says what the members are.
        claimed: the members that a model gives.
        text: the section.
        span: the statement that the model quotes, in it.

    Returns:
        All members of the bulleted list or the enumeration in which claimed ones stand, else those
        claimed ones that stand in the statement; empty where none does.
    """
    quoted = text[span[0] : span[1]]
    bullets = [
        _LEAD_END.split(match["text"], maxsplit=1)[0].strip(" .;,*")
        for line in _lines_around(text, span)
        if (match := _BULLET.match(line))
    ]
    known = {plain(member) for member in claimed}
    if len(bullets) > 1 and any(plain(bullet) in known for bullet in bullets):
        return _typed(field, bullets)
    held = [member for member in claimed if find_quote(member, quoted)]
    if not held:
        return []
    for start, end in statements_of(quoted):
        members = _enumeration(quoted[start:end], {plain(member) for member in held})
        if len(members) > len(held):
            return _typed(field, members)
    return _typed(field, held)


def _lines_around(text: str, span: tuple[int, int]) -> list[str]:
    """The lines of the paragraph in which a span stands."""
    start = text.rfind("\n\n", 0, span[0]) + 1
    end = text.find("\n\n", span[1])
    return text[start : end if end >= 0 else len(text)].split("\n")


def _enumeration(sentence: str, held: set[str]) -> list[str]:
    """The members of the enumeration that holds known ones; empty where there is none.

    What stands between two known members is one as well, and so is what follows the last as far as
    it looks alike: short, and with a capital letter where all known ones have it.
    """
    parts = [
        _CONJUNCTION.sub("", part).strip(" .")
        for part in _SEPARATOR.split(" ".join(sentence.split()))
    ]
    for number, part in enumerate(parts):  # `It sells Anvils` begins one
        if member := next((m for m in held if plain(part).endswith(f" {m}")), ""):
            parts[number] = " ".join(part.split()[-len(member.split()) :])
            break
    known = [number for number, part in enumerate(parts) if plain(part) in held]
    if not known or len(parts) > _MOST_MEMBERS:
        return []
    capital = all(parts[number][:1].isupper() for number in known)

    def is_alike(part: str) -> bool:
        words = part.split()
        return 0 < len(words) <= _WORDS and (not capital or part[0].isupper())

    first, last = known[0], known[-1]
    if not all(is_alike(part) for part in parts[first : last + 1]):
        return []
    while last + 1 < len(parts) and is_alike(parts[last + 1]):
        last += 1
    return parts[first : last + 1]


def _typed(field: RequestedField, members: Sequence[str]) -> list[Any]:
    """The members as what the list holds, each once; those that are none are left out."""
    item = field.type.item
    if item is None or item.kind == "str":
        return list(dict.fromkeys(member for member in members if member))[:_MOST_MEMBERS]
    of_item = type(field)(field.name, field.path, item, field.description)
    found = (derive(of_item, member, [member]) for member in members)
    values = [value.value for value in found if isinstance(value, Derived)]
    return list(dict.fromkeys(values))[:_MOST_MEMBERS]
