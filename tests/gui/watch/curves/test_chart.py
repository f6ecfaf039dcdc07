"""The charts of a run: their axes, the labels of changes, and when they are drawn."""

import math
from itertools import combinations, pairwise
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QImage, QWheelEvent
from PySide6.QtWidgets import QApplication, QFileDialog, QMainWindow
from pytestqt.qtbot import QtBot

from workbench.events import CheckpointSaved, EpochFinished, RecipeChanged, RunStarted, StepFinished
from workbench.gui.runtime.event_pump import EventPump
from workbench.gui.watch.curves.axes import Axis
from workbench.gui.watch.curves.chart import ChartView
from workbench.gui.watch.curves.legend import Entry, Legend
from workbench.gui.watch.curves.presenter import CurvesPresenter
from workbench.gui.watch.curves.view import CurvesPanel
from workbench.gui.widgets import theme
from workbench.gui.widgets.widget_picture import SCALE, png_of


def labels_of(view: ChartView) -> dict[int, str]:
    """The visible labels of changes by step, each within the chart and none on another."""
    labels = {step: label for step, label in view.changes.labels.items() if label.isVisible()}
    places = [label.mapRectToScene(label.boundingRect()) for label in labels.values()]
    chart = view.box.sceneBoundingRect().adjusted(-1, -1, 1, 1)
    assert all(chart.contains(place) for place in places)
    inner = [place.adjusted(0.5, 0.5, -0.5, -0.5) for place in places]
    assert not any(a.intersects(b) for a, b in combinations(inner, 2))
    assert all(place.bottom() <= chart.top() + max(0.45 * chart.height(), 24) for place in places), "the curve is free"
    return {step: label.toPlainText() for step, label in labels.items()}


def lines_of(view: ChartView) -> list[float]:
    """The steps at which lines are drawn for changes."""
    assert view.changes.lines in view.plot.getPlotItem().items and view.changes.lines.isVisible()
    return list(view.changes.lines.places)


def test_labels_of_changes_lie_neither_on_each_other_nor_on_the_curve(qtbot: QtBot, qapp: QApplication) -> None:
    """Changes without room for a label of their own are counted in the one before; a long name is cut before the new
    value; the tooltip shows everything.
    """
    presenter = CurvesPresenter()
    started = RunStarted(
        at=0.0, num_parameters=1, steps_per_epoch=100, epochs=10, first_step=1, device="cpu", environment={}
    )
    dropout = f"architecture.graph.nodes.{'dropout_with_a_long_name_' * 4}.p"
    changes = [(300, "training.optimizer.lr", 0.1), (303, "training.patience", 3), (305, "training.epochs", 10)]
    events = [RecipeChanged(at=0.0, step=step, path=path, before=1, after=after) for step, path, after in changes]
    events.append(RecipeChanged(at=0.0, step=990, path=dropout, before=0.1, after=0.6))
    presenter.feed([started, *steps(1, 1000), *events])
    loss, measure = (ChartView(presenter, chart) for chart in presenter.charts)
    for view in (loss, measure):
        qtbot.addWidget(view)
        view.resize(300, 240)
        view.show()
        view.refresh()
    settle(qapp)
    shown = labels_of(loss)
    assert [shown[step] for step in (300, 303, 305)] == [
        "learning rate 1 → 0.1",
        "early stopping 1 → 3",
        "epochs 1 → 10",
    ]
    assert shown[990].endswith(" → 0.6") and "0.1" not in shown[990] and "…" in shown[990]
    assert 0 < loss.changes.labels[300].fill.color().alphaF() < 1, "curves run through the words"
    assert not labels_of(measure), "twice the same"
    presenter.feed([EpochFinished(at=0.0, epoch=1, step=100, metrics={"val/mae": 3.0}, seconds=1.0)])
    measure.refresh()
    assert not presenter.measure.is_share and lines_of(measure) == [300, 303, 305, 990] and not labels_of(measure)
    assert loss.changes.told_at(302).splitlines() == [
        "after step 300: learning rate 1 → 0.1",
        "after step 303: early stopping 1 → 3",
        "after step 305: epochs 1 → 10",
    ]
    assert loss.changes.told_at(500) == ""
    for size, expected in (
        ((300, 170), {300: "learning rate 1 → 0.1", 303: "early stopping 1 → 3, 2 more"}),
        ((300, 110), {300: "learning rate 1 → 0.1, 3 more"}),
        ((170, 110), {300: "learning rate, 3 more"}),
    ):
        loss.resize(*size)
        settle(qapp)
        assert labels_of(loss) == expected
    loss.resize(300, 110)
    loss.zoom_to(302, 320)
    settle(qapp)
    assert labels_of(loss) == {303: "early stopping 1 → 3, 1 more"}, "only of what is shown"


