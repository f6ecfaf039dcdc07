"""Heads: which output is compared with which column, by which loss; and the measures of a pass."""

import math
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from workbench.spec.column import Column, named
from workbench.spec.experiment import Experiment
from workbench.spec.record import Record, replace
from workbench.training import LOSSES, MEASURES
from workbench.training.aims import heads_of, measured_as, measures_of
from workbench.training.distributed.ranks import ALONE, Ranks
from workbench.training.loss import Loss
from workbench.training.measure import Measure, Meter


class ResolvedHead(Record):
    """A head with its column, loss and measures resolved."""

    output: str
    column: Column
    loss: Loss
    weight: float
    measures: tuple[Measure, ...]

    @property
    def target(self) -> str:
        return self.column.name

    @property
    def embeds(self) -> bool:
        """Whether its output is an embedding, by whose distances classes are told apart."""
        return self.loss.embeds

    @property
    def classifies(self) -> bool:
        """Whether its output has a value for each class."""
        return self.column.kind == "class" and not self.embeds

    @property
    def has_target(self) -> bool:
        """Whether its output is compared with a column of the data, rather than with the prior."""
        return self.column.kind != "prior"

    def loss_of(self, outputs: Tensor, targets: Mapping[str, Tensor]) -> Tensor:
        """Return the loss of its output, a scalar, unweighted; ``targets`` are by column."""
        return self.loss(outputs, targets[self.target]) if self.has_target else self.loss.alone(outputs)


def resolve_heads(experiment: Experiment, columns: Sequence[Column]) -> tuple[ResolvedHead, ...]:
    """Return the heads with their losses and measures; those with the same output and column have all of theirs.

    Raises SpecError if one of these or its settings are unknown.
    """
    resolved = []
    for head in heads_of(experiment, columns):
        column = named(columns, head.target)
        assert column is not None, "check_heads has seen to it"
        measures = measures_of(head, column)
        resolved.append(
            ResolvedHead(
                output=head.output,
                column=column,
                loss=LOSSES.of(head.loss),
                weight=head.weight,
                measures=tuple(MEASURES.of(chosen) for chosen in measures),
            )
        )
    shared: dict[tuple[str, str], dict[Measure, None]] = {}
    for each in resolved:
        shared.setdefault((each.output, each.target), {}).update(dict.fromkeys(each.measures))
    return tuple(replace(each, measures=tuple(shared[each.output, each.target])) for each in resolved)


class Measures:
    """The loss and measures of a pass, read once at its end, so that no batch waits for a GPU.

    Each rank adds its own part of the batches, and all of them read the result.
    """

    def __init__(self, heads: Sequence[ResolvedHead], where: torch.device, ranks: Ranks = ALONE) -> None:
        self.heads = heads
        self.ranks = ranks
        self.num_seen = 0
        self.names = names_of(heads)
        self.losses: list[Tensor] = []
        self.sizes: list[int] = []
        # Heads with the same output and column share their measures.
        measured = {(head.output, head.target): head for head in heads}
        self.meters: dict[tuple[str, str], list[Meter]] = {
            key: [measure.meter(head.column, where) for measure in head.measures] for key, head in measured.items()
        }

    def add(self, outputs: Mapping[str, Tensor], targets: Mapping[str, Tensor], num_own: int) -> None:
        """Add the first ``num_own`` examples of a batch: all of them, or none if this rank idles.

        ``outputs`` are by output, ``targets`` by column, each with the shape that a ``Loss`` is called with.
        """
        if num_own:
            losses = losses_by_head(self.heads, outputs, targets)
            each = losses if self.names else []
            self.losses.append(torch.stack([weighted_sum(self.heads, losses), *each]))
            self.sizes.append(num_own)
        self.num_seen += num_own
        for (output, target), meters in self.meters.items():
            for meter in meters:
                meter.add(outputs[output][:num_own], targets[target][:num_own])

    def result(self, prefix: str) -> dict[str, float]:
        """Return the metrics: ``prefix/loss``, ``prefix/top1``; with several outputs ``prefix/output/top1``, and with
        several columns of one ``prefix/output-column/top1``.

        With several heads, ``prefix/head/loss`` is the loss of each, unweighted. A measure that is not finite here is
        omitted, such as the AUC of a label that no example has.
        """
        totals = torch.zeros(1 + len(self.names), dtype=torch.float64)
        if self.losses:  # in float64 only here, on the CPU, since MPS has none
            weighted = torch.stack(self.losses, dim=1).cpu().double() * torch.tensor(self.sizes)
            totals = torch.stack([batches.sum() for batches in weighted])
        loss, *losses, num_seen = self.ranks.sum(torch.cat([totals, totals.new_tensor([self.num_seen])])).tolist()
        metrics = {f"{prefix}/loss": loss / num_seen}
        metrics |= {f"{prefix}/{name}/loss": each / num_seen for name, each in zip(self.names, losses, strict=True)}
        for pair, name in measured_as(self.meters).items():
            place = f"{prefix}/{name}" if name else prefix
            for meter in self.meters[pair]:
                found = meter.result(self.ranks)
                metrics |= {f"{place}/{what}": value for what, value in found.items() if math.isfinite(value)}
        return metrics


