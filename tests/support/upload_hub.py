"""The local Hub with what the client calls to upload: a repository in memory, public or private."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from pathlib import Path

from demo.hub import Answer, Hub, error, send

# What the Hub keeps by LFS, by its own .gitattributes.
LARGE = 1000


class UploadHub(Hub):
    """Takes uploads to repositories of the owner `me`, by commits of whole files."""

    def __init__(self, folder: Path, token: str) -> None:
        """Serve `folder` as Hub does; what is uploaded is in `uploaded`, by repository."""
        super().__init__(folder, token)
        self.uploaded: dict[str, dict[str, bytes]] = {}
        self.private: dict[str, bool] = {}
        self.commits: list[str] = []
        self._objects: dict[str, bytes] = {}

    def __enter__(self) -> UploadHub:
        """Start answering."""
        super().__enter__()
        return self

    def answer_upload(self, origin: str, method: str, path: str, headers, body: bytes) -> Answer:
        """Answer a POST or PUT."""
        path = path.partition("?")[0]
        if origin == "cdn":
            digest = path.rpartition("/")[2]
            if hashlib.sha256(body).hexdigest() != digest:
                return Answer(400)
            self._objects[digest] = body
            return Answer(200)
        if (headers.get("Authorization") or "") != f"Bearer {self.token}":
            return error(401, "", "Invalid credentials in Authorization header")
        if path == "/api/repos/create":
            return self._create(json.loads(body))
        if path == "/api/validate-yaml":
            return _json({"errors": [], "warnings": []})
        if match := re.fullmatch(r"/api/models/([^/]+/[^/]+)/preupload/main", path):
            return _json({"files": [self._mode(match[1], f) for f in json.loads(body)["files"]]})
        if match := re.fullmatch(r"/([^/]+/[^/]+)\.git/info/lfs/objects/batch", path):
            return self._batch(json.loads(body)["objects"])
        if match := re.fullmatch(r"/api/models/([^/]+/[^/]+)/commit/main", path):
            return self._commit(match[1], body)
        return Answer(404)

    def answer_api(self, path: str, headers) -> Answer:
        """Answer what the client asks of a repository that was uploaded to."""
        name = re.match(r"/api/models/([^/?]+/[^/?]+)", path)
        if name is None or name[1] not in self.uploaded:
            return super().answer_api(path, headers)
        files = self.uploaded[name[1]]
        if "/tree/" in path:
            return _json(
                [{"type": "file", "path": f, "size": len(c), "oid": "0"} for f, c in files.items()]
            )
        siblings = [{"rfilename": file} for file in files]
        info: dict = {"id": name[1], "sha": self.sha, "private": self.private[name[1]], "tags": []}
        return _json(info | {"siblings": siblings, "downloads": 0})

    @property
    def sha(self) -> str:
        """The newest commit."""
        return hashlib.sha1("".join(self.commits).encode(), usedforsecurity=False).hexdigest()

    def _create(self, asked: dict) -> Answer:
        name = f"{asked.get('organization') or 'me'}/{asked['name']}"
        if not name.startswith("me/"):
            return error(403, "", "You don't have the rights to create a model there")
        if name in self.uploaded:
            body = {"error": "You already created this repo", "url": f"{self.endpoint}/{name}"}
            return Answer(409, {}, json.dumps(body).encode())
        private = asked.get("visibility") == "private" or bool(asked.get("private"))
        self.uploaded[name], self.private[name] = {}, private
        return _json({"url": f"{self.endpoint}/{name}", "name": name})

    def _mode(self, repository: str, file: dict) -> dict:
        mode = "lfs" if file["size"] > LARGE else "regular"
        content = self.uploaded[repository].get(file["path"])
        oid = None
        if content is not None and mode == "lfs":
            oid = hashlib.sha256(content).hexdigest()
        elif content is not None:
            header = f"blob {len(content)}\0".encode()
            oid = hashlib.sha1(header + content, usedforsecurity=False).hexdigest()
        return {"path": file["path"], "uploadMode": mode, "shouldIgnore": False, "oid": oid}

    def _batch(self, objects: list[dict]) -> Answer:
        answers = []
        for item in objects:
            known = item["oid"] in self._objects
            upload = {"upload": {"href": f"{self.cdn}/upload/{item['oid']}"}}
            answers.append({**item} if known else {**item, "actions": upload})
        return _json({"transfer": "basic", "objects": answers})

    def _commit(self, repository: str, body: bytes) -> Answer:
        files = self.uploaded[repository]
        for line in map(json.loads, body.splitlines()):
            value = line["value"]
            if line["key"] == "file":
                files[value["path"]] = base64.b64decode(value["content"])
            elif line["key"] == "lfsFile":
                files[value["path"]] = self._objects[value["oid"]]
            elif line["key"] == "deletedFile":
                del files[value["path"]]
        self.commits.append(repository)
        url = f"{self.endpoint}/{repository}/commit/{self.sha}"
        return _json({"commitUrl": url, "commitOid": self.sha})

    def _server(self, origin: str, answer):
        hub, server = self, super()._server(origin, answer)

        class Handler(server.RequestHandlerClass):
            def do_POST(self) -> None:  # noqa: N802
                authorized = "Authorization" in self.headers
                hub.requests.append((origin, self.command, self.path, authorized))
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                send(self, hub.answer_upload(origin, self.command, self.path, self.headers, body))

            do_PUT = do_POST  # noqa: N815

        server.RequestHandlerClass = Handler
        return server


def _json(value) -> Answer:
    return Answer(200, {"Content-Type": "application/json"}, json.dumps(value).encode())
