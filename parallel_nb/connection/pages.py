"""Messages from the page while a cell blocks, on ipykernel 6.

That kernel reads its shell channel on the main thread, so a press of a widget's button waits
for the cell that blocks it. Our waits go in short steps; between two of them `handle_messages`
takes the messages that are there, handles those of our own widgets, and hands every other one, in
order, to the kernel's own queue, as the kernel does itself when it is free. ipykernel 7 has
subshells for this, and needs nothing of ours.

Sources: `ipykernel.kernelbase.Kernel` 6.31 (`start`, `schedule_dispatch`, `dispatch_shell`)
and `zmq.eventloop.zmqstream.ZMQStream.flush`.
"""

from __future__ import annotations

import signal
import sys
import threading
import weakref
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_DELIMITER = b"<IDS|MSG>"
#: Comms whose messages are handled while a cell blocks, by id; gone with their widgets.
_comms: weakref.WeakValueDictionary[str, Any] = weakref.WeakValueDictionary()


def register_comm(comm: Any) -> None:
    """Handle the messages of this widget's comm also while a cell blocks, from now on."""
    _comms[comm.comm_id] = comm


def handle_messages() -> None:
    """Handle what has come from our widgets; for a main thread that waits.

    Does nothing, at the cost of a microsecond, where there is no widget of ours, on
    another thread, on ipykernel 7, and outside of Jupyter. An interrupt that comes meanwhile
    is raised when every message has found its place.
    """
    if not _comms or threading.current_thread() is not threading.main_thread():
        return
    kernel = _old_kernel()
    if kernel is None:
        return
    with _interrupts_later():
        stream = kernel.shell_stream
        queue = stream._recv_callback  # noqa: SLF001 - the kernel's own, to be put back
        if queue is None:
            return

        def sort(frames: list[Any]) -> None:
            if not _handle(kernel, frames):
                queue(frames)

        stream.on_recv(sort, copy=False)
        try:
            # Calls `sort` for each message that is there, and arms the stream again: a
            # socket of ZeroMQ announces a message only once.
            stream.flush(_pollin())
        finally:
            stream.on_recv(queue, copy=False)


def _old_kernel() -> Any:
    """The kernel of this process if it is ipykernel's and older than 7, else None."""
    ipykernel = sys.modules.get("ipykernel")
    if ipykernel is None or ipykernel.version_info[0] >= 7:
        return None
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    kernel = getattr(shell, "kernel", None)
    return kernel if getattr(kernel, "shell_stream", None) is not None else None


def _pollin() -> int:
    import zmq  # noqa: PLC0415 - a kernel has loaded it already; a script never needs it

    return int(zmq.POLLIN)


@contextmanager
def _interrupts_later() -> Iterator[None]:
    """Hold an interrupt back: between two steps it would lose the message in our hand."""
    interrupts: list[Any] = []
    before = signal.signal(signal.SIGINT, lambda *args: interrupts.append(args))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if interrupts and callable(before):
        before(*interrupts[0])


def _handle(kernel: Any, frames: list[Any]) -> bool:
    """Handle a message if it goes to one of our comms; False: it is the kernel's."""
    session = kernel.session
    try:
        # Looked at and no more: reading it through the session counts as having had it.
        raw = [frame.bytes for frame in frames]
        at = raw.index(_DELIMITER)
        if session.unpack(raw[at + 2])["msg_type"] != "comm_msg":
            return False
        if session.unpack(raw[at + 5])["comm_id"] not in _comms:
            return False
    except (IndexError, KeyError, TypeError, ValueError):
        return False
    idents, rest = session.feed_identities(frames, copy=False)
    try:
        message = session.deserialize(rest, content=True, copy=False)
    except ValueError:
        return True  # not signed by our page: the kernel would drop it as well
    # The cell keeps its place as the parent of what it prints. The page learns that its
    # message was handled, and then that the cell still runs.
    kernel._publish_status("busy", "shell", parent=message)  # noqa: SLF001 - no public way
    kernel.comm_manager.comm_msg(kernel.shell_stream, idents, message)
    kernel._publish_status("idle", "shell", parent=message)  # noqa: SLF001 - as above
    kernel._publish_status("busy", "shell")  # noqa: SLF001 - as above
    return True
