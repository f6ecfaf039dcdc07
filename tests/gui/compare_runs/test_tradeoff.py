"""Results against cost in the window: bubbles, table and keys go together."""

import csv
import io
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel, QToolTip
from pytestqt.qtbot import QtBot

from tests.gui.conftest import Wait
from tests.training.experiments import digits, plain, with_training
from workbench.events import EpochFinished, RunStarted
from workbench.gui.compare_runs.bubble_item import MOST_LABELS
from workbench.gui.compare_runs.bubbles import BubbleChart
from workbench.gui.compare_runs.tradeoff import Bubble, Spread, Tradeoff
from workbench.gui.compare_runs.view import CompareRunsWindow
from workbench.gui.runtime.event_pump import EventPump
from workbench.gui.widgets import theme
from workbench.places import runs_dir
from workbench.runs.log import encode, read_outline
from workbench.runs.store import EVENTS
from workbench.session.running import in_thread
from workbench.spec.experiment import Experiment
from workbench.spec.record import replace


def trained(experiment: Experiment) -> Path:
    run = in_thread.start(experiment, runs_dir())
    assert run.join(60.0)
    assert run.state == "finished"
    return run.folder


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two seeds of one network, one run of another, and one of which the log has no epoch."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WORKBENCH_HOME", str(tmp_path_factory.mktemp("home")))
        seeds = [replace(digits(), seed=seed) for seed in (1, 2)]
        made = [trained(experiment) for experiment in (*seeds, with_training(plain(), epochs=1))]
        failed = shutil.copytree(trained(digits(lr=0.001)), runs_dir() / "failed-1")
        events = [event for event in read_outline(failed / EVENTS) if not isinstance(event, EpochFinished)]
        (failed / EVENTS).write_bytes(encode([event for event in events if not hasattr(event, "metrics")]))
        return [*made, failed]


@pytest.fixture
def compared(qtbot: QtBot, wait: Wait, folders: list[Path]) -> CompareRunsWindow:
    return opened(qtbot, wait, folders)


def opened(qtbot: QtBot, wait: Wait, folders: list[Path]) -> CompareRunsWindow:
    pump = EventPump()
    window = CompareRunsWindow(None, pump, folders)
    pump.setParent(window)
    qtbot.addWidget(window)
    window.show()
    wait(lambda: window.presenter is not None)
    window.shown.setCurrentIndex(1)
    window.shown.activated.emit(1)
    return window


def choose(compared: CompareRunsWindow, name: str, words: str) -> None:
    box = getattr(compared.against_cost, name)
    box.setCurrentText(words)
    assert box.currentText() == words
    box.activated.emit(box.currentIndex())


def place_of(compared: CompareRunsWindow, number: int) -> QPoint:
    """Where a bubble is, in the chart's pixels."""
    chart = compared.against_cost.chart
    (disc,) = [each.disc for each in chart.bubbles.placed if each.number == number]
    return chart.plot.mapFromScene(chart.box.mapToScene(QPointF(disc.x, disc.y)))


def click(compared: CompareRunsWindow, place: QPoint, keys: Qt.KeyboardModifier) -> None:
    QTest.mouseClick(compared.against_cost.chart.plot.viewport(), Qt.MouseButton.LeftButton, keys, place)


def rows(compared: CompareRunsWindow) -> set[int]:
    return {index.row() for index in compared.table.selectedIndexes()}


def test_each_group_is_a_bubble_and_who_is_not_shown_is_said(compared: CompareRunsWindow) -> None:
    chart = compared.against_cost.chart
    assert chart.isVisible() and not compared.charts[0].isVisible()
    assert [each.number for each in sorted(chart.bubbles.placed, key=lambda each: each.number)] == [0, 1]
    assert chart.title.text() == "Validation accuracy, %"
    assert compared.against_cost.missing.text() == "Not shown: failed-1 (it was stopped)"
    frame = chart.bubbles.boundingRect()
    for each in chart.bubbles.placed:
        x, y, radius = each.disc
        assert frame.contains(QPointF(x - radius, y - radius)) and frame.contains(QPointF(x + radius, y + radius))
    large = max(chart.bubbles.placed, key=lambda each: each.disc.radius)
    assert compared.presenter is not None
    started = [group.runs[0].newest(RunStarted) for group in compared.presenter.groups[:2]]
    assert large.number == max((0, 1), key=lambda number: started[number].num_parameters)
    assert set(chart.bubbles.labels) == {0, 1}


def test_repeats_have_error_bars_and_a_cost_that_differs_has_one_too(compared: CompareRunsWindow) -> None:
    def bars(number: int) -> list[str]:
        (each,) = [each for each in compared.against_cost.chart.bubbles.placed if each.number == number]
        return ["up" if bar.x1() == bar.x2() else "across" for bar in each.bars]

    assert bars(0) == ["up"] and bars(1) == []
    choose(compared, "cost", "Training time")
    assert bars(0) == ["across", "up"]


