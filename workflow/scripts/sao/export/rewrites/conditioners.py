"""The conditioners for XNNPACK: T5's encoder without masks, buckets and casts. Needs torch."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from transformers.models.t5.modeling_t5 import T5Attention, T5DenseActDense, T5LayerNorm

from sao.export.rewrites.modules import constant, replace
from sao.export.rewrites.norms import NormByLinears, fold_gain

# Added to the scores of masked positions. Its exponential is zero; half precision can hold it.
MASKED = -1e4


def fold_norm_gains(module: nn.Module) -> None:
    """Move the gains of T5's norms into the linear layers that read the norms."""
    for block in module.t5.encoder.block:
        attention, dense = block.layer[0], block.layer[-1]
        readers = [getattr(attention.SelfAttention, name) for name in "qkv"]
        _fold(attention.layer_norm, readers)
        if isinstance(dense.DenseReluDense, T5DenseActDense):
            _fold(dense.layer_norm, [dense.DenseReluDense.wi])


def write_out_encoder(module: nn.Module) -> None:
    """Write T5's encoder for one length, its relative positions as constants."""
    module.t5 = PlainEncoder(module.t5.encoder, module.prompt_length)


def norms_by_linears(module: nn.Module) -> None:
    """Write T5's norms as linear layers and products."""
    replace(
        module,
        T5LayerNorm,
        lambda n: NormByLinears(len(n.weight), n.variance_epsilon, n.weight, None, centred=True),
    )


REWRITES = (fold_norm_gains, write_out_encoder, norms_by_linears)


class PlainEncoder(nn.Module):
    """T5's encoder (Raffel et al., 2019, arXiv:1910.10683) for L tokens.

    Inputs: input_ids and attention_mask, int64 (1, L). Output: {"last_hidden_state": float32
    (1, L, width)}, as Hugging Face's class names it.
    """

    def __init__(self, stack: nn.Module, length: int) -> None:
        """Take Hugging Face's T5Stack."""
        super().__init__()
        self.embed_tokens = stack.embed_tokens
        first = stack.block[0].layer[0].SelfAttention
        self.position_bias = constant(first.compute_bias(length, length)[0])
        self.attention_norms = nn.ModuleList(block.layer[0].layer_norm for block in stack.block)
        self.attentions = nn.ModuleList(
            PlainSelfAttention(block.layer[0].SelfAttention) for block in stack.block
        )
        self.dense = nn.ModuleList(block.layer[-1] for block in stack.block)
        self.final_layer_norm = stack.final_layer_norm

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> dict[str, Tensor]:
        """See the class."""
        hidden = self.embed_tokens(input_ids)
        masked = (1 - attention_mask.to(hidden.dtype)) * MASKED
        bias = self.position_bias + masked.reshape(1, 1, -1)
        layers = zip(self.attention_norms, self.attentions, self.dense, strict=True)
        for norm, attention, dense in layers:
            hidden = dense(hidden + attention(norm(hidden), bias))
        return {"last_hidden_state": self.final_layer_norm(hidden)}


class PlainSelfAttention(nn.Module):
    """T5's attention; it does not scale the scores. Input and output float32 (1, L, width)."""

    def __init__(self, attention: T5Attention) -> None:
        """Take Hugging Face's T5Attention."""
        super().__init__()
        self.heads = attention.n_heads
        self.q, self.k, self.v, self.o = attention.q, attention.k, attention.v, attention.o

    def forward(self, x: Tensor, bias: Tensor) -> Tensor:
        """Add `bias`, (heads, L, L), to the scores."""
        query, key, value = (
            layer(x).reshape(x.shape[1], self.heads, -1) for layer in (self.q, self.k, self.v)
        )
        scores = torch.bmm(query.permute(1, 0, 2), key.permute(1, 2, 0)) + bias
        mixed = torch.bmm(torch.softmax(scores, dim=-1), value.permute(1, 0, 2))
        return self.o(mixed.permute(1, 0, 2).reshape(1, x.shape[1], -1))


def _fold(norm: T5LayerNorm, readers: list[nn.Linear]) -> None:
    gain = norm.weight.detach()
    for reader in readers:
        fold_gain(gain, torch.zeros_like(gain), reader)
    norm.weight = nn.Parameter(torch.ones_like(gain), requires_grad=False)
