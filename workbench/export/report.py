"""The description of an export: options, preprocessing, verification. Imports no torch."""

from workbench.spec.record import Record

OPSETS = range(18, 24)
"""The ONNX operator sets that can be written: torch translates to 18 and later, and onnxruntime reads them all."""

DEFAULT_OPSET = 18
"""The oldest of them, which most programs read; the outputs are the same."""


class Preprocessing(Record):
    """The preprocessing of pictures, which must be repeated wherever the file is used.

    In this order: ``colour`` (``grey``, ``rgb``, or ``""`` for points), resized to ``shape`` ((channels, height,
    width)), values scaled to ``value_range``, then ``(value - mean) / std`` by channel. Points have no
    ``value_range``, ``mean`` and ``std`` and are not changed: the file of a run, or of an experiment that starts from
    weights, standardises them itself. ``features`` names their numbers in order.
    """

    colour: str
    shape: tuple[int, ...]
    value_range: tuple[float, float] | None = None
    mean: tuple[float, ...] = ()
    std: tuple[float, ...] = ()
    features: tuple[str, ...] = ()


class Proof(Record):
    """The comparison of the file in onnxruntime with the network in torch, on the same inputs.

    ``max_abs_difference`` is over every number of every output. ``top1_agreement`` is the share of inputs whose top
    class is the same in each output that ranks classes; None if no output does.
    """

    images: int
    max_abs_difference: float
    top1_agreement: float | None
    torch: str
    onnxruntime: str


class ExportReport(Record):
    """An ONNX file that was written, and its verification.

    ``size_as_floats`` is the size in bytes that one in floats would have; None if it is in floats.
    """

    file: str
    opset: int
    size_bytes: int
    sha256: str
    proof: Proof
    size_as_floats: int | None = None
