"""Rewriting rules for torch functions: concatenation, pooling, slicing, shuffles, norms over channels, attention."""

from __future__ import annotations

from typing import Any

from workbench.compiler.importing.operations import BATCH, Operation, Shape, Value, Weight, made_by
from workbench.compiler.importing.picks import order_of
from workbench.compiler.importing.rewriter import Rewriter, rewriting
from workbench.compiler.importing.rules.declaring import is_kept, tensors
from workbench.compiler.importing.rules.recurrent import end_of, num_directions_of


@rewriting("cat")
def concatenation(rewriter: Rewriter, cat: Operation) -> list[Value] | None:
    """Remove a concatenation of one item, reuse an earlier one, and recognise a class token."""
    items = list(cat.args[0])
    dim = cat.argument(1, "dim", 0)
    if len(items) == 1:
        return items
    token = _class_token(items, dim)
    if token is not None:
        return [rewriter.new("class_token", (items[1], token), cat.shapes[0])]
    longest = _joined_before(rewriter, items, dim)
    if longest is None:
        return None
    joined, rest = longest
    return [rewriter.new("cat", ([joined, *rest], dim), cat.shapes[0])]


def _class_token(items: list[Any], dim: int) -> Weight | None:
    first, *others = items
    if dim != 1 or len(others) != 1 or not isinstance(first, Value) or first.operation.function != "expand":
        return None
    weight = first.operation.args[0]
    fits = isinstance(weight, Weight) and weight.learned and weight.shape[:2] == (1, 1) and len(weight.shape) == 3
    of_pictures = isinstance(others[0], Value) and others[0].of_pictures
    return weight if fits and of_pictures and first.shape[:2] == (BATCH, 1) else None


def _joined_before(rewriter: Rewriter, items: list[Any], dim: int) -> tuple[Value, list[Any]] | None:
    """Return an earlier concatenation of the first of these items, and the remaining items.

    DenseNet's layers each concatenate everything before them; as a chain they are all alike.
    """
    for operation in reversed(rewriter.operations):
        if operation.function != "cat" or operation.args[1:] != (dim,):
            continue
        known = _written_out(operation, dim)
        if len(known) < len(items) and items[: len(known)] == known:
            return operation.result, items[len(known) :]
    return None


def _written_out(cat: Operation, dim: int) -> list[Any]:
    first, *others = cat.args[0]
    inner = made_by(first, "cat")
    if inner is not None and inner.args[1:] == (dim,):
        return [*_written_out(inner, dim), *others]
    return [first, *others]


@rewriting("mean")
def mean(rewriter: Rewriter, operation: Operation) -> list[Value] | None:
    """Rewrite a mean over height and width as a pool, and one over other dimensions as one after another."""
    x = operation.args[0]
    dims, keep = operation.argument(1, "dim"), operation.argument(2, "keepdim", False)
    if not isinstance(x, Value) or not isinstance(dims, list | tuple) or "dtype" in operation.kwargs:
        return None
    order = sorted((dim % len(x.shape) for dim in dims), reverse=True)
    if len(x.shape) == 4 and order == [3, 2]:
        pooled = rewriter.new("adaptive_avg_pool2d", (x, 1), (*x.shape[:2], 1, 1))
        return [pooled if keep else rewriter.new("flatten", (pooled, 1), x.shape[:2])]
    for dim in order:
        x = rewriter.new("mean", (x, dim, keep), (*x.shape[:dim], *[1] * keep, *x.shape[dim + 1 :]))
    return [x]


@rewriting("permute")
def norm_of_channels(rewriter: Rewriter, operation: Operation) -> list[Value] | None:
    """Rewrite a LayerNorm between two permutations as one over the channels."""
    norm = rewriter.before(operation.args[0], "layer_norm")
    first = rewriter.before(norm.args[0], "permute") if norm is not None else None
    if norm is None or first is None or order_of(operation) != [0, 3, 1, 2] or order_of(first) != [0, 2, 3, 1]:
        return None
    weight, bias, eps = norm.argument(2, "weight"), norm.argument(3, "bias"), norm.argument(4, "eps", 1e-5)
    if not is_kept(weight, bias) or len(norm.argument(1, "normalized_shape")) != 1:
        return None
    return [rewriter.new("layer_norm_of_channels", (first.args[0], weight, bias, eps), operation.shapes[0])]


@rewriting("getitem")
def last_of_sequence(rewriter: Rewriter, operation: Operation) -> list[Value] | None:
    """Take a recurrent layer's last output from its sequence if that is used too, so that one layer has the weights."""
    end = end_of(*operation.args)
    if end is None or not rewriter.is_used(Value(end[0])):
        return None
    (recurrent, direction), (batch, size) = end, operation.shapes[0]
    sequence = Value(recurrent)
    last = rewriter.new("getitem", (sequence, (slice(None), -1 if direction == 0 else 0)), (batch, sequence.shape[2]))
    if num_directions_of(recurrent) == 1:
        return [last]
    half = slice(None, size) if direction == 0 else slice(size, None)
    return [rewriter.new("getitem", (last, (slice(None), half)), (batch, size))]


