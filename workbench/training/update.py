"""One update of the weights: the gradients of one or several batches, clipped, and the optimizer's step."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import islice
from typing import NamedTuple

import torch
from torch import Tensor, fx, nn, optim
from torch.optim.swa_utils import AveragedModel

from workbench.data.batches import Batch
from workbench.spec.experiment import Experiment
from workbench.spec.treatment import PLAIN
from workbench.training.distributed.ranks import ALONE
from workbench.training.distributed.spread import Spread, is_shard, whole
from workbench.training.heads import ResolvedHead, losses_by_head, weighted_sum
from workbench.training.optimizer import Optimizer
from workbench.training.speed import Ask
from workbench.training.state import TrainingState
from workbench.training.treated import treated_weights
from workbench.training.trouble.soundness import Sentinel

LEFT_OUT = 3.0
"""The step was skipped because a scaled gradient overflowed fp16: this is normal, and the scale is halved."""

SMALLEST_SCALE = 1.0
"""A gradient that overflows fp16 at this scale or less is itself too large."""


class Learnt(NamedTuple):
    """What a batch's gradients were computed from, still on the device.

    ``num_correct`` is None if the first head has no value for each class; ``losses`` [H] are the heads' own,
    unweighted, and None if there is only one head.
    """

    loss: Tensor
    num_correct: Tensor | None
    losses: Tensor | None


class Updated(NamedTuple):
    """The results of an update; those of ``learnt`` are of all its batches and ranks.

    ``unsound`` is 0 if all numbers are finite, 1 if they are not after the step, 2 if they were not before it and the
    step was skipped, or LEFT_OUT. ``scale`` is what the loss was multiplied by; None in precisions other than fp16.
    """

    num_pictures: int
    learnt: Learnt
    unsound: Tensor | float
    scale: Tensor | None = None

    @property
    def loss(self) -> Tensor:
        """The total loss, a scalar."""
        return self.learnt.loss


class Updater:
    """Applies the weight updates of a run."""

    def __init__(
        self,
        state: TrainingState,
        heads: Sequence[ResolvedHead],
        clip_norm: float | None,
        sentinel: Sentinel,
        ask: Ask,
        spread: Spread | None = None,
    ) -> None:
        self.state = state
        self.ask = ask
        self.scaler = state.scaler
        self.module = state.module
        self.optimizer = state.optimizer
        self.average = state.average
        self.heads = heads
        self.clip_norm = clip_norm
        self.sentinel = sentinel
        self.spread = spread or Spread(state.module, ALONE)
        self.ranks = self.spread.ranks
        self.step = unhooked(state.optimizer)
        self.parameters = list(state.module.parameters())
        self.one = torch.ones((), device=self.parameters[0].device)
        self.groups = [(group, group.get("lr_factor", 1.0)) for group in state.optimizer.param_groups]
        self.asks_class = heads[0].classifies

    def __call__(self, batches: Sequence[Batch], learning_rate: float) -> Updated:
        """Learn from these batches as from a single one (except for batch normalisation, which sees each separately).

        Every rank learns from its own part of each batch; the results are those of all ranks.
        """
        for group, factor in self.groups:
            group["lr"] = learning_rate * factor
        for parameter in self.parameters:
            parameter.grad = None  # what zero_grad does, without the profiler's hook around it
        num_pictures = sum(batch.num_pictures for batch in batches)
        if len(batches) == 1 and not self.ranks.many:
            learnt = self._learn(batches[0])
        else:
            learnt = self._learn_parts(batches, num_pictures)
        scale = None
        if self.scaler is not None:
            self.scaler.unscale_(self.optimizer)
            assert self.scaler._scale is not None
            scale = self.scaler._scale.clone()
        norm = whole(nn.utils.clip_grad_norm_(self.parameters, self.clip_norm)) if self.clip_norm is not None else None
        overflow = None if scale is None else self._overflow(learnt.loss, norm, scale)
        return Updated(num_pictures, learnt, self._step(learnt.loss, norm, overflow), scale)

    def _learn_parts(self, batches: Sequence[Batch], num_pictures: int) -> Learnt:
        """Learn from several batches, or from a rank's part of them, each weighted by its share of the pictures."""
        parts = []
        for number, batch in enumerate(batches, 1):
            with self.spread.reducing(number == len(batches)), self.spread.counting(batch):
                # DDP averages the gradients over the ranks, but the sum is needed.
                parts.append(self._learn(batch, self.ranks.size * batch.num_own / num_pictures))
        loss = torch.stack([part.loss for part in parts]).sum()
        counts = [part.num_correct for part in parts if part.num_correct is not None]
        each = [part.losses for part in parts if part.losses is not None]
        num_correct = torch.stack(counts).sum() if counts else None
        losses = torch.stack(each).sum(0) if each else None
        if not self.ranks.many:
            return Learnt(loss, num_correct, losses)
        values = [loss[None]]
        values += [] if num_correct is None else [num_correct[None].to(loss.dtype)]
        values += [] if losses is None else [losses]
        loss, *others = self.ranks.sum(torch.cat(values))
        num_correct = others.pop(0) if num_correct is not None else None
        return Learnt(
            loss / self.ranks.size, num_correct, torch.stack(others) / self.ranks.size if losses is not None else None
        )

    def _overflow(self, loss: Tensor, norm: Tensor | None, scale: Tensor) -> Tensor:
        """Check a scaled loss and its unscaled gradients, and adapt the scale. Return whether a gradient overflowed
        fp16, a float 0 or 1 on the device; at the smallest scale it is unsound as well.
        """
        assert self.scaler is not None
        overflow: Tensor
        (overflow,) = self.scaler._found_inf_per_device(self.optimizer).values()
        self.scaler.update()
        unsound = overflow * (scale <= SMALLEST_SCALE)
        if norm is not None:  # with finite gradients it may overflow, and clipping would make them 0
            unsound = unsound.maximum((1 - overflow) * ~norm.isfinite())
        self.sentinel.look([loss])
        self.sentinel.skip(overflow, unsound)
        return overflow

    def _step(self, loss: Tensor, norm: Tensor | None, overflow: Tensor | None) -> Tensor | float:
        """Update the weights unless the loss or gradients are not finite; return ``Updated.unsound``.

        The average follows the weights in any case. ``GradScaler.step`` is not used, because it waits.
        """
        sentinel = self.sentinel
        if overflow is None:
            grads = (parameter.grad for parameter in self.parameters if parameter.grad is not None)
            sentinel.look([loss, *grads] if norm is None else [loss, norm])
        if sentinel.waits and sentinel.found():
            return 2.0
        before = None if sentinel.waits else sentinel.flag()
        if overflow is None or before is not None or not overflow:
            self.step()
        if self.average is not None:
            self.average.update_parameters(self.module)
        sentinel.look_at_weights()
        if overflow is None and before is None:
            return float(sentinel.found())
        unsound = sentinel.flag() if before is None else before + sentinel.flag()
        return unsound if overflow is None else unsound.where(unsound > 0, LEFT_OUT * overflow)

    def _learn(self, batch: Batch, share: float = 1.0) -> Learnt:
        """Add a batch's gradients to the accumulated ones; return its share of the losses and the number of correct
        predictions.
        """
        outputs = self.ask(batch.inputs)
        self.state.seen = batch, outputs
        losses = losses_by_head(self.heads, outputs, batch.targets)
        loss = weighted_sum(self.heads, losses)
        each = torch.stack([its.detach() for its in losses]) if len(losses) > 1 else None
        if share != 1.0:
            loss, each = loss * share, each if each is None else each * share
        backward(loss if self.scaler is None else self.scaler.scale(loss), self.one)
        if not self.asks_class:
            return Learnt(loss.detach(), None, each)
        head = self.heads[0]
        answers, wanted = outputs[head.output].detach().argmax(dim=1), batch.targets[head.target]
        if wanted.dim() > 1:  # the class with the largest share of a mixed picture
            wanted = wanted.argmax(dim=1)
        are_correct = answers == wanted
        return Learnt(loss.detach(), torch.count_nonzero(are_correct[:0] if batch.idles else are_correct), each)


