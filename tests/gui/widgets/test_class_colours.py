"""Points of many classes: each class has a colour of its own, the same on the data page and among the regions."""

import math

import numpy as np
import pytest
from PySide6.QtCore import QPointF
from pytestqt.qtbot import QtBot

from workbench.data.source import Examples, Loaded
from workbench.gui.settings.samples import Samples, in_plane, look_at
from workbench.gui.watch.filters.plane import PlaneView
from workbench.gui.widgets import theme
from workbench.gui.widgets.class_colours import colour_key
from workbench.session.views.plane import Plane
from workbench.spec.column import one_class

NUM = 24


@pytest.mark.parametrize("tokens", [theme.LIGHT, theme.DARK])
def test_points_of_many_classes_have_a_colour_each(qtbot: QtBot, tokens: theme.Tokens) -> None:
    angles = 2 * math.pi * np.arange(NUM) / NUM
    points = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    names, labels = tuple(map(str, range(NUM))), np.arange(NUM)
    samples, regions = Samples(), PlaneView()
    for widget in (samples, regions):
        qtbot.addWidget(widget)
        widget.resize(400, 400)
    samples.show_examples(
        look_at(Loaded(columns=one_class(names), train=Examples(inputs=points, targets={"class": labels})))
    )
    regions.show_plane(
        Plane(
            step=1,
            middle=(0.0, 0.0),
            reach=1.5,
            probabilities=np.full((NUM, 4, 4), 1 / NUM, np.float32),
            points=points,
            labels=labels,
            class_names=names,
        )
    )
    with theme.drawn_in(tokens):
        drawn, among_regions = samples.grab().toImage(), regions.grab().toImage()
    plane = in_plane(points)
    scale = 200 / (max(np.abs(plane).max(), 1) * 1.1)
    colours = [drawn.pixelColor(QPointF(200 + scale * x, 200 - scale * y).toPoint()).name() for x, y in plane]
    assert len(set(colours)) == NUM
    there = [among_regions.pixelColor(regions.place_of(x, y).toPoint()).name() for x, y in points.tolist()]
    assert there == colours


def test_a_key_of_very_many_classes_names_the_first_and_counts_the_others() -> None:
    few, many = (colour_key((place, f"class {place}") for place in range(count)) for count in (40, 1240))
    assert few.count("■") == many.count("■") == 40 and not few.endswith("more")
    assert many == f"{few} &nbsp; 1,200 more"
