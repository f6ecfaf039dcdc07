"""The window as a whole, with real widgets and a real network."""

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QMenu,
    QPushButton,
    QStyle,
    QStyleOptionViewItem,
    QTabWidget,
)
from pytestqt.qtbot import QtBot

from tests.gui.conftest import Wait
from tests.gui.hands import turn
from workbench.gui.forms.number_box import NumberBox
from workbench.gui.settings.presenter import with_run_value, with_training
from workbench.gui.window.main_window import MainWindow
from workbench.spec import edits
from workbench.spec.component import Component
from workbench.spec.record import replace

CONTAINED = Qt.MatchFlag.MatchContains | Qt.MatchFlag.MatchRecursive


def test_the_canvas_knows_what_a_new_input_takes(window: MainWindow) -> None:
    assert window.canvas.presenter.data_shape == (1, 8, 8), "as the digits are"


def test_the_analysis_of_the_first_network_is_shown(window: MainWindow) -> None:
    assert "parameters" in window.status.totals.text()
    assert not window.status.problems.isVisibleTo(window)
    assert window.status.device.text()
    assert [window.sidebar.tabText(index) for index in range(3)] == ["Inspector", "Data", "Training"]


def test_the_memory_of_training_follows_batch_and_optimizer(window: MainWindow) -> None:
    def memory_words() -> str:
        return window.status.totals.text().rpartition("·")[2].strip()

    before = memory_words()
    assert f"batches of {window.document.experiment.training.batch_size}" in before
    window.document.apply("larger", with_training(window.document.experiment, batch_size=999))
    large = memory_words()
    assert "batches of 999" in large and large != before
    window.document.apply("Adam", with_training(window.document.experiment, optimizer=Component(type="Adam")))
    assert memory_words() != large
    window.document.undo()
    assert memory_words() == large


def test_a_message_that_is_answered_leaves_the_keys_to_the_canvas(qtbot: QtBot, window: MainWindow, wait: Wait) -> None:
    """Otherwise Ctrl+Z goes to the palette's search field, and nothing is undone."""
    window.activateWindow()
    pressed: list[bool] = []
    window.messages.say("info", "Something to do.", ("Do it", lambda: pressed.append(True)))
    (button,) = [b for b in window.messages.findChildren(QPushButton) if b.text() == "Do it"]
    button.setFocus()
    wait(button.hasFocus)
    qtbot.keyClick(button, Qt.Key.Key_Space)
    wait(window.canvas.hasFocus)
    assert pressed


