"""The menus that list presets and recent files, as they open in the tool bar."""

from pathlib import Path

from PySide6.QtWidgets import QMenu, QToolButton

from tests.gui.conftest import Wait
from workbench.gui.window.main_window import MainWindow
from workbench.spec.files import read_experiment


def opened(window: MainWindow) -> QMenu:
    """The menu of the button that opens a file, filled as when it is pressed."""
    (menu,) = [button.menu() for button in window.tools.findChildren(QToolButton) if button.menu() is not None]
    menu.aboutToShow.emit()
    return menu


def test_presets_are_listed_by_their_titles(window: MainWindow) -> None:
    small, large = [action.menu() for action in opened(window).actions() if action.menu() is not None]
    assert read_experiment("perceptron").name in [action.text() for action in small.actions()]
    assert [action.text()[:1] for action in small.actions()] == sorted(action.text()[:1] for action in small.actions())
    titles = [action.text() for action in large.actions()]
    residual = [read_experiment(f"resnet{depth}").name for depth in (18, 34, 50, 101, 152)]
    first = titles.index(residual[0])
    assert titles[first : first + 5] == residual


def test_opening_a_menu_again_makes_no_more_of_them(window: MainWindow) -> None:
    listed = [action.text() for action in opened(window).actions()]
    num_menus = len(window.findChildren(QMenu))
    assert [action.text() for action in opened(window).actions()] == listed
    assert len(window.findChildren(QMenu)) == num_menus


def test_recent_files_that_are_gone_are_greyed(window: MainWindow, wait: Wait, tmp_path: Path) -> None:
    there, gone = tmp_path / "there.json", tmp_path / "gone.json"
    overlong = tmp_path / ("x" * 300)  # a name longer than the file system allows
    there.write_text("")
    for path in (there, gone, overlong):
        window.preferences.add_recent(path)
    listed = {action.data(): action for action in opened(window).actions()}
    wait(lambda: not listed[str(gone)].isEnabled())
    assert listed[str(there)].isEnabled() and not listed[str(overlong)].isEnabled()
