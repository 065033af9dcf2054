import os
from pathlib import Path

import pytest
import torch
from safetensors import safe_open

from sao.errors import BuildError
from sao.files import read_json
from sao.model.checkpoint import read_checkpoint, save_weights, split_weights
from sao.model.shapes import model_shapes
from sao.submodules import SUBMODULES


class Attack:
    def __init__(self, command):
        self.command = command

    def __reduce__(self):
        return os.system, (self.command,)


def test_a_pickle_that_runs_code_is_refused_before_it_runs(tmp_path):
    marker = tmp_path / "it-ran"
    torch.save({"state_dict": {}, "x": Attack(f"touch {marker}")}, tmp_path / "model.ckpt")
    with pytest.raises(BuildError, match=r"model\.ckpt: refused, its pickle asks for .*system"):
        read_checkpoint(tmp_path / "model.ckpt")
    assert not marker.exists()


@pytest.mark.parametrize("content", [b"", b"<html>please log in</html>"])
def test_what_is_no_checkpoint_is_refused(tmp_path, content):
    (tmp_path / "model.ckpt").write_bytes(content)
    with pytest.raises(BuildError, match="not a checkpoint that torch can read"):
        read_checkpoint(tmp_path / "model.ckpt")


def test_a_truncated_checkpoint_is_refused(tmp_path, repositories):
    whole = (repositories / "local/tiny/model.ckpt").read_bytes()
    (tmp_path / "model.ckpt").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(BuildError, match="not a checkpoint that torch can read"):
        read_checkpoint(tmp_path / "model.ckpt")


def test_split_keeps_every_tensor_once(repositories, weights):
    checkpoint = read_checkpoint(repositories / "local/tiny/model.ckpt")
    names = set()
    for submodule, description in SUBMODULES.items():
        with safe_open(weights / f"{submodule}.safetensors", framework="pt") as file:
            for name in file.keys():  # noqa: SIM118  (no mapping)
                original = description.checkpoint_prefix + name
                if original in checkpoint:
                    names.add(original)
                    assert torch.equal(file.get_tensor(name), checkpoint[original])
                else:
                    assert name.startswith("t5.")
    assert names == set(checkpoint)


def test_a_tensor_of_no_submodule_is_named(repositories):
    model, t5 = repositories / "local/tiny", repositories / "local/tiny-t5"
    with pytest.raises(BuildError, match=r"tensor discriminator\.x belongs to no submodule"):
        split_weights(
            {"discriminator.x": torch.zeros(1)},
            t5 / "model.safetensors",
            read_json(model / "model_config.json"),
            read_json(t5 / "config.json"),
        )


def test_weights_files_are_the_same_bytes_each_time(tmp_path):
    tensors = {"b": torch.ones(2), "a": torch.zeros(3)}
    for name in "12":
        save_weights(tmp_path / name, {"x": 1, "y": [2]}, tensors)
    assert Path(tmp_path / "1").read_bytes() == Path(tmp_path / "2").read_bytes()


def test_a_config_of_another_model_is_refused():
    with pytest.raises(BuildError, match=r"model_config\.json: no 'conditioning'"):
        model_shapes({"model_type": "autoencoder", "model": {}})
