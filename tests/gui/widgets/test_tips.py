"""The item under the pointer has a tooltip, and errors in other handlers are still reported."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QHelpEvent, QMouseEvent
from PySide6.QtWidgets import QApplication, QToolTip, QWidget

from workbench.gui.browse_data.balance import BalanceBars
from workbench.gui.browse_data.fact_words import Bar
from workbench.gui.settings.training_page import ScheduleCurve
from workbench.gui.widgets.bars import ROW
from workbench.gui.widgets.gallery import MARGIN, GalleryView
from workbench.gui.widgets.pictures import image_source
from workbench.spec.files import read_experiment

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

GREY = image_source(np.full((10, 1, 2, 2), 128, np.uint8))
ON_THE_FIRST = QPoint(MARGIN + 4, MARGIN)


def rest(widget: QWidget, place: QPoint) -> None:
    """Send the event of a pointer that has rested for a while."""
    QApplication.sendEvent(widget, QHelpEvent(QEvent.Type.ToolTip, place, widget.mapToGlobal(place)))


def test_the_picture_under_the_pointer_is_named(qtbot: QtBot) -> None:
    gallery = GalleryView()
    qtbot.addWidget(gallery)
    gallery.show_pictures(np.array([7, 9]), GREY, lambda index: f"picture {index}")
    gallery.show()
    rest(gallery.viewport(), ON_THE_FIRST)
    assert QToolTip.text() == "picture 7"


def test_the_bar_under_the_pointer_is_explained(qtbot: QtBot) -> None:
    bars = BalanceBars()
    qtbot.addWidget(bars)
    bars.show_bars([Bar(name=name, counts=(1,), shares=(1.0,), tip=f"one {name}") for name in ("cat", "dog")])
    bars.show()
    rest(bars, QPoint(5, ROW + 5))
    assert QToolTip.text() == "one dog"


def test_the_learning_rate_under_the_pointer_is_told(qtbot: QtBot) -> None:
    curve = ScheduleCurve()
    qtbot.addWidget(curve)
    curve.show_recipe(read_experiment("lenet-digits"))
    curve.show()
    rest(curve, QPoint(0, 40))
    assert QToolTip.text() == "after 0.0 epochs: 0.02"


def press(widget: QWidget, place: QPointF) -> None:
    """Post the event of a pressed button."""
    button = Qt.MouseButton.LeftButton
    event = QMouseEvent(QEvent.Type.MouseButtonPress, place, place, button, button, Qt.KeyboardModifier.NoModifier)
    QCoreApplication.postEvent(widget, event)


def test_a_mistake_in_another_handler_is_told_and_survived(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    """It ended the program when the tooltips filtered all events, or were shown by ``event`` itself."""
    gallery, bars = GalleryView(), BalanceBars()
    no_places: list[int] = []
    monkeypatch.setattr(gallery, "index_at", lambda place: no_places[0])
    monkeypatch.setattr(bars, "bar_at", lambda y: no_places[0])
    for owner, pressed in ((gallery, gallery.viewport()), (bars, bars)):
        qtbot.addWidget(owner)
        with qtbot.captureExceptions() as mistakes:
            press(pressed, QPointF(ON_THE_FIRST))
            qtbot.waitUntil(lambda mistakes=mistakes: bool(mistakes))
        assert [type(mistake[1]) for mistake in mistakes] == [IndexError]
