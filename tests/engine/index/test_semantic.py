"""Ranking by meaning: what it adds to that by words, and that it takes nothing away."""

from __future__ import annotations

import hashlib
import importlib
import math
import os
import sqlite3
import statistics
import subprocess
import sys
import time
from contextlib import closing
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parallel_nb import engine_home
from parallel_nb.connection import launcher
from parallel_nb.connection.described import SemanticState
from parallel_nb.engine.corpus.documents import load_corpus
from parallel_nb.engine.corpus.extraction import environment
from parallel_nb.engine.corpus.library import LIBRARY, Library
from parallel_nb.engine.http.search import find_pages
from parallel_nb.engine.http.validate_search import read_v1_search
from parallel_nb.engine.index import embedding_worker, semantic
from parallel_nb.engine.index.embedder import Embedder, NoEmbedderError
from parallel_nb.engine.index.embedding_worker import embed_room, open_vectors
from parallel_nb.engine.index.fulltext import Index, PassageHit
from parallel_nb.engine.index.keeper import RoomKeeper
from parallel_nb.engine.index.semantic import SemanticRanking, fuse, open_ranking
from parallel_nb.engine.index.wordpieces import word_pieces

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FERRY = """# Fleet

The vessel Gannet belongs to Holm Shipping, which bought her in 2011 and let her go north.

## Timetable

The owner of a season ticket who would travel on Gannet shows it to the owner's man at the pier.
"""
#: The pages say it in other words than the question.
QUESTION = "Gannet owner"


@pytest.fixture
def room(tmp_path: Path) -> Path:
    folder = tmp_path / "room"
    folder.mkdir()
    (folder / "fleet.md").write_text(FERRY)
    (folder / "anvils.md").write_text("# Anvils\n\nAnvils are heavy. They fall.\n")
    return folder


@pytest.fixture
def keeper(room: Path, tmp_path: Path) -> Iterator[RoomKeeper]:
    keeper = RoomKeeper(room, tmp_path / "index")
    keeper.update()
    keeper.progress = None  # as its own thread does
    yield keeper
    keeper.stop()


class CountingEmbedder:
    """Makes vectors of no meaning, and keeps the texts that it was given."""

    def __init__(self, fails_after: int | None = None) -> None:
        self.texts: list[str] = []
        self._fails_after = fails_after

    def __call__(self, text: str) -> bytes:
        if len(self.texts) == self._fails_after:
            raise RuntimeError("killed")
        self.texts.append(text)
        return hashlib.sha256(text.encode()).digest()


def embed_all(keeper: RoomKeeper, fails_after: int | None = None) -> list[str]:
    """What texts the vectors of a room had to be made of."""
    embed = CountingEmbedder(fails_after)
    with (
        closing(Library(keeper.directory / LIBRARY)) as library,
        closing(open_vectors(keeper.directory)) as vectors,
    ):
        if fails_after is None:
            embed_room(library, vectors, embed)
        else:
            with pytest.raises(RuntimeError, match="killed"):
                embed_room(library, vectors, embed)
    return embed.texts


def wait_for(ranking: SemanticRanking, *, problem: bool = False) -> None:
    deadline = time.monotonic() + 60
    while not ranking.problem if problem else ranking.share() < 1 and not ranking.problem:
        assert time.monotonic() < deadline
        time.sleep(0.05)


# --- the arithmetic ---------------------------------------------------------------------


def hits_of(scores: list[float]) -> list[PassageHit]:
    return [PassageHit(number, 0, score, 1) for number, score in enumerate(scores)]


FIGURES = st.lists(
    st.tuples(st.integers(1, 100), st.integers(-100, 100)), min_size=2, max_size=30
).map(lambda pairs: [(words / 100, near / 100) for words, near in pairs])


