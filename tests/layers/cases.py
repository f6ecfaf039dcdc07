"""Every layer with parameters, shapes, and a reference from torch."""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torchvision.models.convnext import LayerNorm2d
from torchvision.models.shufflenetv2 import channel_shuffle
from torchvision.models.swin_transformer import PatchMerging, ShiftedWindowAttention
from torchvision.transforms.v2.functional import center_crop

from workbench.layers import LAYERS
from workbench.layers.base import Layer, Shape

VECTOR, TOKENS, PICTURE = (12,), (7, 12), (12, 9, 8)
SERIES = (6, 11)
WINDOWS, SCORES = (3, 2, 6, 12), (3, 2, 4, 6, 6)
"""Three by two windows of 2×3 pixels, and the scores of four heads in them."""

BATCH = 3


def _attention(module: Any, x: Tensor) -> Tensor:
    """torch's own multi-head attention with the same weights."""
    reference = nn.MultiheadAttention(x.shape[-1], module.num_heads, batch_first=True)
    reference.load_state_dict(module.state_dict())
    return reference.eval()(x, x, x)[0]


def _projections(module: Any, x: Tensor) -> tuple[Tensor, ...]:
    """Queries, keys and values, each from its own matrix."""
    biases = (0, 0, 0) if module.bias is None else module.bias.split(12)
    return tuple(x @ matrix.T + bias for matrix, bias in zip(module.weight.split(12), biases, strict=True))


def _cut(x: Tensor) -> Tensor:
    """Windows of 2×3 pixels, by slicing."""
    rows = [
        [x[:, r : r + 2, c : c + 3].flatten(1, 2) for c in range(0, x.shape[2], 3)] for r in range(0, x.shape[1], 2)
    ]
    return torch.stack([torch.stack(row, 1) for row in rows], 1)


def _put_together(x: Tensor) -> Tensor:
    """The picture of these windows, by concatenation."""
    return torch.cat([torch.cat([w.unflatten(1, (2, 3)) for w in row.unbind(1)], 2) for row in x.unbind(1)], 1)


def _merged(x: Tensor) -> Tensor:
    """torchvision's patch merging without its learned part."""
    reference = PatchMerging(5)
    reference.norm, reference.reduction = nn.Identity(), nn.Identity()
    return reference(x)


def _biased(module: Any, scores: Tensor) -> Tensor:
    """torchvision's own relative position bias with the same table."""
    reference = ShiftedWindowAttention(12, [2, 3], [0, 0], 4)
    state = {"relative_position_bias_table": module.bias_table, "relative_position_index": module.index}
    reference.load_state_dict(state, strict=False)
    return scores + reference.get_relative_position_bias()


def _masked(module: Any, scores: Tensor) -> Tensor:
    """A 6×6 picture: pixels that were rolled around an edge are masked from those that were not."""
    row, column = (torch.roll(torch.arange(6), -shift) < shift for shift in (1, 2))
    side = _cut((row[:, None] * 2 + column)[None, :, :, None])[..., 0]
    return scores - 100 * (side[..., None] != side[..., None, :])[:, :, :, None]


BOTH_WAYS = {"hidden_size": 5, "num_layers": 2, "bidirectional": True, "output": "last"}


def _torchs(kind: type[nn.RNNBase], module: Any, x: Tensor) -> Any:
    """What torch's own layer returns with the same weights."""
    settings = (module.num_layers, True, True, 0.0, module.bidirectional)
    return _with_weights(kind(12, 5, *settings), module)(x)


def _by_cell(kind: type[nn.RNNCellBase], module: Any, x: Tensor) -> Tensor:
    """One layer's outputs, by torch's cell, token by token."""
    cell, state, outputs = kind(12, 5), None, []
    cell.load_state_dict({name.removesuffix("_l0"): weight for name, weight in module.state_dict().items()})
    for token in x.unbind(1):
        state = cell(token, state)
        outputs.append(state[0] if isinstance(state, tuple) else state)
    return torch.stack(outputs, 1)


def _both_ends(sequence: Tensor) -> Tensor:
    """What each direction gives last: the first half's end, and the second half's beginning."""
    forward, backward = sequence.chunk(2, dim=-1)
    return torch.cat((forward[:, -1], backward[:, 0]), dim=1)


