"""The preview of augmentation, against what a training is given."""

import torch

from tests.training.experiments import data_of, digits
from workbench.data.source import Examples
from workbench.session.editing.preview import preview
from workbench.spec.component import Component
from workbench.spec.record import replace
from workbench.training import beginning


def test_the_preview_shows_the_pictures_that_training_will_be_given() -> None:
    experiment = digits()
    moving = (Component(type="Shift", parameters={"max_pixels": 2}), Component(type="Rotation"))
    experiment = replace(experiment, data=replace(experiment.data, augmentation=moving))
    data = data_of(experiment)
    train = beginning.prepare(experiment, data)[0].train
    plain = data.train.inputs[:5]
    examples = Examples(inputs=plain.numpy(), targets={})
    looks = preview(experiment.data, examples, data.columns, (1, 8, 8), experiment.seed, range(2, 4))
    assert looks.pictures.shape == (5, 3, 1, 8, 8) and looks.own is None
    first, *varied = torch.from_numpy(looks.pictures).unbind(1)
    assert torch.equal(first, plain)
    for epoch, seen in zip((2, 3), varied, strict=True):
        given = torch.empty_like(data.train.inputs)
        for batch in train.epoch(epoch):
            given[batch.indices] = train.pictures(batch.inputs)
        assert torch.equal(seen, given[:5]) and not torch.equal(seen, plain)
