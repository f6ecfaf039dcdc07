"""The panels of a run in the real window: what fills them, and what they save."""

import math
import threading
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot
from safetensors.numpy import load_file

from tests.gui.conftest import Wait
from tests.gui.hands import press, prolong, shorten, state
from workbench.gui.batch.view import BatchWindow
from workbench.gui.mistakes.view import MistakesWindow
from workbench.gui.run_bar.presenter import Command
from workbench.gui.runtime import event_pump
from workbench.gui.runtime.run_states import State
from workbench.gui.watch.curves.points import Points
from workbench.gui.widgets import theme
from workbench.gui.window.main_window import MainWindow
from workbench.runs.store import LAST
from workbench.spec.files import read_experiment


def test_one_epoch_fills_every_panel(qtbot: QtBot, window: MainWindow, wait: Wait) -> None:
    shorten(window, epochs=1)
    press(qtbot, window, Command.RUN)
    assert state(window) is State.PREPARING
    wait(lambda: window.watch.panels["filters"]._filters is not None)
    wait(lambda: window.watch.panels["neighbours"].presenter.gallery is not None)
    window.watch.panels["neighbours"].gallery.chosen.emit(3)
    wait(lambda: state(window) is State.FINISHED)
    curves = window.watch.panels["curves"].presenter
    assert len(curves.loss.train.raw) == curves.num_steps > 0
    assert len(curves.loss.validation) == len(curves.measure.validation) == 1
    assert curves.loss.train.raw.y[-1] < curves.loss.train.raw.y[0]
    assert curves.best_epoch == 1
    wait(
        lambda: (
            window.watch.panels["neighbours"].presenter.answer
            and window.watch.panels["neighbours"].presenter.answer.step == curves.num_steps
        )
    )
    neighbours = window.watch.panels["neighbours"].presenter.neighbours
    assert len(neighbours) == 20 and 3 not in [neighbour.index for neighbour in neighbours]
    assert [n.distance for n in neighbours] == sorted(n.distance for n in neighbours)
    learnt = load_file(window.trainer.run.folder / LAST)["model.conv1.weight"]
    wait(lambda: np.array_equal(window.watch.panels["filters"]._filters, learnt))
    assert "accuracy" in window.run_bar.detail.text()


def test_the_run_bar_and_a_chart_are_not_drawn_in_one_turn(
    qtbot: QtBot, window: MainWindow, wait: Wait, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However fast the machine: here no panel ever ends a turn by the time that it computes."""
    prolong(window)
    press(qtbot, window, Command.RUN)
    charts = window.watch.panels["curves"].charts
    wait(lambda: state(window) is State.RUNNING and all(len(chart.raw.getData()[0]) for chart in charts))
    monkeypatch.setattr(event_pump, "CHEAP_S", math.inf)
    monkeypatch.setattr(event_pump, "LONGEST_WAIT_S", 0.02)
    turns: list[set[str]] = [set()]
    seen = [0, 0]

    def note() -> None:
        for place, chart in enumerate(charts):
            last_step = int(chart.raw.getData()[0][-1])
            if last_step != seen[place]:
                turns[-1].add("chart")
            seen[place] = last_step
        turns.append(set())

    window.run_bar.drawn.connect(lambda: turns[-1].add("run bar"))
    window.pump.ticked.connect(note)
    wait(lambda: turns[2:].count({"chart"}) > 2 and turns[2:].count({"run bar"}) > 2)
    window.pump.ticked.disconnect(note)
    press(qtbot, window, Command.STOP)
    wait(lambda: state(window) is State.STOPPED)
    assert {"chart", "run bar"} not in turns[2:]


def test_who_asks_during_a_run_waits_for_no_panel_s_turn(
    qtbot: QtBot, window: MainWindow, wait: Wait, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With eleven panels, whose turns take half a second each at most, an answer used to come after two rounds."""
    prolong(window)
    press(qtbot, window, Command.RUN)
    neighbours = window.watch.panels["neighbours"]
    wait(lambda: neighbours.presenter.gallery is not None and state(window) is State.RUNNING)
    monkeypatch.setattr(event_pump, "SHARE", 0.0)
    monkeypatch.setattr(event_pump, "LONGEST_WAIT_S", math.inf)
    neighbours.gallery.chosen.emit(3)
    wait(lambda: neighbours.presenter.neighbours)
    window.commands["mistakes"].trigger()
    wait(lambda: window.findChild(MistakesWindow).presenter.mistakes is not None)
    window.commands["batch"].trigger()
    wait(lambda: window.findChild(BatchWindow).presenter.seen is not None)
    window.training_page.run.edited.emit("epochs", 4000)
    qtbot.mouseClick(window.steering.apply, Qt.MouseButton.LeftButton)
    wait(lambda: not window.steering.isVisibleTo(window))
    press(qtbot, window, Command.STOP)
    wait(lambda: state(window) is State.STOPPED)


def test_points_and_a_perceptron_have_their_own_words_and_filters(qtbot: QtBot, window: MainWindow, wait: Wait) -> None:
    window.project.open_preset("mlp-xor")
    wait(lambda: window.document.experiment.name != read_experiment("lenet-digits").name and window.checker.settled)
    shorten(window, epochs=1)
    press(qtbot, window, Command.RUN)
    wait(lambda: state(window) is State.FINISHED)
    assert window.watch.panels["filters"]._filters is None
    assert len(window.watch.panels["curves"].presenter.loss.train.raw)
    window.project.open_preset("perceptron")
    wait(lambda: window.document.experiment.name == read_experiment("perceptron").name and window.checker.settled)
    shorten(window, epochs=1)
    press(qtbot, window, Command.RUN)
    wait(lambda: state(window) is State.FINISHED and window.watch.panels["filters"]._filters is not None)
    assert window.watch.panels["filters"]._filters.shape == (10, 1, 8, 8)


def test_curves_are_saved_with_every_point(
    qtbot: QtBot, window: MainWindow, wait: Wait, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shorten(window, epochs=1)
    press(qtbot, window, Command.RUN)
    wait(lambda: state(window) is State.FINISHED)
    file = tmp_path / "curves.csv"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "curves"), ""))
    csv, made_in = Points.csv, []
    monkeypatch.setattr(Points, "csv", lambda points: made_in.append(threading.current_thread()) or csv(points))
    qtbot.mouseClick(window.watch.panels["curves"].save, Qt.MouseButton.LeftButton)
    wait(file.is_file)
    assert made_in and threading.main_thread() not in made_in, "of a long run it takes seconds"
    assert len(file.read_text().splitlines()) == 1 + window.watch.panels["curves"].presenter.num_steps


