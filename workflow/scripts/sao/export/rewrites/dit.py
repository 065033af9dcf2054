"""The DiT for XNNPACK: one delegate, fewer passes over the activations. Needs torch."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from sao.export.rewrites.modules import constant, linear, replace
from sao.export.rewrites.norms import NormByLinears, fold_gain, from_layer_norm
from sao.model.stable_audio import GLU, Attention, FourierFeatures, LayerNorm


def fold_pointwise_convolutions(module: nn.Module) -> None:
    """Put `conv(x) + x` before and after the transformer into its first and last linear layer."""
    dit = module.model
    transformer = dit.transformer
    before = _pointwise(dit.preprocess_conv)
    after = _pointwise(dit.postprocess_conv)
    transformer.project_in = linear(transformer.project_in.weight.detach().double() @ before)
    transformer.project_out = linear(after @ transformer.project_out.weight.detach().double())
    dit.preprocess_conv = dit.postprocess_conv = Nothing()


def multiply_frequencies(module: nn.Module) -> None:
    """Take the noise level's Fourier features by a product: the level is one number."""
    replace(module, FourierFeatures, FourierByProduct)


def fold_norm_gains(module: nn.Module) -> None:
    """Move each block's norms' gains and shifts into the linear layers that read the norms."""
    for block in module.model.transformer.layers:
        if block.global_cond_dim is not None:  # adaLN scales between norm and layer
            continue
        pairs = [(block.pre_norm, block.self_attn.to_qkv), (block.ff_norm, block.ff.ff[0].proj)]
        if block.cross_attend:
            pairs.append((block.cross_attend_norm, block.cross_attn.to_q))
        for norm, following in pairs:
            fold_gain(norm.gamma.detach(), norm.beta.detach(), following)
            norm.gamma = nn.Parameter(torch.ones_like(norm.gamma), requires_grad=False)
            norm.beta = torch.zeros_like(norm.beta)


def write_out_attention(module: nn.Module) -> None:
    """Write attention as three-dimensional products, with the rotary embedding as constants."""
    transformer = module.model.transformer
    angles = None
    if transformer.rotary_pos_emb is not None:
        prepended = 1 if module.model.global_cond_type == "prepend" else 0
        length = prepended + transformer.num_memory_tokens + module.latent_length
        angles, _ = transformer.rotary_pos_emb.forward_from_seq_len(length)
        transformer.rotary_pos_emb = None
    for block in transformer.layers:
        block.self_attn = PlainAttention(block.self_attn, angles)
        if block.cross_attend:
            block.cross_attn = PlainAttention(block.cross_attn, None)


def split_gates(module: nn.Module) -> None:
    """Give each gated layer two linear layers in place of one that is then cut in two."""
    replace(module, GLU, SplitGate)


def norms_by_linears(module: nn.Module) -> None:
    """Write the blocks' norms as linear layers and products."""
    replace(
        module,
        LayerNorm,
        lambda norm: NormByLinears(len(norm.gamma), norm.eps, norm.gamma, norm.beta, False),
    )


def write_out_forward(module: nn.Module) -> None:
    """Leave out of the transformer's call what this kind of model has no use for."""
    dit = module.model
    plain = dit.global_cond_type == "prepend" and dit.timestep_cond_type == "global"
    if plain and dit.patch_size == 1 and dit.transformer.num_memory_tokens == 0:
        module.model = PlainTransformer(dit)


REWRITES = (
    fold_pointwise_convolutions,
    multiply_frequencies,
    fold_norm_gains,
    write_out_attention,
    split_gates,
    norms_by_linears,
    write_out_forward,
)


class PlainTransformer(nn.Module):
    """DiffusionTransformer.forward of stable-audio-tools, for a prepended global conditioning."""

    def __init__(self, dit: nn.Module) -> None:
        """Take the DiffusionTransformer."""
        super().__init__()
        self.dit = dit

    def forward(
        self, x: Tensor, t: Tensor, cross_attn_cond: Tensor, global_embed: Tensor
    ) -> Tensor:
        """Return the velocity; shapes as in sao.model.dit.Dit."""
        dit, transformer = self.dit, self.dit.transformer
        context = dit.to_cond_embed(cross_attn_cond)
        level = dit.to_timestep_embed(dit.timestep_features(t.reshape(1, 1)))
        first = (dit.to_global_embed(global_embed) + level).reshape(1, 1, -1)
        x = dit.preprocess_conv(x) + x
        x = torch.cat([first, transformer.project_in(x.permute(0, 2, 1))], dim=1)
        rotary = transformer.rotary_pos_emb
        angles = None if rotary is None else rotary.forward_from_seq_len(x.shape[1])
        for layer in transformer.layers:
            x = layer(x, rotary_pos_emb=angles, context=context)
        x = transformer.project_out(x[:, 1:]).permute(0, 2, 1)
        return dit.postprocess_conv(x) + x


class Nothing(nn.Module):
    """What is added where a folded convolution was."""

    def forward(self, x: Tensor) -> float:
        """Return zero."""
        return 0.0


