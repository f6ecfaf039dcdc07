"""An ONNX file as a torch module, to be traced like any other."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from onnx import ModelProto, NodeProto, TypeProto, ValueInfoProto
from torch import Tensor, nn

from workbench.compiler.importing import (
    onnx_names,
    onnx_operators,  # noqa: F401  # declares them
)
from workbench.compiler.importing.effort import Effort, most_macs
from workbench.compiler.importing.onnx_file import attributes, opset_of, tensor_of
from workbench.compiler.importing.onnx_operators.by_itself import by_itself
from workbench.compiler.importing.onnx_operators.declaring import DTYPES, OPERATORS, NotInTorch, Step
from workbench.compiler.importing.onnx_operators.lengths import check_lengths
from workbench.compiler.importing.onnx_operators.making import MOST_MADE
from workbench.compiler.importing.operations import ModulePath, Unfit, Unreadable
from workbench.compiler.inference import reserved_names
from workbench.compiler.out_of_memory import is_out_of_memory
from workbench.layers.base import Shape
from workbench.layers.modules.onnx_operator import gives_tensors_for_tensors
from workbench.spec.problems import first_line

USUAL_SIDES = ((224, 224), (48, 320), (32, 32))
"""Height and width tried if the file leaves them open: photographs, lines of text, small pictures."""

LONGEST_FOLD_S = 10
"""The time limit for computing constants; exporters leave computations of shapes, and transposed weights."""

TOLD = frozenset(("Resize", "Upsample", "Pad", "Clip", "Dropout", "Tile", "Expand", "Slice", "Reshape"))
"""Operators whose further inputs are settings rather than learnt weights."""


@dataclass(kw_only=True)
class _Node:
    """One node: what it computes, from which values, under which names."""

    step: Step
    name: str
    inputs: list[str]
    outputs: list[str]
    scope: ModulePath
    classes: tuple[str, ...] = ()


class _Part(nn.Module):
    """The module that consecutive nodes belonged to; exists for its path."""

    def forward(self, nodes: list[_Node], values: dict[str, Tensor | None], effort: Effort, num_pictures: int) -> None:
        """Compute the nodes and add their outputs to ``values``."""
        for node in nodes:
            effort.add(node.step, node.name, [values[name] for name in node.inputs], num_pictures)
            compute(node, values)


@dataclass(kw_only=True)
class Given:
    """The file's declaration of one of its inputs."""

    name: str
    shape: Shape
    fixed_batch: bool


class OnnxNetwork(nn.Module):
    """The network of a file. ``weights`` are the tensors it computes with, by name; ``kinds`` are
    its modules' classes.
    """

    def __init__(self, model: ModelProto, shape: Shape | None = None, sides: tuple[int, int] = USUAL_SIDES[0]) -> None:
        super().__init__()
        self._effort = Effort(most_macs(model.ByteSize()))
        graph = model.graph
        self.constants: dict[str, Tensor | None] = {"": None}
        self.constants.update({proto.name: tensor_of(proto) for proto in graph.initializer})
        self.given = [_given(value, shape, sides) for value in graph.input if value.name not in self.constants]
        if not self.given:
            raise Unreadable("it has no input")
        self.outputs = [value.name for value in graph.output]
        nodes = [_node(proto, opset_of(model)) for proto in graph.node]
        self._origins: dict[str, str] = {}
        """The weight that a folded weight was computed from."""
        self.nodes = self._fold(nodes)
        steps = ((node.step, node.inputs, node.outputs) for node in self.nodes)
        check_lengths(steps, [given.name for given in self.given])
        self.weights = self._name_weights()
        self.kinds = {
            node.scope[: len(node.scope) - missing]: kind
            for node in self.nodes
            for missing, kind in enumerate(reversed(node.classes))
        }
        self._runs = [(self._part(scope), list(run)) for scope, run in groupby(self.nodes, lambda node: node.scope)]

    def forward(self, *x: Tensor) -> dict[str, Tensor]:
        """Compute the outputs by name, from one tensor for each input."""
        values: dict[str, Tensor | None] = dict(self.constants)
        values.update({given.name: tensor for given, tensor in zip(self.given, x, strict=True)})
        self._effort.begin()
        for part, nodes in self._runs:
            part(nodes, values, self._effort, len(x[0]))
        return {name: tensor for name in self.outputs if (tensor := values[name]) is not None}

    def _fold(self, nodes: list[_Node]) -> list[_Node]:
        """Compute what depends on no input, and return the remaining nodes."""
        left: list[_Node] = []
        made, begun_s = 0, time.process_time()
        for node in nodes:
            if any(name not in self.constants for name in node.inputs):
                left.append(node)
                continue
            self._effort.add(node.step, node.name, [self.constants[name] for name in node.inputs])
            compute(node, self.constants)
            sources = [name for name in node.inputs if _is_weight(self.constants[name])]
            made_of = self.constants[node.inputs[0]] if node.inputs else None
            if node.step.operator == "Identity" and made_of is not None:
                # torch's exporter stores equal weights once, and names the others by Identity nodes.
                self.constants[node.outputs[0]] = made_of.clone()
            elif len(sources) == 1:
                self._origins.update(dict.fromkeys(node.outputs, self._origins.get(sources[0], sources[0])))
            made += sum(tensor.numel() for name in node.outputs if (tensor := self.constants[name]) is not None)
            if made > 2 * MOST_MADE:
                raise Unreadable("it generates more constants than a valid file would")
            if time.process_time() - begun_s > LONGEST_FOLD_S:
                raise Unreadable("it computes constants for longer than a valid file would")
        return left

    def _name_weights(self) -> dict[str, Tensor]:
        """Return the floating-point tensors that the nodes use, named after the module or node they belong to."""
        named: dict[str, Tensor] = {}
        seen: set[str] = set()
        stems: Counter[str] = Counter()
        for node in self.nodes:
            told = node.inputs[1:] if node.step.operator in TOLD else ()
            own = [name for name in node.inputs if name not in (*seen, *told) and _is_weight(self.constants.get(name))]
            seen.update(own)
            names = [self._origins.get(name, name) for name in own]
            placed = bool(node.scope) or any("." in name for name in names)
            stem = "" if placed or not own else onnx_names.stem_of(names)
            if stem:
                stems[stem] += 1
                stem = stem if stems[stem] == 1 else f"{stem}_{stems[stem]}"
            for name, said in zip(own, names, strict=True):
                wished = f"{stem}.{said.replace('.', '_')}" if stem else said
                tensor = self.constants[name]
                assert tensor is not None
                named[wished if wished not in named else f"{wished}_{len(named)}"] = tensor
        return named

    def _part(self, path: ModulePath) -> _Part:
        """Return the module at a path; for nodes without a module, one without a path."""
        part, modules = _Part(), self._modules
        for name in path:
            part = modules.setdefault(name, _Part())  # type: ignore[assignment]  # they are all of this class
            modules = part._modules
        return part


