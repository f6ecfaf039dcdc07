"""The page of mistakes of masks and pictures on real runs: what is listed is computed when it is seen, and anew after
an epoch; classes of pixels filter it, and the selected picture is large.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPoint, QPointF, Qt

from tests.gui.hands import press, prolong, state
from tests.session.views.test_dense_mistakes import noisy, segmenting
from workbench.gui.mistakes.dense.page import DensePage
from workbench.gui.run_bar.presenter import Command
from workbench.gui.runtime.run_states import State
from workbench.gui.widgets.class_colours import pixel_shades
from workbench.gui.widgets.pictures import as_image
from workbench.session.views.mistakes.drawn import strip
from workbench.spec.experiment import Experiment

if TYPE_CHECKING:
    from PySide6.QtGui import QImage
    from pytestqt.qtbot import QtBot

    from tests.gui.conftest import Wait
    from workbench.gui.mistakes.view import MistakesWindow
    from workbench.gui.window.main_window import MainWindow


def opened(window: MainWindow, wait: Wait, experiment: Experiment) -> MistakesWindow:
    """The window of mistakes beside the main window on this experiment."""
    from workbench.gui.mistakes.view import MistakesWindow

    window.document.replace(experiment, None)
    wait(lambda: window.checker.settled)
    window.commands["mistakes"].trigger()
    mistakes = window.findChild(MistakesWindow)
    assert isinstance(mistakes, MistakesWindow)
    return mistakes


def page_of(mistakes: MistakesWindow) -> DensePage:
    assert isinstance(mistakes.page, DensePage)
    return mistakes.page


def test_from_a_class_of_pixels_to_its_worst_pictures_to_the_next(window: MainWindow, qtbot: QtBot, wait: Wait) -> None:
    mistakes = opened(window, wait, segmenting())
    press(qtbot, window, Command.RUN)
    wait(lambda: state(window) is State.FINISHED)
    wait(lambda: mistakes.presenter.mistakes is not None and "step" in mistakes.words.text())
    page, gallery = page_of(mistakes), mistakes.examples.gallery
    wait(lambda: mistakes.presenter.mistakes.step == window.run_bar.presenter._step)
    found = page.presenter.found
    assert gallery is page.strips and mistakes.words.text().startswith("Test · Mean IoU ")
    wait(lambda: all(page.strips.images.has(index) for index in gallery.in_view()))
    worst = found.pictures("iou").tolist()
    assert gallery.in_view() == worst[: len(gallery.in_view())] and len(gallery.in_view()) < len(worst)
    assert page.large.index == worst[0] and page.name.text() == found.names[worst[0]]
    wait(lambda: page.large.images.has(worst[0]))
    (prediction,) = found.predictions([worst[0]])
    assert page.large.images(worst[0]) == as_image(strip(prediction, pixel_shades()).transpose(2, 0, 1))

    table = page.classes
    shown = [table.topLevelItem(row).text(0) for row in range(table.topLevelItemCount())]
    assert shown == [found.class_names[label] for label in np.argsort(found.class_ious, kind="stable")]
    table.sortByColumn(2, Qt.SortOrder.DescendingOrder)
    item = table.topLevelItem(1)
    label = found.class_names.index(item.text(0))
    assert label == np.argsort(-found.matrix.sum(axis=1), kind="stable")[1]
    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=table.visualItemRect(item).center())
    chosen = found.pictures("iou", "worst", label).tolist()
    assert page.presenter.pictures.tolist() == chosen and page.large.index == chosen[0]
    assert mistakes.examples.chosen_words.text() == f"With {found.class_names[label]} · {len(chosen)}"
    assert mistakes.examples.order.currentText() == "Worst IoU first"

    asked: list[int] = []
    mistakes.picture_asked.connect(asked.append)
    qtbot.mouseClick(gallery.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(20, 20))
    assert gallery.index_at(QPointF(20, 20)) == chosen[0]
    qtbot.keyClick(gallery, Qt.Key.Key_Down)
    qtbot.keyClick(page.large, Qt.Key.Key_Right)
    assert asked == chosen[:3], "its neighbours are shown in the main window"
    assert gallery.selection == {chosen[2]} and page.large.index == chosen[2]
    mistakes.examples.exclude.click()
    assert window.document.experiment.data.leave_out == (found.names[chosen[2]],)

    mistakes.examples.order.setCurrentIndex(1)
    mistakes.examples.order.activated.emit(1)
    assert page.large.index == found.pictures("iou", "best", label)[0]
    mistakes.everything.click()
    assert page.presenter.pictures.tolist() == found.pictures("iou", "best").tolist()
    assert not table.selectedItems()
    mistakes.close()


def test_the_same_pictures_are_computed_anew_after_each_epoch_and_shown_until_then(
    window: MainWindow, qtbot: QtBot, wait: Wait
) -> None:
    mistakes = opened(window, wait, noisy())
    prolong(window)
    wait(lambda: window.checker.settled)
    press(qtbot, window, Command.RUN)
    wait(lambda: mistakes.presenter.mistakes is not None)
    page = page_of(mistakes)
    assert page.classes.isHidden() and mistakes.everything.isHidden()
    order = mistakes.examples.order
    assert [order.itemText(row) for row in range(order.count())] == [
        "Worst PSNR first",
        "Best PSNR first",
        "Worst MAE first",
        "Best MAE first",
        "As in the data",
    ]
    order.setCurrentIndex(4)
    order.activated.emit(4)
    seen: list[QImage] = []
    vanished: list[bool] = []

    def look() -> bool:
        image = page.strips.images(0)
        if not image.isNull() and (not seen or image != seen[-1]):
            seen.append(image)
        vanished.append(image.isNull() and bool(seen))
        return len(seen) == 2

    wait(look)
    assert not any(vanished), "what was shown stays until it is computed anew"
    assert page.strips.in_view()[:3] == [0, 1, 2] and page.large.index == 0
    width = seen[0].width() // 4
    parts = [[image.copy(place * width, 0, width, width) for place in range(4)] for image in seen]
    assert parts[0][:2] == parts[1][:2], "it sees the same, with the same noise, and the same is wanted"
    assert parts[0][2] != parts[1][2]
    press(qtbot, window, Command.STOP)
    wait(lambda: state(window) is State.STOPPED)
    mistakes.close()
