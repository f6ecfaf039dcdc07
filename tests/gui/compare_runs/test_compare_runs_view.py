"""Comparing runs in the window: chosen in the table of runs, drawn, saved as a picture."""

import html
import re
import shutil
from pathlib import Path

import pytest
from PySide6.QtCore import QItemSelectionModel, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QScrollArea, QToolTip
from pytestqt.qtbot import QtBot

from tests.gui.conftest import Wait
from tests.training.experiments import digits
from workbench.gui.compare_runs.chart import FAINT, LEAST_HEIGHT, GroupChart
from workbench.gui.compare_runs.view import CompareRunsWindow
from workbench.gui.runs.view import RunsWindow
from workbench.gui.runtime.event_pump import EventPump
from workbench.gui.watch.curves.line import Line
from workbench.gui.widgets import theme
from workbench.places import runs_dir
from workbench.runs.changes import EXPERIMENT
from workbench.session.running import in_thread as session
from workbench.spec.change import with_setting
from workbench.spec.component import Component
from workbench.spec.experiment import Experiment, Head
from workbench.spec.files import read_experiment, to_json
from workbench.spec.record import replace


def trained(experiment: Experiment) -> Path:
    run = session.start(experiment, runs_dir())
    assert run.join(60.0)
    assert run.state == "finished"
    return run.folder


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two runs of different seeds at one rate, and one run at another rate."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WORKBENCH_HOME", str(tmp_path_factory.mktemp("home")))
        seeds = [replace(digits(), seed=seed) for seed in (1, 2)]
        return [trained(experiment) for experiment in (*seeds, digits(lr=0.001))]


@pytest.fixture
def compared(qtbot: QtBot, wait: Wait, folders: list[Path]) -> CompareRunsWindow:
    pump = EventPump()
    window = CompareRunsWindow(None, pump, folders)
    pump.setParent(window)
    qtbot.addWidget(window)
    window.show()
    wait(lambda: window.presenter is not None)
    return window


def test_the_legend_and_the_table_tell_the_groups_apart(compared: CompareRunsWindow) -> None:
    legend = compared.legend.text().replace("&nbsp;", " ")
    assert "learning rate 0.05 (2 seeds)" in legend and "learning rate 0.001" in legend
    assert [compared.table.item(row, 1).text() for row in range(2)] == ["0.05", "0.001"]
    assert "±" in compared.table.item(0, 3).text()


def test_a_run_that_is_renamed_meanwhile_has_its_new_name_in_the_table_and_in_a_report(
    compared: CompareRunsWindow, folders: list[Path], qtbot: QtBot
) -> None:
    legend, new = compared.legend.text(), folders[2].with_name("slow")
    compared.table.selectRow(1)
    compared.follow_renamed(folders[2], new)
    assert compared.table.item(1, 0).text() == "slow" and compared.table.item(1, 0).toolTip().startswith("slow")
    assert compared.legend.text() == legend and {each.row() for each in compared.table.selectedIndexes()} == {1}
    compared.split.setCurrentText("Training, smoothed")
    compared.split.activated.emit(compared.split.currentIndex())
    assert compared.charts[0].plot.getPlotItem().curves, "its curves are still known"
    with qtbot.waitSignal(compared.report_wanted) as wanted:
        compared.report.click()
    assert wanted.args == [[*folders[:2], new]]


def test_a_run_that_is_renamed_while_the_runs_are_read_is_read_under_its_new_name(
    qtbot: QtBot, wait: Wait, folders: list[Path], tmp_path: Path
) -> None:
    old, pump = shutil.copytree(folders[2], tmp_path / "old"), EventPump()
    window = CompareRunsWindow(None, pump, [folders[0], old])
    pump.setParent(window)
    qtbot.addWidget(window)
    window.follow_renamed(old, old.rename(tmp_path / "new"))
    wait(lambda: not pump.busy)
    assert window.presenter is not None and window.table.item(1, 0).text() == "new"


def test_the_values_under_the_pointer_are_listed_beside_it_from_the_highest_curve_down(
    compared: CompareRunsWindow,
) -> None:
    before = compared.legend.text()
    compared.charts[0].pointed.emit(2.0)
    assert QToolTip.text() == compared.values_at(0, 2.0)
    assert compared.legend.text() == before, "and the charts stay where they are"
    heads, *rows = cells(compared.values_at(0, 2.0))
    assert heads == ["epoch 2", "loss", "accuracy"]
    assert [row[0] for row in rows] == ["— learning rate 0.001", "— learning rate 0.05 (2 seeds)"]
    assert float(rows[0][1]) > float(rows[1][1]) and rows[0][2].endswith(" %")
    assert [row[0] for row in cells(compared.values_at(1, 2.0))[1:]] == [row[0] for row in rows][::-1]
    compared.charts[0].pointed.emit(None)
    assert not compared.charts[0].crosshair.isVisible()


def cells(table: str) -> list[list[str]]:
    """Return the texts of a table in HTML, row by row."""
    rows = [re.findall("<td[^>]*>(.*?)</td>", row) for row in re.findall("<tr>(.*?)</tr>", table)]
    return [[html.unescape(re.sub("<[^>]*>", "", cell)) for cell in row] for row in rows]


