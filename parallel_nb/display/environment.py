"""Where we are shown: a Jupyter kernel, marimo, a terminal; and whether widgets are wanted."""

from __future__ import annotations

import sys
from typing import Any, Literal

from parallel_nb import settings
from parallel_nb.display.widgets.assets import has_asset

Mode = Literal["live", "marimo", "static", "terminal"]


def shell() -> Any | None:
    """The running IPython shell, in a kernel or a terminal; None in plain Python."""
    ipython = sys.modules.get("IPython")
    return ipython.get_ipython() if ipython is not None else None


def in_kernel() -> bool:
    """True in a Jupyter kernel; False in a terminal and in plain Python."""
    return getattr(shell(), "kernel", None) is not None


def mode() -> Mode:
    """How to show a running job here.

    Returns:
        `live`: a widget that becomes static HTML. `static`: one finished output (asked for, or
        the widgets have not been built). `marimo`: a widget, which marimo never writes to a
        file. `terminal`: lines on stderr.
    """
    if not in_kernel():
        return "marimo" if _in_marimo() and has_widgets() else "terminal"
    return "live" if has_widgets() else "static"


def may_ignore_updates() -> bool:
    """True where the running cell may come from a front end that shows no update of an output.

    jupyter console and qtconsole do not, and no kernel is told which front end asks. The request
    tells a little: that of a notebook names its cell, and who runs notebooks to their end
    (nbclient, papermill, nbval) cannot be asked for input.
    """
    get_parent = getattr(getattr(shell(), "kernel", None), "get_parent", None)
    request = get_parent("shell") if get_parent is not None else {}
    names_cell = bool(request.get("metadata", {}).get("cellId"))
    return bool(request.get("content", {}).get("allow_stdin")) and not names_cell


def _in_marimo() -> bool:
    """True in the kernel of a marimo notebook; False in a script, also in one of marimo's."""
    marimo = sys.modules.get("marimo")
    return marimo is not None and bool(marimo.running_in_notebook())


def has_widgets() -> bool:
    """True when widgets are wanted (the setting `static` is off) and all of them are built."""
    built = all(has_asset(f"{name}.js") for name in ("progress", "panel", "search"))
    return built and not settings.current().static


def show(bundle: dict[str, str]) -> None:
    """Display a finished bundle here and now; a picture below its caption."""
    from IPython import display  # noqa: PLC0415 - loaded when shown

    untyped: Any = display
    picture = bundle.get("image/png")
    untyped.display({kind: bundle[kind] for kind in bundle if kind != "image/png"}, raw=True)
    if picture is not None:
        untyped.display({"image/png": picture, "text/plain": "the page as a picture"}, raw=True)


def show_live(widget: Any, text: str) -> Any:
    """Display a widget; returns the handle by which its output is replaced later.

    `text` stands in the file meanwhile, for whoever opens it without the kernel.
    """
    from IPython import display  # noqa: PLC0415 - loaded when shown

    untyped: Any = display
    data, _metadata = widget._repr_mimebundle_()
    return untyped.display(data | {"text/plain": text}, raw=True, display_id=True)


def show_in_marimo(widget: Any) -> None:
    """Make a widget the output of the running cell; from the cell's own thread."""
    sys.modules["marimo"].output.replace(widget)


class HtmlOnly:
    """A bundle for a front end that asks an object for `_repr_html_` and nothing else."""

    def __init__(self, bundle: dict[str, str]) -> None:
        """`bundle` has HTML and text."""
        self._bundle = bundle

    def _repr_html_(self) -> str:
        html, picture = self._bundle["text/html"], self._bundle.get("image/png")
        return html + (f'<img alt="" src="data:image/png;base64,{picture}">' if picture else "")
