"""Source policy: which documents a request allows.

An apex domain covers its subdomains, `.gov` covers a suffix, and where domains are
included, excluded ones no longer matter. A document without a host is matched by no
domain; one without a date is not shown to be on or after any day.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from parallel_nb.engine.corpus.dates import find_dates
from parallel_nb.engine.corpus.page import host_of

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
        return _covers(policy.include_domains, document.host)
    return not _covers(policy.exclude_domains, document.host)


def is_open(policy: SourcePolicy | None) -> bool:
    """True when the policy leaves no document out."""
    if policy is None:
        return True
    return not (policy.include_domains or policy.exclude_domains or policy.after_date)


def _covers(domains: Sequence[str], host: str) -> bool:
    """True when one of the domains is the host, one above it, or a suffix of it."""
    bare = (_bare(domain.strip().lower()) for domain in domains)
    return bool(host) and any(d and (host == d or host.endswith(f".{d}")) for d in bare)


def _bare(domain: str) -> str:
    """`example.com` of `https://www.example.com/about`, and `gov` of `.gov`."""
    host = host_of(domain) or domain.split("/", maxsplit=1)[0]
    return host.strip(".").removeprefix("www.")


def _is_on_or_after(date: str | None, day: str) -> bool:
    first = next(iter(find_dates(day)), None)
    return date is not None and first is not None and date >= first.iso
