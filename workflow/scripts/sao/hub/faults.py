"""What can go wrong between this build and the Hub: what to try again, and what to say.

Needs huggingface_hub (by the connection) and tenacity. No message or traceback that leaves this
module holds a token, a signed address or the client's own exception.
"""

from __future__ import annotations

import errno
import json
import os
import re
import ssl
from collections.abc import Callable, Iterator
from typing import TypeVar

import tenacity

from sao.errors import BuildError
from sao.hub.connection import Connection

T = TypeVar("T")
ATTEMPTS = 5
# Seconds between attempts, doubled each time; longer where the server asks for it, up to a limit.
FIRST_WAIT = 1.0
LONGEST_WAIT = 300.0
TRANSIENT_STATUS = {408, 425, 429, 500, 502, 503, 504}
DEMO = "to try the build without access: make demo"


def patiently(hub: Connection, call: Callable[[], T], name: str, revision: str) -> T:
    """Return what `call` returns, trying again after faults that pass.

    Raises BuildError with one line that says what to do about any other. `name` says what is
    asked for: a repository, or a repository and a file in it.
    """
    retrying = tenacity.Retrying(
        retry=tenacity.retry_if_exception(lambda error: _passes(hub, error)),
        wait=_wait,
        stop=tenacity.stop_after_attempt(ATTEMPTS),
        reraise=True,
    )
    try:
        return retrying(call)
    except BuildError:
        raise
    except Exception as error:
        # Without the cause: its text and its request hold what must not be printed.
        attempts = retrying.statistics["attempt_number"]
        raise BuildError(explain(hub, error, name, revision, attempts)) from None


def explain(hub: Connection, error: BaseException, name: str, revision: str, attempts: int) -> str:
    """Return one line for an exception of the client: what happened and what to do next.

    `attempts` is how often it was tried.
    """
    errors = hub.library.errors
    error = _root(hub, error)
    if isinstance(error, errors.HfHubHTTPError):
        return _explain_answer(hub, error, name, revision, attempts)
    if isinstance(error, errors.OfflineModeIsEnabled):
        return f"{name}: not in the cache, and HF_HUB_OFFLINE keeps this build off the network"
    # An answer that is no JSON, or a file without its headers.
    if isinstance(error, (json.JSONDecodeError, errors.FileMetadataError)):
        return not_a_hub(hub, name)
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        cache = hub.library.constants.HF_HUB_CACHE
        return f"{name}: the disk of {cache} is full; free some, or set HF_HOME to another disk"
    if isinstance(error, OSError) and error.errno:
        return f"{name}: {os.strerror(error.errno)} ({error.filename})"
    if _is_transport(error) or isinstance(error, OSError):
        return _explain_transport(hub, error, name, attempts)
    return f"{name}: {type(error).__name__}: {redact(str(error), hub.token)}"


def not_a_hub(hub: Connection, name: str) -> str:
    """Return the line for an answer that no Hub would give."""
    return (
        f"{name}: what answered at {hub.endpoint} is no Hugging Face Hub; is there a login page "
        "or a proxy in between? Open the address in a browser, or check HF_ENDPOINT"
    )


def redact(text: str, token: str | None) -> str:
    """Return `text` on one line, without the token and the query parts of addresses."""
    if token:
        text = text.replace(token, "<token>")
    return re.sub(r"(https?://[^\s?'\"]+)\?[^\s'\"]*", r"\1", " ".join(text.split()))


def _explain_transport(hub: Connection, error: BaseException, name: str, attempts: int) -> str:
    server = _server(error) or hub.endpoint
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in _causes(error)):
        return (
            f"{name}: the certificate of {server} is not trusted here; is there a company's proxy "
            "in between? Set SSL_CERT_FILE to a file with its certificate"
        )
    return (
        f"{name}: {server} cannot be reached or breaks off ({type(error).__name__}"
        f"{_count(attempts)}); check the network and proxy settings and run again"
    )


