"""Charts and diagrams of Word files and presentations: what they show is in parts of their own."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, Final

from parallel_nb.engine.corpus.page import UnreadableFileError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from parallel_nb.engine.corpus.packages import Package
    from parallel_nb.engine.corpus.places import Place, PlacedText

_A: Final = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_C: Final = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"


def write_drawings(
    text: PlacedText, package: Package, part: str, place: Place | None = None
) -> None:
    """Add the charts of a part of a file as tables, and its diagrams as lists.

    Args:
        text: what it is added to.
        package: the file.
        part: the name of the part that shows them.
        place: where they stand; None for where the text before stands.
    """
    for _, kind, target in package.related(part):
        with contextlib.suppress(UnreadableFileError):
            root = package.part(target) if kind in {"chart", "diagramData"} else None
            if root is None:
                continue
            if kind == "diagramData":
                text.paragraph("\n".join(f"- {words}" for words in _paragraphs(root)), place)
                continue
            title = root.find(f".//{_C}title")
            text.paragraph(" ".join(_paragraphs(title) if title is not None else ()), place)
            text.table(_rows(root), has_head=True, place=place)


def _paragraphs(root: Any) -> Iterator[str]:
    for paragraph in root.iter(f"{_A}p"):
        if words := " ".join("".join(t.text or "" for t in paragraph.iter(f"{_A}t")).split()):
            yield words


def _rows(chart: Any) -> list[list[str]]:
    """The names of the series, then of each category its name and values."""
    series = list(chart.iter(f"{_C}ser"))
    labels = {index: label for one in series for index, label in _points(one, "cat")}
    values = [dict(_points(one, "val")) for one in series]
    if not labels:  # of points in a plane, and of values alone
        labels = {index: "" for each in values for index in each}
    names = [" ".join(v.text or "" for v in one.iterfind(f"{_C}tx//{_C}v")) for one in series]
    return [["", *names], *([label, *(each.get(index, "") for each in values)]
                            for index, label in labels.items())]  # fmt: skip


def _points(series: Any, kind: str) -> Iterator[tuple[str, str]]:
    found = series.find(f"{_C}{kind}")
    is_share = found is not None and "%" in (found.findtext(f".//{_C}formatCode") or "")
    for point in found.iter(f"{_C}pt") if found is not None else ():
        yield point.get("idx", ""), _shown(point.findtext(f"{_C}v") or "", is_share=is_share)


def _shown(value: str, *, is_share: bool) -> str:
    try:
        number = float(value)
    except ValueError:
        return value
    return f"{100 * number:.15g} %" if is_share else f"{number:.15g}"
