"""Recognises self-attention that was exported in pieces, by its weights and by computing the same.

Every exporter decomposes attention in its own way, so no pattern is assumed: if a module's layers, or those from its
first matrix of weights to its last, have exactly the weights of self-attention, a MultiheadSelfAttention with these
weights is compared with them, and replaces them if its outputs are equal.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count, permutations
from typing import Any

import torch
from torch import Tensor

from workbench.compiler.importing.layering import FORMULA, Layered, Leaf, users_of
from workbench.compiler.importing.operations import Constant, ModulePath, Weight
from workbench.layers import LAYERS
from workbench.layers.checks import TOKENS

ATTENTION = "MultiheadSelfAttention"
EQUAL = 1e-4
MOST_NUMBERS = 1 << 24
"""The largest weight searched; the search would take too long with larger ones."""


@dataclass(frozen=True, kw_only=True)
class _Region:
    """The layers of one module with a single input and a single output."""

    leaves: Sequence[Leaf]
    source: Leaf
    answer: Leaf


@torch.no_grad()
def recognise_attention(layered: Layered) -> Layered:
    """Return the layers with each self-attention module replaced by one layer."""
    users = users_of(layered.leaves)
    answers = set(layered.outputs.values())
    by_scope: dict[ModulePath, list[Leaf]] = defaultdict(list)
    for leaf in layered.leaves:
        for depth in range(1, len(leaf.path)):
            by_scope[leaf.path[:depth]].append(leaf)
    gone: dict[Leaf, Leaf] = {}
    for scope, leaves in sorted(by_scope.items(), key=lambda item: -len(item[0])):
        if not gone.keys().isdisjoint(leaves):
            continue
        for part, path in ((leaves, scope), (_between_matrices(leaves, users), _free(scope, leaves))):
            region = _region(part, users, answers)
            found = _attention(region, path) if region is not None else None
            if found is not None and region is not None:
                gone.update(dict.fromkeys(region.leaves, found))
                break
    kept: list[Leaf] = []
    for leaf in layered.leaves:
        new = gone.get(leaf, leaf)
        if new not in kept:
            new.inputs = [gone.get(source, source) for source in new.inputs]
            kept.append(new)
    outputs = {name: gone.get(leaf, leaf) for name, leaf in layered.outputs.items()}
    return replace(layered, leaves=tuple(kept), outputs=outputs)


def _between_matrices(leaves: Sequence[Leaf], users: Mapping[Leaf, Sequence[Leaf]]) -> list[Leaf]:
    """Return the leaves from those with a matrix of weights to those with one: without a normalisation before them, and
    dropout and a skip connection behind.
    """
    with_matrix = {leaf for leaf in leaves if any(_tensor(weight).ndim == 2 for weight in leaf.weights.values())}
    behind, before = set(with_matrix), set(with_matrix)
    for leaf in leaves:
        if not behind.isdisjoint(leaf.inputs):
            behind.add(leaf)
    for leaf in reversed(leaves):
        if not before.isdisjoint(users[leaf]):
            before.add(leaf)
    return [leaf for leaf in leaves if leaf in behind and leaf in before]


def _free(scope: ModulePath, leaves: Sequence[Leaf]) -> ModulePath:
    """Return a path in the module that none of its leaves has."""
    taken = {leaf.path[len(scope)] for leaf in leaves}
    names = (f"attention{number or ''}" for number in count())
    return *scope, next(name for name in names if name not in taken)


def _region(leaves: Sequence[Leaf], users: dict[Leaf, list[Leaf]], answers: set[Leaf]) -> _Region | None:
    inside = set(leaves)
    sources = {source for leaf in leaves for source in leaf.inputs} - inside
    leaving = [leaf for leaf in leaves if leaf in answers or not inside.issuperset(users[leaf])]
    if len(sources) != 1 or len(leaving) != 1 or len(leaves) < 2:
        return None
    source, answer = sources.pop(), leaving[0]
    fits = len(source.sides) == TOKENS and source.sides == answer.sides
    return _Region(leaves=leaves, source=source, answer=answer) if fits else None


def _attention(region: _Region, scope: ModulePath) -> Leaf | None:
    tensors = [(leaf, weight) for leaf in region.leaves for weight in leaf.weights.values()]
    width = region.source.sides[-1]
    numbers = sum(_tensor(weight).numel() for _, weight in tensors)
    heads = sorted(_heads(region, width))
    biases = [width * several for several in (0, 1, 3, 4)]
    if numbers - 4 * width * width not in biases or width * width > MOST_NUMBERS or not heads:
        return None
    dropped = [leaf for leaf in region.leaves if leaf.type == "Dropout" and leaf.parameters.get("p", 0.5)]
    if dropped:
        num_tokens = region.source.sides[0]
        heads = [each for each in heads if len(dropped) == 1 and dropped[0].sides == (each, num_tokens, num_tokens)]
    x = torch.randn(2, *region.source.sides, generator=torch.Generator().manual_seed(0))
    expected = _computed(region, x)
    for weights in _arrangements(tensors, width):
        for num_heads in heads:
            parameters: dict[str, Any] = {"num_heads": num_heads}
            parameters |= {"dropout": dropped[0].parameters.get("p", 0.5)} if dropped else {}
            parameters |= {} if "in_proj_bias" in weights else {"bias": False}
            module = LAYERS.make(ATTENTION, parameters).build(*[region.source.sides])
            module.load_state_dict({name: _tensor(weight) for name, weight in weights.items()})
            if torch.allclose(module.eval()(x), expected, atol=EQUAL, rtol=EQUAL):
                return Leaf(ATTENTION, [region.source], parameters, weights, scope, region.answer.sides)
    return None


def _heads(region: _Region, width: int) -> set[int]:
    """Return the possible numbers of heads: both it and the width of a head occur in a shape."""
    said = {
        int(number)
        for leaf in region.leaves
        for number in re.findall(r"\d+", f"{leaf.parameters.get('formula', '')} {leaf.parameters.get('shape', '')}")
    }
    sides = {side for leaf in region.leaves for side in leaf.sides}
    known = said | sides
    return {heads for heads in known if 0 < heads <= width and width % heads == 0 and width // heads in known}


def _tensor(weight: Weight | Constant | Tensor) -> Tensor:
    return weight if isinstance(weight, Tensor) else weight.tensor


def _computed(region: _Region, x: Tensor) -> Tensor:
    values = {region.source: x}
    for leaf in region.leaves:
        sides = [source.sides for source in leaf.inputs]
        module = LAYERS.of(leaf).build(*sides).eval()
        module.load_state_dict({name: _tensor(weight) for name, weight in leaf.weights.items()}, strict=False)
        values[leaf] = module(*(values[source] for source in leaf.inputs))
    return values[region.answer]


def _arrangements(
    tensors: Sequence[tuple[Leaf, Weight | Constant | Tensor]], width: int
) -> Iterator[dict[str, Weight | Constant | Tensor]]:
    """Yield the ways in which these tensors could be attention weights; matrices may be transposed."""
    matrices = [(leaf, weight) for leaf, weight in tensors if _tensor(weight).ndim == 2]
    vectors = [weight for _, weight in tensors if _tensor(weight).numel() in (width, 3 * width)]
    joined = [pair for pair in matrices if _tensor(pair[1]).numel() == 3 * width * width]
    square = [pair for pair in matrices if _tensor(pair[1]).numel() == width * width]
    if len(joined) == 1 and len(square) == 1:
        biases = _one_bias(vectors, width)
        for first in _turns(joined[0], (3 * width, width)):
            for last in _turns(square[0], (width, width)):
                yield {"in_proj_weight": first, "out_proj.weight": last, **biases}
    elif len(square) == 4 and len(vectors) in (0, 4):
        *three, last_pair = square
        for order in permutations(range(3)):
            for turned in (False, True):
                chosen = [(three[index][0], _tensor(three[index][1])) for index in order]
                parts = [tensor.T if turned and leaf.type == FORMULA else tensor for leaf, tensor in chosen]
                bias = [_tensor(vectors[index]).reshape(-1) for index in order] if vectors else []
                for last in _turns(last_pair, (width, width)):
                    found = {"in_proj_weight": torch.cat(parts), "out_proj.weight": last}
                    yield found | ({"in_proj_bias": torch.cat(bias), "out_proj.bias": vectors[3]} if vectors else {})


def _one_bias(vectors: Sequence[Weight | Constant | Tensor], width: int) -> dict[str, Weight | Constant | Tensor]:
    """Return both biases or none; one that an exporter omitted because it was zero is zero."""
    if not vectors:
        return {}
    long = next((_flat(vector) for vector in vectors if _tensor(vector).numel() == 3 * width), torch.zeros(3 * width))
    short = next((_flat(vector) for vector in vectors if _tensor(vector).numel() == width), torch.zeros(width))
    return {"in_proj_bias": long, "out_proj.bias": short}


def _flat(vector: Weight | Constant | Tensor) -> Weight | Constant | Tensor:
    tensor = _tensor(vector).reshape(-1)
    return replace(vector, tensor=tensor) if isinstance(vector, Weight) else tensor


def _turns(
    pair: tuple[Leaf, Weight | Constant | Tensor], shape: tuple[int, int]
) -> Iterator[Weight | Constant | Tensor]:
    leaf, weight = pair
    tensor = _tensor(weight)
    if tuple(tensor.shape) == shape:
        yield weight
    if tuple(tensor.T.shape) == shape and leaf.type == FORMULA:
        turned = tensor.T.contiguous()
        yield replace(weight, tensor=turned) if isinstance(weight, Weight) else turned
