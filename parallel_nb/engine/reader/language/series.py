"""Names that a sentence lists: `A (Hamlet), B as the Queen and, in all other parts, C`.

Between two members stands a comma or `and`, before it what is said of the one, behind it what
leads to the other; a verb ends the list, unless it is left out for the others (`A holds 32 per
cent, B 28 and C 11`).
"""

# ruff: noqa: E501 - a pattern reads best in one line

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from parallel_nb.engine.reader.language.names import Span
from parallel_nb.engine.reader.language.numbers import SMALL
from parallel_nb.engine.reader.language.vocabulary import roots_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_PARENTHESES = re.compile(r" ?\([^()]{0,120}\)")
#: What is said of a member: `at £900`, `as the Queen`, `£11.2m`, `, sommelier`.
_SAID = (
    r"(?: (?:at|for|from|of|in|with|on|by|as|to|since|under|near|now) (?:[^,;:]|(?<=\d),(?=\d)){1,50}?"
    r"| [\u00a3$\u20ac]?\d[^;:]{0,24}?|, (?!and |or )[^,;:]{1,60}?(?=[,;]))?"
)
_AND = r"[,;]? (?:and|or|&|plus),? "
#: What leads to the next one: `the Danish firm`, `a late one from`; behind `and` also `in all other
#: parts,`.
_WITH = r"(?:(?:the|an?|its|his|her|our|their|one|another|with|then|also|lastly|finally)\b[^;:]{0,50} )?"
_LEAD = (
    r"(?:(?:the|an?|its|his|her|our|their|one|another|in|on|with|by|for|from|to|of|at|as|since|then|also|lately|lastly|finally)"
    r"\b[^;:]{0,50} )?"
)
_GAP = re.compile(rf"{_SAID}(?:{_AND}{_LEAD}|[,;] {_WITH})")
_LAST = re.compile(rf"{_SAID}{_AND}")
#: What goes on behind the last one.
_MORE = re.compile(rf"{_SAID}(?:{_AND}|; |, with\b)")
#: The same where the verb of the first is left out for the others.
_GAP_OF_SHARES = re.compile(
    rf" (?:\w+ ){{1,3}}[\u00a3$\u20ac]?\d[^;:]{{0,50}}?[,;] (?:and )?{_LEAD}"
)
#: The same word before two members: `to Leeds for the pollen, to York for the bone`.
_SAME_LEAD = re.compile(rf"{_SAID}, (?P<lead>in|on|by|for|from|to|of|at|as) (?:the )?")
_FIGURE = re.compile(r",? (?:(?:for|at|to|by|with) )?[\u00a3$\u20ac]?\d")
#: The same as `find_names` takes it for a part of the name: `Declan Moss 28`.
_FIGURE_IN_NAME = re.compile(r" \d{1,3}$")
_TWO_IN_ONE = re.compile(r" and the ")
_POSSESSIVE = re.compile(r"['\u2019]s(?=[,.;:)]| (?:and|or|&) |$)")
#: `Brest in Brittany, Ghent and Kassel`
_PLACED = re.compile(r" (?:in|near) (?:the )?")
_ARTICLE = re.compile(r"\b(?:[Tt]he|[Aa]n?) $")
_NOUN = re.compile(r" [a-z]")
_LONGEST_GAP: Final = 110
#: A list of more members is counted by no word before it.
_MOST: Final = 12
#: Words that make a clause of what stands between two names.
_CLAUSE_WORD = re.compile(
    r"\b(?:is|are|was|were|be|been|has|have|had|will|would|can|could|may|might|shall|should|did|does|do"
    r"|who|whom|which|that|whose|where|when|while|but|because|if|than|not|\w{3,}ed|said|took|went|came|made|gave|withdrew|won|lost|left|sold|bought|held|kept|ran|wrote|sent|stood|brought|built|found|led|met|paid"
    r"|put|rose|sat|spoke|drew|grew|fell|chose|began|became|bid|beat|stays?|stayed)\b"
    r"|[.!?] "
)
_COUNTS: Final = {word: int(value) for word, value in SMALL.items() if 2 <= value <= _MOST}
_COUNT = re.compile(rf"\b(?:{'|'.join(_COUNTS)}|\d{{1,2}})\b", re.IGNORECASE)
#: A count further away from the list, in characters, counts something else.
_COUNT_REACH: Final = 60


@dataclass(frozen=True, slots=True)
class Series:
    """The names that a text lists, in their order, and what it says of each."""

    members: tuple[Span, ...]
    #: What stands behind each of them, up to the next one or the end of its clause.
    said: tuple[str, ...]

    @property
    def start(self) -> int:
        """Where the first begins."""
        return self.members[0].start

    @property
    def end(self) -> int:
        """Where the last ends."""
        return self.members[-1].end


