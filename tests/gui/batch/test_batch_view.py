"""Single steps and the batch in the real window, on a real run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt

from tests.compiler.networks import network, node
from tests.gui.hands import press, state
from tests.training.experiments import chain, sgd
from workbench.events import RunPaused, StepFinished
from workbench.gui.batch.presenter import BatchPresenter
from workbench.gui.run_bar.presenter import Command
from workbench.gui.runtime.run_states import State
from workbench.gui.widgets import theme
from workbench.session.views.seen_batch import SeenBatch, SeenHead
from workbench.spec.experiment import Head
from workbench.spec.record import replace

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from tests.gui.conftest import Wait
    from workbench.gui.window.main_window import MainWindow


def test_step_by_step_with_the_batch_beside_it(window: MainWindow, qtbot: QtBot, wait: Wait) -> None:
    from workbench.gui.batch.view import BatchWindow

    assert not window.commands["step"].isEnabled()
    press(qtbot, window, Command.RUN)
    wait(lambda: state(window) is State.RUNNING and window.run_bar.presenter._step > 0)
    press(qtbot, window, Command.PAUSE)
    run = window.trainer.run
    assert run is not None
    wait(lambda: state(window) is State.PAUSED and window.commands["step"].isEnabled())
    window.commands["batch"].trigger()
    batch = window.findChild(BatchWindow)
    assert isinstance(batch, BatchWindow)
    wait(lambda: batch.presenter.seen is not None and batch.step.isEnabled())
    for make_a_step in (
        lambda: press(qtbot, window, Command.STEP),
        lambda: qtbot.mouseClick(batch.step, Qt.MouseButton.LeftButton),
        lambda: qtbot.keyClick(batch, Qt.Key.Key_F10),
    ):
        seen = batch.presenter.seen
        assert seen is not None
        make_a_step()
        wait(lambda seen=seen: batch.presenter.seen is not seen)
        assert batch.presenter.seen is not None and batch.presenter.seen.step == seen.step + 1
        assert state(window) is State.PAUSED
    (last,) = [event for event in run.log.since(0) if isinstance(event, StepFinished)][-1:]
    assert f"Step {last.step:,}" in batch.words.text() and f"{last.loss:.2f}" in batch.words.text()
    corner = batch.grid.index_at(QPointF(20, 20))
    assert corner == 0
    batch.worst.click()
    assert batch.grid.index_at(QPointF(20, 20)) == batch.presenter.head.losses.argmax()
    qtbot.keyClick(batch, Qt.Key.Key_Escape)
    assert not run.insight.watches_batch
    assert all(follower.listener is not batch for follower in window.pump._followers)
    press(qtbot, window, Command.STOP)
    wait(lambda: state(window) is State.STOPPED)


def test_of_two_classifications_either_is_looked_at(window: MainWindow, qtbot: QtBot, wait: Wait) -> None:
    """The losses shown are torch's for the outputs of each head."""
    from workbench.gui.batch.view import BatchWindow

    heads = (Head(output="output"), Head(output="other", weight=0.5))
    two = network(
        *chain().architecture.graph.nodes,
        node("fc2", "Linear", "flatten", out_features=10),
        node("other", "Output", "fc2"),
    )
    still = chain(epochs=2000, heads=heads, optimizer=sgd(1e-9))  # its losses stay as large, and are worded alike
    experiment = replace(still, architecture=two)
    window.document.replace(experiment, None, saved=True)
    wait(lambda: window.checker.settled)
    window.commands["batch"].trigger()
    batch = window.findChild(BatchWindow)
    assert isinstance(batch, BatchWindow) and not batch.heads.isVisible()
    press(qtbot, window, Command.RUN)
    wait(lambda: batch.presenter.seen is not None)
    press(qtbot, window, Command.PAUSE)
    run = window.trainer.run
    assert run is not None
    wait(lambda: isinstance(run.log.since(0)[-1], RunPaused))  # the step that was begun is made before
    last = [event for event in run.log.since(0) if isinstance(event, StepFinished)][-1]
    wait(lambda: batch.presenter.seen is not None and batch.presenter.seen.step == last.step)
    seen = batch.presenter.seen
    assert seen is not None and batch.heads.isVisible()
    assert [batch.heads.itemText(row) for row in range(2)] == ["output → class", "other → class"]
    first, second = seen.heads
    assert first.losses.mean() + 0.5 * second.losses.mean() == pytest.approx(last.loss, abs=1e-5)
    batch.worst.click()
    qtbot.keyClick(batch.heads, Qt.Key.Key_Down)
    assert batch.grid.index_at(QPointF(20, 20)) == second.losses.argmax()
    assert f"{second.losses.mean():.2f}, weighted sum {last.loss:.2f}" in batch.words.text()
    assert f"{int((second.answers == second.labels).sum())} correct" in batch.words.text()
    press(qtbot, window, Command.STOP)
    wait(lambda: state(window) is State.STOPPED)
    batch.close()