def test_a_click_selects_the_row_and_a_selected_row_brings_out_the_bubble(compared: CompareRunsWindow) -> None:
    none, control = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier
    click(compared, place_of(compared, 1), none)
    assert rows(compared) == {1} and compared.against_cost.chart.bubbles.faint == {0, 2}
    click(compared, place_of(compared, 0), control)
    assert rows(compared) == {0, 1}
    click(compared, place_of(compared, 0), control)
    assert rows(compared) == {1}
    click(compared, place_of(compared, 0), none)
    assert rows(compared) == {0}
    corner = compared.against_cost.chart.box.mapToScene(QPointF(1, 1))
    click(compared, compared.against_cost.chart.plot.mapFromScene(corner), none)
    assert rows(compared) == set() and compared.against_cost.chart.bubbles.faint == set()
    compared.table.selectRow(0)
    assert compared.against_cost.chart.bubbles.faint == {1, 2}


def ground(compared: CompareRunsWindow, row: int) -> str:
    """The background of a row's last cell."""
    cell = compared.table.visualItemRect(compared.table.item(row, compared.table.columnCount() - 1))
    return compared.table.viewport().grab(cell).toImage().pixelColor(2, 2).name().upper()


def test_the_pointer_marks_bubble_and_row_together(
    qapp: QApplication, qtbot: QtBot, wait: Wait, folders: list[Path]
) -> None:
    theme.apply(qapp, "light")
    compared = opened(qtbot, wait, folders)
    compared.resize(1600, 640)
    chart = compared.against_cost.chart
    chart.plot.scene().sigMouseMoved.emit(chart.box.mapToScene(QPointF(*disc_of(compared, 1))))
    assert set(chart.bubbles.ringed) == {1}
    assert re.sub("<[^>]*>", "", QToolTip.text()).startswith(compared.presenter.names[1])
    assert ground(compared, 1) == theme.current().hover != ground(compared, 0)
    chart.leaveEvent(QEvent(QEvent.Type.Leave))
    assert not chart.bubbles.ringed and ground(compared, 1) == ground(compared, 0)
    compared.table.cellEntered.emit(0, 0)
    assert set(chart.bubbles.ringed) == {0} and ground(compared, 0) == theme.current().hover
    QGuiApplication.sendEvent(compared.table.viewport(), QEvent(QEvent.Type.Leave))
    assert not chart.bubbles.ringed


def disc_of(compared: CompareRunsWindow, number: int) -> tuple[float, float]:
    (disc,) = [each.disc for each in compared.against_cost.chart.bubbles.placed if each.number == number]
    return disc.x, disc.y


