"""Advice on layers whose gradients vanish or explode, or whose units are dead."""

import dataclasses

import pytest
import torch

from tests.training.advised import advice_of, course, probed
from tests.training.experiments import LINEAR, chain, data_of, digits, sgd, with_training
from workbench.data.dataset import Split
from workbench.events import LayerProbe
from workbench.shipped import presets
from workbench.spec.component import Component
from workbench.spec.files import read_experiment
from workbench.spec.record import replace
from workbench.training.advice.course import Weighted
from workbench.training.advice.layer_signs import dies, explodes, vanishes


def test_deep_sigmoids_let_no_gradient_through(tmp_path):
    """The constant loss is a consequence; the usual advice against a plateau, a larger network, would make it worse."""
    found = advice_of(chain(*[LINEAR, ("Sigmoid", {})] * 8, epochs=10, optimizer=sgd(0.01)), tmp_path)
    assert "plateau" not in found
    assert found["vanishing gradients"].node == "linear0"
    assert "ReLU instead" in found["vanishing gradients"].advice


@pytest.mark.parametrize(
    ("activations", "losses", "share", "is_told"),
    [
        (["Sigmoid", "Tanh"], (2.35, 2.31, 2.3), 9e-3, True),
        (["Sigmoid", "Tanh"], (2.35, 2.31, 2.3), 1.1e-2, False),
        (["Sigmoid", "Tanh"], (2.35, 2.3), 9e-3, False),
        (["Sigmoid", "Tanh"], (2.35, 2.1, 2.3), 9e-3, False),
        (["ReLU", "Sigmoid"], (2.35, 2.31, 2.3), 9e-3, False),
    ],
    ids=["stuck", "enough comes through", "too early", "has learnt", "saturates at the output alone"],
)
def test_a_network_of_saturating_activations_that_learns_nothing_is_told_why(activations, losses, share, is_told):
    layers = (LayerProbe(layer="linear0", gradient=share, weight=0.1), LayerProbe(layer="fc", gradient=1.0, weight=0.1))
    stuck = chain(*[part for kind in activations for part in (LINEAR, (kind, {}))])
    found = vanishes(course(experiment=stuck, start=2.35, losses=losses, probes=(probed(*layers),)))
    assert (found is not None) == is_told


@pytest.mark.slow
def test_the_lectures_lenet_with_sigmoids_is_told_of_its_vanishing_gradient(tmp_path):
    lenet = read_experiment(presets() / "experiments" / "lenet.json")
    graph = lenet.architecture.graph
    nodes = tuple(replace(node, type="Sigmoid") if node.type == "ReLU" else node for node in graph.nodes)
    sigmoids = replace(lenet, architecture=replace(lenet.architecture, graph=replace(graph, nodes=nodes)))
    found = advice_of(with_training(sigmoids, epochs=4), tmp_path)
    assert found.keys() == {"vanishing gradients"}
    assert "ReLU instead" in found["vanishing gradients"].advice


def test_a_first_step_far_too_long_kills_units(tmp_path):
    deep = chain(*[("Linear", {"out_features": 64}), ("ReLU", {})] * 8, epochs=10, optimizer=sgd(0.5))
    found = advice_of(deep, tmp_path)
    assert found["dead units"].node.startswith("relu") and "LeakyReLU" in found["dead units"].advice
    assert "plateau" not in found


def test_black_pictures_let_no_gradient_reach_the_first_layer(tmp_path):
    """A network with ReLU and BatchNorm is not advised either."""
    data = data_of(digits())
    black = Split(inputs=torch.zeros_like(data.train.inputs), targets=data.train.targets)
    data = dataclasses.replace(data, train=black, mean=(0.0,), std=(1.0,))
    found = advice_of(replace(digits(epochs=6, lr=0.001), data=replace(digits().data, augmentation=())), tmp_path, data)
    told = found["vanishing gradients"]
    assert told.node == "conv" and told.what == "No gradient reaches conv, so it does not learn."
    assert "Look at the pictures" in told.advice and "BatchNorm" not in told.advice


@pytest.mark.parametrize(
    ("experiment", "ways"),
    [
        (chain(("Sigmoid", {})), "ReLU instead of a saturating activation, skip connections, BatchNorm, or Kaiming"),
        (digits(), "skip connections or Kaiming initialisation."),
        (digits(initialiser=Component(type="Kaiming")), "skip connections."),
    ],
    ids=["sigmoid", "normalised", "initialised"],
)
def test_only_what_a_network_lacks_is_advised_against_vanishing_gradients(experiment, ways):
    layers = (LayerProbe(layer="conv", gradient=1e-9, weight=0.1), LayerProbe(layer="fc", gradient=1e-2, weight=0.1))
    advice = vanishes(course(experiment=experiment, probes=(probed(*layers),)))
    assert advice is not None and f"Try {ways}" in advice.try_


def test_nothing_is_said_to_vanish_in_a_head_that_is_learnt_already():
    def told(small):
        layers = (LayerProbe(layer="old", gradient=1e-9, weight=1.0), LayerProbe(layer="new", gradient=1.0, weight=1.0))
        weighted = (Weighted(head="old", loss=small, weight=1.0), Weighted(head="new", loss=1.2, weight=1.0))
        return vanishes(course(probes=(probed(*layers),), weighted=weighted))

    assert told(2e-5) is None and told(1.0) is not None


@pytest.mark.parametrize(("gradient", "is_told"), [(2e-6, False), (0.5e-6, True)])
def test_a_gradient_vanishes_at_a_ten_thousandth_of_the_largest(gradient, is_told):
    layers = (LayerProbe(layer=name, gradient=size, weight=1.0) for name, size in (("a", gradient), ("b", 1e-2)))
    assert (vanishes(course(probes=(probed(*layers),))) is not None) == is_told


def test_dead_units_behind_a_norm_are_not_advised_to_have_one():
    def advised(experiment, layer):
        look = probed(LayerProbe(layer=layer, dead=0.9))
        return dies(course(experiment=experiment, probes=(look, look))).try_

    assert "or put BatchNorm before it." in advised(chain(LINEAR, ("ReLU", {})), "relu1")
    warmed = Component(type="Cosine", parameters={"warmup_epochs": 1.0})
    said = advised(with_training(digits(), schedule=warmed), "relu")
    assert said.endswith("Begin again at a lower learning rate or with a longer warm-up, or take LeakyReLU or GELU.")


@pytest.mark.parametrize(("before", "now", "is_told"), [(0.5, 0.5, True), (0.9, 0.49, False), (0.49, 0.9, False)])
def test_half_of_the_units_are_dead_in_two_looks_in_a_row(before, now, is_told):
    looks = tuple(probed(LayerProbe(layer="relu1", dead=share)) for share in (before, now))
    deep = chain(LINEAR, ("ReLU", {}))
    found = dies(course(experiment=deep, probes=looks))
    assert (found is not None) == is_told


@pytest.mark.parametrize(("gradient", "is_told"), [(9.9, False), (10.1, True)])
def test_a_gradient_explodes_if_its_step_is_longer_than_the_weights(gradient, is_told):
    look = probed(LayerProbe(layer="fc", gradient=gradient, weight=1.0))
    assert (explodes(course(probes=(look,))) is not None) == is_told
