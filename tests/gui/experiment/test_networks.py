"""Without a run, windows ask the network on the canvas; once a run begins, they follow that."""

from __future__ import annotations

from threading import Event, current_thread
from typing import TYPE_CHECKING

import numpy as np
import torch
from PIL import Image
from PySide6.QtCore import Qt
from safetensors.torch import save_file

from tests.data.folders import fill
from tests.gui.hands import drop_file, press, shorten, state
from workbench.data.folder_scan import Scan, scan
from workbench.gui.run_bar.presenter import Command
from workbench.gui.runtime.run_states import State
from workbench.spec.component import Component
from workbench.spec.experiment import StartWeights
from workbench.spec.override import override
from workbench.spec.record import replace

if TYPE_CHECKING:
    from pathlib import Path

    import pytest
    from pytestqt.qtbot import QtBot

    from tests.gui.conftest import Wait
    from workbench.gui.window.main_window import MainWindow


def test_the_network_on_the_canvas_answers_until_a_run_begins(
    window: MainWindow, qtbot: QtBot, wait: Wait, tmp_path: Path
) -> None:
    from workbench.gui.attention.view import AttentionWindow
    from workbench.gui.features.view import FeaturesWindow
    from workbench.gui.own_pictures.view import OwnPicturesWindow

    shorten(window, 1)
    for name in ("features", "attention", "own_pictures"):
        window.commands[name].trigger()
    features, attention, own = map(window.windows.shown, (FeaturesWindow, AttentionWindow, OwnPicturesWindow))
    assert features is not None and attention is not None and own is not None
    wait(lambda: features.presenter.is_shown and attention.presenter.seen is not None)
    assert features.words.text().startswith("Test picture 0, ")
    assert "This network attends to nothing" in attention.empty.said[1]
    first, drawn = features.presenter.values, window.networks._drawn

    window.document.apply(
        "move", override(window.document.experiment, "architecture.graph.nodes.conv1.position", "[9, 9]")
    )
    wait(lambda: window.checker.settled)
    assert window.networks._drawn is drawn, "what is only drawn does not change it"
    window.document.apply("batches", override(window.document.experiment, "training.batch_size", "32"))
    window.networks._look()
    assert not window.checker.settled and features.presenter.is_shown, "it stays until the edited one is checked"
    wait(lambda: window.networks._drawn is not drawn and features.presenter.is_shown)
    window.document.apply("seed", override(window.document.experiment, "seed", "1"))
    wait(lambda: features.words.text().endswith("initial weights (seed 1)"))
    assert not np.array_equal(features.presenter.values, first)
    features.wants_strongest.click()
    wait(lambda: features.ranking.text().endswith("by the largest number of the map · initial weights (seed 1)"))
    filters, neighbours = (window.watch.panels[name] for name in ("filters", "neighbours"))
    wait(lambda: filters.caption.text() == "6 of 5×5" and neighbours.presenter.gallery is not None)
    neighbours.ask(3)
    wait(lambda: len(neighbours.presenter.neighbours) == 20)

    Image.fromarray(np.random.default_rng(0).integers(0, 256, (40, 60, 3), np.uint8)).save(tmp_path / "mine.png")
    drop_file(own, tmp_path / "mine.png")
    wait(lambda: own.presenter.words == "1 picture · initial weights (seed 1)")
    qtbot.keyClick(own.grid, Qt.Key.Key_Home)
    own.looks.features.click()
    wait(lambda: features.words.text() == "mine.png · initial weights (seed 1)")

    press(qtbot, window, Command.RUN)
    wait(lambda: state(window) is State.FINISHED)
    wait(lambda: " · step " in features.words.text() and " · step " in own.presenter.words)
    assert window.networks._drawn is None

    window.document.replace(
        override(window.document.experiment, "architecture.graph.nodes.fc1.out_features", "0"), None
    )
    window.project.replaced.emit()
    wait(lambda: features.empty.heading == "No feature maps to show")
    assert "out_features" in features.empty.said[1] and own.empty.heading == "No answers from this network"
    for each in (features, attention, own):
        each.close()
    wait(lambda: window.networks._drawn is None and not window.pump.busy)
    assert filters.caption.text() == "" and filters.empty.heading == "No filters yet"


def test_a_network_whose_data_is_found_by_browsing_it_answers_without_another_edit(
    window: MainWindow, wait: Wait, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from workbench.gui.features.view import FeaturesWindow

    source = Component(type="ImageFolder", parameters={"folder": str(tmp_path / "pictures")})
    experiment = window.document.experiment
    window.document.apply("other data", replace(experiment, data=replace(experiment.data, source=source)))
    window.windows.open_features()
    features = window.windows.shown(FeaturesWindow)
    assert features is not None
    wait(lambda: features.empty.heading == "No feature maps to show")
    fill(tmp_path / "pictures", cat=12, dog=12)
    assert not features.presenter.is_shown
    may_scan = Event()

    def scanned(folder: Path) -> Scan:
        assert current_thread().name != "network as drawn" or may_scan.wait()
        return scan(folder)

    monkeypatch.setattr("workbench.data.folder.scan", scanned)
    window.windows.open_data()
    wait(lambda: features.empty.said[1].endswith("once its data is ready. Looking for pictures…"))
    may_scan.set()
    wait(lambda: features.presenter.is_shown)
    window.windows.close()


def test_weights_replaced_under_the_same_name_are_noticed(window: MainWindow, wait: Wait, tmp_path: Path) -> None:
    from workbench.gui.features.view import FeaturesWindow

    file = tmp_path / "mine.safetensors"
    weights = {"conv1.weight": torch.ones(6, 1, 5, 5)}
    save_file(weights, file)
    experiment = window.document.experiment
    training = replace(experiment.training, weights=StartWeights(file=str(file)))
    window.document.apply("weights", replace(experiment, training=training))
    window.windows.open_features()
    features = window.windows.shown(FeaturesWindow)
    assert features is not None
    wait(lambda: features.presenter.is_shown)
    first = features.presenter.values
    save_file({name: tensor / 2 for name, tensor in weights.items()}, file)
    wait(lambda: features.presenter.is_shown and not np.array_equal(features.presenter.values, first))
    features.close()
