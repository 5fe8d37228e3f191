"""What a person sees: live widgets while something runs, static HTML and text that last.

`html/` holds pure functions from values to HTML and text, `widgets/` the anywidgets, `static/`
their built JavaScript and CSS. `rows` reads answers into plain values, `bundles` makes outputs
of them; `view` shows a running job, `results_panel` and `search_panel` are what a person opens,
and `panels` makes them of what a person has.
`registration` tells IPython, marimo and DataFrames how our values are shown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

#: Each public name with its module: one is imported when a name of it is first asked for.
_MODULES = {
    "NotebookView": "view",
    "extract_bundle": "bundles",
    "find_bundle": "bundles",
    "find_plan_bundle": "bundles",
    "job_bundle": "bundles",
    "page_bundle": "bundles",
    "panel": "panels",
    "plan_bundle": "bundles",
    "search_bundle": "bundles",
    "task_bundle": "bundles",
}
__all__ = list(_MODULES)


def __getattr__(name: str) -> Callable[..., Any]:
    """Import the module of a public name when it is first asked for."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module  # noqa: PLC0415 - the point of this function

    value: Callable[..., Any] = getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
    return value
