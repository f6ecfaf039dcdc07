"""A preset with third-party weights trained on ImageNet recognises what is in pictures."""

import re
from itertools import accumulate

import pytest
import torch

from tests.presets.pretrained import CATEGORIES, WEIGHTS, picture
from workbench.compiler.module import build
from workbench.spec.files import read_architecture

FIRST_BLOCKS = tuple(accumulate((1, 2, 2, 3, 3, 4), initial=0))
"""Their number of each stage's first block; they number blocks across stages."""

OUTSIDE = {"conv_stem": "_conv_stem", "bn1": "_bn0", "conv_head": "_conv_head", "bn2": "_bn1", "classifier": "_fc"}
SEPARABLE = {"conv_dw": "_depthwise_conv", "bn1": "_bn1", "conv_pw": "_project_conv", "bn2": "_bn2"}
INVERTED = {
    "conv_pw": "_expand_conv",
    "bn1": "_bn0",
    "conv_dw": "_depthwise_conv",
    "bn2": "_bn1",
    "conv_pwl": "_project_conv",
    "bn3": "_bn2",
}


def their_name(name: str) -> str:
    """``blocks.2.1.conv_dw.weight`` -> ``_blocks.4._depthwise_conv.weight``."""
    inside = re.fullmatch(r"blocks\.(\d+)\.(\d+)\.(\w+)\.(\w+)", name)
    if inside is None:
        layer, tensor = name.split(".")
        return f"{OUTSIDE[layer]}.{tensor}"
    stage, block = int(inside[1]), int(inside[2])
    layers = SEPARABLE if stage == 0 else INVERTED
    return f"_blocks.{FIRST_BLOCKS[stage] + block}.{layers[inside[3]]}.{inside[4]}"


@pytest.fixture(scope="module")
def network() -> torch.fx.GraphModule:
    theirs = torch.load(str(WEIGHTS), weights_only=True)
    ours = build(read_architecture("efficientnet_lite0"))
    names = {their_name(name): name for name in ours.state_dict()}
    ours.load_state_dict({names[name]: tensor for name, tensor in theirs.items()}, strict=True)
    return ours.eval()


@pytest.mark.parametrize(
    ("name", "right"),
    [
        ("cat", {"tabby", "tiger cat", "Egyptian cat"}),
        ("coffee", {"espresso", "cup"}),
        ("camera", {"tripod"}),
    ],
)
def test_it_names_what_is_in_the_picture(network: torch.fx.GraphModule, name: str, right: set[str]) -> None:
    with torch.no_grad():
        best = network(picture(name))["output"].softmax(1)[0].topk(3)
    answers = [CATEGORIES[index] for index in best.indices]
    print(name, list(zip(answers, best.values.tolist(), strict=True)))
    assert answers[0] in right
