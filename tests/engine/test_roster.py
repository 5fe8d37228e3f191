"""The class file: who may ask, and what of a file is refused before a class is let in."""

from __future__ import annotations

import stat
import sys
from typing import TYPE_CHECKING

import pytest

from parallel_nb.api.errors import InputError
from parallel_nb.engine.roster import ClassFile, Roster, add_students, read_students

if TYPE_CHECKING:
    from pathlib import Path

TOKEN = "pnbclass_0123456789abcdef"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "students.csv"


def test_students_are_added_with_tokens_of_their_own_and_those_of_before_keep_theirs(
    file: Path,
) -> None:
    first = add_students(file, ["Ada", "Bob  Li"])
    add_students(file, ["Çelik, Ece"])
    students = read_students(file)
    assert [each.name for each in students] == ["Ada", "Bob Li", "Çelik, Ece"]
    assert students[:2] == first
    assert len({each.token for each in students}) == 3
    assert all(len(each.token) > 30 for each in students)
    assert "token" not in repr(students)


@pytest.mark.skipif(sys.platform == "win32", reason="there a person's folders are their own")
def test_the_file_is_for_its_owner_alone(file: Path) -> None:
    add_students(file, ["Ada"])
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize("name", ["", "  ", "=1+1", "@x", "-", "a\x1b[2J", "x" * 201])
def test_what_is_no_name_is_refused_and_nothing_is_written(file: Path, name: str) -> None:
    with pytest.raises(InputError, match="name"):
        add_students(file, ["Ada", name])
    assert not file.exists()


def test_a_student_who_is_there_already_is_refused(file: Path) -> None:
    add_students(file, ["Ada"])
    with pytest.raises(InputError, match="'Ada' is there already"):
        add_students(file, ["Bob", "Ada"])
    assert [each.name for each in read_students(file)] == ["Ada"]


FAULTS = {
    "student;token\nAda;x\n": "its first line",
    "": "its first line",
    "student,token\n": "0 students",
    f"student,token\nAda,{TOKEN}\nAda,{TOKEN}x\n": "line 3: 'Ada' is there twice",
    f"student,token\nAda,{TOKEN}\nBob,{TOKEN}\n": "line 3: its token is that of another",
    "student,token\nAda,short\n": "line 2: the token has not 16",
    "student,token\nAda\n": "line 2: the token is missing",
    f"student,token\nAda,{TOKEN} {TOKEN}\n": "line 2: the token has a blank",
    'student,token\n"Ada,x\n': "no CSV",
}


@pytest.mark.parametrize("text", FAULTS)
def test_a_fault_of_the_file_is_named_with_its_line_and_without_a_token(
    file: Path, text: str
) -> None:
    file.write_text(text, "utf-8")
    with pytest.raises(InputError, match=FAULTS[text]) as caught:
        read_students(file)
    assert TOKEN not in str(caught.value)


def test_a_file_as_a_spreadsheet_writes_it_is_read(file: Path) -> None:
    file.write_bytes(f"\ufeffStudent,Token,mail\r\nAda,{TOKEN},a@b.example\r\n,,\r\n".encode())
    roster = Roster(read_students(file))
    assert roster.names == ["Ada"]
    assert roster.student_of(TOKEN.encode()) == "Ada"
    assert roster.student_of(b"") is None


def test_an_engine_that_runs_knows_who_came_later_and_who_left(file: Path) -> None:
    (ada,) = add_students(file, ["Ada"])
    found = ClassFile(file)
    (bob,) = add_students(file, ["Bob"])
    assert found.current().student_of(bob.token.encode()) == "Bob"
    file.write_text(f"student,token\nBob,{bob.token}\n", "utf-8")
    assert found.current().student_of(ada.token.encode()) is None
    file.write_text("spoilt", "utf-8")
    assert found.current().names == ["Bob"]
    file.unlink()
    assert found.current().names == ["Bob"]
