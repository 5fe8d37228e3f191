"""Reading pages by address: each row has its page or a reason; nothing is lost or paid twice."""

from __future__ import annotations

import _thread
import asyncio
import json
import os
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import polars as pl
import pytest
from starlette.responses import JSONResponse, Response

import parallel_nb as pnb
from parallel_nb.api.types import ExtractError, ExtractResponse, ExtractResult
from parallel_nb.connection import background
from parallel_nb.connection.launcher import stop_engine
from parallel_nb.extracts import pair_pages
from parallel_nb.job.start import journal_of_home
from tests.job.journals import connection_of
from tests.service.scripted import ScriptedService, error, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.requests import Request

BOEING = "https://companies.sample.example/boeing"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("PARALLEL_API_KEY", "PARALLEL_NB_MAX_COST", "PARALLEL_NB_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PARALLEL_NB_HOME", str(tmp_path))
    yield
    pnb.disconnect()
    background.shutdown()


async def are_kept(pages: int) -> None:
    """Wait until the journal has so many pages."""
    path = Path(os.environ["PARALLEL_NB_HOME"]) / "journal.sqlite3"
    with closing(sqlite3.connect(path)) as journal:
        while journal.execute("SELECT count(*) FROM pages").fetchone() < (pages,):  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def answer(request: Request) -> Response:
    """A service that has every page but those that are called missing, and refuses bad ones."""
    if request.method == "GET":
        return error(404)
    asked = json.loads(await request.body())
    if any("refused" in url for url in asked["urls"]):
        return error(422, "a url is refused")
    pages = [
        {
            "url": url,
            "title": f"Page {url}",
            "publish_date": "2025-02-03",
            "excerpts": [f"of {url}"],
        }
        for url in asked["urls"]
        if "missing" not in url
    ]
    faults = [
        {"url": url, "error_type": "fetch_error", "http_status_code": 404, "content": "gone"}
        for url in asked["urls"]
        if "missing" in url
    ]
    body = {"extract_id": "extract_1", "results": pages[::-1], "errors": faults, "session_id": "s"}
    return JSONResponse(body)


@pytest.fixture
def service() -> Iterator[ScriptedService]:
    with serving(answer) as service:
        pnb.connect("hosted", api_key="sk-secret", base_url=service.url)
        yield service


def sent(service: ScriptedService) -> list[Any]:
    return [json.loads(body) for body in service.bodies if body]


def addresses(count: int, name: str = "page") -> list[str]:
    return [f"https://example.org/{name}/{number}" for number in range(count)]


def test_each_row_has_its_page_whatever_the_order_of_the_answer(service: ScriptedService) -> None:
    frame = pd.DataFrame(
        {"id": range(47), "url": addresses(45) + addresses(2)}, index=range(100, 147)
    )
    pages = pnb.extract(frame, "What is it about?")
    df = pages.df
    assert df.index.tolist() == frame.index.tolist()
    assert df.columns.tolist() == ["url", "title", "publish_date", "excerpts", "text", "error"]
    assert df["title"].tolist() == [f"Page {url}" for url in frame["url"]]
    assert df["publish_date"].dtype == "datetime64[us]"
    assert df["error"].isna().all()
    asked = [url for body in sent(service) for url in body["urls"]]
    assert Counter(asked) == Counter(addresses(45))  # equal ones once
    assert max(len(body["urls"]) for body in sent(service)) == 20
    assert {body["objective"] for body in sent(service)} == {"What is it about?"}
    assert pages.cost == pytest.approx(0.045)
    assert "$0.045 at prices of" in str(pages)


@pytest.mark.parametrize(
    "urls",
    [
        "https://example.org/page/0",
        addresses(1),
        pd.Series(addresses(1), name="website"),
        pl.DataFrame({"url": addresses(1), "id": [1]}),
        pl.Series("address", addresses(1)),
        ["example.org/page/0"],
    ],
    ids=["text", "list", "series", "polars", "polars series", "no scheme"],
)
@pytest.mark.usefixtures("service")
def test_addresses_come_in_any_form_and_go_out_in_the_same_library(urls: Any) -> None:
    df = pnb.extract(urls).df
    assert isinstance(df, pl.DataFrame if "polars" in type(urls).__module__ else pd.DataFrame)
    assert df["url"].to_list() == ["https://example.org/page/0"]
    assert list(df["excerpts"][0]) == ["of https://example.org/page/0"]


