"""What an engine writes of itself: to a file of bounded size, and to the console of who runs it."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler
from typing import TYPE_CHECKING, Final, Literal

import msgspec

if TYPE_CHECKING:
    from pathlib import Path

LogFormat = Literal["text", "json"]
#: Bytes of the engine's log at most, twice: the running file and the one before it.
MAX_LOG: Final = 1_000_000
_LOG: Final = "engine.log"
_TEXT: Final = "%(asctime)s %(levelname)s %(name)s: %(message)s"


def log_to(home: Path, form: LogFormat, *, console: bool) -> None:
    """Log into a folder.

    Args:
        home: where the file is kept.
        form: lines for people; or JSON for what collects logs, with what our own modules tell of
            their work, such as who reads the documents.
        console: log to stderr as well.

    Raises:
        OSError: the file cannot be written.
    """
    handlers: list[logging.Handler] = [
        RotatingFileHandler(home / _LOG, maxBytes=MAX_LOG, backupCount=1, encoding="utf-8")
    ]
    if console:
        handlers.append(logging.StreamHandler())
    formatter = JsonFormatter() if form == "json" else logging.Formatter(_TEXT)
    for handler in handlers:
        handler.setFormatter(formatter)
    logging.basicConfig(level=logging.WARNING, handlers=handlers, force=True)
    if form == "json":
        logging.getLogger("parallel_nb").setLevel(logging.INFO)


class JsonFormatter(logging.Formatter):
    """One line of JSON a record: `time`, `level`, `logger`, `message`, and `error` if there is one.

    Examples:
        >>> record = logging.makeLogRecord({"levelname": "INFO", "name": "engine", "msg": "hello"})
        >>> JsonFormatter().format(record).partition('"level"')[2]
        ':"INFO","logger":"engine","message":"hello"}'
    """

    def format(self, record: logging.LogRecord) -> str:
        """Write a record as one line."""
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line = {
            "time": moment.replace("+00:00", "Z"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return msgspec.json.encode(line).decode()