@given(FIGURES)
def test_the_order_is_that_of_the_sum_in_standard_deviations(
    pairs: list[tuple[float, float]],
) -> None:
    words, near = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    fused = fuse(hits_of(words), near)
    deviations = [statistics.pstdev(figures) for figures in (words, near)]
    if not all(deviations):
        return
    sums = {
        number: (word - statistics.fmean(words)) / deviations[0]
        + 0.5 * (one - statistics.fmean(near)) / deviations[1]
        for number, (word, one) in enumerate(zip(words, near, strict=True))
    }
    in_order = [sums[hit.document_id] for hit in fused if hit.score > 0]
    assert all(a >= b or math.isclose(a, b, abs_tol=1e-6) for a, b in zip(in_order, in_order[1:]))  # noqa: B905, RUF007 - neighbours


@given(FIGURES)
def test_scores_stay_from_0_to_1_and_no_passage_is_lost(pairs: list[tuple[float, float]]) -> None:
    hits = hits_of(sorted((pair[0] for pair in pairs), reverse=True))
    fused = fuse(hits, [pair[1] for pair in pairs])
    assert sorted(hit.document_id for hit in fused) == list(range(len(hits)))
    assert all(0 <= hit.score <= max(1.0, hits[0].score) for hit in fused)


def test_a_passage_without_a_vector_keeps_the_score_of_its_words() -> None:
    fused = fuse(hits_of([1.0, 0.8, 0.6]), [0.1, None, 0.9])
    # half a deviation of the words, 0.1633, for each of the meaning's
    best = 1.0 - 0.1633 / 2
    expected = [1.0, 0.8 / best, (0.6 + 0.1633 / 2) / best]
    assert [hit.document_id for hit in fused] == [0, 1, 2]
    assert [hit.score for hit in fused] == pytest.approx(expected, abs=1e-3)


def test_where_meaning_tells_nothing_apart_words_rank() -> None:
    hits = hits_of([1.0, 0.8, 0.6])
    assert fuse(hits, [None, None, None]) == hits
    assert fuse(hits, [0.5, 0.5, 0.5]) == hits
    assert fuse(hits, [None, 0.4, None]) == hits
    assert fuse([], []) == []


# --- words ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        # by the tokenizer that is published with the model
        ("Anvils!", [101, 2019, 14762, 2015, 999, 102]),
        ("", [101, 102]),
        ("Čapek 12°C", [101, 4880, 2243, 2260, 7737, 2278, 102]),
        ("東京", [101, 1879, 1755, 102]),
        ("x" * 101, [101, 100, 102]),
    ],
)
def test_words_are_read_as_the_model_was_trained(text: str, pieces: list[int]) -> None:
    assert word_pieces(text, most=64) == pieces


def test_a_long_text_is_read_to_the_bound() -> None:
    assert len(word_pieces("anvil " * 1_000_000, most=64)) == 64


# --- the vectors of a room --------------------------------------------------------------


def test_each_passage_gets_one_vector_with_what_stands_above_it(keeper: RoomKeeper) -> None:
    texts = embed_all(keeper)
    assert len(texts) == keeper.index.passage_count == 3
    assert any(text.startswith("Fleet. ") and "Timetable. The owner" in text for text in texts)
    assert embed_all(keeper) == []


def test_of_a_changed_document_only_what_is_new_is_embedded(keeper: RoomKeeper, room: Path) -> None:
    embed_all(keeper)
    (room / "fleet.md").write_text(f"{FERRY}\n## Names\n\nGannet was named Tern before.\n")
    (room / "anvils.md").unlink()
    keeper.update()
    assert [text for text in embed_all(keeper) if "named Tern" not in text] == []
    with closing(open_vectors(keeper.directory)) as vectors:
        assert vectors.whole().keys() == keeper.index.corpus.numbers()
        assert sum(vectors.whole().values()) == keeper.index.passage_count


def test_a_process_that_is_killed_has_done_what_it_has_done(
    keeper: RoomKeeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedding_worker, "_AT_ONCE", 1)
    done = embed_all(keeper, fails_after=2)
    assert len(done) == 2
    assert len(embed_all(keeper)) == 1


def test_no_more_passages_than_the_bound_get_a_vector(
    keeper: RoomKeeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedding_worker, "_MOST", 1)
    assert 0 < len(embed_all(keeper)) < keeper.index.passage_count