def test_hundreds_of_changes_and_another_one_are_one_item(qtbot: QtBot, qapp: QApplication) -> None:
    """Each item of its own takes half a millisecond; another run has its own lines alone."""
    presenter = CurvesPresenter()
    view = ChartView(presenter, presenter.loss)
    qtbot.addWidget(view)
    view.resize(300, 240)
    view.show()

    def change(*at: int) -> None:
        presenter.feed(
            [RecipeChanged(at=0.0, step=step, path="training.patience", before=1, after=step) for step in at]
        )
        view.refresh()
        settle(qapp)

    presenter.feed(steps(1, 1000))
    before = len(view.plot.getPlotItem().items)
    change(*range(1, 1000, 5))
    assert len(lines_of(view)) == 200 and len(view.changes.labels) < 20
    assert len(view.plot.getPlotItem().items) == before + len(view.changes.labels)
    change(998)
    assert lines_of(view)[-2:] == [996, 998]
    assert labels_of(view)
    change(998)
    assert lines_of(view).count(998) == 1 and view.changes.told_at(998).count("after step 998") == 2
    presenter.begin()
    presenter.feed(steps(1, 1000))
    change(700)
    assert lines_of(view) == [700] and labels_of(view) == {700: "early stopping 1 → 700"}


def test_the_label_at_the_pointer_is_below_those_of_changes(qtbot: QtBot, qapp: QApplication) -> None:
    presenter = CurvesPresenter()
    view = ChartView(presenter, presenter.loss)
    qtbot.addWidget(view)
    view.resize(300, 240)
    view.show()
    changed = RecipeChanged(at=0.0, step=300, path="training.patience", before=1, after=2)
    places = []
    for events in (steps(1, 1000), [changed]):
        presenter.feed(events)
        view.refresh()
        view.point_at(320)
        settle(qapp)
        label = view.crosshair.label
        places.append(label.mapRectToScene(label.boundingRect()))
    change = view.changes.labels[300]
    assert not places[1].intersects(change.mapRectToScene(change.boundingRect()))
    assert places[0].intersects(change.mapRectToScene(change.boundingRect()))


def test_the_list_of_measures_has_room_for_those_of_this_run(qtbot: QtBot) -> None:
    panel = CurvesPanel(EventPump())
    qtbot.addWidget(panel)
    panel.resize(700, 240)
    panel.show()
    for metrics in ({"val/psnr": 20.0, "val/ssim": 0.8}, {"val/iou": 0.3, "val/pixels": 0.9}):
        panel.presenter.begin()
        panel.feed([EpochFinished(at=1.0, epoch=1, step=9, metrics=metrics, seconds=1.0)], "running")
        box = panel.measure
        qtbot.waitUntil(lambda box=box: box.width() >= box.sizeHint().width())
        names = [box.itemText(place) for place in range(box.count())]
        assert names in (["PSNR", "SSIM"], ["Mean IoU", "Pixel accuracy"])
        arrow = box.sizeHint().width() - box.minimumContentsLength() * box.fontMetrics().horizontalAdvance("X")
        assert max(map(box.fontMetrics().horizontalAdvance, names)) <= box.width() - arrow


def test_a_measure_in_a_unit_is_said_as_in_the_table_of_runs(qtbot: QtBot) -> None:
    panel = CurvesPanel(EventPump())
    qtbot.addWidget(panel)
    panel.resize(900, 240)
    panel.show()
    metrics = {"val/psnr": 15.83982, "val/ssim": 0.5, "val/loss": 223.1731}
    panel.feed([EpochFinished(at=1.0, epoch=1, step=9, metrics=metrics, seconds=1.0)], "paused")
    assert "val 15.84 dB" in panel.charts[1].legend.drawn
    assert "val 223.17" in panel.charts[0].legend.drawn and "223.173" not in panel.charts[0].legend.drawn


