"""A panel is a folder, and nothing else needs editing; and the least height of all of them."""

import runpy
import sys
from pathlib import Path

import pytest
from PySide6.QtWidgets import QSplitter, QTabBar
from pytestqt.qtbot import QtBot

from workbench.events import StepFinished
from workbench.gui import watch
from workbench.gui.runtime.event_pump import EventPump
from workbench.gui.watch import area
from workbench.gui.widgets import theme
from workbench.runs.store import create_run
from workbench.session.running.replay import Replay
from workbench.spec.files import read_experiment

PANEL = '''
from PySide6.QtWidgets import QLabel

from workbench.gui.watch.panel import WatchPanel


class GradientsPanel(WatchPanel):
    """Shows the run's name."""

    heading = "Gradients"
    icon = "chart"
    no_run = ("No gradients yet", "Press Run.")

    def __init__(self, pump):
        super().__init__(pump)
        self.words = QLabel()
        self.set_content(self.words)

    def begin(self, run):
        self.words.setText(run.experiment.name)
        self.show_content(True)

    def feed(self, events, state):
        pass

    def clear(self):
        self.show_content(False)
'''


def test_a_folder_is_a_panel(tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "gradients"
    folder.mkdir()
    (folder / "__init__.py").touch()
    (folder / "view.py").write_text(PANEL)
    monkeypatch.setattr(watch, "__path__", [*watch.__path__, str(tmp_path)])
    pump = EventPump()
    module = runpy.run_path(area.__file__)
    shown = module["WatchArea"](pump, {name: panel(pump) for name, panel in module["PANELS"].items()})
    qtbot.addWidget(shown)
    shown.resize(area.ROOM_SIDE_BY_SIDE, 300)
    shown.show()
    assert list(shown.panels) == [*area.PANELS, "gradients"], "folder by folder"
    panel = shown.panels["gradients"]
    (split,) = (each for each in shown.findChildren(QSplitter) if each.indexOf(panel) == len(area.PANELS))
    assert panel.isVisible() and panel.empty.heading == "No gradients yet"
    run = Replay(create_run(tmp_path / "runs", read_experiment("lenet-digits")))
    pump.follow(run)
    assert split.isVisible() and panel.words.isVisible() and panel.words.text() == "LeNet on digits"
    pump.unfollow()
    assert panel.empty.isVisible()
    pump.stop()
    run.leave()
    assert run.join(60)
    for name in ("gradients", "gradients.view"):
        del sys.modules[f"{watch.__name__}.{name}"]


@pytest.mark.parametrize("width", [512, area.ROOM_BESIDE_TABS, area.ROOM_SIDE_BY_SIDE])
def test_curves_have_room_at_the_least_height_and_all_tabs_are_whole(qtbot: QtBot, width: int) -> None:
    pump = EventPump()
    shown = area.WatchArea(pump, {name: panel(pump) for name, panel in area.PANELS.items()})
    qtbot.addWidget(shown)
    shown.resize(width, 1)
    shown.show()
    shown.resize(width, 1)  # what is the least depends on the width
    assert shown.height() == shown.minimumHeight() <= area.LEAST_HEIGHT + theme.TAB_HEIGHT
    curves = shown.panels["curves"]
    curves.presenter.begin(read_experiment("lenet-digits"))
    curves.feed([StepFinished(at=0.0, step=1, loss=1.0, accuracy=0.5, learning_rate=0.1)], "paused")
    for chart in curves.charts:
        qtbot.waitUntil(lambda chart=chart: chart.box.height() > 60)
    tabs = shown.findChild(QTabBar)
    assert not tabs.isVisible() or tabs.width() >= tabs.sizeHint().width()
