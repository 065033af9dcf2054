"""Every fault that fetch knows, with huggingface_hub's real client: survived, or explained."""

import io
import json
import os
import ssl
import subprocess
import sys
import threading
import traceback
from http.server import BaseHTTPRequestHandler, HTTPServer
from types import SimpleNamespace

import pytest

import sao.hub.faults
from demo.hub import DEMO_TOKEN, SIGNATURE, Hub
from sao.errors import BuildError
from sao.files import sha256
from sao.hub.connection import connect
from sao.hub.download import fetch
from sao.hub.resolving import resolve
from support import faults
from support.disks import with_read_only, with_small_disk
from support.faults import EXPLAINED, always, answer, once, partly

TOKEN = "hf_SecretSecretSecret"


@pytest.fixture
def world(repositories, tmp_path, monkeypatch):
    """A server, and a function that fetches model.ckpt from it with an empty cache."""
    monkeypatch.setenv("HF_HOME", str(tmp_path / "huggingface"))
    monkeypatch.setenv("HF_HUB_DOWNLOAD_TIMEOUT", "1")
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    monkeypatch.setattr(sao.hub.faults, "FIRST_WAIT", 0.01)
    forget_the_client(monkeypatch)
    with Hub(repositories, TOKEN) as server:
        monkeypatch.setenv("HF_ENDPOINT", server.endpoint)
        yield World(server, tmp_path)


