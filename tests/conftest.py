"""What all tests share."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture(scope="session")
def tiny_shape() -> dict:
    """The smallest random model whose parts all work."""
    return {
        "seed": 3,
        "pieces": 300,
        "t5": {"num_layers": 1, "num_heads": 2, "d_ff": 64, "vocab_size": 400},
        "dit": {"embed_dim": 64, "depth": 1, "num_heads": 2},
        "autoencoder": {"channels": 4},
    }


@pytest.fixture(scope="session")
def repositories(tmp_path_factory, tiny_shape) -> Path:
    """A folder with the repositories `local/tiny` and `local/tiny-t5`."""
    from demo.random_model import write

    folder = tmp_path_factory.mktemp("hub")
    write(folder, "tiny", tiny_shape)
    return folder


@pytest.fixture
def fetch_script(root):
    """Return the code of a program that fetches one file: arguments SOURCE (JSON), NAME, TARGET."""
    paths = [str(root / "workflow/scripts"), str(root / "workflow")]
    return f"""
import json, os, sys
sys.path[:0] = {paths!r}
from sao.hub.download import fetch
from sao.errors import BuildError
from sao.hub.connection import connect
os.umask(0o077)
source, name, target = json.loads(sys.argv[1]), *sys.argv[2:]
try:
    fetch(connect(), source, name, target, sys.stderr)
except BuildError as error:
    print(error)
    sys.exit(1)
"""


@pytest.fixture(scope="session")
def weights(tmp_path_factory, repositories) -> Path:
    """A folder with the tiny model's weights, split as `verify` does."""
    from sao.files import read_json
    from sao.model.checkpoint import read_checkpoint, save_weights, split_weights

    model, t5 = repositories / "local/tiny", repositories / "local/tiny-t5"
    folder = tmp_path_factory.mktemp("weights")
    parts = split_weights(
        read_checkpoint(model / "model.ckpt"),
        t5 / "model.safetensors",
        read_json(model / "model_config.json"),
        read_json(t5 / "config.json"),
    )
    for submodule, (config, tensors) in parts.items():
        save_weights(folder / f"{submodule}.safetensors", config, tensors)
    return folder


@pytest.fixture(scope="session")
def load(weights, repositories):
    """A function: a submodule's name to the tiny model's eager module and example inputs."""
    from sao.model.autoencoder import load_decoder, load_encoder
    from sao.model.conditioners import load_conditioners
    from sao.model.dit import load_dit
    from sao.submodules import whole

    spiece = repositories / "local/tiny-t5/spiece.model"
    loaders = {
        "conditioners": lambda path: load_conditioners(path, spiece),
        "dit": load_dit,
        "autoencoder": load_decoder,
        "autoencoder_encoder": load_encoder,
    }
    return lambda program: loaders[program](weights / f"{whole(program)}.safetensors")