def grouped(batches: Iterator[Batch], size: int) -> Iterator[tuple[Batch, ...]]:
    """Yield ``size`` batches at a time; the last group may be smaller."""
    while group := tuple(islice(batches, size)):
        yield group


def backward(loss: Tensor, one: Tensor) -> None:
    """Do what ``loss.backward()`` does for a scalar loss, given a ``one`` on its device, by calling torch's engine
    directly.

    The checks that torch makes before each call take longer than the backward pass of a small network.
    """
    torch.autograd.Variable._execution_engine.run_backward(
        (loss,), (one,), False, False, (), allow_unreachable=True, accumulate_grad=True
    )


def unhooked(optimizer: optim.Optimizer) -> Callable[[], object]:
    """Return its ``step`` without the profiler's hook, which takes longer than a small network's step."""
    step = type(optimizer).step
    return partial(step.__wrapped__ if hasattr(step, "hooked") else step, optimizer)  # type: ignore[attr-defined]


def make_optimizer(optimizer: Optimizer, module: fx.GraphModule, experiment: Experiment) -> optim.Optimizer:
    """Return the torch optimizer over the trainable weights.

    They are grouped by learning-rate factor and, unless the recipe decays all, biases and norms without decay.
    """
    made = _make_optimizer(optimizer, module, experiment)
    if any(is_shard(parameter) for parameter in module.parameters()):
        for group in made.param_groups:
            group |= {"fused": None, "foreach": True}  # no fused kernel takes shards
    return made


