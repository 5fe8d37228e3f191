"""Source policy: which documents a request allows.

An apex domain covers its subdomains, `.gov` covers a suffix, `docs.python.org/3` what lies
below that path, by whole segments. Where domains are included, excluded ones no longer matter.
A document without a host is matched by no domain; one without a date is not shown to be on or
after any day.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from parallel_nb.engine.corpus.dates import find_dates

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parallel_nb.api.types import SourcePolicy
    from parallel_nb.engine.corpus.documents import Document


def allows(policy: SourcePolicy | None, document: Document) -> bool:
    """True when a request with this policy may use the document."""
    if policy is None:
        return True
    if policy.after_date and not _is_on_or_after(document.date, policy.after_date):
        return False
    if policy.include_domains:
        return _covers(policy.include_domains, document)
    return not _covers(policy.exclude_domains, document)


def is_open(policy: SourcePolicy | None) -> bool:
    """True when the policy leaves no document out."""
    if policy is None:
        return True
    return not (policy.include_domains or policy.exclude_domains or policy.after_date)


def _covers(domains: Sequence[str], document: Document) -> bool:
    """True when the document lies in one of the domains, and below its path where it has one."""
    host = document.host
    if not host:
        return False
    for entry in domains:
        domain, _, path = entry.strip().partition("/")
        domain = domain.lower().strip(".").removeprefix("www.")
        is_in_domain = domain and (host == domain or host.endswith(f".{domain}"))
        if is_in_domain and _is_below(path.strip("/"), document.url):
            return True
    return False


def _is_below(path: str, url: str) -> bool:
    """True when the path of an address begins with the whole segments of `path`, case and all."""
    return not path or f"{urlsplit(url).path.strip('/')}/".startswith(f"{path}/")


def _is_on_or_after(date: str | None, day: str) -> bool:
    first = next(iter(find_dates(day)), None)
    return date is not None and first is not None and date >= first.iso
