"""The parts of a Transformer, over tokens [N, T, D]."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class MultiheadSelfAttention(nn.Module):
    """Self-attention with the weights' names and initialisation of ``torch.nn.MultiheadAttention``."""

    def __init__(self, width: int, num_heads: int, dropout: float = 0.0, bias: bool = True) -> None:
        super().__init__()
        self.width = width
        self.num_heads = num_heads
        self.dropout = dropout
        self.bias = bias
        self.in_proj_weight = nn.Parameter(torch.empty(3 * width, width))
        self.in_proj_bias = nn.Parameter(torch.zeros(3 * width)) if bias else None
        self.out_proj = nn.Linear(width, width, bias=bias)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Glorot uniform for queries, keys and values together; zero biases."""
        nn.init.xavier_uniform_(self.in_proj_weight)
        if self.in_proj_bias is not None:
            nn.init.zeros_(self.in_proj_bias)
            nn.init.zeros_(self.out_proj.bias)

    def _heads(self, x: Tensor) -> Tensor:
        """x: [N, T, D] -> query, key and value of each head, [3, N, heads, T, d]."""
        projected = F.linear(x, self.in_proj_weight, self.in_proj_bias)
        heads: Tensor = projected.unflatten(-1, (3, self.num_heads, -1)).permute(2, 0, 3, 1, 4)
        return heads

    def forward(self, x: Tensor) -> Tensor:
        """x: [N, T, D], kept."""
        query, key, value = self._heads(x)
        gathered = F.scaled_dot_product_attention(query, key, value, dropout_p=self.dropout if self.training else 0.0)
        mixed: Tensor = self.out_proj(gathered.transpose(1, 2).flatten(2))
        return mixed

    def attention(self, x: Tensor) -> Tensor:
        """x: [N, T, D] -> the weights of the values for each query, which ``forward`` never holds: [N, heads, T, T]."""
        query, key, _ = self._heads(x)
        scores: Tensor = (query / math.sqrt(query.shape[-1])) @ key.transpose(-2, -1)
        return scores.softmax(dim=-1)


class QueryKeyValue(nn.Module):
    """Three projections of each token in one, as wide as the token, with Glorot's start as in ``torch.nn``'s
    attention.
    """

    def __init__(self, width: int, bias: bool = True) -> None:
        super().__init__()
        self.width = width
        self.weight = nn.Parameter(torch.empty(3 * width, width))
        self.bias = nn.Parameter(torch.empty(3 * width)) if bias else None
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Glorot uniform for all three together; zero biases."""
        nn.init.xavier_uniform_(self.weight)
        if self.bias is not None:
            nn.init.zeros_(self.bias)

    @staticmethod
    def function(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> tuple[Tensor, Tensor, Tensor]:
        """x: [N, ..., T, D] -> query, key and value, each of x's shape."""
        query, key, value = F.linear(x, weight, bias).chunk(3, dim=-1)
        return query, key, value

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """x: [N, ..., T, D] -> query, key and value, each of x's shape."""
        return self.function(x, self.weight, self.bias)


class SplitHeads(nn.Module):
    """Splits the width into heads, a dimension before the tokens."""

    def __init__(self, num_heads: int) -> None:
        super().__init__()
        self.num_heads = num_heads

    def forward(self, x: Tensor) -> Tensor:
        """x: [N, ..., T, heads·d] -> [N, ..., heads, T, d]."""
        heads: Tensor = x.unflatten(-1, (self.num_heads, -1)).transpose(-3, -2)
        return heads


class ScaledDotProduct(nn.Module):
    """The dot product of each query with each key, divided by the root of their length."""

    def forward(self, query: Tensor, key: Tensor) -> Tensor:
        """query: [N, ..., Tq, d], key: [N, ..., Tk, d] -> [N, ..., Tq, Tk]."""
        return (query / math.sqrt(query.shape[-1])) @ key.transpose(-2, -1)


class WeightedSum(nn.Module):
    """Weighted sums of the values, one for each row of weights."""

    def forward(self, weights: Tensor, value: Tensor) -> Tensor:
        """weights: [N, ..., Tq, Tk], value: [N, ..., Tk, d] -> [N, ..., Tq, d]."""
        return weights @ value

    def attention(self, weights: Tensor, value: Tensor) -> Tensor:
        """Return the weights, as they came."""
        return weights


class MergeHeads(nn.Module):
    """Concatenates the heads' outputs for each token."""

    def forward(self, x: Tensor) -> Tensor:
        """x: [N, ..., heads, T, d] -> [N, ..., T, heads·d]."""
        return x.transpose(-3, -2).flatten(-2)


class PositionEmbedding(nn.Module):
    """Adds a learnt vector to each position, initially normal with standard deviation 0.02."""

    def __init__(self, num_tokens: int, width: int) -> None:
        super().__init__()
        self.num_tokens = num_tokens
        self.width = width
        self.weight = nn.Parameter(torch.empty(1, num_tokens, width))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Normally distributed, with standard deviation 0.02."""
        nn.init.normal_(self.weight, std=0.02)

    @staticmethod
    def function(x: Tensor, weight: Tensor) -> Tensor:
        """x: [N, T, D], kept."""
        return x + weight

    def forward(self, x: Tensor) -> Tensor:
        """x: [N, T, D], kept."""
        return self.function(x, self.weight)


class ClassToken(nn.Module):
    """One learnt token before all others, initially zero."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.width = width
        self.weight = nn.Parameter(torch.empty(1, 1, width))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Zero, as in the Vision Transformer."""
        nn.init.zeros_(self.weight)

    @staticmethod
    def function(x: Tensor, weight: Tensor) -> Tensor:
        """x: [N, T, D] -> [N, T + 1, D]."""
        return torch.cat((weight.expand(x.shape[0], -1, -1), x), dim=1)

    def forward(self, x: Tensor) -> Tensor:
        """x: [N, T, D] -> [N, T + 1, D]."""
        return self.function(x, self.weight)


class SelectToken(nn.Module):
    """The token at ``index``."""

    def __init__(self, index: int = 0) -> None:
        super().__init__()
        self.index = index

    def forward(self, x: Tensor) -> Tensor:
        """x: [N, T, D] -> [N, D]."""
        return x[:, self.index]
