"""The JupyterLab side: a thin extension of the Jupyter server, and the built front end.

The front end (`js/lab`, built into `labextension/`) lets cells read right and shows the jobs of
the journal. The server extension reads the journal for it, so that jobs are seen when no kernel
runs. Everything else of parallel_nb works without both.
"""

from __future__ import annotations

from typing import Any


def _jupyter_labextension_paths() -> list[dict[str, str]]:
    """Where the built front end lies, for `jupyter labextension develop`."""
    return [{"src": "labextension", "dest": "parallel-nb"}]


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    """The modules that the server loads."""
    return [{"module": "parallel_nb.lab"}]


def _load_jupyter_server_extension(server: Any) -> None:
    """Add our routes to a server. What answers them is imported by the first request."""
    from parallel_nb.lab.handlers import add_routes  # noqa: PLC0415 - needs jupyter_server

    add_routes(server.web_app, server.web_app.settings["base_url"])