def _make_optimizer(optimizer: Optimizer, module: fx.GraphModule, experiment: Experiment) -> optim.Optimizer:
    treated, spares = treated_weights(module, experiment.architecture), not experiment.training.decay_all
    if not treated and not spares:
        return optimizer.build(list(module.parameters()))
    groups: dict[tuple[float, bool], list[nn.Parameter]] = {}
    for name, parameter in module.named_parameters():
        treatment = treated.get(name, PLAIN)
        if not treatment.frozen:
            groups.setdefault((treatment.lr_factor, spares and parameter.dim() <= 1), []).append(parameter)
    return optimizer.build(
        [
            {"params": parameters}
            | ({"weight_decay": 0.0} if spared else {})
            | ({"lr_factor": factor} if factor != 1 else {})
            for (factor, spared), parameters in groups.items()
        ]
    )


def make_average(module: nn.Module, decay: float | None) -> AveragedModel | None:
    """Return a copy of the network that follows it as a moving average (Polyak and Juditsky, 1992); None without a
    decay.

    The decay grows with the number of steps, as in TensorFlow, so that the initial weights are soon forgotten.
    """
    return None if decay is None else _Average(module, decay)


class _Average(AveragedModel):
    """Like its base, but does not read the number of updates back from a GPU, which would wait for it at each step."""

    def __init__(self, module: nn.Module, decay: float) -> None:
        super().__init__(module)
        self.decay = decay

    @torch.no_grad()
    def update_parameters(self, model: nn.Module) -> None:
        number = int(self.n_averaged)  # it is on the CPU
        averages: list[Tensor] = list(self.module.parameters())
        weights: list[Tensor] = list(model.parameters())
        share = 1 - min(self.decay, (1 + number) / (10 + number)) if number else 1.0
        torch._foreach_lerp_(averages, weights, share)
        for average, value in zip(self.module.buffers(), model.buffers(), strict=True):
            average.copy_(value)
        self.n_averaged += 1
