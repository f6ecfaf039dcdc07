"""Finds where nan or inf began: repeats the step node by node and names the first to turn finite numbers non-finite.

It needs the weights as they were before the step, which ``soundness`` ensures. Pictures and random numbers depend only
on the position in the run and the generators, so the repeated step computes the same numbers.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

import torch
from torch import Tensor, fx, nn, optim

from workbench.data.batches import Batch
from workbench.spec.column import NO_CLASS, PICTURE
from workbench.spec.experiment import Speed
from workbench.spec.record import Record
from workbench.spec.words import plural, thing
from workbench.training.heads import ResolvedHead, losses_by_head, weighted, weighted_sum
from workbench.training.speed import in_precision

RUN_AWAY = 1e4
"""No healthy training has larger weights or activations; an overflow after such values is due to divergence."""

SMALL = 1e9
"""No optimizer makes an infinite weight of a weight, a gradient and a state of its own that are all smaller."""

Kind = Literal["input", "target", "weights", "layer", "loss", "gradient", "optimizer", "unknown", "elsewhere"]


class Culprit(Record):
    """The cause; ``node`` is its path in the network, empty if it is no node.

    ``what`` is a clause without a subject, ``advice`` whole sentences; empty if the values ``ran_away``, where what
    helps depends on the recipe.
    """

    kind: Kind
    node: str
    what: str
    advice: str
    ran_away: bool = False


def _run_away(kind: Kind, node: str, what: str) -> Culprit:
    return Culprit(kind=kind, node=node, what=what, advice="", ran_away=True)


def find_culprit(
    module: fx.GraphModule, heads: Sequence[ResolvedHead], batches: Sequence[Batch], split: str, speed: Speed
) -> Culprit:
    """Find the cause in ``batches`` of ``split``: those of one step in training mode, or some in evaluation mode.

    torch's generators must be as they were before the step. It computes in the precision of ``speed``. The run has
    ended: gradients, generators and running statistics are changed.
    """
    for batch in batches:
        culprit = _bad_picture(batch.inputs, batch, split) or bad_target(batch, heads, split)
        if culprit is not None:
            return culprit
    culprit = _bad_weights(module)
    if culprit is not None:
        return culprit
    for parameter in module.parameters():
        parameter.grad = None
    for batch in batches:
        culprit = _in_pass(module, heads, batch, speed)
        if culprit is not None:
            return culprit
    return Culprit(
        kind="unknown",
        node="",
        what="the same pictures give finite numbers when computed again",
        advice="Randomness outside the seed or faulty memory can cause this: resume from the last checkpoint.",
    )


def find_in_optimizer(module: nn.Module, optimizer: optim.Optimizer, rate: float) -> Culprit | None:
    """Return which weights are non-finite after a step with finite gradients, and whether the step or the optimizer's
    state is the cause. Weights may have been infinite before it unnoticed, where a ReLU hides -inf.
    """
    for name, values in [*module.named_parameters(), *module.named_buffers()]:
        if _sound(values):
            continue
        node, _, _ = name.rpartition(".")
        if name in dict(module.named_buffers()):
            what = f"the statistics {name} overflowed: its inputs are too large to be squared"
            return _run_away("layer", node, what)
        kept = {slot: value for slot, value in optimizer.state.get(values, {}).items() if torch.is_tensor(value)}
        bad = next((slot for slot, value in kept.items() if not _sound(value)), None)
        grad = values.grad
        finite = values[torch.isfinite(values)]
        took_part = [finite, *kept.values(), *([] if grad is None else [grad])]
        if not values.isnan().any() and all((each.abs() < SMALL).all() for each in took_part):
            return _not_of_the_step(name, values)
        largest = f"{grad.abs().max().item():.1e}" if grad is not None else "none"
        what = f"the step made {name} {_word(values)} (its largest gradient is {largest}, the learning rate {rate:g}"
        what += f"; its optimizer state, {bad}, is {_word(kept[bad])})" if bad else ")"
        return _run_away("optimizer", node, what)
    return None


def find_in_memory(module: nn.Module, optimizer: optim.Optimizer) -> Culprit:
    """Return the first weights of which the optimizer keeps non-finite numbers, though they are finite themselves."""
    name, slot, value = next(
        (name, slot, value)
        for name, weights in module.named_parameters()
        for slot, value in optimizer.state.get(weights, {}).items()
        if torch.is_tensor(value) and not _sound(value)
    )
    what = f"{slot} of {name} is {_word(value)}, because a gradient was too large to be squared, and holds them still"
    return _run_away("optimizer", name.rpartition(".")[0], what)


def _bad_picture(pictures: Tensor, batch: Batch, split: str) -> Culprit | None:
    bad = (~torch.isfinite(pictures)).flatten(1).sum(dim=1)
    if not bad.any():
        return None
    place = int(bad.nonzero()[0, 0])
    word = _word(pictures[place])
    number, times = int(batch.indices[place]), plural(int(bad[place]), "time")
    one = thing(pictures.shape[1:])
    what = f"{one} {number:,} of the {split} split holds {word}, {times}"
    return Culprit(kind="input", node="", what=what, advice=f"Remove that {one} from the data, or repair it.")


def bad_target(batch: Batch, heads: Sequence[ResolvedHead], split: str = "training") -> Culprit | None:
    """Return the first label that is nan, inf, or not a class; torch answers the last with an error instead of a
    number. A target that is the picture itself counts as a picture, which a corruption may have hidden in the input.
    """
    for column in dict.fromkeys(head.column for head in heads if head.has_target):
        values, num_classes = batch.targets[column.name], len(column.names)
        if (column.name, column.kind) == (PICTURE, "picture"):
            culprit = _bad_picture(values, batch, split)
            if culprit is not None:
                return culprit
            continue
        bad = ~torch.isfinite(values)
        if column.kind in ("class", "mask") and not values.is_floating_point():
            is_void = (values == NO_CLASS) & (column.kind == "mask")
            bad |= ((values < 0) & ~is_void) | (values >= num_classes)
        if bad.any():
            place = int(bad.nonzero()[0, 0])
            value = values[place].flatten()[bad[place].flatten()][0].item()
            one = thing(batch.inputs.shape[1:])
            what = f"{one} {int(batch.indices[place]):,} of the {split} split has the {column.name} {value}"
            if column.kind in ("class", "mask"):
                what += f", and there are {num_classes}, counted from 0"
            return Culprit(kind="target", node="", what=what, advice=f"Correct that label, or exclude the {one}.")
    return None


def _bad_weights(module: nn.Module) -> Culprit | None:
    for name, values in module.named_parameters():
        if not _sound(values):
            return _not_of_the_step(name, values)
    return None


def _not_of_the_step(name: str, values: Tensor) -> Culprit:
    what = f"the weights {name} held {_word(values)} before it"
    advice = "Start from other weights, or resume from an earlier checkpoint."
    return Culprit(kind="weights", node=name.rpartition(".")[0], what=what, advice=advice)


def _in_pass(module: fx.GraphModule, heads: Sequence[ResolvedHead], batch: Batch, speed: Speed) -> Culprit | None:
    """Find the cause in the forward pass, loss and backward pass of one batch."""
    looking = _Looking(module)
    try:
        outputs = in_precision(looking.run, speed)(batch.inputs)
    except _Unsound as found:
        return _layer(module, found.node, found.values, found.sources, speed)
    losses = losses_by_head(heads, outputs, batch.targets)
    loss = weighted_sum(heads, losses)
    if not _sound(loss):
        each = zip(heads, weighted(heads, losses), strict=True)
        head = next((head for head, its in each if not _sound(its)), heads[0])
        return _in_loss(head, loss, outputs[head.output], batch.targets)
    if not module.training:
        return None
    loss.backward()
    return _in_gradients(module, looking)


def _in_loss(head: ResolvedHead, loss: Tensor, outputs: Tensor, by_column: Mapping[str, Tensor]) -> Culprit:
    """A loss that is not finite although the outputs and targets are."""
    largest = outputs.abs().max().item()
    what = f"the loss of {head.output} became {_word(loss)}, from outputs up to {largest:.1e}"
    if not head.has_target:
        return _run_away("loss", head.output, what)
    column, targets = head.column.name, by_column[head.target]
    if head.column.kind == "mask" and (targets == NO_CLASS).all():
        what = f"no pixel of the batch is labelled in {column}, so the loss of {head.output} is a mean over nothing"
        return Culprit(
            kind="target", node="", what=what, advice="Exclude pictures without labels, or use larger batches."
        )
    largest_target = targets.abs().max().item()
    if head.column.kind in ("number", "keypoints") and largest_target > RUN_AWAY > largest:
        what += f" and values of {column} up to {largest_target:.1e}"
        return Culprit(
            kind="target", node="", what=what, advice=f"Use a smaller unit for {column}, so that its values are near 1."
        )
    return _run_away("loss", head.output, what)


def _layer(module: fx.GraphModule, node: fx.Node, values: Tensor, sources: Sequence[Tensor], speed: Speed) -> Culprit:
    path = path_of(node)
    largest = max((source.abs().max().item() for source in sources if source.numel()), default=0.0)
    weights = max((weight.abs().max().item() for weight in _weights_of(module, node)), default=0.0)
    what = f"{path} made {_word(values)} from finite inputs up to {largest:.1e}"
    if weights:
        what += f", with weights up to {weights:.1e}"
    computes = "Check what it computes: a logarithm, root or division at 0, or a power, can cause this."
    # In fp16 a sum of many products overflows long before its terms are large.
    if max(largest, weights) > RUN_AWAY or (weights and speed.precision == "fp16"):
        return _run_away("layer", path, what)
    return Culprit(kind="layer", node=path, what=what, advice=computes)


def _in_gradients(module: fx.GraphModule, looking: "_Looking") -> Culprit | None:
    """Return the node nearest to the loss that received a finite gradient and passed on a non-finite one."""
    for node in reversed(module.graph.nodes):
        if not looking.got_sound_gradient(node):
            if all(looking.got_sound_gradient(user) and looking.passed_sound_gradient(user) for user in node.users):
                what = f"the sum of the gradients that reach {path_of(node)} became nan or inf"
                return _run_away("gradient", path_of(node), what)
            continue
        of_weights = [weight.grad for weight in _weights_of(module, node) if weight.grad is not None]
        bad = [grad for grad in of_weights if not _sound(grad)]
        if bad or not looking.passed_sound_gradient(node):
            path = path_of(node)
            if node.op == "output":
                return _run_away("gradient", "", "the gradient of the loss is not finite")
            where = "of its weights" if bad else "of its input"
            what = f"the gradient {where} became {_word(bad[0]) if bad else 'nan or inf'} in {path}"
            advice = "A root or division at 0 can cause this: add a small epsilon there; otherwise clip gradients (clip_norm)."
            return Culprit(kind="gradient", node=path, what=what, advice=advice)
    lengths = {name: weight.grad.norm().item() for name, weight in module.named_parameters() if weight.grad is not None}
    longest = max(lengths, key=lambda name: lengths[name], default="")
    if longest and lengths[longest] > 1e18:
        what = f"the gradient's norm overflows; that of {longest} is {lengths[longest]:.1e}"
        return _run_away("gradient", longest.rpartition(".")[0], what)
    return None


class _Unsound(Exception):
    """A node computed non-finite values from finite ones."""

    def __init__(self, node: fx.Node, values: Tensor, sources: Sequence[Tensor]) -> None:
        super().__init__(node.name)
        self.node = node
        self.values = values
        self.sources = sources


class _Looking(fx.Interpreter):
    """Runs the network node by node, raises _Unsound at the first non-finite output, and checks gradients through
    hooks.
    """

    def __init__(self, module: fx.GraphModule) -> None:
        super().__init__(module, garbage_collect_values=False)
        self._got_unsound: set[fx.Node] = set()
        self._passed_unsound: set[fx.Node] = set()

    def run_node(self, n: fx.Node) -> Any:
        """Run the node as usual and check its outputs."""
        result = super().run_node(n)
        for values in _tensors(result):
            if not _sound(values) and n.op != "output":
                sources = [value for node in n.all_input_nodes for value in _tensors(self.env[node])]
                raise _Unsound(n, values.detach(), [source.detach() for source in sources])
            if n.op not in ("output", "get_attr"):
                _hear(values, n, self._got_unsound)
        return result

    def map_nodes_to_values(self, args: Any, n: fx.Node) -> Any:
        """Give the node its inputs as views: what others pass on to the same inputs is not heard in these."""
        return fx.node.map_arg(args, lambda source: self._viewed(self.env[source], n))

    def _viewed(self, value: Any, node: fx.Node) -> Any:
        if not isinstance(value, Tensor):
            return value
        view = value.view_as(value)
        _hear(view, node, self._passed_unsound)
        return view

    def got_sound_gradient(self, node: fx.Node) -> bool:
        """Return whether the gradient with respect to the node's output is finite, or there is none."""
        return node not in self._got_unsound

    def passed_sound_gradient(self, node: fx.Node) -> bool:
        """Return whether the node's own share of the gradient with respect to its inputs is finite."""
        return node not in self._passed_unsound


def _hear(values: Tensor, node: fx.Node, unsound: set[fx.Node]) -> None:
    """Add the node to ``unsound`` if the backward pass brings a non-finite gradient of ``values``."""

    def heard(grad: Tensor) -> None:
        if not _sound(grad):
            unsound.add(node)

    if values.requires_grad:
        values.register_hook(heard)


def path_of(node: fx.Node) -> str:
    """Return a node's path in the network, as users know it."""
    path: str = node.meta.get("path", node.name)
    return path


def _weights_of(module: fx.GraphModule, node: fx.Node) -> list[nn.Parameter]:
    if node.op == "call_module":
        return list(module.get_submodule(str(node.target)).parameters())
    beside = dict(module.named_parameters())
    return [beside[str(source.target)] for source in node.all_input_nodes if source.target in beside]


def _tensors(value: Any) -> Iterator[Tensor]:
    if isinstance(value, Tensor):
        if value.is_floating_point():
            yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _tensors(each)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for each in value:
            yield from _tensors(each)


def _sound(values: Tensor) -> bool:
    return bool(torch.isfinite(values).all())


def _word(values: Tensor) -> str:
    """Return the name of the non-finite number among the values."""
    return "nan" if values.isnan().any() else "inf"
