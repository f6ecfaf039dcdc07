"""The layers offered for a shape accept it when torch builds them, and others give their reason."""

import pytest

from workbench.gui.canvas.choices import layers
from workbench.gui.canvas.offers import refusal
from workbench.gui.experiment.library_files import read_library
from workbench.gui.palette.presenter import entries
from workbench.layers import LAYERS
from workbench.layers.base import Shape
from workbench.spec.catalogue import make
from workbench.spec.forms import starting_parameters


@pytest.mark.parametrize("shape", [(1, 28, 28), (16, 64), (120,)])
def test_what_is_offered_can_be_built_and_run_on_the_shape(shape: Shape) -> None:
    import torch

    offered = [entry for entry in entries({}) if entry.takes]
    found = [entry for entry in offered if not refusal(entry.type, shape)]
    assert 0 < len(found) < len(offered)
    for entry in found:
        layer, parameters = LAYERS[entry.type], starting_parameters(LAYERS[entry.type])
        bound = any(isinstance(value, str) and value.startswith("$") for value in parameters.values())
        # With several inputs the others matter as well; this shape alone decides nothing.
        if entry.type != "Output" and not bound and len(layer.input_ports) == 1:
            times = 2 if layer.input_ports[0].endswith("...") else 1
            module = make(layer, parameters).build(*[shape] * times)
            module(*[torch.zeros(2, *shape) for _ in range(times)])


def test_a_refusal_is_the_layers_own_sentence_for_the_parameters_it_has() -> None:
    assert refusal("Flatten", (1, 28, 28)) == refusal("SomeBlock", (1, 28, 28)) == ""
    assert refusal("Linear", (1, 28, 28)) == "Linear expects a vector, but gets 1×28×28"
    assert refusal("Conv2d", (1, 2, 2), {"out_channels": 4, "kernel_size": 3})
    assert not refusal("Conv2d", (1, 2, 2), {"out_channels": 4, "kernel_size": 3, "padding": 1})


def test_a_layer_named_or_begun_comes_first_even_where_it_does_not_fit() -> None:
    """Enter after "lin" adds a Linear with a problem and a remedy, rather than something else with these letters."""
    offered = [entry for entry in entries({}, read_library()[0]) if entry.takes]
    for words in ("lin", "linear"):
        first, *others = layers(offered, words, (16, 26, 26))
        assert (first.value, first.possible) == ("Linear", False)
        assert [choice.possible for choice in others] == sorted((choice.possible for choice in others), reverse=True)
    assert [choice.possible for choice in layers(offered, "max", (84,))[:2]] == [True, False], "Maxout, then MaxPool2d"


def test_the_place_of_a_block_is_no_part_of_its_name() -> None:
    found = layers(entries({}, read_library()[0]), "lin")
    assert found[0].value == "Linear" and "Bottleneck" not in {choice.title for choice in found}