def test_damaged_vectors_are_made_anew(keeper: RoomKeeper) -> None:
    embed_all(keeper)
    (path,) = keeper.directory.glob("vectors-*.sqlite3")
    path.write_bytes(b"no database" * 1_000)
    assert len(embed_all(keeper)) == keeper.index.passage_count


def test_the_share_is_that_of_the_passages_that_are_there_now(
    keeper: RoomKeeper, room: Path
) -> None:
    embed_all(keeper)
    ranking = SemanticRanking(keeper)
    ranking._vectors = open_vectors(keeper.directory)
    assert ranking.share() == 1
    (room / "fleet.md").write_text(FERRY.replace("Gannet", "Tern"))
    keeper.update()
    assert ranking.share() == pytest.approx(1 / 3)
    ranking.stop()


def test_what_an_earlier_engine_has_done_counts_from_the_first_moment(keeper: RoomKeeper) -> None:
    embed_all(keeper)
    ranking = SemanticRanking(keeper)
    ranking.start()
    assert ranking.share() == 1
    ranking.stop()


def test_of_a_document_that_left_half_done_nothing_stays(
    keeper: RoomKeeper, room: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedding_worker, "_AT_ONCE", 1)
    (room / "anvils.md").unlink()
    keeper.update()
    embed_all(keeper, fails_after=1)
    (room / "fleet.md").rename(room / "other.md")
    (room / "other.md").write_text("# Cats\n\nThey purr.\n")
    keeper.update()
    embed_all(keeper)
    with closing(sqlite3.connect(next(keeper.directory.glob("vectors-*.sqlite3")))) as kept:
        assert kept.execute("SELECT count(*) FROM vectors").fetchone() == (1,)


def test_the_bound_counts_the_passages_that_are_there(
    keeper: RoomKeeper, room: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedding_worker, "_MOST", keeper.index.passage_count)
    embed_all(keeper)
    for page in room.iterdir():
        page.write_text(page.read_text().replace("a", "o"))
    keeper.update()
    assert len(embed_all(keeper)) == keeper.index.passage_count


def test_vectors_of_a_library_that_is_gone_are_not_taken_for_those_of_another(
    keeper: RoomKeeper, room: Path
) -> None:
    embed_all(keeper)
    keeper.stop()
    for part in keeper.directory.glob(f"{LIBRARY}*"):
        part.unlink()
    (room / "anvils.md").write_text("# Cats\n\nThey purr.\n")
    other = RoomKeeper(room, keeper.directory.parent)
    other.update()
    assert len(embed_all(other)) == other.index.passage_count
    other.stop()


def damage_behind_the_first_page(keeper: RoomKeeper) -> None:
    """As a disk does that has lost some blocks: the file can still be opened."""
    (path,) = keeper.directory.glob("vectors-*.sqlite3")
    with closing(sqlite3.connect(path)) as kept:
        kept.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content = path.read_bytes()
    path.write_bytes(content[:4096] + b"\xff" * (len(content) - 4096))
    open_vectors(keeper.directory).close()


def test_a_damage_that_shows_while_vectors_are_read_is_told_and_mended(keeper: RoomKeeper) -> None:
    embed_all(keeper)
    damage_behind_the_first_page(keeper)
    ranking = SemanticRanking(keeper)
    ranking._embedder = Embedder.__new__(Embedder)
    hits = keeper.index.find_passages(QUESTION, limit=10)
    ranking._open()
    assert ranking.share() == 0
    assert ranking.rescore(QUESTION, hits) == hits
    assert ranking._open().whole() == {}
    assert len(embed_all(keeper)) == keeper.index.passage_count
    assert ranking.share() == 1
    ranking.stop()


def test_the_process_that_makes_them_tells_of_a_damage(keeper: RoomKeeper) -> None:
    embed_all(keeper)
    damage_behind_the_first_page(keeper)
    command = [sys.executable, "-m", embedding_worker.__name__, str(keeper.directory)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment()
    ) as process:
        assert process.wait(20) == embedding_worker.FOUND_DAMAGE
        assert process.stdout
        assert b"malformed" in process.stdout.read()


