"""Whatever has happened to a file, it is read or listed with a reason, and so are the others."""

from __future__ import annotations

import io
import random
import zipfile
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from parallel_nb.engine.corpus.documents import load_corpus
from parallel_nb.engine.corpus.extraction import Limits
from tests.engine.corpus.generated_room import write_room
from tests.engine.corpus.office_files import zip_of
from tests.engine.corpus.test_opendocument import BODY, RTF, text_document

if TYPE_CHECKING:
    from pathlib import Path


def spoil(  # noqa: PLR0911 - one return a kind
    data: bytes, random_: random.Random
) -> bytes:
    """A file as a bad disk, a broken transfer or a bad program leaves it."""
    kind = random_.randrange(7)
    place = random_.randrange(len(data))
    if kind == 0:
        return data[:place]
    if kind == 1:
        broken = bytearray(data)
        for _ in range(random_.choice((1, 10, 200))):
            broken[random_.randrange(len(broken))] = random_.randrange(256)
        return bytes(broken)
    if kind == 2:
        return data[:place] + bytes(random_.randrange(1, 5_000)) + data[place:]
    if kind == 3:
        return data[:place] + random_.randbytes(2_000) + data[place + 2_000 :]
    if kind == 4:
        return data[place:]
    if kind == 5:
        return data[:place] + data[: len(data) - place]
    return random_.randbytes(random_.randrange(0, 3_000))


def spoil_within(data: bytes, random_: random.Random) -> bytes:
    """An Office file whose parts are spoiled, and which is whole as an archive."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts: dict[str, str | bytes] = {n: archive.read(n) for n in archive.namelist()}
    name = random_.choice(sorted(parts))
    part = parts[name]
    if part:
        parts[name] = spoil(part if isinstance(part, bytes) else part.encode(), random_)
    return zip_of(parts)


def break_files(room: Path, broken: Path, number: int, seed: int) -> set[str]:
    """Write so many broken files; returns their names."""
    random_ = random.Random(seed)  # noqa: S311 - it makes a test repeatable
    write_room(room, seed)
    pages = pd.DataFrame({"title": ["A", "B"], "text": ["One text.", "Another."], "n": [1, 2.5]})
    pages.to_parquet(room / "pages.parquet")
    (room / "lease.odt").write_bytes(text_document(BODY))
    (room / "lease.rtf").write_bytes(RTF)
    whole = sorted(path for path in room.rglob("*") if path.is_file())
    broken.mkdir()
    (broken / "good.md").write_text("Text.")
    names = set()
    for n in range(number):
        path = random_.choice(whole)
        data = path.read_bytes()
        is_package = data.startswith(b"PK") and random_.random() < 0.6
        data = spoil_within(data, random_) if is_package else spoil(data, random_)
        suffix = random_.choice(whole).suffix if random_.random() < 0.15 else path.suffix
        (broken / f"{n:05}{suffix}").write_bytes(data)
        names.add(f"{n:05}{suffix}")
    return names


def check(tmp_path: Path, number: int, seed: int) -> None:
    names = break_files(tmp_path / "room", tmp_path / "broken", number, seed)
    corpus = load_corpus(tmp_path / "broken", limits=Limits(seconds=20))
    read = {document.path.split("/")[0] for document in corpus.documents}
    listed = {file.path.split("/")[0]: file.reason for file in corpus.skipped}
    assert read | set(listed) == names | {"good.md"}
    assert all(listed.values())
    for document in corpus.documents:
        (document.url + document.title + document.text).encode()
        for offset, place in document.places:
            assert 0 <= offset <= len(document.text)
            assert place.label or not place.fragment.partition("=")[2]


def test_300_broken_files_cost_nothing_but_themselves(tmp_path: Path) -> None:
    check(tmp_path, 300, seed=7)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_5000_broken_files_cost_nothing_but_themselves(tmp_path: Path) -> None:
    check(tmp_path, 5_000, seed=11)
