"""The pictures of what users bring: pictures and rows of their own, and what is looked at in one of them."""

import csv
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from shooting import HERE, SEEN_EPOCHS, close, let_live, opened, wait

from workbench.data.embedded import folder_of
from workbench.gui.app import open_window
from workbench.gui.attention.view import AttentionWindow
from workbench.gui.own_pictures.view import OwnPicturesWindow
from workbench.gui.own_rows.view import OwnRowsWindow
from workbench.gui.run_bar.presenter import Command
from workbench.gui.runtime.run_states import State
from workbench.gui.settings.presenter import with_training
from workbench.gui.why.view import WhyWindow
from workbench.gui.widgets import theme
from workbench.gui.window.main_window import MainWindow
from workbench.places import data_dir
from workbench.session.prepared import dataset_of
from workbench.spec.experiment import Experiment
from workbench.spec.files import read_experiment

MASKS_EPOCHS, MASKS_SIZE = 20, (760, 750)

DRAWINGS = {
    "ball.png": lambda draw: draw.ellipse((14, 20, 40, 46), fill=210),
    "roof.png": lambda draw: draw.polygon([(16, 46), (32, 18), (48, 46)], fill=170),
    "window and ball.png": lambda draw: (
        draw.rectangle((6, 8, 26, 28), fill=230),
        draw.ellipse((34, 34, 58, 58), fill=150),
    ),
}
"""Files of the user's own, of shapes that the U-Net learns."""

GARMENTS = {"boot.png": 9, "dress.png": 3, "my shirt.png": 6, "bag.png": 8}
"""Files of the user's own, and the class of the picture in each."""

ATTENTIVE_EPOCHS = 8
"""After these the heads of the Vision Transformer attend to different parts."""

WHY_SIZE = (760, 460)


def own_pictures(app: QApplication) -> None:
    """LeNet after two epochs, with validation pictures of clothes as files of the user's own."""
    window = open_window(app, None)
    theme.apply(app, "light")
    wait(app, lambda: window.checker.settled)
    folder = data_dir() / "wardrobe"
    folder.mkdir(parents=True)
    for name, (picture,) in zip(GARMENTS, _first_of_each(window.document.experiment), strict=True):
        Image.fromarray(picture).save(folder / name)
    window.windows.open_own_pictures()
    own = window.findChild(OwnPicturesWindow)
    window.trainer.do(Command.RUN)
    wait(app, lambda: len(window.watch.panels["curves"].presenter.epochs) >= 2)
    window.trainer.do(Command.STOP)
    wait(app, lambda: window.run_bar.presenter.state is State.STOPPED)
    own.add([folder])
    wait(app, lambda: own.presenter.answer is not None and own.presenter.answer.is_whole)
    let_live(app, window, 5)
    own.grab().save(str(HERE / "own-pictures.png"))
    _similar_of_many(app, window, own)
    own.close()
    close(app, window)


def own_masks(app: QApplication) -> None:
    """What a U-Net finds in drawings, after a few epochs."""
    window = opened(app, None)
    window.document.replace(with_training(read_experiment("unet-shapes"), epochs=MASKS_EPOCHS), None)
    wait(app, lambda: window.checker.settled)
    folder = data_dir() / "drawings"
    folder.mkdir(parents=True)
    for name, draw in DRAWINGS.items():
        drawing = Image.new("L", (64, 64))
        draw(ImageDraw.Draw(drawing))
        drawing.save(folder / name)
    window.windows.open_own_pictures()
    own = window.findChild(OwnPicturesWindow)
    window.trainer.do(Command.RUN)
    wait(app, lambda: window.run_bar.presenter.state is State.FINISHED)
    own.resize(*MASKS_SIZE)
    own.add([folder])
    wait(app, lambda: own.presenter.answer is not None and own.presenter.answer.is_whole)
    wait(app, lambda: all(own.answers.has(number) for number in own.grid.in_view()))
    let_live(app, window, 5)
    own.grab().save(str(HERE / "own-masks.png"))
    own.close()
    close(app, window)


