"""A front end without a browser: it gets what the kernel publishes, and sends messages.

Widgets speak over real comms, whose other end is kept here. The notebook is a real IPython
shell that takes itself for a kernel's; its outputs are kept as a notebook would have them.
"""

from __future__ import annotations

import atexit
import time
from copy import deepcopy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import comm
from comm.base_comm import BaseComm
from IPython.core.displaypub import CapturingDisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

WIDGET = "application/vnd.jupyter.widget-view+json"


class PageComm(BaseComm):
    """The page's end of a widget's comm."""

    def __init__(self, **options: Any) -> None:
        self.published: list[tuple[str, dict[str, Any]]] = []
        super().__init__(**options)

    def publish_msg(self, msg_type: str, data: Any = None, *_: Any, **__: Any) -> None:
        self.published.append((msg_type, deepcopy(data or {})))


@dataclass
class WidgetOnPage:
    """One widget as a page has it."""

    comm: PageComm

    @property
    def state(self) -> dict[str, Any]:
        """The widget's traits, as its messages have brought them."""
        state: dict[str, Any] = {}
        for _, data in list(self.comm.published):
            state |= data.get("state", {})
        return state

    @property
    def messages(self) -> list[dict[str, Any]]:
        """The widget's own messages, in order."""
        return [data["content"] for _, data in list(self.comm.published) if "content" in data]

    @property
    def closed(self) -> bool:
        """True when the kernel has closed the widget."""
        return any(kind == "comm_close" for kind, _ in self.comm.published)

    def send(self, content: dict[str, Any]) -> list[dict[str, Any]]:
        """Send a message as the page's script does; what the widget answers at once."""
        before = len(self.messages)
        data = {"method": "custom", "content": content}
        message = {"comm_id": self.comm.comm_id, "data": data}
        self.comm.handle_msg({"content": message, "buffers": []})
        return self.messages[before:]

    def ask(self, kind: str, **question: Any) -> dict[str, Any]:
        """Ask a question, and get its one answer."""
        # Meanwhile a thread may send messages that answer nothing.
        sent = self.send({"kind": kind, "id": 7, **question})
        (answer,) = (message for message in sent if message.get("id") == 7)
        assert answer["kind"] == kind
        return answer


@dataclass
class NotebookPage:
    """A notebook that is open on a page."""

    shell: Any
    comms: list[PageComm] = field(default_factory=list)
    displayed: list[Any] = field(default_factory=list)

    @property
    def outputs(self) -> list[dict[str, Any]]:
        """What was displayed: `data`, and whether it is an `update` of an output."""
        return list(self.shell.display_pub.outputs)

    def display(self, value: Any) -> WidgetOnPage:
        """Show a value as the last of a cell; its widget."""
        from IPython.display import display  # noqa: PLC0415 - beside its shell

        before = len(self.comms)
        show: Any = display
        show(value)
        self.displayed.append(value)
        shown = [output["data"][WIDGET] for output in self.outputs if WIDGET in output["data"]]
        widgets = [comm for comm in self.comms[before:] if comm.comm_id == shown[-1]["model_id"]]
        return WidgetOnPage(widgets[0])


def open_notebook(monkeypatch: pytest.MonkeyPatch) -> NotebookPage:
    """Open a notebook in this process; `close_notebook` ends it."""
    monkeypatch.delenv("PARALLEL_NB_STATIC", raising=False)
    InteractiveShell.clear_instance()
    shell: Any = InteractiveShell.instance(config=Config({"HistoryManager": {"enabled": False}}))
    shell.kernel = object()
    untyped: Any = CapturingDisplayPublisher
    shell.display_pub = untyped(parent=shell)
    page = NotebookPage(shell)

    def create(**options: Any) -> PageComm:
        made = PageComm(**options)
        page.comms.append(made)
        return made

    monkeypatch.setattr(comm, "create_comm", create)
    return page


def close_notebook(page: NotebookPage) -> None:
    """Close its panels and end the shell."""
    for panel in page.displayed:
        panel.close()
    end_shell(page.shell)


def end_shell(shell: InteractiveShell) -> None:
    """End a shell: the tests after this one run in plain Python again.

    IPython would keep each with all its variables until the process ends, and then collect garbage
    once for each, which took longer than the tests of the magics themselves.
    """
    InteractiveShell.clear_instance()
    atexit.unregister(shell.atexit_operations)


def wait_until(what: str, holds: Callable[[], object], seconds: float = 60.0) -> None:
    """Wait until something holds, and fail with its name when it does not."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"in vain: {what}"
        time.sleep(0.01)
