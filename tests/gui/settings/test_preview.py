"""The preview of augmentation: the real page, with real pictures and augmentations."""

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QTabWidget, QWidget
from pytestqt.qtbot import QtBot

from tests.data.folders import fill_with_points
from tests.gui.settings.pages import data_page, settled
from workbench.gui.experiment.document import Document
from workbench.gui.runtime.event_pump import EventPump
from workbench.gui.settings.data_page import DataPage
from workbench.gui.settings.presenter import with_data
from workbench.gui.settings.preview import APART, GAP, NUM_EPOCHS, NUM_PICTURES, TILE
from workbench.gui.widgets import theme
from workbench.spec.component import Component
from workbench.spec.files import read_experiment


def mirrored(chance: float) -> tuple[Component, ...]:
    return (Component(type="Mirror", parameters={"chance": chance}),)


def test_the_preview_follows_the_augmentation_and_the_last_question_is_answered(qtbot: QtBot) -> None:
    document = Document(read_experiment("lenet-digits"))
    page = data_page(qtbot, document)
    document.apply("none", with_data(document.experiment, augmentation=()))
    settled(qtbot, page)
    assert not page.preview.isVisibleTo(page)

    for chance in (0.5, 0.0, 1.0):
        document.apply("mirror", with_data(document.experiment, augmentation=mirrored(chance)))
    settled(qtbot, page)
    assert page.preview.looks is not None and page.preview.isVisibleTo(page) and page.preview.looks.own is None
    looks = page.preview.looks.pictures
    assert looks.shape == (NUM_PICTURES, 1 + NUM_EPOCHS, 1, 28, 28), "at the size of the network's Input"
    for epoch in range(1, 1 + NUM_EPOCHS):
        assert np.array_equal(looks[:, epoch], np.flip(looks[:, 0], -1))

    document.undo()
    settled(qtbot, page)
    assert np.array_equal(page.preview.looks.pictures, np.repeat(looks[:, :1], 1 + NUM_EPOCHS, axis=1)), "a chance of 0"


def test_one_augmentation_can_be_previewed_alone(qtbot: QtBot) -> None:
    document = Document(read_experiment("lenet-digits"))
    page = data_page(qtbot, document)
    both = (*mirrored(1.0), Component(type="RandomErasing", parameters={"chance": 1.0}))
    document.apply("two", with_data(document.experiment, augmentation=both))
    settled(qtbot, page)

    def is_mirrored() -> bool:
        assert page.preview.looks is not None
        looks = page.preview.looks.pictures
        return np.array_equal(looks[:, 1], np.flip(looks[:, 0], -1))

    assert not is_mirrored()
    mirror, cutout = page.augmentation.eyes
    for eye, alone in ((mirror, True), (cutout, False), (mirror, True), (mirror, False)):
        qtbot.mouseClick(eye, Qt.MouseButton.LeftButton)
        settled(qtbot, page)
        assert is_mirrored() == alone and not (mirror.isChecked() and cutout.isChecked())
    qtbot.mouseClick(cutout, Qt.MouseButton.LeftButton)
    document.apply("one", with_data(document.experiment, augmentation=mirrored(1.0)))
    settled(qtbot, page)
    assert is_mirrored() and not page.augmentation.eyes[0].isChecked(), "a removed one is not waited for"


def test_the_preview_stays_in_view_while_the_settings_that_it_shows_do(qtbot: QtBot) -> None:
    document = Document(read_experiment("lenet-digits"))
    page = data_page(qtbot, document)
    steps = tuple(Component(type=each) for each in ("Rotation", "ColorJitter", "RandAugment", "Shift"))
    document.apply("vary", with_data(document.experiment, augmentation=steps))
    settled(qtbot, page)
    page.resize(360, 640)
    bar, last = page.verticalScrollBar(), page.augmentation.pickers[-1]
    qtbot.waitUntil(lambda: bar.maximum() > 600)

    def top() -> int:
        return page.preview.mapTo(page.viewport(), QPoint()).y()

    bar.setValue(0)
    own = top()
    bar.setValue(max(own + 20, last.mapTo(page.widget(), QPoint()).y() - 500))
    assert top() == 0
    first = page.augmentation.pickers[1].findChild(QLineEdit)
    assert first is not None
    first.setFocus()
    qtbot.keyClick(first, Qt.Key.Key_Backtab)
    focused = QApplication.focusWidget()
    assert focused is not None and focused.mapTo(page, QPoint()).y() > page.preview.height(), "it is not behind it"
    page.source.setFocus()
    qtbot.keyClick(page.source, Qt.Key.Key_Backtab)
    assert QApplication.focusWidget() is page, "which scrolls by keys"
    page.resize(360, 2 * page.preview.height())
    bar.setValue(own + 300)
    assert top() == own - bar.value(), "a low page has no room"
    page.resize(360, 640)
    assert top() == 0


