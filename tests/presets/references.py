"""Reference modules for presets: from torchvision, timm, and small ones built from torchvision's parts."""

import re
from collections.abc import Callable
from functools import cache
from itertools import pairwise
from typing import NamedTuple

import timm
import torch
import torch.nn.functional as F
from pytorchcv.model_provider import get_model
from torch import Tensor, nn
from torchvision import models
from torchvision.models.convnext import CNBlockConfig, ConvNeXt
from torchvision.models.resnet import BasicBlock, ResNet
from torchvision.models.swin_transformer import SwinTransformer
from torchvision.models.vision_transformer import VisionTransformer
from torchvision.transforms.v2.functional import center_crop

from workbench.compiler.analysis import analyse
from workbench.compiler.facts import Analysis
from workbench.spec.files import preset_names, read_architecture


class Reference(NamedTuple):
    """How to create an independent module, and how its tensors are named."""

    make: Callable[[], nn.Module]
    rename: Callable[[str], str] = str
    """Maps a tensor's name in our network to its name in the reference."""

    outputs: tuple[str, ...] = ("output",)
    """Our Outputs in the reference's order, if it returns several in training mode."""

    side: int = 64
    """Height and width of a small picture that it accepts."""


class PlainBlock(BasicBlock):
    """torchvision's block without its skip."""

    def forward(self, x: Tensor) -> Tensor:
        return self.relu(self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x))))))


def plain34() -> nn.Module:
    network = ResNet(PlainBlock, [3, 4, 6, 3])
    for stage in (network.layer2, network.layer3, network.layer4):
        stage[0].downsample = None
    return network


class UNet(nn.Module):
    """Ronneberger et al. 2015, figure 1; the output is averaged over the map."""

    def __init__(self) -> None:
        super().__init__()
        widths = (64, 128, 256, 512, 1024)
        self.down = nn.ModuleList(_two_convolutions(taken, given) for taken, given in pairwise((1, *widths)))
        self.up = nn.ModuleList(nn.ConvTranspose2d(2 * width, width, 2, stride=2) for width in widths[:-1])
        self.joined = nn.ModuleList(_two_convolutions(2 * width, width) for width in widths[:-1])
        self.map = nn.Conv2d(64, 2, 1)

    def forward(self, x: Tensor) -> Tensor:
        copies = [self.down[0](x)]
        for convolutions in self.down[1:]:
            copies.append(convolutions(F.max_pool2d(copies[-1], 2)))
        x = copies.pop()
        for up, joined in zip(reversed(self.up), reversed(self.joined), strict=True):
            x = up(x)
            x = joined(torch.cat((center_crop(copies.pop(), list(x.shape[2:])), x), dim=1))
        return self.map(x).mean((2, 3))


def _two_convolutions(taken: int, given: int) -> nn.Module:
    return nn.Sequential(nn.Conv2d(taken, given, 3), nn.ReLU(), nn.Conv2d(given, given, 3), nn.ReLU())


def _unet_name(name: str) -> str:
    """``expand4.conv.conv2.bias`` -> ``joined.3.2.bias``."""
    inside = re.fullmatch(r"(contract|expand)(\d)\.(?:conv\.)?(up|conv1|conv2)\.(\w+)", name)
    if inside is None:
        return name
    path, level, layer, tensor = inside.groups()
    if layer == "up":
        return f"up.{int(level) - 1}.{tensor}"
    return f"{'down' if path == 'contract' else 'joined'}.{int(level) - 1}.{0 if layer == 'conv1' else 2}.{tensor}"


def vit_mini() -> nn.Module:
    network = VisionTransformer(28, 4, num_layers=6, num_heads=4, hidden_dim=64, mlp_dim=128, num_classes=10)
    network.conv_proj = nn.Conv2d(1, 64, 4, 4)
    return network


def swin_mini() -> nn.Module:
    return SwinTransformer([2, 2], 32, [2, 2, 2], [2, 4, 8], [4, 4], num_classes=10)


def convnext_mini() -> nn.Module:
    stages = [CNBlockConfig(32, 64, 2), CNBlockConfig(64, 128, 2), CNBlockConfig(128, None, 2)]
    network = ConvNeXt(stages, layer_scale=0.1, num_classes=10)
    network.features[0][0] = nn.Conv2d(3, 32, 2, 2)
    return network


def _torchvision(name: str) -> Callable[[], nn.Module]:
    # Their own initialisation uses scipy, slowly and with a warning.
    settings = {"init_weights": False} if name == "googlenet" or name.startswith("vgg") else {}
    return lambda: models.get_model(name, weights=None, **settings)


TORCHVISION = tuple(name for name in preset_names("architectures") if name in models.list_models())

REFERENCES = {name: Reference(_torchvision(name)) for name in TORCHVISION} | {
    "googlenet": Reference(_torchvision("googlenet"), outputs=("output", "output_aux2", "output_aux1")),
    "plain34": Reference(plain34),
    "unet": Reference(UNet, _unet_name, side=188),
    "seresnet50": Reference(lambda: timm.create_model("seresnet50")),
    "vit_b_16": Reference(_torchvision("vit_b_16"), side=224),
    "swin_t": Reference(_torchvision("swin_t"), side=224),
    "mobilenet_v1": Reference(lambda: timm.create_model("mobilenetv1_100")),
    "shufflenet_v1": Reference(
        lambda: get_model("shufflenet_g3_w1"), lambda name: re.sub("^fc", "output", name), side=224
    ),
    "vit_mini": Reference(vit_mini, side=28),
    "swin_mini": Reference(swin_mini, side=32),
    "convnext_mini": Reference(convnext_mini, side=32),
    "efficientnet_lite0": Reference(lambda: timm.create_model("tf_efficientnet_lite0")),
}
"""By the preset's name."""


def on_meta(make: Callable[[], nn.Module]) -> nn.Module:
    """The module on the meta device, for names, shapes and costs."""
    with torch.device("meta"):
        return make()


@cache
def analysis_of(name: str) -> Analysis:
    """The analysis of a preset, cached for several tests."""
    return analyse(read_architecture(name))
