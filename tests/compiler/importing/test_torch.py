"""Networks from torchvision, timm and user code: imported, they give the same outputs and are structured as written."""

import math
import warnings
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import timm
import torch
import torchvision
from torch import Tensor, nn
from torch.nn import functional, utils
from torch.nn.utils import parametrizations, prune
from torchvision.models import swin_transformer as swin
from torchvision.models.segmentation.fcn import FCNHead

from tests.compiler.importing.imported import nodes_of, proven
from tests.export.written import imported, last_class
from workbench.compiler.importing.network import TOLERANCE, Imported, assemble, import_module
from workbench.compiler.importing.operations import Traced, Unreadable
from workbench.compiler.importing.source import load
from workbench.compiler.module import build
from workbench.export.code.render import write_module


def made(source: str) -> nn.Module:
    """A network whose weights and statistics differ from its initial ones."""
    torch.manual_seed(0)
    library, _, name = source.partition(":")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = timm.create_model(name) if library == "timm" else torchvision.models.get_model(name, weights=None)
    for name, buffer in model.named_buffers():
        if name.endswith("running_mean"):
            nn.init.normal_(buffer, std=0.1)
        if name.endswith("running_var"):
            nn.init.uniform_(buffer, 0.5, 1.5)
    return model.eval()


def test_a_segmentation_network_comes_in_without_fetching_anything() -> None:
    source = load("torchvision:lraspp_mobilenet_v3_large", (3, 64, 64))
    imported = proven(source.model, *source.shapes)
    assert imported.opaque == () and [node.name for node in imported.architecture.graph.outputs] == ["out"]


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        (
            "fasterrcnn_resnet50_fpn",
            "its number of outputs depends on the picture; a graph of layers has fixed outputs",
        ),
        (
            "raft_small",
            "with an input of 3×224×224 it raises TypeError: RAFT.forward() missing 1 required positional argument: "
            "'image2'",
        ),
    ],
)
def test_a_network_for_something_else_than_one_picture_is_refused(name: str, sentence: str) -> None:
    with pytest.raises(Unreadable) as caught:
        source = load(f"torchvision:{name}", None)
        import_module(source.model, source.shapes, source.name)
    assert str(caught.value) == sentence


class Plenty(nn.Module):
    """Every activation, norm, pool and border of torch.nn that has a layer of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.prelu, self.slopes, self.selu, self.mish = nn.PReLU(), nn.PReLU(8), nn.SELU(), nn.Mish()
        self.softplus, self.log_softmax = nn.Softplus(2.0), nn.LogSoftmax(1)
        self.instance, self.plain, self.rms = nn.InstanceNorm2d(8, affine=True), nn.InstanceNorm2d(8), nn.RMSNorm(8)
        self.down, self.most = nn.PixelUnshuffle(2), nn.AdaptiveMaxPool2d(2)
        self.mirror, self.edge, self.zero = nn.ReflectionPad2d(1), nn.ReplicationPad2d((1, 0, 0, 1)), nn.ZeroPad2d(1)
        self.up, self.drop = nn.Upsample(scale_factor=2, mode="bilinear", align_corners=True), nn.AlphaDropout(0.1)
        self.stem = nn.Conv2d(12, 8, 1)

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(self.down(x))
        x = self.drop(self.selu(self.slopes(self.instance(self.mirror(self.prelu(x))))))
        x = self.softplus(self.mish(self.plain(self.edge(self.zero(self.up(x))))))
        tokens = self.rms(self.most(self.log_softmax(x)).flatten(2).transpose(1, 2))
        return tokens.mean(1)


class PlentyOfFunctions(nn.Module):
    """The same as functions."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(12, 8, 1)
        self.slope, self.slopes, self.scale = (nn.Parameter(torch.rand(sides)) for sides in (1, 8, 8))

    def forward(self, x: Tensor) -> Tensor:
        f = functional
        x = f.prelu(self.stem(f.pixel_unshuffle(x, 2)), self.slope)
        x = f.selu(f.prelu(f.instance_norm(f.pad(x, (1, 1, 1, 1), mode="reflect")), self.slopes))
        x = f.pad(
            f.pad(f.interpolate(x, scale_factor=2, mode="bilinear", align_corners=True), (1, 1, 1, 1)),
            (1, 0, 0, 1),
            "replicate",
        )
        x = f.log_softmax(f.softplus(f.mish(f.alpha_dropout(x, 0.1, training=self.training)), 2.0), dim=1)
        tokens = f.rms_norm(f.adaptive_max_pool2d(x, 2).flatten(2).mT, (8,), self.scale, 1e-5)
        return torch.mean(tokens, dim=[1])


