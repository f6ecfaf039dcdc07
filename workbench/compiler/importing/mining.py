"""Finds structure in a network without modules: what repeats becomes a block.

The network is cut wherever a single value flows on. The part between two cuts is a piece; pieces are alike if their
layers and connections are, whatever their parameters. A pair of consecutive pieces that occurs more than once forms a
larger piece (a convolution and its activation, a residual branch and its ReLU), and so on; pieces that occur at least
twice become blocks.
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
"""A network, or a piece that occurs once, with fewer layers is readable as it is."""

LARGEST = 40
"""The maximum number of layers in a combined piece; a piece that cannot be cut may be larger."""

Key = tuple[tuple[str, tuple[int, ...]], ...]
"""A piece without parameters: the type of each layer, and the positions of its inputs in the piece (-1: outside)."""


@dataclass(eq=False)
class _Piece:
    leaves: list[Leaf]
    key: Key


def find_blocks(layered: Layered) -> Layered:
    """Return the layers with paths for repeated pieces; a network that has modules already is not changed."""
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
    """Cut after each layer whose output is all that later layers need."""
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
    """Return a piece's layers and connections, without parameters; all outside inputs count as equal."""
    place = {leaf: index for index, leaf in enumerate(leaves)}
    return tuple((_kind(leaf), tuple(place.get(source, -1) for source in leaf.inputs)) for leaf in leaves)


def _kind(leaf: Leaf) -> str:
    """Return its type; formulas are of the same kind if they are named after the same function."""
    return _short(leaf) if leaf.type == FORMULA else leaf.type


def _joined(pieces: list[_Piece]) -> list[_Piece]:
    """Merge pairs of pieces that belong together wherever they occur, the most frequent pair first."""
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
    """Return whether two pieces belong together: usually following a layer, or beginning each branching."""
    first, second = pair
    if times < 2 or first == second:
        return False
    if _has(first, LEARNING) and not _has(second, LEARNING):
        return 2 * times >= counts[first]
    begins = times == counts[second] and not _has(first, JOINS) and _has(second, LEARNING)
    return begins and (_has(second, JOINS) if _has(first, LEARNING) else not _has(first, POOLS))


def _has(key: Key, types: frozenset[str]) -> bool:
    """Return whether a piece has a layer of these types; formulas count as learning layers."""
    return any(part[0] in types or (part[0] not in LAYERS and types is LEARNING) for part in key)


LEARNING = frozenset(("Conv2d", "ConvTranspose2d", "Linear", "DepthwiseConv2d", "MultiheadSelfAttention"))
JOINS = frozenset(("Add", "Concat", "Multiply"))
POOLS = frozenset(("MaxPool2d", "AvgPool2d", "AdaptiveAvgPool2d", "Upsample", "ConstantPad2d", "Flatten", "Reshape"))


def _names(leaves: Sequence[Leaf]) -> list[str]:
    """Return names such as conv1, norm1, relu1, conv2: the same in all pieces that are alike."""
    counts: Counter[str] = Counter()
    totals = Counter(map(_short, leaves))
    names = []
    for leaf in leaves:
        word = _short(leaf)
        counts[word] += 1
        names.append(word if totals[word] == 1 else f"{word}{counts[word]}")
    return names


def _short(leaf: Leaf) -> str:
    """Return the type in one word; for a formula, its function or the weight that it holds."""
    if leaf.type == FORMULA:
        return leaf.path[-1].rstrip("0123456789") or "formula"
    kind = leaf.type
    return {"BatchNorm": "norm", "LayerNorm": "norm", "MultiheadSelfAttention": "attention"}.get(
        kind, re.sub(r"\dd$", "", kind).lower()
    )


def content_word(leaves: Sequence[Leaf]) -> str:
    """Return a name that people might give to a block of these layers."""
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