def forget_the_client(monkeypatch):
    """Make the next `connect` import the client anew: it reads its settings when it is imported."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "huggingface_hub"]:
        monkeypatch.delitem(sys.modules, name)


class World:
    def __init__(self, server, folder):
        self.server, self.folder = server, folder
        self.source = resolve(connect(server), "local/tiny", ["model.ckpt"], gated=True)
        self.target = folder / "resources/model.ckpt"
        self.cache = folder / "huggingface"
        server.requests.clear()

    def break_by(self, fault):
        self.server.intercept = lambda origin, handler: fault(self.server, origin, handler)

    def fetch(self, **changes):
        fetch(connect(), self.source | changes, "model.ckpt", self.target, io.StringIO())

    def leftovers(self):
        """Return files that no finished fetch would leave."""
        found = [*self.cache.rglob("*.incomplete"), *self.target.parent.glob(".writing-*")]
        return [path.name for path in found]


SURVIVED = {
    "truncated body": once(partly(lambda _: None)),
    "truncated body, five times": once(partly(lambda _: None), times=5),
    "reset during HEAD": once(faults.reset, origin="api", method="HEAD"),
    "reset during GET": once(faults.reset),
    "stall": once(partly(faults.stall)),
    "Range ignored": once(faults.without_range, times=2),
    "429 with Retry-After": once(
        answer(429, {"Retry-After": "1"}), origin="api", method="HEAD", times=2
    ),
    "429 from the storage": once(answer(429, {"Retry-After": "0"})),
    "503 on HEAD": once(answer(503), origin="api", method="HEAD", times=2),
    "503 from the storage": once(answer(503), times=2),
    "an altered byte, once": once(faults.altered),
    "Xet offered": always(
        faults.with_headers(X_Xet_Hash="0" * 64, X_Xet_Refresh_Route="/api/xet"), method="HEAD"
    ),
}


@pytest.mark.parametrize("name", SURVIVED)
def test_survived(world, name):
    world.break_by(SURVIVED[name])
    world.fetch()
    assert sha256(world.target) == world.source["files"]["model.ckpt"]["sha256"]
    assert world.leftovers() == []


@pytest.mark.parametrize("name", EXPLAINED)
def test_explained_in_one_line(world, name):
    fault, expected = EXPLAINED[name]
    world.break_by(fault)
    with pytest.raises(BuildError) as error:
        world.fetch()
    line = str(error.value)
    digest = world.source["files"]["model.ckpt"]["sha256"]
    server = world.server
    assert expected.format(endpoint=server.endpoint, cdn=server.cdn, digest=digest) in line
    assert "\n" not in line
    assert not world.target.exists()
    assert world.leftovers() == []
    # What a log would hold: the traceback with all causes.
    printed = "".join(traceback.format_exception(error.value))
    assert TOKEN not in printed
    assert SIGNATURE not in printed
    # Once the fault is gone, the next run succeeds.
    world.server.intercept = lambda *_: False
    world.fetch()
    assert sha256(world.target) == digest


def test_a_lock_pins_every_file_by_hash(world):
    files = world.server.repositories["local/tiny"].files
    names = ["model.ckpt", "model_config.json", "not-there"]
    source = resolve(connect(), "local/tiny", names, gated=True)
    assert source["commit"] == world.server.repositories["local/tiny"].commit
    assert source["gated"] is True
    assert source["files"] == {
        "model.ckpt": {"size": files["model.ckpt"].size, "sha256": files["model.ckpt"].digest},
        "model_config.json": {
            "size": files["model_config.json"].size,
            "git_blob": files["model_config.json"].digest,
        },
    }


def test_nobody_there(world):
    world.server.__exit__()
    with pytest.raises(BuildError, match="cannot be reached or breaks off") as error:
        world.fetch()
    assert "attempts" not in str(error.value)  # it was tried once


@pytest.fixture
def tls_server(tmp_path):
    """A server's address and its certificate, which nobody else has signed."""
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    command += ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run([*command, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server = HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield f"https://127.0.0.1:{server.server_port}", certificate
    server.shutdown()
    server.server_close()


def test_a_certificate_that_is_not_trusted_is_said(world, tls_server, monkeypatch):
    address, certificate = tls_server
    monkeypatch.setenv("HF_ENDPOINT", address)
    forget_the_client(monkeypatch)
    with pytest.raises(BuildError, match=f"the certificate of {address} is not trusted here"):
        world.fetch()
    # What the line advises helps: the server is spoken with, and answers 501.
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    forget_the_client(monkeypatch)
    with pytest.raises(BuildError, match=r"127\.0\.0\.1 answers 501; run again"):
        world.fetch()


@pytest.mark.parametrize("endpoint", ["hub.example.org", "https://", "ftp://hub.example.org"])
def test_an_endpoint_that_is_no_address_is_said(world, monkeypatch, endpoint):
    monkeypatch.setenv("HF_ENDPOINT", endpoint)
    with pytest.raises(BuildError, match=r"HF_ENDPOINT is .* no address of a server"):
        connect()


def test_an_empty_endpoint_is_none(world, monkeypatch):
    monkeypatch.setenv("HF_ENDPOINT", "")
    forget_the_client(monkeypatch)
    assert connect().endpoint == "https://huggingface.co"


def test_a_token_by_its_former_name_is_named(world, monkeypatch):
    monkeypatch.delenv("HF_TOKEN")
    monkeypatch.setenv("HUGGING_FACE_HUB_TOKEN", "hf_old")
    with pytest.raises(BuildError, match="the token in HUGGING_FACE_HUB_TOKEN is not valid"):
        resolve(connect(), "local/tiny", ["model.ckpt"], gated=True)


def test_no_token(world, monkeypatch):
    monkeypatch.delenv("HF_TOKEN")
    with pytest.raises(BuildError, match="local/tiny is gated and there is no token: accept"):
        world.fetch()


def test_a_stored_login_works_and_is_named_when_it_expires(world, monkeypatch):
    monkeypatch.delenv("HF_TOKEN")
    world.cache.mkdir(exist_ok=True)
    (world.cache / "token").write_text(TOKEN)
    world.fetch()
    (world.cache / "token").write_text("hf_old")
    with pytest.raises(BuildError, match="the stored login is not valid any more: run `hf auth"):
        resolve(connect(), "local/tiny", ["model.ckpt"], gated=True)


@pytest.mark.parametrize("token", ["hf_caf\u00e9", "hf_a b"])
def test_what_cannot_be_a_token_is_said_without_showing_it(world, monkeypatch, token):
    monkeypatch.setenv("HF_TOKEN", token)
    with pytest.raises(BuildError, match="characters that no token has") as error:
        world.fetch()
    assert token not in str(error.value)


def test_the_token_goes_to_the_hub_only(world):
    world.fetch()
    sent = {(origin, authorized) for origin, _, _, authorized in world.server.requests}
    assert sent == {("api", True), ("cdn", False)}


def test_a_public_repository_never_sees_the_token(world):
    public = resolve(connect(), "local/tiny-t5", ["spiece.model"], gated=False)
    fetch(connect(), public, "spiece.model", world.folder / "spiece.model", io.StringIO())
    asked = [r for r in world.server.requests if "tiny-t5" in r[2]]
    assert asked
    assert not any(authorized for *_, authorized in asked)


def test_what_matches_is_never_asked_for_again(world, monkeypatch):
    world.fetch()
    world.target.unlink()
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    world.server.requests.clear()
    # Another commit of the same content: the cache has it by its hash.
    world.fetch(commit="a" * 40)
    assert world.server.requests == []
    assert sha256(world.target) == world.source["files"]["model.ckpt"]["sha256"]


def test_a_damaged_cache_entry_is_replaced(world):
    world.fetch()
    blob = next(world.cache.rglob("blobs/*"))
    size = blob.stat().st_size
    blob.write_bytes(b"x" * size)
    world.fetch()
    assert sha256(world.target) == world.source["files"]["model.ckpt"]["sha256"]


def test_files_are_their_owners(world):
    os.umask(0o022)
    world.fetch()
    for path in (world.target, next(world.cache.rglob("blobs/*"))):
        assert path.stat().st_mode & 0o077 == 0


def test_public_files_of_a_shared_cache_stay_shared(world):
    public = resolve(connect(), "local/tiny-t5", ["spiece.model"], gated=False)
    target = world.folder / "spiece.model"
    for mode in (0o644, 0o444):
        fetch(connect(), public, "spiece.model", target, io.StringIO())
        target.resolve().chmod(mode)
        fetch(connect(), public, "spiece.model", target, io.StringIO())
        assert target.resolve().stat().st_mode & 0o777 == mode


@pytest.mark.parametrize("damaged", [False, True])
def test_a_cache_that_cannot_be_written_to(world, fetch_script, damaged):
    world.fetch()
    blob = world.target.resolve()
    blob.chmod(0o644)
    world.target.unlink()
    if damaged:
        blob.write_bytes(b"x" * blob.stat().st_size)
    program = [sys.executable, "-c", fetch_script, json.dumps(world.source), "model.ckpt"]
    command = with_read_only(world.cache, *program, world.target)
    done = subprocess.run(command, capture_output=True, text=True)
    if damaged:
        assert done.returncode == 1
        assert "Read-only file system; set HF_HOME to a folder that" in done.stdout, done.stderr
    else:
        assert done.returncode == 0, done.stderr
        assert sha256(world.target) == world.source["files"]["model.ckpt"]["sha256"]


def test_too_little_disk_is_said_before_the_download(world, monkeypatch):
    usage = type("Usage", (), {"free": 5})
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage)
    with pytest.raises(BuildError, match=r"model\.ckpt needs \d+ MB, the disk of .* has 0 MB free"):
        world.fetch()
    assert not any(origin == "cdn" for origin, *_ in world.server.requests)


# The check beforehand is passed: the disk fills up during the download.
PLENTY = """
import shutil
shutil.disk_usage = lambda _: type("Usage", (), {"free": 1 << 40})
"""


def test_a_disk_that_fills_up(world, fetch_script):
    world.cache.mkdir(exist_ok=True)
    program = [sys.executable, "-c", PLENTY + fetch_script, json.dumps(world.source), "model.ckpt"]
    command = with_small_disk(world.cache, "200k", *program, world.target)
    done = subprocess.run(command, capture_output=True, text=True)
    assert "the disk of" in done.stdout, done.stderr
    assert "is full; free some, or set HF_HOME" in done.stdout
    assert not world.target.exists()


def test_the_local_hub_is_never_sent_the_users_token(repositories, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    with Hub(repositories, DEMO_TOKEN) as server:
        assert connect(server).token == DEMO_TOKEN


@pytest.mark.parametrize("others", [None, "example.com"])
def test_the_local_hub_is_reached_past_a_proxy(world, monkeypatch, others):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, others or "")
    hub = SimpleNamespace(endpoint=world.server.endpoint, token=TOKEN)
    forget_the_client(monkeypatch)
    fetch(connect(hub), world.source, "model.ckpt", world.target, io.StringIO())
    assert world.target.exists()
    assert os.environ["NO_PROXY"] == ",".join(filter(None, [others, "127.0.0.1"]))
