"""The ssh target, with a server of the test's own on this machine."""

import getpass
import json
import platform
import shutil
import socket
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from sao.errors import BuildError
from sao.submodules import PARTS
from sao.target.transport import Ssh
from support.checkout import DEMO
from support.runner_tools import need

SSHD = "/usr/sbin/sshd"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A folder with `config` for ssh, whose host `board` is this machine."""
    need(SSHD, "ssh", "ssh-keygen", "tar")
    folder = tmp_path_factory.mktemp("ssh")
    for name in ("host", "user"):
        subprocess.run(["ssh-keygen", "-qt", "ed25519", "-N", "", "-f", folder / name], check=True)
    shutil.copy(folder / "user.pub", folder / "authorized")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (folder / "sshd_config").write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {folder}/host\nUsePAM no\n"
        f"AuthorizedKeysFile {folder}/authorized\nStrictModes no\nPidFile none\n"
        "PermitRootLogin yes\n"
    )
    (folder / "config").write_text(
        f"Host board gone\n  HostName 127.0.0.1\n  IdentityFile {folder}/user\n"
        f"  User {getpass.getuser()}\n  StrictHostKeyChecking no\n"
        f"  UserKnownHostsFile /dev/null\n  LogLevel ERROR\nHost board\n  Port {port}\n"
        "Host gone\n  Port 1\n"
    )
    # Separation of privileges wants this folder; a package's service makes it otherwise.
    subprocess.run(["mkdir", "-p", "/run/sshd"], check=False)
    daemon = subprocess.Popen([SSHD, "-D", "-e", "-f", folder / "sshd_config"])
    for _ in range(50):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.1)
    yield folder
    daemon.terminate()
    daemon.wait()


def settings(server, tmp_path, **changes):
    folder, config = tmp_path / "it's there", server / "config"
    return {"host": "board", "folder": str(folder), "config": str(config)} | changes


def test_the_demo_is_scored_and_generated_on_a_host(server, built, tmp_path):
    need("c++")
    checkout = built.copy(tmp_path / "copy")
    ssh = settings(server, tmp_path, architecture=platform.machine())
    config = checkout.folder / "config/demo.yaml"
    text = config.read_text().replace("target: native", "target: ssh")
    config.write_text(f"{text}ssh: {json.dumps(ssh)}\n")
    done = checkout.run("--cores", "2", *DEMO, "--", "all")
    assert done.returncode == 0, done.stdout[-4000:]
    results = checkout.folder / "results/demo/smoke"
    for name in ("birds", "house-arpeggios", "dub-of-arpeggios"):
        here, there = (results / f"{t}/{name}.wav" for t in (platform.machine(), "ssh-board"))
        assert there.read_bytes() == here.read_bytes()
    report = json.loads((results / "ssh-board/birds.json").read_text())
    assert report["machine"] == f"{platform.machine()}, ssh-board"
    assert set(report["comparison"]) == set(PARTS)
    # Runner, bundle, each program and its inputs, and the sound that one starts from; no runs,
    # nothing half-copied.
    left = {path.name.rpartition("-")[0] for path in (tmp_path / "it's there").iterdir()}
    assert left == {platform.machine(), "bundle", "models", "inputs", "start"}
    assert (tmp_path / "it's there").stat().st_mode & 0o077 == 0


def test_what_is_there_is_not_copied_again(server, tmp_path, monkeypatch):
    (tmp_path / "models/sub").mkdir(parents=True)
    (tmp_path / "models/sub/a").write_text("1")
    device = Ssh(settings(server, tmp_path))
    first = device.place(tmp_path / "models")
    monkeypatch.setattr(device, "put", None)
    assert device.place(tmp_path / "models") == first
    monkeypatch.undo()
    (tmp_path / "models/sub/a").write_text("2")
    assert device.place(tmp_path / "models") != first


def test_jobs_that_place_the_same_folder_at_once_all_get_it_whole(server, tmp_path):
    (tmp_path / "models").mkdir()
    (tmp_path / "models/a").write_bytes(bytes(1_000_000))
    device = Ssh(settings(server, tmp_path))
    with ThreadPoolExecutor(4) as pool:
        places = set(pool.map(device.place, [tmp_path / "models"] * 4))
    assert places == {str(path) for path in (tmp_path / "it's there").iterdir()}
    assert [path.stat().st_size for path in Path(*places).iterdir()] == [1_000_000]


@pytest.mark.parametrize(
    ("changes", "act", "expected"),
    [
        ({"host": "gone"}, lambda d, _: d.check("x86_64"), "ssh host gone: .*refused"),
        (
            {},
            lambda d, _: d.check("riscv64"),
            "ssh host board is .*, the runner was built for riscv64",
        ),
        ({"folder": "/proc/x"}, lambda d, models: d.place(models), "ssh host board: .*/proc/x"),
        (
            {},
            lambda d, _: d.shell("echo audiogen: no prompt >&2; exit 2"),
            "board: audiogen: no prompt",
        ),
        ({}, lambda d, models: d.get("/nonexistent", models), "ssh host board: a copy failed"),
    ],
)
def test_a_fault_is_one_line(server, tmp_path, changes, act, expected):
    device = Ssh(settings(server, tmp_path, **changes))
    models = tmp_path / "models"
    models.mkdir()
    with pytest.raises(BuildError, match=expected) as raised:
        act(device, models)
    assert "\n" not in str(raised.value)
