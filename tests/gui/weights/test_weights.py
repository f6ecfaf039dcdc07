"""Weights in the window: matched in a child process, inspected, used, removed, exported."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import onnxruntime
import pytest
import torch
import torchvision
from PySide6.QtGui import QGuiApplication
from safetensors.torch import save_file

from tests.gui.hands import drop_file
from workbench.compiler.module import build
from workbench.durable import sha256
from workbench.gui.export.view import OnnxDialog
from workbench.gui.weights.view import WeightsDialog
from workbench.spec.files import read_experiment, to_json

if TYPE_CHECKING:
    from tests.gui.conftest import Wait
    from workbench.gui.window.main_window import MainWindow


@pytest.fixture(autouse=True)
def _names(window: MainWindow) -> None:
    window.incoming.names = ("torchvision:resnet18", "timm:resnet18")


def matched(dialog: WeightsDialog, wait: Wait) -> None:
    wait(lambda: dialog.presenter.phase != "running")
    assert dialog.presenter.phase == "done", dialog.presenter.sentence


def test_torchvisions_state_dict_is_looked_through_taken_and_taken_out(
    window: MainWindow, wait: Wait, tmp_path: Path
) -> None:
    window.project.open_preset("resnet18")
    wait(
        lambda: (
            window.document.experiment.architecture.name == "ResNet-18"
            and window.checker.settled
            and not window.pump.busy
        )
    )
    before = window.document.experiment
    file = tmp_path / "trained.pth"
    theirs = torchvision.models.resnet18().state_dict()
    torch.save({"epoch": 90, "state_dict": theirs}, file)
    window.commands["weights"].trigger()
    dialog = window.windows.shown(WeightsDialog)
    assert dialog is not None and dialog.empty.isVisible() and not dialog.action.isEnabled()
    assert dialog.pretrained.text() == "torchvision's resnet18"
    dialog.source.setText(str(file))
    dialog.action.click()
    matched(dialog, wait)
    assert dialog.words.text().startswith(
        "120 of 122 tensors match; 2 have a different shape: fc.weight (expected 10×512"
    )
    assert dialog.table.rowCount() == 122
    assert window.document.experiment is before, "nothing is taken unasked"

    dialog.misfits_alone.setChecked(True)
    dialog.filter.setText("fc bias")
    dialog.copy.click()
    rows = [line.split("\t") for line in QGuiApplication.clipboard().text().splitlines()]
    assert rows[1:] == [["shape differs: initialised", "fc.bias", "10", "fc.bias", "1000"]]

    dialog.action.click()
    wait(lambda: window.document.experiment.training.weights is not None)
    weights = window.document.experiment.training.weights
    assert weights.sha256 == sha256(Path(weights.file)) and Path(weights.file).name.startswith("trained-")
    assert window.windows.shown(WeightsDialog) is None and "120 of 122" in window.messages.messages[0].words.text()
    shown = window.training_page.start_weights
    assert shown.file.toolTip() == weights.file and not shown.remove.isHidden()
    assert window.document.undo_label == "load weights"
    window.document.undo()
    assert window.document.experiment == before and shown.remove.isHidden()
    window.document.redo()
    shown.remove.click()
    assert window.document.experiment.training.weights is None

    window.document.undo()
    Path(weights.file).unlink()
    window.document.undo()
    window.document.redo()
    wait(lambda: window.checker.settled)
    assert window.run_bar.what.text().startswith("The initial weights are missing")


def test_an_untrained_network_is_exported_with_the_weights_it_would_begin_with(
    window: MainWindow, wait: Wait, tmp_path: Path
) -> None:
    network = build(window.document.experiment.architecture, classes=10, seed=77).eval()
    save_file(network.state_dict(), tmp_path / "mine.safetensors")
    drop_file(window, tmp_path / "mine.safetensors")
    dialog = window.windows.shown(WeightsDialog)
    assert dialog is not None and not dialog.pretrained.isVisible()
    matched(dialog, wait)
    assert dialog.words.text() == "10 of 10 tensors match."
    dialog.action.click()
    wait(lambda: window.document.experiment.training.weights is not None and window.commands["export"].isEnabled())
    window.commands["export"].trigger()
    export = window.findChild(OnnxDialog)
    assert export is not None and export.source.count() == 1 and "from mine-" in export.source.currentText()
    export.file.setText(str(tmp_path / "mine.onnx"))
    export.action.click()
    wait(lambda: export.presenter.phase != "running")
    assert export.presenter.phase == "done", export.presenter.sentence
    assert dict(export.presenter.rows)["Weights"] == "10 of 10 tensors loaded"
    (shape,) = (node.parameters["shape"] for node in window.document.experiment.architecture.graph.inputs)
    picture = np.random.default_rng(0).standard_normal((2, *shape), np.float32)
    session = onnxruntime.InferenceSession(tmp_path / "mine.onnx")
    (answer,) = session.run(None, {session.get_inputs()[0].name: picture})
    with torch.no_grad():
        (expected,) = network(torch.from_numpy(picture)).values()
    np.testing.assert_allclose(answer, expected.numpy(), atol=1e-4)


def test_weights_are_not_taken_for_another_document(window: MainWindow, wait: Wait, tmp_path: Path) -> None:
    network = build(window.document.experiment.architecture, classes=10, seed=77).eval()
    save_file(network.state_dict(), tmp_path / "mine.safetensors")
    dialog = window.incoming.load_weights(str(tmp_path / "mine.safetensors"))
    assert not any(field.isEnabled() for field in (dialog.source, dialog.choose, dialog.pretrained))
    matched(dialog, wait)
    assert all(field.isEnabled() for field in (dialog.source, dialog.choose, dialog.pretrained))
    window.project.new()
    assert window.windows.shown(WeightsDialog) is None and dialog.job is None


@pytest.mark.slow
def test_where_there_is_no_network_that_is_said(
    window: MainWindow, wait: Wait, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")  # the discard port, where nothing listens
    before = window.document.experiment
    dialog = window.incoming.load_weights("torchvision:resnet18")
    wait(lambda: dialog.presenter.phase == "failed")
    assert dialog.words.text().startswith("Could not reach the server of the weights of resnet18")
    assert dialog.words.text().endswith("Connect and try again, or give a weights file.")
    assert window.document.experiment is before and dialog.action.text() == "Match"


def test_a_network_without_an_experiment_is_opened_as_one(window: MainWindow, wait: Wait, tmp_path: Path) -> None:
    file = tmp_path / "net.json"
    file.write_text(to_json(read_experiment("perceptron").architecture))
    drop_file(window, file)
    wait(lambda: window.document.experiment.architecture == read_experiment("perceptron").architecture)
    assert window.document.path is None and window.document.dirty
