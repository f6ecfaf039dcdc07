"""Existing weights for a network: read from safetensors, matched by name and shape, and loaded."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor, fx, uint8

from workbench.compiler.module import build
from workbench.compiler.weights_report import Match, Misfit, Unmatched, WeightsReport
from workbench.durable import stamp
from workbench.layers.base import Shape
from workbench.spec.experiment import Architecture
from workbench.spec.problems import SpecError, first_line
from workbench.spec.words import natural

Found = TypeVar("Found")

CHECKPOINT = "workbench/checkpoint"
"""The ``format`` in the metadata of a checkpoint, the file that ``training.checkpoint`` writes."""

COUNTERS = "num_batches_tracked"
"""BatchNorm's counter, which affects no result and may be missing in a file."""

ORDER = "order"
"""Key in the file's metadata: the names in the order of the original state dict, which the format does not keep."""

WITHIN = (
    *("in_proj_weight", "weight", "weight_ih", "weight_hh", "in_proj_bias", "bias", "bias_ih", "bias_hh"),
    *("running_mean", "running_var"),
)
"""The order in which torch's layers declare their tensors; the others follow, by name."""

LAST = 2
"""The number of tensors of a last layer: its weight and its bias."""

PREFIXES = ("module.", "_orig_mod.", "model.", "backbone.", "net.", "network.", "encoder.", "model.module.")
"""Prefixes that wrappers add to every name."""


def read(path: Path) -> dict[str, Tensor]:
    """Return the tensors of a safetensors file by name; for a checkpoint of the workbench, the network's.

    These are the averaged weights, if the run kept an average. Raises SpecError on a bad file, or a damaged checkpoint.
    """
    return again_if_replaced(path, _read)


def again_if_replaced(path: Path, read: Callable[[Path], Found]) -> Found:
    """Return what ``read`` makes of a file; it is called again if the file was replaced meanwhile.

    safetensors looks its name up twice, for the names of the tensors and for their values. A run in another process
    may save its next checkpoint in between.
    """
    while True:
        before = stamp(path)
        try:
            return read(path)
        except SpecError:
            if stamp(path) == before:
                raise


def _read(path: Path) -> dict[str, Tensor]:
    try:
        with safe_open(path, framework="pt") as file:
            said = file.metadata() or {}
            there = set(file.keys())
            order = [name for name in json.loads(said.get(ORDER, "[]")) if name in there]
            tensors = {name: file.get_tensor(name) for name in dict.fromkeys((*order, *sorted(there, key=_place)))}
    except (SafetensorError, OSError, RuntimeError, ValueError, TypeError) as error:
        raise SpecError(f"{path}: these weights cannot be read: {first_line(error)}") from None
    if said.get("format") != CHECKPOINT:
        return tensors
    check_whole(path, tensors, said)
    return learnt_weights(tensors)


def _place(name: str) -> tuple[Any, ...]:
    """Return a key that sorts the names of a file without ``ORDER``: layers by number, within each as torch does.

    The tensors of a recurrent layer are those of its first level, then of its second: ``weight_ih_l0``.
    """
    layer, _, own = name.rpartition(".")
    stem, _, level = own.partition("_l")
    return natural(layer), natural(level), WITHIN.index(stem) if stem in WITHIN else len(WITHIN), natural(own)


