"""The parts of Swin, over pictures [N, H, W, C] and their windows [N, rows, columns, T, C] (Liu et al. 2021)."""

import torch
from torch import Tensor, nn

Sides = tuple[int, int]
"""(height, width)."""


class CyclicShift(nn.Module):
    """Rolls the picture up and left by ``shift``, or ``back``."""

    def __init__(self, shift: Sides, back: bool = False) -> None:
        super().__init__()
        self.shift = tuple(shift)
        self.back = back

    def forward(self, x: Tensor) -> Tensor:
        """x: [N, H, W, C], kept."""
        down, right = self.shift
        return torch.roll(x, (down, right) if self.back else (-down, -right), dims=(1, 2))


class WindowPartition(nn.Module):
    """Splits a picture into windows whose sides divide its own."""

    def __init__(self, window_size: Sides) -> None:
        super().__init__()
        self.window_size = tuple(window_size)

    def forward(self, x: Tensor) -> Tensor:
        """x: [N, rows·h, columns·w, C] -> [N, rows, columns, h·w, C]."""
        height, width = self.window_size
        grid = x.unflatten(2, (-1, width)).unflatten(1, (-1, height))
        windows: Tensor = grid.transpose(2, 3).flatten(3, 4)
        return windows


class WindowReverse(nn.Module):
    """Reassembles windows into a picture."""

    def __init__(self, window_size: Sides) -> None:
        super().__init__()
        self.window_size = tuple(window_size)

    def forward(self, x: Tensor) -> Tensor:
        """x: [N, rows, columns, h·w, C] -> [N, rows·h, columns·w, C]."""
        grid = x.unflatten(3, self.window_size).transpose(2, 3)
        picture: Tensor = grid.flatten(3, 4).flatten(1, 2)
        return picture


class RelativePositionBias(nn.Module):
    """Adds to the scores of each window a learnt number for each head and each relative position of two pixels."""

    index: Tensor

    def __init__(self, num_heads: int, window_size: Sides) -> None:
        super().__init__()
        self.num_heads = num_heads
        self.window_size = tuple(window_size)
        height, width = window_size
        self.bias_table = nn.Parameter(torch.empty((2 * height - 1) * (2 * width - 1), num_heads))
        self.register_buffer("index", self._index(height, width))
        self.reset_parameters()

    @staticmethod
    def _index(height: int, width: int) -> Tensor:
        """Return the table's row for each query and key, int64 [T·T]."""
        places = torch.cartesian_prod(torch.arange(height), torch.arange(width)).reshape(-1, 2)
        ways = places[:, None] - places[None, :]
        return ((ways[..., 0] + height - 1) * (2 * width - 1) + ways[..., 1] + width - 1).flatten()

    def reset_parameters(self) -> None:
        """Truncated normal, with standard deviation 0.02."""
        nn.init.trunc_normal_(self.bias_table, std=0.02)

    @staticmethod
    def function(scores: Tensor, bias_table: Tensor, index: Tensor) -> Tensor:
        """scores: [N, ..., heads, T, T], kept."""
        num_tokens = scores.shape[-1]
        bias: Tensor = bias_table[index].unflatten(0, (num_tokens, num_tokens)).permute(2, 0, 1)
        return scores + bias

    def forward(self, scores: Tensor) -> Tensor:
        """scores: [N, ..., heads, T, T], kept."""
        return self.function(scores, self.bias_table, self.index)


class ShiftMask(nn.Module):
    """Subtracts 100 from the score of two pixels that share a window only because of a cyclic shift."""

    def __init__(self, window_size: Sides, shift: Sides) -> None:
        super().__init__()
        self.window_size = tuple(window_size)
        self.shift = tuple(shift)

    def forward(self, scores: Tensor) -> Tensor:
        """scores: [N, rows, columns, heads, T, T], kept."""
        rows, columns = (self._sides(scores, side) for side in (0, 1))
        side = (rows[:, None, :, None] + 2 * columns[None, :, None, :]).flatten(2)
        apart = side[:, :, None, :, None] != side[:, :, None, None, :]
        return scores - 100.0 * apart.to(scores.dtype)

    def _sides(self, scores: Tensor, side: int) -> Tensor:
        """Return, for each row (or column) of each row of windows, 1 if the shift moved it here from the other side,
        else 0.
        """
        num_windows, window = scores.shape[1 + side], self.window_size[side]
        place = torch.arange(num_windows * window, device=scores.device)
        came_in: Tensor = (place >= num_windows * window - self.shift[side]).int().unflatten(0, (num_windows, window))
        return came_in


class MergePatches(nn.Module):
    """Concatenates the channels of each 2×2 pixels, down before right."""

    def forward(self, x: Tensor) -> Tensor:
        """x: [N, H, W, C] -> [N, H / 2, W / 2, 4·C]."""
        return torch.cat((x[:, 0::2, 0::2], x[:, 1::2, 0::2], x[:, 0::2, 1::2], x[:, 1::2, 1::2]), dim=-1)
