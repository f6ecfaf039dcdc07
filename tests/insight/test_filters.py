"""The filters shown are copies of the first layer's own weights."""

from collections import OrderedDict

import numpy as np
import pytest
import torch
from torch import fx, nn

from workbench.insight.filters import first_filters


def traced(*layers: nn.Module) -> fx.GraphModule:
    torch.manual_seed(0)
    return fx.symbolic_trace(nn.Sequential(*layers))


def test_filters_of_a_convolution() -> None:
    module = traced(nn.Conv2d(3, 6, (5, 4)), nn.ReLU(), nn.Conv2d(6, 8, 3))
    filters = first_filters(module, (3, 32, 32))
    assert filters.dtype == np.float32 and filters.shape == (6, 3, 5, 4)
    np.testing.assert_array_equal(filters, module.get_submodule("0").weight.detach().numpy())


def test_the_first_in_execution_order_and_not_of_declaration() -> None:
    class Reversed(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.declared_first = nn.Conv2d(4, 2, 3)
            self.runs_first = nn.Conv2d(1, 4, 5)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.declared_first(self.runs_first(x))

    assert first_filters(fx.symbolic_trace(Reversed()), (1, 28, 28)).shape == (4, 1, 5, 5)


def test_rows_of_a_linear_are_templates_of_the_picture() -> None:
    module = traced(nn.Flatten(), nn.Linear(2 * 4 * 5, 7))
    filters = first_filters(module, (2, 4, 5))
    picture = torch.randn(1, 2, 4, 5)
    responses = (torch.from_numpy(filters) * picture).sum(dim=(1, 2, 3)) + module.get_submodule("1").bias
    torch.testing.assert_close(responses, module(picture)[0])


def test_a_convolution_inside_a_layer_is_found() -> None:
    class Leaves(fx.Tracer):
        def is_leaf_module(self, m: nn.Module, qualified_name: str) -> bool:
            return True

    network = nn.Sequential(OrderedDict(embedding=nn.Sequential(nn.Conv2d(1, 5, 7, stride=7), nn.Flatten())))
    module = fx.GraphModule(network, Leaves().trace(network))
    assert first_filters(module, (1, 28, 28)).shape == (5, 1, 7, 7)


@pytest.mark.parametrize(
    ("layers", "input_shape"),
    [
        ((nn.Linear(2, 8), nn.Tanh()), (2,)),
        ((nn.AvgPool2d(2), nn.Flatten(), nn.Linear(4, 3)), (1, 4, 4)),
        ((nn.ReLU(),), (1, 4, 4)),
    ],
    ids=["points", "rows of another size", "no weights"],
)
def test_none_where_the_first_weights_are_no_pictures(
    layers: tuple[nn.Module, ...], input_shape: tuple[int, ...]
) -> None:
    assert first_filters(traced(*layers), input_shape) is None


def test_training_on_does_not_change_what_was_shown() -> None:
    module = traced(nn.Conv2d(1, 2, 3))
    filters = first_filters(module, (1, 8, 8))
    before = filters.copy()
    with torch.no_grad():
        module.get_submodule("0").weight.add_(1.0)
    np.testing.assert_array_equal(filters, before)
