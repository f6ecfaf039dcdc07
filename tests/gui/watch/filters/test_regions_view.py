"""Points in the plane have regions instead of filters, in the real window on a real run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.gui.hands import press, state
from workbench.gui.run_bar.presenter import Command
from workbench.gui.runtime.run_states import State
from workbench.gui.settings.presenter import with_training
from workbench.spec.experiment import Experiment
from workbench.spec.files import read_experiment

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from tests.gui.conftest import Wait
    from workbench.gui.window.main_window import MainWindow


def finished(experiment: Experiment, qtbot: QtBot, window: MainWindow, wait: Wait) -> None:
    before = window.trainer.run
    window.document.replace(experiment, None, saved=True)
    wait(lambda: window.checker.settled)
    press(qtbot, window, Command.RUN)
    wait(lambda: window.trainer.run is not before and state(window) is State.FINISHED)


def test_regions_are_coloured_as_the_points_and_pictures_bring_the_filters_back(
    qtbot: QtBot, window: MainWindow, wait: Wait
) -> None:
    panel = window.watch.panels["filters"]
    titles = window.watch._tabs
    number = list(window.watch.panels).index("filters")
    finished(read_experiment("mlp-xor"), qtbot, window, wait)
    wait(lambda: panel.plane.step == window.trainer.run.log.last_step)
    assert panel.pages.currentWidget() is panel.plane
    assert panel.title.text() == "Regions" and titles.tabText(number) in ("Regions", "")
    assert panel.common.isHidden() and panel.save.isEnabled()
    panel.plane.resize(300, 300)
    drawn = panel.plane.grab().toImage()
    corners = [(-0.9, 0.9), (0.9, 0.9), (-0.9, -0.9), (0.9, -0.9)]
    places = [panel.plane.place_of(x, y).toPoint() for x, y in corners]
    said = [panel.plane._tip(place.toPointF()).split(" · ")[0] for place in places]
    assert said == ["different signs", "same signs", "same signs", "different signs"]
    orange, blue, also_blue, also_orange = map(drawn.pixelColor, places)
    for warm, cold in ((orange, blue), (also_orange, also_blue)):
        assert warm.red() > cold.red() and warm.blue() < cold.blue()

    finished(with_training(read_experiment("lenet-digits"), epochs=1), qtbot, window, wait)
    wait(lambda: panel.pages.currentWidget() is panel.grid and panel.caption.text().startswith("6 of 5×5"))
    assert panel.title.text() == "Filters" and not panel.common.isHidden()
