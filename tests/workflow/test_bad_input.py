"""What a person is told, by the real rules."""

import platform
import shutil

import pytest

from support.checkout import DEMO, NATIVE, Checkout, error_lines


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
