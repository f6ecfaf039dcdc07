"""The embedded digits with a column of every kind, and a small network with a head for each."""

import dataclasses

import torch

from tests.compiler.networks import network, node
from tests.training.experiments import data_of, digits, with_training
from workbench.data.dataset import Dataset, Split
from workbench.spec.column import Column
from workbench.spec.component import Component
from workbench.spec.experiment import Experiment, Head
from workbench.spec.record import replace

COLUMNS = (
    Column(name="class", names=tuple("0123456789")),
    Column(name="ink", kind="number", unit="%"),
    Column(name="traits", kind="labels", names=("even", "large", "round")),
    Column(name="stroke", kind="mask", names=("paper", "ink"), shape=(8, 8)),
    Column(name="picture", kind="picture", shape=(1, 8, 8)),
    Column(name="brightest", kind="keypoints", shape=(2,)),
)


def digits_with_columns() -> Dataset:
    """The digits with darkness, traits, ink masks and the brightest place as further columns; one corner of each mask
    has no class.
    """
    data = data_of(digits())

    def extended(split: Split) -> Split:
        pictures, classes = split.inputs, split.targets["class"]
        stroke = 1 + (pictures[:, 0] > 127).to(torch.uint8)
        stroke[:, 0, 0] = 0
        brightest = pictures.flatten(1).argmax(dim=1)
        traits = torch.stack([classes % 2 == 0, classes > 4, torch.isin(classes, torch.tensor([0, 6, 8, 9]))], dim=1)
        return Split(
            inputs=pictures,
            targets={
                "class": classes,
                "ink": 100 / 255 * pictures.float().mean(dim=(1, 2, 3))[:, None],
                "traits": traits.float(),
                "stroke": stroke,
                "brightest": (torch.stack((brightest % 8, brightest // 8), dim=1) + 0.5) / 8,
            },
        )

    assert data.val is not None and data.test is not None
    return dataclasses.replace(
        data, columns=COLUMNS, train=extended(data.train), val=extended(data.val), test=extended(data.test)
    )


HEADS = (
    Head(output="digit"),
    Head(output="ink", target="ink", loss=Component(type="Huber"), weight=0.01),
    Head(output="traits", target="traits", loss=Component(type="BCEWithLogits")),
    Head(output="stroke", target="stroke", loss=Component(type="CrossEntropy"), weight=0.5),
    Head(output="picture", target="picture", loss=Component(type="MSE"), weight=2.0),
    Head(output="brightest", target="brightest", loss=Component(type="SmoothL1")),
)


def many_heads(epochs: int = 2) -> Experiment:
    """An experiment that learns all columns from one trunk, with shifts that move masks, pictures and points along."""
    architecture = network(
        node("input", "Input", shape=[1, 8, 8]),
        node("conv", "Conv2d", "input", out_channels=12, kernel_size=3, padding=1),
        node("relu", "ReLU", "conv"),
        node("flatten", "Flatten", "relu"),
        node("dropout", "Dropout", "flatten", p=0.1),
        node("fc", "Linear", "dropout", out_features="$classes"),
        node("digit", "Output", "fc"),
        node("fc_ink", "Linear", "dropout", out_features=1),
        node("ink", "Output", "fc_ink"),
        node("fc_traits", "Linear", "dropout", out_features=3),
        node("traits", "Output", "fc_traits"),
        node("map", "Conv2d", "relu", out_channels=2, kernel_size=3, padding=1),
        node("stroke", "Output", "map"),
        node("back", "Conv2d", "relu", out_channels=1, kernel_size=3, padding=1),
        node("picture", "Output", "back"),
        node("fc_brightest", "Linear", "dropout", out_features=2),
        node("brightest", "Output", "fc_brightest"),
        classes=10,
    )
    experiment = replace(digits(epochs=epochs), architecture=architecture)
    return with_training(experiment, heads=HEADS)


def only(output: str, epochs: int = 2) -> Experiment:
    """The same network, trained on this head alone."""
    experiment = many_heads(epochs)
    return with_training(experiment, heads=tuple(head for head in HEADS if head.output == output))
