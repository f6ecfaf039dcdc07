"""Attention over a picture is that of torch's own modules, with each token's share where it is in the picture."""

from collections.abc import Iterator
from contextlib import contextmanager
from math import prod

import networkx as nx
import numpy as np
import pytest
import timm
import torch
from torch import Tensor, fx, nn
from torchvision.models import swin_transformer

from tests.presets.references import REFERENCES
from workbench.compiler.importing.network import import_module
from workbench.compiler.module import build
from workbench.insight.attention import attention, rollout
from workbench.layers.modules.attention import WeightedSum
from workbench.spec.experiment import Architecture
from workbench.spec.files import read_architecture
from workbench.spec.graph import Graph, Node

SIDE = 7
"""Of the mini Vision Transformer's patches."""


def theirs_and_ours(name: str) -> tuple[nn.Module, fx.GraphModule]:
    """Return torchvision's network and the preset with its weights, spread out so that no attention is even."""
    torch.manual_seed(0)
    theirs = REFERENCES[name].make().eval()
    with torch.no_grad():
        for weight in theirs.parameters():
            weight.normal_(std=0.4)
    ours = build(read_architecture(name)).eval()
    ours.load_state_dict(theirs.state_dict())
    return theirs, ours


def imported(theirs: nn.Module, side: int = 28, channels: int = 1) -> fx.GraphModule:
    found = import_module(theirs, ((channels, side, side),), "imported")
    ours = build(found.architecture).eval()
    ours.load_state_dict(found.weights)
    return ours


def torchs_weights(model: nn.Module, picture: Tensor) -> list[Tensor]:
    """Return what torch's own attention says of its weights in each layer, [heads, T, T]."""
    layers = [each for each in model.modules() if isinstance(each, nn.MultiheadAttention)]
    inputs: list[Tensor] = []
    hooks = [layer.register_forward_pre_hook(lambda _, given: inputs.append(given[0])) for layer in layers]
    with torch.no_grad():
        model(picture[None])
        for hook in hooks:
            hook.remove()
        return [
            layer(x, x, x, need_weights=True, average_attn_weights=False)[1][0]
            for layer, x in zip(layers, inputs, strict=True)
        ]


@pytest.mark.parametrize("way", ["preset", "imported"])
def test_a_vision_transformers_weights_are_those_of_torchs_own_attention(way: str) -> None:
    theirs, preset = theirs_and_ours("vit_mini")
    ours = preset if way == "preset" else imported(theirs)
    picture = torch.randn(1, 28, 28)
    expected = torchs_weights(theirs, picture)

    of_class, of_patch = attention(ours, picture), attention(ours, picture, query=(0.3, 0.99))
    last = "weights" if way == "preset" else "self_attention"
    assert [each.path.split(".")[-1] for each in of_class.layers] == [last] * 6
    assert of_class.layers[3].path.startswith("encoder.layers.encoder_layer_3.self_attention")
    row, column = 2, 6  # 0.3 of 7 rows, and the last column
    for found, token in ((of_class, 0), (of_patch, 1 + SIDE * row + column)):
        for layer, weights in zip(found.layers, expected, strict=True):
            assert layer.query == (None if token == 0 else (row, column))
            patches = weights[:, token, 1:].reshape(4, SIDE, SIDE)
            np.testing.assert_allclose(layer.shares, patches, atol=1e-5)
            np.testing.assert_allclose(layer.others, weights[:, token, :1], atol=1e-5)
    assert max(layer.shares.max() for layer in of_class.layers) > 0.2, "it is far from even"

    reached = rollout(expected)
    assert of_class.rollout is not None
    np.testing.assert_allclose(of_class.rollout.shares, reached[:, 0, 1:].reshape(6, SIDE, SIDE), atol=1e-5)


def test_rollout_adds_up_all_ways_from_an_input_token_to_one_at_the_end() -> None:
    """The paper multiplies the weights along each way through the graph of attentions and skips."""
    heads = torch.randn(3, 2, 4, 4, generator=torch.Generator().manual_seed(0)).softmax(dim=-1)
    graph = nx.DiGraph()
    for layer, weights in enumerate(heads.mean(dim=1).tolist()):
        for to, row in enumerate(weights):
            for come_from, weight in enumerate(row):
                graph.add_edge((layer, come_from), (layer + 1, to), weight=0.5 * weight + 0.5 * (to == come_from))
    found = rollout(list(heads))
    for to in range(4):
        for come_from in range(4):
            ways = nx.all_simple_edge_paths(graph, (0, come_from), (3, to))
            total = sum(prod(graph.edges[edge]["weight"] for edge in way) for way in ways)
            assert found[2, to, come_from].item() == pytest.approx(total, abs=1e-6)
    torch.testing.assert_close(found.sum(dim=-1), torch.ones(3, 4))


@contextmanager
def softmaxes_of_torchvisions_swin(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Tensor]]:
    found: list[Tensor] = []

    def softmax(x: Tensor, dim: int) -> Tensor:
        found.append(x.softmax(dim))
        return found[-1]

    with monkeypatch.context() as patch:
        patch.setattr(swin_transformer.F, "softmax", softmax)
        yield found


