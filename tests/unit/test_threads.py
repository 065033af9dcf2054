"""Every program takes the number of threads that its rule says."""

import re
import subprocess
import sys

from support.checkout import ROOT

# Asks each library in a process of its own: torch and the runtime each start a pool once.
COUNT = """
import sys
sys.path.insert(0, "workflow/scripts")
import torch
from sao.generate.runtime import set_threads, threads
set_threads(3)
print("counted", torch.get_num_threads(), threads())
"""
RULE = """
rule all:
    output: "counted"
    threads: {threads}
    script: "script.py"
"""
SCRIPT = f"""
import subprocess
command = [{sys.executable!r}, "-c", {COUNT!r}]
done = subprocess.run(command, cwd={str(ROOT)!r}, capture_output=True, text=True, check=True)
with open(snakemake.output[0], "w") as file:
    file.write(done.stdout)
"""


def test_torch_takes_what_snakemake_says_and_the_runtime_what_it_is_told(tmp_path):
    (tmp_path / "Snakefile").write_text(RULE.format(threads=1))
    (tmp_path / "script.py").write_text(SCRIPT)
    command = [str(ROOT / ".venv/bin/snakemake"), "--cores", "2", "all"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    assert re.search(r"^counted 1 3$", (tmp_path / "counted").read_text(), re.MULTILINE)


def test_cores_do_not_change_what_is_cached_as_fp32():
    """`threads` of a rule is at most --cores: what is computed of it would be too."""
    names = ["held_out", "precision", "quantize"]
    scripts = [ROOT / f"workflow/scripts/{name}.py" for name in names]
    scripts += (ROOT / "workflow/scripts").glob("export_*.py")
    assert len(scripts) == 9
    for path in scripts:
        assert "torch.set_num_threads(THREADS)" in path.read_text(), path.name
