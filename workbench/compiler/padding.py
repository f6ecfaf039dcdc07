"""Branches that meet with different sizes because a window lacks padding: finds the padding that makes them equal."""

from collections.abc import Mapping, Sequence

from workbench.compiler.flatten import FlatNode
from workbench.compiler.inference import LayerFacts, infer
from workbench.compiler.visit import Resolved, Visit, remedy_at, takes
from workbench.layers import LAYERS
from workbench.layers.base import Layer, Refusal, Shape, Window
from workbench.layers.checks import PICTURE
from workbench.layers.remedies import one_or_two
from workbench.spec.problems import Problem, SpecError
from workbench.spec.record import Value, replace
from workbench.spec.remedy import Remedy, SetParameters, Together
from workbench.spec.words import upper_first

MOST_NAMES = 2
"""The maximum number of windows listed by name; more are counted."""


def with_padding(problem: Problem, join: Visit, visits: Mapping[str, Visit]) -> Problem:
    """Return the problem of ``join``, with a remedy if padding makes its inputs equal; else unchanged.

    If the channels differ as well, the remedy for that is included.
    """
    arrived = [
        (source, given) for source, given in zip(join.node.inputs, join.sources, strict=True) if source and given
    ]
    shapes = [given.shape(port) for (_, port), given in arrived]
    if len(arrived) < len(join.sources) or len(set(shapes)) < 2 or {len(shape) for shape in shapes} != {PICTURE}:
        return problem
    size = max(shape[1:] for shape in shapes)
    layer = _made(join.node)
    if layer is None or not takes(layer, len(shapes)):
        return problem
    found = infer(layer, tuple((shape[0], *size) for shape in shapes))
    rest = remedy_at(join.node, found) if isinstance(found, Refusal) else None
    if isinstance(found, Refusal) and rest is None:
        return problem
    paddings: dict[str, Value] = {}
    for (path, _), shape in zip((source for source, _ in arrived), shapes, strict=True):
        before = {} if shape[1:] == size else _paddings_before(path, size, visits)
        if before is None:
            return problem
        paddings |= before
    return _offer(problem, paddings, rest)


def _paddings_before(path: str, size: Shape, visits: Mapping[str, Visit]) -> dict[str, Value] | None:
    """Return the padding of each window between a value of this size and the node at ``path``; None if other layers
    shrink too.
    """
    found: dict[str, Value] = {}
    while (resolved := visits[path].resolved) is not None and resolved.input_shapes:
        facts = visits[path].facts
        before = resolved.input_shapes[0]
        if len(resolved.input_shapes) != 1 or len(before) != PICTURE or facts is None:
            return None
        if facts.output_shapes[0][1:] != before[1:]:
            padding = _keeping_padding(resolved)
            if padding is None:
                return None
            found = {path: padding, **found}
        if before[1:] == size:
            return found
        path = next(source[0] for source in resolved.node.inputs if source is not None)
    return None


def _keeping_padding(resolved: Resolved) -> Value:
    """Return the padding with which the layer's window keeps height and width; None if there is none."""
    window = resolved.layer.window()
    if not isinstance(window, Window) or set(window.stride) != {1}:
        return None
    high, wide = (dilation * (kernel - 1) for kernel, dilation in zip(window.kernel, window.dilation, strict=True))
    padding = one_or_two((high // 2, wide // 2))
    layer = _made(resolved.node, padding=padding)
    found = infer(layer, resolved.input_shapes) if layer else None
    keeps = isinstance(found, LayerFacts) and found.output_shapes[0][1:] == resolved.input_shapes[0][1:]
    return padding if keeps else None


def _made(node: FlatNode, **changed: Value) -> Layer | None:
    try:
        return LAYERS.make(node.type, {**node.parameters, **changed})
    except SpecError:
        return None


def _offer(problem: Problem, paddings: Mapping[str, Value], rest: Remedy | None) -> Problem:
    if not paddings:
        return problem
    remedies = [SetParameters(words="", path=path, values={"padding": value}) for path, value in paddings.items()]
    names = list(dict.fromkeys(path.rpartition(".")[2] for path in paddings))
    where = " and ".join(names) if len(names) <= MOST_NAMES else f"{len(names)} layers"
    words = f"set padding of {where} to {_shown(list(paddings.values()))}"
    if rest is not None:
        words += f" and {rest.words[:1].lower()}{rest.words[1:]}"
    mend = f"without padding, a window shrinks the picture: {words}"
    together = (*remedies, rest) if rest is not None else tuple(remedies)
    remedy = Together(words=upper_first(words), path=remedies[0].path, remedies=together)
    return replace(problem, mend=mend, remedy=remedy)


def _shown(paddings: Sequence[Value]) -> str:
    """Return the common padding, as ``1`` or ``1×0``, or a description of different ones."""
    first = paddings[0]
    if any(padding != first for padding in paddings):
        return "values that keep the size"
    return "×".join(map(str, first)) if isinstance(first, list) else str(first)
