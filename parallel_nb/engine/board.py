"""What the engines on a store tell each other of their documents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import psycopg

from parallel_nb.api.errors import ConnectionProblem
from parallel_nb.engine.index.shared_room import Standing

if TYPE_CHECKING:
    from parallel_nb.engine.store.postgres import PostgresServer

#: The class of the advisory locks of those who read documents; any number others do not use.
_READS: Final = 723_611_503


class StoreBoard:
    """See `Board`. One for the engines of a version.

    Who leads holds an advisory lock for as long as its connection lives, and reports by that very
    connection: one that has lost the lead cannot.
    """

    def __init__(self, server: PostgresServer, version: str) -> None:
        """Make the room known.

        Args:
            server: the store.
            version: what engines must have in common to share an index.
        """
        self._server = server
        self._version = version
        self._leading: psycopg.Connection[Any] | None = None
        server.change("add_room", version=version)

    def standing(self) -> Standing:
        """What the board says now."""
        return Standing(*self._server.read("room_standing", version=self._version).fetchone())

    def want(self) -> int:
        """Ask for a look at the documents; gives its number."""
        return int(self._server.change("want_look", version=self._version).fetchone()[0])

    def lead(self) -> bool:
        """Be the one engine that reads the documents, if no other is."""
        try:
            if self._leading is not None:
                self._leading.execute("SELECT 1")
                return True
            connection = self._server.connect()
        except psycopg.OperationalError:
            self.close()
            return False
        query = "SELECT pg_try_advisory_lock(%s, hashtext(%s))"
        (leads,) = connection.execute(query, (_READS, self._version)).fetchall()[0]
        if leads:
            self._leading = connection
        else:
            connection.close()
        return bool(leads)

    def report(self, standing: Standing) -> None:
        """Say how the room stands; fails where another engine leads."""
        assert self._leading is not None  # noqa: S101 - who reports leads
        values = standing._asdict() | {"version": self._version}
        self._server.statements(self._leading)("report_room", **values)

    def close(self) -> None:
        """Let another lead."""
        if self._leading is not None:
            self._leading.close()
            self._leading = None


def check_documents(server: PostgresServer, identity: str) -> None:
    """Check that engines on a store answer from the same documents; the first says from which.

    Args:
        server: the store.
        identity: what tells the documents from others.

    Raises:
        ConnectionProblem: the engines there have others.
    """
    known = server.change("keep_documents", identity=identity).fetchone()[0]
    if known != identity:
        raise ConnectionProblem(
            f"The engines on the store at {server.place} answer from {known}, not {identity}.",
            "Give the same --documents, or another database as --store.",
        )
