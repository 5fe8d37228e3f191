"""The formats that are read, and how one file is read whatever it holds.

`extract_file` is the one guard between what a folder may hold and the engine. It runs in a
process of its own (see `extraction`), but for plain text, whose readers are our own and take time
in proportion to the file.
"""

from __future__ import annotations

import io
import logging
import os
import stat
import sys
import zipfile
from importlib import import_module
from pathlib import Path, PurePosixPath
from typing import Final, NamedTuple

import msgspec

from parallel_nb.engine.corpus.duplicates import Sketch, sketch
from parallel_nb.engine.corpus.page import ParsedFile, UnreadableFileError
from parallel_nb.engine.corpus.passages import Passage  # noqa: TC001 - read when it is decoded
from parallel_nb.engine.corpus.places import composed, sendable
from parallel_nb.formats import count, size

_log = logging.getLogger(__name__)
#: A file of plain text over this size in bytes is skipped, and one of another format over that.
MAX_TEXT_FILE: Final = 10_000_000
MAX_FILE: Final = 200_000_000
#: Characters of a file that are read; of a longer one the beginning is.
MAX_TEXT: Final = 20_000_000
#: How deep files may stand in files: an attachment of a mail in an archive is two deep.
_MAX_DEPTH: Final = 4
_HEAD: Final = 4096


class Format(NamedTuple):
    """A format that is read."""

    #: For a person.
    name: str
    #: The module of this package that reads it, and its function from bytes to a `ParsedFile`.
    module: str
    function: str
    max_bytes: int = MAX_FILE
    #: Its reader is our own and takes time in proportion to the file: no process guards it.
    is_plain: bool = False

    @property
    def may_have_scans(self) -> bool:
        """Whether a page of it, or of a file within it, may be a picture of text."""
        return self.module in {"pdf", "archives", "mail", "outlook"}


_MARKDOWN: Final = Format("Markdown", "markdown", "read_markdown", MAX_TEXT_FILE, is_plain=True)
_RST: Final = Format("reStructuredText", "markdown", "read_rst", MAX_TEXT_FILE, is_plain=True)
_TEXT: Final = Format("text", "markdown", "read_text", MAX_TEXT_FILE, is_plain=True)
_HTML: Final = Format("HTML", "html", "read_html", MAX_TEXT_FILE)
#: The formats by the suffix of a file in lower case.
FORMATS: Final[dict[str, Format]] = {
    **dict.fromkeys((".md", ".markdown", ".mdown"), _MARKDOWN),
    **dict.fromkeys((".txt", ".text"), _TEXT),
    **dict.fromkeys((".rst", ".rest"), _RST),
    **dict.fromkeys((".html", ".htm", ".xhtml"), _HTML),
    **dict.fromkeys((".mhtml", ".mht"), Format("MHTML", "html", "read_mhtml")),
    ".pdf": Format("PDF", "pdf", "read_pdf"),
    **dict.fromkeys((".docx", ".docm"), Format("Word", "word", "read_word")),
    ".odt": Format("OpenDocument text", "opendocument", "read_opendocument"),
    ".rtf": Format("RTF", "rtf", "read_rtf", MAX_TEXT_FILE),
    **dict.fromkeys((".xlsx", ".xlsm"), Format("Excel", "sheets", "read_workbook")),
    ".xls": Format("old Excel", "sheets", "read_workbook"),
    ".ods": Format("OpenDocument sheet", "sheets", "read_workbook"),
    ".csv": Format("CSV", "delimited", "read_delimited"),
    ".tsv": Format("TSV", "delimited", "read_delimited"),
    **dict.fromkeys((".parquet", ".pq"), Format("Parquet", "parquet", "read_parquet")),
    **dict.fromkeys((".pptx", ".pptm"), Format("PowerPoint", "slides", "read_slides")),
    ".eml": Format("mail", "mail", "read_eml"),
    ".msg": Format("Outlook mail", "outlook", "read_msg"),
    ".mbox": Format("mail box", "mail", "read_mbox"),
    ".zip": Format("ZIP", "archives", "read_zip"),
    **dict.fromkeys((".tar", ".tgz", ".gz", ".bz2", ".xz"), Format("TAR", "archives", "read_tar")),
    ".json": Format("JSON", "json_files", "read_json", MAX_TEXT_FILE),
    **dict.fromkeys((".jsonl", ".ndjson"), Format("JSON lines", "json_files", "read_json_lines")),
}
#: Kinds of files that a person may well expect to be read, and why they are not.
_NOT_READ: Final = {
    ".doc": "old Word files are not read; save it as .docx or PDF",
    ".ppt": "old presentations are not read; save it as .pptx or PDF",
    ".odp": "OpenDocument presentations are not read; save it as .pptx or PDF",
    **dict.fromkeys(
        (".jpg", ".jpeg", ".png", ".gif", ".tif", ".tiff", ".bmp", ".webp"),
        "it is a picture, and no text in it is read",
    ),
}
#: How a file begins that is of a format, whatever its name says.
_SIGNATURES: Final = ((b"%PDF-", ".pdf"), (b"{\\rtf", ".rtf"))
_ZIP: Final = b"PK\x03\x04"
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
#: What an Office file of today has within.
_ZIP_CONTENTS: Final = (("word/", ".docx"), ("xl/", ".xlsx"), ("ppt/", ".pptx"))
#: Suffixes of files that are always a ZIP, or begin with that signature.
_SIGNED: Final[dict[str, tuple[bytes, ...]]] = {
    ".pdf": (b"%PDF-",),
    **dict.fromkeys((".docx", ".xlsx", ".pptx", ".xlsm", ".docm", ".pptm"), (_ZIP, _OLE)),
    **dict.fromkeys((".ods", ".odt", ".zip"), (_ZIP,)),
    ".rtf": (b"{\\rtf",),
    ".msg": (_OLE,),
    **dict.fromkeys((".parquet", ".pq"), (b"PAR1",)),
}


