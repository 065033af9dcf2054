"""Fetch and verify by the real rules: refusals, secrets, kills."""

import json
import os
import shutil

import pytest
import torch

from demo.hub import SIGNATURE
from demo.tokenizer_model import tokenizer_model
from support.checkout import error_lines
from support.faults import AT_ONCE, EXPLAINED, always, answer
from support.remote import REMOTE, TOKEN, VERIFIED

EXPORTED = "results/demo/exported/dit.pt2"


def verify(checkout):
    return checkout.run("--cores", "2", *REMOTE, "--", VERIFIED)


def relock(checkout):
    """Trust what the server has now: its hashes are then those of the lock."""
    done = checkout.run("--cores", "1", *REMOTE, "replace_lock=True", "--", "lock")
    assert done.returncode == 0, done.stdout


def fetch_checkpoint(checkout):
    """Run the rule for model.ckpt; return what it did, the file's path and its pin."""
    lock = json.loads((checkout.folder / "config/models/demo.json").read_text())["model"]
    target = f"resources/demo/{lock['commit']}/model.ckpt"
    done = checkout.run("--cores", "1", *REMOTE, "--", target)
    return done, checkout.folder / target, lock["files"]["model.ckpt"]


def test_without_a_token_one_line_says_how_to_get_on(world):
    del world.variables["HF_TOKEN"]
    done, target, _ = fetch_checkpoint(world)
    assert done.returncode != 0
    [line] = error_lines(done.stdout)
    assert "local/demo is gated and there is no token" in line
    assert f"{world.hub.endpoint}/local/demo" in line
    assert "HF_TOKEN" in line
    assert "make demo" in line
    assert not target.exists()


def test_with_a_token_the_same_rule_fetches(world):
    done, target, pin = fetch_checkpoint(world)
    assert done.returncode == 0, done.stdout
    assert target.stat().st_size == pin["size"]
    # The token goes to the Hub itself and never to the origin of large files.
    sent = {(origin, authorized) for origin, _, _, authorized in world.hub.requests}
    assert sent == {("api", True), ("cdn", False)}


def test_caches_may_be_named_from_the_working_directory(world):
    """A link to what they hold would lead nowhere from the folder that it is in."""
    world.variables |= {"HF_HOME": "hub's", "SNAKEMAKE_OUTPUT_CACHE": "outputs"}
    done = verify(world)
    assert done.returncode == 0, done.stdout
    assert (world.folder / VERIFIED).exists()
    assert list((world.folder / "hub's").rglob("blobs/*"))
    assert list((world.folder / "outputs").iterdir())


def test_a_cache_of_results_that_others_can_enter_is_refused(world):
    shared = world.folder / "shared"
    shared.mkdir(mode=0o755)
    world.variables["SNAKEMAKE_OUTPUT_CACHE"] = str(shared)
    done = verify(world)
    assert done.returncode != 0
    assert f"{shared} is open to others" in done.stdout
    assert f"chmod 700 {shared}" in done.stdout
    assert not list(shared.iterdir())


@pytest.mark.parametrize("name", AT_ONCE)
def test_a_fault_is_explained_by_the_rule(world, name):
    fault, expected = EXPLAINED[name]
    world.hub.intercept = lambda origin, handler: fault(world.hub, origin, handler)
    done, target, pin = fetch_checkpoint(world)
    assert done.returncode != 0
    [line] = error_lines(done.stdout)
    expected = expected.format(endpoint=world.hub.endpoint, digest=pin["sha256"])
    assert expected.replace("local/tiny", "local/demo") in line
    assert not target.exists()


class Attack:
    def __init__(self, command):
        self.command = command

    def __reduce__(self):
        return os.system, (self.command,)


def edit_checkpoint(repositories, change):
    path = repositories / "local/demo/model.ckpt"
    checkpoint = torch.load(path)
    change(checkpoint)
    torch.save(checkpoint, path)


def with_attack(repositories):
    attack = Attack(f"touch {repositories}/it-ran")
    edit_checkpoint(repositories, lambda checkpoint: checkpoint.update(hyper_parameters=attack))


def truncated(repositories):
    path = repositories / "local/demo/model.ckpt"
    path.write_bytes(path.read_bytes()[:-100_000])


def with_nan(repositories):
    def change(checkpoint):
        next(iter(checkpoint["state_dict"].values())).view(-1)[0] = float("nan")

    edit_checkpoint(repositories, change)


def with_one_more(repositories):
    more = {"discriminator.weight": torch.zeros(1)}
    edit_checkpoint(repositories, lambda checkpoint: checkpoint["state_dict"].update(more))


def with_one_less(repositories):
    name = "model.model.transformer.project_in.weight"
    edit_checkpoint(repositories, lambda checkpoint: checkpoint["state_dict"].pop(name))


def with_another_type(repositories):
    path = repositories / "local/demo/model_config.json"
    path.write_text(path.read_text().replace('"type": "vae"', '"type": "rvq"'))


def with_another_width(repositories):
    path = repositories / "local/demo/model_config.json"
    path.write_text(path.read_text().replace('"embed_dim": 256', '"embed_dim": 512'))


def with_another_tokenizer(repositories):
    (repositories / "local/demo-t5/spiece.model").write_bytes(tokenizer_model(100))


BAD = {
    "a pickle that runs code": (with_attack, VERIFIED, "refused, its pickle asks for"),
    "a truncated zip": (truncated, VERIFIED, "not a checkpoint that torch can read"),
    "numbers that are not finite": (with_nan, VERIFIED, "has numbers that are not finite"),
    "a tensor too many": (with_one_more, VERIFIED, "discriminator.weight belongs to no submodule"),
    "a tensor too few": (with_one_less, EXPORTED, "do not fit the config"),
    "a config of another type": (with_another_type, VERIFIED, "bottleneck.type is 'rvq'"),
    "a config of another width": (with_another_width, EXPORTED, "do not fit the config"),
    "another tokenizer": (with_another_tokenizer, VERIFIED, "100 pieces and 100 extra ids do not"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_files_with_the_right_hash_are_refused(world, name):
    spoil, target, expected = BAD[name]
    # The running server has answered nothing yet, so it hashes what is there now.
    spoil(world.repositories)
    relock(world)
    done = world.run("--cores", "2", *REMOTE, "--", target)
    assert done.returncode != 0
    [line] = error_lines(done.stdout)
    assert expected in line
    assert not (world.repositories / "it-ran").exists()
    assert not (world.folder / target).exists()


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
    done = world.run("--cores", "2", "--verbose", *REMOTE, "--", VERIFIED)
    assert done.returncode == 0, done.stdout
    printed += done.stdout
    logs = [path.read_text() for path in (world.folder / "logs").rglob("*.log")]
    assert any("Traceback" in text for text in logs) or "Error in fetch" in printed
    assert written(world, printed) == []
