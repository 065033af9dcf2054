"""A real S3 server on this machine, for as long as a test lasts: SeaweedFS, one program from PyPI.

It answers in three seconds, with 0.1 GB of memory, and wants keys and signatures as Amazon's does.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from support.checkout import ROOT
from support.free_ports import free_ports

KEY, SECRET = "key", "s3_SecretSecretSecret"
PARTS = ("master", "volume", "filer", "s3")

# By the client that the storage plugin brings, which the tests' own packages have not.
CLIENT = """
import os, pathlib, sys
import boto3
variables = {name: os.environ[f"SNAKEMAKE_STORAGE_S3_{name}"]
             for name in ("ENDPOINT_URL", "ACCESS_KEY", "SECRET_KEY")}
bucket = boto3.resource("s3", endpoint_url=variables["ENDPOINT_URL"], region_name="us-east-1",
    aws_access_key_id=variables["ACCESS_KEY"], aws_secret_access_key=variables["SECRET_KEY"]
).Bucket(sys.argv[2])
if sys.argv[1] == "list":
    print(*(item.key for item in bucket.objects.filter(Prefix=sys.argv[3])), sep="\\n")
elif sys.argv[1] == "get":
    bucket.download_file(sys.argv[3], sys.argv[4])
else:
    bucket.create()
    top = pathlib.Path(sys.argv[4])
    for path in top.rglob("*"):
        if path.is_file():
            bucket.upload_file(path, f"{sys.argv[3]}/{path.relative_to(top)}")
"""


@dataclass
class S3:
    """A running server."""

    endpoint: str

    @property
    def variables(self) -> dict[str, str]:
        """The environment that Snakemake's storage plugin needs."""
        return {
            "SNAKEMAKE_STORAGE_S3_ENDPOINT_URL": self.endpoint,
            "SNAKEMAKE_STORAGE_S3_ACCESS_KEY": KEY,
            "SNAKEMAKE_STORAGE_S3_SECRET_KEY": SECRET,
        }

    def list(self, bucket: str, prefix: str) -> list[str]:
        """Return the names of a bucket's objects that begin with `prefix`."""
        return self._client("list", bucket, prefix).split()

    def get(self, bucket: str, name: str, path: Path) -> Path:
        """Download an object; return its path."""
        self._client("get", bucket, name, str(path))
        return path

    def put(self, bucket: str, prefix: str, folder: Path) -> None:
        """Make a bucket of the files of a folder."""
        self._client("put", bucket, prefix, str(folder))

    def _client(self, *arguments: str) -> str:
        command = [str(ROOT / ".venv/bin/python"), "-c", CLIENT, *arguments]
        return subprocess.check_output(command, env=self.variables, text=True)


@contextmanager
def s3(folder: Path) -> Iterator[S3]:
    """Start the server with its files in `folder`, and stop it."""
    numbers = iter(free_ports(2 * len(PARTS)))
    ports = {part: (next(numbers), next(numbers)) for part in PARTS}
    identity = {
        "name": "test",
        "credentials": [{"accessKey": KEY, "secretKey": SECRET}],
        "actions": ["Admin", "Read", "List", "Tagging", "Write"],
    }
    (folder / "s3.json").write_text(json.dumps({"identities": [identity]}))
    (folder / "data").mkdir()
    weed = shutil.which("weed", path=Path(sys.executable).parent)
    command = [str(weed), "server", f"-dir={folder}/data", "-ip=127.0.0.1", "-ip.bind=127.0.0.1"]
    for part, (port, internal) in ports.items():
        command += [f"-{part}.port={port}", f"-{part}.port.grpc={internal}"]
    # Its volumes grow as they are filled; each bucket has some of its own.
    command += ["-master.volumeSizeLimitMB=256", "-volume.max=100"]
    command += ["-s3", f"-s3.config={folder}/s3.json", "-s3.iam=false"]
    command += ["-s3.port.iceberg=0", "-s3.port.lance=0"]
    with open(folder / "weed.log", "w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        server = S3(f"http://127.0.0.1:{ports['s3'][0]}")
        _wait(server.endpoint, folder / "weed.log")
        yield server
    finally:
        # It holds nothing that is to be kept, and takes its time to end well.
        process.kill()
        process.wait()


def _wait(endpoint: str, log: Path) -> None:
    for _ in range(300):
        try:
            urllib.request.urlopen(endpoint)
        except urllib.error.HTTPError:  # it wants a signature
            return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"no S3: {log.read_text()[-2000:]}")
