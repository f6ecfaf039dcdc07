"""Warns about networks that are valid but hardly intended: they can be trained, but learn less or more slowly than they
could.
"""

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from workbench.data import AUGMENTATIONS, thing_of
from workbench.data.source import SourceFacts
from workbench.layers import LAYERS
from workbench.layers.base import describe
from workbench.spec.column import Column, named
from workbench.spec.component import Component
from workbench.spec.edits import connections
from workbench.spec.experiment import Experiment, Head
from workbench.spec.graph import Graph, Node, split_reference
from workbench.spec.problems import Problem, SpecError
from workbench.spec.quantities import significant
from workbench.spec.record import Value, replace
from workbench.spec.remedy import (
    Delete,
    Insert,
    NewLayer,
    Remedy,
    SetAugmentation,
    SetBatchSize,
    SetHead,
    SetParameters,
    Together,
)
from workbench.spec.words import listed, plural, several
from workbench.training import LOSSES
from workbench.training.aims import heads_of

CARRYING = ("Flatten", "Reshape", "Identity", "Dropout", "Dropout2d")
"""Layers that may stand between two linear ones without making their composition non-linear."""


LEAST_STEPS, GOOD_STEPS = 5, 10
"""Fewer steps per epoch than the first are warned about; the offered batch size gives about the second."""

LEAST_BATCH = 8
"""The smallest batch size offered; gradients of fewer pictures are noisy, and batch normalisation needs several."""


SMALL, LARGE = 0.01, 100
"""Numbers to predict whose root mean square is between these are left as they are, such as ages and shares."""

LEAST_UNIT, LARGEST_UNIT = 1e-18, 1e18
"""Beyond these, losses square numbers into what single precision does not have."""


def check_habits(experiment: Experiment, columns: Sequence[Column]) -> tuple[Problem, ...]:
    """Return warnings about the network's own graph, and about targets that do not fit the augmentation; what is inside
    blocks is left to their authors.
    """
    graph = experiment.architecture.graph
    nodes = {node.name: node for node in graph.nodes}
    return (
        *_twice_linear(graph, nodes),
        *_without_place(graph),
        *_twice_squashed(experiment, nodes, columns),
        *_not_moved_along(experiment, columns),
    )


def num_to_train(experiment: Experiment, known: SourceFacts) -> int | None:
    """Return about how many training pictures the splits leave; None if the data is not known."""
    if known.num_train is None:
        return None
    held_out = 0 if known.num_val else experiment.data.held_out
    return round((known.num_train - known.num_val) * (1 - known.test_share) * (1 - held_out))


