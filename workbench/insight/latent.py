"""The latent space of an encoder-decoder: codes of pictures, codes between and beside them, and what they decode to.

Kingma and Welling, "Auto-Encoding Variational Bayes", 2014, https://arxiv.org/abs/1312.6114, figure 4.
"""

from collections.abc import Iterable

import torch
from torch import Tensor, fx

from workbench.compiler.truncation import behind, truncate
from workbench.spec.record import Record

SMALLEST = 1e-12
"""Of a standard deviation: where all codes are the same, too, each has its place."""


class Plane(Record):
    """A plane in the space of codes: ``centre`` [d] and two ``directions`` [2, d], each one standard deviation long."""

    centre: Tensor
    directions: Tensor


class Halves:
    """A network, in eval mode, in two parts: up to the layer ``path``, and from there to ``output``, a picture."""

    def __init__(self, module: fx.GraphModule, path: str, output: str) -> None:
        node = next(node for node in module.graph.nodes if node.meta.get("path") == path)
        self._encoder, self._decoder = truncate(module, node.name), behind(module, path, output)

    def codes(self, batches: Iterable[Tensor]) -> Tensor:
        """Return the codes of pictures, float32 [N, ...], which come normalised in batches."""
        with torch.no_grad():
            return torch.cat([self._encoder(inputs).float() for inputs in batches])

    def pictures(self, codes: Tensor) -> Tensor:
        """Return what codes decode to: float32 [N, C, H, W], black is 0 and white 1."""
        with torch.no_grad():
            return self._decoder(codes).float()  # type: ignore[no-any-return]


def between(first: Tensor, last: Tensor, num_steps: int) -> Tensor:
    """Return codes on the line from one code to another, [num_steps, ...]; both ends are exact."""
    shares = torch.linspace(0, 1, num_steps, device=first.device).reshape(-1, *[1] * first.dim())
    return torch.lerp(first, last, shares)


def from_prior(shape: tuple[int, ...], num_codes: int, seed: int) -> Tensor:
    """Return draws from N(0, I), float32 [num_codes, *shape]."""
    return torch.randn(num_codes, *shape, generator=torch.Generator().manual_seed(seed))


def from_fitted(codes: Tensor, num_codes: int, seed: int) -> Tensor:
    """Return draws from the normal distribution with the mean and the covariance of ``codes`` [N, ...]: float32
    [num_codes, ...].
    """
    flat = codes.flatten(1)
    centred = flat - flat.mean(dim=0)
    # A sum of centred codes with standard normal weights has their covariance, however large that matrix would be.
    weights = from_prior((len(flat),), num_codes, seed).to(flat.device)
    drawn: Tensor = flat.mean(dim=0) + weights @ centred / max(len(flat) - 1, 1) ** 0.5
    return drawn.reshape(num_codes, *codes.shape[1:])


def plane_of(codes: Tensor) -> Plane:
    """Return the plane of the two principal components of ``codes`` [N, ...]; of two numbers, their own plane. Of one
    number, or of one code, the other direction is 0.
    """
    flat = codes.flatten(1)
    centre = flat.mean(dim=0)
    centred = (flat - centre) / max(len(flat) - 1, 1) ** 0.5
    if flat.shape[1] == 2:
        return Plane(centre=centre, directions=torch.diag(centred.norm(dim=0).clamp(min=SMALLEST)))
    _, sizes, ways = torch.linalg.svd(centred, full_matrices=False)
    directions = flat.new_zeros(2, flat.shape[1])
    directions[: len(sizes)] = sizes[:2, None].clamp(min=SMALLEST) * ways[:2]
    return Plane(centre=centre, directions=directions)
