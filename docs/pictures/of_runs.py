"""The pictures of LeNet during training and after."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from shooting import HERE, SEEN_EPOCHS, close, let_live, opened, wait

from workbench.gui.app import open_window
from workbench.gui.batch.view import BatchWindow
from workbench.gui.compare_runs.view import CompareRunsWindow
from workbench.gui.features.view import FeaturesWindow
from workbench.gui.latent.view import LatentWindow
from workbench.gui.lr_finder.view import LrFinderWindow
from workbench.gui.run_bar.presenter import Command
from workbench.gui.runtime.run_states import State
from workbench.gui.settings.presenter import with_training
from workbench.gui.sweep.view import SweepWindow
from workbench.gui.widgets import theme
from workbench.places import runs_dir
from workbench.session.running import in_thread
from workbench.shipped import presets
from workbench.spec import sweep as sweeps
from workbench.spec.files import read_experiment
from workbench.spec.folds import FOLD_PATH, every_fold
from workbench.spec.record import replace
from workbench.training.changing.changes import RATE

EMBEDDED_EPOCHS = 7
"""The same as ``SEEN_EPOCHS``, of the eight epochs of the preset that learns a descriptor."""

COMPARED = ("mlp", "lenet", "mobilenet_v1_mini", "shufflenet_v2_mini", "vit_mini", "resnet20")
"""Presets on the same data."""

QUERY = 17
"""A test picture whose neighbours are not all of one class, so that the outlines differ."""


def batch(app: QApplication) -> None:
    """A paused run of LeNet and its latest batch, worst pictures first."""
    window = opened(app, None)
    window.trainer.do(Command.RUN)
    presenter = window.run_bar.presenter
    wait(app, lambda: len(window.watch.panels["curves"].presenter.epochs) >= 1)
    window.trainer.do(Command.PAUSE)
    wait(app, lambda: presenter.state is State.PAUSED)
    window.windows.open_batch()
    batch = window.findChild(BatchWindow)
    wait(app, lambda: batch.presenter.seen is not None)
    batch.worst.click()
    batch.grab().save(str(HERE / "batch.png"))
    batch.close()
    window.trainer.do(Command.STOP)
    wait(app, lambda: presenter.state is State.STOPPED)
    close(app, window)


def changed(app: QApplication) -> None:
    """LeNet during a run, with one change applied and marked on the curves, and another one offered."""
    window = opened(app, None)
    window.sidebar.setCurrentWidget(window.training_page)
    window.trainer.do(Command.RUN)
    presenter, curves = window.run_bar.presenter, window.watch.panels["curves"]
    wait(app, lambda: len(curves.presenter.epochs) >= 2)
    window.training_page.factors.buttons[0.1].click()
    window.steering.apply.click()
    wait(app, lambda: all(chart.changes.lines.places for chart in curves.charts) and len(curves.presenter.epochs) >= 3)
    window.trainer.do(Command.PAUSE)
    wait(app, lambda: presenter.state is State.PAUSED)
    window.training_page.factors.buttons[2.0].click()
    let_live(app, window, 10)
    window.grab().save(str(HERE / "changed.png"))
    window.trainer.do(Command.STOP)
    wait(app, lambda: presenter.state is State.STOPPED)
    close(app, window)


def lecture(app: QApplication) -> None:
    """LeNet on a thousand pictures with and without dropout, compared: training and validation in one chart."""
    window = opened(app, None)
    experiment = window.document.experiment
    data = replace(experiment.data, validation_share=0.9)
    training = replace(experiment.training, epochs=40)
    window.document.replace(replace(experiment, data=data, training=training), None)
    before = {*runs_dir().glob("*/")}
    for places in ((), ("relu3", "relu4")):
        for node in places:
            window.canvas.presenter.select({node})
            window.canvas.add_after_selection("Dropout")
        window.commands["queue_add"].trigger()
        wait(app, lambda: window.checker.settled and not window.pump.busy)
    window.commands["queue_run"].trigger()
    wait(app, lambda: not window.queue.active)
    window.windows.open_compare_runs([folder for folder in runs_dir().glob("*/") if folder not in before])
    compared = window.findChild(CompareRunsWindow)
    wait(app, lambda: compared.presenter is not None)
    compared.split.setCurrentText("Training and validation")
    compared.split.activated.emit(compared.split.currentIndex())
    let_live(app, window, 5)
    compared.grab().save(str(HERE / "lecture.png"))
    compared.close()
    close(app, window)


def folds(app: QApplication) -> None:
    """A network on the wines with two learning rates, each cross-validated with five folds."""
    axes = [sweeps.Axis(path=RATE, values=("0.005", "0.05")), sweeps.Axis(path=FOLD_PATH, values=every_fold(5))]
    folders = []
    for experiment in sweeps.sweep(read_experiment("mlp-wines"), axes):
        run = in_thread.start(replace(experiment, training=replace(experiment.training, epochs=15)), runs_dir())
        wait(app, lambda run=run: run.state == "finished")
        folders.append(run.folder)
    window = opened(app, None)
    window.windows.open_compare_runs(folders)
    compared = window.findChild(CompareRunsWindow)
    wait(app, lambda: compared.presenter is not None)
    let_live(app, window, 5)
    compared.grab().save(str(HERE / "folds.png"))
    compared.close()
    close(app, window)


def tradeoff(app: QApplication) -> None:
    """Small networks after a few epochs on the small Fashion-MNIST: accuracy against multiply-accumulates."""
    folders = []
    for preset in COMPARED:
        experiment = read_experiment(preset)
        run = in_thread.start(replace(experiment, training=replace(experiment.training, epochs=4)), runs_dir())
        wait(app, lambda run=run: run.state == "finished")
        folders.append(run.folder)
    photograph_tradeoff(app, folders)


def photograph_tradeoff(app: QApplication, folders: Sequence[Path]) -> None:
    """The results of runs against their cost."""
    window = opened(app, None)
    window.windows.open_compare_runs(folders)
    compared = window.findChild(CompareRunsWindow)
    wait(app, lambda: compared.presenter is not None)
    compared.shown.setCurrentText("Result against cost")
    compared.shown.activated.emit(compared.shown.currentIndex())
    let_live(app, window, 5)
    compared.grab().save(str(HERE / "tradeoff.png"))
    compared.close()
    close(app, window)


def sweep(app: QApplication) -> None:
    """A sweep of LeNet over two optimizers and three learning rates."""
    window = opened(app, None)
    window.windows.open_sweep()
    sweep = window.findChild(SweepWindow)
    QTest.keyClicks(sweep.rows[0].line, "0.0005, 0.005, 0.05")
    sweep.more.click()
    QTest.keyClicks(sweep.search.field, "optimizer")
    QTest.keyClick(sweep.search.field, Qt.Key.Key_Return)
    QTest.keyClicks(sweep.rows[1].line, "SGD, Adam")
    wait(app, lambda: sweep.presenter.checked)
    let_live(app, window, 5)
    sweep.grab().save(str(HERE / "sweep.png"))
    sweep.close()
    close(app, window)


def map_of_pictures(app: QApplication) -> None:
    """The map of a paused run of LeNet, with a query and its neighbours."""
    _photograph_map(app, None, SEEN_EPOCHS, "map.png")


def embedding(app: QApplication) -> None:
    """The same of a network that learns a descriptor from triplets, before its last epoch."""
    _photograph_map(app, presets() / "experiments" / "triplet-fashion.json", EMBEDDED_EPOCHS, "embedding.png")


def _photograph_map(app: QApplication, file: Path | None, num_epochs: int, name: str) -> None:
    window = opened(app, file)
    panel = window.watch.panels["neighbours"]
    window.watch.setMinimumHeight(420)
    window.trainer.do(Command.RUN)
    wait(app, lambda: not panel.shows_map.isHidden())
    panel.shows_map.click()
    wait(app, lambda: len(window.watch.panels["curves"].presenter.epochs) >= num_epochs)
    window.trainer.do(Command.PAUSE)
    wait(app, lambda: window.run_bar.presenter.state is State.PAUSED)
    wait(app, lambda: panel.presenter.map and panel.presenter.map.step == window.trainer.run.log.last_step)
    panel.ask(int(panel.presenter.map.indices[QUERY]))
    wait(app, lambda: panel.presenter.neighbours)
    let_live(app, window, 10)
    panel.grab().save(str(HERE / name))
    window.trainer.do(Command.STOP)
    wait(app, lambda: window.run_bar.presenter.state is State.STOPPED)
    close(app, window)


def features(app: QApplication) -> None:
    """The maps of LeNet's second convolution for a boot, and the pictures that excite one channel the most."""
    window = opened(app, None)
    window.document.replace(with_training(window.document.experiment, epochs=SEEN_EPOCHS), None)
    wait(app, lambda: window.checker.settled)
    window.windows.open_features()
    features = window.findChild(FeaturesWindow)
    features.choose_layer("conv2")
    window.trainer.do(Command.RUN)
    wait(app, lambda: window.run_bar.presenter.state is State.FINISHED)
    wait(app, lambda: features.presenter.is_shown)
    features.wants_strongest.click()
    wait(app, lambda: features.presenter.exciting and not features.presenter.awaits_ranking)
    QTest.keyClick(features.grid, Qt.Key.Key_Right)
    let_live(app, window, 10)
    features.grab().save(str(HERE / "features.png"))
    features.close()
    close(app, window)


