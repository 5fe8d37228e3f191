"""Words and marks that the displays share: counts, money, times, confidence, values."""

from __future__ import annotations

import json
import math
from typing import Any, Final

from parallel_nb.display.html.escape import Html, clean, element

#: Longest value shown in a table; the whole of it stands in the frame.
VALUE_LIMIT: Final = 200
#: What stands for a null: the sources did not say.
NOT_FOUND: Final = "not found"
_MARKS: Final = {"high": "●", "medium": "◑", "low": "◔"}
_MINUTE: Final = 60.0
_HOUR: Final = 3600.0


def confidence_words(confidence: str | None) -> str:
    """A confidence as mark and word, or "" where the service gave none."""
    if not confidence:
        return ""
    word = clean(confidence, 20)
    mark = _MARKS.get(word.lower())
    return f"{mark} {word}" if mark else word


def money(usd: float) -> str:
    """An amount in USD: cents, or more digits where cents would read as nothing."""
    if 0 < usd < 0.01:
        return f"${usd:.4f}".rstrip("0")
    return f"${usd:,.2f}"


def count(number: int, noun: str, plural: str | None = None) -> str:
    """A number with its noun: `1 row`, `1,000 rows`."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def duration(seconds: float) -> str:
    """A time in one unit: `45 s`, `5 min`, `1.5 h`."""
    if seconds < 1.5 * _MINUTE:
        return f"{max(1, round(seconds))} s"
    if seconds < 1.5 * _HOUR:
        return f"{round(seconds / _MINUTE)} min"
    return f"{seconds / _HOUR:.1f} h".replace(".0 h", " h")


def time_left(eta: tuple[float, float, float] | None) -> str:
    """`about 5 min left (4 to 7)`, or "" when there is no guess yet."""
    if eta is None:
        return ""
    low, best, high = (_bounded(value) for value in eta)
    unit = 1.0 if best < 1.5 * _MINUTE else _MINUTE if best < 1.5 * _HOUR else _HOUR
    near, far = (_figure(value / unit) for value in (low, high))
    span = f" ({near} to {far})" if near != far else ""
    return f"about {duration(best)} left{span}"


def _bounded(value: float) -> float:
    return min(max(value, 0.0), 1e7) if math.isfinite(value) else 1e7


def _figure(value: float) -> str:
    return f"{value:.1f}" if value < 2 and value != round(value) else f"{round(value):,}"


def rate_words(rate: float | None) -> str:
    """`1.8 rows/s`, slow ones by the minute, or "" before there is a rate."""
    if rate is None or not math.isfinite(rate) or rate <= 0:
        return ""
    if rate < 0.1:
        return f"{rate * _MINUTE:.1f} rows/min"
    return f"{rate:,.0f} rows/s" if rate >= 10 else f"{rate:.1f} rows/s"


def value_text(value: Any, limit: int = VALUE_LIMIT) -> str:  # noqa: PLR0911 - a line a kind
    """A value in a person's words; None and NaN read as `NOT_FOUND`."""
    if is_null(value):
        return NOT_FOUND
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list) and not any(isinstance(item, (list, dict)) for item in value):
        shown = [value_text(item, limit) for item in value[: limit // 2]]
        return clean(", ".join(shown), limit) or "none"
    if isinstance(value, (list, dict)):
        try:
            return clean(json.dumps(value, ensure_ascii=False, default=str), limit)
        except (ValueError, RecursionError):
            return clean(type(value).__name__, limit)
    if isinstance(value, str) and not value.strip():
        return "(empty)"
    return clean(value, limit)


def is_null(value: Any) -> bool:
    """True when the sources did not say."""
    return value is None or (isinstance(value, float) and math.isnan(value))


def value_html(value: Any, limit: int = VALUE_LIMIT) -> Html:
    """A value, a null in italics."""
    text = value_text(value, limit)
    return element("em", text) if is_null(value) else element("span", text)


def quiet(*parts: str | Html) -> Html:
    """Side remarks, joined by a middle dot; empty ones are left out."""
    kept: list[str | Html] = []
    for part in parts:
        if part:
            kept += [" · ", part] if kept else [part]
    return element("span", *kept, style="quiet")