@pytest.mark.parametrize("mixing", ["Mixup", "CutMix"])
def test_what_is_mixed_says_how_much_of_it_is_its_own(qtbot: QtBot, mixing: str) -> None:
    document = Document(read_experiment("lenet-digits"))
    page = data_page(qtbot, document)
    without = page.preview.sizeHint().height()
    component = Component(type=mixing, parameters={"alpha": 2.0, "chance": 1.0})
    document.apply("mix", with_data(document.experiment, augmentation=(), mixing=component))
    settled(qtbot, page)
    looks = page.preview.looks
    assert looks is not None and looks.own is not None and page.preview.sizeHint().height() > without
    assert (looks.own[:, 0] == 1).all() and (looks.own[:, 1:] < 1).all()
    plain = looks.pictures[:, 0].astype(float)
    for own, mixed, above in zip(looks.own, looks.pictures, np.roll(plain, 1, 0), strict=True):
        for share, seen in zip(own[1:], mixed[1:], strict=True):
            if mixing == "Mixup":
                assert np.abs(share * mixed[0] + (1 - share) * above - seen).max() <= 0.51
            else:
                foreign = seen != mixed[0]
                assert (seen[foreign] == above[foreign]).all() and foreign.mean() <= 1 - share + 1e-6


def test_key_points_are_drawn_where_they_are_moved(qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> None:
    theme.apply(qapp, "light")
    table = fill_with_points(tmp_path / "pictures", 20)
    document = Document(read_experiment("lenet-digits"))
    source = Component(type="TableFile", parameters={"file": str(table)})
    document.apply("point", with_data(document.experiment, source=source, augmentation=mirrored(1.0)))
    page = data_page(qtbot, document)
    looks = page.preview.looks
    assert looks is not None and looks.points.shape == (NUM_PICTURES, 1 + NUM_EPOCHS, 4)
    flipped = abs(looks.points[:, :1] - [1, 0, 1, 0])
    assert looks.points[:, 1:] == pytest.approx(np.repeat(flipped, NUM_EPOCHS, axis=1))
    row = int(np.flatnonzero((abs(looks.points[:, 0] - 0.5) < 0.45).all(1))[0])  # none is cropped away
    shown = page.preview.grab().toImage()
    dots = [QColor(each) for each in theme.current().curves[:2]]
    for column, begin in ((0, 0), (1, APART + TILE + GAP)):
        for dot, (x, y) in zip(dots, looks.points[row, column].reshape(-1, 2).tolist(), strict=True):
            seen = shown.pixelColor(int(begin + x * TILE), int(row * (TILE + GAP) + y * TILE))
            assert max(abs(seen.red() - dot.red()), abs(seen.blue() - dot.blue())) < 70, "more of the dot than its edge"


def test_points_have_no_preview(qtbot: QtBot) -> None:
    page = data_page(qtbot, Document(read_experiment("mlp-moons")))
    settled(qtbot, page)
    assert page.preview.looks is None and not page.preview.isVisibleTo(page)


def test_words_are_not_cut_when_the_preview_comes(qtbot: QtBot, qapp: QApplication) -> None:
    theme.apply(qapp, "light")
    document = Document(read_experiment("lenet"))
    document.apply("none", with_data(document.experiment, augmentation=()))
    tabs, pump = QTabWidget(), EventPump()
    qtbot.addWidget(tabs)
    pump.setParent(tabs)
    page = DataPage(document, pump)
    tabs.addTab(QWidget(), "Inspector")
    tabs.addTab(page, "Data")
    tabs.resize(308, 540)
    tabs.show()
    settled(qtbot, page)
    tabs.setCurrentWidget(page)
    document.apply("mirror", with_data(document.experiment, augmentation=mirrored(0.5)))
    settled(qtbot, page)
    labels = [label for label in page.findChildren(QLabel) if label.isVisibleTo(page) and label.wordWrap()]
    qtbot.waitUntil(lambda: page.preview.height() == page.preview.sizeHint().height())
    assert labels and all(label.height() >= label.heightForWidth(label.width()) for label in labels)
