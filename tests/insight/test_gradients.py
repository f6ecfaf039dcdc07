"""The gradient norm of each layer, against torch's own."""

import pytest
import torch

from workbench.compiler.module import build
from workbench.insight.gradients import layer_gradients
from workbench.spec.files import read_architecture


@pytest.mark.parametrize("preset", ["swin_mini", "vit_mini", "convnext_mini"])
def test_a_weight_beside_its_layer_has_a_norm_and_what_does_not_learn_has_none(preset: str) -> None:
    module = build(read_architecture(preset), classes=10, input_shape=(3, 32, 32))
    sum(answers.square().sum() for answers in module(torch.rand(2, 3, 32, 32)).values()).backward()
    found = layer_gradients(module)
    norms = {row.layer: row.gradient for row in found}
    lengths = torch.tensor([row.weights for row in found])
    whole = torch.nn.utils.get_total_norm([weight.grad for weight in module.parameters()])
    assert torch.tensor(list(norms.values())).norm().item() == pytest.approx(whole.item(), rel=1e-4)
    weights = torch.nn.utils.get_total_norm(list(module.parameters()))
    assert lengths.norm().item() == pytest.approx(weights.item(), rel=1e-4)
    beside = [name for name, _ in module.named_parameters() if name.rpartition(".")[0] not in norms]
    assert beside
    for name in beside:
        assert norms[name] == pytest.approx(module.get_parameter(name).grad.norm().item(), rel=1e-4)


def test_what_is_frozen_or_has_seen_no_batch_has_no_gradient() -> None:
    module = build(read_architecture("lenet"))
    assert layer_gradients(module) == ()
    module.get_submodule("conv1").requires_grad_(False)
    module(torch.rand(2, 1, 28, 28))["output"].sum().backward()
    assert [row.layer for row in layer_gradients(module)] == ["conv2", "fc1", "fc2", "fc3"]
