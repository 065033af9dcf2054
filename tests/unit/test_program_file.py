"""`.pt2` files with their constants, and what a `.pte` then says of itself."""

import runpy
import subprocess
import sys

import torch
from executorch.runtime import Runtime
from torch import nn

from sao.export.exporting import export_program
from sao.export.program_file import load_program, save_program
from sao.lower.lowering import lower, save
from sao.model.loading import read_constants
from sao.quantize.quantizers import quantize
from support.disks import with_small_disk

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


def test_what_is_quantized_anew_is_the_same_bytes(tmp_path):
    net = nn.Sequential(nn.Linear(64, 64), nn.SiLU(), nn.Linear(64, 64)).eval()
    save_program(torch.export.export(net, (torch.ones(1, 64),)), {}, tmp_path / "x")
    kept, written = [], []
    for _ in range(2):
        program, _ = load_program(tmp_path / "x")
        # As long as one is there the other's address is another.
        kept.append(quantize(program, "int8_dynamic_throughout"))
        assert "graph_id" in str([node.meta.get("from_node") for node in kept[-1].graph.nodes])
        save_program(kept[-1], {}, tmp_path / "quantized")
        written.append((tmp_path / "quantized").read_bytes())
    assert written[0] == written[1]


SOURCE = """
from torch import nn


class Net(nn.Module):
    def forward(self, x):
        return x.exp() + 1
"""


def test_a_comment_or_another_folder_leaves_the_bytes_as_they_are(tmp_path):
    sources = {"a": SOURCE, "b/c": "# A comment.\n" + SOURCE, "d": SOURCE.replace("+ 1", "+ 2")}
    written = []
    for folder, source in sources.items():
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "net.py").write_text(source)
        net = runpy.run_path(str(tmp_path / folder / "net.py"))["Net"]()
        program = torch.export.export(net, (torch.ones(3),))
        assert str(tmp_path / folder / "net.py") in str([n.meta for n in program.graph.nodes])
        save_program(program, CONSTANTS, tmp_path / folder / "net.pt2")
        written.append((tmp_path / folder / "net.pt2").read_bytes())
    assert written[0] == written[1]
    assert written[0] != written[2]
    assert str(tmp_path).encode() not in written[0]


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


FULL = """
import sys
sys.path[:0] = sys.argv[1:]
import torch
from sao.errors import BuildError
from sao.export.program_file import save_program
program = torch.export.export(torch.nn.Linear(700, 700), (torch.ones(1, 700),))
try:
    save_program(program, {}, "small/net.pt2")
except BuildError as error:
    print(error)
"""


def test_a_full_disk_is_said_where_torch_would_end_the_process(tmp_path, root):
    (tmp_path / "small").mkdir()
    program = [sys.executable, "-c", FULL, root / "workflow/scripts", root / "workflow"]
    command = with_small_disk(tmp_path / "small", "1m", *program)
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.startswith("small/net.pt2: the disk is full, 2 MB are to be")
