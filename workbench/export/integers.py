"""An ONNX network in 8-bit integers: a quarter of the size, and faster where the hardware computes in integers.

onnxruntime's static quantisation (https://onnxruntime.ai/docs/performance/model-optimizations/quantization.html):
weights by output channel, activations by their range on real inputs, both signed, in the QDQ format that other programs
read, too. What has no integer form, such as a softmax, stays in floats in between.
"""

import copy
import logging
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static

from workbench.spec.problems import SpecError, first_line

BATCH_SIZE = 32


def in_integers(model: onnx.ModelProto, inputs: Mapping[str, NDArray[np.float32]]) -> onnx.ModelProto:
    """Return the network in integers, with the ranges that its activations have on real ``inputs``, float32 [N, ...] by
    name.

    Raises SpecError if onnxruntime cannot do that.
    """
    with tempfile.TemporaryDirectory() as folder, _without_advice():
        file = Path(folder, "integers.onnx")
        try:
            quantize_static(
                copy.deepcopy(model),  # whose weights it moves into a file
                file,
                _Batches(inputs),
                quant_format=QuantFormat.QDQ,
                per_channel=True,
                activation_type=QuantType.QInt8,
                weight_type=QuantType.QInt8,
                nodes_to_exclude=_standardising(model),
            )
        except Exception as error:  # its exceptions share no public base
            raise SpecError(
                f"onnxruntime cannot write this network in 8-bit integers: {first_line(error)}; export it in floats"
            ) from error
        return onnx.load(file)


def _standardising(model: onnx.ModelProto) -> list[str]:
    """Return the names of the nodes that standardise the numbers of a table: in integers, a column of thousands would
    leave nothing of one of tenths.
    """
    given, found = {each.name for each in model.graph.input}, []
    for node in model.graph.node:
        if node.op_type in ("Sub", "Mul") and node.input[0] in given:
            given.update(node.output)
            found.append(node.name)
    return found


class _Batches(CalibrationDataReader):  # type: ignore[misc]
    """The inputs in batches, one after the other."""

    def __init__(self, inputs: Mapping[str, NDArray[np.float32]]) -> None:
        num_inputs = len(next(iter(inputs.values())))
        self._batches: Iterator[dict[str, NDArray[np.float32]]] = (
            {name: values[start : start + BATCH_SIZE] for name, values in inputs.items()}
            for start in range(0, num_inputs, BATCH_SIZE)
        )

    def get_next(self) -> dict[str, NDArray[np.float32]] | None:
        return next(self._batches, None)


@contextmanager
def _without_advice() -> Iterator[None]:
    """Keep onnxruntime's advice to its users, which is of optimisations that torch's exporter has made, off the log."""

    def is_ours(record: logging.LogRecord) -> bool:
        return "onnxruntime" not in record.pathname

    logging.getLogger().addFilter(is_ours)
    try:
        yield
    finally:
        logging.getLogger().removeFilter(is_ours)
