"""An ONNX operator without a torch function, computed by onnx's own reference implementation."""

from typing import Any

import numpy as np
import onnx
import torch
from onnx import helper
from onnx.reference import ReferenceEvaluator


def by_reference(name: str, opset: int, *inputs: Any, outputs: int = 1, **attributes: Any) -> Any:
    """Return the output of this ONNX operator, computed in a network of its own, without gradients."""
    tensors = [None if each is None else torch.as_tensor(each) for each in inputs]
    arrays = {f"x{place}": each.detach().cpu().numpy() for place, each in enumerate(tensors) if each is not None}
    places = ["" if each is None else f"x{place}" for place, each in enumerate(tensors)]
    answers = [f"y{number}" for number in range(outputs)]
    node = helper.make_node(name, places, answers, **attributes)
    ports = [
        helper.make_tensor_value_info(place, helper.np_dtype_to_tensor_dtype(each.dtype), None)
        for place, each in arrays.items()
    ]
    graph = helper.make_graph([node], name, ports, [onnx.ValueInfoProto(name=each) for each in answers])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])
    found: Any = ReferenceEvaluator(model).run(None, arrays)
    device = next(each.device for each in inputs if isinstance(each, torch.Tensor))
    made = tuple(torch.as_tensor(np.asarray(each), device=device) for each in found)
    return made[0] if outputs == 1 else made
