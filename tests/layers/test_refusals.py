"""The sentence in which a layer rejects its input."""

import re
from contextlib import suppress
from typing import Any

import pytest
import torch

from tests.layers.cases import CASES
from workbench.layers import LAYERS
from workbench.layers.base import Refusal, Shape
from workbench.spec.problems import SpecError
from workbench.spec.remedy import Insert

PICTURE = (16, 5, 5)


@pytest.mark.parametrize(
    ("name", "parameters", "shapes", "what", "mend"),
    [
        (
            "Linear",
            {"out_features": 10},
            [PICTURE],
            "Linear expects a vector, but gets 16×5×5",
            "add Flatten before it",
        ),
        (
            "Conv1d",
            {"out_channels": 4, "kernel_size": 5, "dilation": 2},
            [(3, 8)],
            "the window of 9 with its dilation is longer than the series of 8",
            "make the kernel smaller, add padding, or shorten the series less before it",
        ),
        (
            "MaxPool1d",
            {"kernel_size": 2},
            [PICTURE],
            "MaxPool1d expects a series (channels×length), but gets 16×5×5",
            "add Flatten with start_dim 2 before it",
        ),
        ("BatchNorm", {"series": True}, [PICTURE], "BatchNorm expects a series, but gets 16×5×5", "unset series"),
        ("BatchNorm", {}, [(2, 2, 4, 8)], "BatchNorm expects a picture or a vector, but gets 2×2×4×8", "use LayerNorm"),
        (
            "GaussianSample",
            {},
            [(7,)],
            "7 numbers are no means and as many log variances",
            "make the layer before it output an even number",
        ),
        (
            "Slice",
            {"start": 8, "stop": 20},
            [PICTURE],
            "Slice takes 8 to 20, but dimension 1 of 16×5×5 has 16",
            "choose start below stop, and stop at most 16",
        ),
        (
            "CenterCrop",
            {},
            [PICTURE, (16, 7, 5)],
            "7×5 cannot be cropped from 5×5",
            "connect the larger picture first",
        ),
        (
            "CenterCrop",
            {},
            [PICTURE, (16, 5, 7)],
            "5×7 cannot be cropped from 5×5",
            "connect the larger picture first",
        ),
        (
            "Conv2d",
            {"out_channels": 6, "kernel_size": 3},
            [(120,)],
            "Conv2d expects a picture (channels×height×width), but gets a vector of 120",
            "move it before Flatten, or add Reshape before it",
        ),
        (
            "GroupNorm",
            {"num_groups": 120},
            [(120,)],
            "each group holds a single value, which becomes 0 when its mean is subtracted",
            "use fewer groups",
        ),
        (
            "Conv2d",
            {"out_channels": 6, "kernel_size": 3, "groups": 3},
            [PICTURE],
            "16 input channels cannot be divided into 3 groups",
            "set groups to one of 1, 2, 4, 8, 16",
        ),
        (
            "Conv2d",
            {"out_channels": 6, "kernel_size": 3, "groups": 4},
            [PICTURE],
            "6 filters cannot be divided into 4 groups",
            "set groups to one of 1, 2, 3, 6",
        ),
        (
            "Conv2d",
            {"out_channels": 6, "kernel_size": [3, 7]},
            [PICTURE],
            "the 3×7 window is larger than the 5×5 picture",
            "make the kernel smaller, add padding, or shrink the picture less before it",
        ),
        (
            "Conv2d",
            {"out_channels": 6, "kernel_size": 5, "dilation": 2, "padding": 1},
            [PICTURE],
            "the 9×9 window with its dilation is larger than the 7×7 picture with its padding",
            "make the kernel smaller, add padding, or shrink the picture less before it",
        ),
        (
            "Conv2d",
            {"out_channels": 6, "kernel_size": 3, "stride": 2, "padding": "same"},
            [PICTURE],
            "padding 'same' keeps the size, but stride 2×2 shrinks it",
            "set padding to half of kernel_size, or stride to 1",
        ),
        (
            "MaxPool2d",
            {"kernel_size": 2, "padding": 2},
            [PICTURE],
            "padding 2×2 is more than half of the 2×2 window",
            "make the padding smaller or the kernel larger",
        ),
        (
            "Add",
            {},
            [(64, 8, 8), (32, 8, 8)],
            "Add expects equal shapes, but gets 64×8×8 and 32×8×8",
            "put a 1×1 Conv2d on the skip, with as many filters as the other branch has channels",
        ),
        (
            "Add",
            {},
            [(64, 4, 4), (32, 8, 8)],
            "Add expects equal shapes, but gets 64×4×4 and 32×8×8",
            "give the skip the same stride: a 1×1 Conv2d with that stride, and as many filters as the other branch",
        ),
        (
            "Multiply",
            {},
            [(64, 8, 8), (64,)],
            "Multiply expects equal sides or sides of 1, but gets 64×8×8 and 64",
            "add Reshape to 64×1×1 after the vector",
        ),
        (
            "Concat",
            {},
            [(64, 8, 8), (32, 4, 4)],
            "Concat along dimension 1 expects all other sides equal, but gets 64×8×8 and 32×4×4",
            "make height and width equal: padding in the branches' convolutions, or the same stride",
        ),
        (
            "MultiheadSelfAttention",
            {"num_heads": 5},
            [(65, 192)],
            "192 numbers per token cannot be divided into 5 num_heads",
            "set num_heads to one of 1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64",
        ),
        (
            "MultiheadSelfAttention",
            {"num_heads": 4},
            [PICTURE],
            "MultiheadSelfAttention expects tokens (number×width), but gets 16×5×5",
            "add Flatten with start_dim 2 and then Permute to 0, 2, 1 before it",
        ),
        ("SelectToken", {"index": 9}, [(4, 8)], "there is no token 9 among 4", "choose an index from 0 to 3"),
        ("Halve", {}, [(15, 4, 4)], "15 channels cannot be halved", "make the layer before it output an even number"),
        (
            "ScaledDotProduct",
            {},
            [(4, 9, 8), (3, 9, 8)],
            "queries 4×9×8 and keys 3×9×8 do not match",
            "give both the same width and number of heads",
        ),
        (
            "WeightedSum",
            {},
            [(9, 9), (8, 64)],
            "weights 9×9 and values 8×64 do not match",
            "give each row as many weights as there are values, and both the same number of heads",
        ),
        (
            "MergeHeads",
            {},
            [(9, 64)],
            "MergeHeads expects heads×tokens×width, but gets 9×64",
            "add SplitHeads before the attention",
        ),
        (
            "WindowPartition",
            {"window_size": 7},
            [(16, 14, 96)],
            "a 16×14 picture cannot be cut into 7×7 windows",
            "choose a window_size that divides both sides, or an Input of another size",
        ),
        (
            "CyclicShift",
            {"shift": 2},
            [(64, 96)],
            "CyclicShift expects a picture (height×width×channels), but gets 64×96",
            "add Permute to 0, 2, 3, 1 after the last layer whose channels come first",
        ),
        (
            "WindowReverse",
            {"window_size": 4},
            [(2, 2, 9, 96)],
            "WindowReverse expects 4×4 windows, but gets 2×2×9×96",
            "give it the window_size of WindowPartition",
        ),
        (
            "RelativePositionBias",
            {"window_size": 4},
            [(2, 2, 16, 96)],
            "RelativePositionBias expects the scores of 4×4 windows, but gets 2×2×16×96",
            "put it between ScaledDotProduct and Softmax, with the window_size of WindowPartition",
        ),
        (
            "ShiftMask",
            {"window_size": 4, "shift": 2},
            [(2, 16, 16)],
            "ShiftMask expects the scores of 4×4 windows, but gets 2×16×16",
            "put it between ScaledDotProduct and Softmax, with the window_size of WindowPartition",
        ),
        (
            "ShiftMask",
            {"window_size": 2, "shift": [0, 3]},
            [(2, 2, 3, 4, 4)],
            "a shift of 0×3 exceeds the 2×2 window",
            "set shift to half of it",
        ),
        (
            "MergePatches",
            {},
            [(7, 8, 96)],
            "a 7×8 picture cannot be halved",
            "choose an Input with even sides",
        ),
        (
            "Reshape",
            {"shape": [7, -1]},
            [PICTURE],
            "16×5×5 holds 400 numbers, which do not fit 7×-1",
            "choose sides whose product is the same",
        ),
        (
            "BatchNorm",
            {},
            [(65, 192)],
            "BatchNorm expects a picture or a vector, but gets tokens 65×192",
            "use LayerNorm, or set series if its first dimension is the channels",
        ),
        (
            "Input",
            {},
            [],
            "this Input has no shape",
            "set its shape: channels, height and width, or the length of a vector",
        ),
    ],
)
def test_refuses_in_plain_words(
    name: str, parameters: dict[str, Any], shapes: list[Shape], what: str, mend: str
) -> None:
    with pytest.raises(Refusal) as refused:
        LAYERS.make(name, parameters).check(*shapes)
    assert (refused.value.what, refused.value.mend) == (what, mend)


