"""An ONNX file in onnxruntime, with which the imported network is compared."""

from __future__ import annotations

import onnxruntime
import torch
from onnx import ModelProto
from torch import Tensor

from workbench.compiler.importing.onnx_network import OnnxNetwork
from workbench.compiler.importing.operations import Unreadable
from workbench.spec.problems import first_line


class Original:
    """Runs the file on inputs [N, ...]; a file made for single pictures is run picture by picture."""

    def __init__(self, model: ModelProto, network: OnnxNetwork) -> None:
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 4
        options.intra_op_num_threads = 1
        try:
            self._session = onnxruntime.InferenceSession(
                model.SerializeToString(), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # onnxruntime's own exceptions share no public base
            raise Unreadable(f"onnxruntime refuses it: {first_line(error)}") from error
        self._names = [given.name for given in network.given]
        self._outputs = network.outputs
        self._one_by_one = any(given.fixed_batch for given in network.given)

    def __call__(self, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        """Return the outputs [N, ...], in order."""
        if not self._one_by_one:
            return self._run(inputs)
        answers = [self._run(tuple(x[index : index + 1] for x in inputs)) for index in range(len(inputs[0]))]
        return tuple(torch.cat(parts) for parts in zip(*answers, strict=True))

    def _run(self, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        feeds = {name: x.numpy() for name, x in zip(self._names, inputs, strict=True)}
        try:
            found = self._session.run(self._outputs, feeds)
        except Exception as error:  # as above
            raise Unreadable(f"onnxruntime cannot run it: {first_line(error)}") from error
        return tuple(torch.from_numpy(answer) for answer in found)