def test_a_page_that_cannot_be_read_is_an_error_of_its_row(service: ScriptedService) -> None:
    urls = ["https://example.org/a", "https://example.org/missing", None, "  "]
    pages = pnb.extract([*urls, "ftp://a", "no url", "Who", "https://localhost/a"])
    assert [page.error for page in pages] == [
        None,
        "fetch_error (HTTP 404): gone",
        "there is no address",
        "there is no address",
        "this is no address of a page",
        "this is no address of a page",
        "this is no address of a page",
        None,
    ]
    assert len(pages.failed) == 6
    (body,) = sent(service)
    assert body["urls"] == [*urls[:2], "https://localhost/a"]
    shown = pages._repr_mimebundle_()
    for words in ("6 not read", "Not read: https://example.org/missing", "and 2 more: .failed"):
        assert words in shown["text/plain"]
        assert words in shown["text/html"]


def test_an_address_that_the_service_refuses_holds_up_no_other(service: ScriptedService) -> None:
    urls = [*addresses(24), "https://example.org/refused"]
    pages = pnb.extract(urls)
    assert [page.error for page in pages] == [None] * 24 + [pages[24].error]
    assert "a url is refused" in str(pages[24].error)
    with pytest.raises(pnb.InvalidRequestError, match="a url is refused"):
        pnb.extract(addresses(3, "refused"))
    assert len(service.bodies) < 20


def test_the_whole_text_is_asked_for_where_it_is_wanted(service: ScriptedService) -> None:
    pnb.extract(addresses(1), full=True, queries="audit report")
    pnb.extract(addresses(1), full=500, max_chars=1000)
    first, second = sent(service)
    assert first["advanced_settings"] == {"full_content": True}
    assert first["search_queries"] == ["audit report"]
    assert second["advanced_settings"] == {
        "full_content": {"max_chars_per_result": 500},
        "excerpt_settings": {"max_chars_per_result": 1000},
    }


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"urls": []}, "There are no addresses"),
        ({"urls": pd.DataFrame({"a": ["x"], "b": ["y"]})}, "no column 'url'"),
        ({"urls": pd.DataFrame({"a": ["x"], "b": ["y"]}), "column": "c"}, "no column 'c'"),
        ({"urls": 7}, "cannot be read as a table"),
        ({"urls": ["https://a.org"], "full": 0}, "full is 0"),
        ({"urls": ["https://a.org"], "objective": 3}, "objective"),
        ({"urls": ["https://a.org"], "objectiv": "x"}, "no option 'objectiv'"),
        ({"urls": addresses(1000), "max_cost": 0.5}, "1,000 addresses would cost $1.00"),
    ],
)
def test_what_cannot_be_meant_or_costs_too_much_is_refused(
    service: ScriptedService, arguments: dict[str, Any], words: str
) -> None:
    with pytest.raises(pnb.InputError) as caught:
        pnb.extract(**arguments)
    assert words in caught.value.message
    assert not sent(service)


def test_after_a_fault_the_same_call_reads_and_pays_only_the_rest() -> None:
    faulty = True

    async def fail_once(request: Request) -> Response:
        body = await request.body()
        if faulty and b"page/59" in body:
            await are_kept(40)  # the others come first
            return error(402, "not enough credit")
        return await answer(request)

    with serving(fail_once) as service:
        pnb.connect("hosted", api_key="sk-secret", base_url=service.url)
        with pytest.raises(pnb.PaymentRequiredError):
            pnb.extract(addresses(60), "What?")
        faulty = False
        before = len(sent(service))
        pages = pnb.extract(addresses(60), "What?")
        assert not pages.failed
        (again,) = sent(service)[before:]
        assert again["urls"] == addresses(60)[40:]
        assert pages.cost == pytest.approx(0.02)
        pages = pnb.extract(addresses(60), "What?")
        assert (pages.reused, pages.cost, len(sent(service))) == (60, 0.0, before + 1)
        assert "60 from the journal" in str(pages)
        pages = pnb.extract(addresses(60), "What?", fresh=True)  # as they are now
        assert pages.reused == 0
        assert pages.cost == pytest.approx(0.06)
        assert len(sent(service)) == before + 4


_KERNEL = """
import sys
import parallel_nb as pnb
pnb.connect("hosted", api_key="sk-secret", base_url=sys.argv[1])
pages = pnb.extract([f"https://example.org/page/{n}" for n in range(45)] + ["https://a.org/missing"])
print(pages.reused, pages.cost, [page.title for page in pages][:1], len(pages.failed))
"""