def names_of(heads: Sequence[ResolvedHead]) -> tuple[str, ...]:
    """Return the name of each head's loss among the metrics: the output's, with column, type of loss and place added
    where it is not alone; none if there is a single head, whose loss is the total.
    """
    if len(heads) == 1:
        return ()
    names = [head.output for head in heads]
    columns, losses, places = zip(
        *((head.target, type(head.loss).__name__, str(place)) for place, head in enumerate(heads)), strict=True
    )
    for added in (columns, losses, places):
        alone = [names.count(name) == 1 for name in names]
        names = [name if one else f"{name}-{more}" for name, one, more in zip(names, alone, added, strict=True)]
    return tuple(names)


def total_loss(heads: Sequence[ResolvedHead], outputs: Mapping[str, Tensor], targets: Mapping[str, Tensor]) -> Tensor:
    """Return the weighted sum of the heads' losses."""
    return weighted_sum(heads, losses_by_head(heads, outputs, targets))


def losses_by_head(
    heads: Sequence[ResolvedHead], outputs: Mapping[str, Tensor], targets: Mapping[str, Tensor]
) -> list[Tensor]:
    """Return each head's loss, a scalar, unweighted."""
    return [head.loss_of(outputs[head.output], targets) for head in heads]


def weighted_sum(heads: Sequence[ResolvedHead], losses: Sequence[Tensor]) -> Tensor:
    """Return the total of these losses of the heads."""
    if len(heads) == 1 and heads[0].weight == 1:
        return losses[0]
    return torch.stack(weighted(heads, losses)).sum()


def weighted(heads: Sequence[ResolvedHead], losses: Sequence[Tensor]) -> list[Tensor]:
    """Return each head's loss times its weight."""
    return [head.weight * loss for head, loss in zip(heads, losses, strict=True)]


def losses_of_each(
    heads: Sequence[ResolvedHead], outputs: Mapping[str, Tensor], targets: Mapping[str, Tensor]
) -> Tensor:
    """Return each picture's own loss for each head, unweighted: float32 [H, B]; of an embedding, by its pairs with the
    others of these.

    Where torch refuses to compute it, as for a label out of range, it is nan.
    """
    return torch.stack([_losses_of(head, outputs[head.output], targets) for head in heads])


def _losses_of(head: ResolvedHead, outputs: Tensor, targets: Mapping[str, Tensor]) -> Tensor:
    if head.embeds:
        return head.loss.of_each(outputs, targets[head.target]).float()
    losses = []
    for index in range(len(outputs)):
        one = slice(index, index + 1)
        try:
            losses.append(head.loss_of(outputs[one], {name: values[one] for name, values in targets.items()}))
        except (IndexError, RuntimeError):
            losses.append(torch.tensor(torch.nan, device=outputs.device))
    return torch.stack(losses).float()