def test_of_runs_that_differ_in_much_the_legend_names_what_suffices(
    qtbot: QtBot, wait: Wait, folders: list[Path], tmp_path: Path
) -> None:
    other, pump = shutil.copytree(folders[0], tmp_path / "other"), EventPump()
    changed = read_experiment(other / EXPERIMENT)
    for path, value in (("optimizer.lr", 0.2), ("optimizer.momentum", 0.5), ("batch_size", 7), ("clip_norm", 1.0)):
        changed = with_setting(changed, f"training.{path}", value)
    (other / EXPERIMENT).write_text(to_json(changed))
    window = CompareRunsWindow(None, pump, [folders[0], other])
    pump.setParent(window)
    qtbot.addWidget(window)
    window.show()
    wait(lambda: window.presenter is not None)
    legend = window.legend.text().replace("&nbsp;", " ")
    assert "batch size 7" in legend and "momentum" not in legend
    assert "momentum" in " ".join(window.presenter.columns()).casefold()


def test_the_legend_of_many_runs_names_the_settings_once_and_colours_that_repeat_are_dashed(
    qtbot: QtBot, wait: Wait, folders: list[Path], tmp_path: Path
) -> None:
    copies = []
    for number in range(9):
        copies.append(tmp_path / f"run-{number}")
        shutil.copytree(folders[0], copies[-1])
        changed = with_setting(read_experiment(copies[-1] / EXPERIMENT), "training.optimizer.lr", 0.01 * (number + 1))
        (copies[-1] / EXPERIMENT).write_text(to_json(changed))
    pump = EventPump()
    window = CompareRunsWindow(None, pump, copies)
    pump.setParent(window)
    qtbot.addWidget(window)
    window.show()
    wait(lambda: window.presenter is not None)
    assert window.legend.text().count("learning rate") == 1
    assert window.legend.text().count("—") == 8 and window.legend.text().count("–&nbsp;–") == 1, "solid and dashed"
    pens = [line.opts["pen"] for line in lines_of(window.charts[0])]
    assert pens[8].color() == pens[0].color() and len({(pen.color().name(), pen.style()) for pen in pens}) == 9


def test_the_charts_reach_to_the_last_epoch_of_any_run_also_beside_a_measure_of_a_short_one(
    qtbot: QtBot, wait: Wait, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path))
    short = digits(epochs=1, heads=(Head(output="output", measures=(Component(type="F1"),)),))
    pump = EventPump()
    window = CompareRunsWindow(None, pump, [trained(short), trained(digits(epochs=4))])
    pump.setParent(window)
    qtbot.addWidget(window)
    window.show()
    wait(lambda: window.presenter is not None)
    window.measure.setCurrentText("F1")
    window.measure.activated.emit(window.measure.currentIndex())
    assert [len(lines_of(chart)) for chart in window.charts] == [2, 1]
    for chart in window.charts:
        first, last = chart.plot.getPlotItem().getViewBox().viewRange()[0]
        assert first < 1 and last > 4


def lines_of(chart: GroupChart) -> list[Line]:
    return [item for item in chart.plot.getPlotItem().items if isinstance(item, Line)]


def test_the_table_is_as_high_as_its_rows_and_the_charts_have_the_rest(compared: CompareRunsWindow) -> None:
    table = compared.table
    last = table.visualItemRect(table.item(table.rowCount() - 1, 0)).bottom()
    assert not table.verticalScrollBar().isVisible()
    assert 0 <= table.viewport().height() - last < 2 * table.rowHeight(0)
    assert compared.charts[0].height() > table.height()
    compared.resize(720, 10)
    assert compared.height() <= 430, "on a small screen, too"
    assert all(chart.plot.height() >= LEAST_HEIGHT for chart in compared.charts)


def test_the_training_stands_beside_the_validation_in_thin_curves(compared: CompareRunsWindow) -> None:
    compared.split.setCurrentText("Training and validation")
    compared.split.activated.emit(compared.split.currentIndex())
    for chart in compared.charts:
        assert sorted(line.opts["pen"].width() for line in lines_of(chart)) == [1, 1, 2, 2]
        assert chart.title.text().endswith("validation (thick) and training")
    heads, *rows = cells(compared.values_at(0, 2.0))
    assert heads == ["epoch 2", "validation loss", "validation accuracy", "training loss", "training accuracy"]
    assert all(len(row) == 5 for row in rows)


def test_selected_rows_bring_their_curves_out(compared: CompareRunsWindow) -> None:
    def alphas() -> list[tuple[str, float]]:
        lines = sorted(lines_of(compared.charts[0]), key=lambda line: line.zValue())
        pens = [line.opts["pen"].color() for line in lines]
        return [(pen.name(), round(pen.alphaF(), 2)) for pen in pens]

    first, second = (QColor(colour).name() for colour in theme.current().curves[:2])
    assert alphas() == [(first, 1.0), (second, 1.0)]
    compared.table.selectRow(0)
    assert alphas() == [(second, FAINT), (first, 1.0)], "and over the others"
    compared.table.clearSelection()
    assert alphas() == [(first, 1.0), (second, 1.0)]


