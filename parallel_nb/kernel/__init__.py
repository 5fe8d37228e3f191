"""What the process has one of: the background loop and the current connection.

`background` owns the loop and the bridges to it; `connection` says where questions go.
Importing this room imports no HTTP client.
"""

from parallel_nb.kernel.background import run, shutdown, submit, wait
from parallel_nb.kernel.connection import KINDS, Connection, connect, current, disconnect

__all__ = [
    "KINDS",
    "Connection",
    "connect",
    "current",
    "disconnect",
    "run",
    "shutdown",
    "submit",
    "wait",
]
