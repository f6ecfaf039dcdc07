"""An operator of ONNX within a network: computed by reference, looked at for its shapes alone, or exported as
itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
import torch
from onnx import TensorProto, defs, helper, numpy_helper, shape_inference
from torch import Tensor
from torch._subclasses.fake_tensor import FakeTensor
from torch.onnx.ops import symbolic_multi_out
from torch.overrides import handle_torch_function, has_torch_function

from workbench.layers.modules.reference import by_reference

NUMBERS = frozenset(
    f"tensor({kind})" for kind in ["bool", "uint8", "int8", "int16", "int32", "int64", "float16", "float", "double"]
)
NOT_OURS = frozenset(("ImageDecoder", "MaxRoiPool", "OptionalGetElement", "OptionalHasElement", "TfIdfVectorizer"))
"""They take numbers and give numbers too, but stand for files, words, or things that may be missing; nobody computes
MaxRoiPool.
"""

DTYPES = {
    TensorProto.FLOAT: torch.float32,
    TensorProto.UINT8: torch.uint8,
    TensorProto.INT8: torch.int8,
    TensorProto.INT16: torch.int16,
    TensorProto.INT32: torch.int32,
    TensorProto.INT64: torch.int64,
    TensorProto.BOOL: torch.bool,
    TensorProto.FLOAT16: torch.float16,
    TensorProto.DOUBLE: torch.float64,
}
Side = int | torch.SymInt


PRIMES = (1_000_003, 1_000_033, 1_000_037, 1_000_039)
MOST_TOLD = 64
"""The largest input whose values may determine a shape."""


class NotFixed(ValueError):
    """Why an operator cannot be part of a network, in a sentence."""


def onnx_operator(operator: str, opset: int, *inputs: Any, outputs: int = 1, **attributes: Any) -> Any:
    """What the operator of this opset gives: a tensor, or a tuple of several. NotFixed where it cannot stand in a
    network.

    ``inputs`` are tensors, None for an omitted one, or numbers and lists of numbers if the output's shape depends on
    them.
    """
    tensors = tuple(each for each in inputs if isinstance(each, Tensor))
    if has_torch_function(tensors):
        return handle_torch_function(onnx_operator, tensors, operator, opset, *inputs, outputs=outputs, **attributes)
    if not gives_tensors_for_tensors(operator, opset):
        raise NotFixed(f"ONNX's {operator[:60]} of opset {opset} is not deterministic")
    promised = _promised(operator, opset, inputs, outputs, attributes)
    exporting = torch.onnx.is_in_onnx_export()
    if not exporting and not any(each.is_meta for each in tensors):
        return by_reference(operator, opset, *inputs, outputs=outputs, **attributes)
    dtypes, shapes = [dtype for dtype, _ in promised], [shape for _, shape in promised]
    if exporting:
        given = [each if each is None or isinstance(each, Tensor) else torch.tensor(each) for each in inputs]
        found: Sequence[Tensor] = symbolic_multi_out(operator, given, attributes, dtypes=dtypes, shapes=shapes)
    else:
        found = [torch.empty(shape, dtype=dtype, device="meta") for dtype, shape in promised]
    return found[0] if outputs == 1 else tuple(found)


def gives_tensors_for_tensors(operator: str, opset: int) -> bool:
    """Return whether ONNX declares this operator as deterministic, with tensors as inputs and outputs."""
    if operator in NOT_OURS or not defs.has(operator, opset):
        return False
    schema = defs.get_schema(operator, opset)
    graphs = (defs.OpSchema.AttrType.GRAPH, defs.OpSchema.AttrType.GRAPHS)
    return (
        bool(schema.inputs)
        and all(NUMBERS & {*port.types} for port in (*schema.inputs, *schema.outputs))
        and schema.node_determinism.name != "NonDeterministic"  # type: ignore[attr-defined]  # its stub is older
        and not any(attribute.type in graphs for attribute in schema.attributes.values())
    )


def _promised(
    operator: str, opset: int, inputs: Sequence[Any], outputs: int, attributes: dict[str, Any]
) -> list[tuple[torch.dtype, list[Side]]]:
    """Return dtype and shape of each output, as ONNX infers them. Raises NotFixed if they depend on values."""
    names = ["" if each is None else f"x{place}" for place, each in enumerate(inputs)]
    answers = [f"y{number}" for number in range(outputs)]
    stand_ins = _stand_ins(inputs)
    kinds = {dtype: kind for kind, dtype in DTYPES.items()}
    ports, told = [], []
    for name, each in zip(names, inputs, strict=True):
        if isinstance(each, Tensor) and not _is_told(each):
            shape = [stand_ins[str(side)][0] if _is_open(side) else side for side in each.shape]
            ports.append(helper.make_tensor_value_info(name, kinds[each.dtype], shape))
        elif name:
            told.append(numpy_helper.from_array(_numbers(each), name))
    node = helper.make_node(operator, names, answers, **attributes)
    results = [onnx.ValueInfoProto(name=answer) for answer in answers]
    graph = helper.make_graph([node], operator, ports, results, told)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])
    inferred = shape_inference.infer_shapes(model, check_type=True, strict_mode=True, data_prop=True)
    found = [result.type.tensor_type for result in inferred.graph.output]
    if any(tensor.elem_type not in DTYPES or not _is_known(tensor) for tensor in found):
        raise NotFixed(
            f"the output size of {operator} depends on its input values, which a graph of layers cannot represent"
        )
    return [
        (DTYPES[tensor.elem_type], [_side(dim.dim_value, stand_ins) for dim in tensor.shape.dim]) for tensor in found
    ]


def _stand_ins(inputs: Sequence[Any]) -> dict[str, tuple[int, Any]]:
    """Return each side that an export leaves open, by its text, with a prime as its placeholder."""
    found = (side for each in inputs if isinstance(each, Tensor) for side in each.shape if _is_open(side))
    sides = {str(side): side for side in found}
    return {text: (prime, side) for (text, side), prime in zip(sides.items(), PRIMES, strict=False)}


def _is_open(side: Any) -> bool:
    """Return whether a side is open, although torch declares shapes as integers only."""
    return isinstance(side, torch.SymInt)


def _side(length: int, stand_ins: dict[str, tuple[int, Any]]) -> Side:
    """Return the side with placeholders replaced by the open sides."""
    found: Side = length
    for prime, side in stand_ins.values():
        if length and length % prime == 0:
            found = side * (length // prime)
    return found


def _is_known(tensor: onnx.TypeProto.Tensor) -> bool:
    return tensor.HasField("shape") and all(dim.HasField("dim_value") for dim in tensor.shape.dim)


def _is_told(tensor: Tensor) -> bool:
    """Return whether its values are available, and few enough to be sides, axes or a count."""
    return not tensor.is_meta and not isinstance(tensor, FakeTensor) and tensor.numel() <= MOST_TOLD


def _numbers(told: Any) -> np.ndarray:
    """Return the values as a numpy array for ONNX; those of a list are float32 or int64."""
    if isinstance(told, Tensor):
        return told.detach().cpu().numpy()
    plain = np.array(told)
    return plain.astype(np.float32 if plain.dtype.kind == "f" else np.int64)
