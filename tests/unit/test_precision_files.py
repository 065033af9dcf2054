"""What was decided of a program, where it is read."""

import pytest

from sao.errors import BuildError
from sao.files import sha256, write_json
from sao.quantize.decided import Decided, Site, as_json, read_precision

SITES = [Site("conv2d_1", "int8"), Site("conv2d_2", "w8a16", 0.5), Site("conv2d_3", "fp32")]


@pytest.fixture
def weights(tmp_path):
    path = tmp_path / "dit.safetensors"
    path.write_bytes(b"one")
    return path


def test_what_was_written_is_read(weights, tmp_path):
    decided = Decided(SITES, {"conv2d": (0.25, 3)})
    write_json(tmp_path / "dit.json", as_json(decided) | {"weights_sha256": sha256(weights)})
    read = read_precision(tmp_path / "dit.json", weights)
    assert read.sites == SITES
    assert tuple(read.ranges["conv2d"]) == (0.25, 3)
    assert decided.low() == ["conv2d_1", "conv2d_2"]
    assert decided.steps() == {"conv2d_2": 0.5}


def test_a_decision_is_refused_for_other_weights(weights, tmp_path):
    path = tmp_path / "dit.int8.json"
    write_json(path, {"weights_sha256": sha256(weights), "sites": []})
    assert read_precision(path, weights).sites == []
    weights.write_bytes(b"two")
    with pytest.raises(BuildError, match=f"{path}: decided for other weights"):
        read_precision(path, weights)


def test_a_piece_takes_its_own_part_of_the_sites_by_their_order():
    decided = Decided(SITES)
    head = decided.of("autoencoder_head", ["conv2d_1"])
    assert head.sites == [Site("conv2d_1", "int8")]
    tail = decided.of("autoencoder_tail", ["conv2d", "conv2d_7"])
    assert tail.sites == [Site("conv2d", "w8a16", 0.5), Site("conv2d_7", "fp32")]
    assert decided.of("autoencoder", [site.name for site in SITES]).sites == SITES


def test_sites_of_another_graph_are_refused():
    with pytest.raises(BuildError, match=r"autoencoder: what was decided .* is of another graph"):
        Decided(SITES).of("autoencoder", ["conv2d_1", "conv2d_2"])