class ExtractedText(msgspec.Struct, frozen=True):
    """A text that was found in a file."""

    #: Where in the file: empty for the file itself, else the path within it.
    member: str
    format: str
    parsed: ParsedFile
    #: What is compared with others to find its duplicates.
    sketch: Sketch
    #: The text cut into passages, where the process that read it has done so.
    passages: list[Passage] | None = None


class Unread(msgspec.Struct, frozen=True):
    """A file, or one within it, that was not read."""

    member: str
    format: str
    #: As a clause: `it is empty`.
    reason: str


class Extracted(msgspec.Struct):
    """All that was found in one file."""

    texts: list[ExtractedText] = msgspec.field(default_factory=list)
    unread: list[Unread] = msgspec.field(default_factory=list)


def format_by_name(name: str) -> Format | None:
    """The format that a file's suffix stands for; None for one that is not read."""
    return FORMATS.get(suffix_of(name))


def suffix_of(name: str) -> str:
    """The suffix of a file's name in lower case, with its dot."""
    return PurePosixPath(name).suffix.lower()


def extract_file(path: Path, root: Path) -> Extracted:
    """Read a file below `root`, and the files within it.

    Raises nothing but what ends the process: a file that cannot be read gives the reason.
    """
    extracted = Extracted()
    try:
        data = read_bytes(path, root)
    except UnreadableFileError as error:
        extracted.unread.append(Unread("", _name_of_format(path.name), str(error)))
    except OSError as error:
        reason = f"it cannot be read ({error.strerror or type(error).__name__})"
        extracted.unread.append(Unread("", _name_of_format(path.name), reason))
    else:
        _extract(data, path.name, "", extracted)
    return extracted


def _name_of_format(name: str) -> str:
    known = format_by_name(name)
    return known.name if known else sendable(suffix_of(name)).removeprefix(".")


def _extract(data: bytes, name: str, member: str, extracted: Extracted, depth: int = 0) -> None:
    """Read what one file holds into `extracted`."""
    format_name = _name_of_format(name)
    try:
        known = _format_of(name, data)
        format_name = known.name
        parsed = _parse(known, data)
    except UnreadableFileError as error:
        extracted.unread.append(Unread(member, format_name, str(error)))
        return
    for inner in parsed.members:
        path = f"{member}/{inner.name}" if member else inner.name
        if isinstance(inner.data, ParsedFile):
            _keep(_sendable(inner.data), path, format_name, extracted)
        elif depth >= _MAX_DEPTH:
            reason = f"it stands over {_MAX_DEPTH} files deep"
            extracted.unread.append(Unread(path, _name_of_format(inner.name), reason))
        else:
            _extract(inner.data, inner.name, path, extracted, depth + 1)
    if parsed.text.strip() or parsed.notes or not parsed.members:
        _keep(msgspec.structs.replace(parsed, members=()), member, format_name, extracted)


def _keep(parsed: ParsedFile, member: str, format_name: str, extracted: Extracted) -> None:
    """Enter a text, or that there is none."""
    if parsed.text.strip():
        extracted.texts.append(
            ExtractedText(member, format_name, parsed, sketch(parsed.text, parsed.title))
        )
        return
    empty = "it is empty" if parsed.pages is None else "it has no text"
    reason = "; ".join(parsed.notes) or empty
    extracted.unread.append(Unread(member, format_name, reason))


