"""The socket that an engine listens at."""

from __future__ import annotations

import errno
import ipaddress
import socket
import sys

from parallel_nb.api.errors import ConnectionProblem, InputError


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches an address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def listen(host: str, port: int, *, any_port: bool) -> socket.socket:
    """A socket bound to the address; raises `ConnectionProblem` that names the reason."""
    if not 0 <= port < 1 << 16:
        raise InputError(f"There is no port {port}.", "Use 0 for a free one, or 1024 to 65535.")
    try:
        addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError as error:
        raise ConnectionProblem(
            f"There is no address {host!r} on this machine.", "Leave --host out for 127.0.0.1."
        ) from error
    family, kind, protocol, _, address = addresses[0]
    listener = socket.socket(family, kind, protocol)
    try:
        if sys.platform != "win32":  # there it would let two programs share the port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(2048)
    except OSError as error:
        listener.close()
        if any_port and port:
            return listen(host, 0, any_port=False)
        reasons = {
            errno.EADDRINUSE: f"Port {port} at {host} is in use by another program.",
            errno.EACCES: f"Port {port} at {host} may not be used by you.",
        }
        reason = reasons.get(error.errno or 0, f"Cannot listen at {host}:{port}: {error.strerror}.")
        raise ConnectionProblem(reason, "Choose another --port, or 0 for a free one.") from error
    return listener
