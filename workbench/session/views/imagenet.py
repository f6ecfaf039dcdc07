"""A network with weights for ImageNet's thousand classes: it keeps them if the data has others, and needs no data."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from workbench.spec.column import one_class
from workbench.spec.problems import SpecError
from workbench.spec.record import replace
from workbench.training.aims import num_classes

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from workbench.data.dataset import Dataset
    from workbench.data.progress import Progress
    from workbench.spec.experiment import Experiment

NUM_CLASSES = 1000
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""Of ImageNet's pictures, by which nearly all networks for it get theirs."""

MOST_SHOWN = 100
"""The pictures of the experiment's data that such a network is shown."""


def as_of_imagenet(experiment: Experiment, progress: Progress) -> tuple[Experiment, Dataset] | None:
    """Return the experiment with a head for ImageNet's classes, and data with these classes whose pictures are the
    first of the experiment's own, if they are here; None unless its weights are for them, and its data has others.
    """
    if not _is_of_imagenet(experiment):
        return None
    import torch
    from torchvision.models import ResNet18_Weights

    from workbench.data.dataset import Dataset, Split

    dataset = Dataset(
        name="ImageNet",
        licence="",
        columns=one_class(ResNet18_Weights.IMAGENET1K_V1.meta["categories"]),
        train=Split(inputs=torch.from_numpy(_first_pictures(experiment, progress)), targets={}),
        val=None,
        test=None,
        mean=MEAN,
        std=STD,
        fingerprint="",
    )
    data = replace(experiment.data, augmentation=(), mixing=None, corruption=None)
    return replace(experiment, data=data, training=replace(experiment.training, heads=(), per_class=1)), dataset


def _is_of_imagenet(experiment: Experiment) -> bool:
    """Whether the network takes colour pictures and gives a number for each of ImageNet's classes, the file of its
    weights has them all, and the data has other classes.
    """
    from workbench.compiler.analysis import resolve
    from workbench.compiler.weights import match, read, wanted_by
    from workbench.data import facts

    architecture, weights = experiment.architecture, experiment.training.weights
    shape = architecture.input_shape
    if weights is None or not Path(weights.file).is_file() or shape is None or len(shape) != 3 or shape[0] != len(MEAN):
        return False
    analysis = resolve(architecture).analysis
    outputs = [each.name for each in architecture.graph.outputs]
    if not analysis.sound or not outputs or analysis.nodes[outputs[0]].output_shapes != ((NUM_CLASSES,),):
        return False
    try:
        if num_classes(experiment, facts(experiment.data.source).columns or ()) == NUM_CLASSES:
            return False
    except SpecError:
        pass  # the data is not there, and these weights need none
    given = {name: tuple(tensor.shape) for name, tensor in read(Path(weights.file)).items()}
    return match(wanted_by(architecture), given).complete


def _first_pictures(experiment: Experiment, progress: Progress) -> NDArray[np.uint8]:
    """Return the first training pictures as the network sees them, uint8 [N, 3, H, W]; none if the data does not fit or
    is not here.
    """
    import numpy as np

    from workbench.data import SOURCES
    from workbench.data.decoding.pictures import fit_all
    from workbench.data.preparation import check_fits

    channels, height, width = experiment.architecture.input_shape or ()
    shape = (channels, height, width)
    try:
        source = SOURCES.of(experiment.data.source)
        check_fits(experiment.data.source, source.facts(), shape)
        loaded = source.glance(None, shape)
    except SpecError:
        loaded = None
    if loaded is None:
        return np.empty((0, *shape), np.uint8)
    return np.array(fit_all(loaded.train.inputs[:MOST_SHOWN], shape, progress))