def check_steps(experiment: Experiment, known: SourceFacts) -> Iterator[Problem]:
    """Warn if a step takes a large part of all pictures, so that an epoch has only a few."""
    recipe, num_train = experiment.training, num_to_train(experiment, known)
    if num_train is None:
        return
    num_steps = math.ceil(num_train / (recipe.batch_size * recipe.accumulate))
    if num_steps >= LEAST_STEPS:
        return
    size = max(LEAST_BATCH, 2 ** int(math.log2(max(num_train / GOOD_STEPS, 1))))
    each = f", {recipe.accumulate:,} for each step" if recipe.accumulate > 1 else ""
    one = thing_of(experiment.data.source, known.numbers_shape or ())
    what = (
        f"an epoch makes only {plural(num_steps, 'step')}: about {num_train:,} training {several(one)} in batches of "
        f"{recipe.batch_size:,}{each}"
    )
    if recipe.accumulate > 1:
        fewer = max(1, num_train // (recipe.batch_size * GOOD_STEPS))
        yield Problem(node="", what=what, mend=f"set batches per step to {fewer}", severity="warning")
    elif size < recipe.batch_size:
        yield Problem(
            node="",
            what=what,
            mend=f"batches of {size} learn in fewer epochs",
            severity="warning",
            remedy=SetBatchSize(words=f"Train with batches of {size}", path="", batch_size=size),
        )


def check_colour(experiment: Experiment, known: SourceFacts) -> Iterator[Problem]:
    """Warn if pictures in colour become grey for the network's Input."""
    shape = experiment.architecture.input_shape
    if not known.in_colour or shape is None or len(shape) != 3 or shape[0] != 1:
        return
    node, wanted = experiment.architecture.graph.inputs[0].name, (3, *shape[1:])
    yield Problem(
        node=node,
        what="the pictures are in colour, but become grey, since this Input has one channel",
        mend="give it three channels if the colours matter",
        severity="warning",
        remedy=SetParameters(words=f"Make {node} {describe(wanted)}", path=node, values={"shape": list(wanted)}),
    )


def check_order(experiment: Experiment, known: SourceFacts) -> Iterator[Problem]:
    """Warn about layers that would slide along the channels of series, which the data gives last."""
    graph = experiment.architecture.graph
    if known.series_shape is None:
        return
    given = {node.name for node in graph.inputs}
    words = "Insert Permute to 0, 2, 1"
    permute = NewLayer(type="Permute", parameters={"dims": [0, 2, 1]})
    for node in graph.nodes:
        if node.type in LAYERS and LAYERS[node.type].of_series and given.intersection(node.inputs):
            yield Problem(
                node=node.name,
                what=f"{node.type} slides along the {plural(known.series_shape[1], 'channel')}, since this data has the steps first",
                mend="put a Permute to 0, 2, 1 before it, so that it slides along the steps",
                severity="warning",
                remedy=Insert(words=words, path=node.name, port=0, layers=(permute,)),
            )


def check_magnitude(experiment: Experiment, known: SourceFacts) -> Iterator[Problem]:
    """Warn about a network whose answers begin near 0 where the numbers to predict are far larger or smaller.

    Losses and gradients are then as large or small, and usual learning rates fail.
    """
    nodes = experiment.architecture.graph.by_name
    for head in heads_of(experiment, known.columns or ()):
        moments, output = known.moments.get(head.target), nodes.get(head.output)
        if moments is None or output is None:
            continue
        size = math.hypot(moments.mean, moments.deviation)
        last = _carried(output, nodes)
        if moments.deviation == 0 or SMALL <= size <= LARGE or (last is not None and last.type == "Rescaling"):
            continue
        scale = float(f"{moments.deviation:.2g}")
        found = _in_units(head.loss, scale)
        if found is None:
            continue
        mend = "let a Rescaling before the output turn its answers into this unit"
        remedy: Remedy | None = None
        if not LEAST_UNIT <= scale <= LARGEST_UNIT:
            mend = "give them in another unit, so that they are near 1"
        elif last is not None and last.type in LAYERS and LAYERS[last.type].elementwise:
            mend = f"delete {last.name}, which would limit the answers, and {mend}"
            remedy = Delete(words=f"Delete {last.name}", path=last.name)
        else:
            remedy = _rescaled(head, moments.mean, scale, *found)
        yield Problem(
            node=head.output,
            what=f"{head.target} has values around {significant(size, '.2g')}, but a network begins with answers near 0: "
            "losses and gradients are out of all proportion, and usual learning rates fail",
            mend=mend,
            severity="warning",
            remedy=remedy,
        )


def _in_units(loss: Component, unit: float) -> tuple[dict[str, Value], float] | None:
    """Return what ``Loss.in_units`` does; None also for a loss that does not exist, or has invalid settings."""
    try:
        return LOSSES.of(loss).in_units(unit)
    except SpecError:
        return None


def _rescaled(head: Head, mean: float, scale: float, settings: Mapping[str, Value], weight: float) -> Remedy:
    """Return what lets the layers before the output, and by these settings and weight the loss, see numbers near 1.

    Two digits of the moments suffice, and can be read.
    """
    offset = round(mean, 1 - math.floor(math.log10(scale)))
    layer = NewLayer(type="Rescaling", parameters={"scale": scale, "offset": offset})
    words, loss = "Insert a Rescaling", replace(head.loss, parameters={**head.loss.parameters, **settings})
    better = replace(head, loss=loss, weight=float(f"{head.weight * weight:.3g}"))
    return Together(
        words=f"Answer in the unit of {head.target}",
        path=head.output,
        remedies=(
            Insert(words=words, path=head.output, port=0, layers=(layer,)),
            SetHead(words=words, path=head.output, head=better),
        ),
    )


def _twice_linear(graph: Graph, nodes: Mapping[str, Node]) -> Iterator[Problem]:
    """Warn about a linear layer directly after another: together they compute no more than a single one."""
    num_users = Counter(split_reference(source)[0] for source, _, _ in connections(graph))
    for node in graph.nodes:
        before = _carried(node, nodes) if _is_linear(node) else None
        if before is None or not _is_linear(before) or _is_bottleneck(before, node):
            continue
        if num_users[before.name] == 1:
            yield Problem(
                node=node.name,
                what=f"no activation between {before.name} and {node.name}: together they compute one linear map",
                mend="add one, for instance ReLU",
                severity="warning",
                remedy=Insert(words="Insert ReLU", path=node.name, port=0, layers=(NewLayer(type="ReLU"),)),
            )


def _without_place(graph: Graph) -> Iterator[Problem]:
    """Warn about the dropout of a recurrent layer that is not stacked: torch ignores it too."""
    for node in graph.nodes:
        is_single = node.type in ("LSTM", "GRU") and node.parameters.get("num_layers", 1) == 1
        if is_single and node.parameters.get("dropout"):
            yield Problem(
                node=node.name,
                what=f"the dropout of {node.name} has no effect: it lies between stacked layers, and there is only one",
                mend="add Dropout after it instead, or set num layers to 2",
                severity="warning",
                remedy=SetParameters(words="Set dropout to 0", path=node.name, values={"dropout": 0.0}),
            )


def _is_linear(node: Node) -> bool:
    """Return whether the layer mixes all its inputs; a grouped convolution is deliberately one half of a pair."""
    return node.type == "Linear" or (node.type in ("Conv1d", "Conv2d") and node.parameters.get("groups", 1) == 1)


def _is_bottleneck(before: Node, node: Node) -> bool:
    """Return whether ``before`` is narrower than ``node``: a code or low-rank factorisation is deliberate."""
    narrow, wide = (each.parameters.get("out_features") for each in (before, node))
    return isinstance(narrow, int) and isinstance(wide, int) and narrow < wide


def _carried(node: Node, nodes: Mapping[str, Node]) -> Node | None:
    """Return the layer that feeds ``node``, skipping those that only pass values on; None if there is none."""
    while len(node.inputs) == 1:
        node = nodes[split_reference(node.inputs[0])[0]]
        if node.type not in CARRYING:
            return node
    return None


def _twice_squashed(experiment: Experiment, nodes: Mapping[str, Node], columns: Sequence[Column]) -> Iterator[Problem]:
    """Warn about a softmax or sigmoid before a loss that includes it."""
    for head in heads_of(experiment, columns):
        output = nodes.get(head.output)
        last = _carried(output, nodes) if output is not None else None
        inside = LOSSES[head.loss.type].squashing if head.loss.type in LOSSES else ""
        if last is not None and last.type == inside:
            yield Problem(
                node=last.name,
                what=f"{head.loss.type} already includes a {inside.lower()}, so here it is applied twice, and learning is slow",
                mend="delete it: the loss takes raw scores",
                severity="warning",
                remedy=Delete(words=f"Delete {last.name}", path=last.name),
            )


def _not_moved_along(experiment: Experiment, columns: Sequence[Column]) -> Iterator[Problem]:
    """Warn about augmentations that move the picture but not the numbers to predict, if these are several: they may be
    places in it. A single number, such as an age, hardly is.
    """
    chosen = experiment.data.augmentation
    moving = [each for each in chosen if each.type in AUGMENTATIONS and AUGMENTATIONS[each.type].moves_pixels]
    staying = tuple(each for each in chosen if each not in moving)
    types = list(dict.fromkeys(each.type for each in moving))
    names = listed(types)
    for head in heads_of(experiment, columns) if moving else ():
        column = named(columns, head.target)
        if column is not None and column.kind == "number" and math.prod(column.answer) > 1:
            yield Problem(
                node=head.output,
                what=f"{names} {'moves' if len(types) == 1 else 'move'} the picture but not its target {column.name} "
                f"({column.words()})",
                mend=f"if these are places in pixels, give {column.name} the type key points, which are moved along; if "
                f"places in another unit, remove {names}",
                severity="warning",
                remedy=SetAugmentation(words=f"Remove {names}", path="", augmentation=staying),
            )
