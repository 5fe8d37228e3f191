"""`pnb.lessons.check` and `hint`: right, or what to look at, the same in every run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import parallel_nb as pnb
from parallel_nb.lessons import checks
from parallel_nb.lessons.sealed import WORDS, Wanted, WrongKindError, compare, digests

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("wanted", "answers"),
    [
        ("number", [1932, 1932.0, "1,932", np.int64(1932), pd.Series([1932])]),
        ("number", [0.9533, 0.95333333, np.float64(0.9533)]),
        ("text", ["Venus", " venus ", "VENUS"]),
        ("truth", [True, np.True_]),
        ("names", [["a", "B"], {"b", "A"}, pd.Series(["B", "a", "a"]), pd.Index(["A", "b"])]),
        ("order", [["a", "B"], ("A", "b"), pd.Series(["a", "b"])]),
        ("names", [pnb.parse_fields("n: int? - Number"), ["N: int?"]]),
    ],
)
def test_the_same_answer_in_other_forms_is_the_same(wanted: Wanted, answers: list[Any]) -> None:
    assert len({tuple(digests("0.1", answer, wanted)) for answer in answers}) == 1


def test_other_answers_exercises_and_orders_differ() -> None:
    assert digests("0.1", 1, "number") != digests("0.1", 2, "number")
    assert digests("0.1", 1, "number") != digests("0.2", 1, "number")
    assert digests("0.1", ["a", "b"], "order") != digests("0.1", ["b", "a"], "order")


@pytest.mark.parametrize(
    ("wanted", "answer", "said"),
    [
        ("number", "many", "this is a text"),
        ("number", True, "this is a truth value"),
        ("number", float("nan"), "this is a float"),
        ("number", [1, 2], "this is a list"),
        ("text", 3, "this is an int"),
        ("truth", "yes", "this is a str"),
        ("names", "Venus", "this is a str"),
        ("names", pd.DataFrame({"a": [1]}), "choose a column of it"),
        ("names", range(10**9), "this has"),
        ("names", 7, "this is an int"),
    ],
)
def test_an_answer_of_another_kind_is_told_so(wanted: Wanted, answer: Any, said: str) -> None:
    with pytest.raises(WrongKindError, match=said):
        digests("0.1", answer, wanted)


def test_a_list_is_told_how_many_of_it_are_right_and_not_which() -> None:
    right = digests("0.1", ["a", "b", "c"], "names")
    found = digests("0.1", ["a", "d"], "names")
    assert compare(found, right) == "1 of yours is right, 1 does not belong there, 2 are missing."
    assert compare(right, right) == ""


def test_a_right_answer_says_so_and_a_wrong_one_raises_what_graders_look_for() -> None:
    said = pnb.lessons.check("1.1", "Siemens")
    assert repr(said).startswith("1.1 is right.")
    with pytest.raises(AssertionError) as wrong:
        pnb.lessons.check("1.1", "Toyota")
    assert "not yet" in str(wrong.value)
    assert "Siemens" not in str(wrong.value)
    assert wrong.value._render_traceback_() == str(wrong.value).splitlines()  # type: ignore[attr-defined]


@pytest.mark.parametrize("nothing", [..., None])
def test_no_answer_yet_is_told_with_the_kind_that_is_wanted(nothing: Any) -> None:
    with pytest.raises(AssertionError, match=r"no answer yet\..* a text"):
        pnb.lessons.check("1.1", nothing)


def test_an_unknown_exercise_or_hint_is_an_error_that_names_the_known_ones() -> None:
    with pytest.raises(pnb.InputError) as unknown:
        pnb.lessons.check("1.11", 1)
    assert "Did you mean '1.1'" in unknown.value.remedy
    with pytest.raises(pnb.InputError) as hintless:
        pnb.lessons.hint("1.1", 9)
    assert "from 1" in hintless.value.remedy


def test_every_exercise_is_whole_and_does_not_give_itself_away() -> None:
    for name, exercise in checks.exercises().items():
        assert exercise.digests, name
        assert 1 <= len(exercise.hints) <= 3, name
        assert exercise.wants in WORDS
        assert exercise.look.endswith((".", "?")), name
        assert exercise.right.endswith("."), name
        # Neither what is said of a wrong answer nor a hint holds the answer; "a" is an article.
        words = " ".join([exercise.look, *exercise.hints, *(miss.say for miss in exercise.near)])
        for word in {*words.split(), *words.replace("`", " ").replace('"', " ").split()} - {"a"}:
            sealed = _sealed(name, word.strip(".,:;()?"), exercise.wants)
            assert not set(sealed) & set(exercise.digests), (name, word)


def _sealed(name: str, word: str, wants: Wanted) -> list[str]:
    try:
        return digests(name, [word] if wants in {"names", "order"} else word, wants)
    except WrongKindError:
        return []


def test_the_sample_documents_are_those_that_the_answers_were_taken_from() -> None:
    """After a change of them: run `make lessons`, see that each answer still holds, pin them."""
    assert checks.documents_digest() == checks._file().documents


def test_other_documents_are_named_as_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "_documents_are_pinned", lambda: False)
    with pytest.raises(AssertionError, match="install parallel_nb anew"):
        pnb.lessons.check("1.1", "Toyota")


ASK = """
import json, sys
import pandas as pd
import parallel_nb as pnb
pnb.connect("embedded")
fields = pnb.parse_fields('''ceo: str? - Chief executive
founded: int? - Year the company was founded
employees: int? - Number of employees''')
names = ["Airbus", "Apple", "Boeing", "IKEA", "Intel", "LEGO", "Nintendo", "Siemens", "Tesla"]
job = pnb.tasks(pd.DataFrame({"company": names}), "Research {{company}}.", output=fields)
basis = job.basis.drop(columns="run_id").to_json()
hits = pnb.search("How many moons does Jupiter have?").df.to_json()
def say(number, answer):
    try:
        return pnb.lessons.check(number, answer)
    except AssertionError as error:
        return str(error)
print(json.dumps([basis, hits, say("1.1", "Siemens"), say("1.2", {"IBM", "LEGO", "x"})]))
"""


def test_two_machines_agree(tmp_path: Path) -> None:
    """Other homes, engines, seeds of hashes, places and time zones: the same to the byte."""
    seen = []
    for number, zone in enumerate(["UTC", "Asia/Kolkata"]):
        environment = os.environ | {
            "PARALLEL_NB_HOME": str(tmp_path / f"home{number}"),
            "PARALLEL_NB_ENGINE_IDLE_SECONDS": "1",
            "PYTHONHASHSEED": str(number + 1),
            "PYTHONPATH": str(ROOT),
            "TZ": zone,
        }
        place = tmp_path / f"place{number}"
        place.mkdir()
        ran = subprocess.run(
            [sys.executable, "-c", ASK],
            env=environment,
            cwd=place,
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == 0, ran.stderr
        seen.append(json.loads(ran.stdout.splitlines()[-1]))
    assert seen[0] == seen[1]
    assert "is right" in seen[0][2]
    assert "2 of yours are right" in seen[0][3]


@pytest.mark.parametrize(("exercise", "number"), [(["1.1"], 1), ("1.1", "1"), ("1.1", None)])
def test_a_hint_for_what_is_no_exercise_or_no_number_is_refused_in_words(
    exercise: Any, number: Any
) -> None:
    with pytest.raises(pnb.InputError):
        pnb.lessons.hint(exercise, number)