def test_swins_windows_lie_where_they_are_in_the_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    theirs, ours = theirs_and_ours("swin_mini")
    picture = torch.randn(3, 32, 32)
    with softmaxes_of_torchvisions_swin(monkeypatch) as expected, torch.no_grad():
        theirs(picture[None])
    y, x = 0.9, 0.02  # a window that the shift takes from three edges of the first stage's picture
    found, mean = attention(ours, picture, query=(y, x)), attention(ours, picture)
    shifts = [0, 2, 0, 2, 0, 0]
    assert [layer.shares.shape for layer in found.layers] == [(2, 16, 16)] * 2 + [(4, 8, 8)] * 2 + [(8, 4, 4)] * 2
    for layer, of_all, weights, shift in zip(found.layers, mean.layers, expected, shifts, strict=True):
        num_heads, side, _ = layer.shares.shape

        def token(row: int, column: int, side: int = side, shift: int = shift) -> tuple[int, int]:
            """The window and the place in it of a pixel, after it has moved up and left by the shift."""
            row, column = (row - shift) % side, (column - shift) % side
            return row // 4 * (side // 4) + column // 4, row % 4 * 4 + column % 4

        query = (int(y * side), int(x * side))
        window, place = token(*query)
        assert layer.query == query
        for row in range(side):
            for column in range(side):
                its_window, its_place = token(row, column)
                if its_window == window:
                    there = weights[window, :, place, its_place]
                    np.testing.assert_allclose(layer.shares[:, row, column], there, atol=1e-5)
                else:
                    assert np.isnan(layer.shares[:, row, column]).all()
                over_all = weights[its_window, :, :, its_place].sum(dim=1) / side**2
                np.testing.assert_allclose(of_all.shares[:, row, column], over_all, atol=1e-5)
        np.testing.assert_allclose(np.nansum(layer.shares, axis=(1, 2)), np.ones(num_heads), atol=1e-5)
    assert found.rollout is None, "the tokens of one layer are not those of the next"


def test_tokens_before_those_of_the_picture_are_apart_and_without_any_the_mean_query_is_asked() -> None:
    distilled = timm.models.VisionTransformerDistilled(
        img_size=32, patch_size=8, in_chans=1, num_classes=4, embed_dim=32, depth=2, num_heads=2
    ).eval()
    found = attention(imported(distilled, 32), torch.randn(1, 32, 32))
    assert found.rollout is not None and found.rollout.shares.shape == (2, 4, 4)
    assert [layer.others.shape for layer in found.layers] == [(2, 2), (2, 2)]

    averaging = timm.models.VisionTransformer(
        img_size=(32, 48), patch_size=8, in_chans=1, num_classes=4, embed_dim=32, depth=1, num_heads=2,
        class_token=False, global_pool="avg",
    ).eval()  # fmt: skip
    picture = torch.randn(1, 32, 48)
    found_mean = import_module(averaging, ((1, 32, 48),), "averaging")
    ours = build(found_mean.architecture).eval()
    ours.load_state_dict(found_mean.weights)
    (layer,) = attention(ours, picture).layers
    assert layer.shares.shape == (2, 4, 6) and layer.others.shape == (2, 0)
    patches = [
        attention(ours, picture, query=((row + 0.5) / 4, (column + 0.5) / 6)) for row in range(4) for column in range(6)
    ]
    each = np.stack([one.layers[0].shares for one in patches])
    np.testing.assert_allclose(layer.shares, each.mean(axis=0), atol=1e-6)
    assert not np.allclose(each[0], each[1], atol=1e-4)


def test_a_network_without_attention_over_the_picture_has_none_to_show() -> None:
    assert attention(build(read_architecture("lenet")).eval(), torch.randn(1, 28, 28)).layers == ()
    nodes = (
        Node(name="input", type="Input", parameters={"shape": [1, 16, 16]}),
        Node(name="rows", type="Reshape", inputs=("input",), parameters={"shape": [4, 64]}),
        Node(name="attention", type="MultiheadSelfAttention", inputs=("rows",), parameters={"num_heads": 2}),
        Node(name="output", type="Output", inputs=("attention",)),
    )
    other = Architecture(name="rows", graph=Graph(nodes=nodes))
    found = attention(build(other).eval(), torch.randn(1, 16, 16))
    assert found.layers == () and found.rollout is None, "four tokens are no places of the picture"


class Twice(nn.Module):
    """Uses the same weights for two sums."""

    def __init__(self) -> None:
        super().__init__()
        self.weights, self.one, self.other = nn.Softmax(-1), WeightedSum(), WeightedSum()

    def forward(self, x: Tensor) -> Tensor:
        tokens = (x + 0).flatten(2).transpose(1, 2)
        weights = self.weights(tokens @ tokens.transpose(1, 2))
        return self.one(weights, tokens) + self.other(weights, tokens)


class Leaves(fx.Tracer):
    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        return True


def test_weights_that_two_sums_use_are_those_of_one_layer() -> None:
    network = Twice()
    module = fx.GraphModule(network, Leaves().trace(network))
    for node in module.graph.nodes:
        node.meta["path"] = str(node.target)
    found = attention(module, torch.rand(4, 3, 3))
    assert [layer.path for layer in found.layers] == ["weights"]
    assert found.rollout is not None and len(found.rollout.shares) == 1
