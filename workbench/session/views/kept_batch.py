"""The batch that ended a run, computed again from the file that stores it."""

from __future__ import annotations

import logging
from contextlib import suppress
from typing import TYPE_CHECKING

from workbench.events import AnyEvent, DataPrepared, RunStarted
from workbench.session.views.seen_batch import MOST_OF_BATCH, SeenBatch, seen_heads, seen_maps
from workbench.spec.problems import SpecError, first_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from torch import Tensor, fx

    from workbench.spec.experiment import Experiment, Speed
    from workbench.training.heads import ResolvedHead

log = logging.getLogger(__name__)


def read_kept(file: Path, experiment: Experiment, events: Iterable[AnyEvent]) -> SeenBatch:
    """Return what the network of ``experiment`` made of the batch in ``file``; ``events`` are its run's.

    A loss that torch refuses to compute, as for a label out of range, is nan. Raises SpecError if the file cannot be
    read.
    """
    from safetensors import SafetensorError, safe_open

    from workbench.compiler.module import build
    from workbench.compiler.weights import part
    from workbench.insight.gradients import layer_gradients
    from workbench.training.aims import num_classes
    from workbench.training.heads import resolve_heads

    data = next(event for event in events if isinstance(event, DataPrepared))
    speed = next(event for event in events if isinstance(event, RunStarted)).speed
    heads = resolve_heads(experiment, data.columns)
    module = build(experiment.architecture, classes=num_classes(experiment, data.columns))
    try:
        with safe_open(file, framework="pt") as kept:
            tensors, said = {name: kept.get_tensor(name) for name in kept.keys()}, kept.metadata()  # noqa: SIM118
        module.load_state_dict(part(tensors, "model."))
        inputs, targets, title, split = tensors["inputs"], part(tensors, "target."), said["title"], said["split"]
    except OSError as error:
        why = error.strerror or "it is not there"  # safetensors gives no reason for a missing file
        raise SpecError(f"{file}: this batch cannot be read: {why}; resume the run to have it kept again") from None
    except (SafetensorError, RuntimeError, KeyError, TypeError) as error:
        log.info("%s cannot be read: %s", file, first_line(error))
        raise SpecError(f"{file}: this batch is damaged; resume the run to have it kept again") from None
    module.train(split == "training")
    outputs = _gone_over(module, heads, speed, tensors, targets)
    return SeenBatch(
        title=title,
        step=0,
        num_pictures=len(inputs),
        pictures=tensors.get("pictures", inputs)[:MOST_OF_BATCH].numpy(),
        heads=seen_heads(heads, outputs, targets),
        gradients=layer_gradients(module),
        maps=seen_maps(heads, outputs),
    )


def _gone_over(
    module: fx.GraphModule,
    heads: Sequence[ResolvedHead],
    speed: Speed,
    tensors: Mapping[str, Tensor],
    targets: Mapping[str, Tensor],
) -> dict[str, Tensor]:
    """Return the answers by output; for a training step, the gradients are left on the weights."""
    import torch

    from workbench.training.heads import total_loss
    from workbench.training.speed import in_precision

    with torch.random.fork_rng(devices=[]):
        if "generator.cpu" in tensors:
            torch.set_rng_state(tensors["generator.cpu"])
        ask = in_precision(module.forward, speed) if module.training else module.forward  # splits are in float32
        outputs = ask(tensors["inputs"])
    if module.training:
        with suppress(IndexError, RuntimeError):  # as for a label out of range
            total_loss(heads, outputs, targets).backward()
    return outputs
