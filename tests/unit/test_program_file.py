"""`.pt2` files with their constants, and what a `.pte` then says of itself."""

import torch
from executorch.runtime import Runtime
from torch import nn

from sao.export.exporting import export_program
from sao.export.program_file import load_program, save_program
from sao.lower.lowering import lower, save
from sao.model.loading import read_constants

CONSTANTS = {"sample_size": 524288, "sample_rate": 22050}


def test_constants_go_with_the_program_and_the_bytes_are_the_same_each_time(tmp_path):
    torch.manual_seed(0)
    program = torch.export.export(nn.Linear(3, 2).eval(), (torch.ones(1, 3),))
    files = [tmp_path / folder / "program.pt2" for folder in "ab"]
    for path in files:
        save_program(program, CONSTANTS, path)
    assert files[0].read_bytes() == files[1].read_bytes()
    loaded, constants = load_program(files[0])
    assert constants == CONSTANTS
    # As quantize does, which writes what it has read.
    save_program(loaded, constants, files[1])
    assert load_program(files[1])[1] == CONSTANTS


def test_the_pte_gives_the_rate_and_length_of_the_weights_config(weights, tmp_path):
    constants = read_constants(weights / "dit.safetensors")
    assert constants == {"sample_rate": 44100, "sample_size": 524288}
    example = (torch.ones(1, 3),)
    export_program(nn.Linear(3, 2).eval(), example, constants, "eager", tmp_path / "a.pt2")
    save(lower(*_for_xnnpack(*load_program(tmp_path / "a.pt2"))), tmp_path / "a.pte")
    program = Runtime.get().load_program(str(tmp_path / "a.pte"))
    assert program.method_names == {"forward", *constants}
    for name, value in constants.items():
        assert program.load_method(name).execute([]) == [value]


def _for_xnnpack(program, constants):
    return program, ["xnnpack"], constants
