"""Refusals that several layers share, in plain words."""

from workbench.layers.base import Layer, Refusal, Shape, describe

VECTOR, TOKENS, PICTURE, WINDOWS = 1, 2, 3, 4
"""Number of dimensions without the batch: (D,), (T, D), (C, H, W), and (rows, columns, T, D) of a picture's windows."""


def said(shape: Shape) -> str:
    """A shape within a sentence: ``a vector of 120``, ``16×5×5``."""
    return f"a vector of {shape[0]}" if len(shape) == VECTOR else describe(shape)


def want_picture(layer: Layer, x: Shape) -> None:
    """Refuse whatever is not (C, H, W)."""
    if len(x) != PICTURE:
        raise Refusal(
            f"{layer.title()} wants a picture (channels×height×width), and {said(x)} comes in",
            "move it before Flatten, or add Reshape before it",
        )


def want_tokens(layer: Layer, x: Shape) -> None:
    """Refuse whatever is not (T, D)."""
    if len(x) != TOKENS:
        mend = (
            "add Flatten with start_dim 2 and then Permute to 0, 2, 1 before it"
            if len(x) == PICTURE
            else "add Reshape before it"
        )
        raise Refusal(f"{layer.title()} wants tokens (number×width), and {said(x)} comes in", mend)


def want_tokens_or_windows(layer: Layer, x: Shape) -> None:
    """Refuse whatever is neither (T, D) nor a grid of windows of tokens (rows, columns, T, D)."""
    if len(x) != WINDOWS:
        want_tokens(layer, x)


def want_window_inside(
    sides: tuple[int, int], kernel: tuple[int, int], dilation: tuple[int, int], padding: tuple[int, int]
) -> None:
    """Refuse a window larger than the padded picture.

    ``sides`` (height, width) of the picture; ``padding`` the pixels added to each, both ends together.
    """
    reach = (dilation[0] * (kernel[0] - 1) + 1, dilation[1] * (kernel[1] - 1) + 1)
    padded = (sides[0] + padding[0], sides[1] + padding[1])
    if reach[0] > padded[0] or reach[1] > padded[1]:
        spread = " with its dilation" if reach != kernel else ""
        around = " with its padding" if padded != sides else ""
        raise Refusal(
            f"the {describe(reach)} window{spread} is larger than the {describe(padded)} picture{around}",
            "make kernel_size smaller, add padding, or shrink the picture less before it",
        )


def want_division(number: int, divisor: int, what: str, parameter: str) -> None:
    """Refuse where ``divisor`` (the value of ``parameter``) does not divide ``number`` (of ``what``)."""
    if number % divisor:
        fits = [str(d) for d in range(1, number + 1) if number % d == 0 and d <= 64]
        raise Refusal(
            f"{number} {what} cannot be shared among {divisor} {parameter}",
            f"set {parameter} to one of {', '.join(fits)}",
        )


def position(layer: Layer, dim: int, x: Shape) -> int:
    """Index into ``x`` of torch's dimension ``dim``, which counts the batch as 0. Refuses one that is not there."""
    index = dim - 1 if dim > 0 else len(x) + dim
    if dim == 0 or not 0 <= index < len(x):
        raise Refusal(
            f"{layer.title()} along dimension {dim}, and {said(x)} has dimensions 1 to {len(x)} (0 is the batch)",
            f"choose a dimension from 1 to {len(x)}, or from -{len(x)} to -1",
        )
    return index