@pytest.mark.parametrize(("kind", "num_more"), [(Plenty, 1), (PlentyOfFunctions, 0)])
def test_layers_of_torch_come_in_as_layers_whether_modules_or_functions(kind: type[nn.Module], num_more: int) -> None:
    torch.manual_seed(0)
    imported = proven(kind().eval(), (3, 12, 12))
    wanted = {"PReLU": 2, "SELU": 1, "Mish": 1, "Softplus": 1, "LogSoftmax": 1, "RMSNorm": 1, "PixelUnshuffle": 1}
    wanted |= {"AdaptiveMaxPool2d": 1, "ReflectionPad2d": 1, "ReplicationPad2d": 1, "ConstantPad2d": 1, "Upsample": 1}
    wanted |= {"AlphaDropout": 1, "Mean": 1, "InstanceNorm": 1 + num_more}
    assert imported.opaque == ()
    assert {kind: len(nodes_of(imported.architecture, kind)) for kind in wanted} == wanted


def pruned(module: nn.Module) -> nn.Module:
    """The module without a third of its weights."""
    return prune.l1_unstructured(module, "weight", 0.3)


WAYS = (utils.weight_norm, utils.spectral_norm, parametrizations.weight_norm, parametrizations.spectral_norm, pruned)


@pytest.mark.filterwarnings("ignore:.*weight_norm.* is deprecated:FutureWarning")
@pytest.mark.parametrize(
    "way", [*WAYS, parametrizations.orthogonal], ids=lambda way: f"{way.__module__}.{way.__name__}"
)
def test_a_weight_computed_from_others_becomes_a_plain_one_and_is_named(way: Callable[..., nn.Module]) -> None:
    torch.manual_seed(0)
    parts = OrderedDict(conv=way(nn.Conv2d(3, 4, 3)), act=nn.ReLU(), flat=nn.Flatten(), head=way(nn.Linear(144, 5)))
    model = nn.Sequential(parts)
    for _ in range(3):  # of which spectral_norm finds the norm
        model(torch.rand(2, 3, 8, 8))
    expected = model.eval()(torch.ones(1, 3, 8, 8)).detach()
    imported = proven(model, (3, 8, 8))
    assert imported.opaque == () and imported.plain == ("conv.weight", "head.weight")
    torch.testing.assert_close(model(torch.ones(1, 3, 8, 8)), expected)
    assert imported.weights.keys() == {"conv.weight", "conv.bias", "head.weight", "head.bias"}


NAMES_KEPT = ("resnet50", "densenet121", "mobilenet_v3_small", "shufflenet_v2_x0_5", "squeezenet1_1", "convnext_tiny")


@pytest.mark.parametrize("name", NAMES_KEPT)
def test_torchvisions_models_keep_the_names_of_all_their_weights(name: str) -> None:
    model = made(f"torchvision:{name}")
    imported = proven(model, (3, 64, 64))
    assert imported.weights.keys() == model.state_dict().keys()
    assert imported.opaque == () and imported.unused == ()
    assert imported.num_parameters == sum(parameter.numel() for parameter in model.parameters())


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("torchvision:googlenet", (3, 64, 64)),
        ("torchvision:swin_t", (3, 64, 64)),
        ("timm:vit_tiny_patch16_224", (3, 224, 224)),
        ("timm:tf_efficientnet_lite0", (3, 64, 64)),
        ("timm:mobilevit_xxs", (3, 64, 64)),
        ("timm:convnextv2_atto", (3, 64, 64)),
    ],
)
def test_other_networks_answer_the_same(name: str, shape: tuple[int, ...]) -> None:
    model = made(name)
    imported = proven(model, shape)
    used = {weight for weight in model.state_dict() if weight not in imported.unused}
    assert used == set(imported.sources.values())


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["vgg16_bn", "inception_v3", "efficientnet_b0", "regnet_y_400mf", "maxvit_t", "swin_v2_t", "vit_b_16"]
)
def test_large_networks_answer_the_same(name: str) -> None:
    side = 299 if name == "inception_v3" else 256 if name == "swin_v2_t" else 224
    proven(made(f"torchvision:{name}"), (3, side, side))


