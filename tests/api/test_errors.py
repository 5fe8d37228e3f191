"""One tree of errors, ordered by what a person can do."""

from __future__ import annotations

import traceback
from typing import Any

import pytest

from parallel_nb.api import errors
from parallel_nb.api.errors import ApiError, ParallelError, RetryableError, api_error, reason_of


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, errors.InvalidRequestError),
        (401, errors.AuthenticationError),
        (402, errors.PaymentRequiredError),
        (403, errors.ProcessorForbiddenError),
        (404, errors.NotFoundError),
        (408, errors.ResultPendingError),
        (422, errors.InvalidRequestError),
        (429, errors.RateLimitError),
        (500, errors.ServiceError),
        (503, errors.ServiceError),
        (418, ApiError),
    ],
)
def test_each_status_has_its_exception(status: int, kind: type[ApiError]) -> None:
    body = {"type": "error", "error": {"ref_id": "ref_1", "message": "No.", "detail": {"a": 1}}}
    error = api_error(status, body, retry_after=3.0, what="create a run")
    assert type(error) is kind
    assert (error.status, error.ref_id, error.detail) == (status, "ref_1", {"a": 1})
    assert error.retry_after == 3.0
    assert error.message == "create a run: No. (a: 1)"


def test_only_what_may_succeed_later_is_retryable() -> None:
    retryable = {s for s in (400, 401, 402, 403, 404, 408, 422, 429, 500, 502) if _is_retryable(s)}
    assert retryable == {408, 429, 500, 502}


def _is_retryable(status: int) -> bool:
    return isinstance(api_error(status, {}), RetryableError)


def test_the_validators_own_answer_names_the_place() -> None:
    body = {"detail": [{"loc": ["body", "inputs", 0], "msg": "field required", "type": "missing"}]}
    assert api_error(422, body).message == "body.inputs.0: field required"


@pytest.mark.parametrize(
    "body", [None, "", "<html>Bad gateway</html>", [], {"error": None}, {"detail": "gone"}, 3]
)
def test_an_answer_of_any_shape_becomes_an_error_with_a_message(body: Any) -> None:
    error = api_error(502, body)
    assert isinstance(error, errors.ServiceError)
    assert error.message


def test_a_page_in_place_of_json_is_cut_short() -> None:
    assert len(api_error(502, "x" * 100_000).message) <= 300


def _all_kinds(kind: type[ParallelError]) -> list[type[ParallelError]]:
    return [kind, *(k for sub in kind.__subclasses__() for k in _all_kinds(sub))]


def _example(kind: type[ParallelError]) -> ParallelError:
    if issubclass(kind, ApiError):
        return kind("It broke.", status=500, ref_id="ref_9")
    if kind is errors.RunFailedError:
        return errors.RunFailedError("It broke.", run_id="trun_1", ref_id="ref_9")
    return kind("It broke.")


@pytest.mark.parametrize("kind", _all_kinds(ParallelError))
def test_every_error_fits_in_a_few_lines_and_names_itself(kind: type[ParallelError]) -> None:
    lines = _example(kind)._render_traceback_()
    assert lines[0] == f"{kind.__name__}: It broke."
    assert len(lines) <= 5


def test_every_error_of_the_service_says_what_to_do() -> None:
    kinds = [k for k in _all_kinds(ApiError) if k is not ApiError]
    assert all(kind.remedy for kind in kinds)


def test_a_failed_run_is_named_with_its_reference() -> None:
    shown = "\n".join(_example(errors.RunFailedError)._render_traceback_())
    assert "trun_1" in shown
    assert "ref_9" in shown


def test_an_input_error_is_a_value_error_for_plain_python() -> None:
    with pytest.raises(ValueError, match="No such column"):
        raise errors.InputError("No such column.", "Use another.")


WHERE = {"loc": ["body", "inputs", 0, "input"], "msg": "it holds no text", "type": "value_error"}


@pytest.mark.parametrize(
    ("body", "message", "reason"),
    [
        (
            {"error": {"ref_id": "ref_9", "message": "Refused", "detail": {"errors": [WHERE]}}},
            "add runs: Refused (body.inputs.0.input: it holds no text)",
            "Refused (body.inputs.0.input: it holds no text) [ref ref_9]",
        ),
        (
            {"error": {"ref_id": "ref_9", "message": "Refused", "detail": {"limit": 7}}},
            "add runs: Refused (limit: 7)",
            "Refused (limit: 7) [ref ref_9]",
        ),
        (
            {"detail": [WHERE]},
            "add runs: body.inputs.0.input: it holds no text",
            "body.inputs.0.input: it holds no text",
        ),
        ({"error": {"message": "Refused"}}, "add runs: Refused", "Refused"),
    ],
)
def test_message_detail_and_reference_are_told_once(body: Any, message: str, reason: str) -> None:
    error = api_error(422, body, what="add runs")
    assert error.message == message
    assert error.reason == reason


def test_a_detail_of_any_length_stays_a_few_words() -> None:
    many = {"errors": [{"loc": ["x", n], "msg": "y" * 900} for n in range(50)]}
    reason = reason_of("Refused", many, "ref_1")
    assert len(reason) < 700
    assert "and 47 more" in reason
    assert reason.endswith("[ref ref_1]")


@pytest.mark.parametrize(
    "control", ["\x1b[2J", "\x1b]0;title\x07", "\x9b31m", "\r", "\x08", "\x7f", "\u202e", "\x00"]
)
def test_no_error_carries_a_control_character(control: str) -> None:
    """Neither as text, nor in a notebook's few lines, nor in a traceback of Python's own."""
    text = f"before{control}after"
    raised = [
        errors.InputError(text, text),
        errors.RunFailedError(text, text, run_id=text, ref_id=text),
        errors.StreamError(text, ref_id=text),
        api_error(422, {"error": {"message": text, "ref_id": text, "detail": {text: text}}}),
        api_error(500, text),
        api_error(400, {"detail": [{"loc": [text], "msg": text}]}, what=text),
    ]
    for error in raised:
        lines = [*error._render_traceback_(), *traceback.format_exception(error), str(error)]
        shown = "\n".join([*lines, repr(error.args), *map(str, error.args)])
        assert not set(control) & set(shown) - set("[]0123456789;titlemJ")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"error": {"message": "No such run."}}, "No such run."),  # without type and ref_id
        ({"error": {"message": None, "ref_id": 7}}, "and no explanation"),
        ({"detail": [{"loc": None, "msg": "required"}]}, "required"),
        ({"detail": [{"loc": "body", "msg": "required"}]}, "body: required"),
        ({"detail": [{"loc": ["body", 3], "message": "too long"}]}, "body.3: too long"),
        ({"detail": ["too long"]}, "too long"),
        ({"detail": "Not found"}, "Not found"),
        (None, "and no explanation"),
        (["bad"], "and no explanation"),
    ],
)
def test_an_error_of_any_shape_is_read(body: Any, message: str) -> None:
    assert message in api_error(422, body).message