def _is_weight(tensor: Tensor | None) -> bool:
    """Return whether a constant could be a learnt weight: several floating-point numbers."""
    return tensor is not None and tensor.is_floating_point() and tensor.numel() > 1


def _given(value: ValueInfoProto, shape: Shape | None, usual_sides: tuple[int, int]) -> Given:
    whose = f"its input {value.name[:60]}"
    batch, sides = _batch_and_sides(value, whose)
    if shape is None:
        usual = (3, *usual_sides)[-len(sides) :]
        shape = tuple(own if side is None else side for side, own in zip(sides, usual, strict=True))
    elif len(shape) != len(sides) or any(side not in (None, own) for side, own in zip(sides, shape, strict=True)):
        wanted = ", ".join("any" if side is None else str(side) for side in sides)
        raise Unreadable(f"{whose} expects {wanted}, not {', '.join(map(str, shape))}")
    if any(side > 1 << 20 for side in shape):
        raise Unreadable(f"{whose} is too large: {'×'.join(map(str, shape))}")
    return Given(name=value.name, shape=shape, fixed_batch=bool(batch))


def _batch_and_sides(value: ValueInfoProto, whose: str) -> tuple[int | None, list[int | None]]:
    """Return an input's batch size and the sides of its shape; None for what the file leaves open."""
    if value.type.WhichOneof("value") != "tensor_type":
        raise Unreadable(f"{whose} is not a tensor")
    tensor: TypeProto.Tensor = value.type.tensor_type
    if tensor.elem_type != 1:
        dtype = str(DTYPES.get(tensor.elem_type, "words")).removeprefix("torch.")
        raise Unreadable(f"{whose} takes {dtype}, not float32: networks for text and similar data cannot be imported")
    dims = [dim.dim_value if dim.HasField("dim_value") else None for dim in tensor.shape.dim]
    if dims and (dims[0] or 1) > 1:
        raise Unreadable(f"{whose} takes {dims[0]} pictures at a time; only a batch size of one or any is supported")
    if not 2 <= len(dims) <= 4:
        raise Unreadable(f"{whose} has {len(dims)} dimensions; only pictures, tokens and vectors are supported")
    return dims[0], [side if side is not None and side > 0 else None for side in dims[1:]]


def _node(proto: NodeProto, opset: int) -> _Node:
    if proto.op_type not in OPERATORS and not gives_tensors_for_tensors(proto.op_type, opset):
        raise Unreadable(f"it uses ONNX's operator {proto.op_type[:60]}, which is not supported")
    step = Step(operator=proto.op_type, attributes=attributes(proto), num_outputs=len(proto.output), opset=opset)
    named, classes = onnx_names.scope_of(proto)
    scope = tuple(f"{part}_" if part in reserved_names() else part for part in named)
    return _Node(
        step=step,
        name=(proto.name or next(filter(None, proto.output)))[:60],
        inputs=list(proto.input),
        outputs=list(proto.output),
        scope=scope,
        classes=tuple(classes),
    )


def compute(node: _Node, values: dict[str, Tensor | None]) -> None:
    """Compute a node from ``values``, and add its outputs. Raises Unreadable if its inputs do not fit."""
    try:
        given = [values[name] for name in node.inputs]
        while given and given[-1] is None:
            given.pop()
        found = _found(node.step, given)
    except (Unreadable, MemoryError):
        raise
    except Exception as error:  # with untrusted attributes, torch and our own arithmetic can raise anything
        if is_out_of_memory(error):
            raise
        raise Unfit(f"its {node.step.operator} cannot be computed: {first_line(error)}") from error
    several = found if isinstance(found, tuple | list) else (found,)
    values.update(zip(node.outputs, several, strict=False))


def _found(step: Step, given: Sequence[Tensor | None]) -> Any:
    """Return the operator's outputs, computed by torch functions if possible."""
    if step.operator not in OPERATORS:
        return by_itself(step, *given)
    try:
        return OPERATORS[step.operator](step, *given)
    except NotInTorch:
        if not gives_tensors_for_tensors(step.operator, step.opset):
            raise
        return by_itself(step, *given)
