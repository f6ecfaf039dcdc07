"""On a device that is not the CPU, all is computed there, and gives what the CPU gives."""

from functools import partial

import numpy as np
import pytest
import torch

from tests.training.columns import digits_with_columns, many_heads
from tests.training.elsewhere import THERE, There, elsewhere
from tests.training.experiments import data_of, digits, variational, with_training
from tests.training.trained import losses, run, stopping_at
from workbench.data import AUGMENTATIONS, CORRUPTIONS, MIXINGS
from workbench.session.views.attention import AttentionQuestion, OnePicture, attention_seen
from workbench.session.views.features import FeaturesQuestion, features_seen, strongest_seen
from workbench.session.views.latent import LatentQuestion, latent_seen
from workbench.session.views.network import Network
from workbench.session.views.why import METHODS, WhyQuestion, why_seen
from workbench.spec.component import Component
from workbench.spec.files import read_architecture
from workbench.spec.override import override
from workbench.spec.record import replace
from workbench.training import beginning, loop

SEVENTH = OnePicture(name="7", split="val", number=7)

PREPARED = [{"augmentation": (Component(type=name),)} for name in AUGMENTATIONS.table]
PREPARED += [{"mixing": Component(type=name)} for name in MIXINGS.table]
PREPARED += [{"corruption": Component(type=name)} for name in CORRUPTIONS.table if name != "Downscale"]


def silent(*_):
    pass


def attending(name):
    """The digits seen by a preset."""
    experiment = replace(digits(), architecture=read_architecture(name))
    return override(experiment, "architecture.graph.nodes.input.shape", "[1, 8, 8]")


def attended(network):
    return [layer.shares for layer in attention_seen(network, AttentionQuestion(picture=SEVENTH)).layers]


def latent(view):
    return lambda network: latent_seen(network, LatentQuestion(view=view), silent).pictures / 255


def why(method):
    return lambda network: why_seen(network, WhyQuestion(picture=SEVENTH, method=method), silent).found


VIEWS = [
    pytest.param(
        digits, lambda network: features_seen(network, FeaturesQuestion(picture=SEVENTH)).values, id="features"
    ),
    pytest.param(digits, lambda network: strongest_seen(network, "conv", silent).found.by_mean.numbers, id="strongest"),
    pytest.param(partial(attending, "vit_mini"), attended, id="attention"),
    *(pytest.param(digits, why(method), id=method) for method in METHODS),
    *(pytest.param(variational, latent(view), id=view) for view in ("between", "sample", "map")),
]


@pytest.mark.parametrize(
    "mistake",
    [
        lambda there: there.index_select(0, torch.zeros(2, dtype=torch.long)),
        lambda there: torch.cat([there, torch.ones(1)]),
        lambda there: there + torch.ones(3),
        lambda there: there.numpy(),
        np.asarray,
    ],
)
def test_what_mixes_the_devices_is_refused(mistake):
    with elsewhere():
        there = torch.ones(3, device=THERE)
        assert isinstance(there, There) and there.device == THERE and (there[1:] + 1).tolist() == [2, 2]
        with pytest.raises((RuntimeError, TypeError), match="device"):
            mistake(there)


def test_all_heads_are_learnt_and_a_stopped_run_goes_on(tmp_path, monkeypatch):
    monkeypatch.setattr(loop, "GPU_READBACK_STEPS", 2)
    training = {"average": 0.9, "clip_norm": 1.0, "accumulate": 2, "batch_size": 100}
    experiment, data = with_training(many_heads(epochs=1), **training), digits_with_columns()
    with elsewhere():
        whole, state = run(experiment, data, tmp_path / "whole")
        begun, _ = run(experiment, data, tmp_path / "parts", on_event=stopping_at(4))
        rest, _ = run(experiment, data, tmp_path / "parts", resuming=True)
    assert next(state.module.parameters()).device == THERE
    assert losses(begun)[-1][0] == 4 and losses(begun) + losses(rest) == losses(whole)
    assert rest[-1].metrics == whole[-1].metrics
    here = losses(run(experiment, data, tmp_path / "here")[0])
    assert dict(losses(whole)) == pytest.approx(dict(here), rel=1e-3)


@pytest.mark.parametrize("changes", PREPARED, ids=str)
def test_batches_are_those_of_the_cpu(changes):
    experiment = digits(batch_size=16)
    experiment = replace(experiment, data=replace(experiment.data, **{"augmentation": (), **changes}))
    data = data_of(experiment)
    wanted = next(beginning.prepare(experiment, data)[0].train.epoch(0))
    with elsewhere():
        found = next(beginning.prepare(experiment, data)[0].train.epoch(0))
        assert found.inputs.device == found.targets["class"].device == THERE
        torch.testing.assert_close(found.inputs.cpu(), wanted.inputs)
        torch.testing.assert_close(found.targets["class"].cpu(), wanted.targets["class"])


@pytest.mark.parametrize(("make", "view"), VIEWS)
def test_views_are_those_of_the_cpu(make, view):
    experiment = make()
    data = data_of(experiment)

    def seen():
        plan, state = beginning.prepare(experiment, data)
        return view(Network(module=state.module.eval(), plan=plan, dataset=data, step=0))

    wanted = seen()
    with elsewhere():
        found = seen()
    np.testing.assert_allclose(found, wanted, atol=1e-5)
