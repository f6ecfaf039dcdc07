"""Denoising: noise on every pixel of the input."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from workbench.data.corruption import Corruption

if TYPE_CHECKING:
    from torch import Tensor


class Noise(Corruption):
    """Adds Gaussian noise to the input: the network learns to remove it.

    A denoising autoencoder (Vincent, Larochelle, Bengio, Manzagol 2008, https://doi.org/10.1145/1390156.1390294). The
    input stays a picture: its values are rounded, and kept within black and white.
    """

    strength: Annotated[
        float, Meta(gt=0, le=2, description="standard deviation of the noise, with black 0 and white 1")
    ] = 0.2

    def apply(self, pictures: Tensor, keys: Tensor) -> Tensor:
        """Random draws: a normal number for each pixel and channel."""
        import torch

        from workbench.data.varying.noise import normals

        noise = normals(keys, pictures[0].numel()).view(pictures.shape)
        return noise.mul_(255 * self.strength).add_(pictures).round_().clamp_(0, 255).to(torch.uint8)
