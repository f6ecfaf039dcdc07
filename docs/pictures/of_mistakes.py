"""Pictures of what networks get wrong: a page of Run > Mistakes each."""

from pathlib import Path

import numpy as np
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from shooting import HERE, SEEN_EPOCHS, close, opened, wait

from workbench.gui.app import open_window
from workbench.gui.mistakes.view import MistakesWindow
from workbench.gui.run_bar.presenter import Command
from workbench.gui.runtime.run_states import State
from workbench.gui.settings.presenter import with_training
from workbench.gui.widgets import theme
from workbench.places import data_dir
from workbench.session.prepared import dataset_of
from workbench.spec.component import Component
from workbench.spec.experiment import Experiment
from workbench.spec.record import replace

CURVES_EPOCHS = 4

WHOLE = (1060, 680)
"""Of a window that would be cut off at the size of the screen that draws the pictures."""

VISIBLE = 48
"""Pictures visible in the gallery of mistakes without scrolling; they are read in the background."""

EXCLUDED = 12
"""Pictures excluded from the data, those with the largest loss."""

DENOISED_EPOCHS, MASKS_EPOCHS = 3, 8


def mistakes(app: QApplication) -> None:
    """LeNet after two epochs, with the pair of classes that it confuses most often."""
    window = open_window(app, None)
    theme.apply(app, "light")
    wait(app, lambda: window.checker.settled)
    window.windows.open_mistakes()
    mistakes = window.findChild(MistakesWindow)
    window.trainer.do(Command.RUN)
    wait(app, lambda: len(window.watch.panels["curves"].presenter.epochs) >= 2)
    window.trainer.do(Command.PAUSE)
    wait(app, lambda: window.run_bar.presenter.state is State.PAUSED)
    # The run already counts as paused during its last step, so its step is read again each time.
    wait(app, lambda: _step_shown(mistakes) == window.run_bar.presenter._step)
    mistakes.page.pairs.setCurrentItem(mistakes.page.pairs.topLevelItem(0))
    mistakes.examples.gallery.chosen.emit(int(mistakes.page.presenter.pictures[0]))
    wait(
        app,
        lambda: (
            not any(
                mistakes.examples.images(int(number)).isNull() for number in mistakes.page.presenter.pictures[:VISIBLE]
            )
        ),
    )
    mistakes.grab().save(str(HERE / "mistakes.png"))
    mistakes.close()
    window.trainer.do(Command.STOP)
    wait(app, lambda: window.run_bar.presenter.state is State.STOPPED)
    window.close()
    wait(app, lambda: window.closing.done)


def errors(app: QApplication) -> None:
    """A regression on shapes at its end, with the pointer on the dot of a large error."""
    window = opened(app, None)
    window.project.open_preset("regression-shapes")
    wait(app, lambda: window.checker.settled)
    window.windows.open_mistakes()
    mistakes = window.findChild(MistakesWindow)
    mistakes.resize(*WHOLE)
    window.trainer.do(Command.RUN)
    wait(app, lambda: window.run_bar.presenter.state is State.FINISHED)
    wait(app, lambda: _step_shown(mistakes) == window.run_bar.presenter._step)
    page = mistakes.page
    shown = page.presenter.pictures[:VISIBLE]
    page.scatter.picked.emit(int(shown[2]))
    page.scatter.pointed.emit((page.presenter.errors.actual[shown[2]], page.presenter.errors.predicted[shown[2]]))
    wait(app, lambda: not any(mistakes.examples.images(int(number)).isNull() for number in shown))
    mistakes.grab().save(str(HERE / "errors.png"))
    mistakes.close()
    close(app, window)


def denoised(app: QApplication) -> None:
    """The test pictures that a denoising network restores worst, and one of them large."""
    _dense(app, "denoising", DENOISED_EPOCHS, row=4, file="mistakes-denoised.png")


def masks(app: QApplication) -> None:
    """The masks of a U-Net, of the class of pixels that it finds worst."""
    _dense(app, "unet-shapes", MASKS_EPOCHS, row=2, file="mistakes-masks.png")


def _dense(app: QApplication, preset: str, epochs: int, *, row: int, file: str) -> None:
    """The mistakes of a preset on masks or pictures after some epochs: the one in a row is selected, of the first class
    in the table, if there is one.
    """
    window = open_window(app, None)
    theme.apply(app, "light")
    window.project.open_preset(preset)
    experiment = window.document.experiment
    window.document.replace(with_training(experiment, epochs=epochs), None, saved=True)
    wait(app, lambda: window.checker.settled)
    window.windows.open_mistakes()
    mistakes = window.findChild(MistakesWindow)
    window.trainer.do(Command.RUN)
    wait(app, lambda: window.run_bar.presenter.state is State.FINISHED)
    wait(app, lambda: _step_shown(mistakes) == window.run_bar.presenter._step)
    mistakes.resize(*WHOLE)
    page = mistakes.page
    if page.presenter.classes:
        table = page.classes
        table.itemClicked.emit(table.topLevelItem(0), 0)
    mistakes.examples.gallery.chosen.emit(int(page.presenter.pictures[row]))
    gallery = mistakes.examples.gallery
    wait(app, lambda: all(page.strips.images.has(number) for number in gallery.in_view()))
    wait(app, lambda: page.large.images.has(page.large.index))
    mistakes.grab().save(str(HERE / file))
    mistakes.close()
    close(app, window)