def test_undo_in_an_empty_search_field_is_the_document_s(qtbot: QtBot, window: MainWindow, wait: Wait) -> None:
    window.activateWindow()
    window.document.apply("seed", with_run_value(window.document.experiment, "seed", 5))
    field = window.palette_panel.field
    wait(window.commands["undo"].isEnabled)
    field.setFocus()
    wait(field.hasFocus)
    qtbot.keyClicks(field, "conv")
    qtbot.keyClick(field, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert not field.text()
    assert window.document.experiment.seed == 5
    qtbot.keyClick(field, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert window.document.experiment.seed == 0


def test_the_keys_are_the_canvas_s_from_the_first_moment_and_after_new(
    qtbot: QtBot, window: MainWindow, wait: Wait
) -> None:
    """An empty canvas says that Tab searches for a layer, so it must."""
    window.activateWindow()
    wait(window.canvas.hasFocus)
    window.palette_panel.field.setFocus()
    window.project.new()
    assert window.canvas.hasFocus()


def test_an_empty_canvas_is_no_mistake(window: MainWindow, wait: Wait) -> None:
    """It cannot be run, and the button says why; but nothing is shown as wrong."""
    window.project.new()
    wait(lambda: window.checker.settled)
    assert window.status.problems.isHidden() and window.inspector.page.problems.isHidden()
    assert not window.status.totals.text(), "no row of zeros"
    assert window.run_bar.presenter.first_error and window.run_bar.presenter.first_error.what == "the network is empty"
    window.canvas.presenter.add("Linear", (0.0, 0.0))
    wait(lambda: window.checker.settled)
    assert "problem" in window.status.problems.text() and not window.status.problems.isHidden()


def test_panels_stand_side_by_side_where_there_is_room_and_behind_tabs_where_not(
    window: MainWindow, wait: Wait
) -> None:
    window.resize(1440, 900)
    wait(lambda: window.watch.side_by_side)
    assert all(panel.isVisible() for panel in window.watch.panels.values())
    window.resize(1024, 700)
    wait(lambda: not window.watch.side_by_side)
    (tabs,) = window.watch.findChildren(QTabWidget)
    tabs.setCurrentWidget(window.watch.panels["filters"])
    assert window.watch.panels["filters"].isVisible() and not window.watch.panels["curves"].isVisible()
    head = window.watch.panels["filters"].head
    wait(lambda: head.isVisible() and not window.watch.panels["curves"].head.isVisible())
    bar = tabs.tabBar()
    assert head.mapTo(tabs, QPoint()).y() + head.height() <= bar.geometry().bottom() + 1, "beside the tabs"
    assert head.mapTo(tabs, QPoint()).x() >= bar.tabRect(2).right()
    window.resize(1440, 900)
    wait(lambda: all(panel.isVisible() and panel.head.isVisible() for panel in window.watch.panels.values()))
    assert all(panel.isAncestorOf(panel.head) for panel in window.watch.panels.values())


def test_colours_change_everywhere_and_are_remembered(window: MainWindow) -> None:
    before = window.grab().toImage().pixelColor(5, 5)
    window.commands["theme"].trigger()
    assert window.grab().toImage().pixelColor(5, 5) != before
    assert window.preferences.colours in ("light", "dark")
    window.commands["theme"].trigger()
    assert window.grab().toImage().pixelColor(5, 5) == before


def test_the_list_of_keys_names_each_command_once_and_can_be_searched(qtbot: QtBot, window: MainWindow) -> None:
    from workbench.gui.dialogs.keys_window import KeysWindow
    from workbench.gui.window.menus import key_groups

    groups = key_groups(window.canvas.commands)
    keys = [key for rows in groups.values() for _, keys in rows for key in keys.split(" or ") if key]
    assert len(keys) == len(set(keys))
    assert all(groups.values()), "a heading without keys"
    window.commands["keys"].trigger()
    listed = window.findChild(KeysWindow)
    assert listed is not None
    QTest.keyClicks(listed.field, "rename or edit")
    assert [what.text() for _, what, _ in listed.rows if what.isVisibleTo(listed)] == ["Rename or edit text"]
    assert [heading.text() for heading, _ in listed.headings if heading.isVisibleTo(listed)] == ["Canvas"]
    QTest.keyClicks(listed.field, " no such thing")
    assert listed.nothing.isVisibleTo(listed)
    listed.close()


def test_the_window_is_never_larger_than_its_screen(window: MainWindow) -> None:
    """With letters half as large again, a laptop has only two thirds of its pixels in each direction."""
    room = window.screen().availableSize()
    assert window.minimumWidth() <= room.width() and window.minimumHeight() <= room.height()


def test_a_menu_is_one_column_on_a_small_screen(window: MainWindow) -> None:
    """A laptop of 1366×768 pixels with letters half as large again."""
    for action in window.menuBar().actions():
        menu = action.menu()
        assert isinstance(menu, QMenu)
        assert menu.sizeHint().height() <= 768 / 1.5, action.text()


def test_no_layer_s_name_is_cut_in_the_palette(window: MainWindow, wait: Wait) -> None:
    tree = window.palette_panel.tree
    window.resize(1366, 768)
    wait(lambda: tree.findItems("ResidualDownsampling", CONTAINED))
    option = QStyleOptionViewItem()
    option.initFrom(tree)
    option.features = (
        QStyleOptionViewItem.ViewItemFeature.HasDecoration | QStyleOptionViewItem.ViewItemFeature.HasDisplay
    )
    option.decorationSize = tree.iconSize()
    for item in tree.findItems("", CONTAINED):
        option.rect = tree.visualItemRect(item)
        option.text = item.text(0)
        room = tree.style().subElementRect(QStyle.SubElement.SE_ItemViewItemText, option, tree).width()
        assert tree.fontMetrics().horizontalAdvance(item.text(0)) <= room, item.text(0)
        assert not item.toolTip(0) or item.toolTip(0).startswith(item.text(0))


def test_no_settings_are_cut_however_narrow_their_column_is(window: MainWindow) -> None:
    window.top.setSizes([2000, 2000, 0])
    for page in (window.data_page, window.training_page):
        window.sidebar.setCurrentWidget(page)
        QApplication.processEvents()
        assert page.widget().width() <= page.viewport().width()


def test_height_and_width_of_their_own_fit_into_the_inspector(window: MainWindow) -> None:
    """A padding with separate height and width, its label and its reset button is the widest row of all."""
    apart = {"kernel_size": [3, 5], "padding": [1, 2]}
    experiment = window.document.experiment
    graph = edits.set_parameters(experiment.architecture.graph, "conv1", apart)
    window.document.apply_architecture("two sides", replace(experiment.architecture, graph=graph))
    window.canvas.presenter.select({"conv1"})
    window.sidebar.setCurrentWidget(window.inspector)
    window.resize(1440, 900)
    window.top.setSizes([200, 920, 320])
    QApplication.processEvents()
    assert window.sidebar.width() <= 320
    assert window.inspector.widget().width() <= window.inspector.viewport().width()


def test_scrolling_past_any_field_of_the_sidebar_changes_nothing(window: MainWindow) -> None:
    window.canvas.presenter.select({"conv1"})
    window.canvas.setFocus()
    before = window.document.experiment
    fields = [*window.sidebar.findChildren(QComboBox), *window.sidebar.findChildren(QAbstractSpinBox)]
    assert {window.data_page.mixing.types, *window.inspector.findChildren(NumberBox)} < set(fields)
    for field in fields:
        for by in (120, -120):
            turn(field, by)
            assert window.document.experiment is before, (field.accessibleName(), field.parent())


def test_find_answers_wherever_the_focus_is(window: MainWindow, qtbot: QtBot, wait: Wait) -> None:
    window.activateWindow()
    wait(window.isActiveWindow)
    window.palette_panel.field.setFocus()
    qtbot.keyClicks(window.palette_panel.field, "f")
    assert not window.canvas.find_bar.isVisible()
    qtbot.keyClick(window.palette_panel.field, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    wait(window.canvas.find_bar.isVisible)


def test_on_a_projector_the_palette_gives_way_to_the_inspector(window: MainWindow, wait: Wait) -> None:
    window.setMinimumSize(400, 300)
    window.window_state.make_room(1024)
    assert window.palette_panel.isVisible()
    window.window_state.make_room(683)
    assert not window.palette_panel.isVisible() and not window.commands["palette"].isChecked()
    window.resize(683, 512)
    wait(lambda: window.width() == 683 and window.sidebar.width() >= window.sidebar.minimumSizeHint().width())
    window.commands["palette"].trigger()
    assert window.palette_panel.isVisible()
