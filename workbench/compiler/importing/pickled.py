"""State dicts in torch's own format: only tensors are read, and nothing is executed."""

from __future__ import annotations

import json
import warnings
import zipfile
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save
from torch import Tensor

from workbench import durable
from workbench.compiler.importing.operations import Unreadable
from workbench.compiler.weights import ORDER
from workbench.spec.problems import first_line

SUFFIXES = (".pt", ".pth", ".bin", ".ckpt")
WRAPPINGS = ("state_dict", "model_state_dict", "model", "state_dict_ema", "model_ema", "net", "weights")
"""Keys under which training programs store the state dict beside other things."""


def convert(path: Path, file: Path) -> dict[str, Any]:
    """Write the tensors of ``path`` as safetensors and return the report. Raises Unreadable if there are none."""
    tensors = {name: tensor.detach().clone().contiguous() for name, tensor in _tensors(_loaded(path)).items()}
    if not tensors:
        raise Unreadable("this file contains no state dict (tensors by name)")
    sha256 = durable.write_bytes(file, save(tensors, {ORDER: json.dumps(list(tensors))}))
    return {"file": str(file), "sha256": sha256, "tensors": len(tensors)}


def _loaded(path: Path) -> Any:
    try:
        _check_sums(path)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return torch.load(path, map_location="cpu", weights_only=True)
    except (MemoryError, Unreadable):
        raise
    except Exception as error:  # noqa: BLE001  # torch raises nine classes on a damaged file
        if "weights_only" in str(error) or "Unsupported" in str(error) or "GLOBAL" in str(error):
            raise Unreadable(
                "it contains more than tensors, and loading it could execute code: save only its state_dict()"
            ) from None
        raise Unreadable(f"these weights cannot be read: {first_line(error)}") from None


def _check_sums(path: Path) -> None:
    """Reject a zip with a checksum error, which torch does not check. Formats older than torch's
    zip have no checksum.
    """
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as parts:
            damaged = parts.testzip()
        if damaged is not None:
            raise Unreadable(f"it is damaged: checksum mismatch in {damaged}; download or save it again")


def _tensors(thing: Any) -> dict[str, Tensor]:
    if not isinstance(thing, dict):
        return {}
    for key in WRAPPINGS:
        if isinstance(thing.get(key), dict):
            return _tensors(thing[key])
    return {str(name): tensor for name, tensor in thing.items() if isinstance(tensor, Tensor)}
