"""Shape checks that several layers share, with messages in plain words."""

from collections.abc import Mapping
from types import MappingProxyType

from workbench.layers.base import Layer, Refusal, Shape, describe
from workbench.layers.remedies import inserting, largest_divisor, one_or_two, setting
from workbench.spec.record import Value
from workbench.spec.remedy import HERE, NewLayer, Retype

VECTOR, TOKENS, PICTURE, WINDOWS = 1, 2, 3, 4
"""Number of dimensions without the batch: (D,), (T, D), (C, H, W), and (rows, columns, T, D) for a
picture's windows.
"""


def said(shape: Shape) -> str:
    """Return a shape for a sentence: ``a vector of 120``, ``16×5×5``."""
    return f"a vector of {shape[0]}" if len(shape) == VECTOR else describe(shape)


def want_picture(layer: Layer, x: Shape, instead: str = "") -> None:
    """Refuse whatever is not (C, H, W). ``instead`` is a type with the same parameters that takes any shape."""
    if len(x) != PICTURE:
        raise Refusal(
            f"{layer.title()} expects a picture (channels×height×width), but gets {said(x)}",
            f"move it before Flatten, or {f'use {instead} instead' if instead else 'add Reshape before it'}",
            Retype(words=f"Replace with {instead}", path=HERE, type=instead) if instead else None,
        )


def want_tokens(layer: Layer, x: Shape) -> None:
    """Reject any shape but (T, D)."""
    if len(x) != TOKENS:
        mend = (
            "add Flatten with start_dim 2 and then Permute to 0, 2, 1 before it"
            if len(x) == PICTURE
            else "add Reshape before it"
        )
        remedy = inserting(
            NewLayer(type="Flatten", parameters={"start_dim": 2}),
            NewLayer(type="Permute", parameters={"dims": [0, 2, 1]}),
        )
        what = f"{layer.title()} expects tokens (number×width), but gets {said(x)}"
        raise Refusal(what, mend, remedy if len(x) == PICTURE else None)


def want_series(layer: Layer, x: Shape) -> None:
    """Reject any shape but (C, L)."""
    if len(x) != TOKENS:
        mend = "add Flatten with start_dim 2 before it" if len(x) == PICTURE else "add Reshape before it"
        remedy = inserting(NewLayer(type="Flatten", parameters={"start_dim": 2})) if len(x) == PICTURE else None
        raise Refusal(f"{layer.title()} expects a series (channels×length), but gets {said(x)}", mend, remedy)


def want_window_within(length: int, kernel: int, dilation: int, padding: int) -> None:
    """Reject a window longer than the padded series; ``padding`` is both ends together."""
    reach, padded = dilation * (kernel - 1) + 1, length + padding
    if reach > padded:
        spread = " with its dilation" if reach != kernel else ""
        raise Refusal(
            f"the window of {reach}{spread} is longer than the series of {padded}{' with its padding' * bool(padding)}",
            "make the kernel smaller, add padding, or shorten the series less before it",
            setting({"kernel_size": (length - 1) // dilation + 1, "padding": 0}),
        )


def want_tokens_or_windows(layer: Layer, x: Shape) -> None:
    """Reject any shape but (T, D) and a grid of windows of tokens (rows, columns, T, D)."""
    if len(x) != WINDOWS:
        want_tokens(layer, x)


def want_window_inside(
    sides: tuple[int, int],
    kernel: tuple[int, int],
    dilation: tuple[int, int],
    padding: tuple[int, int],
    reset: Mapping[str, Value] = MappingProxyType({}),
) -> None:
    """Reject a window larger than the padded picture.

    ``sides`` (height, width) of the picture; ``padding`` is the number of pixels added to each, both ends together.
    ``reset`` are settings that would be invalid with a smaller window.
    """
    reach = (dilation[0] * (kernel[0] - 1) + 1, dilation[1] * (kernel[1] - 1) + 1)
    padded = (sides[0] + padding[0], sides[1] + padding[1])
    if reach[0] > padded[0] or reach[1] > padded[1]:
        spread = " with its dilation" if reach != kernel else ""
        around = " with its padding" if padded != sides else ""
        raise Refusal(
            f"the {describe(reach)} window{spread} is larger than the {describe(padded)} picture{around}",
            "make the kernel smaller, add padding, or shrink the picture less before it",
            setting({"kernel_size": one_or_two(_fitting(sides, kernel, dilation)), **reset}),
        )


def _fitting(sides: tuple[int, int], kernel: tuple[int, int], dilation: tuple[int, int]) -> tuple[int, int]:
    """Return the window reduced to the picture."""
    height, width = (
        min(size, (side - 1) // spacing + 1) for size, side, spacing in zip(kernel, sides, dilation, strict=True)
    )
    return height, width


def want_division(
    number: int, divisor: int, what: str, parameter: str, *, also: int | None = None, least: int = 1
) -> None:
    """Reject a ``divisor`` (the value of ``parameter``) that does not divide ``number`` (of ``what``).

    The remedy's value also divides ``also``, and is at least ``least``.
    """
    if number % divisor:
        fits = [str(d) for d in range(1, number + 1) if number % d == 0 and d <= 64]
        better = largest_divisor(divisor, number, number if also is None else also, least=least)
        raise Refusal(
            f"{number} {what} cannot be divided into {divisor} {parameter}",
            f"set {parameter} to one of {', '.join(fits)}",
            setting({parameter: better}) if better else None,
        )


def position(layer: Layer, dim: int, x: Shape) -> int:
    """Return the index into ``x`` of torch's dimension ``dim``, which counts the batch as 0. Rejects an invalid one."""
    index = dim - 1 if dim > 0 else len(x) + dim
    if dim == 0 or not 0 <= index < len(x):
        raise Refusal(
            f"{layer.title()} along dimension {dim}, but {said(x)} has dimensions 1 to {len(x)} (0 is the batch)",
            f"choose a dimension from 1 to {len(x)}, or from -{len(x)} to -1",
        )
    return index
