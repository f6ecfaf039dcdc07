"""Pictures of one's own in the real window, answered by a real run as the command answers them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from PIL import Image
from PySide6.QtCore import QPointF, Qt
from sklearn.neighbors import NearestNeighbors

from tests.gui.hands import drop_file, press, prolong, shorten, state
from workbench.data.progress import silent
from workbench.gui.run_bar.presenter import Command
from workbench.gui.runtime.run_states import State
from workbench.gui.watch.neighbours.presenter import say_distance
from workbench.runs.store import open_run
from workbench.session.prepared import dataset_of
from workbench.session.views.network import network_of_run
from workbench.session.views.own_pictures import OwnPictures, answers_of
from workbench.training import beginning

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray
    from pytestqt.qtbot import QtBot

    from tests.gui.conftest import Wait
    from workbench.gui.own_pictures.view import OwnPicturesWindow
    from workbench.gui.window.main_window import MainWindow
    from workbench.session.views.album import Predicted


def test_dropped_pictures_are_answered_while_the_network_learns_and_as_the_command_does(
    window: MainWindow, qtbot: QtBot, wait: Wait, tmp_path: Path
) -> None:
    from workbench.gui.own_pictures.view import OwnPicturesWindow

    for number in range(12):
        noise = np.random.default_rng(number).integers(0, 256, (40, 60, 3), np.uint8)
        Image.fromarray(noise).save(tmp_path / f"{number:02}.png")
    (tmp_path / "broken.png").write_bytes(b"not a picture")
    window.commands["own_pictures"].trigger()
    own = window.findChild(OwnPicturesWindow)
    assert isinstance(own, OwnPicturesWindow)
    assert own.empty.heading == "No network to ask yet" and own.empty.isVisible()
    prolong(window)
    press(qtbot, window, Command.RUN)
    wait(lambda: own.empty.heading == "The network is being prepared")
    wait(lambda: own.empty.heading == "Drop pictures here")
    assert "its five likeliest classes" in own.empty.said[1]
    assert not own.tools.remove.isEnabled()

    drop_file(own, tmp_path)
    wait(lambda: own.tools.words.text().startswith("12 of 13 files can be read · step "))
    assert own.grid.isVisible()
    first = own.presenter.answer
    assert first is not None
    wait(lambda: is_answered(own) and own.presenter.answer.step > first.step)  # after an epoch
    press(qtbot, window, Command.STOP)
    wait(lambda: state(window) is State.STOPPED)
    run = window.trainer.run
    assert run is not None
    wait(lambda: is_answered(own) and own.presenter.answer.step == run.log.outline()[-1].step)

    last = own.presenter.answer
    assert last is not None and not last.problem
    assert last.picture(int(own.presenter.shown[0])).shape == (1, 28, 28), "it is shown as the network sees it"
    assert own.looks.attention.isHidden() and not own.looks.attention.isEnabled(), "LeNet attends to nothing"
    told = own.grid.tip(QPointF(20, 40))
    assert told.splitlines()[0] == str(tmp_path / "00.png") and len(told.splitlines()) == 6
    own.grid.setFocus()
    assert own.grid.verticalScrollBar().maximum() > 0
    qtbot.keyClick(own.grid, Qt.Key.Key_PageDown)
    assert own.grid.verticalScrollBar().value() > 0 and chosen(own) > 0
    qtbot.keyClick(own.grid, Qt.Key.Key_End)
    assert chosen(own) == len(own.presenter.shown) - 1
    own.tools.wanted.activated.emit(1)
    assert own.note.isVisible() and own.note.text().endswith("choose another one.")
    assert own.tools.wanted.currentIndex() == 0
    qtbot.keyClick(own.grid, Qt.Key.Key_Home)
    assert own.note.isHidden()
    assert chosen(own) == 0 and own.grid.verticalScrollBar().value() == 0
    assert own.grid.accessibleDescription() == told

    (tmp_path / "broken.png").unlink()
    qtbot.keyClick(own, Qt.Key.Key_F5)
    wait(lambda: own.tools.words.text().startswith("12 pictures · step "))
    own.grid.setFocus()
    qtbot.keyClick(own.grid, Qt.Key.Key_Home)
    qtbot.keyClick(own.grid, Qt.Key.Key_Right)
    qtbot.keyClick(own.grid, Qt.Key.Key_Delete)
    assert own.tools.words.text().startswith("11 pictures · step ")
    names = [own.presenter.card(number).name for number in own.presenter.shown.tolist()]
    assert "01.png" not in names and names[chosen(own)] == "02.png", "only the current card goes"
    qtbot.mouseClick(own.tools.remove, Qt.MouseButton.LeftButton)
    assert own.empty.heading == "Drop pictures here" and own.empty.isVisible() and not own.tools.words.text()

    window.trainer.show(run.folder)
    wait(lambda: window.trainer.run not in (None, run) and own._network is window.trainer.run)
    drop_file(own, tmp_path / "03.png")
    wait(lambda: is_answered(own))
    found = answers_of(network_of_run(run.folder, silent), OwnPictures([tmp_path / "03.png"]), silent)
    assert own.presenter.answer is not None and own.presenter.answer.answers(0) == found.answers(0)
    assert [bar.name for bar in own.presenter.card(0).bars] == [each.name for each in found.answers(0)[0].choices]

    drop_file(own, tmp_path / "04.png")
    wait(lambda: len(own.presenter.shown) == 2 and is_answered(own))
    assert own.presenter.shown.tolist() == [1, 0], "the first file is not read again, and comes after the second"
    own.close()
    assert all(follower.listener is not own for follower in window.pump._followers)


def test_of_many_pictures_those_of_a_class_and_similar_ones_are_shown(
    window: MainWindow, qtbot: QtBot, wait: Wait, tmp_path: Path
) -> None:
    """The similar ones are those of scikit-learn, by the last hidden layer as the network itself computes it."""
    from workbench.gui.own_pictures.view import OwnPicturesWindow

    for number in range(150):
        noise = np.random.default_rng(number).integers(0, 1 + number, (28, 28), np.uint8)
        Image.fromarray(noise).save(tmp_path / f"{number:03}.png")
    shorten(window, epochs=1)
    window.commands["own_pictures"].trigger()
    own = window.findChild(OwnPicturesWindow)
    assert isinstance(own, OwnPicturesWindow)
    press(qtbot, window, Command.RUN)
    wait(lambda: state(window) is State.FINISHED)
    drop_file(own, tmp_path)
    wait(lambda: is_answered(own))
    assert own.presenter.answer is not None and len(own.presenter.answer) == 150

    name = own.presenter.card(0).bars[0].name
    own.tools.wanted.setFocus()
    own.tools.wanted.setCurrentText(name)
    own.tools.wanted.activated.emit(own.tools.wanted.currentIndex())
    shares = own.presenter.answer.values(0, own.presenter.names.index(name))
    assert own.presenter.shown.tolist() == np.argsort(-shares, kind="stable").tolist()
    assert own.tiles.isVisible() and not own.grid.isVisible() and name in own.tools.words.text()
    own.tiles.setFocus()
    qtbot.keyClick(own.tiles, Qt.Key.Key_Right)
    query = own.tiles.selected
    assert query == own.presenter.shown[1] and own.card.selected == query and own.card.isVisible()

    qtbot.keyClick(own, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    wait(lambda: len(own.presenter.shown) == 21)
    run = window.trainer.run
    assert run is not None and own.presenter.shown[0] == query
    descriptors = hidden_responses(run.folder, own.presenter.answer)
    distances, numbers = NearestNeighbors(n_neighbors=21).fit(descriptors).kneighbors(descriptors[[query]])
    assert own.presenter.shown.tolist() == numbers[0].tolist()
    assert own.presenter.badge(int(numbers[0, 20])) == say_distance(distances[0, 20])

    own.tools.wanted.setCurrentIndex(2)
    own.tools.wanted.activated.emit(2)
    wait(lambda: len(own.presenter.shown) == 20 and "Training" in own.tools.words.text())
    assert own.card.selected == query and "distance " in own.presenter.tip(int(own.presenter.shown[0]))
    own.tools.wanted.setCurrentIndex(0)
    own.tools.wanted.activated.emit(0)
    assert own.grid.isVisible() and own.grid.selected == query and len(own.presenter.shown) == 150
    own.close()


def is_answered(own: OwnPicturesWindow) -> bool:
    return own.presenter.answer is not None and own.presenter.answer.is_whole


def chosen(own: OwnPicturesWindow) -> int:
    """The place of the chosen picture."""
    return own.presenter.shown.tolist().index(own.grid.selected)


def hidden_responses(run: Path, answer: Predicted) -> NDArray[np.float32]:
    """The input of LeNet's last layer for each picture, float32 [N, D]."""
    saved = open_run(run)
    dataset = dataset_of(saved.experiment)
    _, state = beginning.of_checkpoint(saved.experiment, dataset, saved.checkpoint)
    kept: list[torch.Tensor] = []
    state.module.eval().get_submodule("fc3").register_forward_pre_hook(lambda _, inputs: kept.append(inputs[0]))
    pictures = torch.from_numpy(np.stack([answer.picture(number) for number in range(len(answer))]))
    with torch.no_grad():
        state.module((pictures.float() / 255 - dataset.mean[0]) / dataset.std[0])
    return kept[0].numpy()
