"""From the resolved network to a ``torch.fx.GraphModule`` whose submodules have the nodes' paths."""

import keyword
from typing import Any

import torch
from torch import fx, nn

from workbench.compiler.analysis import resolve
from workbench.compiler.visit import Resolved
from workbench.layers.base import Shape
from workbench.spec.experiment import Architecture
from workbench.spec.graph import INPUT, OUTPUT
from workbench.spec.problems import ProblemsFound


def build(
    architecture: Architecture, *, classes: int | None = None, input_shape: Shape | None = None, seed: int = 0
) -> fx.GraphModule:
    """Build the trainable module, with weights drawn by ``seed``; torch's generators are restored.

    Not by ``torch.manual_seed``, which seeds every device's generator, while only the CPU's is restored.

    ``forward`` takes the Inputs' tensors [B, ...] in order and returns a dict of tensors by Output name. Raises
    ProblemsFound if the network has errors.
    """
    resolution = resolve(architecture, classes=classes, input_shape=input_shape)
    if not resolution.analysis.sound:
        raise ProblemsFound(resolution.analysis.errors)
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        modules = {
            resolved.node.path: resolved.layer.build(*resolved.input_shapes)
            for resolved in resolution.nodes
            if resolved.node.type not in (INPUT, OUTPUT)
        }
    return _assemble(resolution.nodes, modules, architecture.name)


def _assemble(nodes: tuple[Resolved, ...], modules: dict[str, nn.Module], name: str) -> fx.GraphModule:
    graph = fx.Graph()
    held: dict[str, nn.Module | torch.Tensor] = {}
    values: dict[str, fx.Node] = {}
    outputs: dict[str, fx.Node] = {}
    for resolved in nodes:
        node = resolved.node
        sources = [_take(values, source) for source in node.inputs if source is not None]
        if node.type == INPUT:
            values[node.path] = _placeholder(graph, node.path)
        elif node.type == OUTPUT:
            outputs[node.path] = sources[0]
        elif beside := resolved.layer.weights_beside():
            weights = {node.path + added: getattr(modules[node.path], name) for name, added in beside.items()}
            held |= weights
            function: Any = modules[node.path].function
            arguments = (*sources, *map(graph.get_attr, weights))
            values[node.path] = graph.create_node("call_function", function, arguments, name=node.path)
        else:
            held[node.path] = modules[node.path]
            values[node.path] = graph.create_node("call_module", node.path, tuple(sources), name=node.path)
        if node.path in values:
            values[node.path].meta["path"] = node.path  # fx turns the name into an identifier
        if len(resolved.layer.output_ports) > 1:
            for index, port in enumerate(resolved.layer.output_ports):
                values[f"{node.path}:{port}"] = graph.call_function(_item, (values[node.path], index))
    graph.output(outputs)
    return fx.GraphModule(_in_order(held), graph, class_name=_identifier(name))


def _in_order(held: dict[str, nn.Module | torch.Tensor]) -> nn.Module:
    """Return a module that holds everything by path, so that weights are listed in order of computation.

    Thus a sum over them (the gradient norm) has one fixed order. fx itself, given the paths, would sort them by depth.
    """
    root = nn.Module()
    for path, thing in held.items():
        *above, name = path.split(".")
        place = root
        for part in above:
            if not hasattr(place, part):
                place.add_module(part, nn.Module())
            place = place.get_submodule(part)
        setattr(place, name, thing)
    return root


def _placeholder(graph: fx.Graph, name: str) -> fx.Node:
    """Return an argument of ``forward``, called ``name`` if Python allows it (not ``1``, ``class`` or ``self``)."""
    taken = name == "self" or keyword.iskeyword(name)
    node = graph.create_node("placeholder", name, name=f"{name}_" if taken else name)
    node.target = node.name  # which fx has turned into an identifier that shadows nothing
    return node


def _take(values: dict[str, fx.Node], source: tuple[str, str]) -> fx.Node:
    path, port = source
    return values.get(f"{path}:{port}", values[path])


def _item(values: tuple[torch.Tensor, ...], index: int) -> torch.Tensor:
    return values[index]


def _identifier(name: str) -> str:
    """Return a class name for the printed module: ``LeNet-5`` -> ``LeNet5``."""
    letters = "".join(character for character in name if character.isalnum())
    return letters if letters[:1].isalpha() else f"Network{letters}"
