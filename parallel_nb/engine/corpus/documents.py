"""Documents: a folder of files read as pages with an address, a title, a date and a text.

Nothing about a page is invented. Its address is the one that it names itself, else a
stable one below the folder's name (`file:dataroom/notes/a.md`), which reveals nothing of
where the folder stands. Its date is the one that it or its file name carries; the time
of the file is not used, because copying or cloning a folder sets it to today.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlsplit

from parallel_nb.api.errors import ConnectionProblem
from parallel_nb.engine.corpus.dates import whole_date
from parallel_nb.engine.corpus.html import read_html

if TYPE_CHECKING:
    from collections.abc import Iterator

#: A file over this size in bytes is skipped.
MAX_FILE_SIZE: Final = 10_000_000
SAMPLE: Final = Path(__file__).parents[1] / "sample"
SAMPLE_NAME: Final = "sample documents"
_MARKDOWN: Final = frozenset({".md", ".markdown", ".mdown"})
_HTML: Final = frozenset({".html", ".htm", ".xhtml"})
_TEXT: Final = frozenset({".txt", ".text", ".rst"})
#: The kinds of files that are read.
READABLE_SUFFIXES: Final = _MARKDOWN | _HTML | _TEXT
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
_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(?P<head>.*?)\n---[ \t]*(?:\n|\Z)", re.DOTALL)
_FRONT_LINE = re.compile(r"(?P<key>[A-Za-z_][\w-]*)[ \t]*:[ \t]*(?P<value>.*)")
_HEADING = re.compile(r"^#{1,6}[ \t]+(?P<text>\S.*?)[ \t]*#*[ \t]*$", re.MULTILINE)
_CHARSET = re.compile(rb"charset=[\"']?([A-Za-z0-9_-]+)")


@dataclass(frozen=True, slots=True)
class Document:
    """One page."""

    #: Its place in the corpus.
    id: int
    url: str
    title: str
    #: YYYY-MM-DD, or None when the page does not say.
    date: str | None
    text: str

    @property
    def host(self) -> str:
        """The host of its address in lower case; empty for a file."""
        return host_of(self.url)


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that was not read, with the reason."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Corpus:
    """The documents of one folder."""

    name: str
    documents: tuple[Document, ...]
    skipped: tuple[Skipped, ...] = ()

    @property
    def fingerprint(self) -> str:
        """Changes when any document does."""
        digest = hashlib.sha256()
        for document in self.documents:
            parts = (document.url, document.title, document.date or "", document.text)
            for part in parts:
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
            stat = path.stat()
            line = f"{path.relative_to(root)}\0{stat.st_size}\0{stat.st_mtime_ns}\n"
            digest.update(line.encode("utf-8", "surrogateescape"))
    return digest.hexdigest()[:32]


def host_of(url: str) -> str:
    """The host that an address names, in lower case; empty when it names none."""
    try:
        return (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return ""


def load_corpus(folder: Path | None = None) -> Corpus:
    """Read every document below `folder`; None reads the sample documents.

    Raises:
        ConnectionProblem: there is no such folder, or nothing in it can be read.
    """
    root = SAMPLE if folder is None else Path(folder).expanduser()
    if not root.is_dir():
        what = "is not a folder" if root.exists() else "does not exist"
        raise ConnectionProblem(
            f"The documents folder {root} {what}.",
            "Pass the path of a folder with Markdown, text or HTML files.",
        )
    name = SAMPLE_NAME if folder is None else root.resolve().name or "documents"
    documents: list[Document] = []
    skipped: list[Skipped] = []
    for path in _files(root, skipped):
        relative = _printable(path.relative_to(root).as_posix())
        document, reason = _read(path, root, f"{name}/{relative}", len(documents))
        if document is None:
            skipped.append(Skipped(relative, reason))
        else:
            documents.append(document)
    if not documents:
        raise ConnectionProblem(
            f"There is no readable document in {root}{_why_nothing(skipped)}.",
            "Put Markdown (.md), text (.txt) or HTML (.html) files there, "
            "or connect without --documents to use the sample documents.",
        )
    return Corpus(name, tuple(documents), tuple(skipped))


def _why_nothing(skipped: list[Skipped]) -> str:
    if not skipped:
        return ": it is empty"
    first = skipped[0]
    more = f"; {len(skipped) - 1} more were skipped" if len(skipped) > 1 else ""
    return f": {first.path} was skipped ({first.reason}){more}"


def _files(root: Path, skipped: list[Skipped]) -> Iterator[Path]:
    """Files below `root` in a stable order; hidden ones and their folders stay out."""

    def unreadable(error: OSError) -> None:
        at = Path(error.filename) if error.filename else root
        where = _printable(at.relative_to(root).as_posix()) if at.is_relative_to(root) else "."
        skipped.append(Skipped(where, f"the folder cannot be read ({error.strerror})"))

    for folder, folders, names in os.walk(root, onerror=unreadable):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if not name.startswith("."):
                yield Path(folder, name)


def _read(  # noqa: PLR0911 - one return a reason
    path: Path, root: Path, address: str, number: int
) -> tuple[Document | None, str]:
    """One file as a document, or None and the reason why not."""
    suffix = path.suffix.lower()
    if suffix in _NOT_YET:
        return None, _NOT_YET[suffix]
    if suffix not in READABLE_SUFFIXES:
        return None, f"files of type {suffix or 'without a suffix'} are not read"
    if path.is_symlink() and not path.resolve().is_relative_to(root.resolve()):
        return None, "it is a link to outside of the folder"
    try:
        size = path.stat().st_size
        if size > MAX_FILE_SIZE:
            return None, f"it has {size:,} bytes, over {MAX_FILE_SIZE:,}"
        data = path.read_bytes()
    except OSError as error:
        return None, f"it cannot be read ({error.strerror or type(error).__name__})"
    text = _decode(data)
    if text is None:
        return None, "it is not text"
    make = _html_document if suffix in _HTML else _text_document
    document = make(text, number, f"file:{quote(address)}", path)
    return (document, "") if document.text.strip() else (None, "it is empty")


def _decode(data: bytes) -> str | None:
    """The text of a file, or None when its bytes are not text."""
    encodings = ["utf-8-sig"]
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    elif b"\0" in data:
        return None
    elif match := _CHARSET.search(data[:2000]):
        encodings.append(match[1].decode("ascii"))
    for encoding in [*encodings, "cp1252"]:
        try:
            text = data.decode(encoding)
        except (UnicodeError, LookupError):
            continue
        return text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    return None


def _text_document(source: str, number: int, address: str, path: Path) -> Document:
    head, text = read_front_matter(source)
    heading = _HEADING.search(text) if path.suffix.lower() in _MARKDOWN else None
    return Document(
        id=number,
        url=head.get("url") or address,
        title=head.get("title") or (heading["text"] if heading else _title_of(path)),
        date=_date_of(head.get("date", ""), path),
        text=text.strip("\n"),
    )


def _html_document(source: str, number: int, address: str, path: Path) -> Document:
    page = read_html(source)
    url = page.url if host_of(page.url) else address
    title = page.title or page.heading or _title_of(path)
    return Document(number, url, title, page.date or _date_of("", path), page.text)


def _title_of(path: Path) -> str:
    return re.sub(r"[-_\s]+", " ", _printable(path.stem)).strip() or "Untitled"


def _printable(name: str) -> str:
    """A file name whose bytes are not UTF-8, in characters that can be sent."""
    return name.encode("utf-8", "replace").decode()


def _date_of(said: str, path: Path) -> str | None:
    return whole_date(said) or whole_date(path.stem)


def read_front_matter(source: str) -> tuple[dict[str, str], str]:
    """Split the `key: value` lines between two `---` off a text.

    Keys come in lower case. A text without such lines, or with unclosed ones, comes back
    as it is, with no keys.
    """
    match = _FRONT_MATTER.match(source)
    if match is None:
        return {}, source
    head = {}
    for line in match["head"].splitlines():
        if found := _FRONT_LINE.match(line):
            head[found["key"].lower()] = _unquote(found["value"].strip())
    return head, source[match.end() :]


def _unquote(value: str) -> str:
    if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
        return value[1:-1]
    return value
