"""Importing networks in the window: real files, real child processes, and untrusted code that must not run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import onnx
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog

from tests.gui.hands import drop_file
from workbench.durable import sha256
from workbench.events import WeightsLoaded
from workbench.gui.importing.trust import TrustDialog
from workbench.gui.importing.view import ImportDialog
from workbench.gui.run_bar.presenter import Command
from workbench.places import weights_dir
from workbench.session.exchange.arrivals import STAGING
from workbench.spec.files import read_experiment

if TYPE_CHECKING:
    from tests.gui.conftest import Wait
    from workbench.gui.window.main_window import MainWindow

LIGHT = Path(onnx.__file__).parent / "backend" / "test" / "data" / "light"

MINE = """
import pathlib, torch
pathlib.Path(__file__).with_name("executed").touch()
input_shape = (1, 8, 8)
def network():
    return torch.nn.Sequential(torch.nn.Conv2d(1, 3, 3), torch.nn.Flatten(), torch.nn.Linear(108, 10))
"""

ENDLESS = """
import pathlib, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
pathlib.Path(__file__).with_name("executed").touch()
time.sleep(600)
"""


@pytest.fixture(autouse=True)
def _names(_nothing_is_left: None, window: MainWindow) -> None:
    """Set the names beforehand, so that only the test of them waits for the libraries to list them."""
    window.incoming.names = ("torchvision:resnet18", "timm:resnet18")


@pytest.fixture
def _nothing_is_left() -> Iterator[None]:
    before = {*weights_dir().glob(f"{STAGING}*")}
    yield
    assert {*weights_dir().glob(f"{STAGING}*")} <= before, "what was not taken is cleared away"


def ask_about(window: MainWindow, wait: Wait, file: Path) -> tuple[ImportDialog, TrustDialog]:
    dialog = window.windows.shown(ImportDialog) or window.incoming.import_network()
    dialog.source.setText(str(file))
    dialog.action.click()
    wait(lambda: any(found.isVisible() for found in dialog.findChildren(TrustDialog)))
    return dialog, next(found for found in dialog.findChildren(TrustDialog) if found.isVisible())


def test_a_dropped_onnx_file_is_a_new_document_and_its_weights_come_along(
    window: MainWindow, wait: Wait, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop_file(window, LIGHT / "light_squeezenet.onnx")
    dialog = window.windows.shown(ImportDialog)
    assert dialog is not None and dialog.action.text() == "Cancel"
    assert not any(field.isEnabled() for field in (dialog.source, dialog.choose, dialog.shape))
    wait(lambda: dialog.presenter.phase != "running")
    assert all(field.isEnabled() for field in (dialog.source, dialog.choose, dialog.shape))
    assert dialog.presenter.phase == "done", dialog.presenter.sentence
    wait(lambda: window.document.experiment.name == "light_squeezenet")
    experiment = window.document.experiment
    assert window.document.path is None and window.document.dirty and experiment.architecture.blocks
    weights = experiment.training.weights
    assert weights is not None and weights.sha256 == sha256(Path(weights.file))
    rows = dict(dialog.presenter.rows(weights.file))
    assert (rows["Parameters"], rows["Nodes"]) == ("1,235,496", "68, in 2 blocks")
    assert not dialog.open_button.isVisible() and not dialog.pretrained.isVisible()

    file = tmp_path / "elsewhere" / "mine.json"
    file.parent.mkdir()
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(file), ""))
    window.commands["save"].trigger()
    wait(file.is_file)
    assert read_experiment(file).training.weights == weights and Path(weights.file).is_file()


def test_a_python_file_runs_when_it_is_allowed_and_not_before(
    window: MainWindow, wait: Wait, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "mine.py"
    file.write_text(MINE)
    before = window.document.experiment
    window.document.replace(before, None, saved=False)
    dialog, question = ask_about(window, wait, file)
    assert question.no.isDefault() and question.code.toPlainText() == MINE
    QTest.keyClick(question, Qt.Key.Key_Return)
    wait(lambda: not question.isVisible())
    assert dialog.presenter.sentence == "Cancelled; nothing was imported." and dialog.job is None
    dialog, question = ask_about(window, wait, file)
    QTest.keyClick(question, Qt.Key.Key_Escape)
    wait(lambda: not question.isVisible() and not window.pump.busy)
    assert not (tmp_path / "executed").exists() and window.document.experiment is before

    dialog, question = ask_about(window, wait, file)
    monkeypatch.setattr(window.project, "ask_to_save", lambda: "cancel")
    question.yes.click()
    wait(lambda: dialog.came is not None and dialog.open_button.isVisible())
    assert (tmp_path / "executed").exists()
    assert window.document.experiment is before, "it waits until what is unsaved may go"
    monkeypatch.setattr(window.project, "ask_to_save", lambda: "discard")
    dialog.open_button.click()
    assert window.document.experiment.name == "mine" and not dialog.open_button.isVisible()
    dialog.close()
    wait(lambda: window.checker.settled and window.run_bar.buttons[0].isEnabled())
    window.trainer.do(Command.RUN)
    wait(lambda: window.trainer.run is not None)
    wait(lambda: any(isinstance(event, WeightsLoaded) for event in window.trainer.run.log.since(0)))
    (loaded,) = [event for event in window.trainer.run.log.since(0) if isinstance(event, WeightsLoaded)]
    assert loaded.file == window.document.experiment.training.weights.file and loaded.num_filled == 4
    window.trainer.do(Command.STOP)


def test_an_import_is_called_off_however_deaf_it_is(window: MainWindow, wait: Wait, tmp_path: Path) -> None:
    file = tmp_path / "endless.py"
    file.write_text(ENDLESS)
    before = window.document.experiment
    dialog, question = ask_about(window, wait, file)
    question.yes.click()
    wait((tmp_path / "executed").is_file)
    wait(lambda: dialog.job is not None)
    dialog.action.click()
    wait(lambda: dialog.presenter.phase == "cancelled")
    assert dialog.presenter.sentence == "Cancelled; nothing was imported." and window.document.experiment is before
    dialog.reject()
    wait(lambda: not window.pump.busy)


def test_a_refusal_is_one_sentence_and_what_is_there_stays(window: MainWindow, wait: Wait, tmp_path: Path) -> None:
    before = window.document.experiment
    file = tmp_path / "broken.onnx"
    file.write_bytes(b"\xff\x00 no network")
    drop_file(window, file)
    dialog = window.windows.shown(ImportDialog)
    assert dialog is not None
    wait(lambda: dialog.presenter.phase == "failed")
    assert dialog.words.text() == f"{file}: not an ONNX file, or a truncated one."
    dialog.shape.setText("large")
    dialog.action.click()
    assert dialog.words.text().startswith("“large” is not an input size")
    dialog.shape.clear()
    for source, words in {
        "notes.txt": "cannot be imported",
        str(tmp_path / "no.onnx"): "file not found",
        str(tmp_path / "no.py"): "file not found",
        "torchvision:": "name a model after the colon",
    }.items():
        dialog.source.setText(source)
        dialog.action.click()
        wait(lambda words=words: words in dialog.words.text())
    assert window.document.experiment is before and dialog.job is None


def test_there_is_one_dialog_at_a_time_and_none_once_it_is_closed(window: MainWindow, wait: Wait) -> None:
    window.incoming.import_network()
    second = window.incoming.import_network("other.onnx")
    assert window.windows.shown(ImportDialog) is second
    wait(lambda: window.findChildren(ImportDialog) == [second])
    second.close()
    wait(lambda: window.findChildren(ImportDialog) == [])


def test_names_are_completed(window: MainWindow) -> None:
    window.commands["import"].trigger()
    dialog = window.windows.shown(ImportDialog)
    assert dialog is not None and not dialog.action.isEnabled()
    dialog.source.completer().setCompletionPrefix("RESNET")
    assert dialog.source.completer().completionCount() == 2
