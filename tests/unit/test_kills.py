"""Kills at random moments of a large download: nothing half-made stays, the next run succeeds."""

import json
import os
import random
import subprocess
import sys
import time

import numpy as np
import pytest

from demo.hub import CHUNK, Hub
from sao.files import sha256

SIZE = 200_000_000
KILLS = 20
# Seconds that the server lets one download of the file take at the least.
DURATION = 1.5
NAME = "model.ckpt"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A Hub with one large file, which it sends at a limited rate."""
    folder = tmp_path_factory.mktemp("hub")
    (folder / "local/large").mkdir(parents=True)
    content = np.random.Generator(np.random.PCG64(0)).bytes(SIZE)
    (folder / "local/large" / NAME).write_bytes(content)

    def slowly(origin, handler):
        if origin == "cdn" and handler.command == "GET":
            handler.wfile = Throttled(handler.wfile, SIZE / DURATION)
        return False

    with Hub(folder, "hf_token") as hub:
        hub.intercept = slowly
        yield hub


class Throttled:
    """A stream that writes at a limited rate, in bytes per second."""

    def __init__(self, stream, rate):
        self.stream, self.rate = stream, rate

    def write(self, data):
        time.sleep(len(data) / self.rate)
        return self.stream.write(data)

    def __getattr__(self, name):
        return getattr(self.stream, name)


def test_twenty_kills(server, fetch_script, tmp_path):
    file = server.repositories["local/large"].files[NAME]
    source = {
        "repository": "local/large",
        "commit": server.repositories["local/large"].commit,
        "gated": False,
        "files": {NAME: {"size": SIZE, "sha256": file.digest}},
    }
    assert SIZE > 100 * CHUNK
    moments = random.Random(2024)
    killed_while_running = 0
    for number in range(KILLS):
        cache, target = tmp_path / f"cache{number}", tmp_path / f"out{number}" / NAME
        command = [sys.executable, "-c", fetch_script, json.dumps(source), NAME, str(target)]
        variables = os.environ | {"HF_HOME": str(cache), "HF_ENDPOINT": server.endpoint}
        process = subprocess.Popen(command, env=variables, stderr=subprocess.DEVNULL)
        time.sleep(moments.uniform(0.1, DURATION + 1.2))
        process.kill()
        killed_while_running += process.wait() != 0
        # Under a final name there is the whole file or nothing, at any moment.
        for path in [target, *cache.rglob("blobs/*")]:
            if path.is_file() and ".incomplete" not in path.name:
                assert path.stat().st_size == SIZE
        subprocess.run(command, env=variables, check=True, stderr=subprocess.DEVNULL)
        assert sha256(target) == file.digest
        assert list(cache.rglob("*.incomplete")) == []
        assert [path.name for path in target.parent.iterdir()] == [NAME]
        target.unlink()
        next(p for p in cache.rglob("blobs/*") if p.is_file()).unlink()
    # Enough of the kills hit a running download to mean something.
    assert killed_while_running >= KILLS // 2