def test_the_loss_of_a_head_is_drawn_once_it_is_chosen(qtbot: QtBot) -> None:
    panel = CurvesPanel(EventPump())
    qtbot.addWidget(panel)
    panel.resize(700, 240)
    panel.show()
    only = {"train/loss": 3.0, "val/loss": 4.0, "val/mae": 2.0}
    several = {"val/loss": 4.0, "val/age/mae": 2.0} | {f"{split}/age/loss": 1.0 for split in ("train", "val")}
    panel.feed([EpochFinished(at=1.0, epoch=1, step=9, metrics=only, seconds=1.0)], "running")
    assert panel.measure.isHidden(), "a single head's loss is the total"
    panel.presenter.begin()
    for epoch in (1, 2):
        panel.feed([EpochFinished(at=1.0, epoch=epoch, step=9 * epoch, metrics=several, seconds=1.0)], "finished")
    assert [panel.measure.itemText(place) for place in range(panel.measure.count())] == [
        "MAE · age",
        "Loss · age",
    ]
    panel.measure.setCurrentIndex(1)
    panel.measure.activated.emit(1)
    chart = panel.charts[1]
    assert chart.title.text() == "Loss · age"
    for line in (chart.raw, chart.validation):
        assert [list(points) for points in line.getData()] == [[9, 18], [1.0, 1.0]]
    assert chart.dots.getData()[0].tolist() == [9, 18]


@pytest.mark.parametrize(("suffix", "begins"), [(".png", b"\x89PNG"), (".svg", b"<?xml")])
def test_the_curves_are_saved_as_a_picture_too(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str, begins: bytes
) -> None:
    panel = CurvesPanel(EventPump())
    qtbot.addWidget(panel)
    panel.resize(600, 240)
    panel.show()
    metrics = {"val/loss": 0.5, "val/top1": 0.8}
    panel.feed([EpochFinished(at=1.0, epoch=1, step=9, metrics=metrics, seconds=1.0)], "finished")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / f"curves{suffix}"), ""))
    saved: list[tuple[Path, bytes]] = []
    panel.saving.connect(lambda path, make: saved.append((path, make())))
    panel.save.click()
    ((path, picture),) = saved
    assert path.suffix == suffix
    assert picture.startswith(begins)
    assert suffix == ".png" or b">step 5<" in picture.replace(b" </text>", b"<").replace(b"</text>", b"<")


def test_both_charts_are_drawn_where_the_next_step_takes_long(qtbot: QtBot) -> None:
    """The charts are drawn alternately while steps arrive; the one left over is drawn even if no step follows."""
    panel = CurvesPanel(EventPump())
    qtbot.addWidget(panel)
    started = RunStarted(
        at=0.0, num_parameters=1, steps_per_epoch=100, epochs=10, first_step=1, device="cpu", environment={}
    )
    steps = [StepFinished(at=0.0, step=step, loss=1.0, accuracy=0.5, learning_rate=0.1) for step in range(1, 11)]
    panel.feed([started, *steps], "running")
    drawn = [len(chart.raw.getData()[0]) for chart in panel.charts]
    assert sorted(drawn) == [0, 10]
    panel.feed([], "running")
    assert [len(chart.raw.getData()[0]) for chart in panel.charts] == [10, 10]


class Paints(QObject):
    """Counts how often a chart is painted."""

    def __init__(self, view: ChartView) -> None:
        super().__init__(view)
        self.count = 0
        view.plot.viewport().installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        self.count += event.type() == QEvent.Type.Paint
        return False


def test_a_longer_axis_is_painted_once(qtbot: QtBot, qapp: QApplication) -> None:
    """pyqtgraph used to paint it, note that its scale had changed, and paint it again; and with it the other chart."""
    panel = CurvesPanel(EventPump())
    qtbot.addWidget(panel)
    panel.resize(600, 240)
    panel.feed(steps(1, 100), "finished")
    panel.show()
    qtbot.waitExposed(panel)
    settle(qapp)
    first, second = panel.charts
    paints = [Paints(chart) for chart in panel.charts]
    before = first.box.viewRange()[0]
    panel.presenter.feed(steps(101, 1000))
    first.refresh()
    settle(qapp)
    assert first.box.viewRange()[0] != before and [each.count for each in paints] == [1, 0]
    second.refresh()
    settle(qapp)
    assert second.box.viewRange()[0] == first.box.viewRange()[0] and [each.count for each in paints] == [1, 1]