def _standard(x: Tensor) -> Tensor:
    """Zero mean and unit variance of each channel of each picture."""
    variance, mean = torch.var_mean(x, (2, 3), correction=0, keepdim=True)
    return (x - mean) / (variance + 1e-5).sqrt()


class Case(msgspec.Struct, frozen=True):
    """One use of a layer: parameters, input shapes, and a reference for the output."""

    type: str
    parameters: dict[str, Any]
    shapes: Sequence[Shape]
    reference: Callable[..., Any]

    def layer(self) -> Layer:
        return LAYERS.of(self)

    def module(self) -> nn.Module:
        """The module in eval mode, with random weights that are neither zero nor one."""
        torch.manual_seed(0)
        layer = self.layer()
        layer.check(*self.shapes)
        module = layer.build(*self.shapes).eval()
        for parameter in module.parameters():
            nn.init.normal_(parameter, std=0.5)
        for name, buffer in module.named_buffers():
            if "running" in name:
                nn.init.uniform_(buffer, 0.5, 1.5)
        return module

    def inputs(self) -> tuple[Tensor, ...]:
        generator = torch.Generator().manual_seed(1)
        return tuple(torch.randn(BATCH, *shape, generator=generator) for shape in self.shapes)


def case(name: str, shapes: Shape | Sequence[Shape], reference: Callable[..., Any], **parameters: Any) -> Case:
    several = bool(shapes) and not isinstance(shapes[0], int)
    return Case(type=name, parameters=parameters, shapes=shapes if several else (shapes,), reference=reference)


