"""`GET /class`: who of a class has asked what, and how much; a page for the teacher's browser.

A student sees the line of their own. The key goes in the header, or in the browser's own question
for a password; never in the address, which a browser remembers.
"""

from __future__ import annotations

import base64
import binascii
import html
import re
from datetime import datetime
from typing import TYPE_CHECKING, Final

from starlette.responses import HTMLResponse

from parallel_nb.engine.http.callers import student_of
from parallel_nb.engine.http.responses import HTTPError
from parallel_nb.engine.http.state import state_of
from parallel_nb.engine.store.usage import StudentUsage
from parallel_nb.formats import harmless

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.requests import Request
    from starlette.responses import Response

    from parallel_nb.engine.store.usage import AskedRow, Usage

PAGE: Final = "/class"
#: Has a browser ask for the key; the name of a user may be anything.
ASK_BROWSER: Final = {
    "www-authenticate": 'Basic realm="the key of the class server", charset="UTF-8"'
}
_BASIC: Final = re.compile(rb"basic +([A-Za-z0-9+/=]{1,4096})", re.IGNORECASE)
#: Questions that are listed.
_LISTED: Final = 100
#: Seconds until the page is read anew by itself.
_REFRESH: Final = 15
_HEADERS: Final = {
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'",
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
_STYLE: Final = """
:root { color-scheme: light dark; }
body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem;
  padding: 0 1rem; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
table { border-collapse: collapse; width: 100%; }
th, td { padding: .3rem .7rem; text-align: left; vertical-align: top;
  border-bottom: 1px solid color-mix(in srgb, currentColor 18%, transparent); }
td { overflow-wrap: anywhere; }
th { font-weight: 600; white-space: nowrap; }
.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.t { white-space: nowrap; } .q { opacity: .65; }
"""


def key_of_browser(authorization: bytes) -> bytes:
    """The password that a browser sends; empty where it sends none."""
    found = _BASIC.fullmatch(authorization.strip())
    if not found:
        return b""
    try:
        return base64.b64decode(found[1], validate=True).partition(b":")[2]
    except binascii.Error:
        return b""


async def page(request: Request) -> Response:
    """The page."""
    state = state_of(request)
    if state.classroom is None:
        raise HTTPError(404, "This engine has no class: it was started without --class.")
    student = student_of(request)
    names = [student] if student else state.classroom.names
    usage = state.store.usage
    lines = await state.read(usage_lines, usage, names)
    asked = await state.read(usage.last, _LISTED, student)
    limits = state.classroom.limits
    quota = (
        f"Each student may ask {limits.rows_per_hour:,} rows an hour and send "
        f"{limits.requests_per_minute:,} requests a minute."
    )
    title = f"Class: {state.index.corpus.name}"
    return HTMLResponse(render(title, quota, lines, asked), headers=_HEADERS)


def usage_lines(usage: Usage, names: Iterable[str]) -> list[StudentUsage]:
    """One line a student of these, in their order; those who have asked nothing, too."""
    found = usage.by_student()
    return [found.get(name) or StudentUsage(name) for name in names]


def render(title: str, quota: str, lines: list[StudentUsage], asked: list[AskedRow]) -> str:
    """The page as HTML; every text from outside is escaped here.

    Args:
        title: what the page is about.
        quota: what each student may ask.
        lines: one a student.
        asked: the newest questions.
    """
    columns = [
        ("rows", "rows"),
        ("in the last hour", "rows_in_hour"),
        ("answered", "answered"),
        ("under way", "active"),
        ("failed", "failed"),
        ("searches", "searches"),
        ("extracts", "extracts"),
    ]
    head = "".join(f'<th class="n" scope="col">{name}</th>' for name, _ in columns)
    body = "".join(
        f'<tr><th scope="row">{_text(line.student)}</th>'
        + "".join(f'<td class="n">{getattr(line, name):,}</td>' for _, name in columns)
        + f'<td class="t">{_moment(line.last)}</td></tr>'
        for line in lines
    )
    questions = "".join(
        f'<tr><td class="t">{_moment(row.moment)}</td><td class="t">{_text(row.student)}</td>'
        f'<td class="t">{_text(row.kind)}</td>'
        f'<td class="n">{f"{row.rows:,}" if row.rows else ""}</td>'
        f"<td>{_text(row.question)}</td></tr>"
        for row in asked
    )
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{_text(title)}</title>
<meta name="viewport" content="width=device-width">
<meta http-equiv="refresh" content="{_REFRESH}"><style>{_STYLE}</style></head><body>
<h1>{_text(title)}</h1>
<p class="q">{_text(quota)}</p>
<table><thead><tr><th scope="col">student</th>{head}<th scope="col">last asked</th></tr></thead>
<tbody>{body}</tbody></table>
<h2>What was asked</h2>
<table><thead><tr><th scope="col">when</th><th scope="col">student</th><th scope="col">what</th>
<th class="n" scope="col">rows</th><th scope="col">question</th></tr></thead>
<tbody>{questions or '<tr><td colspan="5" class="q">Nothing yet.</td></tr>'}</tbody></table>
</body></html>
"""


def _text(text: str) -> str:
    return html.escape(harmless(text))


def _moment(moment: str) -> str:
    """A moment of the store in the time of this machine; empty for none."""
    return f"{datetime.fromisoformat(moment).astimezone():%Y-%m-%d %H:%M}" if moment else ""


ROUTES: Final = (("GET", PAGE, page),)
