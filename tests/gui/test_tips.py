"""The item under the pointer has a tooltip, and errors in other handlers are still reported."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QHelpEvent, QMouseEvent
from PySide6.QtWidgets import QApplication, QToolTip

from workbench.gui.gallery import MARGIN, GalleryView
from workbench.gui.pictures import image_source

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

GREY = image_source(np.full((10, 1, 2, 2), 128, np.uint8))
ON_THE_FIRST = QPoint(MARGIN + 4, MARGIN)


def rest(gallery: GalleryView, place: QPoint) -> None:
    """Send the event of a pointer that has rested for a while."""
    port = gallery.viewport()
    QApplication.sendEvent(port, QHelpEvent(QEvent.Type.ToolTip, place, port.mapToGlobal(place)))


def test_the_picture_under_the_pointer_is_named(qtbot: QtBot) -> None:
    gallery = GalleryView()
    qtbot.addWidget(gallery)
    gallery.show_pictures(np.array([7, 9]), GREY, lambda index: f"picture {index}")
    gallery.show()
    rest(gallery, ON_THE_FIRST)
    assert QToolTip.text() == "picture 7"


def test_a_mistake_in_another_handler_is_told_and_survived(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    """It ended the program when the tooltips filtered all events."""
    gallery = GalleryView()
    qtbot.addWidget(gallery)
    no_places: list[int] = []
    monkeypatch.setattr(gallery, "index_at", lambda place: no_places[0])
    place, button = QPointF(ON_THE_FIRST), Qt.MouseButton.LeftButton
    press = QMouseEvent(QEvent.Type.MouseButtonPress, place, place, button, button, Qt.KeyboardModifier.NoModifier)
    with qtbot.captureExceptions() as mistakes:
        QCoreApplication.postEvent(gallery.viewport(), press)
        qtbot.waitUntil(lambda: bool(mistakes))
    assert [type(mistake[1]) for mistake in mistakes] == [IndexError]