def own_rows(app: QApplication) -> None:
    """Some bottles with their kinds, as a small network predicts them after its run; one cell is a mistake."""
    window = opened(app, None)
    window.project.open_preset("mlp-wines")
    wait(app, lambda: window.checker.settled)
    rows = (folder_of("wines") / "wines.csv").read_text("utf-8").splitlines()
    names, *bottles = [row.split(",")[1:-1] for row in rows]  # without what else could be predicted
    chosen = bottles[6::13]
    chosen[4][1] = "2,4 g"
    window.windows.open_own_rows()
    own = window.findChild(OwnRowsWindow)
    window.trainer.do(Command.RUN)
    wait(app, lambda: window.run_bar.presenter.state is State.FINISHED)
    with TemporaryDirectory() as folder:
        file = Path(folder) / "bottles.csv"
        with file.open("w", newline="", encoding="utf-8") as written:
            csv.writer(written).writerows([names, *chosen])
        own.choose(file)
        wait(app, lambda: own.presenter.has_rows)
        own.resize(980, 470)
        own.table.selectRow(5)
        let_live(app, window, 5)
        own.grab().save(str(HERE / "own-rows.png"))
        own.close()
        close(app, window)


def _similar_of_many(app: QApplication, window: MainWindow, own: OwnPicturesWindow) -> None:
    """The pictures of a folder of 2,000 that are similar to the most confident sandal but nine."""
    folder = data_dir() / "catalogue"
    folder.mkdir()
    test = dataset_of(window.document.experiment).test
    assert test is not None
    for number, (picture,) in enumerate(np.asarray(test.inputs)):
        Image.fromarray(picture).save(folder / f"{number:04}.png")
    own.tools.remove.click()
    own.add([folder])
    wait(app, lambda: own.presenter.answer is not None and own.presenter.answer.is_whole)
    own.tools.wanted.setCurrentText("Sandal")
    own.tools.wanted.activated.emit(own.tools.wanted.currentIndex())
    let_live(app, window, 5)
    own.grab().save(str(HERE / "own-class.png"))
    for _ in range(9):
        QTest.keyClick(own.tiles, Qt.Key.Key_Right)
    own.tools.similar.click()
    wait(app, lambda: len(own.presenter.shown) > 1)
    let_live(app, window, 5)
    own.grab().save(str(HERE / "own-similar.png"))


def _with_a_boot(app: QApplication, window: MainWindow) -> OwnPicturesWindow:
    """The window that asks about a boot, after the run of the document."""
    wait(app, lambda: window.checker.settled)
    file = data_dir() / "boot.png"
    file.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(_first_of_each(window.document.experiment)[0, 0]).save(file)
    window.trainer.do(Command.RUN)
    wait(app, lambda: window.run_bar.presenter.state is State.FINISHED)
    window.windows.open_own_pictures()
    own = window.findChild(OwnPicturesWindow)
    own.add([file])
    return own


def attention(app: QApplication) -> None:
    """What the class token of a Vision Transformer attends to in a boot, after a few epochs."""
    window = opened(app, None)
    window.document.replace(with_training(read_experiment("vit_mini"), epochs=ATTENTIVE_EPOCHS), None)
    own = _with_a_boot(app, window)
    wait(app, own.looks.attention.isEnabled)
    own.looks.attention.click()
    attention = window.findChild(AttentionWindow)
    wait(app, lambda: attention.presenter.is_shown)
    attention.grab().save(str(HERE / "attention.png"))
    attention.close()
    own.close()
    close(app, window)


def why(app: QApplication) -> None:
    """Why LeNet takes a boot for one, by hiding its parts, after a few epochs."""
    window = opened(app, None)
    window.document.replace(with_training(window.document.experiment, epochs=SEEN_EPOCHS), None)
    own = _with_a_boot(app, window)
    wait(app, own.looks.why.isEnabled)
    own.looks.why.click()
    why = window.findChild(WhyWindow)
    wait(app, lambda: why.presenter.map is not None)
    why.resize(*WHY_SIZE)
    let_live(app, window, 5)
    why.grab().save(str(HERE / "why.png"))
    why.close()
    own.close()
    close(app, window)


def _first_of_each(experiment: Experiment) -> NDArray[np.uint8]:
    """Return the first validation picture of some classes, uint8 [N, C, H, W]."""
    val = dataset_of(experiment).val
    assert val is not None
    labels = np.asarray(val.targets["class"])
    return np.stack([np.asarray(val.inputs[int((labels == label).argmax())]) for label in GARMENTS.values()])
