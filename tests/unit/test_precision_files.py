"""What was decided of a program, where it is read."""

import pytest

from sao.errors import BuildError
from sao.files import sha256, write_json
from sao.quantize.decided import read_precision


def test_a_decision_is_refused_for_other_weights(tmp_path):
    weights, decided = tmp_path / "dit.safetensors", tmp_path / "dit.int8.json"
    weights.write_bytes(b"one")
    write_json(decided, {"weights_sha256": sha256(weights), "int8": []})
    assert read_precision(decided, weights)["int8"] == []
    weights.write_bytes(b"two")
    with pytest.raises(BuildError, match=f"{decided}: decided for other weights"):
        read_precision(decided, weights)
