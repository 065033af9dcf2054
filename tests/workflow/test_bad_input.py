"""What a person is told, by the real rules."""

import platform

import pytest

from support.checkout import DEMO, NATIVE, Checkout, error_lines


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("steps=0", "the configuration: $.steps: 0 is less than the minimum of 1"),
        ("schemes={dit: int3}", "$.schemes.dit: 'int3' is not one of"),
        ("modle=x", "'modle' was unexpected"),
        ("ssh={host: -oProxyCommand=x}", "$.ssh.host: '-oProxyCommand=x' does not match"),
    ],
)
def test_a_wrong_setting_is_named(built, setting, message):
    done = built.run("--dry-run", *DEMO, "--config", setting, "--", "all")
    assert done.returncode != 0
    assert message in done.stdout


@pytest.mark.parametrize("target", [NATIVE, "python"])
def test_a_path_of_another_target_has_no_rule(built, target):
    """It would run here and be kept, and cached, under the other's name."""
    own = f"{platform.machine()}{'-python' if target == 'python' else ''}"
    asked = ("--dry-run", *DEMO, "--config", f"target={target}", "--")
    assert built.run(*asked, f"results/demo/smoke/{own}/birds.wav").returncode == 0
    for other in {"ssh-foo", "ssh-foo-python", "x86_64-python", "x86_64"} - {own}:
        for name in ("birds.wav", "compare.dit.int8.json"):
            done = built.run(*asked, f"results/demo/smoke/{other}/{name}")
            assert done.returncode != 0
            assert f"No rule to produce results/demo/smoke/{other}/{name}" in done.stdout


@pytest.mark.parametrize(
    ("key", "old", "new"),
    [
        ("smoke.birds", "seconds: 5", "seconds: 30"),
        ("smoke.birds", "seconds: 5", "seconds: 0.00001"),
        ("held_out[1]", "seconds: 6", "seconds: 12"),
    ],
)
def test_a_length_that_the_model_does_not_make_stops_before_the_build(
    built, tmp_path, key, old, new
):
    checkout = Checkout.make(tmp_path / "new", built.caches)
    checkout.edit("config/prompts.yaml", old, new)
    done = checkout.run("--cores", "1", *DEMO, "--", "all")
    assert done.returncode != 0
    [line] = error_lines(done.stdout)
    assert f"config/prompts.yaml: {key}.seconds: " in line
    assert "this model makes sounds of one sample to 11.89 s; change it" in line
    assert not (checkout.folder / "results/demo/exported").exists()


def test_below_a_gate_the_build_fails_and_says_so(built, target, tmp_path):
    copy = built.copy(tmp_path / "copy")
    # What int8 cannot hold is put into fp32: a gate that fp32 misses is missed.
    gate = "hub: local\nschemes: {dit: fp32}\ngates: {dit: {fp32: 200}}"
    copy.edit("config/demo.yaml", "hub: local", gate)
    scored = f"results/demo/smoke/{target}/compare.dit.fp32.json"
    done = copy.run("--cores", "2", *DEMO, "--", scored)
    assert done.returncode != 0
    [line] = error_lines(done.stdout)
    assert "dit in fp32 is" in line
    assert "below its gate of 200.0 dB" in line
    assert "gates.dit.fp32" in line