def test_a_fault_behind_weights_that_start_at_zero_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """As the head of torchvision's Vision Transformer: outputs would be equal, whatever came before it."""

    class Zeros(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv2d(3, 8, 3)
            self.norm = nn.BatchNorm2d(8)
            self.head = nn.Linear(8, 5)
            nn.init.zeros_(self.head.weight)

        def forward(self, x: Tensor) -> Tensor:
            return self.head(self.norm(self.conv(x)).relu().mean((2, 3)))

    model = Zeros().eval()
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    imported = import_module(model, ((3, 16, 16),), "zeros")
    assert all(torch.equal(before[name], tensor) for name, tensor in model.state_dict().items())
    assert not imported.weights["head.weight"].any() and torch.equal(
        imported.weights["norm.running_var"], torch.ones(8)
    )

    def wrong(traced: Traced, name: str) -> Imported:
        found = assemble(traced, name)
        return replace(found, weights=found.weights | {"conv.weight": 2 * found.weights["conv.weight"]})

    monkeypatch.setattr("workbench.compiler.importing.network.assemble", wrong)
    with pytest.raises(Unreadable, match="outputs differ by up to"):
        import_module(model, ((3, 16, 16),), "zeros")


def test_a_residual_network_reads_as_its_paper() -> None:
    architecture = proven(made("torchvision:resnet50"), (3, 64, 64)).architecture
    assert {"Bottleneck", "BottleneckWithDownsample"} <= architecture.blocks.keys() and len(architecture.blocks) <= 8
    repeats = [node.repeat for node in nodes_of(architecture, "Bottleneck")]
    assert sorted(repeats) == [2, 3, 5], "the first stage and the last are alike, and so one block"
    assert len(architecture.graph.nodes) == 13


def test_the_layers_of_a_dense_block_are_one_block_many_times() -> None:
    architecture = proven(made("torchvision:densenet121"), (3, 64, 64)).architecture
    assert sorted(node.repeat for node in nodes_of(architecture, "DenseLayer")) == [6, 12, 16, 24]


def test_what_differs_among_blocks_is_their_parameter() -> None:
    architecture = proven(made("torchvision:googlenet"), (3, 64, 64)).architecture
    assert len(nodes_of(architecture, "Inception")) == 9
    assert len(architecture.blocks["Inception"].parameters) == 6


@pytest.mark.parametrize("name", ["mobilenet_v3_small", "squeezenet1_1"])
def test_another_number_of_classes_can_be_learned(name: str) -> None:
    """Even if they come from a convolution that is averaged over the picture."""
    imported = proven(made(f"torchvision:{name}"), (3, 64, 64))
    assert imported.architecture.graph.parameters == {"classes": 1000}
    with torch.no_grad():
        (answer,) = build(imported.architecture, classes=7).eval()(torch.zeros(1, 3, 64, 64)).values()
    assert answer.shape == (1, 7)


class Segmenter(nn.Module):
    """A segmentation network with a second head that helps to train it; ``num_seconds`` are the second's classes."""

    def __init__(self, num_seconds: int) -> None:
        super().__init__()
        self.stem, self.trunk = nn.Conv2d(3, 8, 3, 2, 1), nn.Conv2d(8, 8, 3, 2, 1)
        self.classifier, self.second = FCNHead(8, 21), FCNHead(8, num_seconds)

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        early = self.stem(x)
        late = self.trunk(early)
        pairs = {"out": (self.classifier, late), "aux": (self.second, early)}
        return {
            name: functional.interpolate(head(features), size=x.shape[-2:], mode="bilinear")
            for name, (head, features) in pairs.items()
        }


def test_the_number_of_classes_is_that_of_all_outputs_that_have_it() -> None:
    imported = proven(Segmenter(21).eval(), (3, 16, 16))
    assert imported.architecture.graph.parameters == {"classes": 21}
    assert len(nodes_of(imported.architecture, "FCNHead")) == 2
    with torch.no_grad():
        answers = build(imported.architecture, classes=7).eval()(torch.zeros(1, 3, 16, 16))
    assert {name: tuple(answer.shape) for name, answer in answers.items()} == dict.fromkeys(
        ("out", "aux"), (1, 7, 16, 16)
    )
    assert not proven(Segmenter(5).eval(), (3, 16, 16)).architecture.graph.parameters, "which of both is not known"


SWIN = {"patch_size": [4, 4], "embed_dim": 16, "depths": [2, 1], "num_heads": [2, 4], "window_size": [4, 4]}
OF_WINDOWS = ("CyclicShift", "WindowPartition", "WindowReverse", "RelativePositionBias", "ShiftMask", "MergePatches")
OF_HEADS = ("SplitHeads", "ScaledDotProduct", "WeightedSum", "MergeHeads")


def test_swin_comes_in_as_the_layers_of_its_paper_with_its_weights_names() -> None:
    torch.manual_seed(0)
    model = swin.SwinTransformer(**SWIN).eval()
    imported = proven(model, (3, 32, 32))
    assert imported.opaque == () and imported.weights.keys() == model.state_dict().keys()
    assert all(nodes_of(imported.architecture, kind) for kind in (*OF_WINDOWS, *OF_HEADS))
    (shift,) = nodes_of(imported.architecture, "ShiftMask")
    assert shift.parameters == {"window_size": 4, "shift": 2}


def test_timms_swin_comes_in_as_the_same_layers() -> None:
    torch.manual_seed(0)
    sizes = {"img_size": 32, "window_size": 4, "embed_dim": 16, "depths": (2, 1), "num_heads": (2, 4)}
    imported = proven(timm.models.SwinTransformer(**sizes).eval(), (3, 32, 32))
    assert imported.opaque == ()
    assert all(nodes_of(imported.architecture, kind) for kind in (*OF_WINDOWS, *OF_HEADS))


def test_a_copy_of_a_weight_that_is_changed_in_part_counts_as_it_then_is() -> None:
    """Swin v2 sets the bias of the keys to 0 at every step."""
    torch.manual_seed(0)
    model = swin.SwinTransformer(**SWIN, block=swin.SwinTransformerBlockV2, downsample_layer=swin.PatchMergingV2)
    for parameter in model.parameters():
        nn.init.normal_(parameter, std=0.2)
    imported = proven(model.eval(), (3, 32, 32))
    assert all(nodes_of(imported.architecture, kind) for kind in (*OF_WINDOWS[:3], *OF_HEADS[::2]))


class Attentions(nn.Module):
    """Attention in the ways in which people write it: ``way`` is one of them."""

    def __init__(self, way: str) -> None:
        super().__init__()
        self.way = way
        self.patches, self.shrunk = nn.Conv2d(3, 16, 4, 4), nn.Conv2d(16, 16, 2, 2)
        self.q, self.kv, self.drop = nn.Linear(16, 16), nn.Linear(16, 32), nn.Dropout(0.1)

    def forward(self, x: Tensor) -> Tensor:
        x = self.patches(x)
        tokens, fewer = (each.flatten(2).transpose(1, 2) for each in (x, self.shrunk(x)))
        q = self.q(tokens).reshape(-1, 16, 2, 8)
        q = q.transpose(dim0=1, dim1=2) if self.way == "named" else q.permute(0, 2, 1, 3)
        k, v = self.kv(fewer).reshape(-1, 4, 2, 2, 8).permute(2, 0, 3, 1, 4)
        if self.way in ("fused", "marked", "named"):
            mask = torch.ones(16, 4, dtype=torch.bool).tril() if self.way == "marked" else None
            y = functional.scaled_dot_product_attention(query=q, key=k, value=v, attn_mask=mask)
        elif self.way == "floored":
            weights = torch.div(q @ k.mT, 8**0.5, rounding_mode="floor").softmax(-1)
            y = torch.matmul(input=weights, other=v)
        elif self.way == "diagonal":
            y = torch.einsum("bhii,bhij->bhij", q @ q.mT, q)
        elif self.way == "einsum":
            weights = torch.einsum("b h i d, b h j d -> b h i j", q, k * 8**-0.5).softmax(-1)
            y = torch.einsum("bhij,bhjd->bhid", weights, v)
        else:
            scores = (q * 8**-0.5) @ k.mT if self.way == "before" else q @ k.transpose(-2, -1) / 8**0.5
            y = self.drop(scores.softmax(dim=-1)) @ v
        return y.transpose(1, 2).flatten(2).mean(1)


@pytest.mark.parametrize("way", ["fused", "einsum", "before", "after", "named"])
def test_attention_is_recognised_however_it_is_written(way: str) -> None:
    torch.manual_seed(0)
    imported = proven(Attentions(way).eval(), (3, 16, 16))
    assert imported.opaque == ()
    assert [len(nodes_of(imported.architecture, kind)) for kind in OF_HEADS] == [3, 1, 1, 1]


@pytest.mark.parametrize("way", ["marked", "floored", "diagonal"])
def test_attention_that_no_layer_computes_is_computed_as_written(way: str) -> None:
    """By a mask of yes and no, with rounded scores, or of each token with itself alone."""
    torch.manual_seed(0)
    assert proven(Attentions(way).eval(), (3, 16, 16)).opaque


class Spelt(nn.Module):
    """Functions whose arguments are named, or called as NumPy does, or have another order as a method."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(4, 4))

    def forward(self, x: Tensor) -> Tensor:
        x = torch.mean(torch.rsub(input=x, other=1.5), axis=1).swapaxes(axis0=1, axis1=2).softmax(axis=-1)
        x = x.where(x > 0.2, -x) + x.where(condition=x < 0.3, other=x.mT)
        x = torch.div(x, 0.5, rounding_mode="floor") * (1 + torch.erf(x / 2**0.5))  # which is no GELU
        return torch.mm(input=torch.bmm(input=x, mat2=x).mean(axis=1, keepdims=True).flatten(1), mat2=self.weight)


def test_arguments_are_known_by_all_their_names() -> None:
    torch.manual_seed(0)
    imported = proven(Spelt().eval(), (3, 4, 4))
    assert all(nodes_of(imported.architecture, kind) for kind in ("Mean", "Permute", "Softmax", "Linear"))


class OneByOne(nn.Module):
    """A projection whose biases are stored one by one, and its weights too if ``apart``."""

    def __init__(self, *, apart: bool) -> None:
        super().__init__()
        self.q_bias, self.v_bias = nn.Parameter(torch.randn(4)), nn.Parameter(torch.randn(4))
        self.register_buffer("k_bias", torch.zeros(4))
        self.weights = nn.ParameterList([torch.randn(4, 8)] * 3 if apart else [torch.randn(12, 8)])

    def forward(self, x: Tensor) -> Tensor:
        weight = torch.cat(list(self.weights)) if len(self.weights) > 1 else self.weights[0]
        return functional.linear(x.flatten(1), weight, torch.cat((self.q_bias, self.k_bias, self.v_bias)))


@pytest.mark.parametrize("apart", [False, True])
def test_biases_that_are_stored_one_by_one_are_joined_or_computed(apart: bool) -> None:
    torch.manual_seed(0)
    imported = proven(OneByOne(apart=apart).eval(), (2, 2, 2))
    assert len(nodes_of(imported.architecture, "Linear")) == 1 - apart == 1 - len(imported.opaque)


def test_rounding_that_a_network_amplifies_is_told_from_a_mistake() -> None:
    """Softmaxes of large scores, as in networks whose weights are fresh."""
    torch.manual_seed(0)
    model = Attentions("after").eval()
    for parameter in (model.q.weight, model.kv.weight):
        parameter.data.mul_(300)
    imported = import_module(model, ((3, 16, 16),), "network")
    assert imported.max_abs_difference <= TOLERANCE and imported.in_float64
    assert all(weight.dtype == torch.float32 for weight in imported.weights.values())
    assert model.q.weight.dtype == torch.float32


@pytest.mark.parametrize(("momentum", "expected"), [(0.3, 0.3), (None, 0.1)])
def test_running_statistics_learn_on(momentum: float | None, expected: float) -> None:
    """Also where they were the mean over all batches."""
    imported = proven(nn.Sequential(nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4, momentum=momentum)).eval(), (3, 4, 4))
    assert build(imported.architecture, seed=0).get_submodule("1").momentum == expected


def test_a_network_that_cannot_be_copied_is_refused_in_a_sentence() -> None:
    model = nn.Linear(4, 4)
    model.halved = model.weight / 2
    with pytest.raises(
        Unreadable, match="it cannot be copied: Only Tensors created explicitly .* let it hold parameters"
    ):
        import_module(nn.Sequential(nn.Flatten(), model), ((1, 2, 2),), "network")


def test_a_network_that_takes_no_batch_of_one_is_refused_in_a_sentence() -> None:
    model = nn.Sequential(nn.Flatten(), nn.BatchNorm1d(4, track_running_stats=False))
    with pytest.raises(
        Unreadable, match="it cannot be computed for a batch of 1: Expected more than 1 value .*; let it"
    ):
        import_module(model.eval(), ((1, 2, 2),), "network")


class InFloat32(nn.Module):
    """Something with large outputs that is written for float32 alone."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(16, 16)

    def forward(self, x: Tensor) -> Tensor:
        assert x.dtype == torch.float32
        x = self.layer(x.flatten(1))
        return 0.5 * x * (1 + torch.erf(x / 2**0.5)) @ self.layer.weight * 1e5


def test_a_network_for_float32_alone_is_compared_in_float32() -> None:
    torch.manual_seed(0)
    imported = import_module(InFloat32().eval(), ((1, 4, 4),), "network")
    assert imported.max_abs_difference > TOLERANCE, "which is less than what its largest output may differ by"


class Marked(nn.Module):
    """Attention within windows, each with a mask of its own; dimensions are given by their names."""

    def __init__(self) -> None:
        super().__init__()
        self.patches, self.widen = nn.Conv2d(3, 8, 4, 4), nn.Linear(8, 8)
        self.register_buffer("mask", torch.rand(4, 1, 4, 4) > 0.3)
        self.mask |= torch.eye(4, dtype=torch.bool)

    def forward(self, x: Tensor) -> Tensor:
        x = self.patches(x).permute(dims=(0, 2, 3, 1))
        batch = len(x)
        x = x.reshape(batch, 2, 2, 2, 2, 8).permute(0, 1, 3, 2, 4, 5).reshape(batch * 4, 4, 8)
        x = self.widen(x).permute(dims=(0, 2, 1)).softmax(dim=1).permute(dims=(0, 2, 1))
        heads = x.reshape(batch * 4, 4, 2, 4).transpose(1, 2)
        mask = self.mask.repeat(batch, 1, 1, 1)
        y = functional.scaled_dot_product_attention(heads, heads, heads, attn_mask=mask)
        return y.transpose(1, 2).reshape(batch, 4, 4, 8).mean((1, 2))


def test_windows_with_a_mask_for_each_are_computed_as_written() -> None:
    torch.manual_seed(0)
    imported = proven(Marked().eval(), (3, 16, 16))
    assert nodes_of(imported.architecture, "WindowPartition") and imported.opaque


class TwoTowers(nn.Module):
    """Two inputs, shared weights and two outputs, one of which sums two steps."""

    def __init__(self) -> None:
        super().__init__()
        self.tower = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Flatten())
        self.parts = nn.ModuleDict({"class": nn.Linear(4 * 36, 5)})
        self.scale = nn.Parameter(torch.rand(5))

    def forward(self, left: Tensor, right: Tensor) -> dict[str, Tensor]:
        a, b = self.tower(left), self.tower(right)
        return {"distance": (a - b).abs().sum(dim=1, keepdim=True), "kind": self.parts["class"](a) * self.scale + 1}