def test_a_predicted_picture_is_drawn_between_the_input_and_the_target(qtbot: QtBot) -> None:
    from workbench.gui.batch.view import BETWEEN, TILE, BatchGrid

    presenter = BatchPresenter()
    input_, given, wanted = (np.full((2, 3, 4, 4), grey, np.uint8) for grey in (50, 100, 150))
    head = SeenHead(
        output="output", target="picture", weight=1.0, labels=None, answers=None, losses=np.zeros(2, np.float32),
        class_names=(), given=given, wanted=wanted,
    )  # fmt: skip
    presenter.seen = SeenBatch(step=1, num_pictures=2, pictures=input_, heads=(head,), gradients=())
    grid = BatchGrid(presenter)
    qtbot.addWidget(grid)
    grid.resize(600, 300)
    grid.show_batch()
    left, top = grid.tiling().place(1)
    drawn = grid.viewport().grab().toImage()
    for number, grey in enumerate((50, 100, 150)):
        place = int(left) + number * (TILE + BETWEEN) + TILE // 2, int(top) + TILE // 2
        assert drawn.pixelColor(*place).getRgb()[:3] == (grey, grey, grey)
        assert grid.index_at(QPointF(*place)) == 1


def test_the_map_of_an_output_without_a_head_stands_beside_its_input(
    window: MainWindow, qtbot: QtBot, wait: Wait
) -> None:
    """The map of a real run, in the colours that the line above names; label and loss stay below the captions."""
    from workbench.gui.batch.view import BETWEEN, MARGIN, TILE, BatchWindow
    from workbench.gui.widgets.class_colours import pixel_colours

    mapped = network(
        *chain().architecture.graph.nodes,
        node("map", "Conv2d", "input", out_channels=10, kernel_size=3, padding=1),
        node("where", "Output", "map"),
    )
    experiment = replace(chain(epochs=1, heads=(Head(output="output"),)), architecture=mapped)
    window.document.replace(experiment, None, saved=True)
    wait(lambda: window.checker.settled)
    press(qtbot, window, Command.RUN)
    wait(lambda: state(window) is State.FINISHED)
    window.commands["batch"].trigger()
    batch = window.findChild(BatchWindow)
    assert isinstance(batch, BatchWindow)
    wait(lambda: batch.presenter.seen is not None)
    assert batch.presenter.captions == ("input", "where") and batch.key.isVisible()
    assert batch.presenter.seen is not None
    there = set(np.unique(batch.presenter.seen.maps[0].given).tolist())
    assert [f"&nbsp;{name}<" in batch.key.text() for name in range(10)] == [name + 1 in there for name in range(10)]
    given = batch.presenter.seen.maps[0].given[0]
    drawn = batch.grid.viewport().grab().toImage()
    pixel = TILE / len(given)
    for row, column in np.ndindex(*given.shape):
        x = int(MARGIN + TILE + BETWEEN + (column + 0.5) * pixel)
        colour = drawn.pixelColor(x, int(MARGIN + (row + 0.5) * pixel)).name()
        assert colour == pixel_colours()[given[row, column] - 1].name()
    assert len({colour.name() for colour in pixel_colours()}) == 255, "as many as a mask has classes"
    batch.close()


def test_predicted_key_points_are_dots_and_true_ones_rings_on_the_picture(qtbot: QtBot) -> None:
    from workbench.gui.batch.view import MARGIN, POINT, TILE, BatchGrid

    presenter = BatchPresenter()
    true, predicted = (np.array([[point, point]], np.float32) for point in ((0.25, 0.25), (0.75, 0.5)))
    head = SeenHead(
        output="output", target="eyes", weight=1.0, labels=None, answers=None, losses=np.zeros(1, np.float32),
        class_names=(), wanted_points=true, given_points=predicted,
    )  # fmt: skip
    black = np.zeros((1, 1, 4, 4), np.uint8)
    presenter.seen = SeenBatch(step=1, num_pictures=1, pictures=black, heads=(head,), gradients=())
    grid = BatchGrid(presenter)
    qtbot.addWidget(grid)
    grid.resize(600, 300)
    grid.show_batch()
    drawn = grid.viewport().grab().toImage()

    def colour(x: float, y: float) -> str:
        return drawn.pixelColor(int(MARGIN + x), int(MARGIN + y)).name()

    curves = [each.lower() for each in theme.current().curves]
    assert colour(0.75 * TILE, 0.5 * TILE) == curves[1], "the second point is predicted here"
    assert colour(0.25 * TILE, 0.25 * TILE) == "#000000", "a ring leaves its middle free"
    assert colour(0.25 * TILE + POINT, 0.25 * TILE) == curves[1]
    assert colour(0.5 * TILE, 0.75 * TILE) == "#000000"
