"""Base of layers: parameters, and how they and the input shapes become a torch module.

A layer is a frozen record. Its annotated fields are the user's settings; ``in_channels`` and the like are
never among them, because the input is known. torch is imported inside ``build``, so that the palette
and the inspector are available before torch is loaded.

    class Conv2d(Layer):
        '''Slides a bank of learned filters over the picture.'''

        family = Family.CONVOLUTION
        out_channels: Annotated[int, Meta(ge=1, description="number of filters")]
        ...

        def build(self, x: Shape) -> "nn.Module":
            from torch import nn
            return nn.Conv2d(x[0], self.out_channels, ...)
"""

from __future__ import annotations

from enum import StrEnum
from importlib import import_module
from typing import TYPE_CHECKING, Annotated, ClassVar

import msgspec
from msgspec import Meta

from workbench.spec.catalogue import Declared
from workbench.spec.record import Record
from workbench.spec.remedy import Remedy

if TYPE_CHECKING:
    from torch import nn

Shape = tuple[int, ...]
"""A tensor's shape without its batch: (C, H, W) for pictures, (T, D) for tokens, (D,) for vectors."""

AtLeast0 = Annotated[int, Meta(ge=0)]
AtLeast1 = Annotated[int, Meta(ge=1)]

# Not ``tuple[int, int]``: msgspec 0.22 crashes the process at the next garbage collection after converting to a union
# of a bounded number and a tuple of fixed length.
Pair = AtLeast1 | Annotated[tuple[AtLeast1, ...], Meta(min_length=2, max_length=2)]
"""A size in pixels: one number for both sides, or (height, width)."""

PairOrZero = AtLeast0 | Annotated[tuple[AtLeast0, ...], Meta(min_length=2, max_length=2)]


class Family(StrEnum):
    """The purpose of a layer; determines its colour, icon and place in the palette."""

    PORTS = "Input and output"
    CONVOLUTION = "Convolution"
    POOLING = "Pooling"
    LINEAR = "Linear"
    ACTIVATION = "Activation"
    NORMALISATION = "Normalisation"
    REGULARISATION = "Regularisation"
    JOIN = "Join"
    SHAPE = "Shape"
    ATTENTION = "Attention"
    RECURRENT = "Recurrent"


class Window(Record):
    """The sliding window of a layer, for the receptive field; sizes in input pixels, (height, width).

    ``stride`` is below 1 if the picture grows: 1/2 if it doubles. The first window begins ``padding`` pixels before the
    picture; it is None if the border is made of pixels that may lie anywhere.
    """

    kernel: tuple[int, int]
    stride: tuple[float, float] = (1, 1)
    dilation: tuple[int, int] = (1, 1)
    padding: tuple[float, float] | None = (0, 0)


class Sum(Record):
    """How one ``side`` (an index) of a layer's first output comes about, in figures: ``words`` say ``(28 − 2) / 2 +
    1``.
    """

    side: int
    name: str
    words: str


class Unpacking(Record):
    """How code takes a layer's output ``{x}`` from what torch's module of the same name returns, if that is more.

    ``targets`` is what the call is assigned to: ``{x}, _``, or with ``{state}``, from which the expression ``answer``
    then gives the output. ``argument`` is the one that only the layer's own module takes.
    """

    argument: str
    targets: str
    answer: str = ""


class Refusal(ValueError):
    """These shapes are not valid for this layer: what is wrong in plain words, and how to fix it.

    A ``remedy`` is sure to fix it; its path is the layer's own, ``HERE``.
    """

    def __init__(self, what: str, mend: str, remedy: Remedy | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.mend = mend
        self.remedy = remedy


class Layer(Declared):
    """Base of every layer."""

    abstract: ClassVar[bool] = True
    family: ClassVar[Family]
    input_ports: ClassVar[tuple[str, ...]] = ("x",)
    """Names of the inputs; one that ends in ``...`` accepts any number from ``least_inputs`` on (Add, Concat)."""

    least_inputs: ClassVar[int] = 2

    output_ports: ClassVar[tuple[str, ...]] = ("",)
    """Names of the outputs; a single output has no name."""

    while_running: ClassVar[tuple[str, ...]] = ()
    """Parameters that may change during a run: the module reads the attribute of that name at each step."""

    attends: ClassVar[bool] = False
    """Whether it weighs tokens: ``attention(*inputs)`` of its module then returns the weights, [N, ..., Tq, Tk]."""

    one_by_one: ClassVar[bool] = False
    """Whether it computes its tokens one after the other, so that its costs grow by the same with each."""

    in_passing: ClassVar[float] = 1.0
    """How many times what it keeps for its backward pass a CPU needs in passing."""

    of_series: ClassVar[bool] = False
    """Whether its output is a series (C, L), channels first, rather than tokens (T, D)."""

    elementwise: ClassVar[bool] = False
    """Whether it is a function of one number, applied to each: its curve and derivative are then shown."""

    def check(self, *shapes: Shape) -> None:
        """Raise ``Refusal`` if these shapes are invalid, before torch would reject them in its own words."""

    def build(self, *shapes: Shape) -> nn.Module:
        """Return the torch module for inputs of these shapes; its ``forward`` takes the inputs in port order.

        By default it is the module of the same name with these parameters: torch's own or, where torch has none, that
        in the file of ``modules/`` that is called as the layer's own.
        """
        from torch import nn

        name, file = type(self).__name__, type(self).__module__.rpartition(".")[2]
        kind = getattr(nn, name, None) or getattr(import_module(f"workbench.layers.modules.{file}"), name)
        module: nn.Module = kind(**msgspec.structs.asdict(self))
        return module

    def weights_beside(self) -> dict[str, str]:
        """Return the suffixes that turn the node's name into those of weights stored without a dot, by the module's own
        names.

        ``{"weight": "_weight"}`` gives the node ``in_proj`` the weight ``in_proj_weight``, and ``{"weight": ""}`` gives
        the weight the node's name (``class_token``), as in torchvision's state dicts. Such a module computes in
        ``function(*inputs, *weights)``, a static method, so that the network can store the weights itself.
        """
        return {}

    def code(self, *inputs: str) -> str | None:
        """Return the layer as an expression of its inputs, if nobody would write a module for it: ``a + b``. An
        argument of the module is its name in braces.

        Only for a layer that does the same in training and evaluation, and has no weights or stores them beside it;
        their expressions then follow the inputs'.
        """
        return None

    def weights_code(self) -> dict[str, str]:
        """How each of the weights beside it is made, by its name in the module: an expression of the module's
        arguments.

        ``{"weight": "nn.Parameter(torch.zeros(1, 1, {width}))"}``. Empty if they are taken from a module.
        """
        return {}

    def unpacking(self) -> Unpacking | None:
        """Return how the output is taken from what torch's module returns, if that is more than the output."""
        return None

    def arithmetic(self, *shapes: Shape) -> tuple[Sum, ...]:
        """Return the formulas of the interesting sides of the output for inputs of these shapes."""
        return ()

    def window(self) -> Window | str | None:
        """Return the sliding window; None if each output pixel sees one input pixel, ``"all"`` if it sees all."""
        return None


def pair(size: int | tuple[int, ...]) -> tuple[int, int]:
    """Return one number as both sides, or (height, width) unchanged."""
    height, width = (size, size) if isinstance(size, int) else size
    return height, width


def describe(shape: Shape) -> str:
    """Return a shape in words: ``16×5×5``."""
    return "×".join(map(str, shape)) if shape else "one number"
