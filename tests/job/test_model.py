"""The counts that a person is shown follow every way in which a question can move."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from parallel_nb.api.processors import get_processor
from parallel_nb.job.model import FETCHING, Question, State

SENT = ["sending", "sent", "queued", "running", FETCHING, "completed", "failed", "unsent"]


def make(weights: list[int]) -> State:
    questions = [Question(n, f"key {n}", weight) for n, weight in enumerate(weights)]
    return State("title", "here", billed=True, processor=get_processor("base"), questions=questions)


def test_an_answer_on_the_way_is_told_with_its_event_and_taken_back_if_it_never_came() -> None:
    state = make([1, 2])
    state.move(state.questions, "sending")
    state.phase = "running"
    state.move(state.questions[1:], FETCHING)
    assert (state.progress().completed, state.progress().queued) == (2, 1)
    state.phase = "incomplete"
    assert (state.progress().completed, state.progress().running) == (0, 2)


def test_the_newest_answers_are_shown_as_one_line_each() -> None:
    state = make([1] * 7)
    for number in range(7):
        output = f'{{"type":"json","content":{{"ceo":"A\\n{number}","age":null}},"basis":[]}}'
        state.note_answer(f"row {number}", output.encode())
    state.note_answer("text", b'{"type":"text","content":"said","basis":[]}')
    for _ in range(2):  # the second time from what was kept
        newest = state.progress().newest
        assert [note.text for note in newest] == ["said", *(f"ceo: A {n}" for n in (6, 5, 4, 3))]
        assert {note.status for note in newest} == {"completed"}


@given(
    st.lists(st.integers(1, 5), min_size=1, max_size=6),
    st.lists(st.tuples(st.integers(0, 5), st.sampled_from(SENT), st.booleans()), max_size=40),
)
def test_the_counts_are_those_of_the_questions(
    weights: list[int], moves: list[tuple[int, str, bool]]
) -> None:
    state = make(weights)
    for at, target, in_bulk in moves:
        question = state.questions[at % len(weights)]
        state.set_own([question], is_own=in_bulk != question.is_own)
        state.move([*state.questions[:2], question] if in_bulk else [question], target)
        counted = {name: n for name, n in state.counts.items() if n}
        expected: dict[str, int] = {}
        for one in state.questions:
            expected[one.state] = expected.get(one.state, 0) + one.weight
        assert counted == expected
        assert state.open_runs == sum(one.is_open for one in state.questions)
        assert state.unsent_runs == sum(one.state == "unsent" for one in state.questions)
        own = [one.state for one in state.questions if one.is_own]
        billed, at_work = (FETCHING, "completed"), ("sending", "sent", "queued", "running")
        assert state.billed_runs == sum(one in billed for one in own)
        assert state.reserved_runs == sum(one in at_work for one in own)
        shown = state.progress()
        assert shown.total == sum(weights)
        parts = (shown.unsent, shown.queued, shown.running, shown.completed, shown.failed)
        assert sum(parts) + shown.reused == shown.total
