"""Documents that are added, changed or removed are seen by an engine that goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.engine.conftest import spec
from tests.engine_process import wait_for

if TYPE_CHECKING:
    from pathlib import Path

    import httpx2

    from tests.engine_process import EngineProcess


def urls(http: httpx2.Client, query: str) -> list[str]:
    """The addresses of what a search finds; the engine is not asked to look at its folder."""
    answer = http.post("/v1/search", json={"search_queries": [query], "mode": "basic"})
    return [page["url"] for page in answer.json()["results"]]


def founded(http: httpx2.Client, name: str) -> Any:
    """What a reader says of a company."""
    fields = spec(founded={"type": ["integer", "null"], "description": "Year of foundation"})
    body = {"processor": "lite", "input": name, "task_spec": fields}
    run = http.post("/v1/tasks/runs", json=body).json()["run_id"]
    result = http.get(f"/v1/tasks/runs/{run}/result", params={"timeout": 60})
    return result.json()["output"]["content"]["founded"]


def test_search_and_readers_follow_the_folder(own_engine: EngineProcess, folder: Path) -> None:
    with own_engine.http() as http:
        pid = http.get("/engine").json()["pid"]
        assert founded(http, "Alpha Corp") == 1987
        assert urls(http, "zeppelins") == []
        page = folder / "delta.md"
        page.write_text("# Delta GmbH\n\nDelta GmbH was founded in 2011. It makes zeppelins.\n")
        wait_for(lambda: urls(http, "zeppelins"), what="the new page", within=20)
        assert founded(http, "Delta GmbH") == 2011
        page.write_text("# Delta GmbH\n\nDelta GmbH was founded in 1912. It makes airships.\n")
        wait_for(lambda: urls(http, "airships"), what="the changed page", within=20)
        assert founded(http, "Delta GmbH") == 1912
        page.unlink()
        wait_for(lambda: not urls(http, "airships"), what="the end of the page", within=20)
        assert founded(http, "Delta GmbH") is None
        assert founded(http, "Alpha Corp") == 1987
        assert http.get("/engine").json()["pid"] == pid


def test_a_refresh_answers_when_all_is_read(own_engine: EngineProcess, folder: Path) -> None:
    with own_engine.http() as http:
        (folder / "delta.md").write_text("Delta GmbH makes zeppelins.")
        answer = http.post("/engine/refresh").json()
        while not answer["is_read"]:
            answer = http.post("/engine/refresh", params={"look": answer["look"]}).json()
        assert answer["documents"] == 4
        assert answer["problem"] is None
        assert urls(http, "zeppelins") == ["file:dataroom/delta.md"]
        for file in folder.iterdir():
            file.unlink()
        answer = {"is_read": False}
        while not answer["is_read"]:
            answer = http.post("/engine/refresh").json()
        assert "no readable document" in answer["problem"][0]