def find_series(text: str, names: Sequence[Span]) -> list[Series]:
    """The lists of two members or more among some names of a text.

    Examples:
        >>> from parallel_nb.engine.reader.language.names import find_names
        >>> text = "Bids came from Acme Lifts at £900 and, on Monday, from Beta Lifts."
        >>> [[m.text for m in s.members] for s in find_series(text, find_names(text)[1:])]
        [['Acme Lifts', 'Beta Lifts']]
    """
    groups: list[list[Span]] = []
    for name in _own_names(text, names):
        if groups and _follows(text, groups[-1], name):
            groups[-1].append(name)
        else:
            groups.append([name])
    return [_series(text, group) for group in groups if len(group) > 1]


def _own_names(text: str, names: Sequence[Span]) -> Iterator[Span]:
    """The names outside parentheses, each by itself, without those that describe another one."""
    depth = place = end = 0
    for whole in names:
        depth += text.count("(", place, whole.start) - text.count(")", place, whole.start)
        place = whole.start
        is_placed = bool(end) and bool(_PLACED.fullmatch(text, end, whole.start))
        start, end = whole.start, whole.end
        if depth > 0 or is_placed:
            continue
        for part in _TWO_IN_ONE.split(whole.text):
            end = start + len(part)
            if end == whole.end and _POSSESSIVE.match(text, end):
                end += 2  # `St Anne's, Hill Lane`
            # `the Danish firm Havnesoft`, `the Port took`
            if not (
                " " not in part
                and _ARTICLE.search(text, max(0, start - 5), start)
                and _NOUN.match(text, end)
            ):
                yield Span(start, end, text[start:end])
            start = end + len(" and the ")


def _follows(text: str, group: list[Span], name: Span) -> bool:
    """True where a name goes on with the list that ends with a group's last name."""
    if not 0 < name.start - group[-1].end <= _LONGEST_GAP:
        return False
    between = _PARENTHESES.sub("", text[group[-1].end : name.start])
    if _GAP.fullmatch(between) and not _CLAUSE_WORD.search(between):
        before = text[group[-2].end : group[-1].start] if len(group) > 1 else ""
        return not _LAST.match(before) or bool(_MORE.match(between))
    same = _SAME_LEAD.fullmatch(between)
    if same and text[: group[-1].start].removesuffix("the ").endswith(f" {same['lead']} "):
        return True
    has_figure = bool(_FIGURE.match(text, name.end) or _FIGURE_IN_NAME.search(name.text))
    return len(group) == 1 and has_figure and bool(_GAP_OF_SHARES.fullmatch(between))


def _series(text: str, group: list[Span]) -> Series:
    ends = [name.start for name in group[1:]]
    if _FIGURE_IN_NAME.search(group[-1].text) or _GAP_OF_SHARES.match(text, group[0].end):
        bare = (_FIGURE_IN_NAME.sub("", name.text) for name in group)
        group = [Span(n.start, n.start + len(b), b) for n, b in zip(group, bare, strict=True)]
    last = text.find(". ", group[-1].end)
    ends.append(len(text) if last < 0 else last)
    said = tuple(text[name.end : end] for name, end in zip(group, ends, strict=True))
    return Series(tuple(group), said)


def part_of(listed: Sequence[Series], name: frozenset[str], position: int) -> bool | None:
    """Whether a position stands in what a list says of a member, by the roots of its name.

    Returns:
        False where it stands in what is said of another one; None where the member is not listed.

    Examples:
        >>> from parallel_nb.engine.reader.language.names import find_names
        >>> text = "Bids came from Acme Lifts at £900 and Beta Lifts at £800."
        >>> found, name = find_series(text, find_names(text)[1:]), roots_of("Beta Lifts")
        >>> part_of(found, name, text.index("£800")), part_of(found, name, text.index("£900"))
        (True, False)
    """
    for series in listed:
        own = [roots_of(member.text) & name == name for member in series.members]
        if True in own and series.start <= position:
            at = max(n for n, member in enumerate(series.members) if member.start <= position)
            if position < series.members[at].end + len(series.said[at]):
                return own[at]
    return None


def counts_in(text: str) -> list[int]:
    """The small numbers in a text that can count the members of a list, in their order.

    Examples:
        >>> counts_in("It came out of three firms in 1962.")
        [3]
    """
    return [_COUNTS.get(m[0].lower()) or int(m[0]) for m in _COUNT.finditer(text)]


def is_counted(text: str, series: Series) -> bool | None:
    """Whether a list has as many members as a text says just before it; None where it does not say.

    Examples:
        >>> from parallel_nb.engine.reader.language.names import find_names
        >>> text = "It has two wines, Gate White and Gate Red."
        >>> is_counted(text, find_series(text, find_names(text))[0])
        True
    """
    counts = counts_in(text[max(0, series.start - _COUNT_REACH) : series.start])
    counts = [count for count in counts if count <= _MOST]
    return len(series.members) in counts if counts else None
