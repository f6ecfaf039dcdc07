"""The map of the pictures, in the real window on a real run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QLabel

from tests.gui.hands import press, state
from workbench.gui.run_bar.presenter import Command
from workbench.gui.runtime.run_states import State
from workbench.gui.settings.presenter import with_training
from workbench.gui.widgets import theme
from workbench.gui.widgets.class_colours import class_colours
from workbench.spec.files import read_experiment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QColor, QImage
    from pytestqt.qtbot import QtBot

    from tests.gui.conftest import Wait
    from workbench.gui.window.main_window import MainWindow


def test_the_map_follows_the_run_and_a_click_on_a_dot_finds_the_neighbours(
    qtbot: QtBot, window: MainWindow, wait: Wait
) -> None:
    panel = window.watch.panels["neighbours"]
    view, presenter = panel.map, panel.presenter
    assert panel.shows_map.isHidden(), "there are no pictures yet"
    window.document.replace(with_training(read_experiment("lenet-digits"), epochs=2), None, saved=True)
    wait(lambda: window.checker.settled)
    press(qtbot, window, Command.RUN)
    wait(lambda: not panel.shows_map.isHidden())
    panel.shows_map.click()
    wait(lambda: state(window) is State.FINISHED)
    run = window.trainer.run
    wait(lambda: presenter.map is not None and presenter.map.step == run.log.last_step)
    assert panel.answers.currentWidget() is view

    window.resize(1440, 900)
    wait(lambda: view.isVisible() and view.height() > 100)
    image, points = view.grab().toImage(), view.points()
    assert len(points) == len(presenter.map.indices) and all(view.rect().contains(point.toPoint()) for point in points)
    words = QLabel(presenter.map_words, wordWrap=True, font=theme.font(theme.TEXT_SMALL))
    view.setMinimumWidth(0)
    view.resize(100, view.height())
    free = view.height() - words.heightForWidth(view.width() - 2 * theme.SPACE_M)
    assert max(point.y() for point in view.points()) <= free, "no dot is below the sentence, also of several lines"
    view.resize(image.deviceIndependentSize().toSize())
    colours = class_colours(theme.current().curves, 10)
    seen = [image.pixelColor(point.toPoint()).rgb() for point in points]
    expected = [colours[presenter.class_of(number)].rgb() for number in presenter.map.indices.tolist()]
    share = np.mean([one == other for one, other in zip(seen, expected, strict=True)])
    assert share > 0.3, "names and other dots cover some, and by chance it would be a tenth"

    panel.classes.setCurrentIndex(4)
    image = view.grab().toImage()
    others = [place for place, number in enumerate(presenter.map.indices.tolist()) if presenter.class_of(number) != 3]
    own = [place for place in range(len(points)) if place not in others]
    assert share_of(image, [points[place] for place in others], colours) < 0.1
    assert share_of(image, [points[place] for place in own], colours[3:4]) > 0.3, "they are seen as before"
    panel.classes.setCurrentIndex(0)

    place = alone(points)
    qtbot.mouseMove(view, points[place].toPoint())
    wait(lambda: view._hovered == place)
    assert view.grab().toImage() != image
    qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=points[place].toPoint())
    assert presenter.query == presenter.map.indices[place] == panel.gallery.selected
    wait(lambda: len(presenter.neighbours) == 20)
    qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=view.rect().bottomLeft())
    assert presenter.query == presenter.map.indices[place], "there is no dot"
    panel.shows_map.click()
    assert panel.answers.currentWidget() is panel.answer


def share_of(image: QImage, points: list[QPointF], colours: Sequence[QColor]) -> float:
    """The share of these dots that are seen in one of these colours."""
    seen = [image.pixelColor(point.toPoint()).rgb() for point in points]
    return float(np.mean(np.isin(seen, [colour.rgb() for colour in colours])))


def alone(points: list[QPointF]) -> int:
    """The dot that is furthest from its nearest."""
    xy = np.array([(point.x(), point.y()) for point in points])
    apart = np.abs(xy[:, None] - xy).sum(axis=2)
    np.fill_diagonal(apart, np.inf)
    return int(apart.min(axis=1).argmax())