def learnt_weights(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the weights of a checkpoint that are used for evaluation: the average, if there is one."""
    return part(tensors, "average.") or part(tensors, "model.")


def part(tensors: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """Return the tensors whose names begin with ``prefix``, by the rest of their names."""
    return {name[len(prefix) :]: value for name, value in tensors.items() if name.startswith(prefix)}


def check_whole(path: Path, tensors: Mapping[str, Tensor], said: Mapping[str, str]) -> None:
    """Raise SpecError if a checkpoint's tensors and metadata do not match its checksum."""
    rest = {key: value for key, value in said.items() if key != "sha256"}
    if said.get("sha256") != digest(tensors, rest):
        raise SpecError(f"{path}: this checkpoint is damaged: checksum mismatch")


def digest(tensors: Mapping[str, Tensor], said: Mapping[str, str]) -> str:
    """Return the SHA-256 of a checkpoint's content, since safetensors does not notice a flipped bit."""
    found = hashlib.sha256(json.dumps(said, sort_keys=True).encode())
    for name in sorted(tensors):
        found.update(f"{name}{tensors[name].dtype}{tuple(tensors[name].shape)}".encode())
        found.update(tensors[name].reshape(-1).view(uint8).numpy().tobytes())
    return found.hexdigest()


def wanted_by(architecture: Architecture, *, classes: int | None = None) -> dict[str, Shape]:
    """Return names and shapes of a network's tensors, in order. Raises ProblemsFound if the network has errors."""
    with torch.device("meta"):
        module = build(architecture, classes=classes)
    return shapes_of(module)


def shapes_of(module: fx.GraphModule) -> dict[str, Shape]:
    """Return names and shapes of a network's tensors, in order of computation."""
    shapes = {name: tuple(tensor.shape) for name, tensor in module.state_dict().items()}
    places = [node.target for node in module.graph.nodes if node.op in ("call_module", "get_attr")]
    of_place: dict[str, list[str]] = {}
    for name in shapes:
        of_place.setdefault(name, []).append(name)
        of_place.setdefault(name.rpartition(".")[0], []).append(name)
        of_place.setdefault(name.rpartition(".")[0].rpartition(".")[0], []).append(name)
    ordered = [name for place in places for name in of_place.get(str(place), ())]
    return {name: shapes[name] for name in dict.fromkeys((*ordered, *shapes))}


def fitting(wanted: Mapping[str, Shape], given: Mapping[str, Tensor], source: str) -> WeightsReport:
    """Do ``match``. Raises SpecError if none of the tensors, which are from ``source``, fits."""
    report = match(wanted, {name: tuple(tensor.shape) for name, tensor in given.items()})
    if not report.matches:
        raise SpecError(f"{source}: none of its tensors fits this network by name or shape")
    return report


def match(wanted: Mapping[str, Shape], given: Mapping[str, Shape]) -> WeightsReport:
    """Match tensors: by name, by name without a wrapper's prefix, else by order if all shapes agree, but for those of
    the last layer, whose number of classes may differ.
    """
    prefix = max(("", *PREFIXES), key=lambda prefix: _num_shared(wanted, given, prefix))
    sources = {name.removeprefix(prefix): name for name in given}
    matches: list[Match] = []
    misfits: list[Misfit] = []
    left = dict(wanted)
    for name in [name for name in wanted if name in sources]:
        source, shape = sources.pop(name), left.pop(name)
        if _same(shape, given[source]):
            matches.append(Match(name=name, source=source, shape=shape))
        else:
            misfits.append(Misfit(name=name, source=source, wanted=shape, given=given[source]))
    spare = {source: given[source] for source in sources.values()}
    left = {name: shape for name, shape in left.items() if not name.endswith(COUNTERS)}
    spare_weights = {name: shape for name, shape in spare.items() if not name.endswith(COUNTERS)}
    if _agree(list(left.values()), list(spare_weights.values())):
        for (name, shape), (source, other) in zip(left.items(), spare_weights.items(), strict=True):
            if _plain(shape) == _plain(other):
                matches.append(Match(name=name, source=source, shape=shape, how="order"))
            else:
                misfits.append(Misfit(name=name, source=source, wanted=shape, given=other))
        left, spare_weights = {}, {}
    return WeightsReport(
        matches=tuple(matches),
        misfits=tuple(misfits),
        missing=tuple(Unmatched(name=name, shape=shape) for name, shape in left.items()),
        unexpected=tuple(Unmatched(name=name, shape=shape) for name, shape in spare_weights.items()),
    )


def taken(report: WeightsReport, given: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the matching tensors, by the network's names and in its shapes."""
    return {one.name: given[one.source].reshape(one.shape).contiguous() for one in report.matches}


def named(report: WeightsReport, given: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return ``taken``, and tensors of equal names but other shapes: the network may use them with other classes."""
    return taken(report, given) | {one.name: given[one.source].contiguous() for one in report.misfits}


def load_into(module: fx.GraphModule, path: Path) -> WeightsReport:
    """Load a file's matching weights into a network. Raises SpecError if none matches, or one is not finite."""
    given = read(path)
    report = fitting(shapes_of(module), given, str(path))
    found = taken(report, given)
    broken = next((name for name, tensor in found.items() if not torch.isfinite(tensor).all()), None)
    if broken is not None:
        raise SpecError(f"{path}: {broken} is not finite: these weights have diverged")
    module.load_state_dict(found, strict=False)
    return report


def _agree(wanted: Sequence[Shape], given: Sequence[Shape]) -> bool:
    """Return whether two networks' tensors have the same shapes, in order: all, or all but a last layer's weight and
    bias, which then have as many axes.
    """
    same = [_plain(one) == _plain(other) for one, other in zip(wanted, given, strict=False)]
    if not wanted or len(wanted) != len(given):
        return False
    alike = all(len(one) == len(other) for one, other in zip(wanted[-LAST:], given[-LAST:], strict=True))
    return all(same) or (len(same) > LAST and all(same[:-LAST]) and alike)


def _num_shared(wanted: Mapping[str, Shape], given: Mapping[str, Shape], prefix: str) -> int:
    return sum(name.removeprefix(prefix) in wanted for name in given if name.startswith(prefix))


def _plain(shape: Shape) -> Shape:
    return tuple(side for side in shape if side != 1)


def _same(wanted: Shape, given: Shape) -> bool:
    """Return whether shapes are equal except for sides of 1, which layer scales may have or lack."""
    return _plain(wanted) == _plain(given)
