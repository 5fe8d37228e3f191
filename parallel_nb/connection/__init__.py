"""What the process has one of: the background loop and the current connection.

`background` owns the loop and the bridges to it; `current` says where questions go;
`launcher` finds or starts the embedded engine; `pages` lets a button work while a cell blocks
on an old kernel. Importing this room imports no HTTP client.
"""

from parallel_nb.connection.current import (
    KINDS,
    Connection,
    connect,
    current_connection,
    disconnect,
    is_billed,
)

__all__ = ["KINDS", "Connection", "connect", "current_connection", "disconnect", "is_billed"]