@pytest.mark.parametrize(
    ("name", "parameters", "shape", "what"),
    [
        (
            "Conv2d",
            {"padding": 5, "padding_mode": "reflect"},
            PICTURE,
            "cannot make a border of 5×5 from a 5×5 picture",
        ),
        ("ConvTranspose2d", {"groups": 3}, PICTURE, "16 input channels cannot be divided into 3 groups"),
        ("ConvTranspose2d", {"groups": 4}, PICTURE, "6 filters cannot be divided into 4 groups"),
        ("ConvTranspose2d", {"stride": 2, "output_padding": 2}, PICTURE, "output_padding 2×2 must be smaller than"),
        ("ConvTranspose2d", {"padding": 4}, PICTURE, "padding 4×4 removes the whole picture"),
        ("DepthwiseConv2d", {"kernel_size": 6}, PICTURE, "the 6×6 window is larger than the 5×5 picture"),
        ("MaxPool2d", {"kernel_size": 6}, PICTURE, "the 6×6 window is larger than the 5×5 picture"),
        ("GroupNorm", {"num_groups": 3}, PICTURE, "16 channels cannot be divided into 3 num_groups"),
        ("GroupNorm", {"num_groups": 3}, (65, 192), "GroupNorm expects a picture or a vector, but gets tokens 65×192"),
        ("WindowPartition", {"window_size": 2}, (64, 96), "WindowPartition expects a picture (height×width×channels)"),
        ("L2Norm", {}, (1,), "each vector has a single number, which becomes 1 or -1 at length 1"),
        ("Softmax", {"dim": 4}, PICTURE, "Softmax along dimension 4, but 16×5×5 has dimensions 1 to 3"),
        ("SplitHeads", {"num_heads": 5}, (65, 192), "192 numbers per token cannot be divided into 5 num_heads"),
        ("ChannelShuffle", {"groups": 3}, PICTURE, "16 channels cannot be divided into 3 groups"),
        ("PixelShuffle", {"upscale_factor": 3}, PICTURE, "16 channels cannot be divided into squares of 3×3 pixels"),
        ("Flatten", {"start_dim": 2, "end_dim": 1}, PICTURE, "Flatten ends at dimension 1, before its start 2"),
        ("Reshape", {"shape": [-1, -1]}, PICTURE, "-1×-1 is not a valid shape for Reshape"),
        ("Permute", {"dims": [0, 1, 1, 2]}, PICTURE, "Permute to 0, 1, 1, 2 is not an order of the dimensions"),
    ],
)
def test_refuses_what_does_not_fit(name: str, parameters: dict[str, Any], shape: Shape, what: str) -> None:
    needed = {"out_channels": 6, "kernel_size": 3} if name in ("Conv2d", "ConvTranspose2d") else {}
    with pytest.raises(Refusal, match=re.escape(what)):
        LAYERS.make(name, needed | parameters).check(shape)


