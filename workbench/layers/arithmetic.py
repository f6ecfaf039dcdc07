"""Size formulas that several layers share, as one would write them on paper: ``⌊(28 + 2·2 − 5) / 2⌋ + 1``."""

from workbench.layers.base import Shape, Sum


def of_picture(height: str, width: str) -> tuple[Sum, ...]:
    """Return the formulas for a picture's (C, H, W) height and width."""
    return (Sum(side=1, name="height", words=height), Sum(side=2, name="width", words=width))


def product(sides: Shape) -> str:
    """``16·5·5``."""
    return "·".join(map(str, sides))


def slid(side: int, kernel: int, stride: int, border: tuple[int, int], dilation: int, *, ceil: bool = False) -> str:
    """Return the number of window positions along a side with a ``border`` (before, after).

    With ``ceil``, also a position beyond the end, if it begins before the border does.
    """
    before, after = border
    around = f" + 2·{before}" if before == after else f" + {before} + {after}"
    taken = f"{kernel}" if dilation == 1 else f"{dilation}·({kernel} − 1) − 1"
    steps = f"({side}{around if before or after else ''} − {taken}) / {stride}"
    room = side + before + after - dilation * (kernel - 1) - 1
    if room % stride == 0:
        return f"{steps} + 1"
    if not ceil:
        return f"⌊{steps}⌋ + 1"
    begins_outside = (room // stride + 1) * stride >= side + before
    return f"⌈{steps}⌉" if begins_outside else f"⌈{steps}⌉ + 1"


def painted(side: int, kernel: int, stride: int, border: int, dilation: int, extra: int) -> str:
    """Return the side of a transposed convolution's output: the input side of the convolution that it transposes."""
    reach = f"({kernel} − 1)" if dilation == 1 else f"{dilation}·({kernel} − 1)"
    less = f" − 2·{border}" if border else ""
    more = f" + {extra}" if extra else ""
    return f"({side} − 1)·{stride}{less} + {reach}{more} + 1"
