"""What the process has one of: the background loop and the current connection.

`background` owns the loop and the bridges to it; `connection` says where questions go;
`pages` lets a button work while a cell blocks on an old kernel.
Importing this room imports no HTTP client.
"""

from parallel_nb.kernel.background import run, shutdown, submit, wait
from parallel_nb.kernel.connection import KINDS, Connection, connect, current, disconnect
from parallel_nb.kernel.pages import hear as hear_comm
from parallel_nb.kernel.pages import serve as serve_pages

__all__ = [
    "KINDS",
    "Connection",
    "connect",
    "current",
    "disconnect",
    "hear_comm",
    "run",
    "serve_pages",
    "shutdown",
    "submit",
    "wait",
]