def test_another_kernel_pays_for_nothing_that_was_read(service: ScriptedService) -> None:
    told = []
    for _ in range(2):
        ran = subprocess.run(
            [sys.executable, "-c", _KERNEL, service.url], check=True, capture_output=True, text=True
        )
        told.append(ran.stdout.strip())
    title = "['Page https://example.org/page/0']"
    assert told == [f"0 0.046 {title} 1", f"45 0.001 {title} 1"]
    # what could not be read is asked for again
    assert sent(service)[-1]["urls"] == ["https://a.org/missing"]


def test_what_is_asked_otherwise_or_elsewhere_is_read_anew(service: ScriptedService) -> None:
    pnb.extract(addresses(2), "What?")
    for options in ({}, {"full": True}, {"queries": "what"}, {"max_chars": 500}):
        assert pnb.extract(addresses(2), "Who?", **options).reused == 0
        assert pnb.extract(addresses(3), "Who?", **options).reused == 2
    pnb.connect(
        "hosted", api_key="sk-secret", base_url=service.url.replace("127.0.0.1", "localhost")
    )
    assert pnb.extract(addresses(2), "What?").reused == 0


def test_old_pages_are_forgotten_and_a_wrong_clock_forgets_none(service: ScriptedService) -> None:
    pnb.extract(addresses(2), "What?")
    journal = journal_of_home()
    now, day = time.time(), 86_400.0
    journal.prune(365, clock=now + 4000 * day)
    assert pnb.extract(addresses(2), "What?").reused == 2
    connection_of(journal).execute("UPDATE pages SET read = read - ?", [396 * day])
    pnb.extract(addresses(1), "Who?")
    journal.prune(365, clock=now)
    assert pnb.extract(addresses(2), "What?").reused == 0


def test_an_interrupt_keeps_what_was_read() -> None:
    held = threading.Event()

    async def hold(request: Request) -> Response:
        if b"page/21" in await request.body() and not held.is_set():
            await are_kept(20)
            held.set()
            await asyncio.sleep(30)
        return await answer(request)

    def interrupt() -> None:
        assert held.wait(60)
        _thread.interrupt_main()

    with serving(hold) as service:
        pnb.connect("hosted", api_key="sk-secret", base_url=service.url)
        interrupting = threading.Thread(target=interrupt)
        interrupting.start()
        with pytest.raises(pnb.ExtractInterrupted, match="20 of 40 addresses were read"):
            pnb.extract(addresses(40))
        interrupting.join()
        before = len(sent(service))
        assert not pnb.extract(addresses(40)).failed
        assert [body["urls"] for body in sent(service)[before:]] == [addresses(40)[20:]]
        pnb.disconnect()
        background.shutdown()  # while the service is there to close the connections with


def test_a_page_is_known_by_its_address_in_any_form() -> None:
    results = [
        ExtractResult(url="https://www.example.org/A/", title="a"),
        ExtractResult(url="https://elsewhere.org/moved", title="b"),
    ]
    faults = [ExtractError(url="http://c.org", error_type="timeout")]
    urls = ["http://example.org/a", "https://b.org", "https://c.org"]
    found = pair_pages(urls, ExtractResponse(extract_id="e", results=results, errors=faults))
    assert [found[url].title for url in urls] == ["a", "b", None]
    assert [found[url].url for url in urls] == urls
    assert found["https://c.org"].error == "timeout"
    none = pair_pages(urls, ExtractResponse(extract_id="e", results=[]))
    assert {page.error for page in none.values()} == {
        "the service has given no page for this address"
    }


def test_the_engine_reads_the_documents_of_its_room(tmp_path: Path) -> None:
    room = tmp_path / "room"
    room.mkdir()
    report = "# Report\n\nThe auditor is Ada Byron.\n\nEnd.\n"
    (room / "audit report.md").write_text(report, "utf-8")
    (room / "other.md").write_text("# Other\n\nNothing of interest.\n", "utf-8")
    try:
        connection = pnb.connect("embedded", documents=room)
        hits = pnb.search("Who is the auditor?")
        pages = pnb.extract(hits, "Who is the auditor?", full=True)
        assert [page.url for page in pages] == [hit.url for hit in hits]
        assert "The auditor is Ada Byron." in (pages[0].text or "")
        assert any("Ada Byron" in excerpt for excerpt in pages[0].excerpts or [])
        assert pages.cost == 0.0
        assert connection.label in str(pages)
        (missing,) = pnb.extract("https://example.org/elsewhere")
        assert "not among the engine's documents" in str(missing.error)
    finally:
        stop_engine(room)
