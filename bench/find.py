"""How well the engine finds: precision and recall of the matches of FindAll runs.

The questions have all of their answers beside them: `tests/engine/gold/find.jsonl` about the
sample documents, those of two generated rooms in `tests/engine/finder`, and those beside the
rooms in `tests/engine/finder/rooms`. Each belongs to a part. `tune` was looked at while the finder
was written; `held`, `fresh`, `last` and `unseen` were written before they were asked, and asked in
this order, each when what the one before had shown was mended. So only the first figures of a part
were those of questions not seen before.

First figures, precision and recall: `held` 88 and 72 %, `fresh` and `last` 83 and 80 %, `unseen` 89
and 59 % (75 right of 84 found, 128 to be found).

`examined` is about two rooms by somebody who had read neither the finder nor its other rooms: at
first 80 and 9 % (12 right of 15 found, 131 to be found).

Rooms elsewhere (`--room`), by two examiners who had seen nothing of the finder, first figures,
26 November 2026: theatre 56 and 24 % (9 of 16, 38), vineyards 0 and 0 % (0 of 3, 48), after which
the judging was made anew and these two were used to tune it. Then mining 26 and 26 % (9 of 35, 35)
and clinics 57 and 24 % (12 of 21, 51), on which the judging of before has 50 and 9 %. What those
showed was mended in turn, so their later figures are not of questions not seen. So it was with
ferries (50 and 20 %: 8 of 16, 40) and software (47 and 31 %: 15 of 32, 49), after which tables are
read as such; and with housing (59 and 29 %: 13 of 22, 45) and laboratory (29 and 26 %: 12 of 42,
46), after which the house whose papers a room holds is known; and with shipyard (25 and 26 %: 14 of
56, 53), after which columns of types say what is listed and rows are counted. Schools and
archaeology were not looked at while the finder was written.

After that one table answers for all that it lists (`plan`). Four rooms that were looked at went
from 77 and 48 % to 93 and 73 %, two whose figures alone steered the work from 62 and 31 % to 75 and
42 % (41 of 55, 97). Rooms that took no part: brewery_group, mountain_pages, publisher and
water_works from 58 and 61 % to 72 and 65 % (119 of 165, 183), and schools, archaeology,
festival_towns, institute and acquisition together from 44 and 43 % to 53 and 49 % (129 of 242,
261).

39 rooms more, all of the folders that no list above names, were asked once before and once after
whose a sentence is was looked at more carefully: 50 and 22 % (278 of 561, 1,269), then 53 and 21 %
(272 of 511).

27 ordinary rooms of papers (`plain_*`) by writers who had seen nothing of the finder. Twenty were
looked at: at first 77 and 43 % (320 of 416, 748); after what a paper is about was read from its
labels, number and file name, and judged by its headings and contraries, 86 and 63 % (470 of 549).
The seven of `bench.rooms.UNSEEN_PLAIN` were not: from 78 and 37 % (93 of 120, 251) to 72 and 46 %
(116 of 162). Those of `bench.rooms.UNSEEN` went from 65 and 34 % (197 of 304, 585) to 62 and 35 %
(202 of 327), the samples and rooms of the tests stayed at 96 and 89 %.

After tables of the same heads were one list, what names their rows was told from months, posts and
what they number, and a paper was about what its title names: of the twenty, ten that were looked at
went from 84 and 60 % (226 of 269, 374) to 89 and 72 % (268 of 301), ten kept
for checking, but for one fault that was mended there, from 87 and 65 % (244 of 280, 374) to 89 and
72 % (269 of 301), both a little before the last changes; `UNSEEN_PLAIN` from 72 and 46 % to 78 and
52 % (131 of 167, 251). `UNSEEN` went from 62 and 35 % to 57 and 34 % (200 of 348), while the 47
hard rooms that may be looked at went from 69 and 45 % (815 of 1,175, 1,818) to 72 and 47 % (860 of
1,190).

What learning would add was measured on 26 November 2026, and is not in use. Of what is to be found
in 41 rooms 72 % is a candidate by what it is called, and 95 % is named in some title, table, list,
heading or sentence. Signals of all these names went through 150 small trees, and a logistic
regression weighed that with the verdict of the rules. In six rooms (bank_branch and others) it
finds more at a price, from 66 and 29 % (56 of 85, 193) to 56 and 41 %, and no more at the
precision of the rules.
In `bench.rooms.UNSEEN` 65 and 34 % (197 of 304, 585) became 59 and 42 % (243 of 411); but the
samples and rooms of the tests went from 96 and 89 % (349 of 362, 393) to 94 and 85 % (333 of 356),
in twice the time.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from parallel_nb.api.findall import FindAllRunInput, MatchCondition
from parallel_nb.engine.corpus.documents import load_corpus
from parallel_nb.engine.finder.entities import key_of
from parallel_nb.engine.finder.judge import judge
from parallel_nb.engine.finder.steps import find_candidates
from parallel_nb.engine.index.fulltext import Index
from tests.engine.finder.room import Question, make_room
from tests.engine.finder.second_room import make_second_room

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

_TESTS: Final = Path(__file__).parents[1] / "tests" / "engine"
GOLD: Final = _TESTS / "gold" / "find.jsonl"
#: Rooms of documents written by hand, each a folder with its questions beside it.
ROOMS: Final = _TESTS / "finder" / "rooms"
_PARTS: Final = ("tune", "held", "fresh", "last", "unseen")


@dataclass(slots=True)
class Counts:
    """What was found, and of what could be found.

    Attributes:
        right: Matches that are answers.
        found: Matches.
        gold: Answers.
        known: Answers that were candidates.
        judged: Of the candidates, those that some question of the room about their kind has as an
            answer: entities of the kind for certain, on which judging is measured alone.
        judged_right: Of these, the answers that match.
        judged_found: Of these, the matches.
    """

    right: int = 0
    found: int = 0
    gold: int = 0
    known: int = 0
    judged: int = 0
    judged_right: int = 0
    judged_found: int = 0

    def __str__(self) -> str:
        """The figures as one line."""
        return (
            f"precision {_share(self.right, self.found)}, recall {_share(self.right, self.gold)};"
            f" candidates alone: {_share(self.known, self.gold)};"
            f" judging alone, of {self.judged}:"
            f" precision {_share(self.judged_right, self.judged_found)},"
            f" recall {_share(self.judged_right, self.known)}"
        )


def _share(part: int, whole: int) -> str:
    return f"{part / max(1, whole):.0%} ({part} of {whole})"


def questions_about_samples() -> list[Question]:
    """The questions about the sample documents."""
    return _read("samples", GOLD)


def questions_about_room(folder: Path) -> list[Question]:
    """The questions about a room that was written by hand, which stand beside its folder."""
    beside = folder.with_name(f"{folder.name}.find.jsonl")
    return _read(folder.name, beside if beside.exists() else folder.with_suffix(".jsonl"))


def _read(room: str, gold: Path) -> list[Question]:
    lines = map(json.loads, gold.read_text("utf-8").splitlines())
    return [
        Question(room, **({"part": "unseen"} | line | {"gold": frozenset(line["gold"])}))
        for line in lines
    ]


def answer(index: Index, question: Question, generator: str = "core") -> tuple[set[str], set[str]]:
    """The names that match, and those that were candidates at all."""
    conditions = [
        MatchCondition(name=name, description=text) for name, text in question.conditions.items()
    ]
    wanted = FindAllRunInput(
        objective=question.objective,
        entity_type=question.entity_type,
        match_conditions=conditions,
        generator=generator,
        match_limit=1000,
    )
    entities = find_candidates(index, wanted, 1000)["entities"]
    matched = {
        entity["name"]
        for entity in entities
        if judge(index, entity, question.entity_type, conditions)["status"] == "matched"
    }
    return matched, {entity["name"] for entity in entities}


def measure(
    index: Index, questions: Sequence[Question], *, verbose: bool = False
) -> dict[str, Counts]:
    """What is found by room and part; with `verbose`, each question is printed."""
    counts: defaultdict[str, Counts] = defaultdict(Counts)
    of_kind: defaultdict[str, set[str]] = defaultdict(set)
    for question in questions:
        of_kind[question.entity_type].update(map(key_of, question.gold))
    for question in questions:
        matched, candidates = answer(index, question)
        gold = {key_of(name): name for name in question.gold}
        found = {key_of(name): name for name in matched}
        known = {key_of(name) for name in candidates}
        judged = known & of_kind[question.entity_type]
        right = found.keys() & gold.keys()
        total = counts[f"{question.room} {question.part}"]
        total.right += len(right)
        total.found += len(found)
        total.gold += len(gold)
        total.known += len(known & gold.keys())
        total.judged += len(judged)
        total.judged_right += len(right & judged)
        total.judged_found += len(found.keys() & judged)
        if verbose:
            sys.stdout.write(
                f"{question.part} {question.objective}: {len(right)} right of {len(found)} found,"
                f" {len(gold)} to be found, {len(candidates)} candidates\n"
                f"   wrong: {sorted(found[k] for k in found.keys() - gold.keys())}\n"
                f"   missed: {sorted(gold[k] for k in gold.keys() - found.keys() & known)}\n"
                f"   no candidates: {sorted(gold[k] for k in gold.keys() - known)}\n"
            )
    return counts


def main(arguments: Sequence[str] | None = None) -> None:
    """Print precision and recall of parts, or of rooms elsewhere."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("part", nargs="*", help="parts; without one, all but `examined`")
    parser.add_argument(
        "--room", action="append", type=Path, help="a folder, its questions beside it (.find.jsonl)"
    )
    parser.add_argument("--verbose", action="store_true", help="print each question too")
    options = parser.parse_args(arguments)
    total: dict[str, Counts] = {}
    with tempfile.TemporaryDirectory() as folder:
        for documents, questions in (
            ((each, questions_about_room(each)) for each in options.room)
            if options.room
            else _own(Path(folder), options.part or _PARTS)
        ):
            if questions:
                index = Index.build(load_corpus(documents))
                total |= measure(index, questions, verbose=options.verbose)
    for name, counts in total.items():
        sys.stdout.write(f"{name}: {counts}\n")


def _own(folder: Path, parts: Collection[str]) -> Iterator[tuple[Path | None, list[Question]]]:
    """The rooms of the tests, generated into a folder or written, with questions of parts."""
    first, second = folder / "room", folder / "second"
    written = [each for each in sorted(ROOMS.iterdir()) if each.is_dir()]
    for documents, questions in (
        (None, questions_about_samples()),
        (first, make_room(first)),
        (second, make_second_room(second)),
        *((each, questions_about_room(each)) for each in written),
    ):
        yield documents, [question for question in questions if question.part in parts]


if __name__ == "__main__":
    main()