def test_keys_lead_along_both_axes_and_copy_the_table(compared: CompareRunsWindow) -> None:
    chart = compared.against_cost.chart
    bubbles = chart.shown.bubbles
    by_cost = [each.number for each in sorted(bubbles, key=lambda each: each.cost.mean)]
    by_result = [each.number for each in sorted(bubbles, key=lambda each: each.result.mean)]
    chart.setFocus()
    for key, number in (
        (Qt.Key.Key_Home, by_cost[0]),
        (Qt.Key.Key_Right, by_cost[1]),
        (Qt.Key.Key_Right, by_cost[1]),
        (Qt.Key.Key_Left, by_cost[0]),
        (Qt.Key.Key_End, by_cost[1]),
    ):
        QTest.keyClick(chart, key)
        assert rows(compared) == {number}
    QTest.keyClick(chart, Qt.Key.Key_Down)
    QTest.keyClick(chart, Qt.Key.Key_Up)
    assert rows(compared) == {by_result[1]}
    QTest.keyClick(chart, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert rows(compared) == {0, 1}
    QTest.keyClick(chart, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert len(QGuiApplication.clipboard().text().splitlines()) == 3, "headings and two rows"
    compared.table.clearSelection()
    QTest.keyClick(chart, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert len(QGuiApplication.clipboard().text().splitlines()) == 4, "all rows"
    QGuiApplication.clipboard().clear()
    QTest.keyClick(compared.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert len(QGuiApplication.clipboard().text().splitlines()) == 4, "from the table, too"


def test_a_zoom_stays_until_something_else_is_chosen_or_a_double_click(compared: CompareRunsWindow) -> None:
    chart = compared.against_cost.chart
    whole = chart.box.viewRange()
    chart.box.setRange(xRange=(1e3, 2e3), yRange=(0.5, 0.6), padding=0)
    chart.box.sigRangeChangedManually.emit([True, True])
    zoomed = chart.box.viewRange()
    compared.table.selectRow(1)
    theme.changed.emit()
    assert chart.box.viewRange() == zoomed != whole
    viewport = chart.plot.viewport()
    QTest.mouseDClick(viewport, Qt.MouseButton.LeftButton, pos=viewport.rect().center())
    QTest.mouseRelease(viewport, Qt.MouseButton.LeftButton, pos=viewport.rect().center())
    assert chart.box.viewRange() == whole
    chart.box.setRange(xRange=(1e3, 2e3), yRange=(0.5, 0.6), padding=0)
    chart.box.sigRangeChangedManually.emit([True, True])
    choose(compared, "result", "Validation loss")
    choose(compared, "result", "Validation accuracy")
    assert chart.box.viewRange() == whole


def test_where_nothing_can_be_shown_it_is_said(qtbot: QtBot, wait: Wait, folders: list[Path]) -> None:
    window = opened(qtbot, wait, folders[3:])
    page = window.against_cost
    assert page.empty.isVisible() and not page.chart.isVisible()
    assert page.missing.text() == "Not shown: failed-1 (it was stopped)"


@pytest.mark.parametrize("suffix", [".png", ".svg", ".csv"])
def test_what_is_saved_has_each_bubble(
    compared: CompareRunsWindow, suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / f"runs{suffix}"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(target), ""))
    saved: list[bytes] = []
    compared.saving.connect(lambda _, make: saved.append(make()))
    compared.save.click()
    (made,) = saved
    wanted = [QColor(colour).name() for colour in theme.current().curves[:2]]
    if suffix == ".csv":
        assert len(list(csv.DictReader(io.StringIO(made.decode())))) == 2
    elif suffix == ".svg":
        assert all(colour in made.decode() for colour in wanted)
        assert all(name in made.decode() for _, name in compared.against_cost.chart.bubbles.labels.values())
    else:
        image = QImage.fromData(made)
        image.convertTo(QImage.Format.Format_RGB32)
        pixels = np.unique(np.frombuffer(image.constBits(), np.uint32) & 0xFFFFFF)
        assert {int(colour[1:], 16) for colour in wanted} <= set(pixels.tolist())


def test_names_below_the_charts_are_whole_and_low_charts_scroll(
    qapp: QApplication, qtbot: QtBot, wait: Wait, folders: list[Path]
) -> None:
    """The frame of a chart covered their lower end, and stacked charts lost it where a window is low."""
    theme.apply(qapp, "light")
    compared = opened(qtbot, wait, folders)
    for page in (0, 1):
        compared.shown.setCurrentIndex(page)
        compared.shown.activated.emit(page)
        for size in ((1000, 640), (400, 400)):
            compared.resize(*size)
            assert (compared.width(), compared.height()) == size
            plots = [compared.against_cost.chart.plot] if page else [chart.plot for chart in compared.charts]
            for plot in plots:
                axis = plot.getPlotItem().getAxis("bottom")
                letters = axis.label.mapRectToScene(axis.label.boundingRect()).adjusted(4, 4, -4, -4)
                assert letters.bottom() < plot.viewport().height() + 0.5
                bottom = plot.mapTo(compared.picture, QPoint(0, plot.height())).y()
                assert bottom <= compared.picture.height()
            labels = compared.picture.findChildren(QLabel)
            assert all(label.height() >= label.heightForWidth(label.width()) for label in labels if label.isVisible())


def test_of_many_bubbles_those_of_the_front_and_the_selected_are_labelled_and_labels_go_along(
    qtbot: QtBot, wait: Wait
) -> None:
    chart = BubbleChart()
    qtbot.addWidget(chart)
    chart.resize(1200, 700)
    chart.show()
    num_bubbles = MOST_LABELS + 40
    results = [0.9, *(0.5 + 0.001 * (number * 37 % num_bubbles) for number in range(1, num_bubbles))]
    bubbles = tuple(
        Bubble(number=number, cost=Spread(*[1e6 + 1e5 * number] * 3), result=Spread(*[result] * 3), parameters=1e4)
        for number, result in enumerate(results)
    )
    names = {number: str(number) for number in range(num_bubbles)}
    shown = Tradeoff(bubbles=bubbles, front=(0,), missing=())
    chart.draw(shown, title="Accuracy", below="MACs", is_share=True, is_time=False, names=names, tips=names)
    labels = chart.bubbles.labels
    assert 0 in labels and len(labels) <= MOST_LABELS and num_bubbles - 1 not in labels
    chart.bring_out(set(range(num_bubbles - 1)))
    wait(lambda: num_bubbles - 1 in chart.bubbles.labels and 0 in chart.bubbles.labels)

    def offset() -> float:
        (disc,) = [each.disc for each in chart.bubbles.placed if each.number == 0]
        return chart.bubbles.labels[0][0].left - disc.x

    before, left = offset(), chart.bubbles.labels[0][0].left
    (low, high), _ = chart.box.viewRange()
    chart.box.setRange(xRange=(low - 1e6, high - 1e6), padding=0)
    assert offset() == pytest.approx(before) and chart.bubbles.labels[0][0].left > left + 10