KINDS = {"vector": (96,), "tokens": (16, 96), "picture": (96, 8, 8), "windows": (4, 4, 16, 96)}

ONLY_PICTURES = (
    *(
        "Conv2d",
        "DepthwiseConv2d",
        "ConvTranspose2d",
        "MaxPool2d",
        "AvgPool2d",
        "AdaptiveAvgPool2d",
        "LocalResponseNorm",
    ),
    *("Dropout2d", "ConstantPad2d", "CenterCrop", "Upsample", "PixelShuffle", "ChannelShuffle", "CyclicShift"),
    "MergePatches",
)
ONLY_TOKENS = ("MultiheadSelfAttention", "PositionEmbedding", "ClassToken", "SelectToken")
TOKENS_OR_WINDOWS = ("QueryKeyValue", "SplitHeads")


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        *((name, {"picture"}) for name in ONLY_PICTURES),
        *((name, {"tokens"}) for name in ONLY_TOKENS),
        *((name, {"tokens", "windows"}) for name in TOKENS_OR_WINDOWS),
        ("BatchNorm", {"vector", "picture"}),
    ],
)
def test_takes_no_other_kind_of_input(name: str, kinds: set[str]) -> None:
    case, taken = next(case for case in CASES if case.type == name), set()
    for kind, shape in KINDS.items():
        with suppress(Refusal):
            case.layer().check(*[shape] * len(case.shapes))
            taken.add(kind)
    assert taken == kinds


