"""The pages of mistakes on other desktops, with larger letters and in narrow windows."""

import numpy as np
import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtWidgets import QApplication, QProxyStyle, QStyle, QWidget
from pytestqt.qtbot import QtBot

from workbench.gui.experiment.document import Document
from workbench.gui.mistakes.dense.class_table import ClassTable
from workbench.gui.mistakes.dense.presenter import DensePresenter
from workbench.gui.mistakes.dense.strips import StripList
from workbench.gui.mistakes.examples import Examples
from workbench.gui.mistakes.presenter import MistakesPresenter
from workbench.gui.runtime.event_pump import EventPump
from workbench.gui.widgets import theme
from workbench.gui.widgets.gallery import FRAME
from workbench.session.views.mistakes.asked import Asked
from workbench.session.views.mistakes.dense import MaskMistakes
from workbench.spec.column import Column
from workbench.spec.files import read_experiment


class _OneClick(QProxyStyle):
    """A desktop on which a click activates, as KDE's."""

    def styleHint(self, hint: QStyle.StyleHint, *rest: object) -> int:  # noqa: N802
        return 1 if hint is QStyle.StyleHint.SH_ItemView_ActivateItemOnSingleClick else super().styleHint(hint, *rest)


@pytest.fixture
def pump(qtbot: QtBot) -> EventPump:
    paper = QWidget()
    qtbot.addWidget(paper)
    return EventPump(paper)


@pytest.fixture
def dense() -> DensePresenter:
    """Of two pictures with two classes of pixels."""
    counts = np.array([[3, 1], [2, 2]], np.int32)
    found = MaskMistakes(
        split="test",
        step=1,
        output="output",
        column=Column(name="mask", kind="mask", names=("ground", "thing"), shape=(2, 2)),
        hits=counts,
        wanted=counts,
        given=counts,
        losses=np.zeros(2, np.float32),
        confused=np.array([np.diag([5, 3])]),
    )
    window = MistakesPresenter()
    window.asked(1)
    window.take_answer(1, Asked(step=1, heads=(found,)))
    return DensePresenter(window)


def test_a_click_chooses_a_class_of_pixels_also_where_it_activates(qtbot: QtBot, dense: DensePresenter) -> None:
    table = ClassTable(dense)
    qtbot.addWidget(table)
    style = _OneClick()
    table.setStyle(style)
    table.chosen.connect(dense.choose_class)
    table.resize(300, 200)
    table.show()
    table.show_classes()
    item = table.topLevelItem(1)
    assert item is not None
    label = int(item.data(0, Qt.ItemDataRole.UserRole))
    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=table.visualItemRect(item).center())
    assert dense.label == label
    qtbot.keyClick(table, Qt.Key.Key_Return)
    assert dense.label is None


def test_the_arrow_of_the_sorting_is_above_the_headings(
    qtbot: QtBot, qapp: QApplication, dense: DensePresenter
) -> None:
    theme.apply(qapp, "light")
    table = ClassTable(dense)
    qtbot.addWidget(table)
    table.resize(300, 200)
    table.show()
    header = table.header()
    header.setSectionResizeMode(header.ResizeMode.Fixed)
    letters = header.fontMetrics().tightBoundingRect("IoU")
    top = (header.height() - letters.height()) // 2 + 1
    heading = QRect(header.sectionPosition(1), top, header.sectionSize(1), letters.height())
    with_arrow = table.grab().toImage()
    header.setSortIndicatorShown(False)
    without = table.grab().toImage()
    assert with_arrow != without
    assert with_arrow.copy(heading) == without.copy(heading)


def test_a_row_is_as_high_as_its_words(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, dense: DensePresenter, pump: EventPump
) -> None:
    strips = StripList(dense, pump)
    qtbot.addWidget(strips)
    monkeypatch.setattr(theme, "TEXT_SMALL", 2 * theme.TEXT_SMALL)
    strips.setFont(theme.font(theme.TEXT_SMALL))
    lines = [dense.name(0), *dense.measured(0)]
    words = len(lines) * strips.fontMetrics().height()
    assert strips.tiling().height >= words + 2 * FRAME, "also within the frame of a selected one"


def test_no_button_below_the_pictures_is_cut_off(qtbot: QtBot, qapp: QApplication, pump: EventPump) -> None:
    theme.apply(qapp, "light")
    window = QWidget()
    qtbot.addWidget(window)
    examples = Examples(window, MistakesPresenter(), Document(read_experiment("lenet-digits")), pump)
    examples.setParent(window)
    examples.setGeometry(0, 0, 300, 400)
    window.show()
    examples.exclude.setText("Exclude from the data")
    for button in (examples.looks.attention, examples.looks.features, examples.relabel, examples.exclude):
        button.show()
    shown = (examples.looks.features, examples.exclude)
    qtbot.waitUntil(lambda: all(button.width() >= button.sizeHint().width() for button in shown))