def test_filters_are_saved_as_they_are_shown(
    qtbot: QtBot, window: MainWindow, wait: Wait, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filters = window.watch.panels["filters"]
    assert not filters.save.isEnabled()
    shorten(window, epochs=1)
    press(qtbot, window, Command.RUN)
    wait(lambda: state(window) is State.FINISHED and filters._filters is not None)
    for suffix in (".png", ".svg"):
        file = tmp_path / f"filters{suffix}"
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, file=file: (str(file), ""))
        shown = filters.grid.grab().toImage()  # the last ones may come after the run's end
        layout, corner = filters.grid.layout_now()
        qtbot.mouseClick(filters.save, Qt.MouseButton.LeftButton)
        wait(file.is_file)
        picture = QImage(str(file))
        middle = corner + QPointF(layout.width / 2 + 1, layout.height / 2 + 1)
        scale = picture.width() / shown.width()
        assert picture.pixelColor((middle * scale).toPoint()) == shown.pixelColor(middle.toPoint())
        assert picture.pixelColor(1, 1).name() == theme.current().surface.lower()


def test_pictures_are_compared_by_the_network_and_alone(qtbot: QtBot, window: MainWindow, wait: Wait) -> None:
    """Also after the run, and without the window's thread computing anything."""
    shorten(window, epochs=1)
    press(qtbot, window, Command.RUN)
    panel = window.watch.panels["neighbours"]
    wait(lambda: state(window) is State.FINISHED and panel.presenter.gallery is not None)
    titles = [panel.descriptors.itemText(row) for row in range(panel.descriptors.count())]
    assert titles == ["Last hidden layer", "Pixels", "Colour histogram", "Gradient histogram"]
    panel.gallery.chosen.emit(3)
    found = {}
    for row, title in enumerate(titles):
        panel.descriptors.setFocus()
        qtbot.keyClick(panel.descriptors, Qt.Key.Key_Down if row else Qt.Key.Key_Home)
        assert panel.descriptors.currentText() == title
        wait(lambda: panel.presenter.neighbours and panel.comparison.text().startswith("On average "))
        found[title] = tuple(neighbour.index for neighbour in panel.presenter.neighbours)
        assert panel.presenter.summary.endswith("of the same class") is bool(row)
    assert len(set(found.values())) == 4 and {len(each) for each in found.values()} == {20}
    assert panel.comparison.text().count(" %") == 4


def test_the_panels_keep_their_width_while_a_run_learns(qtbot: QtBot, window: MainWindow, wait: Wait) -> None:
    window.resize(1440, 900)
    wait(lambda: window.watch.side_by_side)
    before = [panel.width() for panel in window.watch.panels.values()]
    shorten(window, epochs=1)
    press(qtbot, window, Command.RUN)
    wait(lambda: state(window) is State.FINISHED and window.watch.panels["neighbours"].presenter.gallery is not None)
    window.watch.panels["neighbours"].gallery.chosen.emit(3)
    wait(lambda: window.watch.panels["neighbours"].presenter.neighbours)
    assert [panel.width() for panel in window.watch.panels.values()] == before
