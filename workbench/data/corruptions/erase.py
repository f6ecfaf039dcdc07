"""Inpainting: a hole in the input."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from workbench.data.corruption import Corruption

if TYPE_CHECKING:
    from torch import Tensor


class Erase(Corruption):
    """Blacks out a rectangle of the input: the network learns to fill it in.

    Inpainting, as of the context encoders (Pathak et al. 2016, arXiv:1604.07379).
    """

    side: Annotated[float, Meta(gt=0, le=1, description="sides of the hole as a fraction of the picture's")] = 0.4

    def apply(self, pictures: Tensor, keys: Tensor) -> Tensor:
        """Random draws: vertical position, horizontal position."""
        import torch

        from workbench.data.varying.noise import uniforms_of

        draws = uniforms_of(keys, 2)
        inside = []
        for length, draw in zip(pictures.shape[2:], draws.unbind(1), strict=True):
            hole = max(round(self.side * length), 1)
            begin = (draw * (length - hole + 1)).long()[:, None]
            place = torch.arange(length, device=pictures.device)
            inside.append((place >= begin) & (place < begin + hole))
        down, right = inside
        return pictures.masked_fill((down[:, :, None] & right[:, None, :])[:, None], 0)