def labels(app: QApplication) -> None:
    """The labels of shapes at the end of a run, with the threshold of one and its false positives."""
    window = opened(app, None)
    window.project.open_preset("labels-shapes")
    wait(app, lambda: window.checker.settled)
    window.windows.open_mistakes()
    mistakes = window.findChild(MistakesWindow)
    mistakes.resize(*WHOLE)
    window.trainer.do(Command.RUN)
    wait(app, lambda: window.run_bar.presenter.state is State.FINISHED)
    wait(app, lambda: _step_shown(mistakes) == window.run_bar.presenter._step)
    page = mistakes.page
    page.slider.setValue(350)
    page.quarters["false positives"].click()
    shown = page.presenter.pictures[:VISIBLE]
    wait(app, lambda: not any(mistakes.examples.images(int(number)).isNull() for number in shown))
    mistakes.grab().save(str(HERE / "labels.png"))
    mistakes.close()
    close(app, window)


def class_curves(app: QApplication) -> None:
    """The curves of LeNet on digits after a few epochs."""
    window = opened(app, None)
    window.project.open_preset("lenet-digits")
    window.document.replace(with_training(window.document.experiment, epochs=CURVES_EPOCHS), None, saved=True)
    wait(app, lambda: window.checker.settled)
    window.windows.open_mistakes()
    mistakes = window.findChild(MistakesWindow)
    mistakes.resize(*WHOLE)
    window.trainer.do(Command.RUN)
    wait(app, lambda: window.run_bar.presenter.state is State.FINISHED)
    wait(app, lambda: _step_shown(mistakes) == window.run_bar.presenter._step)
    page = mistakes.page
    page.curves.classes.addItems(page.presenter.found.class_names)
    page.curves.classes.setCurrentIndex(8)
    page.tabs.setCurrentWidget(page.curves)
    wait(app, lambda: "AUC" in page.curves.roc.title.text())
    shown = page.presenter.pictures[:VISIBLE]
    wait(app, lambda: not any(mistakes.examples.images(int(number)).isNull() for number in shown))
    mistakes.grab().save(str(HERE / "class-curves.png"))
    mistakes.close()
    close(app, window)


def wrong_labels(app: QApplication) -> None:
    """The worst training pictures of LeNet on clothes of which a twentieth has another label; some are excluded."""
    window = opened(app, None)
    experiment = window.document.experiment
    source = Component(type="ImageFolder", parameters={"folder": str(_mislabelled(experiment))})
    data = replace(experiment.data, source=source)
    window.document.replace(
        replace(experiment, data=data, training=replace(experiment.training, epochs=SEEN_EPOCHS)), None
    )
    wait(app, lambda: window.checker.settled)
    window.trainer.do(Command.RUN)
    wait(app, lambda: window.run_bar.presenter.state is State.FINISHED)
    window.windows.open_mistakes()
    mistakes = window.findChild(MistakesWindow)
    wait(app, lambda: mistakes.presenter.mistakes is not None)
    mistakes.splits.setCurrentIndex(mistakes.splits.findData("train"))
    mistakes.splits.activated.emit(mistakes.splits.currentIndex())
    wait(app, lambda: mistakes.presenter.mistakes.split == "train")
    mistakes.examples.most.setCurrentIndex(mistakes.examples.most.findData(100))
    mistakes.examples.most.activated.emit(mistakes.examples.most.currentIndex())
    mistakes.examples.gallery.setFocus()
    QTest.keyClick(mistakes.examples.gallery, Qt.Key.Key_Home)
    for _ in range(EXCLUDED - 1):
        QTest.keyClick(mistakes.examples.gallery, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    mistakes.examples.exclude.click()
    QTest.keyClick(mistakes.examples.gallery, Qt.Key.Key_Right)
    wait(
        app,
        lambda: (
            not any(
                mistakes.examples.images(int(number)).isNull() for number in mistakes.page.presenter.pictures[:VISIBLE]
            )
        ),
    )
    mistakes.grab().save(str(HERE / "wrong-labels.png"))
    mistakes.close()
    close(app, window)


def _mislabelled(experiment: Experiment) -> Path:
    """Return a folder of the experiment's pictures, of which every twentieth for training is in a class drawn anew."""
    dataset, root = dataset_of(experiment), data_dir() / "clothes"
    names = [name.replace("/", "-") for name in dataset.class_names]
    draw = np.random.default_rng(0)
    for split in ("train", "test"):
        examples = getattr(dataset, split)
        for number, label in enumerate(examples.targets["class"].tolist()):
            if split == "train" and number % 20 == 0:
                label = int(draw.integers(len(names)))
            folder = root / split / names[label]
            folder.mkdir(parents=True, exist_ok=True)
            Image.fromarray(examples.inputs[number, 0].numpy()).save(folder / f"{number:05}.png")
    return root


def _step_shown(mistakes: MistakesWindow) -> int | None:
    found = mistakes.presenter.mistakes
    return None if found is None else found.step