def test_what_was_zoomed_to_stays_until_other_curves_are_drawn(compared: CompareRunsWindow) -> None:
    box = compared.charts[0].plot.getPlotItem().getViewBox()
    whole = box.viewRange()
    box.setRange(xRange=(1.5, 2.0), yRange=(0.5, 0.6), padding=0)
    zoomed = box.viewRange()
    assert zoomed != whole
    compared.table.selectRow(1)
    compared.table.clearSelection()
    theme.changed.emit()
    assert box.viewRange() == zoomed
    compared.split.setCurrentText("Training, smoothed")
    compared.split.activated.emit(compared.split.currentIndex())
    assert box.viewRange() != zoomed


def test_the_wheel_scrolls_a_page_that_is_higher_than_its_window_and_zooms_with_ctrl(
    compared: CompareRunsWindow, wait: Wait
) -> None:
    plot = compared.charts[0].plot
    bar = next(area for area in compared.findChildren(QScrollArea) if area.isAncestorOf(plot)).verticalScrollBar()

    def turn(keys: Qt.KeyboardModifier) -> list[list[float]]:
        place = plot.mapTo(compared, QPoint(plot.width() // 2, 20))
        QTest.wheelEvent(compared.windowHandle(), QPointF(place), QPoint(0, -120), QPoint(), keys)
        QApplication.processEvents()
        return plot.getViewBox().viewRange()

    plain, ctrl = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier
    assert bar.maximum() == 0
    before = plot.getViewBox().viewRange()
    assert turn(plain) != before, "there is nothing to scroll"
    compared.picture.setMinimumHeight(5_000)
    wait(lambda: bar.maximum() > 0)
    zoomed = plot.getViewBox().viewRange()
    assert turn(plain) == zoomed and bar.value() > 0
    scrolled = bar.value()
    assert turn(ctrl) != zoomed and bar.value() == scrolled


def test_the_loss_of_one_of_several_heads_is_drawn_for_training_and_validation(
    qtbot: QtBot, wait: Wait, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path))
    one = digits()
    graph = one.architecture.graph
    output = next(node for node in graph.nodes if node.type == "Output")
    nodes = (*graph.nodes, replace(output, name="again"))
    pump = EventPump()
    two = replace(one, architecture=replace(one.architecture, graph=replace(graph, nodes=nodes)))
    window = CompareRunsWindow(None, pump, [trained(two)])
    pump.setParent(window)
    qtbot.addWidget(window)
    window.show()
    wait(lambda: window.presenter is not None)
    window.split.setCurrentText("Training, smoothed")
    window.measure.setCurrentText("Loss · again")
    window.measure.activated.emit(window.measure.currentIndex())
    assert window.measure.isEnabled()
    assert [chart.title.text() for chart in window.charts] == ["Loss, training, smoothed", "Loss · again, training"]
    window.split.setCurrentText("Training and validation")
    window.split.activated.emit(window.split.currentIndex())
    assert len(lines_of(window.charts[1])) == 2


def test_epochs_are_whole(compared: CompareRunsWindow) -> None:
    axis = compared.charts[0].plot.getPlotItem().getAxis("bottom")
    assert [text for _, text in axis.ticks(1, 3, 2 / 400)] == ["1", "2", "3"]


@pytest.mark.parametrize("suffix", [".png", ".svg", ".csv"])
def test_what_is_saved_has_each_curve(
    compared: CompareRunsWindow, suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / f"runs{suffix}"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(target), ""))
    saved: list[tuple[Path, bytes]] = []
    compared.saving.connect(lambda path, make: saved.append((path, make())))
    compared.save.click()
    ((path, picture),) = saved
    assert path == target
    wanted = [QColor(colour) for colour in theme.current().curves[:2]]
    if suffix == ".csv":
        assert compared.presenter is not None and picture.decode() == compared.presenter.csv()
        return
    if suffix == ".svg":
        assert all(colour.name() in picture.decode() for colour in wanted)
        return
    image = QImage.fromData(picture)
    assert image.width() == 3 * compared.picture.width()
    pixels = {image.pixelColor(x, y).name() for x in range(0, image.width(), 2) for y in range(0, image.height(), 2)}
    assert {colour.name() for colour in wanted} <= pixels


def test_several_runs_are_chosen_in_the_table_of_runs(
    qtbot: QtBot, wait: Wait, folders: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORKBENCH_HOME", str(folders[0].parent.parent))
    assert folders[0].parent == runs_dir()
    pump = EventPump()
    window = RunsWindow(None, pump, runs_dir())
    pump.setParent(window)
    qtbot.addWidget(window)
    window.show()
    wait(lambda: window.table.rowCount() == 3)
    assert window.open_button.isEnabled()
    assert not window.compare_button.isEnabled()
    wanted: list[list[Path]] = []
    window.compare_wanted.connect(wanted.append)
    rows = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
    window.table.selectionModel().select(window.table.model().index(2, 0), rows)
    assert not window.open_button.isEnabled()
    window.compare_button.click()
    assert wanted == [[folders[2], folders[0]]]
