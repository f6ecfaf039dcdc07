"""Writes an imported network as two files: FILE.json, the architecture, and FILE.safetensors, its weights."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from safetensors.torch import save

from workbench import durable
from workbench.compiler.analysis import analyse
from workbench.compiler.importing import pickled
from workbench.compiler.importing.network import Imported, import_module, import_onnx
from workbench.compiler.importing.source import load
from workbench.layers.base import Shape
from workbench.spec.files import to_json


def import_to(source: str, file: Path, shape: Shape | None) -> dict[str, Any]:
    """Import a network (or the tensors in torch's own format), write it, and return the report.

    Raises Unreadable or SpecError if that is impossible.
    """
    path = Path(source)
    if path.suffix.lower() in pickled.SUFFIXES:
        _say("Reading the weights…")
        return pickled.convert(path, file)
    if path.suffix.lower() == ".onnx":
        _say("Reading the file and tracing the network…")
        imported = import_onnx(path, shape, path.stem)
    else:
        _say("Building the network…")
        found = load(source, shape)
        _say("Tracing the network…")
        imported = import_module(found.model, found.shapes, found.name)
    _say("Writing…")
    return write(imported, file)


def write(imported: Imported, file: Path) -> dict[str, Any]:
    """Write both files, the weights first, and return the report."""
    weights = file.with_suffix(".safetensors")
    sha256 = durable.write_bytes(weights, save(imported.weights, {"network": imported.architecture.name}))
    durable.write_text(file, to_json(imported.architecture))
    return {
        "file": str(file),
        "weights": str(weights),
        "sha256": sha256,
        "nodes": len(analyse(imported.architecture).leaves),
        "blocks": len(imported.architecture.blocks),
        "parameters": imported.num_parameters,
        "max_abs_difference": imported.max_abs_difference,
        "in_float64": imported.in_float64,
        "opaque": list(imported.opaque),
        "unused": list(imported.unused),
        "plain": list(imported.plain),
    }


def _say(what: str) -> None:
    print(what, file=sys.stderr, flush=True)  # noqa: T201  # the child's progress, one line at a time
