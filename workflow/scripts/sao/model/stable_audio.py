"""The classes that this build uses of stable-audio-tools, imported without what they do not need.

0.0.19 imports `k_diffusion` (which pulls in scikit-image, clip and more) and `torchaudio` (which
has no CPU build for torch 2.13 on PyPI) at the top of modules that this build imports; nothing
that it calls uses them. So they are stood in for during the import, and only then.
"""

from __future__ import annotations

import importlib.util
import sys
from types import ModuleType


class _Absent(ModuleType):
    """A module whose names can be imported but not used."""

    __path__: list[str] = []

    def __getattr__(self, name: str):
        if name.startswith("__"):
            raise AttributeError(name)

        def unusable(*_args, **_kwargs):
            raise ImportError(f"{self.__name__}.{name} is a stand-in: this build must not call it")

        return unusable


_stand_ins = {
    name: _Absent(name)
    for name in ("k_diffusion", "torchaudio", "torchaudio.transforms")
    if importlib.util.find_spec(name.partition(".")[0]) is None
}
sys.modules.update(_stand_ins)

from stable_audio_tools.models.autoencoders import ResidualUnit  # noqa: E402
from stable_audio_tools.models.blocks import FourierFeatures, SnakeBeta  # noqa: E402
from stable_audio_tools.models.conditioners import (  # noqa: E402
    NumberConditioner,
    create_multi_conditioner_from_conditioning_config,
)
from stable_audio_tools.models.diffusion import (  # noqa: E402
    ConditionedDiffusionModelWrapper,
    DiTWrapper,
)
from stable_audio_tools.models.factory import create_pretransform_from_config  # noqa: E402
from stable_audio_tools.models.transformer import GLU, Attention, LayerNorm  # noqa: E402

for _name in _stand_ins:
    del sys.modules[_name]

__all__ = [
    "GLU",
    "Attention",
    "ConditionedDiffusionModelWrapper",
    "DiTWrapper",
    "FourierFeatures",
    "LayerNorm",
    "NumberConditioner",
    "ResidualUnit",
    "SnakeBeta",
    "create_multi_conditioner_from_conditioning_config",
    "create_pretransform_from_config",
]
