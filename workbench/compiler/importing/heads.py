"""Recognises the parts of attention: heads, scores, weighted sums, positions, windows and their shifts."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

from workbench.compiler.importing.operations import BATCH, Constant, Operation, Shape, Value, Weight, made_by
from workbench.compiler.importing.patterns import CLOSE, number
from workbench.compiler.importing.picks import order_of
from workbench.compiler.importing.rewriter import Rewriter, rewriting
from workbench.layers.checks import TOKENS, WINDOWS
from workbench.layers.modules.swin import RelativePositionBias, ShiftMask

OF_TOKENS = (TOKENS, WINDOWS)


def reordering(operation: Operation) -> list[int]:
    """Return the order of dimensions after a permute, transpose or mT."""
    rank = len(operation.shapes[0])
    if operation.function == "permute":
        return order_of(operation)
    order = list(range(rank))
    first, second = operation.args[1:3] if operation.function == "transpose" and len(operation.args) == 3 else (-2, -1)
    order[first], order[second] = order[second], order[first]
    return order


def _reordered(thing: Any, *wanted: list[int]) -> Value | None:
    """Return what was reordered if its dimensions now are in this order."""
    made = made_by(thing, "permute", "transpose", "mT")
    source = made.args[0] if made is not None and reordering(made) in wanted else None
    return source if isinstance(source, Value) else None


def _swapped(rank: int, first: int, second: int) -> list[int]:
    order = list(range(rank))
    order[first], order[second] = order[second], order[first]
    return order


# Heads


@rewriting("permute", "transpose")
def split_heads(rewriter: Rewriter, operation: Operation) -> list[Value] | None:
    """Recognise tokens whose width is split into heads that come before the tokens."""
    split = made_by(operation.args[0], "reshape")
    x = split.args[0] if split is not None else None
    if split is None or not isinstance(x, Value) or not x.of_pictures or len(x.sides) not in OF_TOKENS:
        return None
    shape = split.shapes[0]
    if len(shape) != len(x.shape) + 1 or shape[:-2] != x.shape[:-1]:
        return None
    rank, order = len(shape), reordering(operation)
    heads = _swapped(rank, -3, -2)
    if order != heads and order != [*heads[:-2], heads[-1], heads[-2]]:
        return None
    found = rewriter.new("split_heads", (x, shape[-2]), tuple(shape[place] for place in heads))
    return [found if order == heads else rewriter.new("transpose", (found, -2, -1), operation.shapes[0])]


@rewriting("reshape", "flatten")
def merge_heads(rewriter: Rewriter, operation: Operation) -> list[Value] | None:
    """Recognise heads that come behind the tokens again and become their width."""
    shape = operation.shapes[0]
    x = _reordered(operation.args[0], _swapped(len(shape) + 1, -3, -2)) if len(shape) - 1 in OF_TOKENS else None
    if x is None or not x.of_pictures:
        return None
    heads, tokens, width = x.sides[-3:]
    return [rewriter.new("merge_heads", (x,), shape)] if shape == (*x.shape[:-3], tokens, heads * width) else None


@rewriting("linear")
def joined_bias(rewriter: Rewriter, operation: Operation) -> list[Value] | None:
    """Join the biases of queries, keys and values that are stored one by one."""
    x, weight = operation.args[0], operation.argument(1, "weight")
    joined = made_by(operation.argument(2, "bias"), "cat")
    parts = joined.args[0] if joined is not None else ()
    if not parts or not all(isinstance(part, Weight | Constant) for part in parts):
        return None
    if not isinstance(weight, Weight) or not isinstance(x, Value) or not x.of_pictures:  # no layer, but a formula
        return None
    return [rewriter.new("linear", (x, weight, torch.cat([part.tensor for part in parts])), operation.shapes[0])]


# Scores and weights


@rewriting("matmul")
def product(rewriter: Rewriter, operation: Operation) -> list[Value] | None:
    """Recognise the scores of keys for queries, scaled before, and the sum of values weighted by a softmax."""
    first, second = operation.args
    if not isinstance(first, Value) or not isinstance(second, Value) or first.shape[:-2] != second.shape[:-2]:
        return None
    if _is_softmax(first) and second.of_pictures:
        return [rewriter.new("weighted_sum", (first, second), operation.shapes[0])]
    rank = len(first.shape)
    query, scale = _scaled(first)
    key = _reordered(second, _swapped(rank, -2, -1))
    if key is None:
        below, scale = _scaled(second)
        key = _reordered(below, _swapped(rank, -2, -1)) if query is first else None
    elif query is first:
        key, scale = _scaled(key)
    return _scores(rewriter, operation, query, key, scale)


@rewriting("mul", "div")
def scaled_product(rewriter: Rewriter, operation: Operation) -> list[Value] | None:
    """Recognise the scores of keys for queries, scaled afterwards."""
    x, scale = _scaled(operation.result)
    made = made_by(x, "matmul")
    if made is None:
        return None
    return _scores(rewriter, operation, made.args[0], _reordered(made.args[1], _swapped(len(x.shape), -2, -1)), scale)


def _scores(rewriter: Rewriter, operation: Operation, query: Any, key: Any, scale: float) -> list[Value] | None:
    fits = isinstance(query, Value) and isinstance(key, Value) and query.of_pictures and key.of_pictures
    if not fits or len(query.shape) <= TOKENS or not math.isclose(scale, query.sides[-1] ** -0.5, rel_tol=CLOSE):
        return None
    return [rewriter.new("scaled_dot_product", (query, key, query.sides[-1]), operation.shapes[0])]


def _scaled(value: Value) -> tuple[Value, float]:
    """Return what is multiplied by a number, and that number; the value itself and 1 if it is none."""
    made = made_by(value, "mul", "div")
    if made is None or len(made.args) != 2 or made.kwargs:  # such as div(x, 8, rounding_mode="floor")
        return value, 1.0
    first, second = made.args
    if made.function == "mul" and number(first) is not None:
        first, second = second, first
    scale = number(second)
    if not isinstance(first, Value) or not scale:
        return value, 1.0
    return first, scale if made.function == "mul" else 1 / scale


def _is_softmax(value: Value) -> bool:
    made = made_by(value, "dropout", "softmax")
    if made is not None and made.function == "dropout":
        made = made_by(made.args[0], "softmax")
    dim = made.argument(1, "dim") if made is not None else None
    return value.of_pictures and len(value.shape) > TOKENS and dim in (-1, len(value.shape) - 1)


@rewriting("scaled_dot_product_attention")
def written_out(rewriter: Rewriter, operation: Operation) -> list[Value] | None:
    """Write torch's fused attention as scores, a softmax and a weighted sum."""
    query, key, value, *rest = operation.args
    given = dict(zip(("attn_mask", "dropout_p", "is_causal", "scale"), rest, strict=False)) | operation.kwargs
    mask, dropped = given.pop("attn_mask", None), given.pop("dropout_p", 0.0)
    parts = (query, key, value)
    if not all(isinstance(part, Value) and part.of_pictures for part in parts) or given.pop("is_causal", False):
        return None
    scale = given.pop("scale", None)
    usual = scale is None or math.isclose(scale, query.sides[-1] ** -0.5, rel_tol=CLOSE)
    if given or not usual or len({part.shape[:-2] for part in parts}) != 1 or len(query.shape) <= TOKENS:
        return None
    shape = (*query.shape[:-1], key.sides[-2])
    scores = rewriter.new("scaled_dot_product", (query, key, query.sides[-1]), shape)
    if mask is not None:
        if not _is_added(mask):
            return None
        found = positions(rewriter, Operation("add", (scores, mask), shapes=(shape,)))
        scores = found[0] if found is not None else rewriter.new("add", (scores, mask), shape)
    weights = rewriter.new("softmax", (scores, -1), shape)
    if dropped:
        weights = rewriter.new("dropout", (weights,), shape, p=dropped)
    return [rewriter.new("weighted_sum", (weights, value), operation.shapes[0])]


