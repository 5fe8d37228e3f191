"""What the process has one of: the background loop and the current connection.

`background` owns the loop and the bridges to it; `connection` is where requests go, `current`
chooses and keeps the current one; `launcher` finds or starts the embedded engine, and `running`
asks the one that runs, whose answers are in `described`; `pages` lets a button work while a cell
blocks on an old kernel. Importing this room imports no HTTP client.
"""

from parallel_nb.connection.connection import KINDS, Connection, is_billed, service_of
from parallel_nb.connection.current import connect, current_connection, disconnect

__all__ = [
    "KINDS",
    "Connection",
    "connect",
    "current_connection",
    "disconnect",
    "is_billed",
    "service_of",
]