CASES = [
    case("Formula", PICTURE, lambda m, x: F.relu(x) * 2 - x[:, :1], formula="a = relu(x) * 2; a - x[:, :1]"),
    case(
        "Formula",
        PICTURE,
        lambda m, x: x[:, :, 0] + x[:, :, 1:2].sum(2),
        formula="unbind(x, 2)[0] + sum(split(x, [1, 1, 7], dim=2)[1], 2) + chunk(x, 9, 2)[1][:, :, 0] * 0",
    ),
    case(
        "Formula",
        (TOKENS, TOKENS),
        lambda m, x, y: torch.cat([x @ m.map, y.roll(2, 1)], 1).reshape(len(x), -1),
        formula="reshape(cat([x0 @ map, roll(x1, 2, 1)], 1), (batch, -1))",
        weights=["map: 12, 12"],
    ),
    case("Output", VECTOR, lambda m, x: x),
    case("Identity", PICTURE, lambda m, x: x),
    case("Conv2d", PICTURE, lambda m, x: F.conv2d(x, m.weight, m.bias), out_channels=6, kernel_size=3),
    case(
        "Conv2d",
        PICTURE,
        lambda m, x: F.conv2d(x, m.weight, None, (2, 1), (1, 2), (1, 2), 3),
        out_channels=6,
        kernel_size=[3, 4],
        stride=[2, 1],
        padding=[1, 2],
        dilation=[1, 2],
        groups=3,
        bias=False,
    ),
    case(
        "Conv2d",
        PICTURE,
        lambda m, x: F.conv2d(x, m.weight, m.bias, padding=2),
        out_channels=4,
        kernel_size=5,
        padding="same",
    ),
    case(
        "Conv2d",
        PICTURE,
        lambda m, x: F.conv2d(F.pad(x, (1, 1, 1, 1), mode="reflect"), m.weight, m.bias),
        out_channels=4,
        kernel_size=3,
        padding=1,
        padding_mode="reflect",
    ),
    case(
        "DepthwiseConv2d",
        PICTURE,
        lambda m, x: torch.cat(
            [F.conv2d(c, w[None], b[None], 2, 1) for c, w, b in zip(x.split(1, 1), m.weight, m.bias, strict=True)], 1
        ),
        kernel_size=3,
        stride=2,
        padding=1,
    ),
    case(
        "DepthwiseConv2d",
        PICTURE,
        lambda m, x: F.conv2d(x, m.weight, None, 1, (1, 0), (1, 2), 12),
        kernel_size=[3, 2],
        padding=[1, 0],
        dilation=[1, 2],
        bias=False,
    ),
    case(
        "ConvTranspose2d",
        PICTURE,
        lambda m, x: F.conv_transpose2d(x, m.weight, m.bias, 2, 1, 1, 2),
        out_channels=4,
        kernel_size=3,
        stride=2,
        padding=1,
        output_padding=1,
        groups=2,
    ),
    case("Conv1d", SERIES, lambda m, x: F.conv1d(x, m.weight, m.bias), out_channels=4, kernel_size=3),
    case(
        "Conv1d",
        SERIES,
        lambda m, x: F.conv2d(x[:, :, None], m.weight[:, :, None], None, (1, 2), (0, 3), (1, 2), 3)[:, :, 0],
        out_channels=9,
        kernel_size=4,
        stride=2,
        padding=3,
        dilation=2,
        groups=3,
        bias=False,
    ),
    case(
        "Conv1d",
        SERIES,
        lambda m, x: F.conv1d(x, m.weight, m.bias, padding=4, dilation=2),
        out_channels=4,
        kernel_size=5,
        padding="same",
        dilation=2,
    ),
    case("MaxPool1d", SERIES, lambda m, x: x[..., :10].unflatten(2, (5, 2)).amax(3), kernel_size=2),
    case(
        "MaxPool1d",
        SERIES,
        lambda m, x: F.max_pool2d(x[:, :, None], (1, 3), (1, 2), (0, 1), (1, 2), ceil_mode=True)[:, :, 0],
        kernel_size=3,
        stride=2,
        padding=1,
        dilation=2,
        ceil_mode=True,
    ),
    case("AvgPool1d", SERIES, lambda m, x: x[..., :9].unflatten(2, (3, 3)).mean(3), kernel_size=3),
    case(
        "AvgPool1d",
        SERIES,
        lambda m, x: F.avg_pool2d(x[:, :, None], (1, 3), (1, 2), (0, 1), True, False)[:, :, 0],
        kernel_size=3,
        stride=2,
        padding=1,
        ceil_mode=True,
        count_include_pad=False,
    ),
    case("AdaptiveAvgPool1d", (6, 12), lambda m, x: x.unflatten(2, (4, 3)).mean(3), output_size=4),
    case("MaxPool2d", PICTURE, lambda m, x: F.max_pool2d(x, 2), kernel_size=2),
    case(
        "MaxPool2d",
        PICTURE,
        lambda m, x: F.max_pool2d(x, (3, 2), 2, 1, ceil_mode=True),
        kernel_size=[3, 2],
        stride=2,
        padding=1,
        ceil_mode=True,
    ),
    case("MaxPool2d", PICTURE, lambda m, x: F.max_pool2d(x, 3, 1, 0, 2), kernel_size=3, stride=1, dilation=2),
    case("AvgPool2d", PICTURE, lambda m, x: F.avg_pool2d(x, 3), kernel_size=3),
    case(
        "AvgPool2d",
        PICTURE,
        lambda m, x: F.avg_pool2d(x, 3, 2, 1, True, False),
        kernel_size=3,
        stride=2,
        padding=1,
        ceil_mode=True,
        count_include_pad=False,
    ),
    case("AdaptiveAvgPool2d", PICTURE, lambda m, x: F.avg_pool2d(x, (3, 2)), output_size=[3, 4]),
    case("AdaptiveMaxPool2d", PICTURE, lambda m, x: F.max_pool2d(x, (3, 2)), output_size=[3, 4]),
    case("Mean", TOKENS, lambda m, x: x.sum(1) / 7),
    case("Mean", PICTURE, lambda m, x: sum(x.unbind(3))[..., None] / 8, dim=-1, keepdim=True),
    case("Bias", PICTURE, lambda m, x: x + m.bias.expand_as(x)),
    case("Linear", VECTOR, lambda m, x: x @ m.weight.T + m.bias, out_features=5),
    case("Linear", TOKENS, lambda m, x: x @ m.weight.T, out_features=5, bias=False),
    case("Linear", PICTURE, lambda m, x: x @ m.weight.T + m.bias, out_features=5, channels_last=True),
    case("ReLU", PICTURE, lambda m, x: x.clamp(min=0)),
    case("ReLU6", PICTURE, lambda m, x: x.clamp(0, 6)),
    case("LeakyReLU", PICTURE, lambda m, x: torch.maximum(0.1 * x, x), negative_slope=0.1),
    case("PReLU", PICTURE, lambda m, x: torch.where(x > 0, x, m.weight * x)),
    case("PReLU", PICTURE, lambda m, x: torch.where(x > 0, x, m.weight[:, None, None] * x), per_channel=True),
    case("ELU", PICTURE, lambda m, x: torch.where(x > 0, x, 0.7 * torch.expm1(x)), alpha=0.7),
    case("SELU", PICTURE, lambda m, x: 1.0507009873554805 * F.elu(x, 1.6732632423543772)),
    case("GELU", PICTURE, lambda m, x: x * torch.distributions.Normal(0, 1).cdf(x)),
    case("GELU", PICTURE, lambda m, x: F.gelu(x, approximate="tanh"), approximate="tanh"),
    case("SiLU", PICTURE, lambda m, x: x / (1 + torch.exp(-x))),
    case("Mish", PICTURE, lambda m, x: x * torch.tanh(torch.log1p(x.exp()))),
    case("Softplus", PICTURE, lambda m, x: torch.log1p((2 * x).exp()) / 2, beta=2.0),
    case("Hardswish", PICTURE, lambda m, x: x * (x + 3).clamp(0, 6) / 6),
    case("Hardsigmoid", PICTURE, lambda m, x: (x / 6 + 0.5).clamp(0, 1)),
    case("Sigmoid", PICTURE, lambda m, x: 1 / (1 + torch.exp(-x))),
    case("Tanh", PICTURE, lambda m, x: torch.tanh(x)),
    case("Maxout", VECTOR, lambda m, x: torch.maximum(x[:, 0::2], x[:, 1::2])),
    case("Maxout", TOKENS, lambda m, x: torch.maximum(x[..., 0::2], x[..., 1::2])),
    case("Maxout", PICTURE, lambda m, x: F.max_pool3d(x, (3, 1, 1)), num_pieces=3),
    case("Softmax", VECTOR, lambda m, x: x.exp() / x.exp().sum(1, keepdim=True)),
    case("Softmax", TOKENS, lambda m, x: F.softmax(x, -1), dim=-1),
    case("LogSoftmax", TOKENS, lambda m, x: x - x.exp().sum(-1, keepdim=True).log(), dim=-1),
    case("BatchNorm", VECTOR, lambda m, x: F.batch_norm(x, m.running_mean, m.running_var, m.weight, m.bias)),
    case(
        "BatchNorm",
        PICTURE,
        lambda m, x: F.batch_norm(x, m.running_mean, m.running_var, eps=0.1),
        eps=0.1,
        affine=False,
    ),
    case(
        "BatchNorm", SERIES, lambda m, x: F.batch_norm(x, m.running_mean, m.running_var, m.weight, m.bias), series=True
    ),
    case("LayerNorm", VECTOR, lambda m, x: F.layer_norm(x, (12,), m.weight, m.bias)),
    case("LayerNorm", TOKENS, lambda m, x: F.layer_norm(x, (12,), m.weight), bias=False),
    case("LayerNorm", PICTURE, lambda m, x: _with_weights(LayerNorm2d(12, eps=1e-6), m)(x), eps=1e-6),
    case("LayerNorm", PICTURE, lambda m, x: F.layer_norm(x, (8,), m.weight, m.bias), channels_last=True),
    case("GroupNorm", PICTURE, lambda m, x: F.group_norm(x, 4, m.weight, m.bias), num_groups=4),
    case("GroupNorm", VECTOR, lambda m, x: F.group_norm(x, 3), num_groups=3, affine=False),
    case(
        "InstanceNorm",
        PICTURE,
        lambda m, x: _standard(x) * m.weight[:, None, None] + m.bias[:, None, None],
        affine=True,
    ),
    case("InstanceNorm", PICTURE, lambda m, x: _standard(x)),
    case("RMSNorm", TOKENS, lambda m, x: x / (x**2).mean(-1, keepdim=True).sqrt() * m.weight),
    case("RMSNorm", PICTURE, lambda m, x: x / (x**2).mean(1, keepdim=True).sqrt() * m.weight[:, None, None]),
    case(
        "RMSNorm",
        PICTURE,
        lambda m, x: F.rms_norm(x, (8,), eps=0.1),
        eps=0.1,
        channels_last=True,
        elementwise_affine=False,
    ),
    case("L2Norm", VECTOR, lambda m, x: x / x.norm(dim=1, keepdim=True)),
    case("L2Norm", PICTURE, lambda m, x: x / x.norm(dim=1, keepdim=True)),
    case("L2Norm", TOKENS, lambda m, x: x / x.norm(dim=-1, keepdim=True)),
    case("L2Norm", PICTURE, lambda m, x: x / x.norm(dim=3, keepdim=True), channels_last=True),
    case("Rescaling", VECTOR, lambda m, x: torch.add(250.0, x, alpha=80.0), scale=80.0, offset=250.0),
    case("Rescaling", PICTURE, lambda m, x: torch.mul(x, 0.25), scale=0.25),
    case("LayerScale", PICTURE, lambda m, x: torch.einsum("nchw,c->nchw", x, m.weight.flatten())),
    case("LayerScale", TOKENS, lambda m, x: torch.einsum("ntc,c->ntc", x, m.weight)),
    case(
        "LocalResponseNorm",
        PICTURE,
        lambda m, x: F.local_response_norm(x, 5, 0.1, 0.5, 2.0),
        size=5,
        alpha=0.1,
        beta=0.5,
        k=2,
    ),
    case("Dropout", PICTURE, lambda m, x: x),
    case("Dropout2d", PICTURE, lambda m, x: x),
    case("AlphaDropout", PICTURE, lambda m, x: x),
    case("StochasticDepth", PICTURE, lambda m, x: x),
    case("GaussianSample", VECTOR, lambda m, x: x[:, :6]),
    case("GaussianSample", PICTURE, lambda m, x: x[:, :6]),
    case("Add", (PICTURE, PICTURE, PICTURE), lambda m, x, y, z: x + y + z),
    case("Subtract", (PICTURE, PICTURE), lambda m, x, y: x + -1 * y),
    case("MatrixProduct", (TOKENS, (12, 5)), lambda m, x, y: torch.einsum("nij,njk->nik", x, y)),
    case("Multiply", (PICTURE, (12, 1, 1)), lambda m, x, y: x * y),
    case("Concat", (PICTURE, (5, 9, 8)), lambda m, x, y: torch.cat((x, y), 1)),
    case("Concat", (TOKENS, (7, 2)), lambda m, x, y: torch.cat((x, y), 2), dim=-1),
    case("Flatten", PICTURE, lambda m, x: x.reshape(BATCH, -1)),
    case("Flatten", PICTURE, lambda m, x: x.reshape(BATCH, 12, 72), start_dim=2),
    case("Flatten", PICTURE, lambda m, x: x.reshape(BATCH, 108, 8), end_dim=2),
    case("Reshape", PICTURE, lambda m, x: x.unflatten(1, (3, 4)).flatten(2), shape=[3, -1]),
    case("Permute", PICTURE, lambda m, x: x.movedim(1, -1), dims=[0, 2, 3, 1]),
    case("Slice", PICTURE, lambda m, x: x[:, 4:7], start=4, stop=7),
    case("Slice", TOKENS, lambda m, x: x[..., 5:], start=5, dim=-1),
    case("ConstantPad2d", PICTURE, lambda m, x: F.pad(x, (0, 1, 2, 3), value=-1), padding=[0, 1, 2, 3], value=-1.0),
    case(
        "ReflectionPad2d",
        PICTURE,
        lambda m, x: torch.cat((x[..., 1:3].flip(3), x, x[..., -2:-1]), 3),
        padding=[2, 1, 0, 0],
    ),
    case("ReplicationPad2d", PICTURE, lambda m, x: torch.cat((x[:, :, :1], x, x[:, :, -1:]), 2), padding=[0, 0, 1, 1]),
    case("CenterCrop", (PICTURE, (3, 4, 3)), lambda m, x, like: center_crop(x, [4, 3])),
    case("Upsample", PICTURE, lambda m, x: x.repeat_interleave(2, 2).repeat_interleave(3, 3), scale_factor=[2, 3]),
    case(
        "Upsample",
        PICTURE,
        lambda m, x: F.interpolate(x, scale_factor=2, mode="bilinear"),
        scale_factor=2,
        mode="bilinear",
    ),
    case(
        "Upsample",
        PICTURE,
        lambda m, x: F.interpolate(x, (18, 16), mode="bicubic", align_corners=True),
        scale_factor=2,
        mode="bicubic",
        align_corners=True,
    ),
    case(
        "PixelShuffle",
        PICTURE,
        lambda m, x: x.unflatten(1, (3, 2, 2)).permute(0, 1, 4, 2, 5, 3).reshape(BATCH, 3, 18, 16),
        upscale_factor=2,
    ),
    case(
        "PixelUnshuffle",
        (3, 8, 6),
        lambda m, x: torch.stack([x[:, :, r::2, c::2] for r in (0, 1) for c in (0, 1)], 2).flatten(1, 2),
        downscale_factor=2,
    ),
    case("Halve", PICTURE, lambda m, x: (x[:, :6], x[:, 6:])),
    case("ChannelShuffle", PICTURE, lambda m, x: channel_shuffle(x, 4), groups=4),
    case("MultiheadSelfAttention", TOKENS, _attention, num_heads=3),
    case("QueryKeyValue", WINDOWS, _projections),
    case("QueryKeyValue", TOKENS, _projections, bias=False, joined_names=True),
    case("SplitHeads", TOKENS, lambda m, x: torch.stack(x.split(3, -1), 1), num_heads=4),
    case("SplitHeads", WINDOWS, lambda m, x: torch.stack(x.split(4, -1), 3), num_heads=3),
    case("ScaledDotProduct", ((4, 7, 3), (4, 5, 3)), lambda m, q, k: torch.einsum("nhqd,nhkd->nhqk", q, k) / 3**0.5),
    case("WeightedSum", ((4, 7, 5), (4, 5, 3)), lambda m, a, v: torch.einsum("nhqk,nhkd->nhqd", a, v)),
    case("MergeHeads", (4, 7, 3), lambda m, x: torch.cat(x.unbind(1), -1)),
    case("CyclicShift", (6, 6, 4), lambda m, x: torch.cat((x[:, 2:], x[:, :2]), 1).roll(-1, 2), shift=[2, 1]),
    case("CyclicShift", (6, 6, 4), lambda m, x: torch.cat((x[:, :, 4:], x[:, :, :4]), 2), shift=[0, 2], back=True),
    case("WindowPartition", (6, 6, 4), lambda m, x: _cut(x), window_size=[2, 3]),
    case("WindowReverse", WINDOWS, lambda m, x: _put_together(x), window_size=[2, 3]),
    case("RelativePositionBias", SCORES, _biased, window_size=[2, 3]),
    case("ShiftMask", SCORES, _masked, window_size=[2, 3], shift=[1, 2]),
    case("MergePatches", (6, 4, 5), lambda m, x: _merged(x)),
    case("PositionEmbedding", TOKENS, lambda m, x: x + m.weight),
    case("ClassToken", TOKENS, lambda m, x: torch.cat((m.weight.repeat(BATCH, 1, 1), x), 1)),
    case("SelectToken", TOKENS, lambda m, x: x.unbind(1)[-2], index=-2),
    case("LSTM", TOKENS, lambda m, x: _torchs(nn.LSTM, m, x)[0], hidden_size=5, num_layers=2, bidirectional=True),
    case("LSTM", TOKENS, lambda m, x: _by_cell(nn.LSTMCell, m, x)[:, -1], hidden_size=5, output="last"),
    case("LSTM", TOKENS, lambda m, x: _both_ends(_torchs(nn.LSTM, m, x)[0]), **BOTH_WAYS),
    case("GRU", TOKENS, lambda m, x: _torchs(nn.GRU, m, x)[0], hidden_size=5, num_layers=2),
    case("GRU", TOKENS, lambda m, x: _by_cell(nn.GRUCell, m, x), hidden_size=5),
    case("GRU", TOKENS, lambda m, x: _both_ends(_torchs(nn.GRU, m, x)[0]), **BOTH_WAYS),
]


def _with_weights(reference: nn.Module, module: nn.Module) -> nn.Module:
    reference.load_state_dict(module.state_dict())
    return reference
