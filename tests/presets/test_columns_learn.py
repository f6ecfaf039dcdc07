"""The presets for each kind of column learn their task when trained to the end as shipped."""

import pytest
import torch
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.preprocessing import StandardScaler
from torch import nn

from tests.training.trained import run
from workbench.data.preparation import prepare
from workbench.session.prepared import input_shape
from workbench.spec.files import read_experiment
from workbench.spec.record import replace
from workbench.training import beginning


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "metric", "least"),
    [
        ("autoencoder", "test/psnr", 18.5),
        ("denoising", "test/psnr", 20.5),
        ("super-resolution", "test/psnr", 38.5),
        ("vae-fashion", "test/output/psnr", 15.0),
        ("unet-shapes", "test/iou", 0.65),
        ("labels-shapes", "test/auc", 0.75),
        ("regression-shapes", "test/cs2", 0.7),
        ("two-heads-shapes", "test/which/auc", 0.65),
        ("triplet-fashion", "test/recall1", 0.82),
    ],
)
def test_a_preset_learns_what_it_is_for(tmp_path, name, metric, least):
    experiment = read_experiment(name)
    training = replace(experiment.training, device="cpu")
    experiment = replace(experiment, training=training)
    data = prepare(experiment.data, input_shape=input_shape(experiment), seed=experiment.seed)
    events, _ = run(experiment, data, tmp_path)
    assert events[-1].metrics[metric] > least
    if name == "denoising":
        assert events[-1].metrics[metric] > ratio_of_the_input(experiment, data) + 5
    if name == "super-resolution":
        assert events[-1].metrics[metric] > ratio_enlarged(experiment, data, "bicubic")
        assert events[-1].metrics[metric] > ratio_enlarged(experiment, data, "nearest") + 2.5


@pytest.mark.parametrize(
    ("name", "metric", "model"),
    [
        ("mlp-wines", "test/top1", LogisticRegression(max_iter=1000)),
        ("regression-wines", "test/mae", Ridge()),
    ],
)
def test_a_preset_on_wines_learns_about_as_well_as_scikit_learn(tmp_path, name, metric, model):
    experiment = read_experiment(name)
    experiment = replace(experiment, training=replace(experiment.training, device="cpu"))
    data = prepare(experiment.data, input_shape=input_shape(experiment), seed=experiment.seed)
    events, _ = run(experiment, data, tmp_path)
    column = "class" if name == "mlp-wines" else "alcohol"
    known, wanted = (split.targets[column].ravel().numpy() for split in (data.train, data.test))
    scaler = StandardScaler().fit(data.train.inputs)
    found = model.fit(scaler.transform(data.train.inputs), known).predict(scaler.transform(data.test.inputs))
    if column == "class":
        assert events[-1].metrics[metric] >= (found == wanted).mean() - 0.06
    else:
        assert events[-1].metrics[metric] <= abs(found - wanted).mean() + 0.1
        assert events[-1].metrics[metric] < abs(known.mean() - wanted).mean() - 0.15, "better than the mean"


def ratio_of_the_input(experiment, data):
    """The PSNR of the noisy pictures themselves."""
    ratios = []
    for batch in beginning.prepare(experiment, data)[0].test.in_order():
        mean, std = (torch.tensor(values).reshape(-1, 1, 1) for values in (data.mean, data.std))
        noise = batch.inputs * std + mean - batch.targets["picture"]
        ratios.append(-10 * (noise**2).mean(dim=(1, 2, 3)).log10())
    return torch.cat(ratios).mean().item()


def ratio_enlarged(experiment, data, mode):
    """The PSNR of the small pictures, enlarged by torch."""
    test = beginning.prepare(experiment, data)[0].test
    ratios = []
    for batch in test.in_order():
        small = test.pictures(batch.inputs).float() / 255
        enlarged = nn.functional.interpolate(small, scale_factor=2, mode=mode).clamp(0, 1)
        ratios.append(-10 * ((enlarged - batch.targets["picture"]) ** 2).mean(dim=(1, 2, 3)).log10())
    return torch.cat(ratios).mean().item()
