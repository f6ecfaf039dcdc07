"""Reads an untrusted ONNX file: everything it declares is checked against its content."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

import numpy as np
import onnx
import torch
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import DecodeError, Message
from onnx import AttributeProto, GraphProto, ModelProto, NodeProto, TensorProto, inliner
from torch import Tensor

from workbench.compiler.importing.operations import Unreadable
from workbench.spec.problems import first_line

LARGEST_FILE_BYTES = (2 << 30) - 1
"""The format's own limit; larger models use external files."""

MOST_NODES = 10_000
MOST_PORTS = 64
"""The maximum number of inputs, and of outputs, of a network."""

MOST_DIMENSIONS = 64
"""numpy's limit, and torch's."""

OLDEST_OPSET = 7
"""The first with torch's semantics of broadcasting."""

CONTROL_FLOW = frozenset(("If", "Loop", "Scan", "SequenceMap", "Optional", "OptionalGetElement"))
PLAIN_DOMAINS = ("", "ai.onnx")
KEPT_IN = {1: "float_data", 11: "double_data", 7: "int64_data"}
"""The fields of numbers not stored as raw bytes, by ONNX's data type; all others are in ``int32_data``."""


def read(path: Path) -> ModelProto:
    """Read the file's model with all its weights and only plain nodes. Raises Unreadable, in a sentence, if it is
    invalid.
    """
    if path.stat().st_size > LARGEST_FILE_BYTES:
        raise Unreadable("an ONNX file is limited to 2 GB: larger models store their weights in files next to it")
    try:
        model = ModelProto.FromString(path.read_bytes())
    except DecodeError:
        raise Unreadable("not an ONNX file, or a truncated one") from None
    _check_text(model)
    if not model.graph.node or not model.graph.output:
        raise Unreadable("this ONNX file contains no network")
    if opset_of(model) < OLDEST_OPSET:
        raise Unreadable(f"it is of opset {opset_of(model)}; opset {OLDEST_OPSET} or newer is supported")
    model = _without_functions(model)
    if len(model.graph.node) > MOST_NODES:
        raise Unreadable(f"it has {len(model.graph.node):,} nodes; at most {MOST_NODES:,} are supported")
    _check_ports(model.graph)
    _check_nodes(model.graph)
    _check_order(model.graph)
    _fetch_weights(model.graph, path.parent.resolve())
    return model


def _check_text(message: Message) -> None:
    """Check that all strings are text: protobuf returns bytes for others, which later code does not expect."""
    for field, value in message.ListFields():
        several = value if field.is_repeated else (value,)
        if field.type == FieldDescriptor.TYPE_MESSAGE:
            for inner in several:
                _check_text(inner)
        elif field.type == FieldDescriptor.TYPE_STRING and not all(isinstance(word, str) for word in several):
            raise Unreadable(f"its {field.name} is not text: the file is damaged")


def opset_of(model: ModelProto) -> int:
    """Return the version of ONNX's own operators that the file uses."""
    return max((entry.version for entry in model.opset_import if entry.domain in PLAIN_DOMAINS), default=0)


def _without_functions(model: ModelProto) -> ModelProto:
    """Return the network with its functions expanded, after checking how large it will be."""
    if not model.functions:
        return model
    functions = {(function.domain, function.name): function for function in model.functions}
    sizes: dict[tuple[str, str], int] = {}

    def size_of(nodes: Iterable[NodeProto], within: tuple[tuple[str, str], ...]) -> int:
        total = 0
        for node in nodes:
            key = (node.domain, node.op_type)
            if key in within:
                raise Unreadable(f"its function {node.op_type} uses itself")
            if key in functions and key not in sizes:
                if len(within) > 20:
                    raise Unreadable("its functions are nested too deeply")
                sizes[key] = size_of(functions[key].node, (*within, key))
            total += sizes.get(key, 1)
            if total > MOST_NODES:
                raise Unreadable(f"its functions expand to more than {MOST_NODES:,} nodes")
        return total

    size_of(model.graph.node, ())
    try:
        return inliner.inline_local_functions(model)
    except onnx.checker.ValidationError as error:
        raise Unreadable(f"its functions cannot be expanded: {first_line(error)}") from None


def _check_ports(graph: GraphProto) -> None:
    held = {tensor.name for tensor in graph.initializer}
    names = [value.name for value in graph.input if value.name not in held]
    for ports, what in ((names, "inputs"), ([value.name for value in graph.output], "outputs")):
        if len(ports) > MOST_PORTS:
            raise Unreadable(f"it has {len(ports):,} {what}; at most {MOST_PORTS} are supported")
        if len(set(ports)) < len(ports):
            raise Unreadable(f"two of its {what} have the same name")


def _check_nodes(graph: GraphProto) -> None:
    for node in graph.node:
        if node.op_type in CONTROL_FLOW:
            raise Unreadable(f"it contains control flow ({node.op_type}), which a graph of layers cannot represent")
        if node.domain not in PLAIN_DOMAINS:
            raise Unreadable(
                f"it uses the operator {node.op_type[:60]} of {node.domain[:60]}, which is not a standard ONNX operator"
            )
        if any(attribute.type in (AttributeProto.GRAPH, AttributeProto.GRAPHS) for attribute in node.attribute):
            raise Unreadable(f"its {node.op_type} contains a subgraph")
    if graph.sparse_initializer:
        raise Unreadable("its weights are stored as sparse tensors")


