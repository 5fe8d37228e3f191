"""Source policy: which documents a request allows.

An apex domain covers its subdomains, `.gov` covers a suffix, and where domains are
included, excluded ones no longer matter. A document without a host is matched by no
domain; one without a date is not shown to be on or after any day.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from parallel_nb.engine.corpus.dates import find_dates
from parallel_nb.engine.corpus.documents import host_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parallel_nb.api.types import SourcePolicy
    from parallel_nb.engine.corpus.documents import Document


def allows(policy: SourcePolicy | None, document: Document) -> bool:
    """True when a request with this policy may use the document."""
    if policy is None:
        return True
    if policy.after_date and not _is_after(document.date, policy.after_date):
        return False
    host = document.host
    if policy.include_domains:
        return covers(policy.include_domains, host)
    return not covers(policy.exclude_domains, host)


def covers(domains: Sequence[str], host: str) -> bool:
    """True when one of the domains is the host, one above it, or a suffix of it."""
    return bool(host) and any(_covers(domain, host) for domain in domains)


def _covers(domain: str, host: str) -> bool:
    domain = domain.strip().lower()
    bare = (host_of(domain) or domain.split("/", maxsplit=1)[0]).strip(".")
    if not bare:
        return False
    return host == bare.removeprefix("www.") or host.endswith(f".{bare.removeprefix('www.')}")


def _is_after(date: str | None, day: str) -> bool:
    found = find_dates(day)
    return bool(date) and bool(found) and date >= found[0].iso if date else False


def is_open(policy: SourcePolicy | None) -> bool:
    """True when the policy leaves nothing out."""
    if policy is None:
        return True
    return not (policy.include_domains or policy.exclude_domains or policy.after_date)