def _server(error: BaseException) -> str | None:
    """Return the server that a request went to, which may be the storage behind a redirect."""
    try:
        url = error.request.url  # type: ignore[attr-defined]
    except (AttributeError, RuntimeError):  # the client raises the latter where there is none
        return None
    return f"{url.scheme}://{url.netloc.decode()}"


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _count(attempts: int) -> str:
    """Return how often something was tried, where it was more than once."""
    return f", {attempts} attempts" if attempts > 1 else ""


def _explain_answer(hub: Connection, error, name: str, revision: str, attempts: int) -> str:
    errors = hub.library.errors
    repository = "/".join(name.split("/")[:2])
    page = f"{hub.endpoint}/{repository}"
    status, host = error.response.status_code, error.response.request.url.host
    # The gated error is a kind of the not-found error: it comes first.
    if isinstance(error, errors.GatedRepoError):
        return _explain_gate(hub, error, repository, page)
    if isinstance(error, errors.RevisionNotFoundError):
        return f"{name}: commit {revision} is gone from the Hub; make a new lock (README)"
    if isinstance(error, errors.EntryNotFoundError):
        return f"{name}: no such file at commit {revision}; make a new lock (README)"
    if "Invalid credentials" in (error.response.headers.get("X-Error-Message") or ""):
        return _explain_token()
    if isinstance(error, errors.RepositoryNotFoundError):
        return (
            f"{repository}: no such repository at {hub.endpoint}, or a private one that this "
            "login may not see; check `sources` and the lock"
        )
    if status == 401:
        return _explain_token()
    if status == 429:
        return (
            f"{name}: the Hub limits how often it may be asked{_count(attempts)}; "
            "wait some minutes and run again"
        )
    if status >= 500:
        return f"{name}: {host} answers {status}{_count(attempts)}; run again later"
    return f"{name}: {host} refuses with {status}; check that the token may read this, or run again"


def _explain_gate(hub: Connection, error, repository: str, page: str) -> str:
    if not hub.token:
        return (
            f"{repository} is gated and there is no token: accept the licence at {page}, "
            f"then set HF_TOKEN or run `hf auth login`; {DEMO}"
        )
    if "awaiting a review" in str(error.server_message):
        return f"{repository}: your request for access awaits its authors' answer: {page}; {DEMO}"
    return f"{repository}: this login has not accepted the licence: do so at {page}; {DEMO}"


def _explain_token() -> str:
    # The second is the client's former name for it.
    set_by = [n for n in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN") if os.environ.get(n)]
    if set_by:
        return (
            f"the token in {set_by[0]} is not valid (it overrides the login of `hf auth login`): "
            "set a new one from https://huggingface.co/settings/tokens, or unset it"
        )
    return "the stored login is not valid any more: run `hf auth login` again"


def _passes(hub: Connection, error: BaseException) -> bool:
    """Tell whether a fault may pass by itself."""
    error = _root(hub, error)
    if isinstance(error, hub.library.errors.HfHubHTTPError):
        return error.response.status_code in TRANSIENT_STATUS
    # A refused connection the client has tried again itself, for about twenty seconds.
    if type(error).__name__ == "ConnectError":
        return False
    # The client reports a body of the wrong length as an OSError without a number.
    broken_off = isinstance(error, OSError) and not error.errno and "Consistency" in str(error)
    return _is_transport(error) or broken_off


def _root(hub: Connection, error: BaseException) -> BaseException:
    """Return what the client wraps into its misleading `check your connection`."""
    errors = hub.library.errors
    while isinstance(error, errors.LocalEntryNotFoundError) and error.__cause__:
        error = error.__cause__
    return error


def _is_transport(error: BaseException) -> bool:
    """Tell a fault of the HTTP client's transport, whichever client it is."""
    return any(kind.__name__ == "TransportError" for kind in type(error).__mro__)


def _wait(state: tenacity.RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    response = getattr(error, "response", None)
    asked = response.headers.get("Retry-After", "") if response is not None else ""
    backoff = FIRST_WAIT * 2 ** (state.attempt_number - 1)
    return min(max(backoff, float(asked) if asked.isdigit() else 0.0), LONGEST_WAIT)
