"""Estimates the computation of an ONNX file's nodes from shapes: a small file can ask for a year of arithmetic.

The unit is a multiply-accumulate of a matrix product; an elementwise operation costs ``A_NUMBER`` of them per number.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from torch import Tensor

from workbench.compiler.importing.onnx_operators.declaring import OPERATORS, Step
from workbench.compiler.importing.onnx_operators.windows import border
from workbench.compiler.importing.operations import Unreadable

MOST_MACS = 22 * 10**9
"""The maximum per picture for any file; EfficientNet-Lite0 takes 0.4 billion, VGG-19 with its weights 21."""

MACS_PER_BYTE = 20_000
"""Added per byte: a weight used at each of 80,000 positions, as in a network that upscales large pictures."""

A_NUMBER = 10
BY_REFERENCE = 1000
"""The cost per number in onnx's reference implementation, which is written in Python."""

Work = Callable[..., int]


class Effort:
    """Adds up a network's computation, and rejects the node that would exceed ``most_macs`` per picture."""

    def __init__(self, most_macs: int) -> None:
        self.most_macs = most_macs
        self._done = 0

    def begin(self) -> None:
        """Reset the count for another run."""
        self._done = 0

    def add(self, step: Step, name: str, given: Sequence[Tensor | None], num_pictures: int = 1) -> None:
        """Add a step before it is computed. Raises Unreadable if it is too expensive."""
        self._done += macs_of(step, given) // num_pictures
        if self._done > self.most_macs:
            raise Unreadable(
                f"its {step.operator} {name} would raise the cost per picture to {_counted(self._done)} "
                f"multiplications; for a file of this size at most {_counted(self.most_macs)} are allowed"
            )


def most_macs(size_bytes: int) -> int:
    """Return the maximum cost per picture for a file of this size."""
    return MOST_MACS + MACS_PER_BYTE * size_bytes


def macs_of(step: Step, given: Sequence[Tensor | None]) -> int:
    """Return the cost of a step for tensors of these shapes; 0 for invalid shapes, which are reported when it is
    computed.
    """
    numbers = sum(each.numel() for each in given if each is not None)
    try:
        counted = WORK[step.operator](step, *given) if step.operator in WORK else 0
    except Exception:  # noqa: BLE001  # untrusted attributes: anything can be wrong with them
        counted = 0
    return counted + numbers * (A_NUMBER if step.operator in OPERATORS else BY_REFERENCE)


def _counted(macs: int) -> str:
    billions = macs / 10**9
    return f"{billions:,.0f} billion" if billions < 10**6 else f"10^{math.log10(macs):.0f}"


def _places(step: Step, sides: Sequence[int], kernel: Sequence[int]) -> int:
    """Return the number of positions of the window on a picture."""
    before, after = border(step, sides, kernel)
    strides, gaps = step.get("strides") or [1] * len(kernel), step.get("dilations") or [1] * len(kernel)
    return math.prod(
        max(0, (side + low + high - gap * (size - 1) - 1) // stride + 1)
        for side, low, high, size, stride, gap in zip(sides, before, after, kernel, strides, gaps, strict=True)
    )


def _convolution(step: Step, x: Tensor, weight: Tensor, *_: Any) -> int:
    return x.shape[0] * _places(step, x.shape[2:], weight.shape[2:]) * weight.numel()


def _deformable(_: Step, x: Tensor, weight: Tensor, offset: Tensor, *__: Any) -> int:
    places = x.shape[0] * math.prod(offset.shape[2:])
    return places * (weight.numel() + A_NUMBER * x.shape[1] * math.prod(weight.shape[2:]))


def _transposed(_: Step, x: Tensor, weight: Tensor, *__: Any) -> int:
    return x.shape[0] * math.prod(x.shape[2:]) * weight.numel()


def _pooling(step: Step, x: Tensor, *_: Any) -> int:
    kernel: list[int] = step.get("kernel_shape")
    return A_NUMBER * math.prod(x.shape[:2]) * _places(step, x.shape[2:], kernel) * math.prod(kernel)


def _product(step: Step, a: Tensor, b: Tensor, *_: Any) -> int:
    """The cost of a product of matrices, or of stacks of them with broadcasting."""
    if step.get("transA", 0):
        a = a.transpose(-1, -2)
    if step.get("transB", 0):
        b = b.transpose(-1, -2)
    stacked = max(math.prod(a.shape[:-2]), math.prod(b.shape[:-2]))
    rows = a.shape[-2] if a.ndim > 1 else 1
    return stacked * rows * a.shape[-1] * (b.shape[-1] if b.ndim > 1 else 1)


def _einsum(step: Step, *x: Tensor) -> int:
    taken = step.get("equation").replace(" ", "").partition("->")[0].split(",")
    sides = {
        letter: side
        for term, each in zip(taken, x, strict=True)
        for letter, side in zip(term, each.shape, strict=False)
    }
    return math.prod(sides.values())


def _recurrent(_: Step, x: Tensor, w: Tensor, r: Tensor, *__: Any) -> int:
    return x.shape[0] * x.shape[1] * (w.numel() + r.numel())


def _neighbours(step: Step, x: Tensor) -> int:
    return A_NUMBER * x.numel() * int(step.get("size"))


WORK: dict[str, Work] = {
    "Conv": _convolution,
    "ConvTranspose": _transposed,
    "DeformConv": _deformable,
    "MaxPool": _pooling,
    "AveragePool": _pooling,
    "MatMul": _product,
    "Gemm": _product,
    "Einsum": _einsum,
    "LSTM": _recurrent,
    "GRU": _recurrent,
    "LRN": _neighbours,
}
"""By operator, the cost beyond reading each number once."""
