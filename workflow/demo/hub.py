"""A local Hugging Face Hub: what the real one answers to the client calls that this build makes.

Serves the repositories below a folder (`<owner>/<name>/<file>`), each at one commit that follows
from its files. Repositories may be gated: they need the token. Large files are redirected to a
second origin, as the real Hub's are. Standard library only.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from sao.files import git_blob, sha256

# What git-lfs keeps in the repositories that this stands in for.
LFS_SUFFIXES = {".ckpt", ".safetensors", ".model"}
CHUNK = 1 << 20
# Not a secret: it opens random numbers, to programs on this machine.
DEMO_TOKEN = "hf_demo"
# What addresses of large files are signed with.
SIGNATURE = "X-Amz-Signature=demo-signature"


@dataclass
class File:
    """One file of a repository."""

    path: Path

    @cached_property
    def lfs(self) -> bool:
        """Whether the file is stored by git-lfs."""
        return self.path.suffix in LFS_SUFFIXES

    @cached_property
    def size(self) -> int:
        """Size in bytes."""
        return self.path.stat().st_size

    @cached_property
    def digest(self) -> str:
        """The sha256 of an LFS file, the git blob id of any other."""
        return sha256(self.path) if self.lfs else git_blob(self.path)

    def sibling(self, name: str) -> dict:
        """Return the entry of `GET /api/models/...?blobs=true`."""
        entry = {"rfilename": name, "size": self.size, "blobId": git_blob(self.path)}
        if self.lfs:
            entry["lfs"] = {"sha256": self.digest, "size": self.size, "pointerSize": 135}
        return entry


@dataclass
class Repository:
    """One model repository at one commit."""

    folder: Path

    @cached_property
    def gated(self) -> bool:
        """Whether its files want a token."""
        return (self.folder / ".gated").exists()

    @cached_property
    def files(self) -> dict[str, File]:
        """Its files by name, hidden ones left out."""
        return {path.name: File(path) for path in sorted(self.folder.glob("[!.]*"))}

    @cached_property
    def commit(self) -> str:
        """Forty hex digits that follow from the names and contents of the files."""
        listing = json.dumps({name: file.digest for name, file in self.files.items()})
        return hashlib.sha1(listing.encode(), usedforsecurity=False).hexdigest()


@dataclass
class Answer:
    """A response: status, headers, body (bytes or a file's range)."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | tuple[Path, int, int] = b""


def error(status: int, code: str, message: str) -> Answer:
    """Return an error as the real Hub puts it."""
    body = json.dumps({"error": message}).encode()
    return Answer(status, {"X-Error-Code": code, "X-Error-Message": message}, body)


def ranged(path: Path, size: int, requested: str | None, headers: dict[str, str]) -> Answer:
    """Return a file, or the part of it that a Range header asks for."""
    match = re.fullmatch(r"bytes=(\d+)-(\d*)", requested or "")
    if not match:
        return Answer(200, headers, (path, 0, size))
    first, last = int(match[1]), int(match[2] or size - 1)
    if first >= size:
        return Answer(416, {"Content-Range": f"bytes */{size}"})
    content_range = {"Content-Range": f"bytes {first}-{last}/{size}"}
    return Answer(206, headers | content_range, (path, first, last + 1))


class Hub:
    """The two origins; use as a context manager."""

    def __init__(self, folder: Path, token: str) -> None:
        """Serve `folder` on free ports; repositories that hold a file `.gated` want `token`."""
        self.token = token
        self.repositories = {
            f"{path.parent.name}/{path.name}": Repository(path)
            for path in sorted(folder.glob("*/*"))
        }
        # (origin, method, path, authorization sent), for tests.
        self.requests: list[tuple[str, str, str, bool]] = []
        # Called before each answer; returns whether it has answered itself. For fault injection.
        self.intercept: Callable[[str, BaseHTTPRequestHandler], bool] = lambda *_: False
        self._api = self._server("api", self.answer_api)
        self._cdn = self._server("cdn", self.answer_cdn)
        self.endpoint = f"http://127.0.0.1:{self._api.server_port}"
        self.cdn = f"http://127.0.0.1:{self._cdn.server_port}"

    def __enter__(self) -> Hub:
        """Start answering."""
        for server in (self._api, self._cdn):
            threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_exception) -> None:
        """Stop."""
        for server in (self._api, self._cdn):
            server.shutdown()
            server.server_close()

    def answer_api(self, path: str, headers) -> Answer:
        """Answer a request to the Hub itself."""
        path, _, _query = path.partition("?")
        token = (headers.get("Authorization") or "").removeprefix("Bearer ")
        if token and token != self.token:
            return Answer(401, {"X-Error-Message": "Invalid credentials in Authorization header"})
        if path == "/api/whoami-v2":
            return self._whoami(token)
        if match := re.fullmatch(r"/api/models/([^/]+/[^/]+)(?:/revision/(.+))?", path):
            return self._guarded(match[1], match[2] or "main", token, self._info)
        if match := re.fullmatch(r"/([^/]+/[^/]+)/resolve/([^/]+)/(.+)", path):
            return self._guarded(
                match[1], match[2], token, lambda repo: self._resolve(repo, match, headers)
            )
        return Answer(404)

    def answer_cdn(self, path: str, headers) -> Answer:
        """Answer a request to the origin of large files, if it is signed."""
        path, _, query = path.partition("?")
        if query != SIGNATURE:
            return Answer(403, {}, b"<Error><Code>AccessDenied</Code></Error>")
        for repository in self.repositories.values():
            for file in repository.files.values():
                if file.lfs and path == f"/{file.digest}":
                    return ranged(file.path, file.size, headers.get("Range"), {})
        return Answer(403, {}, b"<Error><Code>AccessDenied</Code></Error>")

    def _guarded(
        self, name: str, revision: str, token: str, answer: Callable[[Repository], Answer]
    ) -> Answer:
        repository = self.repositories.get(name)
        if repository is None:
            return error(404 if token else 401, "RepoNotFound", "Repository not found")
        if repository.gated and not token:
            message = f"Access to model {name} is restricted. You must be authenticated."
            return error(401, "GatedRepo", message)
        if revision not in ("main", repository.commit):
            return error(404, "RevisionNotFound", f"Invalid rev id: {revision}")
        return answer(repository)

    def _whoami(self, token: str) -> Answer:
        if not token:
            return Answer(401)
        return Answer(200, {}, json.dumps({"name": "demo", "type": "user", "orgs": []}).encode())

    def _info(self, repository: Repository) -> Answer:
        name = f"{repository.folder.parent.name}/{repository.folder.name}"
        info = {
            "id": name,
            "modelId": name,
            "sha": repository.commit,
            "private": False,
            "gated": "auto" if repository.gated else False,
            "tags": [],
            "downloads": 0,
            "cardData": {"license": "cc0-1.0"},
            "siblings": [file.sibling(name) for name, file in repository.files.items()],
        }
        return Answer(200, {"Content-Type": "application/json"}, json.dumps(info).encode())

    def _resolve(self, repository: Repository, match: re.Match, headers) -> Answer:
        file = repository.files.get(match[3])
        commit = {"X-Repo-Commit": repository.commit}
        if file is None:
            answer = error(404, "EntryNotFound", "Entry not found")
            answer.headers |= commit
            return answer
        if not file.lfs:
            etag = commit | {"ETag": f'"{file.digest}"'}
            return ranged(file.path, file.size, headers.get("Range"), etag)
        linked = {"X-Linked-Etag": f'"{file.digest}"', "X-Linked-Size": str(file.size)}
        return Answer(302, commit | linked | {"Location": f"{self.cdn}/{file.digest}?{SIGNATURE}"})

    def _server(self, origin: str, answer: Callable) -> ThreadingHTTPServer:
        hub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                authorized = "Authorization" in self.headers
                hub.requests.append((origin, self.command, self.path, authorized))
                if not hub.intercept(origin, self):
                    send(self, answer(self.path, self.headers))

            do_HEAD = do_GET

            def log_message(self, *arguments) -> None:
                pass

        return ThreadingHTTPServer(("127.0.0.1", 0), Handler)


def send(handler: BaseHTTPRequestHandler, answer: Answer) -> None:
    """Write an answer to a handler's client."""
    body = answer.body
    length = len(body) if isinstance(body, bytes) else body[2] - body[1]
    handler.send_response(answer.status)
    for name, value in {"Content-Length": str(length), **answer.headers}.items():
        handler.send_header(name, value)
    handler.end_headers()
    if handler.command == "HEAD":
        return
    if isinstance(body, bytes):
        handler.wfile.write(body)
        return
    path, position, end = body
    with open(path, "rb") as file:
        file.seek(position)
        while position < end and (chunk := file.read(min(CHUNK, end - position))):
            handler.wfile.write(chunk)
            position += len(chunk)
