"""A room of a few papers that a test writes itself, and what is found in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parallel_nb.api.findall import MatchCondition
from parallel_nb.engine.corpus.documents import load_corpus
from parallel_nb.engine.finder.entities import rank
from parallel_nb.engine.finder.judge import judge
from parallel_nb.engine.finder.plan import plan
from parallel_nb.engine.index.fulltext import Index

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def room_of(folder: Path, texts: Mapping[str, str]) -> Index:
    """A room of files with these texts, by their paths."""
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
    return Index.build(load_corpus(folder))


def matches(index: Index, kind: str, *conditions: str) -> set[str]:
    """The names of what meets all conditions, each judged by itself."""
    asked = [MatchCondition(name=f"c{i}", description=each) for i, each in enumerate(conditions)]
    return {
        each.name
        for each in rank(index, kind, f"{kind}: {conditions[0]}")
        if judge(
            index, {"name": each.name, "url": each.url, "has_page": each.has_page}, kind, asked
        )["status"]
        == "matched"
    }


def listed(index: Index, kind: str, *conditions: str) -> set[str]:
    """The names that a plan lists of which all conditions hold."""
    found = plan(index, kind, conditions)
    return {name for key, (name, _) in found.names.items() if all(e.is_so for e in found.told[key])}
