"""`job.page` and the panel's page: from a value to its page, over the real engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from reportlab.pdfgen.canvas import Canvas

import parallel_nb as pnb
from parallel_nb import display
from parallel_nb.connection.launcher import stop_engine
from parallel_nb.connection.shown_pages import show_page
from parallel_nb.job.cited import identity_of
from tests.display.front_end import NotebookPage, close_notebook, open_notebook, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CHIEF = "Its chief executive, <b>since May</b>, is Ada Byron."
RENT = "The annual rent of Meridian Freight is EUR 1,240,000."


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "dataroom"
    folder.mkdir()
    canvas = Canvas(str(folder / "lease.pdf"))
    for words in ("Lease of Tilburg.", RENT, "Signed."):
        canvas.drawString(60, 600, words)
        canvas.showPage()
    canvas.save()
    people = (
        "# Meridian Freight\n\n## People\n\nIts chief executive, <b>since May</b>, is Ada Byron.\n"
    )
    (folder / "people.md").write_text(people)
    yield folder
    pnb.disconnect()
    stop_engine(folder)


@pytest.fixture
def notebook(monkeypatch: pytest.MonkeyPatch) -> Iterator[NotebookPage]:
    page = open_notebook(monkeypatch)
    yield page
    close_notebook(page)


def ask(room: Path) -> pnb.Job:
    pnb.connect("embedded", documents=room)
    frame = pd.DataFrame({"company": ["Meridian Freight", "Alder"]}, index=["m", "a"])
    fields = pnb.parse_fields("annual_rent: int? - annual rent in EUR\nchief_executive: str?")
    return pnb.tasks(frame, "What is known of {{company}}?", output=fields)


def test_a_value_leads_to_the_page_that_it_rests_on(room: Path) -> None:
    job = ask(room)
    page = job.page("m", "annual_rent")
    assert repr(page) == "<CitedPage lease.pdf, page 2 of 3>"
    assert page.png is not None
    assert page.png.startswith(b"\x89PNG")
    assert (page.text, page.note, len(page.shown.marks)) == (RENT, "", 1)
    assert job.page("Meridian Freight", "annual_rent") == page
    assert page.turn().text == "Signed."
    assert page.turn(-1).text == "Lease of Tilburg."
    with pytest.raises(pnb.InputError, match="has no page 4"):
        page.turn(2)
    bundle = display.page_bundle(page)
    assert set(bundle) == {"text/html", "text/plain", "image/png"}
    assert "lease.pdf, page 2 of 3" in bundle["text/html"]
    people = job.page("m", "chief_executive")
    assert people.png is None
    bundle = display.page_bundle(people)
    assert set(bundle) == {"text/html", "text/plain"}
    assert (
        "Its chief executive, &lt;b&gt;since May&lt;/b&gt;, is Ada Byron.</mark>"
        in bundle["text/html"]
    )
    assert "Meridian Freight &gt; People" in bundle["text/html"]
    assert "p. 2" in display.job_bundle(job)["text/html"]
    for row, field, what in (
        ("x", "annual_rent", "no row 'x'"),
        ("m", "rent", "no field 'rent'"),
        ("a", "annual_rent", "No source is cited"),
    ):
        with pytest.raises(pnb.InputError, match=what):
            job.page(row, field)
    with pytest.raises(pnb.InputError, match="no source 1"):
        job.page("m", "annual_rent", source=1)

    pnb.connect("hosted", api_key="k" * 20)  # another connection: the engine still runs
    assert job.page("m", "annual_rent") == page
    stop_engine(room)
    with pytest.raises(pnb.ConnectionProblem, match="are not connected"):
        job.page("m", "annual_rent")
    pnb.connect("embedded", documents=room)
    assert job.page("m", "annual_rent") == page
    (room / "lease.pdf").unlink()
    with pytest.raises(pnb.InputError, match="deleted, moved or renamed"):
        job.page("m", "annual_rent")


def test_the_panel_has_the_page_of_each_source(room: Path, notebook: NotebookPage) -> None:
    job = ask(room)
    widget = notebook.display(job.panel())
    evidence = widget.ask("evidence", row=0, field=0)
    (source,) = evidence["sources"]
    assert source["place"] == "dataroom/lease.pdf, p. 2"
    assert source["has_page"]

    def page_of(question: dict[str, Any]) -> dict[str, Any]:
        asked = len(widget.messages)
        widget.send({"kind": "page", "id": 1, **question})
        wait_until("the page", lambda: len(widget.messages) > asked)
        return widget.messages[-1]

    wanted = {"row": 0, "field": 0, "source": 0, "number": None}
    page = page_of(wanted)
    assert (page["kind"], page["number"], page["total"]) == ("page", 2, 3)
    assert str(page["picture"]).startswith("iVBORw0KGgo")
    assert page_of(wanted | {"number": 3})["number"] == 3
    for wrong in ({"source": 9}, {"row": 9}, {"row": "0"}, {"field": None}, {"number": 99}):
        assert page_of(wanted | wrong)["problem"]
    frame_panel = notebook.display(job.df.parallel.panel())
    assert frame_panel.ask("evidence", row=0, field=0)["sources"][0]["has_page"]


def test_what_the_web_has_said_has_no_page_here() -> None:
    assert identity_of("trun_unknown") == "hosted"
    with pytest.raises(pnb.InputError, match="no page of it is kept"):
        show_page("hosted:0a1b2c", "https://a.example/")


def test_a_document_with_an_address_of_its_own_has_pages_too() -> None:
    pnb.connect("embedded")
    answer = pnb.tasks(
        [{"language": "Rust"}],
        "When was {{language}} first released?",
        output=pnb.parse_fields("released: int? - year of the first release"),
    )
    page = answer.page(0, "released")
    assert page.shown.is_marked
    assert "2015" in page.text or "2012" in page.text
    no_value: list[tuple[Any, Any]] = [(3, 0), (None, 0), ("released", "x"), ("released", 0.5)]
    for field, source in no_value:
        with pytest.raises(pnb.InputError):
            answer.page(0, field, source=source)
    pnb.disconnect()
