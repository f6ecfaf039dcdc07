"""Activations that torch lacks."""

from torch import Tensor, nn


class Maxout(nn.Module):
    """The largest of each ``num_pieces`` neighbouring entries along ``dim``."""

    def __init__(self, num_pieces: int, dim: int = 1) -> None:
        super().__init__()
        self.num_pieces = num_pieces
        self.dim = dim

    def forward(self, x: Tensor) -> Tensor:
        """x: [..., C, ...] -> [..., C / num_pieces, ...]."""
        dim = self.dim % x.ndim
        pieces: Tensor = x.unflatten(dim, (-1, self.num_pieces))
        return pieces.amax(dim + 1)
