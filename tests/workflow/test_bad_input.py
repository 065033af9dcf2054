"""What a person is told, by the real rules."""

import json
import shutil

import pytest

from checkout import DEMO, Checkout, error_lines
from demo.hub import DEMO_TOKEN, Hub


@pytest.fixture
def checkout(tmp_path):
    return Checkout.make(tmp_path / "checkout", tmp_path / "caches")


@pytest.fixture
def remote(built, checkout):
    """The demo's repositories behind a server that the client takes for the real Hub."""
    folder = (built.folder / "resources/hub/demo").resolve()
    with Hub(folder, DEMO_TOKEN) as hub:
        checkout.variables = {"HF_ENDPOINT": hub.endpoint}
        checkout.hub = hub
        yield checkout


def fetch_model(checkout, **variables):
    lock = json.loads((checkout.folder / "config/models/demo.json").read_text())
    target = f"resources/demo/{lock['model']['commit']}/model.ckpt"
    arguments = ("--cores", "1", *DEMO, "--config", "hub=huggingface", "--", target)
    return checkout.run(*arguments, **variables), checkout.folder / target


def test_without_a_token_one_line_says_how_to_get_on(remote):
    done, target = fetch_model(remote)
    assert done.returncode != 0
    [line] = error_lines(done.stdout)
    assert "local/demo is gated and there is no token" in line
    assert f"{remote.hub.endpoint}/local/demo" in line
    assert "HF_TOKEN" in line
    assert "make demo" in line
    assert not target.exists()


def test_with_a_token_the_same_rule_fetches(remote):
    done, target = fetch_model(remote, HF_TOKEN=DEMO_TOKEN)
    assert done.returncode == 0, done.stdout
    lock = json.loads((remote.folder / "config/models/demo.json").read_text())
    assert target.stat().st_size == lock["model"]["files"]["model.ckpt"]["size"]
    # The token goes to the Hub itself and never to the origin of large files.
    sent = {(origin, authorized) for origin, _, _, authorized in remote.hub.requests}
    assert sent == {("api", True), ("cdn", False)}


def test_without_a_lock_one_line_says_how_to_make_it(checkout):
    done = checkout.run("--dry-run", "--", "all")
    assert done.returncode != 0
    assert "config/models/stable-audio-open-small.json is missing" in done.stdout
    assert "snakemake --cores 1 lock" in done.stdout


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("steps=0", "the configuration: $.steps: 0 is less than the minimum of 1"),
        ("schemes={dit: int3}", "$.schemes.dit: 'int3' is not one of"),
        ("modle=x", "'modle' was unexpected"),
    ],
)
def test_a_wrong_setting_is_named(built, setting, message):
    done = built.run("--dry-run", *DEMO, "--config", setting, "--", "all")
    assert done.returncode != 0
    assert message in done.stdout


def test_below_a_gate_the_build_fails_and_says_so(built, tmp_path):
    shutil.copytree(built.folder, tmp_path / "copy", symlinks=True)
    copy = Checkout(tmp_path / "copy", built.caches)
    copy.edit("config/demo.yaml", "hub: local", "hub: local\ngates: {dit: {int8: 90}}")
    done = copy.run("--cores", "2", *DEMO, "--", "all")
    assert done.returncode != 0
    [line] = error_lines(done.stdout)
    assert "dit in int8 is" in line
    assert "below its gate of 90.0 dB" in line
    assert "gates.dit.int8" in line
