"""Heads: which output is compared with which target, by which loss; and the measures of a pass."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from workbench.compiler.facts import Analysis
from workbench.layers.base import describe
from workbench.spec.experiment import Experiment, Head
from workbench.spec.graph import OUTPUT
from workbench.spec.problems import Problem
from workbench.spec.record import Record
from workbench.training import LOSSES
from workbench.training.loss import Loss
from workbench.training.remedies import giving_classes

CLASS = "class"
"""The target column that every source gives."""


class ResolvedHead(Record):
    """A head with its loss made."""

    output: str
    target: str
    loss: Loss
    weight: float


def heads_of(experiment: Experiment) -> tuple[Head, ...]:
    """The recipe's heads, or one cross-entropy on each of the graph's outputs where it names none."""
    return experiment.training.heads or tuple(Head(output=node.name) for node in experiment.architecture.graph.outputs)


def resolve_heads(experiment: Experiment) -> tuple[ResolvedHead, ...]:
    """Heads with their losses made. SpecError where a loss or its settings are unknown."""
    return tuple(
        ResolvedHead(
            output=head.output,
            target=head.target,
            loss=LOSSES.make(head.loss.type, head.loss.parameters),
            weight=head.weight,
        )
        for head in heads_of(experiment)
    )


def check_heads(experiment: Experiment, analysis: Analysis, num_classes: int) -> tuple[Problem, ...]:
    """Where a head names no output of the network, or the output's size is not the number of classes."""
    problems = []
    for head in heads_of(experiment):
        if head.target != CLASS:
            problems.append(
                Problem(
                    node=head.output,
                    what=f"a head wants the column {head.target}, and the data has {CLASS} alone",
                    mend=f"set its target to {CLASS}",
                )
            )
        facts = analysis.nodes.get(head.output)
        if facts is None or facts.type != OUTPUT:
            outputs = ", ".join(path for path in analysis.leaves if analysis.nodes[path].type == OUTPUT)
            problems.append(
                Problem(
                    node="",
                    what=f"a head wants the output {head.output}, which is not there",
                    mend=f"there is {outputs or 'none'}",
                )
            )
            continue
        shape = facts.output_shapes[0]
        if shape != (num_classes,):
            problems.append(
                Problem(
                    node=head.output,
                    what=f"{describe(shape)} numbers come out, and the data has {num_classes} classes",
                    mend=f"let the last layer give {num_classes}"
                    if len(shape) == 1
                    else f"end with a Linear layer that gives {num_classes}",
                    remedy=giving_classes(experiment.architecture.graph, head.output, analysis, num_classes),
                )
            )
    return tuple(problems)


def check_training(experiment: Experiment, analysis: Analysis, num_classes: int) -> tuple[Problem, ...]:
    """What keeps a sound network from being trained by this recipe: nothing to learn, no place for the data."""
    problems = list(check_heads(experiment, analysis, num_classes))
    inputs = experiment.architecture.graph.inputs
    if len(inputs) > 1:
        names = ", ".join(node.name for node in inputs)
        problems.append(
            Problem(
                node=inputs[1].name,
                what=f"the network has {len(inputs)} Inputs ({names}), and the data gives one picture at a time",
                mend="leave one of them",
            )
        )
    if analysis.parameters == 0:
        problems.append(
            Problem(
                node="", what="nothing in the network can learn: it has no weights", mend="add a Linear or a Conv2d"
            )
        )
    norms = [path for path in analysis.leaves if analysis.nodes[path].type == "BatchNorm"]
    if experiment.training.batch_size == 1 and norms:
        problems.append(
            Problem(
                node=norms[0],
                what="batch normalisation finds no variance in a batch of one",
                mend="raise the batch size, or take GroupNorm",
            )
        )
    return tuple(problems)


class Measures:
    """Sums of loss and right answers over a pass; read once at its end, so that a GPU is not waited for."""

    def __init__(self, heads: Sequence[ResolvedHead], num_classes: int) -> None:
        self.heads = heads
        self.num_seen = 0
        self.ranks = (1, 5) if num_classes > 5 else (1,)
        self.losses: list[Tensor] = []
        self.targets = {head.output: head.target for head in heads}
        self.right: dict[str, list[Tensor]] = {output: [] for output in self.targets}

    def add(self, outputs: Mapping[str, Tensor], targets: Mapping[str, Tensor]) -> None:
        """Count a batch in."""
        self.losses.append(total_loss(self.heads, outputs, targets).double() * len(next(iter(targets.values()))))
        self.num_seen += len(next(iter(targets.values())))
        for output, target in self.targets.items():
            best = outputs[output].topk(self.ranks[-1], dim=1).indices
            hit = best == targets[target].unsqueeze(1)
            self.right[output].append(torch.stack([hit[:, :rank].any(dim=1).sum() for rank in self.ranks]))

    def result(self, prefix: str) -> dict[str, float]:
        """``prefix/loss``, ``prefix/top1``, ``prefix/top5``; with several outputs ``prefix/output/top1`` and so on."""
        metrics = {f"{prefix}/loss": torch.stack(self.losses).sum().item() / self.num_seen}
        for output in self.targets:
            place = prefix if len(self.targets) == 1 else f"{prefix}/{output}"
            right = torch.stack(self.right[output]).sum(dim=0).tolist()
            metrics |= {
                f"{place}/top{rank}": count / self.num_seen for rank, count in zip(self.ranks, right, strict=True)
            }
        return metrics


def total_loss(heads: Sequence[ResolvedHead], outputs: Mapping[str, Tensor], targets: Mapping[str, Tensor]) -> Tensor:
    """The weighted sum of the heads' losses."""
    if len(heads) == 1 and heads[0].weight == 1:
        return heads[0].loss(outputs[heads[0].output], targets[heads[0].target])
    return torch.stack([head.weight * head.loss(outputs[head.output], targets[head.target]) for head in heads]).sum()


def losses_of_each(
    heads: Sequence[ResolvedHead], outputs: Mapping[str, Tensor], targets: Mapping[str, Tensor]
) -> Tensor:
    """What each picture's loss is by itself: float32 [B]."""
    num_pictures = len(next(iter(targets.values())))
    alone = ({name: values[i : i + 1] for name, values in outputs.items()} for i in range(num_pictures))
    wanted = ({name: values[i : i + 1] for name, values in targets.items()} for i in range(num_pictures))
    return torch.stack([total_loss(heads, *pair) for pair in zip(alone, wanted, strict=True)])
