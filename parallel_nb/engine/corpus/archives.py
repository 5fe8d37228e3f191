"""ZIP and TAR archives, read as the folders that they hold, with limits of size and number."""

from __future__ import annotations

import io
import tarfile
import zipfile
import zlib
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from parallel_nb.engine.corpus.packages import MAX_ENTRIES, MAX_UNPACKED, open_zip
from parallel_nb.engine.corpus.page import Member, ParsedFile, UnreadableFileError
from parallel_nb.formats import count, size

if TYPE_CHECKING:
    from collections.abc import Iterator


def read_zip(data: bytes) -> ParsedFile:
    """Read the files in a ZIP archive; hidden ones stay out.

    Raises:
        UnreadableFileError: it is damaged, or unpacks to too much.
    """
    archive = open_zip(data)
    members: list[Member] = []
    unread = 0
    for entry in archive.infolist():
        name = _name_in(entry.filename)
        if entry.is_dir() or name is None:
            continue
        try:
            members.append(Member(name, archive.read(entry)))
        except (RuntimeError, zipfile.BadZipFile, zlib.error, OSError, ValueError, EOFError):
            unread += 1  # protected by a password, packed in a way of its own, or damaged
    return _folder(members, unread)


def read_tar(data: bytes) -> ParsedFile:
    """Read the files in a TAR archive, compressed or not; links and hidden files stay out.

    Raises:
        UnreadableFileError: it is damaged, or unpacks to too much.
    """
    try:
        with tarfile.open(fileobj=io.BytesIO(data)) as archive:
            members = list(_members_of_tar(archive))
    except (tarfile.TarError, zlib.error, OSError, ValueError, EOFError) as error:
        raise UnreadableFileError("it is damaged, or no archive") from error
    return _folder(members, 0)


def _members_of_tar(archive: tarfile.TarFile) -> Iterator[Member]:
    unpacked = 0
    for number, entry in enumerate(archive):
        unpacked += entry.size
        if number >= MAX_ENTRIES:
            raise UnreadableFileError(f"it has over {MAX_ENTRIES:,} entries")
        if unpacked > MAX_UNPACKED:
            raise UnreadableFileError(f"it would unpack to over {size(MAX_UNPACKED)}")
        name = _name_in(entry.name)
        stream = archive.extractfile(entry) if entry.isreg() and name else None
        if name and stream is not None:
            yield Member(name, stream.read(entry.size))


def _name_in(path: str) -> str | None:
    """The name of an entry below its archive; None for a hidden one, and one that leads out."""
    parts = PurePosixPath(path.replace("\\", "/")).parts
    if any(part.startswith((".", "__MACOSX", "/")) for part in parts):
        return None
    return "/".join(parts) or None


def _folder(members: list[Member], unread: int) -> ParsedFile:
    notes = (f"{count(unread, 'entry', 'entries')} protected or damaged",) if unread else ()
    return ParsedFile("", notes=notes, members=tuple(members))