class FourierByProduct(nn.Module):
    """cos and sin of 2 pi w t. Input t, float32 (1, 1); output float32 (1, 2 * frequencies)."""

    def __init__(self, features: FourierFeatures) -> None:
        """Take stable-audio-tools' FourierFeatures of one input."""
        super().__init__()
        self.frequencies = constant(2 * math.pi * features.weight.detach().double().T)

    def forward(self, t: Tensor) -> Tensor:
        """See the class."""
        angles = t * self.frequencies
        return torch.cat([angles.cos(), angles.sin()], dim=-1)


class SplitGate(nn.Module):
    """a(x) * silu(b(x)), float32 (..., in) to (..., out).

    Source: SwiGLU; Shazeer, 2020, arXiv:2002.05202.
    """

    def __init__(self, gate: GLU) -> None:
        """Take stable-audio-tools' GLU, whose linear layer holds both."""
        super().__init__()
        weights, biases = gate.proj.weight.detach().chunk(2), gate.proj.bias.detach().chunk(2)
        self.value, self.gate = (linear(w, b) for w, b in zip(weights, biases, strict=True))

    def forward(self, x: Tensor) -> Tensor:
        """See the class."""
        gate = self.gate(x)
        return self.value(x) * (gate * torch.sigmoid(gate))


class PlainAttention(nn.Module):
    """Softmax attention over heads, from x, float32 (1, N, dim), and context or x itself.

    Source: Vaswani et al., 2017, arXiv:1706.03762, with normalised queries and keys and a rotary
    embedding (Su et al., 2021, arXiv:2104.09864) of half of each head, as stable-audio-tools does.
    """

    def __init__(self, attention: Attention, angles: Tensor | None) -> None:
        """Take stable-audio-tools' Attention; the rotary angles, (N, size / 2), or none."""
        super().__init__()
        self.heads, self.size = attention.num_heads, attention.dim_heads
        weights, biases = _projections(attention)
        scale = self.size**-0.5
        if attention.qk_norm == "ln":
            # A norm's mean over a head is a sum of rows of the projection: take it out there.
            weights[:2] = [self._centred(weight) for weight in weights[:2]]
            biases[:2] = [self._centred(bias) for bias in biases[:2]]
            self.query_norm = from_layer_norm(attention.q_norm, centred=True, scale=scale)
            self.key_norm = from_layer_norm(attention.k_norm, centred=True)
        else:
            weights[0], biases[0] = weights[0] * scale, biases[0] * scale
            self.query_norm = self.key_norm = nn.Identity()
        self.query, self.key, self.value = map(linear, weights, biases)
        self.out = linear(attention.to_out.weight)
        self.half = 0 if angles is None else angles.shape[-1] // 2
        if angles is not None and self.half:
            # In fp64, rounded once: in fp32 cosines and sines of processors differ in the last bit.
            first = angles[:, : self.half].double().reshape(-1, 1, self.half)
            self.cos, self.sin = constant(first.cos()), constant(first.sin())

    def _centred(self, rows: Tensor) -> Tensor:
        by_head = rows.double().reshape(self.heads, self.size, -1)
        return (by_head - by_head.mean(dim=1, keepdim=True)).reshape(rows.shape)

    def _by_head(self, x: Tensor) -> Tensor:
        return x.reshape(x.shape[1], self.heads, self.size)

    def _rotate(self, x: Tensor) -> Tensor:
        """Turn the first dimensions of x, (N, heads, size), by their position."""
        if not self.half:
            return x
        n = self.half
        first, second, rest = x[..., :n], x[..., n : 2 * n], x[..., 2 * n :]
        turned = [first * self.cos - second * self.sin, second * self.cos + first * self.sin]
        return torch.cat([*turned, rest], dim=-1)

    def forward(self, x: Tensor, context: Tensor | None = None, **_: object) -> Tensor:
        """Return float32 (1, N, dim)."""
        context = x if context is None else context
        query = self._rotate(self.query_norm(self._by_head(self.query(x)))).permute(1, 0, 2)
        key = self._rotate(self.key_norm(self._by_head(self.key(context)))).permute(1, 2, 0)
        value = self._by_head(self.value(context)).permute(1, 0, 2)
        weights = torch.softmax(torch.bmm(query, key), dim=-1)
        mixed = torch.bmm(weights, value).permute(1, 0, 2)
        return self.out(mixed.reshape(1, -1, self.heads * self.size))


def _pointwise(convolution: nn.Conv1d) -> Tensor:
    """Return the matrix of `conv(x) + x` for a convolution of one tap, fp64."""
    return convolution.weight.detach()[:, :, 0].double() + torch.eye(convolution.out_channels)


def _projections(attention: Attention) -> tuple[list[Tensor], list[Tensor]]:
    """Return the weights and the biases of query, key and value."""
    fused = [attention.to_qkv] if hasattr(attention, "to_qkv") else None
    layers = fused or [attention.to_q, attention.to_kv]
    weight = torch.cat([layer.weight.detach() for layer in layers])
    biases = [
        torch.zeros(len(layer.weight)) if layer.bias is None else layer.bias.detach()
        for layer in layers
    ]
    bias = torch.cat(biases)
    return list(weight.chunk(3)), list(bias.chunk(3))
