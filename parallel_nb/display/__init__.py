"""What a person sees: live widgets while something runs, static HTML and text that last.

`static/` holds pure functions from values to HTML and text (and the built bundles);
`adapt` reads the values off jobs and results; `view` shows a running job; the widgets are
anywidgets, imported when one is first shown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "NotebookView",
    "job_bundle",
    "panel",
    "plan_bundle",
    "search_bundle",
    "show_job",
    "task_bundle",
]

_HOMES = {
    "NotebookView": "view",
    "job_bundle": "bundles",
    "panel": "results_panel",
    "plan_bundle": "bundles",
    "search_bundle": "bundles",
    "show_job": "bundles",
    "task_bundle": "bundles",
}


def __getattr__(name: str) -> Callable[..., Any]:
    """Import the module of a public name when it is first asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module  # noqa: PLC0415 - the point of this function

    found: Callable[..., Any] = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    return found