@rewriting("pad")
def no_border(_: Rewriter, operation: Operation) -> list[Value] | None:
    """Remove padding of zero width."""
    x, border = operation.args[0], operation.argument(1, "pad", (1,))
    return [x] if isinstance(x, Value) and not any(border) else None


@rewriting("getitem")
def whole(_: Rewriter, operation: Operation) -> list[Value] | None:
    """Remove a slice that selects everything."""
    x, index = operation.args
    steps = [part.step for part in index if isinstance(part, slice)] if isinstance(index, tuple) else []
    all_slices = isinstance(index, tuple) and len(steps) == len(index)
    same = isinstance(x, Value) and all_slices and x.shape == operation.shapes[0]
    return [x] if same and all(step in (None, 1) for step in steps) else None


@rewriting("reshape")
def reshaped(rewriter: Rewriter, operation: Operation) -> list[Value] | None:
    """Recognise a channel shuffle; merge consecutive reshapes, and remove one that changes nothing."""
    shuffled = _shuffle(rewriter, operation)
    x = operation.args[0]
    if shuffled is not None or not isinstance(x, Value):
        return shuffled
    if x.shape == operation.shapes[0]:
        return [x]
    source = x
    while (before := rewriter.before(source, "reshape", "flatten")) is not None and before.args[0].shape[:1] == (
        BATCH,
    ):
        source = before.args[0]
    if source is x or operation.shapes[0][:1] != (BATCH,):
        return None
    return [rewriter.new("reshape", (source, operation.shapes[0]), operation.shapes[0])]


def _shuffle(rewriter: Rewriter, operation: Operation) -> list[Value] | None:
    """Recognise a channel shuffle: split into groups, transposed, flattened again."""
    turned = rewriter.before(operation.args[0], "transpose", "permute")
    split = rewriter.before(turned.args[0], "reshape") if turned is not None else None
    if turned is None or split is None:
        return None
    swaps = sorted(turned.args[1:]) == [1, 2] if turned.function == "transpose" else order_of(turned) == [0, 2, 1, 3, 4]
    if not swaps:
        return None
    x = split.args[0]
    if not isinstance(x, Value) or len(x.shape) != 4 or x.shape != operation.shapes[0]:
        return None
    inner = split.shapes[0]
    if len(inner) != 5 or inner[3:] != x.shape[2:] or inner[0] != BATCH:
        return None
    return [rewriter.new("channel_shuffle", (x, inner[1]), x.shape)]


@rewriting("chunk", "split", "unbind", "tensor_split")
def pieces(rewriter: Rewriter, operation: Operation) -> list[Value] | None:
    """Rewrite each piece as a slice, or for unbind as an entry."""
    x = operation.args[0]
    dim = operation.argument(1 if operation.function == "unbind" else 2, "dim", 0)
    if not isinstance(x, Value):
        return None
    dim %= len(x.shape)
    start, found = 0, []
    for index, shape in enumerate(operation.shapes):
        before = (slice(None),) * dim
        if operation.function == "unbind":
            found.append(rewriter.new("getitem", (x, (*before, index)), shape))
            continue
        side = shape[dim]
        if not isinstance(side, int):
            return None
        found.append(rewriter.new("getitem", (x, (*before, slice(start, start + side))), shape))
        start += side
    return found


@rewriting("transpose")
def batch_first_attention(rewriter: Rewriter, operation: Operation) -> list[Value] | None:
    """Remove the transpositions around torch's multi-head attention, which has tokens before pictures."""
    inner = operation.args[0]
    attention = made_by(inner, "multi_head_attention_forward")
    if attention is None or inner.output != 0 or sorted(operation.args[1:]) != [0, 1]:
        return None
    turned = {value for value in attention.args[:3] if isinstance(value, Value)}
    sources = {value.operation.args[0] for value in turned if value.operation.function == "transpose"}
    if len(turned) != 1 or len(sources) != 1:
        return None
    return _self_attention(rewriter, attention, sources.pop(), operation.shapes[0])


def _self_attention(rewriter: Rewriter, attention: Operation, x: Value, shape: Shape) -> list[Value] | None:
    names = "embed_dim num_heads in_proj_weight in_proj_bias bias_k bias_v add_zero_attn dropout_p out_proj_weight out_proj_bias"
    given: dict[str, Any] = dict(zip(names.split(), attention.args[3:], strict=False)) | attention.kwargs
    plain = not any(given.get(name) is not None for name in ("bias_k", "bias_v", "attn_mask", "key_padding_mask"))
    plain = plain and not given.get("add_zero_attn") and not given.get("use_separate_proj_weight")
    parts = {
        "in_proj_weight": given.get("in_proj_weight"),
        "in_proj_bias": given.get("in_proj_bias"),
        "out_proj.weight": given.get("out_proj_weight"),
        "out_proj.bias": given.get("out_proj_bias"),
    }
    if not plain or not is_kept(*parts.values()) or (parts["in_proj_bias"] is None) != (parts["out_proj.bias"] is None):
        return None
    arguments = (x, given["num_heads"], float(given.get("dropout_p", 0.0)), tensors(**parts))
    return [rewriter.new("self_attention", arguments, shape)]
