"""The conditioners as an eager fp32 torch module, by the classes of their authors.

Needs torch, transformers, stable-audio-tools and safetensors.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from sao.model.loading import Traceable, frozen, load_strictly, read_weights
from sao.model.stable_audio import create_multi_conditioner_from_conditioning_config
from sao.model.weights import T5_PREFIX, T5_TIED


class Conditioners(nn.Module):
    """T5 encoder and number embedder.

    Inputs: input_ids and attention_mask, int64 (1, L); seconds_total, float32 (1,).
    Outputs: cross_attn_cond, float32 (1, L + 1, 768); cross_attn_mask, int64 (1, L + 1);
    global_cond, float32 (1, 768).
    Does what MultiConditioner and get_conditioning_inputs of stable-audio-tools do, from token ids.
    """

    def __init__(self, prompt: nn.Module, seconds_total: nn.Module, prompt_length: int) -> None:
        """Take the T5Conditioner, the NumberConditioner and L."""
        super().__init__()
        self.prompt_length = prompt_length
        self.unmasked = nn.Buffer(torch.ones(1, 1, dtype=torch.int64))
        self.t5 = prompt.model
        self.proj_out = prompt.proj_out
        self.embedder = seconds_total.embedder
        self.min_val = float(seconds_total.min_val)
        self.max_val = float(seconds_total.max_val)

    def forward(
        self, input_ids: Tensor, attention_mask: Tensor, seconds_total: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """See the class."""
        mask = attention_mask.float()
        text = self.t5(input_ids=input_ids, attention_mask=attention_mask)["last_hidden_state"]
        text = self.proj_out(text) * mask.reshape(1, -1, 1)
        clamped = seconds_total.clamp(self.min_val, self.max_val)
        normalized = (clamped - self.min_val) / (self.max_val - self.min_val)
        seconds = self.embedder(normalized)
        cross_attn_cond = torch.cat([text, seconds.reshape(1, 1, -1)], dim=1)
        cross_attn_mask = torch.cat([attention_mask, self.unmasked], dim=1)
        return cross_attn_cond, cross_attn_mask, seconds


def load_conditioners(path: str | os.PathLike, spiece: str | os.PathLike) -> Traceable:
    """Build the conditioners in fp32 from their weights file and T5's `spiece.model`."""
    config, tensors = read_weights(path)
    t5 = {n.removeprefix(T5_PREFIX): v for n, v in tensors.items() if n.startswith(T5_PREFIX)}
    rest = {n: v for n, v in tensors.items() if not n.startswith(T5_PREFIX)}
    with _t5_folder(config["t5"], t5, Path(spiece).resolve()):
        multi = create_multi_conditioner_from_conditioning_config(config["conditioning"])
    # T5Conditioner leaves its encoder in fp16 and outside the module tree: load it once more.
    tied = {T5_TIED: t5["shared.weight"]}
    load_strictly(multi.conditioners["prompt"].model, t5 | tied, f"{path} (T5)")
    load_strictly(multi, rest, path)
    length = config["shapes"]["prompt_length"]
    parts = multi.conditioners
    conditioners = Conditioners(parts["prompt"], parts["seconds_total"], length)
    position = torch.arange(length).unsqueeze(0)
    example = (position % 100, (position < 20).long(), torch.tensor([10.0]))
    return frozen(conditioners), example


@contextmanager
def _t5_folder(config: dict, tensors: dict[str, Tensor], spiece: Path) -> Iterator[None]:
    """Work in a folder where `t5-base`, as the config names the model, is a local one."""
    before = Path.cwd()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "t5-base"
        folder.mkdir()
        (folder / "config.json").write_text(json.dumps(config))
        (folder / "spiece.model").symlink_to(spiece)
        save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
        os.chdir(scratch)
        try:
            yield
        finally:
            os.chdir(before)