def _is_added(mask: Any) -> bool:
    """Return whether a mask holds numbers to be added, rather than says which scores count."""
    if isinstance(mask, Value):
        return mask.is_float
    return isinstance(mask, Weight | Constant) and mask.tensor.is_floating_point()


@rewriting("einsum")
def named_product(rewriter: Rewriter, operation: Operation) -> list[Value] | None:
    """Rewrite a product that names its dimensions as one of matrices."""
    said, *parts = operation.args
    parts = list(parts[0]) if len(parts) == 1 and isinstance(parts[0], list | tuple) else parts
    if not isinstance(said, str) or len(parts) != 2 or not all(isinstance(part, Value) for part in parts):
        return None
    terms = said.replace(" ", "").replace("->", ",").split(",")
    leading = terms[0][:-2]
    if len(terms) != 3 or any(len(term) != len(parts[0].shape) or not term.startswith(leading) for term in terms):
        return None
    if any(len(set(term)) < len(term) for term in terms):  # a diagonal
        return None
    inner, outer, result = (term[len(leading) :] for term in terms)
    first, second = parts
    if inner[1] == outer[1] and result == inner[0] + outer[0]:
        turned = (*second.shape[:-2], second.shape[-1], second.shape[-2])
        second = rewriter.new("transpose", (second, -2, -1), turned)
    elif inner[1] != outer[0] or result != inner[0] + outer[1]:
        return None
    made = Operation("matmul", (first, second), shapes=operation.shapes)
    return product(rewriter, made) or [rewriter.new("matmul", (first, second), operation.shapes[0])]


