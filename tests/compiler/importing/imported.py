"""Networks imported from torch, and compared with the originals."""

import torch
from torch import nn

from workbench.compiler.analysis import analyse
from workbench.compiler.importing.network import TOLERANCE, Imported, import_module
from workbench.compiler.module import build
from workbench.spec.experiment import Architecture
from workbench.spec.files import from_json, to_json
from workbench.spec.graph import Node


def nodes_of(architecture: Architecture, kind: str) -> list[Node]:
    return [
        node
        for graph in (architecture.graph, *architecture.blocks.values())
        for node in graph.nodes
        if node.type == kind
    ]


def proven(model: nn.Module, *shapes: tuple[int, ...]) -> Imported:
    """Import the module, and compare outputs on new inputs and batches after a round trip through the file format."""
    imported = import_module(model, shapes, "network")
    assert imported.max_abs_difference <= TOLERANCE
    again = build(from_json(to_json(imported.architecture), Architecture), seed=3).eval()
    again.load_state_dict(imported.weights, strict=False)
    inputs = [torch.rand(4, *shape) * 2 - 0.7 for shape in shapes]
    with torch.no_grad():
        expected, found = model(*inputs), again(*inputs)
    answers = (
        expected if isinstance(expected, tuple) else expected.values() if isinstance(expected, dict) else [expected]
    )
    for wanted, given in zip(answers, found.values(), strict=True):
        torch.testing.assert_close(given, wanted, atol=1e-4, rtol=1e-4)
    assert analyse(imported.architecture).sound
    return imported
