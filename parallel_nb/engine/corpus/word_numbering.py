"""The numbers of clauses in Word files, which are not in their text but counted.

The rules are those of ECMA-376, part 1, section 17.9: a list (`num`) has a form (`abstractNum`) of
up to nine levels; a paragraph names its list and level itself, or its style does.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Final

from parallel_nb.engine.corpus.page import whole_number

W: Final = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_PLACEHOLDER = re.compile(r"%([1-9])")
_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz"
_ROMAN: Final = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"),
    (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip
_LARGEST_ROMAN: Final = 4000
#: Numbers are counted to here, so that a broken file makes no endless text.
_LARGEST: Final = 100_000


@dataclass(frozen=True, slots=True)
class _Level:
    start: int
    format: str
    text: str
    is_legal: bool
    restarts: bool


@dataclass(slots=True)
class Numbering:
    """Counts the paragraphs of a document, in their order."""

    #: The levels of each form, and the form and own starts of each list.
    forms: dict[str, dict[int, _Level]] = field(default_factory=dict)
    lists: dict[str, tuple[str, dict[int, int]]] = field(default_factory=dict)
    _counters: dict[str, dict[int, int]] = field(default_factory=dict)
    _started: set[tuple[str, int]] = field(default_factory=set)

    @classmethod
    def read(cls, root: Any) -> Numbering:
        """The lists of `word/numbering.xml`; None has none."""
        numbering = cls()
        if root is None:
            return numbering
        linked: dict[str, str] = {}
        for form in root.iter(f"{W}abstractNum"):
            name = form.get(f"{W}abstractNumId", "")
            numbering.forms[name] = {
                whole_number(level.get(f"{W}ilvl")): _read_level(level)
                for level in form.iter(f"{W}lvl")
            }
            link, own = form.find(f"{W}numStyleLink"), form.find(f"{W}styleLink")
            if own is not None:
                linked[own.get(f"{W}val", "")] = name
            if link is not None:
                linked[f"of {name}"] = link.get(f"{W}val", "")
        for entry in root.iter(f"{W}num"):
            form_id = value_of(entry, "abstractNumId")
            form_id = linked.get(linked.get(f"of {form_id}", ""), form_id)
            starts: dict[int, int] = {}
            for override in entry.iter(f"{W}lvlOverride"):
                if start := value_of(override, "startOverride"):
                    starts[whole_number(override.get(f"{W}ilvl"))] = whole_number(start)
                for level in override.iter(f"{W}lvl"):
                    own_form = f"{form_id} of {entry.get(f'{W}numId')}"
                    levels = dict(numbering.forms.get(form_id, {}))
                    levels[whole_number(override.get(f"{W}ilvl"))] = _read_level(level)
                    numbering.forms[own_form] = levels
                    form_id = own_form
            numbering.lists[entry.get(f"{W}numId", "")] = (form_id, starts)
        return numbering

    def label(self, list_id: str, level: int) -> str | None:
        """The label of the next paragraph on a level of a list: `4.2`, `(a)`, or `-` for a bullet.

        Returns:
            None where there is no such list, or its level shows nothing.
        """
        form_id, starts = self.lists.get(list_id, ("", {}))
        levels = self.forms.get(form_id, {})
        if level not in levels:
            return None
        counters = self._counters.setdefault(form_id, {})
        if level in starts and (list_id, level) not in self._started:
            self._started.add((list_id, level))
            counters[level] = starts[level]
        elif level in counters:
            counters[level] = min(counters[level] + 1, _LARGEST)
        else:
            counters[level] = levels[level].start
        for deeper in [d for d in counters if d > level and levels[d].restarts]:
            del counters[deeper]
        if levels[level].format == "bullet":
            return "-"

        def shown(match: Any) -> str:
            above = int(match[1]) - 1
            if above not in levels:
                return ""
            number = counters.get(above, levels[above].start)
            legal = levels[level].is_legal and above != level
            return written_number(number, "decimal" if legal else levels[above].format)

        return _PLACEHOLDER.sub(shown, levels[level].text).strip() or None


def _read_level(level: Any) -> _Level:
    return _Level(
        whole_number(value_of(level, "start") or "1"),
        value_of(level, "numFmt") or "decimal",
        value_of(level, "lvlText")[:50],
        level.find(f"{W}isLgl") is not None,
        value_of(level, "lvlRestart") != "0",
    )


def value_of(element: Any, path: str) -> str:
    """What an element below another says; empty where there is none, or it says nothing."""
    found = element.find("/".join(f"{W}{name}" for name in path.split("/")))
    return "" if found is None else str(found.get(f"{W}val", ""))


def written_number(number: int, form: str) -> str:
    """A number as a list shows it."""
    if form in {"lowerLetter", "upperLetter"} and number > 0:
        letters = _LETTERS[(number - 1) % 26] * min(10, (number - 1) // 26 + 1)
        return letters.upper() if form == "upperLetter" else letters
    if form in {"lowerRoman", "upperRoman"} and 0 < number < _LARGEST_ROMAN:
        roman = ""
        for value, sign in _ROMAN:
            roman += sign * (number // value)
            number %= value
        return roman.upper() if form == "upperRoman" else roman
    if form == "none":
        return ""
    return f"{number:02}" if form == "decimalZero" else str(number)
