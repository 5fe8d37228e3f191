"""The one place where text from outside becomes HTML.

`element` is the only maker of tags. It takes `Html` (made here) or plain strings, and
plain strings are escaped, so that data cannot become markup by any route. Tags, attributes
and styles come from fixed sets.
"""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from parallel_nb.formats import harmless, shorten
from parallel_nb.links import is_safe_url

if TYPE_CHECKING:
    from collections.abc import Iterable

#: Every tag that a display may hold. JupyterLab's sanitizer keeps all of them.
TAGS: Final = frozenset(
    {"a", "b", "blockquote", "br", "caption", "cite", "code", "details", "div", "em", "li"}
    | {"mark", "ol", "p", "progress", "small", "span", "strong", "summary", "table", "tbody"}
    | {"td", "th", "thead", "tr", "ul"}
)
#: Every attribute that a display may hold.
ATTRIBUTES: Final = frozenset(
    ["class", "colspan", "href", "max", "open", "rel", "scope", "style", "target", "title", "value"]
)
_BOOLEAN: Final = frozenset({"open"})
_VOID: Final = frozenset({"br"})

#: Inline styles by name: plain values only, since `var()` does not survive the sanitizer.
#: No text colour is set, so that light and dark themes both keep their own.
STYLES: Final[dict[str, str]] = {
    "box": "border:1px solid rgba(128,128,128,.35);border-radius:6px;padding:10px 14px;"
    "max-width:900px;line-height:1.45;overflow-x:auto",
    "wide": "overflow-x:auto",
    "muted": "opacity:.75",
    "kept": "white-space:nowrap",
    "table": "border-collapse:collapse;margin:8px 0 4px 0",
    "cell": "text-align:left;vertical-align:top;padding:4px 14px 4px 0;"
    "border-bottom:1px solid rgba(128,128,128,.3)",
    "cell-number": "text-align:right;vertical-align:top;padding:4px 14px 4px 0;"
    "border-bottom:1px solid rgba(128,128,128,.3)",
    "number": "text-align:right;vertical-align:top;padding:2px 14px 2px 0",
    "evidence": "text-align:left;max-width:440px;min-width:220px;padding:4px 0 8px 0;"
    "white-space:normal",
    "cite": "margin:8px 0 0 0;padding:0 0 0 10px;border-left:2px solid rgba(128,128,128,.4)",
    "mark": "background-color:rgba(255,190,0,.32);color:inherit",
    "bar": "width:100%;height:10px",
    "item": "padding:6px 0 6px 0;border-bottom:1px solid rgba(128,128,128,.3)",
    "indent": "padding:2px 0 4px 22px",
    "para": "margin:4px 0 0 0",
}

#: Keeps MathJax away: between two amounts in dollars it would read a formula. The first is of
#: MathJax 3 and later (JupyterLab), the second of MathJax 2 (nbconvert's pages).
UNTYPESET: Final = "mathjax_ignore tex2jax_ignore"

_SPACES = re.compile(r"\s+")


class Html(str):
    """Text that is HTML already; only this module makes it from data."""

    __slots__ = ()


#: A blank at which no line is broken, also where no style is kept.
NBSP: Final = Html("&nbsp;")


def clean(text: object, limit: int | None = None) -> str:
    r"""One line of harmless text, of at most `limit` characters, cut with "…".

    Controls, NUL, bidirectional overrides and lone surrogates become U+FFFD; a run of white
    space becomes one space. The line is safe on a terminal too.

    >>> clean("two\\nlines", 6)
    'two l…'
    """
    raw = str(text)
    if limit is None:
        return " ".join(harmless(raw).split())
    # A huge value costs no more than what is shown of it.
    return shorten(harmless(raw[: 4 * limit + 100]), limit)


def clean_line(line: str, limit: int) -> str:
    """Like `clean`, for a line of our own layout: its blanks keep their places."""
    return re.sub(r"\s", " ", harmless(line[:limit])).rstrip()


def element(tag: str, *children: Html | str | None, **attributes: str | float | None) -> Html:
    """Make one element; plain strings among `children` are cleaned and escaped.

    `style` is a name out of `STYLES`, `cls` stands for class, None leaves an attribute out.

    Raises `ValueError` for a tag or attribute outside the fixed sets.
    """
    if tag not in TAGS:
        raise ValueError(f"tag {tag!r} is not in the fixed set")
    opening = tag + "".join(_attribute(name, value) for name, value in attributes.items())
    if tag in _VOID:
        return Html(f"<{opening}>")
    return Html(f"<{opening}>{join(children)}</{tag}>")


def _attribute(name: str, value: str | float | None) -> str:
    name = "class" if name == "cls" else name
    if name not in ATTRIBUTES:
        raise ValueError(f"attribute {name!r} is not in the fixed set")
    if value is None or value is False:
        return ""
    if name in _BOOLEAN:
        return f" {name}"
    if name == "style":
        value = STYLES[str(value)]
    if name == "href" and not is_safe_url(str(value)):
        raise ValueError("href takes checked addresses only; use `link`")
    return f' {name}="{escape(clean(value), quote=True)}"'


def root(*children: Html | str | None) -> Html:
    """The outermost element of a display; JupyterLab and nbconvert typeset no "$" in it."""
    return element("div", *children, cls=UNTYPESET, style="box")


def join(children: Iterable[Html | str | None]) -> Html:
    """Put pieces side by side; plain strings are cleaned (edges kept) and escaped."""
    return Html("".join(_leaf(child) for child in children if child is not None))


def _leaf(child: Html | str) -> str:
    if isinstance(child, Html):
        return child
    return escape(_SPACES.sub(" ", harmless(child)), quote=True)


def muted(*parts: str | Html) -> Html:
    """Side remarks in a weaker colour, joined by a middle dot; empty ones are left out."""
    separated: list[str | Html] = []
    for part in parts:
        if part:
            separated += [" · ", part] if separated else [part]
    return element("span", *separated, style="muted")


def host_of(url: str) -> str:
    """The host that an address leads to, without `www.`; empty when it has none.

    A name outside ASCII is shown in its wire form, so that look-alike letters show.
    """
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return ""
    if not host.isascii():
        try:
            host = host.encode("idna").decode("ascii")
        except UnicodeError:
            return ""
    return clean(host.removeprefix("www."), 80)


def link(url: str, text: str, limit: int = 120) -> Html:
    """A link when the address is safe, else its text with the address beside it."""
    shown = clean(text, limit) or clean(url, limit)
    if is_safe_url(url):
        return element("a", shown, href=url, target="_blank", rel="noopener noreferrer")
    if not url:
        return element("span", shown)
    address = clean(_with_wire_host(url), limit)
    return (
        element("span", shown) if shown == address else element("span", shown, " (", address, ")")
    )


def _with_wire_host(url: str) -> str:
    """An address with its host as it is sent (`xn--...`), in which look-alike letters show."""
    host = host_of(url)
    try:
        named = (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        return url
    return url.replace(named, host, 1) if host and named and host != named else url
