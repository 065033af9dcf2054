"""Fetch and verify by the real rules: refusals, secrets, kills."""

import json
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest
import torch

from checkout import DEMO, Checkout, error_lines
from demo.hub import SIGNATURE, Hub
from faults import AT_ONCE, EXPLAINED, always, answer

TOKEN = "hf_SecretSecretSecret"
REMOTE = (*DEMO, "--config", "hub=huggingface")


@pytest.fixture
def world(built, tmp_path):
    """A checkout, and the demo's repositories on a server that it takes for the real Hub."""
    repositories = shutil.copytree(
        (built.folder / "resources/hub/demo").resolve(), tmp_path / "hub"
    )
    checkout = Checkout.make(tmp_path / "checkout", tmp_path / "caches")
    with Hub(Path(repositories), TOKEN) as hub:
        checkout.variables = {"HF_ENDPOINT": hub.endpoint, "HF_TOKEN": TOKEN}
        checkout.hub, checkout.repositories = hub, Path(repositories)
        yield checkout


def verify(checkout):
    return checkout.run("--cores", "2", *REMOTE, "--", "results/demo/provenance.json")


def relock(checkout):
    """Trust what the server has now: its hashes are then those of the lock."""
    done = checkout.run("--cores", "1", *REMOTE, "replace_lock=True", "--", "lock")
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("name", AT_ONCE)
def test_a_fault_is_explained_by_the_rule(world, name):
    fault, expected = EXPLAINED[name]
    lock = json.loads((world.folder / "config/models/demo.json").read_text())["model"]
    target = f"resources/demo/{lock['commit']}/model.ckpt"
    world.hub.intercept = lambda origin, handler: fault(world.hub, origin, handler)
    done = world.run("--cores", "1", *REMOTE, "--", target)
    assert done.returncode != 0
    [line] = error_lines(done.stdout)
    expected = expected.format(
        endpoint=world.hub.endpoint, digest=lock["files"]["model.ckpt"]["sha256"]
    )
    assert expected.replace("local/tiny", "local/demo") in line
    assert not (world.folder / target).exists()


class Attack:
    def __init__(self, command):
        self.command = command

    def __reduce__(self):
        return os.system, (self.command,)


def with_attack(checkpoint, folder):
    checkpoint["hyper_parameters"] = Attack(f"touch {folder}/it-ran")


def with_nan(checkpoint, folder):
    next(iter(checkpoint["state_dict"].values())).view(-1)[0] = float("nan")


def with_one_more(checkpoint, folder):
    checkpoint["state_dict"]["discriminator.weight"] = torch.zeros(1)


BAD = {
    "a pickle that runs code": (with_attack, "model.ckpt: refused, its pickle asks for"),
    "numbers that are not finite": (with_nan, "has numbers that are not finite"),
    "a tensor of nothing": (with_one_more, "tensor discriminator.weight belongs to no submodule"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_checkpoint_with_the_right_hash_is_refused(world, tmp_path, name):
    spoil, expected = BAD[name]
    path = world.repositories / "local/demo/model.ckpt"
    checkpoint = torch.load(path)
    spoil(checkpoint, tmp_path)
    torch.save(checkpoint, path)
    # The running server has answered nothing yet, so it hashes what is there now.
    relock(world)
    done = verify(world)
    assert done.returncode != 0
    [line] = error_lines(done.stdout)
    assert expected in line
    assert not (tmp_path / "it-ran").exists()
    assert not (world.folder / "results/demo/weights").exists() or not any(
        (world.folder / "results/demo/weights").iterdir()
    )


def test_a_fetched_file_that_was_changed_is_refused(world):
    assert verify(world).returncode == 0
    path = next((world.folder / "resources/demo").rglob("model_config.json"))
    path.write_text(path.read_text() + " ")
    shutil.rmtree(world.caches / "outputs")
    shutil.rmtree(world.folder / "results")
    done = verify(world)
    [line] = error_lines(done.stdout)
    assert f"{path.relative_to(world.folder)}: expected" in line
    assert "delete it and run again" in line


def test_provenance_is_the_same_bytes_for_the_same_inputs(world):
    assert verify(world).returncode == 0
    provenance = world.folder / "results/demo/provenance.json"
    first = provenance.read_bytes()
    shutil.rmtree(world.caches / "outputs")
    shutil.rmtree(world.folder / "results")
    assert verify(world).returncode == 0
    assert provenance.read_bytes() == first
    assert json.loads(first)["model"]["licence"] == "cc0-1.0"


def written(world, printed):
    """Return every file that the runs wrote, and what they printed, that holds a secret."""
    secrets = (TOKEN.encode(), SIGNATURE.encode())
    found = ["printed"] if any(secret in printed.encode() for secret in secrets) else []
    own = ("tests", "workflow")
    for top in (world.folder, world.caches):
        for path in top.rglob("*"):
            source = path.is_relative_to(world.folder) and (
                path.relative_to(world.folder).parts[0] in own
            )
            if path.is_file() and not source and any(s in path.read_bytes() for s in secrets):
                found.append(str(path))
    return found


def test_secrets_are_in_nothing_that_runs_write(world):
    printed = ""

    def fail():
        nonlocal printed
        done = verify(world)
        assert done.returncode != 0
        printed += done.stdout

    refused = always(answer(403), origin="cdn")  # the client's message has the signed address
    world.hub.intercept = lambda origin, handler: refused(world.hub, origin, handler)
    fail()
    world.hub.intercept = lambda *_: False
    world.variables["HF_TOKEN"] = TOKEN + "X"
    fail()
    world.variables["HF_TOKEN"] = TOKEN
    done = world.run("--cores", "2", "--verbose", *REMOTE, "--", "results/demo/provenance.json")
    assert done.returncode == 0, done.stdout
    printed += done.stdout
    logs = [path.read_text() for path in (world.folder / "logs").rglob("*.log")]
    assert any("Traceback" in text for text in logs) or "Error in fetch" in printed
    assert written(world, printed) == []


def test_a_killed_build_is_taken_up_by_the_next(world):
    """The whole process group is killed, Snakemake's lock included; the next run just works."""
    for delay in (3.0, 4.5):
        command = [Path(__file__).parents[2] / ".venv/bin/python", "workflow/bootstrap/launch.py"]
        process = subprocess.Popen(
            [*command, "--cores", "2", *REMOTE, "--", "results/demo/provenance.json"],
            cwd=world.folder,
            env=os.environ
            | world.variables
            | {
                "SNAKEMAKE_OUTPUT_CACHE": str(world.caches / "outputs"),
                "HF_HOME": str(world.caches / "huggingface"),
            },
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        time.sleep(delay)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    done = verify(world)
    assert done.returncode == 0, done.stdout
    left = [p for p in world.folder.rglob(".writing-*")]
    left += list(world.caches.rglob("*.incomplete"))
    assert left == []
