"""Structure found in a network that has no modules: what comes again and again becomes a block.

The network is cut wherever a single thing flows on. What lies between two cuts is a piece; pieces are alike where
their layers and connections are, whatever their parameters. A piece and the one after it, where they follow each other
more than once, make a larger piece (a convolution and its activation, a residual branch and its ReLU), and so on; pieces
that come at least twice are blocks.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from workbench.compiler.importing.layering import FORMULA, Layered, Leaf
from workbench.compiler.importing.operations import ModulePath
from workbench.layers import LAYERS
from workbench.spec.graph import INPUT

FEWEST_LAYERS = 8
"""What has fewer is read at a glance: a network, or a piece that stands alone."""

LARGEST = 40
"""Layers in a piece that is put together from smaller ones; a piece that cannot be cut may be larger."""

Key = tuple[tuple[str, tuple[int, ...]], ...]
"""A piece without its parameters: the type of each layer, and where in the piece its inputs are made (-1: outside)."""


@dataclass(eq=False)
class _Piece:
    leaves: list[Leaf]
    key: Key


def find_blocks(layered: Layered) -> Layered:
    """With paths for the layers of pieces that come again; a network that has modules already is left as it is."""
    leaves = [leaf for leaf in layered.leaves if leaf.type != INPUT]
    if len(leaves) < FEWEST_LAYERS or any(len(leaf.path) > 1 for leaf in leaves):
        return layered
    pieces = _joined(_pieces(leaves, layered))
    counts = Counter(piece.key for piece in pieces)
    taken = {leaf.path for leaf in layered.leaves}
    kinds: dict[ModulePath, str] = dict(layered.kinds)
    number = 0
    for piece in pieces:
        if len(piece.leaves) < (2 if counts[piece.key] > 1 else FEWEST_LAYERS):
            continue
        number += 1
        while (f"block{number}",) in taken:
            number += 1
        path = (f"block{number}",)
        kinds[path] = content_word(piece.leaves)
        for name, leaf in zip(_names(piece.leaves), piece.leaves, strict=True):
            leaf.path = (*path, name)
    return replace(layered, kinds=kinds)


def _pieces(leaves: Sequence[Leaf], layered: Layered) -> list[_Piece]:
    """Cut after each layer that is all that later ones need."""
    last_use: dict[Leaf, int] = {}
    for index, leaf in enumerate(leaves):
        last_use.update(dict.fromkeys(leaf.inputs, index))
    last_use.update(dict.fromkeys(layered.outputs.values(), len(leaves)))
    pieces: list[_Piece] = []
    open_until: list[int] = []
    begun = 0
    for index, leaf in enumerate(leaves):
        open_until = [until for until in open_until if until > index]
        inputs_wait = any(last_use.get(source, -1) > index for source in layered.leaves if source.type == INPUT)
        if not open_until and not inputs_wait:
            members = list(leaves[begun : index + 1])
            pieces.append(_Piece(members, _key(members)))
            begun = index + 1
        open_until.append(last_use.get(leaf, index))
    if begun < len(leaves):
        members = list(leaves[begun:])
        pieces.append(_Piece(members, _key(members)))
    return pieces


def _key(leaves: Sequence[Leaf]) -> Key:
    """Layers and connections, without parameters; whatever comes from outside is the same."""
    place = {leaf: index for index, leaf in enumerate(leaves)}
    return tuple((_kind(leaf), tuple(place.get(source, -1) for source in leaf.inputs)) for leaf in leaves)


def _kind(leaf: Leaf) -> str:
    """Its type; formulas are of one kind where they are called after one function."""
    return _short(leaf) if leaf.type == FORMULA else leaf.type


def _joined(pieces: list[_Piece]) -> list[_Piece]:
    """Make one of two pieces that belong together wherever they stand, the most frequent pair first."""
    while True:
        pairs: dict[tuple[Key, Key], list[int]] = defaultdict(list)
        for index, (piece, after) in enumerate(pairwise(pieces)):
            if len(piece.leaves) + len(after.leaves) <= LARGEST:
                pairs[piece.key, after.key].append(index)
        counts = Counter(piece.key for piece in pieces)
        fit = {pair: places for pair, places in pairs.items() if _belong(pair, len(places), counts)}
        if not fit:
            return pieces
        best = max(fit, key=lambda pair: (not _has(pair[1], LEARNING), len(fit[pair]), -fit[pair][0]))
        starts = set(fit[best])
        ends = {start + 1 for start in starts}
        merged: list[_Piece] = []
        for index, piece in enumerate(pieces):
            leaves = piece.leaves + pieces[index + 1].leaves if index in starts else piece.leaves
            if index not in ends:
                merged.append(_Piece(leaves, _key(leaves)))
        pieces = merged


def _belong(pair: tuple[Key, Key], times: int, counts: Counter[Key]) -> bool:
    """Whether two pieces are one thing: what follows a layer more often than not, or what each branching begins with."""
    first, second = pair
    if times < 2 or first == second:
        return False
    if _has(first, LEARNING) and not _has(second, LEARNING):
        return 2 * times >= counts[first]
    begins = times == counts[second] and not _has(first, JOINS) and _has(second, LEARNING)
    return begins and (_has(second, JOINS) if _has(first, LEARNING) else not _has(first, POOLS))


def _has(key: Key, types: frozenset[str]) -> bool:
    """Whether a piece has a layer of these types; formulas are none of the layers, and learn."""
    return any(part[0] in types or (part[0] not in LAYERS and types is LEARNING) for part in key)


LEARNING = frozenset(("Conv2d", "ConvTranspose2d", "Linear", "DepthwiseConv2d", "MultiheadSelfAttention"))
JOINS = frozenset(("Add", "Concat", "Multiply"))
POOLS = frozenset(("MaxPool2d", "AvgPool2d", "AdaptiveAvgPool2d", "Upsample", "ConstantPad2d", "Flatten", "Reshape"))


def _names(leaves: Sequence[Leaf]) -> list[str]:
    """conv1, norm1, relu1, conv2: the same in every piece that is alike."""
    counts: Counter[str] = Counter()
    totals = Counter(map(_short, leaves))
    names = []
    for leaf in leaves:
        word = _short(leaf)
        counts[word] += 1
        names.append(word if totals[word] == 1 else f"{word}{counts[word]}")
    return names


def _short(leaf: Leaf) -> str:
    """The type in one word; of a formula, what it does: its function, or the weight that it holds."""
    if leaf.type == FORMULA:
        return leaf.path[-1].rstrip("0123456789") or "formula"
    kind = leaf.type
    return {"BatchNorm": "norm", "LayerNorm": "norm", "MultiheadSelfAttention": "attention"}.get(
        kind, re.sub(r"\dd$", "", kind).lower()
    )


def content_word(leaves: Sequence[Leaf]) -> str:
    """What a block of these layers might be called by a person."""
    inside = set(leaves)
    joins = [leaf for leaf in leaves if leaf.type in ("Add", "Concat")]
    if any(leaf.type == "Add" and len(leaf.inputs) > 1 for leaf in joins):
        return "Residual"
    if any(leaf.inputs[0] not in inside for leaf in joins):
        return "Dense"
    if joins:
        return "Branches"
    if len(leaves) <= 4:
        return "".join(_short(leaf).capitalize() for leaf in leaves)
    return "Block"