def test_vectors_that_somebody_deletes_are_looked_for_anew(keeper: RoomKeeper) -> None:
    embed_all(keeper)
    ranking = SemanticRanking(keeper)
    ranking._open()
    embedding_worker.remove_vectors(keeper.directory)
    embed_all(keeper)
    assert ranking._open().is_there
    ranking.stop()


def test_a_lock_or_a_full_disk_is_no_damage(keeper: RoomKeeper) -> None:
    embed_all(keeper)
    (path,) = keeper.directory.glob("vectors-*.sqlite3")
    with closing(sqlite3.connect(path)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            open_vectors(keeper.directory)
    assert embed_all(keeper) == []


def test_the_process_that_makes_them_ends_with_its_engine(keeper: RoomKeeper) -> None:
    endless = (
        "import sys, time\n"
        "from parallel_nb.engine.index import embedding_worker\n"
        "embedding_worker.embed_room = lambda *_: (print('begun', flush=True), time.sleep(60))\n"
        "embedding_worker.main()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", endless, str(keeper.directory)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment(),
    ) as process:
        assert process.stdin
        assert process.stdout
        assert process.stdout.readline() == b"begun\n"
        process.stdin.close()  # as when the engine is killed
        assert process.wait(20) == 1


# --- without it -------------------------------------------------------------------------


def test_without_the_extra_nothing_is_opened(
    keeper: RoomKeeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_home, "SEMANTIC_PACKAGE", "a_package_that_nobody_has")
    assert open_ranking(keeper) is None
    assert not list(keeper.directory.glob("vectors-*"))


@pytest.fixture
def other_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package of the model's name whose file is another one."""
    package = tmp_path / "site" / "other_minilm"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "model.onnx").write_bytes(b"another")
    monkeypatch.syspath_prepend(package.parent)
    monkeypatch.setattr(engine_home, "SEMANTIC_PACKAGE", package.name)
    importlib.invalidate_caches()


@pytest.mark.usefixtures("other_model")
def test_another_model_is_told_and_words_rank(keeper: RoomKeeper) -> None:
    with pytest.raises(NoEmbedderError, match=r"model\.onnx is not the model"):
        Embedder()
    ranking = open_ranking(keeper)
    assert ranking is not None
    ranking.start()
    wait_for(ranking, problem=True)
    by_words = keeper.index.search([QUESTION])
    assert keeper.index.search([QUESTION], rescore=ranking.rescore) == by_words
    embed_all(keeper)  # as an engine before has done
    assert ranking.describe()["share"] == 0
    assert "is not the model that it should be" in ranking.describe()["problem"]
    ranking.stop()


def test_an_error_while_ranking_leaves_the_order_of_words(keeper: RoomKeeper) -> None:
    ranking = SemanticRanking(keeper)
    hits = keeper.index.find_passages(QUESTION, limit=10)
    assert ranking.rescore(QUESTION, hits) == hits
    ranking._embedder = object()  # type: ignore[assignment]
    embed_all(keeper)
    ranking._vectors = open_vectors(keeper.directory)
    assert ranking.rescore(QUESTION, hits) == hits  # vectors of the wrong length
    ranking.stop()


# --- with it ----------------------------------------------------------------------------


@pytest.fixture
def _installed() -> None:
    pytest.importorskip("onnxruntime")
    pytest.importorskip(engine_home.SEMANTIC_PACKAGE)


@pytest.mark.usefixtures("_installed")
def test_texts_that_mean_the_same_are_near() -> None:
    model = Embedder()
    texts = ("who owns the ship", "the proprietor of the vessel is Holm Shipping", "cats purr")
    asked, same, other = (model.embed(text, 64) for text in texts)
    assert asked @ asked == pytest.approx(1.0, abs=1e-4)
    # 0.61 and 0.05 by the model that is published
    assert asked @ same > 0.5
    assert asked @ other < 0.2


