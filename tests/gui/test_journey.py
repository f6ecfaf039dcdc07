"""The whole journey: drag, connect, read the shape, run, pause, resume, stop, export, reopen; and its numbers."""

import json
import random
import subprocess
import sys
from pathlib import Path

import onnx
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from tests.gui.canvas.hands import drag, drop, free_spot, input_, output
from tests.gui.conftest import Wait
from tests.gui.hands import press, shorten, state
from tests.session.waiting import logged
from workbench.events import StepFinished
from workbench.gui.export.view import OnnxDialog
from workbench.gui.run_bar.presenter import Command
from workbench.gui.runtime.run_states import State
from workbench.gui.window.main_window import MainWindow
from workbench.runs.store import open_run
from workbench.spec.files import read_experiment, to_json


def losses(events) -> list[tuple[int, float]]:
    return [(event.step, event.loss) for event in events if isinstance(event, StepFinished)]


def test_from_a_dragged_layer_to_a_file_reopened(
    qtbot: QtBot, window: MainWindow, wait: Wait, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    canvas = window.canvas
    drop(canvas, "Dropout", free_spot(canvas))
    (added,) = set(canvas.presenter.cards) - set(read_experiment("lenet-digits").architecture.graph.by_name)
    drag(canvas, output(canvas, "fc2"), input_(canvas, added))
    assert window.document.experiment.architecture.graph.by_name[added].inputs == ("fc2",)
    wait(lambda: window.checker.settled)
    wait(lambda: canvas.presenter.cards[added].shape == "84")

    shorten(window, epochs=500)
    press(qtbot, window, Command.RUN)
    wait(lambda: window.trainer.run is not None and len(losses(window.trainer.run.log.since(0))) > 3)
    run = window.trainer.run
    press(qtbot, window, Command.PAUSE)
    wait(lambda: state(window) is State.PAUSED)
    press(qtbot, window, Command.CONTINUE)
    wait(lambda: state(window) is State.RUNNING)
    press(qtbot, window, Command.STOP)
    wait(lambda: state(window) is State.STOPPED)
    assert open_run(run.folder).resumable

    window.commands["export"].trigger()
    export = window.findChild(OnnxDialog)
    assert "last weights, step" in export.source.currentText()
    export.file.setText(str(tmp_path / "net.onnx"))
    qtbot.mouseClick(export.action, Qt.MouseButton.LeftButton)
    wait(lambda: export.presenter.phase in ("done", "failed"))
    assert export.presenter.phase == "done", export.presenter.sentence
    assert dict(export.presenter.rows)["Same top-1 class"] == "in 100 % of them"
    onnx.checker.check_model(onnx.load(tmp_path / "net.onnx"))

    file = tmp_path / "mine.json"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, **__: (str(file), ""))
    window.commands["save_as"].trigger()
    wait(lambda: file.is_file() and not window.document.dirty)
    before = window.document.experiment
    window.project.open_preset("lenet")
    wait(lambda: window.document.experiment != before)
    window.project.open(file)
    wait(lambda: window.document.experiment == before and not window.document.dirty)


def test_the_window_and_the_command_line_give_the_same_numbers(
    qtbot: QtBot, window: MainWindow, wait: Wait, tmp_path: Path
) -> None:
    """With panels open and neighbours requested, every loss is equal to the last bit."""
    shorten(window, epochs=1)
    file = tmp_path / "experiment.json"
    file.write_text(to_json(window.document.experiment))
    press(qtbot, window, Command.RUN)
    wait(lambda: window.watch.panels["neighbours"].presenter.gallery is not None)
    window.watch.panels["neighbours"].gallery.chosen.emit(3)
    wait(lambda: state(window) is State.FINISHED)
    ours = window.trainer.run.log.since(0)
    command = [sys.executable, "-m", "workbench", "train", str(file), "--runs", str(tmp_path / "runs"), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    answer = json.loads(done.stdout.splitlines()[-1])
    theirs = logged(Path(answer["run"]))
    assert losses(theirs) == losses(ours)
    assert answer["metrics"] == ours[-1].metrics


def closed(*arguments: object) -> subprocess.CompletedProcess[str]:
    """Run a window, or several, that close themselves: see ``tests.gui.closed``."""
    command = [sys.executable, "-m", "tests.gui.closed", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_closing_at_any_moment_of_a_start_ends_well() -> None:
    dice = random.Random(1)
    for _ in range(25):
        delay_ms = dice.randrange(0, 9000)
        done = closed(delay_ms)
        assert done.returncode == 0, (delay_ms, done.stderr)
        assert "Traceback" not in done.stderr, (delay_ms, done.stderr)


@pytest.mark.slow
def test_closing_at_any_moment_once_all_is_loaded_ends_well() -> None:
    """While panels are made, data is opened, a run starts and trains; with imports done beforehand, it takes a third of
    the time.
    """
    delays_ms = random.Random(2).sample(range(3000), 75)
    done = closed("loaded", *delays_ms)
    codes = json.loads(done.stdout.splitlines()[-1])
    assert codes == {str(delay_ms): 0 for delay_ms in delays_ms}, done.stderr
    assert "Traceback" not in done.stderr, done.stderr
