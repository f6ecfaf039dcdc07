"""What an export says of itself: what may be asked for, what the network expects, what was proven. No torch here."""

from workbench.spec.record import Record

OPSETS = range(18, 24)
"""The ONNX operator sets that can be written: torch translates to 18 and later, onnxruntime reads them all."""

DEFAULT_OPSET = 18
"""The oldest of them: the most programs read it, and the answers are the same."""


class Preprocessing(Record):
    """What a picture went through before it entered the network, and has to again wherever the file is used.

    In this order: ``colour`` (``grey``, ``rgb``, or ``""`` for points), resized to ``shape``
    ((channels, height, width)), values scaled to ``value_range``, then ``(value - mean) / std`` by channel.
    Points have no ``mean`` and ``std`` and enter as they are.
    """

    colour: str
    shape: tuple[int, ...]
    value_range: tuple[float, float] = (0.0, 1.0)
    mean: tuple[float, ...] = ()
    std: tuple[float, ...] = ()


class Proof(Record):
    """The file in onnxruntime against the network in torch, on the same inputs.

    ``max_abs_difference`` is over every number of every output. ``top1_agreement`` is the share of inputs
    whose largest class is the same in each output that ranks classes; None where no output does.
    """

    images: int
    max_abs_difference: float
    top1_agreement: float | None
    torch: str
    onnxruntime: str


class ExportReport(Record):
    """An ONNX file that was written and what was proven of it."""

    file: str
    opset: int
    size_bytes: int
    sha256: str
    proof: Proof
