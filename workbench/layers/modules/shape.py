"""Reshaping as modules, so that it has a name in the compiled network like any other layer."""

from torch import Tensor, nn


class Reshape(nn.Module):
    """The same elements in another shape; the batch stays."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        super().__init__()
        self.shape = tuple(shape)

    def forward(self, x: Tensor) -> Tensor:
        """x: [N, ...] -> [N, *shape]."""
        return x.reshape(x.shape[0], *self.shape)


class Slice(nn.Module):
    """The entries from ``start`` up to ``stop`` along ``dim``; to the end if ``stop`` is None."""

    def __init__(self, start: int = 0, stop: int | None = None, dim: int = 1) -> None:
        super().__init__()
        self.start = start
        self.stop = stop
        self.dim = dim

    def forward(self, x: Tensor) -> Tensor:
        """x: [..., D, ...] -> [..., stop - start, ...]."""
        stop = x.shape[self.dim] if self.stop is None else self.stop
        return x.narrow(self.dim, self.start, stop - self.start)


class Halve(nn.Module):
    """The first and the second half of the channels."""

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """x: [N, C, ...] -> [N, C / 2, ...] twice."""
        first, second = x.chunk(2, dim=1)
        return first, second


class CenterCrop(nn.Module):
    """The centre of a picture, in the size of another one."""

    def forward(self, x: Tensor, like: Tensor) -> Tensor:
        """x: [N, C, H, W], like: [N, D, h, w] -> [N, C, h, w]."""
        height, width = like.shape[-2:]
        top, left = (x.shape[-2] - height) // 2, (x.shape[-1] - width) // 2
        return x[..., top : top + height, left : left + width]


class Permute(nn.Module):
    """The dimensions in another order, the batch counting as 0."""

    def __init__(self, dims: tuple[int, ...]) -> None:
        super().__init__()
        self.dims = tuple(dims)

    def forward(self, x: Tensor) -> Tensor:
        """x: [N, ...] -> [N, ...] in the order of ``dims``."""
        return x.permute(self.dims)