def test_two_inputs_and_two_answers() -> None:
    imported = proven(TwoTowers().eval(), (3, 8, 8), (3, 8, 8))
    graph = imported.architecture.graph
    assert [node.name for node in graph.inputs] == ["input", "input2"]
    assert [node.name for node in graph.outputs] == ["distance", "kind"]
    assert any("abs(" in str(node.parameters.get("formula")) for node in nodes_of(imported.architecture, "Formula"))


class Tangled(nn.Module):
    """What lies between two parts of a module belongs to no block."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = nn.ModuleDict({"first": nn.Linear(6, 6), "second": nn.Linear(6, 6)})
        self.between = nn.Linear(6, 6)

    def forward(self, x: Tensor) -> Tensor:
        return self.inner["second"](functional.relu(self.between(self.inner["first"](x))) + x)


def test_a_module_whose_parts_others_stand_between() -> None:
    imported = proven(Tangled().eval(), (6,))
    assert imported.architecture.blocks == {}
    assert "inner_first.weight" in imported.weights


class Shared(nn.Module):
    """What two parts share is in each, as CoaT's position encodings are; otherwise neither would be a block."""

    def __init__(self) -> None:
        super().__init__()
        self.common = nn.Conv2d(4, 4, 3, padding=1)
        self.blocks = nn.Sequential(*(torchvision.ops.Conv2dNormActivation(4, 4) for _ in range(3)))
        for block in self.blocks:
            block.append(self.common)

    def forward(self, x: Tensor) -> Tensor:
        return self.blocks(x)