def _format_of(name: str, data: bytes) -> Format:
    """The format of a file by its content, where that is plain, else by its name.

    Raises:
        UnreadableFileError: it is of none that is read, or is not what its name says.
    """
    suffix = suffix_of(name)
    if not data:
        raise UnreadableFileError("it is empty")
    head = data[:_HEAD]
    for signature, found in _SIGNATURES:
        if head.lstrip().startswith(signature):
            suffix = found
    if head.startswith(_ZIP):
        suffix = _suffix_of_zip(data) or suffix
    known = FORMATS.get(suffix)
    if known is None:
        unknown = f"files of type {sendable(suffix) or 'without a suffix'} are not read"
        raise UnreadableFileError(_NOT_READ.get(suffix, unknown))
    signed = _SIGNED.get(suffix, ())
    if signed and not any(signature in head for signature in signed):
        raise UnreadableFileError(f"it is no {known.name} file, though its name says so")
    if head.startswith(_OLE) and _OLE in signed and suffix != ".msg":
        raise UnreadableFileError("it is encrypted, or an old file under a new name")
    if known.is_plain and head.startswith((_ZIP, _OLE)):
        raise UnreadableFileError("it is not text")
    return known


def _suffix_of_zip(data: bytes) -> str | None:
    """The suffix of the Office format that a ZIP file is; None for any other."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        return None
    if "[Content_Types].xml" not in names:
        return None
    for folder, suffix in _ZIP_CONTENTS:
        if any(name.startswith(folder) for name in names):
            return suffix
    return None


def _parse(known: Format, data: bytes) -> ParsedFile:
    """Read bytes of a format.

    Raises:
        UnreadableFileError: it cannot be read, for whatever reason.
    """
    try:
        module = import_module(f"{__package__}.{known.module}")
        parsed: ParsedFile = getattr(module, known.function)(data)
    except (UnreadableFileError, KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # what is written in Rust panics with one that is no Exception
        _log.warning("a %s file was not read", known.name, exc_info=error)
        raise UnreadableFileError(f"it cannot be read ({type(error).__name__})") from error
    return _sendable(parsed)


def _sendable(parsed: ParsedFile) -> ParsedFile:
    """What a reader has found, in a text that can be sent and found, and is not too long."""
    text, places = composed(sendable(parsed.text), parsed.places)
    parsed = msgspec.structs.replace(
        parsed, text=text, title=composed(parsed.title)[0], places=tuple(places)
    )
    if len(text) <= MAX_TEXT:
        return parsed
    cut = text[:MAX_TEXT].rpartition("\n")[0] or text[:MAX_TEXT]
    note = f"only its first {count(len(cut), 'character')} were read"
    return msgspec.structs.replace(parsed, text=cut, notes=(*parsed.notes, note))


def member_bytes(path: Path, root: Path, member: str) -> bytes:
    """The bytes of a file below `root`, or of one within it by its path there.

    Raises:
        UnreadableFileError: it is not there any more, or cannot be read.
        OSError: the file cannot be opened.
    """
    name, data = path.name, read_bytes(path, root)
    while member:
        members = _parse(_format_of(name, data), data).members
        inner = next((m for m in members if f"{member}/".startswith(f"{m.name}/")), None)
        if inner is None:
            raise UnreadableFileError(f"there is no {member} in it any more")
        if isinstance(inner.data, ParsedFile):
            raise UnreadableFileError("it is a row of a table")
        name, data = inner.name, inner.data
        member = member[len(inner.name) + 1 :]
    return data


def read_bytes(path: Path, root: Path) -> bytes:
    """The bytes of a regular file inside of a folder.

    Raises:
        UnreadableFileError: it is none, or too long.
        OSError: it cannot be read.
    """
    known = format_by_name(path.name)
    limit = known.max_bytes if known else sys.maxsize
    if path.is_symlink() and not Path(os.path.realpath(path)).is_relative_to(
        os.path.realpath(root)
    ):
        raise UnreadableFileError("it is a link to outside of the folder")
    _check_file(path.stat(), limit)
    # It may have become another since, such as a pipe, at which opening would wait for ever.
    with open(path, "rb", opener=_open_at_once) as stream:
        _check_file(os.fstat(stream.fileno()), limit)
        # of a file that is not read its beginning tells what it is
        data = stream.read(limit + 1 if known else _HEAD)
    if len(data) > limit:
        raise UnreadableFileError(f"it has over {size(limit)}")
    return data


def _open_at_once(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _check_file(status: os.stat_result, limit: int) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise UnreadableFileError("it is not a regular file")
    if status.st_size > limit:
        raise UnreadableFileError(f"it has {size(status.st_size)}, over {size(limit)}")
