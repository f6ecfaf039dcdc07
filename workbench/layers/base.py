"""What a layer is: its parameters, and how they and the shapes that arrive become a torch module.

A layer is one frozen record. Its annotated fields are what a person sets; ``in_channels`` and the like are
never among them, because what comes in is known. torch is imported inside ``build``, so that the palette
and the inspector stand before torch is loaded.

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
from typing import TYPE_CHECKING, Annotated, ClassVar

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

# Not ``tuple[int, int]``: msgspec 0.22 crashes the process at the next garbage collection after converting to a
# union of a bounded number and a tuple of fixed length.
Pair = AtLeast1 | Annotated[tuple[AtLeast1, ...], Meta(min_length=2, max_length=2)]
"""A size in pixels: one number for both sides, or (height, width)."""

PairOrZero = AtLeast0 | Annotated[tuple[AtLeast0, ...], Meta(min_length=2, max_length=2)]


class Family(StrEnum):
    """What a layer is for; gives its colour, its icon and its place in the palette."""

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


class Window(Record):
    """The sliding window of a layer, for the receptive field; sizes in input pixels, (height, width).

    ``stride`` is below 1 where the picture grows: 1/2 where it doubles.
    """

    kernel: tuple[int, int]
    stride: tuple[float, float] = (1, 1)
    dilation: tuple[int, int] = (1, 1)


class Sum(Record):
    """How one ``side`` (an index) of a layer's first output comes about, in figures: ``words`` say ``(28 − 2) / 2 +
    1``.
    """

    side: int
    name: str
    words: str


class Refusal(ValueError):
    """These shapes cannot go into this layer: what is wrong in plain words, and what would mend it.

    A ``remedy`` mends it for sure; its path is that of the layer, ``HERE``.
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
    """Names of the inputs; one that ends in ``...`` takes any number from ``least_inputs`` on (Add, Concat)."""

    least_inputs: ClassVar[int] = 2

    output_ports: ClassVar[tuple[str, ...]] = ("",)
    """Names of the outputs; a single output has no name."""

    while_running: ClassVar[tuple[str, ...]] = ()
    """Parameters that may change while a run learns: the module reads the attribute of that name at each step."""

    def check(self, *shapes: Shape) -> None:
        """Raise ``Refusal`` where these shapes cannot be taken, before torch would say so in its own words."""

    def build(self, *shapes: Shape) -> nn.Module:
        """The torch module for inputs of these shapes; its ``forward`` takes the inputs in port order."""
        raise NotImplementedError

    def weights_beside(self) -> dict[str, str]:
        """What a weight's name adds to the node's, by the module's own name for it, where there is no dot between them.

        ``{"weight": "_weight"}`` makes ``in_proj_weight`` of the node ``in_proj``, and ``{"weight": ""}`` calls the
        weight as the node is called (``class_token``), as torchvision's state dicts do. Such a module computes in
        ``function(*inputs, *weights)``, a static method, so that the network can hold the weights in its stead.
        """
        return {}

    def code(self, *inputs: str) -> str | None:
        """The layer as an expression of its inputs, where nobody would write a module for it: ``a + b``.

        Only for a layer that does the same in training and evaluation, without weights, or with its weights beside it,
        whose expressions then follow the inputs'.
        """
        return None

    def weights_code(self) -> dict[str, str]:
        """How each of the weights beside it is made, by its name in the module: an expression of the module's
        arguments.

        ``{"weight": "nn.Parameter(torch.zeros(1, 1, {width}))"}``. Empty where they are taken from a module.
        """
        return {}

    def arithmetic(self, *shapes: Shape) -> tuple[Sum, ...]:
        """How the sides that are worth a word come about where inputs of these shapes come in."""
        return ()

    def window(self) -> Window | str | None:
        """The sliding window; None where each output pixel sees one input pixel; ``"all"`` where it sees all."""
        return None


def pair(size: int | tuple[int, ...]) -> tuple[int, int]:
    """One number for both sides, or (height, width) as given."""
    height, width = (size, size) if isinstance(size, int) else size
    return height, width


def describe(shape: Shape) -> str:
    """A shape as people write it: ``16×5×5``."""
    return "×".join(map(str, shape)) if shape else "one number"