def test_a_module_that_others_share_stands_in_each_of_them() -> None:
    imported = proven(Shared().eval(), (4, 6, 6))
    assert [node.type for node in imported.architecture.graph.nodes] == ["Input", "Blocks", "Output"]
    (block,) = nodes_of(imported.architecture, "Conv2dNormActivation")
    assert block.repeat == 3


class Views(nn.Module):
    """Weights used in another shape than stored, on pictures with as many rows as channels."""

    def __init__(self) -> None:
        super().__init__()
        self.gamma, self.columns = nn.Parameter(torch.rand(6)), nn.Parameter(torch.rand(6))

    def forward(self, x: Tensor) -> Tensor:
        return (x * self.gamma.reshape(1, -1, 1, 1) + 0)[:, 1:, ...] * self.columns


def test_a_weight_that_is_used_in_another_shape() -> None:
    imported = proven(Views().eval(), (6, 6, 6))
    assert [node.type for node in imported.architecture.graph.nodes[1:-1]] == ["LayerScale", "Slice", "Formula"]


class Apart(nn.Module):
    """Splits the batch in halves, in too many steps for a readable formula."""

    def forward(self, x: Tensor) -> Tensor:
        parts = x.reshape(-1, 2, 4)
        for _ in range(400):
            parts = parts.flip(1) * 0.99
        return parts.reshape(x.shape)