# Positions


@rewriting("add")
def positions(rewriter: Rewriter, operation: Operation) -> list[Value] | None:
    """Recognise a learnt bias for the relative position of two tokens, and the mask of shifted windows."""
    if operation.kwargs:  # add(x, y, alpha=2)
        return None
    for scores, other in (operation.args, operation.args[::-1]):
        if isinstance(scores, Value) and scores.of_pictures and len(scores.shape) > TOKENS + 1:
            found = _bias(rewriter, scores, other) or _mask(rewriter, scores, other)
            if found is not None and found.shape == operation.shapes[0]:
                return [found]
    return None


def _bias(rewriter: Rewriter, scores: Value, other: Any) -> Value | None:
    """Return the scores with the bias if that is ``table[index]`` of [T·T, heads] as [heads, T, T]."""
    while (view := made_by(other, "unsqueeze", "reshape", "contiguous")) is not None and other.shape[-3:] == view.args[
        0
    ].shape[-3:]:
        other = view.args[0]
    permuted = made_by(other, "permute")
    square = made_by(permuted.args[0], "reshape") if permuted is not None and order_of(permuted) == [2, 0, 1] else None
    taken = made_by(square.args[0], "getitem") if square is not None else None
    table, index = taken.args if taken is not None else (None, None)
    flat = made_by(index, "reshape")
    index = flat.args[0] if flat is not None else index
    if not isinstance(table, Weight) or not isinstance(index, Weight) or len(table.shape) != 2:
        return None
    for size in _sizes(scores.sides[-1]):
        expected = RelativePositionBias._index(*size)
        if torch.equal(index.tensor.reshape(-1), expected):
            rows = Weight(index.name, index.tensor.reshape(-1), False)
            return rewriter.new("relative_position", (scores, table, rows, size, scores.sides[-1]), scores.shape)
    return None