@pytest.mark.parametrize(
    ("name", "parameters", "shapes"),
    [
        ("Conv2d", {"out_channels": 1, "kernel_size": [5, 4]}, [(1, 5, 4)]),
        ("Conv2d", {"out_channels": 1, "kernel_size": [3, 4], "dilation": 3, "padding": [1, 3]}, [(1, 5, 4)]),
        ("Conv2d", {"out_channels": 1, "kernel_size": 3, "padding": [4, 3], "padding_mode": "reflect"}, [(1, 5, 4)]),
        ("Conv2d", {"out_channels": 1, "kernel_size": 3, "padding": [5, 4], "padding_mode": "circular"}, [(1, 5, 4)]),
        ("Conv2d", {"out_channels": 1, "kernel_size": 3, "padding": 9, "padding_mode": "replicate"}, [(1, 5, 4)]),
        ("ConvTranspose2d", {"out_channels": 1, "kernel_size": 2, "padding": 1}, [(1, 2, 2)]),
        ("ConvTranspose2d", {"out_channels": 1, "kernel_size": 1, "dilation": 3, "output_padding": 2}, [(1, 1, 1)]),
        (
            "ConvTranspose2d",
            {"out_channels": 1, "kernel_size": 2, "stride": 2, "padding": 1, "output_padding": 1},
            [(1, 1, 1)],
        ),
        ("MaxPool2d", {"kernel_size": [2, 3], "padding": 1}, [(1, 1, 1)]),
        ("GroupNorm", {"num_groups": 4}, [(4, 1, 2)]),
        ("ShiftMask", {"window_size": [2, 3], "shift": [2, 3]}, [(2, 2, 1, 6, 6)]),
        ("SelectToken", {"index": -4}, [(4, 8)]),
        ("SelectToken", {"index": 3}, [(4, 8)]),
        ("CenterCrop", {}, [(1, 5, 4), (2, 5, 4)]),
        ("Slice", {"start": 15, "stop": 16}, [PICTURE]),
        ("Slice", {"stop": 5, "dim": -1}, [PICTURE]),
        ("Softmax", {"dim": -3}, [PICTURE]),
        ("Softmax", {"dim": 3}, [PICTURE]),
        ("Flatten", {"start_dim": 2, "end_dim": 2}, [PICTURE]),
        ("Reshape", {"shape": [-1, 400]}, [PICTURE]),
        ("Formula", {"formula": "x * w", "weights": ["w: 1"]}, [(1,)]),
    ],
)
def test_what_just_fits_is_not_refused(name: str, parameters: dict[str, Any], shapes: list[Shape]) -> None:
    layer = LAYERS.make(name, parameters)
    layer.check(*shapes)
    assert layer.build(*shapes).eval()(*(torch.zeros(2, *shape) for shape in shapes)).numel()


