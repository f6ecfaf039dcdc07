"""The window of one's own pictures beside what a network makes of them: a mask, or a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QRect

from tests.gui.hands import drop_file, press, state
from tests.session.views.test_dense_mistakes import noisy, segmenting
from tests.session.views.test_predictions import save_all
from tests.training.experiments import data_of, with_training
from workbench.gui.own_pictures.grid import SMALL_TILE
from workbench.gui.own_pictures.presenter import TRAINING
from workbench.gui.run_bar.presenter import Command
from workbench.gui.runtime.run_states import State
from workbench.gui.widgets.class_colours import pixel_shades
from workbench.gui.widgets.pictures import as_image
from workbench.session.views.mistakes.drawn import drawn_answer

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from tests.gui.conftest import Wait
    from workbench.gui.own_pictures.view import OwnPicturesWindow
    from workbench.gui.window.main_window import MainWindow
    from workbench.spec.experiment import Experiment


def opened(window: MainWindow, wait: Wait, experiment: Experiment) -> OwnPicturesWindow:
    from workbench.gui.own_pictures.view import OwnPicturesWindow

    window.document.replace(experiment, None)
    wait(lambda: window.checker.settled)
    window.commands["own_pictures"].trigger()
    own = window.windows.shown(OwnPicturesWindow)
    assert own is not None
    return own


def test_masks_are_beside_the_pictures_before_and_after_the_training(
    window: MainWindow, qtbot: QtBot, wait: Wait, tmp_path: Path
) -> None:
    experiment = with_training(segmenting(), epochs=3)
    mine = save_all(tmp_path / "mine", data_of(experiment).test.inputs.numpy()[:5])
    (mine / "broken.png").write_bytes(b"no picture")
    own = opened(window, wait, experiment)
    wait(lambda: "the class of each pixel in its colour" in own.empty.said[1])
    drop_file(own, mine)
    wait(lambda: own.presenter.answer is not None and own.presenter.answer.is_whole)
    wait(lambda: all(own.answers.has(number) for number in range(5)))
    assert own.looks.why.isHidden(), "nobody explains a mask"
    initial = own.answers(0)
    press(qtbot, window, Command.RUN)
    wait(lambda: state(window) is State.FINISHED)
    last = window.run_bar.presenter._step
    wait(lambda: own.presenter.answer is not None and own.presenter.answer.step == last)
    wait(lambda: own.presenter.answer.is_whole and own._drawn == (own.presenter.head_title, last))
    shown = own.presenter.shown.tolist()
    wait(lambda: all(own.answers.has(number) for number in shown[:-1]))
    answer = own.presenter.answer
    for number in shown[:-1]:
        strip = np.concatenate(drawn_answer(*answer.drawn(number, answer.heads[0]), pixel_shades()), axis=1)
        assert own.answers(number) == as_image(strip.transpose(2, 0, 1))
    assert own.answers(shown[0]) != initial
    assert own.presenter.card(shown[-1]).is_broken and own._image(shown[-1]).isNull()


def test_what_a_denoiser_makes_of_a_picture_is_beside_it_without_bars(
    window: MainWindow, wait: Wait, tmp_path: Path
) -> None:
    own = opened(window, wait, noisy())
    drop_file(own, save_all(tmp_path / "mine", data_of(noisy()).test.inputs.numpy()[:3]))
    wait(lambda: own.presenter.answer is not None and own.presenter.answer.is_whole)
    wait(lambda: all(own.answers.has(number) for number in range(3)))
    seen, given = own.presenter.answer.drawn(1, own.presenter.heads[0])
    strip = np.concatenate([seen, given], axis=2)
    assert own.answers(1) == as_image(strip) and own.answers(1).width() == 2 * own.answers(1).height()
    assert own.tools.wanted.count() == 3 and own.grid.tiling().width < 2 * own.grid.tiling().height + 10
    own.grid.select(1)
    own.tools.similar.click()
    wait(lambda: len(own.presenter.shown) == 3)
    tile = own.tiles.tiling()
    assert tile.width > 2 * tile.height and own.tiles.image(0) == own.answers(0), "also of those similar to it"
    wait(lambda: not own.tiles.image(0).isNull())
    corner = QRect(0, 0, round(tile.width), round(tile.height))
    grabbed = own.tiles.viewport().grab(corner).toImage()
    right = [grabbed.pixelColor(x, SMALL_TILE // 3).lightness() for x in range(SMALL_TILE + 8, grabbed.width() - 8)]
    assert max(right) > min(right), "what the network makes of it is drawn"
    own.tools.wanted.activated.emit(2)
    wait(lambda: own.presenter.wanted == TRAINING and len(own.presenter.shown) > 3)
    assert own.tiles.tiling().width == own.tiles.tiling().height, "of the training, there is no answer"
