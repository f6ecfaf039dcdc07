"""Reshaping as modules, so that it has a name in the compiled network like any other layer."""

from torch import Tensor, nn


class Reshape(nn.Module):
    """The same numbers in another shape; the batch stays."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        super().__init__()
        self.shape = tuple(shape)

    def forward(self, x: Tensor) -> Tensor:
        """x: [N, ...] -> [N, *shape]."""
        return x.reshape(x.shape[0], *self.shape)

    def extra_repr(self) -> str:
        """Shown in a module's print."""
        return str(self.shape)


class Permute(nn.Module):
    """The dimensions in another order, the batch counted as 0."""

    def __init__(self, dims: tuple[int, ...]) -> None:
        super().__init__()
        self.dims = tuple(dims)

    def forward(self, x: Tensor) -> Tensor:
        """x: [N, ...] -> [N, ...] in the order of ``dims``."""
        return x.permute(self.dims)

    def extra_repr(self) -> str:
        """Shown in a module's print."""
        return str(self.dims)
