"""Presets against the modules they are named after: the same names, numbers, outputs and gradients."""

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode
from torchvision.ops import StochasticDepth as TheirStochasticDepth

from tests.presets.references import REFERENCES, TORCHVISION, Reference, analysis_of, on_meta
from workbench.compiler.module import build
from workbench.layers.modules.regularisation import StochasticDepth
from workbench.spec.files import read_architecture

SMALLEST_OF_EACH_FAMILY = (
    "alexnet",
    "convnext_mini",
    "convnext_tiny",
    "densenet121",
    "efficientnet_lite0",
    "googlenet",
    "mobilenet_v1",
    "mobilenet_v2",
    "mobilenet_v3_large",
    "mobilenet_v3_small",
    "plain34",
    "resnet18",
    "resnet50",
    "resnext50_32x4d",
    "seresnet50",
    "shufflenet_v1",
    "shufflenet_v2_x1_0",
    "squeezenet1_0",
    "squeezenet1_1",
    "unet",
    "swin_mini",
    "swin_t",
    "vgg16_bn",
    "vit_mini",
)

by_name = pytest.mark.parametrize("name", REFERENCES)


@by_name
def test_names_and_shapes_are_the_same(name: str) -> None:
    reference = REFERENCES[name]
    ours = on_meta(lambda: build(read_architecture(name))).state_dict()
    theirs = on_meta(reference.make).state_dict()
    assert {reference.rename(key): tensor.shape for key, tensor in ours.items()} == {
        key: tensor.shape for key, tensor in theirs.items()
    }


@by_name
def test_parameters_and_multiply_accumulates_are_the_same(name: str) -> None:
    architecture = read_architecture(name)
    theirs = on_meta(REFERENCES[name].make).train()  # with the auxiliary heads
    (shape,) = (node.parameters["shape"] for node in architecture.graph.inputs)
    with FlopCounterMode(display=False) as counter, torch.device("meta"):
        theirs(torch.empty(2, *shape))
    analysis = analysis_of(name)
    assert analysis.parameters == sum(parameter.numel() for parameter in theirs.parameters())
    assert analysis.macs == counter.get_total_flops() // 4  # two pictures, and each MAC is two operations


@pytest.mark.parametrize("name", TORCHVISION)
def test_torchvisions_published_numbers_are_ours(name: str) -> None:
    published = read_architecture(name).reference.published
    analysis = analysis_of(name)
    facts = analysis.nodes
    heads = [path for path in facts if path.startswith("aux") and "." not in path]  # excluded from published numbers
    assert published.parameters == analysis.parameters - sum(facts[path].parameters for path in heads)
    macs = analysis.macs - sum(facts[path].macs for path in heads)
    assert published.macs == pytest.approx(macs, abs=0.0006e9)  # published in billions with three decimals


@pytest.mark.parametrize(
    "name",
    [name if name in SMALLEST_OF_EACH_FAMILY else pytest.param(name, marks=pytest.mark.slow) for name in REFERENCES],
)
def test_outputs_and_gradients_are_the_same(name: str) -> None:
    """A step in training mode without dropout; then, with the updated statistics, the outputs in eval mode."""
    torch.manual_seed(0)
    reference = REFERENCES[name]
    theirs = _with_random_weights(reference.make())
    ours = on_meta(lambda: build(read_architecture(name)))
    names = {reference.rename(key): key for key in ours.state_dict()}
    ours.load_state_dict({names[key]: tensor.clone() for key, tensor in theirs.state_dict().items()}, assign=True)
    (shape,) = (node.parameters["shape"] for node in read_architecture(name).graph.inputs)
    x = torch.randn(2, shape[0], reference.side, reference.side)

    _step(theirs, reference, x)
    _step(ours, reference, x)
    expected = {name: parameter.grad for name, parameter in theirs.named_parameters()}
    largest = max(gradient.abs().max().item() for gradient in expected.values())
    for key, parameter in ours.named_parameters():
        _assert_same_gradient(key, parameter.grad, expected[reference.rename(key)], largest)

    with torch.no_grad():
        answer, wanted = ours.eval()(x)["output"], theirs.eval()(x)
    torch.testing.assert_close(answer, wanted, atol=1e-5, rtol=1e-5)


def _with_random_weights(module: nn.Module) -> nn.Module:
    """Avoid scales of zero or one, which would hide the effect of a branch."""
    for layer in module.modules():
        if isinstance(layer, nn.BatchNorm2d):
            nn.init.uniform_(layer.weight, 0.5, 1.0)
            nn.init.normal_(layer.bias, std=0.1)
    for parameter in module.parameters():
        if parameter.dim() > 1 and (parameter == parameter.flatten()[0]).all():  # a token, a head, a layer scale
            nn.init.normal_(parameter, std=0.1)
    return module


def _without_dropout(module: nn.Module) -> None:
    for layer in module.modules():
        if isinstance(layer, nn.Dropout | StochasticDepth | TheirStochasticDepth):
            layer.p = 0.0


def _step(module: nn.Module, reference: Reference, x: Tensor) -> None:
    """Compute the gradients of the sum of all outputs' losses."""
    _without_dropout(module.train())
    answers = module(x)
    if isinstance(answers, dict):
        answers = tuple(answers[name] for name in reference.outputs)
    scores = answers if isinstance(answers, tuple) else (answers,)
    assert len(scores) == len(reference.outputs)
    classes = torch.arange(len(x))
    torch.stack([F.cross_entropy(each, classes) for each in scores]).sum().backward()


def _assert_same_gradient(name: str, ours: Tensor, theirs: Tensor, largest: float) -> None:
    """Assert equality within 1e-5 of the largest entry, since sums are in another order.

    A shift before a normalisation that cancels it has a gradient of rounding errors only; it is compared with the
    network's ``largest``.
    """
    scale = max(theirs.abs().max().item(), 0.1 * largest)
    torch.testing.assert_close(ours, theirs, atol=1e-5 * scale, rtol=1e-5, msg=lambda text: f"{name}: {text}")


@pytest.mark.parametrize("name", ["swin_t", "convnext_tiny"])
def test_branches_are_left_out_as_often(name: str) -> None:
    reference = on_meta(REFERENCES[name].make)
    theirs = [layer.p for layer in reference.modules() if isinstance(layer, TheirStochasticDepth)]
    ours = {
        path: layer.p
        for path, layer in on_meta(lambda: build(read_architecture(name))).named_modules()
        if isinstance(layer, StochasticDepth) and path.endswith("depth")
    }
    assert list(ours.values()) == pytest.approx(theirs, abs=1e-6)
