"""The library's blocks: equal to torchvision's, formatted as the program writes, and inserted completely."""

from collections.abc import Callable
from pathlib import Path

import pytest
from torch import nn
from torchvision import ops
from torchvision.models import convnext, densenet, mobilenetv2, resnet, shufflenetv2, squeezenet
from torchvision.models import swin_transformer as swin
from torchvision.models import vision_transformer as vit
from torchvision.models.googlenet import Inception

from workbench import shipped
from workbench.compiler.analysis import analyse
from workbench.spec.experiment import Architecture
from workbench.spec.files import from_json, read_block, to_json
from workbench.spec.graph import Graph, Node
from workbench.spec.library import LibraryBlock, with_library_block

FOLDER = shipped.presets() / "blocks"
NAMES = sorted(path.stem for path in FOLDER.glob("*.json"))

SHAPES = {
    "residual": (64, 8, 8),
    "residual_downsampling": (64, 8, 8),
    "bottleneck": (256, 8, 8),
    "bottleneck_first": (64, 8, 8),
    "inception": (192, 8, 8),
    "dense": (64, 8, 8),
    "dense_transition": (256, 8, 8),
    "squeeze_excitation": (256, 8, 8),
    "se_bottleneck": (256, 8, 8),
    "depthwise_separable": (32, 8, 8),
    "inverted_residual": (24, 8, 8),
    "fire": (96, 8, 8),
    "shuffle_unit": (116, 8, 8),
    "transformer_encoder": (50, 768),
    "swin": (14, 14, 96),
    "convnext": (96, 8, 8),
}

REFERENCES: dict[str, Callable[[], nn.Module]] = {
    "residual": lambda: resnet.BasicBlock(64, 64),
    "residual_downsampling": lambda: resnet.BasicBlock(64, 128, 2, nn.Sequential(_conv(64, 128), nn.BatchNorm2d(128))),
    "bottleneck": lambda: resnet.Bottleneck(256, 64),
    "bottleneck_first": lambda: resnet.Bottleneck(64, 64, 2, nn.Sequential(_conv(64, 256), nn.BatchNorm2d(256))),
    "inception": lambda: Inception(192, 64, 96, 128, 16, 32, 32),
    "dense": lambda: densenet._DenseBlock(6, 64, 4, 32, 0.0),
    "dense_transition": lambda: densenet._Transition(256, 128),
    "squeeze_excitation": lambda: ops.SqueezeExcitation(256, 16),
    "inverted_residual": lambda: mobilenetv2.InvertedResidual(24, 24, 1, 6),
    "fire": lambda: squeezenet.Fire(96, 16, 64, 64),
    "shuffle_unit": lambda: shufflenetv2.InvertedResidual(116, 116, 1),
    "transformer_encoder": lambda: vit.EncoderBlock(12, 768, 3072, 0.0, 0.0),
    "swin": lambda: swin.SwinTransformerBlock(96, 3, [7, 7], [0, 0]),
    "convnext": lambda: convnext.CNBlock(96, 1e-6, 0.0),
}


def _conv(given: int, wanted: int) -> nn.Conv2d:
    return nn.Conv2d(given, wanted, 1, bias=False)


def network_of(name: str) -> Architecture:
    """An Input, the block, and an Output."""
    architecture, kind = with_library_block(
        Architecture(name="try", graph=Graph()), read_block(FOLDER / f"{name}.json")
    )
    nodes = (
        Node(name="input", type="Input", parameters={"shape": list(SHAPES[name])}),
        Node(name="use", type=kind, inputs=("input",)),
        Node(name="output", type="Output", inputs=("use",)),
    )
    return Architecture(name="try", graph=Graph(nodes=nodes), blocks=architecture.blocks)


@pytest.mark.parametrize("name", NAMES)
def test_a_block_is_sound_and_says_where_it_comes_from(name: str) -> None:
    block = read_block(FOLDER / f"{name}.json")
    assert analyse(network_of(name)).problems == ()
    assert block.graph.about and block.reference is not None and 2010 < block.reference.year < 2030
    assert all(inner.about for inner in block.blocks.values())


@pytest.mark.parametrize("name", NAMES)
def test_a_block_is_written_as_the_program_writes(name: str) -> None:
    text = Path(FOLDER / f"{name}.json").read_text(encoding="utf-8")
    assert to_json(from_json(text, LibraryBlock)) == text


@pytest.mark.parametrize("name", REFERENCES)
def test_a_block_has_as_many_parameters_as_torchvisions(name: str) -> None:
    wanted = sum(parameter.numel() for parameter in REFERENCES[name]().parameters())
    assert analyse(network_of(name)).parameters == wanted
