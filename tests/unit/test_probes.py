"""What the machine's limits are found with."""

import numpy as np

from sao.benchmark.probes import write_probes
from sao.generate.cases import load_cases
from sao.generate.exported import Exported
from sao.generate.runtime import load_program


def test_each_probe_computes_the_same_product(tmp_path):
    files = write_probes(tmp_path)
    [case] = load_cases(files["inputs"][0])
    [expected] = Exported(files["torch_fp32"][0])(case["value"])
    errors = {
        name: np.abs(load_program(files[name])(case["value"])[0] - expected).max()
        for name in ("fp32", "fp16", "int8")
    }
    assert errors["fp32"] < 1e-4
    # A machine that computes in fp16 sums in fp16 too: 0.05; others in fp32, 0.001.
    assert 1e-4 < errors["fp16"] < 1e-1
    assert 1e-2 < errors["int8"] < 1e-1
