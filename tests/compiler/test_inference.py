"""A layer's costs: torch's own counts, found without affecting training in other threads."""

import math

import pytest
import torch
from torch import nn
from torch.nn.modules import module as module_hooks
from torch.utils.flop_counter import FlopCounterMode

from workbench.compiler.inference import LayerFacts, _measure, infer
from workbench.layers import LAYERS
from workbench.layers.base import Shape
from workbench.spec.record import Value


@pytest.mark.parametrize(
    ("type", "parameters", "shape"),
    [
        ("MultiheadSelfAttention", {"num_heads": 4}, (17, 64)),
        ("ConvTranspose2d", {"out_channels": 5, "kernel_size": 3, "stride": 2}, (8, 9, 9)),
        ("Linear", {"out_features": 7}, (17, 64)),
        ("Conv1d", {"out_channels": 8, "kernel_size": 3, "groups": 2, "stride": 2}, (4, 9)),
        ("LSTM", {"hidden_size": 7, "output": "last"}, (17, 64)),
        ("GRU", {"hidden_size": 7, "num_layers": 2}, (17, 64)),
        ("Conv2d", {"out_channels": 8, "kernel_size": 3, "groups": 2}, (4, 9, 9)),
        ("MaxPool2d", {"kernel_size": 3}, (4, 9, 9)),
    ],
)
def test_costs_are_those_that_torch_counts(type: str, parameters: dict[str, Value], shape: Shape) -> None:
    layer = LAYERS.make(type, parameters)
    counter = FlopCounterMode(display=False)
    with torch.device("meta"), torch.no_grad():
        module = layer.build(shape).eval()
        with counter:
            module(torch.empty(1, *shape))
    facts = infer(layer, (shape,))
    assert isinstance(facts, LayerFacts)
    assert facts.macs == counter.get_total_flops() // 2
    assert (facts.macs > 0) == (type != "MaxPool2d")


def test_attention_costs_its_four_projections_and_two_products() -> None:
    num_tokens, width = 17, 64
    facts = infer(LAYERS.make("MultiheadSelfAttention", {"num_heads": 4}), ((num_tokens, width),))
    assert isinstance(facts, LayerFacts)
    assert facts.macs == 4 * num_tokens * width**2 + 2 * num_tokens**2 * width


GLOBAL_HOOKS = [name for name, value in vars(module_hooks).items() if name.startswith("_global") and value == {}]


def test_no_hook_is_put_on_the_modules_of_other_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[bool] = []
    forward = nn.Linear.forward

    def look(self: nn.Linear, x: torch.Tensor) -> torch.Tensor:
        found.extend(bool(getattr(module_hooks, name)) for name in GLOBAL_HOOKS)
        return forward(self, x)

    monkeypatch.setattr(nn.Linear, "forward", look)
    infer.cache_clear()
    infer(LAYERS.make("Linear", {"out_features": 23}), ((29,),))
    assert "_global_forward_pre_hooks" in GLOBAL_HOOKS
    assert found and not any(found)


@pytest.mark.parametrize(("type", "num_gates"), [("LSTM", 4), ("GRU", 3)])
def test_a_recurrent_layer_costs_its_gates_at_every_token(type: str, num_gates: int) -> None:
    """Each gate multiplies what comes in and the state by a matrix each, and has two biases."""
    num_tokens, width, size = 7, 12, 20
    facts = infer(
        LAYERS.make(type, {"hidden_size": size, "num_layers": 2, "bidirectional": True}), ((num_tokens, width),)
    )
    assert isinstance(facts, LayerFacts)
    first, second = (2 * num_gates * size * (given + size) for given in (width, 2 * size))
    assert facts.macs == num_tokens * (first + second)
    assert sum(map(math.prod, facts.weight_shapes)) == first + second + 2 * 2 * num_gates * 2 * size
    assert facts.output_shapes == ((num_tokens, 2 * size),) and facts.mixes


@pytest.mark.parametrize("output", ["sequence", "last"])
def test_many_tokens_cost_what_they_would_if_all_were_tried(output: str) -> None:
    """Also in memory."""
    layer = LAYERS.make("LSTM", {"hidden_size": 5, "num_layers": 2, "dropout": 0.5, "output": output})
    assert infer(layer, ((9, 4),)) == _measure(layer, ((9, 4),))
