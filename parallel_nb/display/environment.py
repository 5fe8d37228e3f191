"""Where we are shown: a Jupyter kernel, marimo, a terminal; and whether widgets are wanted."""

from __future__ import annotations

import sys
from typing import Any, Literal

from parallel_nb import settings
from parallel_nb.display.widgets.assets import has_bundle

Mode = Literal["live", "marimo", "static", "terminal"]


def kernel_shell() -> Any | None:
    """The IPython shell of a Jupyter kernel, or None in a terminal or plain Python."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return shell if getattr(shell, "kernel", None) is not None else None


def mode() -> Mode:
    """How to show a running job here.

    `live`: a widget that becomes static HTML. `static`: one finished output (asked for, or
    the widgets have not been built). `marimo`: a widget, which marimo never writes to a file.
    `terminal`: lines on stderr.
    """
    if kernel_shell() is None:
        live = _in_marimo() and is_built() and not settings.current().static
        return "marimo" if live else "terminal"
    return "live" if is_built() and not settings.current().static else "static"


def _in_marimo() -> bool:
    """True in the kernel of a marimo notebook; False in a script, also in one of marimo's."""
    marimo = sys.modules.get("marimo")
    return marimo is not None and bool(marimo.running_in_notebook())


def is_built() -> bool:
    """True when the files of every widget are there."""
    return all(has_bundle(f"{name}.js") for name in ("progress", "panel", "search"))


def show(bundle: dict[str, str]) -> None:
    """Display a finished bundle here and now."""
    from IPython import display  # noqa: PLC0415 - loaded when shown

    untyped: Any = display
    untyped.display(bundle, raw=True)


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


class HtmlAlone:
    """What a front end shows that asks an object for `_repr_html_` and no more."""

    def __init__(self, bundle: dict[str, str]) -> None:
        """`bundle` is one of ours: HTML and text."""
        self._bundle = bundle

    def _repr_html_(self) -> str:
        return self._bundle["text/html"]
