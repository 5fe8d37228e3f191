"""A folder of files as documents: pages with an address, a title, a date and a text.

Nothing about a document is invented. Its address is the one that it names itself, else a
stable one below the folder's name (`file:dataroom/notes/a.md`), which reveals nothing of
where the folder stands. Its date is the one that it or its file name carries; the time
of the file is not used, because copying or cloning a folder sets it to today.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from parallel_nb.api.errors import ConnectionProblem
from parallel_nb.engine.corpus.dates import whole_date
from parallel_nb.engine.corpus.html import read_html
from parallel_nb.engine.corpus.markdown import read_markdown, read_text
from parallel_nb.engine.corpus.page import ParsedFile, UnreadableFileError, host_of
from parallel_nb.formats import count, shorten

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_log = logging.getLogger(__name__)
#: A file over this size in bytes is skipped.
MAX_FILE_SIZE: Final = 10_000_000
#: A longer title is cut, in characters.
_LONGEST_TITLE: Final = 300
_NAME_SEPARATOR = re.compile(r"[-_\s]+")
#: The folder of the sample documents, and its name in displays.
SAMPLE: Final = Path(__file__).parents[1] / "sample"
SAMPLE_NAME: Final = "sample documents"
#: How a file is read, by its suffix in lower case.
READERS: Final[dict[str, Callable[[bytes], ParsedFile]]] = {
    **dict.fromkeys((".md", ".markdown", ".mdown"), read_markdown),
    **dict.fromkeys((".txt", ".text", ".rst"), read_text),
    **dict.fromkeys((".html", ".htm", ".xhtml"), read_html),
}
#: The kinds of files that are read.
READABLE_SUFFIXES: Final = frozenset(READERS)
#: Kinds that a person may well expect to be read, and why they are not yet.
_NOT_YET: Final = {
    ".pdf": "PDF files are not read yet",
    ".docx": "Word files are not read yet",
    ".doc": "Word files are not read yet",
    ".pptx": "presentations are not read yet",
    ".xlsx": "spreadsheets are not read yet",
    ".xls": "spreadsheets are not read yet",
    ".csv": "tables are not read yet",
    ".json": "JSON files are not read",
}


@dataclass(frozen=True, slots=True)
class Document:
    """One document that is read."""

    #: Its number in the corpus, from 0.
    id: int
    url: str
    title: str
    #: YYYY-MM-DD, or None when the document does not say.
    date: str | None
    text: str

    @property
    def host(self) -> str:
        """The host of its address in lower case; empty for a file."""
        return host_of(self.url)


@dataclass(frozen=True, slots=True)
class SkippedFile:
    """A file that was not read."""

    #: Below the folder, with `/` between its parts.
    path: str
    #: As a clause: `it is empty`.
    reason: str


@dataclass(frozen=True, slots=True)
class Corpus:
    """The documents of one folder."""

    name: str
    documents: tuple[Document, ...]
    skipped: tuple[SkippedFile, ...] = ()

    @property
    def fingerprint(self) -> str:
        """64 hexadecimal digits that change when any document does, wherever the folder is."""
        digest = hashlib.sha256()
        for document in self.documents:
            for part in (document.url, document.title, document.date or "", document.text):
                data = part.encode("utf-8", "surrogatepass")
                digest.update(len(data).to_bytes(8, "big"))
                digest.update(data)
        return digest.hexdigest()


def folder_fingerprint(folder: Path | None) -> str:
    """Changes when a document below `folder` is added, removed or written: paths, sizes, times.

    None stands for the sample documents. Nothing is read but the folder's own entries.
    """
    root = SAMPLE if folder is None else folder
    digest = hashlib.sha256()
    for path in _files(root, []):
        if path.suffix.lower() not in READABLE_SUFFIXES:
            continue
        with contextlib.suppress(OSError):
            status = path.stat()
            line = f"{path.relative_to(root)}\0{status.st_size}\0{status.st_mtime_ns}\n"
            digest.update(line.encode("utf-8", "surrogateescape"))
    return digest.hexdigest()[:32]


def load_corpus(folder: Path | None = None) -> Corpus:
    """Read every document below `folder`; None reads the sample documents.

    Hidden files and folders stay out. What cannot be read is listed with the reason.

    Raises:
        ConnectionProblem: there is no such folder, or nothing in it can be read.

    Examples:
        >>> corpus = load_corpus()
        >>> corpus.name, len(corpus.skipped)
        ('sample documents', 0)
    """
    root = SAMPLE if folder is None else Path(folder).expanduser()
    if not root.is_dir():
        problem = "is not a folder" if root.exists() else "does not exist"
        raise ConnectionProblem(
            f"The documents folder {root} {problem}.",
            "Pass the path of a folder with Markdown, text or HTML files.",
        )
    name = SAMPLE_NAME if folder is None else root.resolve().name or "documents"
    documents: list[Document] = []
    skipped: list[SkippedFile] = []
    for path in _files(root, skipped):
        relative = _printable(path.relative_to(root).as_posix())
        try:
            parsed = _parse(path, root)
        except UnreadableFileError as error:
            skipped.append(SkippedFile(relative, str(error)))
        else:
            address = f"file:{quote(f'{name}/{relative}')}"
            documents.append(_document(len(documents), parsed, path, address))
    if not documents:
        raise ConnectionProblem(
            f"There is no readable document in {root}{_why_nothing(skipped)}.",
            "Put Markdown (.md), text (.txt) or HTML (.html) files there, "
            "or connect without --documents to use the sample documents.",
        )
    return Corpus(name, tuple(documents), tuple(skipped))


def _why_nothing(skipped: list[SkippedFile]) -> str:
    if not skipped:
        return ": it is empty"
    first = skipped[0]
    others = len(skipped) - 1
    more = f", as were {count(others, 'other file')}" if others else ""
    return f": {first.path} was skipped ({first.reason}){more}"


def _files(root: Path, skipped: list[SkippedFile]) -> Iterator[Path]:
    """The files below `root` in a stable order; folders that cannot be read are noted."""

    def note_unreadable(error: OSError) -> None:
        path = Path(error.filename) if error.filename else root
        is_below = path.is_relative_to(root)
        relative = _printable(path.relative_to(root).as_posix()) if is_below else "."
        skipped.append(SkippedFile(relative, f"the folder cannot be read ({error.strerror})"))

    for folder, folders, names in os.walk(root, onerror=note_unreadable):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if not name.startswith("."):
                yield Path(folder, name)


def _parse(path: Path, root: Path) -> ParsedFile:
    """Read one file: the one guard between what a folder may hold and the engine.

    Raises:
        UnreadableFileError: it is not read, for whatever reason; the message says why. Nothing
            else is raised, so that no file keeps the others from being read.
    """
    suffix = path.suffix.lower()
    reader = READERS.get(suffix)
    if reader is None:
        unknown = f"files of type {_printable(suffix) or 'without a suffix'} are not read"
        raise UnreadableFileError(_NOT_YET.get(suffix, unknown))
    try:
        parsed = reader(_read_bytes(path, root))
    except UnreadableFileError:
        raise
    except OSError as error:
        reason = f"it cannot be read ({error.strerror or type(error).__name__})"
        raise UnreadableFileError(reason) from error
    except Exception as error:
        _log.warning("%s was not read", _printable(str(path)), exc_info=error)
        raise UnreadableFileError(f"it cannot be read ({type(error).__name__})") from error
    if not parsed.text.strip():
        raise UnreadableFileError("it is empty")
    return ParsedFile(
        _printable(parsed.text),
        _title(parsed.title),
        _printable(parsed.url).strip(),
        parsed.date,
    )


def _read_bytes(path: Path, root: Path) -> bytes:
    """The bytes of a regular file inside of a folder.

    Raises:
        UnreadableFileError: it is none, or too long.
        OSError: it cannot be read.
    """
    if path.is_symlink() and not Path(os.path.realpath(path)).is_relative_to(
        os.path.realpath(root)
    ):
        raise UnreadableFileError("it is a link to outside of the folder")
    _check_file(path.stat())
    # It may have become another since, such as a pipe, at which opening would wait for ever.
    with open(path, "rb", opener=_open_at_once) as stream:
        _check_file(os.fstat(stream.fileno()))
        data = stream.read(MAX_FILE_SIZE + 1)
    if len(data) > MAX_FILE_SIZE:
        raise UnreadableFileError(f"it has over {MAX_FILE_SIZE:,} bytes")
    return data


def _open_at_once(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _check_file(status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise UnreadableFileError("it is not a regular file")
    if status.st_size > MAX_FILE_SIZE:
        raise UnreadableFileError(f"it has {status.st_size:,} bytes, over {MAX_FILE_SIZE:,}")


def _document(number: int, parsed: ParsedFile, path: Path, address: str) -> Document:
    """A file as a document; what it does not say of itself, its name says."""
    title = parsed.title or _title(_NAME_SEPARATOR.sub(" ", path.stem)) or "Untitled"
    date = parsed.date or whole_date(path.stem)
    return Document(number, parsed.url or address, title, date, parsed.text)


def _title(text: str) -> str:
    return shorten(_printable(text[: 4 * _LONGEST_TITLE]), _LONGEST_TITLE)


def _printable(text: str) -> str:
    """Text without lone surrogates, which cannot be sent: a name whose bytes are not UTF-8."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