@pytest.mark.usefixtures("_installed")
def test_a_passage_in_other_words_comes_first(keeper: RoomKeeper) -> None:
    ranking = open_ranking(keeper)
    assert ranking is not None
    ranking.start()
    wait_for(ranking)
    assert not ranking.problem
    by_words = keeper.index.find_passages(QUESTION, limit=10)
    by_both = ranking.rescore(QUESTION, by_words)
    assert sorted(hit[:2] for hit in by_both) == sorted(hit[:2] for hit in by_words)
    assert by_both != by_words
    ranking.stop()


@pytest.mark.usefixtures("_installed")
def test_a_damage_that_the_process_finds_is_mended(keeper: RoomKeeper, room: Path) -> None:
    embed_all(keeper)
    damage_behind_the_first_page(keeper)
    ranking = SemanticRanking(keeper)
    (room / "cats.md").write_text("# Cats\n\nThey purr.\n")
    keeper.update()
    keeper.progress = None
    ranking.start()
    wait_for(ranking)
    assert not ranking.problem
    ranking.stop()


@pytest.mark.usefixtures("_installed")
def test_a_process_that_ends_before_its_time_is_told(
    keeper: RoomKeeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(semantic, "_WORKER", "parallel_nb.no_such_module")
    ranking = SemanticRanking(keeper)
    ranking.start()
    wait_for(ranking, problem=True)
    assert "has ended with 1" in ranking.problem
    assert ranking.describe()["share"] == 0
    embed_all(keeper)
    told = SemanticState(**ranking.describe())
    assert told.words.startswith(
        "Searches rank by meaning too, but for 100 % of the passages alone"
    )
    ranking.stop()


@pytest.mark.usefixtures("_installed")
def test_an_engine_ranks_by_meaning_unless_it_is_told_not_to(
    room: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARALLEL_NB_HOME", str(tmp_path / "home"))
    assert launcher.ensure_engine(room).semantic is None
    launcher.stop_engine(room)
    monkeypatch.setenv("PARALLEL_NB_SEMANTIC", "1")
    deadline = time.monotonic() + 60
    while (state := launcher.ensure_engine(room).semantic) is None or state.share < 1:
        assert time.monotonic() < deadline
        assert state is None or state.problem is None
        time.sleep(0.1)
    assert state.words == "Searches rank by meaning too."
    launcher.stop_engine(room)


def test_who_connects_again_has_an_engine_that_ranks_as_is_set_now(
    room: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "site" / engine_home.SEMANTIC_PACKAGE
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    monkeypatch.syspath_prepend(package.parent)
    monkeypatch.setenv("PYTHONPATH", str(package.parent), prepend=os.pathsep)
    monkeypatch.setenv("PARALLEL_NB_HOME", str(tmp_path / "home"))
    first = launcher.ensure_engine(room, as_set=True)
    assert first.semantic is None  # the tests turn it off
    monkeypatch.setenv("PARALLEL_NB_SEMANTIC", "1")
    assert launcher.ensure_engine(room).pid == first.pid
    other = launcher.ensure_engine(room, as_set=True)
    assert other.semantic is not None
    assert other.pid != first.pid
    assert launcher.ensure_engine(room, as_set=True).pid == other.pid
    launcher.stop_engine(room)


def test_a_search_shows_pages_as_their_passages_are_ranked_anew() -> None:
    index = Index.build(load_corpus())
    calls: list[str] = []

    def same(query: str, hits: list[PassageHit]) -> list[PassageHit]:
        calls.append(query)
        return hits

    def last_alone(query: str, hits: list[PassageHit]) -> list[PassageHit]:
        assert query
        return hits[-1:]

    asked = ["capital of Bhutan", "Rust"]
    request = read_v1_search(msgspec.json.encode({"search_queries": asked}))
    pages = find_pages(index, request)
    assert find_pages(index, request, same) == pages
    assert calls == asked
    others = find_pages(index, request, last_alone)
    assert 0 < len(others) <= len(asked)
    assert others[0]["url"] != pages[0]["url"]