class Asks(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x * 2 if x.sum() > 0 else x


class WritesIn(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        y = x.clone()
        y[:, 0] = 0
        return y


class MixesPictures(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x.mean(dim=0)


class HasNoFormula(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return torch.bernoulli(x.sigmoid())


REFUSED = {
    Asks: "its control flow depends on its input values, which a graph cannot represent",
    WritesIn: "it assigns to part of a tensor, which a graph cannot represent",
    MixesPictures: "one of its outputs is not per picture",
    Apart: "802 consecutive operations do not work per picture, so no layers can represent them",
    HasNoFormula: "it uses torch's bernoulli, for which there is no layer and which a formula does not support",
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_no_graph_can_show_is_said(kind: type[nn.Module]) -> None:
    with pytest.raises(Unreadable) as caught:
        import_module(kind(), ((3, 8, 8),), "network")
    assert str(caught.value) == REFUSED[kind]


def test_an_imported_network_goes_on_learning_as_the_original_does() -> None:
    """Its gradients also equal the original's."""
    model = made("timm:vit_tiny_patch16_224")
    imported = import_module(model, ((3, 224, 224),), "network")
    ours = build(imported.architecture)
    ours.load_state_dict(imported.weights)
    x = torch.randn(2, 3, 224, 224)
    for network in (model.train(), ours.train()):
        network.zero_grad()
    model(x).square().sum().backward()
    next(iter(ours(x).values())).square().sum().backward()
    theirs = dict(model.named_parameters())
    for name, parameter in ours.named_parameters():
        expected = theirs[imported.sources[name]].grad
        torch.testing.assert_close(parameter.grad, expected.reshape(parameter.grad.shape), atol=1e-3, rtol=1e-3)


class PaddedWithInfinity(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return functional.max_pool2d(functional.pad(x, (0, 1, 0, 1), value=-math.inf), 2)


def test_what_a_file_cannot_hold_stands_in_a_formula() -> None:
    assert proven(PaddedWithInfinity(), (3, 7, 7)).opaque == ("pad",)


def test_pixels_made_of_channels_are_a_layer() -> None:
    espcn = nn.Sequential(nn.Conv2d(3, 12, 3, padding=1), nn.PixelShuffle(2))
    found = proven(espcn, (3, 6, 5))
    (shuffle,) = nodes_of(found.architecture, "PixelShuffle")
    assert shuffle.parameters == {"upscale_factor": 2}


class NormalisedAttention(nn.Module):
    """Written by hand, with the normalisation, the dropout and the skip connection of a Transformer's layer inside."""

    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(8)
        self.qkv = nn.Linear(8, 24, bias=False)
        self.dropout = nn.Dropout(0.3)
        self.out = nn.Sequential(nn.Linear(8, 8), nn.Dropout(0.1))

    def forward(self, x: Tensor) -> Tensor:
        num, tokens, width = x.shape
        q, k, v = (each.reshape(num, tokens, 2, -1).transpose(1, 2) for each in self.qkv(self.norm(x)).chunk(3, -1))
        weights = self.dropout(functional.softmax(q @ k.transpose(-1, -2) / 2, -1))
        return x + self.out((weights @ v).transpose(1, 2).reshape(num, tokens, width))


def test_attention_is_found_between_what_else_its_module_does() -> None:
    imported = proven(nn.Sequential(NormalisedAttention(), NormalisedAttention()).eval(), (5, 8))
    (attention,) = nodes_of(imported.architecture, "MultiheadSelfAttention")
    assert attention.parameters == {"num_heads": 2, "dropout": 0.3}
    assert imported.opaque == ()
    assert [node.parameters for node in nodes_of(imported.architecture, "Dropout")] == [{"p": 0.1}]


class Normalised(nn.Module):
    """Vectors of length 1 over channels, tokens and an answer, and one of another kind."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)
        self.fc = nn.Linear(4, 2)

    def forward(self, x: Tensor) -> Tensor:
        pixels = functional.normalize(self.conv(x))
        tokens = functional.normalize(self.fc(pixels.flatten(2).transpose(1, 2)), dim=-1)
        return functional.normalize(functional.normalize(tokens.sum(1), p=1.0))


def test_a_normalisation_to_length_1_is_a_layer_and_leaves_as_it_came(tmp_path: Path) -> None:
    original = Normalised().eval()
    found = proven(original, (3, 6, 5))
    assert len(nodes_of(found.architecture, "L2Norm")) == 3 and found.opaque == ("sum", "normalize3")
    assert found.max_abs_difference == 0
    text = write_module(found.architecture).text
    (tmp_path / "out.py").write_text(text)
    assert text.count("F.normalize(x, dim=1)") == 2 and text.count("F.normalize(x, dim=-1)") == 1
    network = last_class(imported(tmp_path / "out.py"))()
    network.load_state_dict(found.weights)
    x = torch.randn(2, 3, 6, 5)
    assert torch.equal(network.eval()(x), original(x))


class Turned(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x.flatten(2).mT


def test_a_matrix_that_is_turned_is_a_layer_and_another_size_than_expected_is_asked_for() -> None:
    assert [node.parameters for node in nodes_of(proven(Turned(), (3, 4, 5)).architecture, "Permute")] == [
        {"dims": [0, 2, 1]}
    ]
    with pytest.raises(Unreadable, match=r"input of 3×4×5 it raises RuntimeError: .*: if it expects another size"):
        import_module(nn.Sequential(nn.Flatten(), nn.Linear(8, 2)), ((3, 4, 5),), "network")
