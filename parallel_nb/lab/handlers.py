"""The routes that our extension adds to a Jupyter server. Each asks the server who is there.

They read the journal; what changes something is a POST or a DELETE. Files and SQLite are read
in a thread, so that the server goes on.
"""

from __future__ import annotations

import asyncio
import json
import tempfile
import threading
from collections import OrderedDict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, ParamSpec

import tornado.web
from jupyter_server.base.handlers import APIHandler
from jupyter_server.utils import url_path_join

from parallel_nb.api.errors import InputError, ParallelError

if TYPE_CHECKING:
    from collections.abc import Callable

    from parallel_nb.display.results_panel import ResultsPanel

P = ParamSpec("P")

#: Panels of answers that are kept ready, and the rows that one reads at most: the server is
#: shared by all that a person has open.
_MOST_PANELS: Final = 3
_MOST_ROWS: Final = 50_000
_OFFICE: Final = "application/vnd.openxmlformats-officedocument"
#: The forms in which answers are downloaded, each with its media type.
_FORMS: Final = {
    "xlsx": f"{_OFFICE}.spreadsheetml.sheet",
    "docx": f"{_OFFICE}.wordprocessingml.document",
    "html": "text/html",
    "csv": "text/csv",
    "json": "application/json",
    "jsonl": "application/jsonl",
    "parquet": "application/vnd.apache.parquet",
}
_ASSETS: Final = {"panel.js": "text/javascript", "panel.css": "text/css"}
_ID: Final = r"([A-Za-z0-9_.\-]{1,100})"


class _Handler(APIHandler):
    """Says our errors as JSON: `message` and `remedy`."""

    async def answer(self, work: Callable[P, Any], *args: P.args, **kwargs: P.kwargs) -> None:
        """Do the work in a thread and send what it gives."""
        try:
            self.send(await asyncio.to_thread(work, *args, **kwargs))
        except ParallelError as error:
            self.set_status(400 if isinstance(error, InputError) else 503)
            self.finish(json.dumps({"message": error.message, "remedy": error.remedy}))
        except ImportError as error:
            self.set_status(503)
            message = f"The Python that JupyterLab runs on has not all of parallel_nb: {error}."
            remedy = "Run `pip install parallel-nb` there, and start JupyterLab again."
            self.finish(json.dumps({"message": message, "remedy": remedy}))

    def send(self, value: Any) -> None:
        """Send what the work gave."""
        self.finish(json.dumps(value))


class JobsHandler(_Handler):
    """`GET parallel-nb/jobs?search=WORDS`: the list of jobs."""

    @tornado.web.authenticated
    async def get(self) -> None:
        """Send the list."""
        await self.answer(_list, self.get_query_argument("search", ""))


class JobHandler(_Handler):
    """`DELETE parallel-nb/jobs/ID`: forget a job, with `?unfinished=1` also one that is not."""

    @tornado.web.authenticated
    async def delete(self, name: str) -> None:
        """Forget the job."""
        unfinished = self.get_query_argument("unfinished", "") == "1"
        await self.answer(_clear, name, unfinished=unfinished)


class StopHandler(_Handler):
    """`POST parallel-nb/jobs/ID/stop`: submit nothing more."""

    @tornado.web.authenticated
    async def post(self, name: str) -> None:
        """Ask for the stop."""
        await self.answer(_stop, name)


class PanelHandler(_Handler):
    """`POST parallel-nb/jobs/ID/panel`: what the widget of `job.panel()` asks its kernel."""

    @tornado.web.authenticated
    async def post(self, name: str) -> None:
        """Answer one message; `head` reads the job anew."""
        message = self.get_json_body()
        await self.answer(_ask_panel, name, message if isinstance(message, dict) else {})


class ExportHandler(_Handler):
    """`GET parallel-nb/jobs/ID/export?form=csv`: the answers as a file, or with `basis=1` why."""

    @tornado.web.authenticated
    async def get(self, name: str) -> None:
        """Send the file."""
        form = self.get_query_argument("form", "csv")
        basis = self.get_query_argument("basis", "") == "1"
        if form not in _FORMS:
            raise tornado.web.HTTPError(400, f"There is no form {form!r}.")
        self._file = (f"{name}.{form}", _FORMS[form])
        await self.answer(_export, name, form, basis=basis)

    def send(self, value: bytes) -> None:
        """Send the file, to be kept and not to be shown."""
        name, kind = self._file
        self.set_header("Content-Disposition", f'attachment; filename="{name}"')
        self.finish(value, set_content_type=kind)