def test_both_charts_show_the_steps_to_which_one_is_zoomed(qtbot: QtBot, qapp: QApplication) -> None:
    panel = CurvesPanel(EventPump())
    qtbot.addWidget(panel)
    panel.resize(600, 240)
    panel.show()
    panel.feed(steps(1, 1000), "finished")
    settle(qapp)
    whole = panel.charts[0].box.viewRange()
    for turned, other in (panel.charts, panel.charts[::-1]):
        before = other.box.viewRange()
        viewport, middle = turned.plot.viewport(), QPointF(turned.plot.viewport().rect().center())
        keys, buttons = Qt.KeyboardModifier.NoModifier, Qt.MouseButton.NoButton
        notch = QPoint(0, 120)
        wheel = QWheelEvent(
            middle, viewport.mapToGlobal(middle), QPoint(), notch, buttons, keys, Qt.ScrollPhase.NoScrollPhase, False
        )
        QApplication.sendEvent(viewport, wheel)
        (left, right), _ = turned.box.viewRange()
        assert before[0][0] < left < right < before[0][1]
        assert other.box.viewRange() == [[left, right], before[1]], "each has its own height"
        assert not other.following and min(other.raw.getData()[0]) > 0 and panel.fit.isEnabled()
    panel.fit.click()
    assert all(chart.box.viewRange()[0] == whole[0] for chart in panel.charts)


