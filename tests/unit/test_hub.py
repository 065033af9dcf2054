"""huggingface_hub itself against the local Hub, through the functions that the rules call."""

import importlib
import sys

import pytest

from demo.hub import DEMO_TOKEN, Hub
from sao.errors import BuildError
from sao.hub import connect, fetch, resolve


@pytest.fixture
def hub(repositories, tmp_path, monkeypatch):
    """A connection whose cache is empty, and the server it goes to as `.server`."""
    monkeypatch.setenv("HF_HOME", str(tmp_path / "huggingface"))
    monkeypatch.delenv("HF_TOKEN", raising=False)
    # It reads its settings when imported.
    for name in [name for name in sys.modules if name.partition(".")[0] == "huggingface_hub"]:
        monkeypatch.delitem(sys.modules, name)
    with Hub(repositories, DEMO_TOKEN) as server:
        monkeypatch.setenv("HF_ENDPOINT", server.endpoint)
        connection = connect(server)
        importlib.import_module("huggingface_hub.constants")
        yield connection, server


def test_resolve_pins_every_file_by_hash(hub):
    connection, server = hub
    source = resolve(connection, "local/tiny", "main", ["model.ckpt", "model_config.json", "no"])
    files = server.repositories["local/tiny"].files
    assert source["commit"] == server.repositories["local/tiny"].commit
    assert source["gated"] is True
    assert source["files"] == {
        "model.ckpt": {"size": files["model.ckpt"].size, "sha256": files["model.ckpt"].digest},
        "model_config.json": {
            "size": files["model_config.json"].size,
            "git_blob": files["model_config.json"].digest,
        },
    }


def test_fetch_asks_once_and_then_never_again(hub, tmp_path):
    connection, server = hub
    source = resolve(connection, "local/tiny", "main", ["model.ckpt"])
    fetch(connection, source, "model.ckpt", tmp_path / "a/model.ckpt")
    asked = len(server.requests)
    fetch(connection, source, "model.ckpt", tmp_path / "b/model.ckpt")
    assert len(server.requests) == asked
    assert (tmp_path / "b/model.ckpt").stat().st_mode & 0o077 == 0


def test_a_public_repository_never_sees_the_token(hub, tmp_path):
    connection, server = hub
    source = resolve(connection, "local/tiny-t5", "main", ["model.safetensors"])
    server.requests.clear()
    fetch(connection, source, "model.safetensors", tmp_path / "model.safetensors")
    assert server.requests
    assert not any(authorized for *_, authorized in server.requests)


def test_wrong_bytes_are_fetched_once_more_and_then_refused(hub, tmp_path):
    connection, _ = hub
    source = resolve(connection, "local/tiny", "main", ["model.ckpt"])
    source["files"]["model.ckpt"]["sha256"] = "0" * 64
    with pytest.raises(BuildError, match=r"expected sha256 0000.*, twice"):
        fetch(connection, source, "model.ckpt", tmp_path / "model.ckpt")
    assert not (tmp_path / "model.ckpt").exists()
    assert not [p for p in (tmp_path / "huggingface").rglob("blobs/*") if p.is_file()]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"repository": "local/none"}, "local/none: no such repository"),
        ({"commit": "1" * 40}, r"commit 1111.* is gone from the Hub"),
    ],
)
def test_a_stale_lock_is_explained(hub, tmp_path, change, message):
    connection, _ = hub
    source = resolve(connection, "local/tiny", "main", ["model.ckpt"]) | change
    with pytest.raises(BuildError, match=message):
        fetch(connection, source, "model.ckpt", tmp_path / "model.ckpt")