def latent(app: QApplication) -> None:
    """The plane of a variational autoencoder's codes, with those of test pictures."""
    window = opened(app, presets() / "experiments" / "vae-fashion.json")
    window.windows.open_latent()
    shown = window.findChild(LatentWindow)
    window.trainer.do(Command.RUN)
    wait(app, lambda: window.run_bar.presenter.state is State.FINISHED)
    shown.views.setCurrentIndex(shown.views.findData("map"))
    shown.views.activated.emit(shown.views.currentIndex())
    wait(app, lambda: shown.presenter.is_shown and shown.presenter.seen.view == "map")
    let_live(app, window, 10)
    shown.grab().save(str(HERE / "latent.png"))
    shown.close()
    close(app, window)


def rates(app: QApplication) -> None:
    """The range test of LeNet, completed."""
    window = open_window(app, None)
    theme.apply(app, "light")
    wait(app, lambda: window.checker.settled and hasattr(window, "training_page"))
    window.windows.open_lr_finder()
    rates = window.findChild(LrFinderWindow)
    wait(app, lambda: rates.presenter.suggestions)
    let_live(app, window, 5)
    rates.grab().save(str(HERE / "rates.png"))
    rates.close()
    close(app, window)


def window(app: QApplication) -> None:
    """LeNet trained on the small Fashion-MNIST in the window, in both themes."""
    window = opened(app, None)
    window.trainer.do(Command.RUN)
    panels = window.watch.panels
    wait(app, lambda: panels["neighbours"].presenter.gallery is not None)
    panels["neighbours"].gallery.chosen.emit(QUERY)
    window.canvas.presenter.select(["conv1"])
    presenter = window.run_bar.presenter
    wait(
        app, lambda: len(panels["curves"].presenter.epochs) >= SEEN_EPOCHS and panels["neighbours"].presenter.neighbours
    )
    window.trainer.do(Command.PAUSE)
    wait(app, lambda: presenter.state is State.PAUSED)
    for colours in ("light", "dark"):
        theme.apply(app, colours)
        # A paused run still answers the panels' requests; after some ticks, all answers are shown.
        let_live(app, window, 30)
        window.grab().save(str(HERE / f"window-{colours}.png"))
    close(app, window)
