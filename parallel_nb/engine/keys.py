"""The key of an engine: given by who runs it, or made and kept in its data folder."""

from __future__ import annotations

import os
import re
import secrets
from typing import TYPE_CHECKING, Final

from parallel_nb import engine_home
from parallel_nb.api.errors import InputError
from parallel_nb.damaged import put_aside

if TYPE_CHECKING:
    from pathlib import Path

#: A key as it is made here; what an editor or a failing disk made of one is none.
_KEY: Final = re.compile(r"[A-Za-z0-9_-]{16,200}")
#: The environment variable with the key that callers must send.
KEY_VARIABLE: Final = "PARALLEL_NB_SERVE_KEY"
_MAX_KEY: Final = 1000
_KEY_REMEDY: Final = "Write the key into it, in one line without blanks."


def read_key(path: Path | None) -> str | None:
    """The key that callers must send, from a file or the environment.

    It is no word of the command line, which every user of the machine can read.

    Args:
        path: the file; None for the variable `PARALLEL_NB_SERVE_KEY`.

    Returns:
        The key; None where neither is there.

    Raises:
        InputError: the file cannot be read, or what it holds cannot be a key.
    """
    if path is None:
        place, text = f"The variable {KEY_VARIABLE}", os.environ.get(KEY_VARIABLE)
        if text is None:
            return None
    else:
        place = f"The key file {path}"
        try:
            with path.open("rb") as stream:
                text = stream.read(_MAX_KEY + 1).decode("utf-8", "replace")
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise InputError(f"{place} cannot be read: {reason}.", _KEY_REMEDY) from error
    key = text.strip()
    if not key:
        raise InputError(f"{place} is empty.", _KEY_REMEDY)
    if not (key.isascii() and key.isprintable() and " " not in key) or len(key) >= _MAX_KEY:
        raise InputError(f"{place} holds no key: it is more than one line of letters.", _KEY_REMEDY)
    return key


def stored_key(home: Path) -> str:
    """The data folder's random key, made at the first start."""
    path = home / engine_home.KEY_FILE
    try:
        key = path.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError):
        key = ""
    # A key that is damaged is worth nothing: who connects reads the new one.
    if not _KEY.fullmatch(key):
        key = secrets.token_urlsafe(32)
        write_private(path, key)
    return key


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read, whole or not at all."""
    if path.is_dir():  # somebody's, and in the way
        put_aside(path)
    making = path.with_name(f"{path.name}.{os.getpid()}")
    making.unlink(missing_ok=True)
    descriptor = os.open(making, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(text)
    making.replace(path)