@pytest.mark.parametrize("size", [(300, 240), (170, 190), (300, 120)])
def test_numbers_of_the_axes_lie_within_them_and_apart(qtbot: QtBot, qapp: QApplication, size: tuple[int, int]) -> None:
    """Even at the ends, where their middle would be too near to the edge."""
    presenter = CurvesPresenter()
    view = ChartView(presenter, presenter.loss)
    qtbot.addWidget(view)
    view.resize(*size)
    view.show()
    last, seen = 0, []
    while last < 20_000:
        grown = last + max(last // 50 * 20, 10)
        ended = range(last + 10, grown + 1, 10)
        epochs = [EpochFinished(at=1.0, epoch=at // 10, step=at, metrics={}, seconds=1.0) for at in ended]
        presenter.feed([*steps(last + 1, grown), *epochs])
        last = grown
        view.refresh()
        settle(qapp)
        for side, axis in view.axes.items():
            metrics = QFontMetricsF(theme.font(theme.TEXT_SMALL))
            places = [
                QRectF(base.x(), base.y() - metrics.ascent(), metrics.horizontalAdvance(text), metrics.height())
                for base, text in (axis.picture.words[1] if axis.isVisible() else [])
            ]
            reach = metrics.height() / 2 if side == "left" else 0  # it has the free corners above and below it, too
            around = axis.rect().adjusted(-1, -1 - reach, 1, 1 + reach)
            assert all(around.contains(place) for place in places), side
            assert not any(a.intersects(b) for a, b in pairwise(places)), (side, axis.picture.words[1])
            seen += [side] * len(places)
    assert set(seen) >= {"left", "bottom"}


def test_the_last_number_below_is_whole_in_the_styled_window(qtbot: QtBot, qapp: QApplication) -> None:
    """The style gives the view a frame, which pyqtgraph does not leave out."""
    theme.apply(qapp, "light")
    theme.dress(qapp)
    presenter = CurvesPresenter()
    view = ChartView(presenter, presenter.loss)
    qtbot.addWidget(view)
    view.resize(300, 240)
    view.show()
    presenter.feed(steps(1, 100))
    view.refresh()
    view.box.setXRange(0, 100, padding=0)
    settle(qapp)
    axis = view.axes["bottom"]
    base, text = axis.picture.words[1][-1]
    end = axis.mapToScene(base).x() + QFontMetricsF(theme.font(theme.TEXT_SMALL)).horizontalAdvance(text)
    assert text == "100" and end <= view.plot.viewport().width()


@pytest.mark.parametrize("height", [120, 240])
def test_the_first_and_the_last_number_at_the_left_are_beside_their_lines(
    qtbot: QtBot, qapp: QApplication, height: int
) -> None:
    presenter = CurvesPresenter()
    view = ChartView(presenter, presenter.loss)
    qtbot.addWidget(view)
    view.resize(300, height)
    view.show()
    presenter.feed(steps(1, 100))
    view.refresh()
    view.box.setYRange(0, 2, padding=0)
    settle(qapp)
    axis, metrics = view.axes["left"], QFontMetricsF(theme.font(theme.TEXT_SMALL))
    assert axis.isVisible() and view.axes["top"].isVisible() == (height > 200)
    lines = sorted(line.y1() for line in axis.picture.grid[1])
    middles = sorted(base.y() - (metrics.ascent() - metrics.descent()) / 2 for base, _ in axis.picture.words[1])
    assert lines[0] == pytest.approx(axis.rect().top(), abs=1) and lines[-1] == pytest.approx(
        axis.rect().bottom(), abs=1
    )
    assert middles == pytest.approx(lines, abs=1)
    assert all(axis.boundingRect().contains(0, middle + metrics.height() / 2 - 1) for middle in middles)


@pytest.mark.parametrize(
    ("loss", "shown"),
    [(0.0, None), (2.302585, (2.30258, 2.3026)), (1.00005e-7, (1e-7, 1.0001e-7)), (-123_456.7, (-123_457, -123_456))],
)
def test_long_numbers_widen_their_axis(
    qtbot: QtBot, qapp: QApplication, loss: float, shown: tuple[float, float] | None
) -> None:
    """None is cut off at the left, on a log scale either; short ones leave the room to the curve again."""
    panel = CurvesPanel(EventPump())
    qtbot.addWidget(panel)
    panel.resize(900, 300)
    panel.show()
    panel.feed([StepFinished(at=0.0, step=1, loss=loss, accuracy=0.5, learning_rate=0.1)], "finished")
    settle(qapp)
    chart = panel.charts[0]
    chart.box.setYRange(0, 1, padding=0)
    settle(qapp)
    axis, narrow = chart.axes["left"], chart.box.width()
    if shown is None:
        panel.log.click()
    else:
        chart.box.setYRange(*shown, padding=0)
    settle(qapp)
    words = axis.picture.words[1]
    assert len(words) > 3 and all(0 <= base.x() < axis.width() for base, _ in words)
    assert chart.box.width() < narrow and axis.width() < 100
    panel.log.setChecked(False)
    chart.box.setYRange(0, 1, padding=0)
    settle(qapp)
    assert chart.box.width() == narrow


def steps(first: int, last: int) -> list[StepFinished]:
    return [
        StepFinished(at=0.0, step=step, loss=1.0, accuracy=0.5, learning_rate=0.1) for step in range(first, last + 1)
    ]


def settle(app: QApplication) -> None:
    """Handle what is to be painted, and what that leads to."""
    for _ in range(5):
        app.processEvents()


def test_one_spike_does_not_flatten_the_loss_and_can_be_seen(qtbot: QtBot) -> None:
    """On a linear scale the axis fits the other steps; the button or the logarithmic scale shows the spike too."""
    panel = CurvesPanel(EventPump())
    qtbot.addWidget(panel)
    panel.resize(900, 300)
    losses = {step: 400.0 if step == 500 else 2.3 * 0.997**step for step in range(1, 1001)}
    steps = [
        StepFinished(at=0.0, step=at, loss=loss, accuracy=(at == 500) / 2, learning_rate=0.1)
        for at, loss in losses.items()
    ]
    panel.feed(steps, "finished")
    loss = panel.charts[0]

    def highest() -> float:
        return float(loss.box.viewRange()[1][1])

    assert 2.3 < highest() < 10
    panel.fit.click()
    assert highest() >= 400
    panel.fit.click()
    assert highest() < 10
    loss.box.setYRange(0.0, 1.0)
    loss.box.sigRangeChangedManually.emit([True, True])
    panel.fit.click()
    assert 2.3 < highest() < 10
    panel.log.click()
    assert highest() > math.log10(400) and not panel.fit.isEnabled()


def test_what_was_hidden_during_the_run_shows_the_whole_run(qtbot: QtBot) -> None:
    """The charts are laid out only when they are first shown; until then they seem to overlap."""
    panel = CurvesPanel(EventPump())
    qtbot.addWidget(panel)
    panel.resize(900, 300)
    panel.show()
    panel.hide()
    started = RunStarted(
        at=0.0, num_parameters=1, steps_per_epoch=100, epochs=1, first_step=1, device="cpu", environment={}
    )
    steps = [StepFinished(at=0.0, step=step, loss=1.0, accuracy=0.5, learning_rate=0.1) for step in range(1, 101)]
    metrics = {"val/loss": 0.5, "val/top1": 0.8}
    panel.feed([started, *steps, EpochFinished(at=1.0, epoch=1, step=100, metrics=metrics, seconds=1.0)], "finished")
    panel.show()
    qtbot.waitUntil(lambda: panel.charts[1].box.screenGeometry().x() > panel.charts[0].box.screenGeometry().x())
    for width in (900, 500, 1200):
        panel.resize(width, 300)
        qtbot.waitUntil(lambda width=width: panel.width() == width)
        for chart in panel.charts:
            assert chart.box.viewRange()[0] == pytest.approx([0, 102])


def test_a_legend_never_runs_out_of_its_chart(qtbot: QtBot, qapp: QApplication) -> None:
    panel = CurvesPanel(EventPump())
    qtbot.addWidget(panel)
    panel.show()
    metrics = {"val/loss": 0.5, "val/top1": 0.8}
    epoch = EpochFinished(at=1.0, epoch=1, step=9, metrics=metrics, seconds=1.0)
    panel.feed([epoch, CheckpointSaved(at=1.0, step=9, best=True, file="best", sha256="")], "finished")
    for width, has_room in ((1200, True), (760, False), (900, True), (600, False)):
        panel.resize(width, 300)
        qapp.processEvents()
        for chart in panel.charts:
            assert chart.legend.fontMetrics().horizontalAdvance(chart.legend.drawn) <= chart.legend.width()
            assert ("best" in chart.legend.drawn) == has_room


def test_a_legend_without_room_for_the_names_still_has_every_value(qtbot: QtBot) -> None:
    legend = Legend()
    qtbot.addWidget(legend)
    legend.show_entries(
        [
            Entry(name="train", value="81.2 %", colour="#0072B2"),
            Entry(name="val", value="79.0 %", colour="#C9580A"),
            Entry(name="best at epoch 3"),
        ]
    )
    width = legend.fontMetrics().horizontalAdvance
    whole, dotted = "● train 81.2 %   ● val 79.0 %   best at epoch 3", "● train 81.2 %   ● val 79.0 %"
    unnamed, first = "● 81.2 %   ● 79.0 %", "● 81.2 %"
    for text in (whole, dotted, unnamed):
        legend.resize(width(text), 20)
        assert legend.drawn == text
        legend.resize(width(text) - 1, 20)
        assert legend.drawn != text
    assert legend.drawn == first


class LaidOut(QObject):
    """Counts how often a window is laid out."""

    count = 0

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        self.count += event.type() == QEvent.Type.LayoutRequest
        return False


def test_another_step_does_not_lay_out_the_window(qtbot: QtBot, qapp: QApplication) -> None:
    """All other panels would be laid out with it, which takes longer than drawing the chart."""
    window, panel, laid_out = QMainWindow(), CurvesPanel(EventPump()), LaidOut()
    qtbot.addWidget(window)
    window.setCentralWidget(panel)
    window.resize(900, 300)
    panel.feed(steps(1, 100), "finished")
    window.show()
    qtbot.waitExposed(window)
    settle(qapp)
    window.installEventFilter(laid_out)
    before = [chart.legend.drawn for chart in panel.charts]
    panel.feed([StepFinished(at=0.0, step=101, loss=0.5, accuracy=0.75, learning_rate=0.1)], "finished")
    settle(qapp)
    assert [chart.legend.drawn for chart in panel.charts] != before and not laid_out.count
    panel.empty.say("Another", "text")
    panel.caption.parentWidget().updateGeometry()
    settle(qapp)
    assert laid_out.count, "as it is when a part may have another size"


def test_dots_follow_the_chart_and_the_validations(qtbot: QtBot, qapp: QApplication) -> None:
    """They are drawn again where they were, unless something has changed: then as by a chart that is new."""
    metrics = {"val/loss": 0.5, "val/top1": 0.8}
    epochs = [EpochFinished(at=1.0, epoch=n, step=5 * n, metrics=metrics, seconds=1.0) for n in range(1, 4)]
    presenter = CurvesPresenter()
    presenter.feed(epochs[:1])
    used, new = ChartView(presenter, presenter.loss), ChartView(presenter, presenter.loss)

    def drawn(view: ChartView) -> QImage:
        view.refresh()
        settle(qapp)
        image: QImage = view.plot.grab().toImage()
        return image

    for view in (used, new):
        qtbot.addWidget(view)
        view.resize(300, 240)
    used.show()
    first = drawn(used)
    assert drawn(used) == first
    presenter.feed(epochs[1:])
    second = drawn(used)
    used.following = False
    used.box.setRange(xRange=(0, 12), padding=0)
    third = drawn(used)
    new.show()
    assert first != second != third and drawn(new) == second
    new.following = False
    new.box.setRange(xRange=(0, 12), padding=0)
    assert drawn(new) == third


def test_the_axis_has_the_number_of_an_epoch_that_has_ended(qtbot: QtBot, qapp: QApplication) -> None:
    presenter = CurvesPresenter()
    view = ChartView(presenter, presenter.loss)
    qtbot.addWidget(view)
    view.resize(300, 240)
    view.show()
    axes = []
    for epoch in (1, 2):
        ended = EpochFinished(at=1.0, epoch=epoch, step=8 * epoch, metrics={}, seconds=1.0)
        presenter.feed([*steps(8 * epoch - 7, 8 * epoch), ended])
        view.refresh()
        settle(qapp)
        axes.append(view.plot.grab(view.epochs.sceneBoundingRect().toRect()).toImage())
    assert axes[0].size() == axes[1].size() and axes[0] != axes[1]


def test_a_saved_picture_has_curves_as_wide_as_its_letters_are_large(qtbot: QtBot, qapp: QApplication) -> None:
    """The picture has several pixels for each of the window's, so a line one pixel wide would be too thin."""
    panel = CurvesPanel(EventPump())
    qtbot.addWidget(panel)
    panel.resize(600, 240)
    panel.show()
    metrics = [{"val/loss": loss, "val/top1": 0.5} for loss in (0.9, 0.5)]
    epochs = [
        EpochFinished(at=1.0, epoch=n, step=8 * n, metrics=each, seconds=1.0) for n, each in enumerate(metrics, 1)
    ]
    panel.feed(epochs, "finished")
    qapp.processEvents()
    chart = panel.charts[0]
    chart.dots.hide()
    chart.best.hide()
    image = QImage.fromData(png_of(panel._drawn))
    middle = chart.plot.mapFromScene(chart.box.mapViewToScene(QPointF(12, 0.7)))
    place = chart.plot.mapTo(panel._drawn, middle)
    orange = theme.colour(theme.current().curves[1])
    column = [image.pixelColor(SCALE * place.x(), y) for y in range(image.height())]
    assert sum(abs(c.red() - orange.red()) + abs(c.blue() - orange.blue()) < 40 for c in column) >= SCALE - 1, (
        "its edges are soft"
    )
    assert chart.validation.opts["pen"].widthF() == 1, "the window's own are as they were"
    assert column[SCALE * place.y() - 60] == theme.colour(theme.current().surface)


def test_a_frame_that_a_theme_brings_later_cuts_no_number(qtbot: QtBot) -> None:
    panel = CurvesPanel(EventPump())
    qtbot.addWidget(panel)
    panel.resize(700, 240)
    panel.show()
    panel.feed([EpochFinished(at=1.0, epoch=1, step=9, metrics={"val/loss": 0.5}, seconds=1.0)], "paused")
    qtbot.waitUntil(panel.charts[1].plot.isVisible, timeout=5000)
    for width in (0, 4):
        for chart in panel.charts:
            chart.plot.setStyleSheet(f"border: {width}px solid red")
            axis, seen = chart.axes["bottom"], chart.plot.viewport()
            qtbot.waitUntil(lambda axis=axis, seen=seen: _right_of(axis) <= seen.width(), timeout=5000)
            assert chart.plot.frameWidth() == width


def _right_of(axis: Axis) -> float:
    return float(axis.mapRectToScene(axis.rect()).right())