@pytest.mark.parametrize(
    ("name", "shapes", "words", "port"),
    [
        ("Add", [(8, 8, 8), (3, 8, 8), (8, 8, 8)], "Insert a 1×1 Conv2d with 8 filters", 1),
        ("Add", [(3, 8, 8), (8, 8, 8), (3, 8, 8)], None, 0),
        ("Add", [(3, 8, 8), (8, 8, 8), (4, 8, 8)], None, 0),
        ("Add", [(3, 2, 3), (8, 9, 9)], "Insert a 1×1 Conv2d with 3 filters and stride 5×3", 1),
        ("Add", [(8, 4, 9), (8, 9, 9)], None, 0),
        ("Add", [(8, 9, 4), (8, 9, 9)], None, 0),
        ("Add", [(7, 12), (7, 16)], "Insert a Linear with 16 units", 0),
        ("Add", [(7, 12), (9, 16)], None, 0),
        ("Add", [(12,), (7, 12)], None, 0),
        ("Add", [(2, 2, 7, 12), (2, 2, 7, 16)], None, 0),
        ("Multiply", [(6, 8, 8), (6, 8, 8), (6,)], "Insert Reshape", 2),
        ("Multiply", [(6, 8, 8), (5,)], None, 0),
        ("Multiply", [(6, 8, 8), (6,), (6,)], None, 0),
        ("Multiply", [(6, 8, 8), (6, 4, 4), (6,)], None, 0),
        ("Multiply", [(6, 12), (6,)], None, 0),
    ],
)
def test_a_layer_is_offered_for_a_join_only_where_it_makes_the_join_fit(
    name: str, shapes: list[Shape], words: str | None, port: int
) -> None:
    join = LAYERS.make(name, {})
    with pytest.raises(Refusal) as refused:
        join.check(*shapes)
    remedy = refused.value.remedy
    if words is None:
        assert remedy is None
        return
    assert isinstance(remedy, Insert) and (remedy.words, remedy.port) == (words, port)
    (new,) = remedy.layers
    module = LAYERS.make(new.type, new.parameters).build(shapes[port])
    join.check(*shapes[:port], tuple(module(torch.zeros(1, *shapes[port])).shape[1:]), *shapes[port + 1 :])


def test_no_value_is_offered_that_the_parameter_may_not_have() -> None:
    """Five channels divide into one piece, which is no maximum, or into more than were wanted."""
    with pytest.raises(Refusal) as refused:
        LAYERS.make("Maxout", {"num_pieces": 4}).check((5,))
    assert refused.value.remedy is None


@pytest.mark.parametrize(
    ("name", "parameters", "message"),
    [
        ("Conv2d", {"kernel_size": 3}, "out_channels"),
        ("Conv2d", {"out_channels": 0, "kernel_size": 3}, "out_channels"),
        ("Conv2d", {"out_channels": 8, "kernel_size": [3, 3, 3]}, "kernel_size"),
        ("Conv2d", {"out_channels": 8, "kernel_size": 3, "padding": "valid"}, "padding"),
        ("Dropout", {"p": 1.5}, "p: "),
        ("Dropout", {"rate": 0.5}, "rate"),
    ],
)
def test_names_the_parameter_at_fault(name: str, parameters: dict[str, Any], message: str) -> None:
    with pytest.raises(SpecError, match=message):
        LAYERS.make(name, parameters)