def _check_order(graph: GraphProto) -> None:
    """Check that each value is defined before it is used, and only once."""
    known = {value.name for value in graph.input} | {tensor.name for tensor in graph.initializer} | {""}
    for node in graph.node:
        missing = next((name for name in node.input if name not in known), None)
        if missing is not None:
            raise Unreadable(f"its {node.op_type} uses {missing[:60]}, which no earlier node produces")
        made = [name for name in node.output if name]
        if not made or not known.isdisjoint(made) or len(set(made)) < len(made):
            raise Unreadable(f"its {node.op_type} produces a name that already exists")
        known.update(made)
    absent = next((value.name for value in graph.output if value.name not in known), None)
    if absent is not None:
        raise Unreadable(f"its output {absent[:60]} is produced by no node")


def _fetch_weights(graph: GraphProto, folder: Path) -> None:
    """Load the tensors in external files into the model: later code opens no file named by an untrusted one."""
    tensors = [*graph.initializer, *(attribute.t for node in graph.node for attribute in node.attribute)]
    beside = [proto for proto in tensors if proto.data_location == TensorProto.EXTERNAL]
    sizes = [_count(proto) * _dtype(proto).itemsize for proto in beside]
    if sum(sizes) > LARGEST_FILE_BYTES:
        raise Unreadable("the weights beside it are more than 2 GB, which is more than can be imported")
    for proto, num_bytes in zip(beside, sizes, strict=True):
        proto.raw_data = _beside(proto, num_bytes, folder)
        proto.data_location = TensorProto.DEFAULT
        del proto.external_data[:]


def _beside(proto: TensorProto, num_bytes: int, folder: Path) -> bytes:
    """Return the bytes of a tensor stored in another file of the folder."""
    said = {entry.key: entry.value for entry in proto.external_data}
    place = PurePosixPath(said.get("location", ""))
    file = folder / place
    outside = place.is_absolute() or ".." in place.parts or not place.parts or "\\" in str(place)
    try:
        outside = outside or file.resolve() != file
        is_file = file.is_file()
    except ValueError:  # a null byte in its name
        outside, is_file = True, False
    except OSError:  # a name too long for a file, of which Python 3.14 says no more than that there is none
        is_file = False
    if outside:
        raise Unreadable(f"its weights are stored outside its folder, in {str(place)[:60] or 'no file'}")
    if not is_file:
        raise Unreadable(f"its weights are in {str(place)[:60]}, which is missing next to it")
    offset, length = _number(said.get("offset", "0")), _number(said.get("length", str(num_bytes)))
    if length != num_bytes or offset + length > file.stat().st_size:
        raise Unreadable(f"the tensor {proto.name[:60]} declares {num_bytes:,} bytes, which {place} does not contain")
    with file.open("rb") as stream:
        stream.seek(offset)
        return stream.read(num_bytes)


def _number(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise Unreadable("it does not say where its weights are stored")
    return int(text)


def tensor_of(proto: TensorProto) -> Tensor:
    """Return the values as a torch tensor."""
    dtype, count = _dtype(proto), _count(proto)
    if proto.HasField("raw_data"):
        _check_length(proto, len(proto.raw_data), count * dtype.itemsize, "bytes")
        return torch.from_numpy(np.frombuffer(proto.raw_data, dtype).reshape(tuple(proto.dims)).copy())
    held = getattr(proto, KEPT_IN.get(proto.data_type, "int32_data"))
    _check_length(proto, len(held), count, "numbers")
    return torch.from_numpy(onnx.numpy_helper.to_array(proto).copy())


def _dtype(proto: TensorProto) -> np.dtype[np.generic]:
    try:
        dtype = onnx.helper.tensor_dtype_to_np_dtype(proto.data_type)
    except KeyError:
        dtype = np.dtype(object)
    if dtype.kind not in "fiub" or dtype.itemsize not in (1, 2, 4, 8):
        raise Unreadable(f"the tensor {proto.name[:60]} has a data type that torch does not support")
    return dtype


def _count(proto: TensorProto) -> int:
    if len(proto.dims) > MOST_DIMENSIONS:
        raise Unreadable(f"the tensor {proto.name[:60]} has {len(proto.dims):,} dimensions")
    if any(side < 0 for side in proto.dims):
        raise Unreadable(f"the tensor {proto.name[:60]} has a negative dimension")
    return math.prod(proto.dims)


def _check_length(proto: TensorProto, held: int, promised: int, what: str) -> None:
    if held != promised:
        raise Unreadable(f"the tensor {proto.name[:60]} declares {promised:,} {what} but contains {held:,}")


def attributes(node: NodeProto) -> dict[str, object]:
    """Return a node's attributes as Python values: strings, numbers, lists of numbers, tensors."""
    return dict(_attributes(node))


def _attributes(node: NodeProto) -> Iterator[tuple[str, object]]:
    for attribute in node.attribute:
        if attribute.ref_attr_name:
            raise Unreadable(f"its {node.op_type[:60]} takes {attribute.name[:60]} from a function that does not exist")
        if attribute.type == AttributeProto.TENSOR:
            yield attribute.name, tensor_of(attribute.t)
            continue
        value = onnx.helper.get_attribute_value(attribute)
        if isinstance(value, bytes):
            value = value.decode(errors="replace")
        if isinstance(value, list):
            value = [item.decode(errors="replace") if isinstance(item, bytes) else item for item in value]
        yield attribute.name, value
