"""What went wrong between us and the service, in our own words.

httpx2's exceptions are turned into `TransportError`, with what matters to the caller:
whether the service may have acted. Its own texts are used with care, because some quote
a header, and so the key.
"""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Final

import httpx2

from parallel_nb.api.errors import (
    AnswerTooLargeError,
    ApiError,
    RateLimitError,
    ServiceError,
    TransportError,
)
from parallel_nb.formats import shorten

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parallel_nb.api.routes import Call

#: The longest `Retry-After` that is waited for, in seconds; a longer one is left to the caller.
MAX_RETRY_AFTER: Final = 300.0

_NOT_SENT: Final = (
    httpx2.ConnectError,
    httpx2.ConnectTimeout,
    httpx2.PoolTimeout,
    httpx2.ProxyError,
    httpx2.UnsupportedProtocol,
    httpx2.LocalProtocolError,
)
#: 5xx statuses that the same request will meet again.
_LASTING_STATUSES: Final = frozenset({501, 505})


class EndlessAnswerError(TransportError):
    """An answer came on and on, and did not end in time."""


def transport_error(
    error: httpx2.RequestError, call: Call, host: str, proxies: Sequence[str] = ()
) -> TransportError:
    """Turn an exception of httpx2 into ours.

    Args:
        error: What httpx2 raised.
        call: The request that failed.
        host: Where it was going, for the message.
        proxies: The variables of the environment that name a proxy.

    Returns:
        The exception to raise; `maybe_sent` says whether the service may have acted.
    """
    maybe_sent = not isinstance(error, _NOT_SENT)
    what = f"{call.what}: "
    remedy = ""
    if (tls := _tls_fault(error)) is not None:
        what += f"no safe connection to {host} ({tls})"
        remedy = (
            "If your network, or the service, has a certificate of its own: set SSL_CERT_FILE or "
            "REQUESTS_CA_BUNDLE to its PEM file, or pass verify='path/to/ca.pem' to AsyncClient."
        )
    elif isinstance(error, httpx2.ProxyError):
        what += f"the proxy on the way to {host} refused ({_reason(error)})"
        remedy = "Check proxy=... and the variables HTTPS_PROXY, ALL_PROXY and NO_PROXY."
    elif isinstance(error, httpx2.ConnectTimeout):
        what += f"{host} did not take the connection in time"
    elif isinstance(error, httpx2.ConnectError):
        what += f"{host} cannot be reached ({_reason(error)})"
    elif isinstance(error, httpx2.TimeoutException):
        what += f"{host} did not answer in time"
    elif isinstance(error, httpx2.LocalProtocolError):
        what += "the request could not be written"  # its text may quote a header
    else:
        what += f"the connection to {host} broke ({_reason(error)})"
    if proxies and not remedy and isinstance(error, (httpx2.ConnectError, httpx2.ConnectTimeout)):
        remedy = (
            f"The environment names a proxy ({', '.join(proxies)}): check that it can be reached, "
            f"or add the host to NO_PROXY."
        )
    if maybe_sent and not call.repeatable:
        remedy = (
            "The service may have acted on it. Look before you send it again: "
            "a repeat may be billed twice."
        )
    timed_out = isinstance(error, httpx2.TimeoutException)
    return TransportError(f"{what}.", remedy, maybe_sent=maybe_sent, timed_out=timed_out)


def _reason(error: Exception) -> str:
    text = str(error).strip().rstrip(".")
    return shorten(text, 200) or type(error).__name__


def _tls_fault(error: BaseException) -> str | None:
    """Find the TLS fault among the causes of `error`."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return cause.verify_message or "its certificate cannot be verified"
        if isinstance(cause, ssl.SSLError):
            return (cause.reason or "TLS error").replace("_", " ").lower()
        cause = cause.__cause__ or cause.__context__
    if isinstance(error, httpx2.ConnectError) and "CERTIFICATE_VERIFY_FAILED" in str(error):
        return "its certificate cannot be verified"
    return None


def may_retry(error: Exception, call: Call) -> bool:
    """True when `call` may be sent again after `error` without paying for it twice."""
    if isinstance(error, EndlessAnswerError | AnswerTooLargeError):  # it has cost enough
        return False
    if isinstance(error, TransportError):
        return call.repeatable or not error.maybe_sent
    if isinstance(error, ApiError) and (error.retry_after or 0) > MAX_RETRY_AFTER:
        return False
    if isinstance(error, RateLimitError):
        return call.repeatable_when_refused
    if isinstance(error, ServiceError) and error.status not in _LASTING_STATUSES:
        return call.repeatable
    return False
