"""Settings edited in the real window during a real run, and applied to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from tests.gui.hands import press, shorten, state
from workbench.events import RecipeChanged, StepFinished
from workbench.gui.run_bar.presenter import Command
from workbench.gui.runtime.run_states import State
from workbench.spec.change import with_setting
from workbench.spec.component import Component
from workbench.spec.record import replace

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from tests.gui.conftest import Wait
    from workbench.gui.window.main_window import MainWindow


def test_what_is_edited_reaches_the_run_and_is_marked_on_its_curve(
    window: MainWindow, qtbot: QtBot, wait: Wait
) -> None:
    shorten(window, 500)
    assert not window.steering.isVisibleTo(window)
    press(qtbot, window, Command.RUN)
    wait(lambda: state(window) is State.RUNNING and window.run_bar.presenter._step > 0)
    before = window.document.experiment.training.optimizer.parameters["lr"]
    where = window.canvas.rect(), window.canvas.pos()
    qtbot.mouseClick(window.training_page.factors.buttons[0.5], Qt.MouseButton.LeftButton)
    after = window.document.experiment.training.optimizer.parameters["lr"]
    assert after == before / 2
    window.training_page.run.edited.emit("epochs", 400)
    assert window.steering.isVisibleTo(window) and where == (window.canvas.rect(), window.canvas.pos()), "nothing moves"
    assert window.steering.apply.toolTip().startswith("Change it in the current run")
    assert window.steering.words.text().startswith(
        f"Not in the run yet: epochs 500 → 400, learning rate {before:g} → {after:g}"
    )
    qtbot.mouseClick(window.steering.apply, Qt.MouseButton.LeftButton)
    wait(lambda: not window.steering.isVisibleTo(window))
    run = window.trainer.run
    assert run is not None
    changes = [event for event in run.log.since(0) if isinstance(event, RecipeChanged)]
    assert sorted(change.path for change in changes) == ["training.epochs", "training.optimizer.lr"]
    assert run.experiment.training == window.document.experiment.training
    wait(lambda: all(chart.changes.lines.places for chart in window.watch.panels["curves"].charts))
    wait(lambda: window.run_bar.presenter.appearance().what.endswith("of 400"))
    step = changes[-1].step
    wait(lambda: window.run_bar.presenter._step > step)
    (first,) = (e for e in run.log.since(0) if isinstance(e, StepFinished) and e.step == step + 1)
    assert first.learning_rate <= after
    press(qtbot, window, Command.STOP)
    wait(lambda: state(window) is State.STOPPED)


def test_the_rate_that_plateau_has_reduced_is_set_again_by_typing_it_again(
    window: MainWindow, qtbot: QtBot, wait: Wait
) -> None:
    """Nothing is learnt at so small a rate, so it is halved after each epoch."""
    plateau = Component(type="Plateau", parameters={"gamma": 0.5, "patience": 0, "threshold": 0.5})
    training = replace(window.document.experiment.training, epochs=500, schedule=plateau)
    tiny = with_setting(replace(window.document.experiment, training=training), "training.optimizer.lr", 1e-8)
    window.document.replace(tiny, window.document.path)
    press(qtbot, window, Command.RUN)

    def rates() -> list[tuple[int, float]]:
        run = window.trainer.run
        events = run.log.since(0) if run is not None else []
        return [(event.step, event.learning_rate) for event in events if isinstance(event, StepFinished)]

    wait(lambda: (window.steering.presenter._position.rate or 1.0) < 1e-8)
    assert not window.steering.isVisibleTo(window)
    form = window.training_page.optimizer.form
    assert form is not None
    (line,) = form.fields["lr"].editor.inputs()
    line.selectAll()
    qtbot.keyClicks(line, "1e-8")
    qtbot.keyClick(line, Qt.Key.Key_Return)
    assert not window.document.can_undo, "the document is as it was"
    assert window.steering.words.text().startswith("Not in the run yet: learning rate 1e-08 → 1e-08 (with Plateau: ")
    qtbot.mouseClick(window.steering.apply, Qt.MouseButton.LeftButton)
    wait(lambda: not window.steering.isVisibleTo(window))
    run = window.trainer.run
    assert run is not None
    (change,) = [event for event in run.log.since(0) if isinstance(event, RecipeChanged)]
    wait(lambda: rates()[-1][0] > change.step)
    assert dict(rates())[change.step + 1] == 1e-8 > dict(rates())[change.step]
    press(qtbot, window, Command.STOP)
    wait(lambda: state(window) is State.STOPPED)


def test_a_run_of_another_document_is_offered_nothing(window: MainWindow, qtbot: QtBot, wait: Wait) -> None:
    shorten(window, 500)
    press(qtbot, window, Command.RUN)
    wait(lambda: state(window) is State.RUNNING)
    window.project.open_preset("mlp-xor")
    wait(lambda: window.trainer.is_strange and not window.pump.busy)
    window.training_page.run.edited.emit("epochs", 400)
    assert not window.steering.isVisibleTo(window)
    press(qtbot, window, Command.STOP)
    wait(lambda: state(window) is State.STOPPED)


def test_a_finished_run_goes_on_where_its_epochs_are_raised(window: MainWindow, qtbot: QtBot, wait: Wait) -> None:
    shorten(window, 1)
    press(qtbot, window, Command.RUN)
    wait(lambda: state(window) is State.FINISHED)
    first = window.trainer.run
    assert first is not None and not window.steering.isVisibleTo(window)
    window.training_page.factors.buttons[0.5].click()
    assert not window.steering.isVisibleTo(window), "a finished run can but go on for more epochs"
    window.training_page.run.edited.emit("epochs", 2)
    assert "can be resumed with: epochs 1 → 2, learning rate" in window.steering.words.text()
    assert window.steering.apply.text() == "Resume"
    qtbot.mouseClick(window.steering.apply, Qt.MouseButton.LeftButton)
    wait(lambda: window.trainer.run is not first and state(window) is State.FINISHED)
    run = window.trainer.run
    assert run is not None and run.folder == first.folder and not window.steering.isVisibleTo(window)
    assert run.experiment.training == window.document.experiment.training
    steps = [event.step for event in run.log.since(0) if isinstance(event, StepFinished)]
    assert steps == list(range(1, len(steps) + 1)) and window.run_bar.presenter.appearance().what == "Finished 2 epochs"