def _mask(rewriter: Rewriter, scores: Value, other: Any) -> Value | None:
    """Return the scores with the mask if that is -100 between pixels which a shift by half a window made neighbours."""
    tensor = fixed(other)
    if tensor is None or len(scores.sides) != WINDOWS + 1:
        return None
    rows, columns, _, num_tokens, _ = scores.sides
    if tensor.numel() != rows * columns * num_tokens**2:
        return None
    mask = tensor.reshape(1, rows, columns, 1, num_tokens, num_tokens)
    for size in _sizes(num_tokens):
        halves = (size[0] // 2, size[1] // 2)
        for shift in (halves, (halves[0], 0), (0, halves[1])):
            if torch.equal(ShiftMask(size, shift)(torch.zeros_like(mask)), mask):
                return rewriter.new("shift_mask", (scores, size, shift, Constant(mask[0])), scores.shape)
    return None


def _sizes(num_tokens: int) -> list[tuple[int, int]]:
    """Return the windows of this many pixels, the squarest first."""
    found = [(side, num_tokens // side) for side in range(1, num_tokens + 1) if num_tokens % side == 0]
    return sorted(found, key=lambda size: abs(size[0] - size[1]))


def fixed(thing: Any) -> Tensor | None:
    """Return the numbers of a constant, or of a stored tensor that is not learnt, possibly with more sides of 1."""
    while (view := made_by(thing, "unsqueeze", "reshape")) is not None:
        thing = view.args[0]
    if isinstance(thing, Constant) or (isinstance(thing, Weight) and not thing.learned):
        return thing.tensor
    return None


@rewriting("reshape")
def through_sum(rewriter: Rewriter, operation: Operation) -> list[Value] | None:
    """Add a mask to the scores in their grid, rather than to a list of windows."""
    total = rewriter.before(operation.args[0], "add")
    x, mask = total.args if total is not None and not total.kwargs else (None, None)
    listed = made_by(x, "reshape")
    tensor = fixed(mask)
    if (
        listed is None
        or tensor is None
        or listed.args[0].shape != operation.shapes[0]
        or not listed.args[0].of_pictures
    ):
        return None
    made = Operation("add", (listed.args[0], mask), shapes=operation.shapes)
    return positions(rewriter, made) if len(operation.shapes[0]) == WINDOWS + 2 else None


# Windows


@rewriting("reshape", "flatten")
def window_partition(rewriter: Rewriter, operation: Operation) -> list[Value] | None:
    """Recognise pictures that are cut into windows, put together from them, or have 2×2 pixels merged."""
    inner = made_by(operation.args[0], "permute")
    cut = made_by(inner.args[0], "reshape") if inner is not None else None
    if inner is None or cut is None or not isinstance(cut.args[0], Value) or len(cut.shapes[0]) != 6:
        return None
    x, shape, order = cut.args[0], operation.shapes[0], order_of(inner)
    if not cut.result.of_pictures:
        return None
    sides = cut.result.sides
    if order == [0, 1, 3, 2, 4, 5]:
        return _of_windows(rewriter, x, sides, shape)
    rows, down, columns, right, channels = sides
    whole = x.shape == (BATCH, rows * down, columns * right, channels)
    fits = order == [0, 1, 3, 4, 2, 5] and (down, right) == (2, 2) and whole
    return [rewriter.new("merge_patches", (x,), shape)] if fits and len(shape) == 4 else None


def _of_windows(rewriter: Rewriter, x: Value, sides: tuple[int, ...], shape: Shape) -> list[Value] | None:
    """``sides`` are those before rows and columns of pixels are swapped with those of windows."""
    rows, height, columns, width, channels = sides
    if (x.shape, shape) == (
        (BATCH, rows * height, columns * width, channels),
        (BATCH, rows, columns, height * width, channels),
    ):
        return [rewriter.new("window_partition", (x, (height, width)), shape)]
    rows, columns, height, width, channels = sides
    if (x.shape, shape) == (
        (BATCH, rows, columns, height * width, channels),
        (BATCH, rows * height, columns * width, channels),
    ):
        return [rewriter.new("window_reverse", (x, (height, width)), shape)]
    return None


@rewriting("cat")
def merge_patches(rewriter: Rewriter, operation: Operation) -> list[Value] | None:
    """Recognise the concatenation of every second pixel, down before right."""
    items = operation.args[0]
    taken = [made_by(item, "getitem") for item in items]
    dim = operation.argument(1, "dim", 0)
    if len(items) != 4 or dim not in (-1, 3) or any(item is None for item in taken):
        return None
    sources = {item.args[0] for item in taken if item is not None}
    starts = [_starts(item.args[1]) for item in taken if item is not None]
    if len(sources) != 1 or starts != [(0, 0), (1, 0), (0, 1), (1, 1)]:
        return None
    x = sources.pop()
    even = x.of_pictures and len(x.sides) == 3 and not (x.sides[0] % 2 or x.sides[1] % 2)
    return [rewriter.new("merge_patches", (x,), operation.shapes[0])] if even else None


def _starts(index: Any) -> tuple[Any, ...]:
    """Return where every second row and column begins, channels last; nothing if it is another index."""
    if (
        not isinstance(index, tuple)
        or len(index) not in (3, 4)
        or not all(isinstance(part, slice) for part in index[1:])
    ):
        return ()
    rows, columns = index[1:3]
    whole = index[0] in (Ellipsis, slice(None)) and all(part == slice(None) for part in index[3:])
    plain = (rows.stop, rows.step, columns.stop, columns.step) == (None, 2, None, 2)
    return (
        (rows.start or 0, columns.start or 0)
        if whole and plain and (index[0] is not Ellipsis or len(index) == 4)
        else ()
    )


@rewriting("permute", "transpose")
def of_ones(rewriter: Rewriter, operation: Operation) -> list[Value] | None:
    """Rewrite an order of windows that moves sides of 1 alone as another shape: a single window is the picture."""
    x = operation.args[0]
    if not isinstance(x, Value) or not x.of_pictures or len(x.sides) <= WINDOWS:
        return None
    order = [place for place in reordering(operation) if x.shape[place] != 1]
    return [rewriter.new("reshape", (x, operation.shapes[0]), operation.shapes[0])] if order == sorted(order) else None
