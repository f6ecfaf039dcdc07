"""The original names of an ONNX file's nodes: torch's module paths, if its exporter kept them."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from itertools import takewhile

from onnx import NodeProto

from workbench.compiler.importing.operations import ModulePath

SCOPES = "pkg.torch.onnx.name_scopes"
CLASSES = "pkg.torch.onnx.class_hierarchy"
ENDINGS = re.compile(r"(weight|bias|w|b|kernel|gamma|beta|scale|s|rm|riv|mean|var|bn)?_?\d*\Z", re.IGNORECASE)


def scope_of(node: NodeProto) -> tuple[ModulePath, Sequence[str]]:
    """Return the path of the module that a node belongs to, and the classes along it; both may be empty."""
    noted = {entry.key: entry.value for entry in node.metadata_props}
    if SCOPES in noted:
        scopes, classes = _listed(noted[SCOPES]), _listed(noted.get(CLASSES, ""))
        modules = [name for name in scopes[:-1] if name]
        path = tuple(modules[-1].split(".")) if modules else ()
        known = [kind.rpartition(".")[2] for kind in classes[1:-1]]
        return path, known if len(known) == len(modules) else ()
    if node.name.startswith("/"):
        return _from_steps(node.name.strip("/").split("/")[:-1]), ()
    return (), ()


def _listed(text: str) -> list[str]:
    try:
        found = ast.literal_eval(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    return [str(item) for item in found] if isinstance(found, list) else []


def _from_steps(steps: Sequence[str]) -> ModulePath:
    """Convert ``layer1/layer1.0/conv1`` -> layer1, 0, conv1: a step repeats the module above it if that is a list."""
    path: list[str] = []
    for step in steps:
        parts = step.split(".")
        above = len(parts) - 1
        repeats = 0 < above <= len(path) and path[-above:] == parts[:-1]
        path += parts[-1:] if repeats else parts
    return tuple(path)


def stem_of(weights: Sequence[str]) -> str:
    """Return what the names of a node's weights have in common, as the node's name: conv1_w_0, conv1_b_0 -> conv1."""
    alike = takewhile(lambda letters: len(set(letters)) == 1, zip(*weights, strict=False))
    common = "".join(letters[0] for letters in alike)
    if len(weights) == 1 or common in weights:
        common = ENDINGS.sub("", weights[0])
    common = re.sub(r"[^A-Za-z0-9]+", "_", common).strip("_")
    return common if re.search(r"[A-Za-z]", common) else ""
