"""Faults for the local Hub: what servers, networks and proxies do to a request."""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler

from demo.hub import Answer, Hub, error, send

Fault = Callable[[Hub, str, BaseHTTPRequestHandler], bool]


def once(fault: Fault, times: int = 1, origin: str = "cdn", method: str = "GET") -> Fault:
    """Return a fault that happens on the first requests of a kind only."""
    left = [times]

    def intercept(hub, where, handler):
        if where == origin and handler.command == method and left[0] > 0:
            left[0] -= 1
            return fault(hub, where, handler)
        return False

    return intercept


def always(fault: Fault, origin: str = "api", method: str | None = None) -> Fault:
    """Return a fault that happens on every request to an origin, of a method if one is given."""
    return lambda hub, where, handler: (
        where == origin and method in (None, handler.command) and fault(hub, where, handler)
    )


def answer(status: int, headers: dict[str, str] | None = None, body: bytes = b"") -> Fault:
    """Answer this instead."""

    def fault(_hub, _where, handler):
        send(handler, Answer(status, headers or {}, body))
        return True

    return fault


def refuse(status: int, code: str, message: str) -> Fault:
    """Answer with an error as the Hub puts it."""

    def fault(_hub, _where, handler):
        send(handler, error(status, code, message))
        return True

    return fault


def reset(_hub, _where, handler) -> bool:
    """Break the connection without an answer (RST)."""
    linger = struct.pack("ii", 1, 0)
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    handler.close_connection = True
    handler.connection.close()
    handler.wfile = open("/dev/null", "wb")
    return True


def partly(then: Callable[[BaseHTTPRequestHandler], None]) -> Fault:
    """Send half of the file, then do something else."""

    def fault(hub, _where, handler):
        whole = hub.answer_cdn(handler.path, {})
        path, start, end = whole.body
        handler.send_response(200)
        handler.send_header("Content-Length", str(end - start))
        handler.end_headers()
        with open(path, "rb") as file:
            handler.wfile.write(file.read((end - start) // 2))
        handler.wfile.flush()
        handler.close_connection = True
        then(handler)
        return True

    return fault


def stall(handler) -> None:
    """Send nothing more for longer than the client waits."""
    time.sleep(3)


def without_range(hub, _where, handler) -> bool:
    """Answer a request for a part with the whole."""
    if "Range" in handler.headers:
        send(handler, hub.answer_cdn(handler.path, {}))
        return True
    return partly(lambda _: None)(hub, _where, handler)


def altered(hub, _where, handler) -> bool:
    """Send a body of the right length with one byte changed."""
    path, _, _ = hub.answer_cdn(handler.path, {}).body
    body = bytearray(path.read_bytes())
    body[len(body) // 2] ^= 1
    send(handler, Answer(200, {}, bytes(body)))
    return True


def with_headers(**changes: str) -> Fault:
    """Answer as the Hub does, with some headers changed (underscores stand for dashes)."""

    def fault(hub, _where, handler):
        usual = hub.answer_api(handler.path, handler.headers)
        usual.headers |= {name.replace("_", "-"): value for name, value in changes.items()}
        send(handler, usual)
        return True

    return fault


# Each fault that does not pass: what causes it, and what the person is told.
GATED = "Access to model local/tiny is restricted and you are not in the authorized list."
PENDING = "Your request to access model local/tiny is awaiting a review from the repo authors."
EXPLAINED = {
    "licence not accepted": (
        always(refuse(403, "GatedRepo", GATED)),
        "local/tiny: this login has not accepted the licence: do so at {endpoint}/local/tiny",
    ),
    "request pending": (
        always(refuse(403, "GatedRepo", PENDING)),
        "local/tiny: your request for access awaits its authors' answer: {endpoint}/local/tiny",
    ),
    "invalid token": (
        always(answer(401, {"X-Error-Message": "Invalid credentials in Authorization header"})),
        "the token in HF_TOKEN is not valid (it overrides the login of `hf auth login`)",
    ),
    "unknown repository": (
        always(refuse(404, "RepoNotFound", "Repository not found")),
        "local/tiny: no such repository at {endpoint}",
    ),
    "revision gone": (
        always(refuse(404, "RevisionNotFound", "Invalid rev id")),
        "is gone from the Hub; make a new lock",
    ),
    "file gone": (
        always(refuse(404, "EntryNotFound", "Entry not found")),
        "local/tiny/model.ckpt: no such file at commit",
    ),
    "rate limited": (
        always(answer(429, {"Retry-After": "0"})),
        "the Hub limits how often it may be asked, 5 attempts; wait some minutes",
    ),
    "down": (always(answer(503)), "127.0.0.1 answers 503, 5 attempts; run again later"),
    "down for good": (always(answer(501)), "127.0.0.1 answers 501; run again later"),
    "unreachable": (always(reset), "cannot be reached or breaks off"),
    "captive portal": (
        always(answer(200, {"Content-Type": "text/html"}, b"<html>log in</html>")),
        "what answered at {endpoint} is no Hugging Face Hub; is there a login page or a proxy",
    ),
    "another commit": (
        always(with_headers(X_Repo_Commit="f" * 40)),
        "the server answers with " + "f" * 40,
    ),
    "another file": (
        always(with_headers(X_Linked_Etag='"' + "e" * 64 + '"')),
        "the server and the lock disagree",
    ),
    "another size": (
        always(with_headers(X_Linked_Size="7")),
        "the server has {digest} (7 bytes)",
    ),
    "always an altered byte": (
        always(altered, origin="cdn"),
        "expected sha256 {digest}, got ",
    ),
    "the storage refuses": (
        always(answer(403), origin="cdn"),
        "local/tiny/model.ckpt: 127.0.0.1 refuses with 403",
    ),
    "the storage breaks off": (
        always(reset, origin="cdn"),
        "local/tiny/model.ckpt: {cdn} cannot be reached or breaks off",
    ),
}
# Those that nothing is tried again for.
AT_ONCE = [
    "down for good",
    "licence not accepted",
    "request pending",
    "invalid token",
    "unknown repository",
    "revision gone",
    "file gone",
    "captive portal",
    "another commit",
    "another file",
    "always an altered byte",
    "the storage refuses",
]
