"""The palette in use: search, Enter, and the data of a drag."""

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QTreeWidgetItem
from pytestqt.qtbot import QtBot

from tests.gui.canvas.networks import TWO_WAYS, chain, experiment
from workbench.gui.experiment.document import Document
from workbench.gui.palette.presenter import BLOCKS, MIME_TYPE
from workbench.gui.palette.view import Palette, ghost


def palette_of(qtbot: QtBot, document: Document | None = None) -> Palette:
    palette = Palette(document or Document(experiment(chain("ReLU"))))
    qtbot.addWidget(palette)
    palette.show()
    qtbot.waitExposed(palette)
    return palette


def item_of(palette: Palette, name: str) -> QTreeWidgetItem:
    (item,) = palette.tree.findItems(name, Qt.MatchFlag.MatchExactly | Qt.MatchFlag.MatchRecursive)
    return item


def test_a_drag_carries_the_layers_name(qtbot: QtBot, qapp: QApplication) -> None:
    palette = palette_of(qtbot)
    item = item_of(palette, "Conv2d")
    data = palette.tree.mimeData([item])
    assert bytes(data.data(MIME_TYPE).data()) == b"Conv2d"
    assert not ghost(item, 2.0).toImage().isNull()
    assert item.toolTip(0)


def test_enter_in_the_search_adds_the_best_answer(qtbot: QtBot) -> None:
    palette = palette_of(qtbot)
    QTest.keyClicks(palette.field, "maxp")
    with qtbot.waitSignal(palette.chosen) as chosen:
        QTest.keyClick(palette.field, Qt.Key.Key_Return)
    assert chosen.args == ["MaxPool2d"]


def test_a_double_click_adds(qtbot: QtBot) -> None:
    palette = palette_of(qtbot)
    place = palette.tree.visualItemRect(item_of(palette, "Conv2d")).center()
    with qtbot.waitSignal(palette.chosen) as chosen:
        QTest.mouseClick(palette.tree.viewport(), Qt.MouseButton.LeftButton, pos=place)
        QTest.mouseDClick(palette.tree.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert chosen.args == ["Conv2d"]


def test_the_networks_blocks_are_listed_as_they_come(qtbot: QtBot) -> None:
    document = Document(experiment(chain("ReLU")))
    palette = palette_of(qtbot, document)
    document.replace(experiment(chain("ReLU"), {"Both": TWO_WAYS}), None)
    heading = item_of(palette, "Both").parent()
    assert heading is not None
    assert heading.text(0) == BLOCKS


def test_the_menu_of_a_block_of_the_network_leads_into_it(qtbot: QtBot) -> None:
    palette = palette_of(qtbot, Document(experiment(chain("ReLU"), {"Both": TWO_WAYS})))
    place = palette.tree.visualItemRect(item_of(palette, "Both")).center()
    palette.tree.customContextMenuRequested.emit(place)
    (menu,) = palette.findChildren(QMenu)
    look = next(action for action in menu.actions() if action.text() == "Open block")
    with qtbot.waitSignal(palette.looking) as looking:
        look.trigger()
    menu.close()
    assert looking.args == ["Both"]


def test_a_search_that_nothing_answers_says_so(qtbot: QtBot) -> None:
    palette = palette_of(qtbot)
    assert not palette.nothing.isVisible()
    QTest.keyClicks(palette.field, "qqqq")
    assert palette.nothing.isVisible() and not palette.tree.topLevelItemCount()
    palette.field.clear()
    assert not palette.nothing.isVisible()
