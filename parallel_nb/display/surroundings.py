"""Where we are shown: a Jupyter kernel, a terminal, and whether widgets are wanted."""

from __future__ import annotations

import sys
from typing import Any, Literal

from parallel_nb import settings
from parallel_nb.display.bundle_files import has_bundle

Mode = Literal["live", "static", "terminal"]


def kernel_shell() -> Any | None:
    """The IPython shell of a Jupyter kernel, or None in a terminal or plain Python."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return shell if getattr(shell, "kernel", None) is not None else None


def mode() -> Mode:
    """How to show a running job here.

    `live`: a widget that becomes static HTML. `static`: one finished output (asked for, or
    the widgets have not been built). `terminal`: lines on stderr.
    """
    if kernel_shell() is None:
        return "terminal"
    return "live" if is_built() and not settings.current().static else "static"


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
