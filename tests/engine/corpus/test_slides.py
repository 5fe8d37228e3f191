"""Presentations: slides in the order in which they are shown, with their notes."""

from __future__ import annotations

from parallel_nb.engine.corpus.places import place_at
from parallel_nb.engine.corpus.slides import read_slides
from tests.engine.corpus.office_files import DRAWINGS, slides_file, with_drawings


def test_slides_come_in_the_order_in_which_they_are_shown() -> None:
    slides = [["Acme in 2024", "An overview"], ["Figures", "Sales: EUR 5", "Staff: 12"]]
    parsed = read_slides(slides_file(slides, {2: "Sales are not audited."}))
    assert (parsed.title, parsed.pages) == ("Acme in 2024", 2)
    assert parsed.text == (
        "## Acme in 2024\n\nAn overview\n\n## Figures\n\nSales: EUR 5\n\nStaff: 12\n\n"
        "Sales are not audited."
    )
    labels = {"overview": "slide 1", "Figures": "slide 2", "Staff": "slide 2"}
    for passage, label in {**labels, "audited": "slide 2, notes"}.items():
        place = place_at(parsed.text, parsed.places, parsed.text.index(passage))
        assert place is not None
        assert place.label == label


def test_charts_and_diagrams_are_read() -> None:
    data = slides_file([["Sales"], ["Next"]], {1: "Not audited."})
    parsed = read_slides(with_drawings(data, "ppt/slides/slide2.xml"))
    assert parsed.text == f"## Sales\n\n{DRAWINGS}\n\nNot audited.\n\n## Next"
    place = place_at(parsed.text, parsed.places, parsed.text.index("2024"))
    assert place is not None
    assert place.label == "slide 1"
