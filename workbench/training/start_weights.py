"""The initial weights of a run whose recipe names a file of them."""

from pathlib import Path

from torch import fx

from workbench import durable
from workbench.compiler.weights import load_into
from workbench.compiler.weights_report import WeightsReport
from workbench.spec.experiment import StartWeights
from workbench.spec.problems import SpecError


def check_start(chosen: StartWeights | None) -> None:
    """Raise SpecError if the file does not exist or has changed since it was chosen."""
    if chosen is None:
        return
    path = Path(chosen.file)
    if not path.is_file():
        raise SpecError(f"the initial weights are missing: {path}")
    if path.suffix.lower() != ".safetensors":
        raise SpecError(f"{path}: a run needs a .safetensors file: convert it with the weights command")
    if chosen.sha256 and durable.sha256(path) != chosen.sha256:
        raise SpecError(f"{path}: this file has changed since it was chosen: choose it again")


def load_start(module: fx.GraphModule, chosen: StartWeights | None) -> WeightsReport | None:
    """Load the weights that match into the network. Raises SpecError like ``check_start``, and if none matches."""
    if chosen is None:
        return None
    check_start(chosen)
    return load_into(module, Path(chosen.file))