class AssetHandler(APIHandler):
    """`GET parallel-nb/assets/NAME`: the widget of `job.panel()`, for a panel beside a notebook."""

    @tornado.web.authenticated
    async def get(self, name: str) -> None:
        """Send the file as it was built."""
        from parallel_nb.display.widgets.assets import read_asset  # noqa: PLC0415 - as below

        self.set_header("Cache-Control", "no-cache")  # the browser asks whether it has changed
        self.finish(read_asset(name), set_content_type=_ASSETS[name])


class LessonsHandler(_Handler):
    """`GET parallel-nb/lessons`: the notebooks of the package, for a copy that can be run."""

    @tornado.web.authenticated
    async def get(self) -> None:
        """Send their names and contents."""
        await self.answer(_lessons)


def _list(search: str) -> dict[str, Any]:
    from parallel_nb.lab.jobs import list_jobs  # noqa: PLC0415 - the server starts without it

    return list_jobs(search)


def _stop(name: str) -> dict[str, str]:
    from parallel_nb.job.archive import stop_job  # noqa: PLC0415 - loads pandas

    stop_job(name)
    return {}


def _clear(name: str, *, unfinished: bool) -> dict[str, str]:
    from parallel_nb.job.archive import clear_jobs  # noqa: PLC0415 - loads pandas

    return {"message": repr(clear_jobs(name, unfinished=unfinished))}


def _export(name: str, form: str, *, basis: bool) -> bytes:
    from parallel_nb.job.archive import export_job  # noqa: PLC0415 - loads pandas

    with tempfile.TemporaryDirectory(prefix="parallel_nb_") as folder:
        path = Path(folder) / f"answers.{form}"
        export_job(name, path, basis=basis)
        return path.read_bytes()


_panels: OrderedDict[str, ResultsPanel] = OrderedDict()
_panels_lock = threading.Lock()


def _ask_panel(name: str, message: dict[str, Any]) -> dict[str, Any]:
    kind = str(message.get("kind", ""))
    with _panels_lock:
        panel = _panels.pop(name, None)
        if panel is None or kind == "head":
            panel = _read_panel(name)
        _panels[name] = panel
        while len(_panels) > _MOST_PANELS:
            _panels.popitem(last=False)
    if kind == "head":
        return panel.head() | {"closable": False}
    return panel.answer(kind, message) or {}


def _read_panel(name: str) -> ResultsPanel:
    from parallel_nb.display.panels import panel  # noqa: PLC0415 - loads pandas
    from parallel_nb.display.results_panel import ResultsPanel  # noqa: PLC0415 - the same
    from parallel_nb.job.archive import find_job, read_job  # noqa: PLC0415 - the same

    made = panel(read_job(find_job(name)))
    assert isinstance(made, ResultsPanel)  # noqa: S101 - the panel of a job is one
    made.read_all(_MOST_ROWS)
    return made


def _lessons() -> list[dict[str, Any]]:
    from parallel_nb.lessons import LESSONS, folder  # noqa: PLC0415 - the server starts without it

    paths = [folder() / f"{name}.ipynb" for name in LESSONS]
    return [{"name": path.name, "content": json.loads(path.read_text("utf-8"))} for path in paths]


def add_routes(application: tornado.web.Application, base_url: str) -> None:
    """Add all routes below `base_url`, where also a JupyterHub's proxy finds them."""
    routes = [
        ("jobs", JobsHandler),
        (f"jobs/{_ID}", JobHandler),
        (f"jobs/{_ID}/stop", StopHandler),
        (f"jobs/{_ID}/panel", PanelHandler),
        (f"jobs/{_ID}/export", ExportHandler),
        (rf"assets/({'|'.join(_ASSETS)})", AssetHandler),
        ("lessons", LessonsHandler),
    ]
    application.add_handlers(
        ".*$", [(url_path_join(base_url, "parallel-nb", path), handler) for path, handler in routes]
    )
