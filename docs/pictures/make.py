"""Makes the pictures of the docs from the program itself: a real window, a real network, a real short training.

    python docs/pictures/make.py [NAME ...]     as window, blocks, code; all of them without a name

It needs no display. Everything the run writes goes to a folder that is deleted afterwards.
"""

import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).parent
SEEN_EPOCHS = 5
"""After so many of the preset's fifteen the run is paused, with something on every panel."""
SIZE = (1440, 900)
QUERY = 17
"""A test picture whose neighbours are not all of one class, so that the outlines have something to say."""


def main(wanted: list[str]) -> None:
    """Make the pictures asked for, or all."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")
    with tempfile.TemporaryDirectory() as home:
        os.environ["WORKBENCH_HOME"] = home
        from PySide6.QtWidgets import QApplication

        app = QApplication([])
        pictures = {
            "batch": _photograph_batch,
            "blocks": _photograph_blocks,
            "canvas": _photograph_canvas,
            "changed": _photograph_changed,
            "code": _photograph_code,
            "data": _photograph_data,
            "import": _photograph_import,
            "frozen": _photograph_frozen,
            "inspector": _photograph_inspector,
            "mistakes": _photograph_mistakes,
            "opaque": _photograph_opaque,
            "rates": _photograph_rates,
            "window": _photograph_window,
        }
        for name, photograph in pictures.items():
            if name in wanted or not wanted:
                photograph(app)


def _photograph_blocks(app: "QApplication") -> None:  # noqa: F821  # imported once Qt's platform is chosen
    """ResNet-50 on the canvas, two stages unfolded and in one of them a bottleneck."""
    import msgspec

    from workbench.compiler.analysis import analyse
    from workbench.gui import theme
    from workbench.gui.canvas.view import CanvasView
    from workbench.gui.document import Document
    from workbench.spec.files import read_experiment

    theme.apply(app, "light")
    experiment = read_experiment("resnet50")
    view = CanvasView(Document(msgspec.structs.replace(experiment, name="resnet50")))
    view.resize(1000, 1000)
    view.show()
    view.show_analysis(analyse(experiment.architecture, classes=10))
    for use in ("layer1", "layer1/1", "layer3"):
        view.presenter.set_unfolded(use, unfolded=True)
    _wait(app, lambda: not view.fit_wanted)
    view.fit_all()
    view.minimap.hide()
    view.grab().save(str(HERE / "blocks.png"))
    view.close()


def _photograph_canvas(app: "QApplication") -> None:  # noqa: F821  # imported once Qt's platform is chosen
    """LeNet with frames and comments, from near and from afar; and the search for a layer."""
    from workbench.compiler.analysis import analyse
    from workbench.gui import theme
    from workbench.gui.canvas.view import CanvasView
    from workbench.gui.document import Document
    from workbench.spec.files import read_experiment

    theme.apply(app, "light")
    experiment = read_experiment("lenet")
    view = CanvasView(Document(experiment))
    view.resize(1000, 720)
    view.show()
    view.show_analysis(analyse(experiment.architecture, classes=10))
    presenter = view.presenter
    frames = []
    for nodes, title, colour in (
        (("conv1", "pool1", "relu1"), "Strokes", "blue"),
        (("conv2", "pool2", "relu2"), "Shapes made of strokes", "green"),
    ):
        presenter.select(nodes)
        frames.append(presenter.add_frame((0.0, 0.0)))
        presenter.colour(colour)
        presenter.write(frames[-1], title, new=True)
    presenter.select(frames)
    presenter.write(presenter.add_frame((0.0, 0.0)), "What it sees", new=True)
    presenter.colour("purple")
    moved = {name: presenter.positions[name] for name in ("flatten", "fc1", "relu3", "fc2", "relu4", "fc3", "output")}
    presenter.move({name: (x + 120, y) for name, (x, y) in moved.items()})
    beside = presenter.box("fc3")
    for x, y, text, colour in (
        (beside.left, beside.bottom + 120, "Ten answers, one for each class.\nThe largest is the guess.", "yellow"),
        (beside.left, beside.bottom + 200, "Try ReLU before pooling: is it slower?", "red"),
    ):
        presenter.write(presenter.add_comment((x, y)), text, new=True)
        presenter.colour(colour)
    presenter.select(())
    _wait(app, lambda: not view.fit_wanted)
    view.fit_all()
    view.grab().save(str(HERE / "canvas.png"))
    view.resize(640, 300)
    view.look_at(view.canvas_scene.drawn_rect().center(), 0.3)
    view.grab().save(str(HERE / "canvas-far.png"))
    view.resize(800, 560)
    view.actual_size()
    presenter.select({"conv1"})
    view.centerOn(presenter.box("conv1").right, presenter.box("relu1").bottom)
    view.searches.add_after()
    view.minimap.hide()
    view.grab().save(str(HERE / "canvas-search.png"))
    view.close()


def _photograph_window(app: "QApplication") -> None:  # noqa: F821
    """Train LeNet on the small Fashion-MNIST in the window and photograph it in both colours."""
    from workbench.gui import theme
    from workbench.gui.run_bar.presenter import Command
    from workbench.gui.run_states import State

    window = _opened(app, None)
    window.trainer.do(Command.RUN)
    panels = window.watch
    _wait(app, lambda: panels.neighbours.presenter.gallery is not None)
    panels.neighbours.gallery.chosen.emit(QUERY)
    window.canvas.presenter.select(["conv1"])
    presenter = window.run_bar.presenter
    _wait(app, lambda: len(panels.curves.presenter.epochs) >= SEEN_EPOCHS and panels.neighbours.presenter.neighbours)
    window.trainer.do(Command.PAUSE)
    _wait(app, lambda: presenter.state is State.PAUSED)
    for colours in ("light", "dark"):
        theme.apply(app, colours)
        # Paused, the run still answers the panels' questions; some ticks on, all of it has been shown.
        _let_live(app, window, 30)
        window.grab().save(str(HERE / f"window-{colours}.png"))
    _close(app, window)


def _photograph_batch(app: "QApplication") -> None:  # noqa: F821
    """A paused run of LeNet, and its latest batch with the worst pictures first."""
    from workbench.gui.batch.view import BatchWindow
    from workbench.gui.run_bar.presenter import Command
    from workbench.gui.run_states import State

    window = _opened(app, None)
    window.trainer.do(Command.RUN)
    presenter = window.run_bar.presenter
    _wait(app, lambda: len(window.watch.curves.presenter.epochs) >= 1)
    window.trainer.do(Command.PAUSE)
    _wait(app, lambda: presenter.state is State.PAUSED)
    window.windows.open_batch()
    batch = window.findChild(BatchWindow)
    _wait(app, lambda: batch.presenter.seen is not None)
    batch.worst.click()
    batch.grab().save(str(HERE / "batch.png"))
    batch.close()
    window.trainer.do(Command.STOP)
    _wait(app, lambda: presenter.state is State.STOPPED)
    _close(app, window)


def _photograph_changed(app: "QApplication") -> None:  # noqa: F821
    """LeNet while it runs: one change made and marked on the curves, another one on offer."""
    from workbench.gui.run_bar.presenter import Command
    from workbench.gui.run_states import State

    window = _opened(app, None)
    window.sidebar.setCurrentWidget(window.training_page)
    window.trainer.do(Command.RUN)
    presenter, curves = window.run_bar.presenter, window.watch.curves
    _wait(app, lambda: len(curves.presenter.epochs) >= 2)
    window.training_page.factors.buttons[0.1].click()
    window.steering.apply.click()
    _wait(app, lambda: all(chart.changes.lines for chart in curves.charts) and len(curves.presenter.epochs) >= 3)
    window.trainer.do(Command.PAUSE)
    _wait(app, lambda: presenter.state is State.PAUSED)
    window.training_page.factors.buttons[2.0].click()
    _let_live(app, window, 10)
    window.grab().save(str(HERE / "changed.png"))
    window.trainer.do(Command.STOP)
    _wait(app, lambda: presenter.state is State.STOPPED)
    _close(app, window)


def _photograph_opaque(app: "QApplication") -> None:  # noqa: F821  # imported once Qt's platform is chosen
    """What has no layer of its own, after an import: a node of its name, and its formula beside it."""
    import msgspec
    import torch
    from torch import nn

    from workbench.compiler.importing.network import import_module
    from workbench.shipped import presets

    class Spectral(nn.Module):
        """Looks at a picture's frequencies beside its pixels."""

        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv2d(1, 8, 3, padding=1)
            self.fc = nn.Linear(8 * 28, 10)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.fc(torch.flatten(torch.linalg.svdvals(torch.relu(self.conv(x))), 1))

    window = _opened(app, presets() / "experiments" / "lenet.json")
    architecture = import_module(Spectral(), ((1, 28, 28),), "spectral").architecture
    experiment = msgspec.structs.replace(window.document.experiment, name="spectral", architecture=architecture)
    window.document.replace(experiment, None)
    window.canvas.presenter.select(["linalg_svdvals"])
    _let_live(app, window, 10)
    window.grab().save(str(HERE / "opaque.png"))
    _close(app, window)


def _photograph_rates(app: "QApplication") -> None:  # noqa: F821
    """The search for a learning rate of LeNet, at its end."""
    from workbench.gui import theme
    from workbench.gui.app import open_window
    from workbench.gui.lr_finder.view import LrFinderWindow

    window = open_window(app, None)
    theme.apply(app, "light")
    _wait(app, lambda: window.checker.settled and hasattr(window, "training_page"))
    window.windows.open_lr_finder()
    rates = window.findChild(LrFinderWindow)
    _wait(app, lambda: rates.presenter.suggestions)
    _let_live(app, window, 5)
    rates.grab().save(str(HERE / "rates.png"))
    rates.close()
    _close(app, window)


def _photograph_frozen(app: "QApplication") -> None:  # noqa: F821
    """LeNet with frozen convolutions, and a layer that learns at a tenth of the others' rate."""
    import msgspec

    from workbench.spec import edits

    window = _opened(app, None)
    experiment = window.document.experiment
    graph = edits.set_treatment(experiment.architecture.graph, ["conv1", "conv2"], frozen=True)
    graph = edits.set_treatment(graph, ["fc1"], lr_factor=0.1)
    architecture = msgspec.structs.replace(experiment.architecture, graph=graph)
    window.document.replace(msgspec.structs.replace(experiment, architecture=architecture), None)
    window.canvas.presenter.select(["fc1"])
    _let_live(app, window, 10)
    window.grab().save(str(HERE / "frozen.png"))
    _close(app, window)


def _photograph_code(app: "QApplication") -> None:  # noqa: F821  # imported once Qt's platform is chosen
    """The code of ResNet-20 beside the canvas, with the lines of a node inside a block lit."""
    from workbench.shipped import presets

    window = _opened(app, presets() / "experiments" / "resnet20.json")
    window.commands["code"].trigger()
    code = window.outgoing.code
    _wait(app, lambda: code.settled and code.presenter.text)
    window.canvas.presenter.show_node(("layer2", "1", "conv2"))
    _wait(app, lambda: window.checker.settled and code.settled)
    window.grab().save(str(HERE / "code.png"))
    window.commands["code"].trigger()  # the next window would open with it
    _close(app, window)


def _photograph_mistakes(app: "QApplication") -> None:  # noqa: F821
    """LeNet after two epochs: the pair of classes that it confuses most often."""
    from workbench.gui import theme
    from workbench.gui.app import open_window
    from workbench.gui.mistakes.view import MistakesWindow
    from workbench.gui.run_bar.presenter import Command
    from workbench.gui.run_states import State

    window = open_window(app, None)
    theme.apply(app, "light")
    _wait(app, lambda: window.checker.settled)
    window.windows.open_mistakes()
    mistakes = window.findChild(MistakesWindow)
    window.trainer.do(Command.RUN)
    _wait(app, lambda: len(window.watch.curves.presenter.epochs) >= 2)
    window.trainer.do(Command.PAUSE)
    _wait(app, lambda: window.run_bar.presenter.state is State.PAUSED)
    step = window.run_bar.presenter._step
    _wait(app, lambda: mistakes.presenter.mistakes is not None and mistakes.presenter.mistakes.step == step)
    mistakes.pairs.setCurrentItem(mistakes.pairs.topLevelItem(0))
    mistakes.gallery.chosen.emit(int(mistakes.presenter.pictures[0]))
    mistakes.grab().save(str(HERE / "mistakes.png"))
    mistakes.close()
    window.trainer.do(Command.STOP)
    _wait(app, lambda: window.run_bar.presenter.state is State.STOPPED)
    window.close()
    _wait(app, lambda: window.closing.done)


def _photograph_data(app: "QApplication") -> None:  # noqa: F821  # imported once Qt's platform is chosen
    """The small Fashion-MNIST looked through, with a picture chosen that is nearly in the test split too."""
    from workbench.gui import theme
    from workbench.gui.browse_data.view import DataWindow
    from workbench.gui.document import Document
    from workbench.gui.event_pump import EventPump
    from workbench.spec.files import read_experiment

    theme.apply(app, "light")
    pump = EventPump()
    look = DataWindow(None, Document(read_experiment("lenet")), pump)
    look.show()
    _wait(app, lambda: not pump.busy)
    look.select(look.presenter.facts.leaks[0].numbers[0])
    app.processEvents()  # what was laid out anew is shown with the next events
    look.grab().save(str(HERE / "data.png"))
    look.close()


def _photograph_inspector(app: "QApplication") -> None:  # noqa: F821  # imported once Qt's platform is chosen
    """ResNet-20 without the convolution on a skip: what is wrong, a button that mends it, and what is known of the rest."""
    import msgspec

    from workbench.shipped import presets
    from workbench.spec import edits
    from workbench.spec.scopes import graph_at, with_graph_at

    window = _opened(app, presets() / "experiments" / "resnet20.json")
    experiment, scope = window.document.experiment, "DownsamplingBlock"
    block = edits.remove_nodes(graph_at(experiment.architecture, scope), {"downsample"})
    architecture = with_graph_at(experiment.architecture, scope, block)
    window.document.apply("break", msgspec.structs.replace(experiment, architecture=architecture))
    _wait(app, lambda: window.checker.settled)
    for use in ("layer2", "layer2/0"):
        window.canvas.presenter.set_unfolded(use, unfolded=True)
    _wait(app, lambda: window.checker.settled)
    window.canvas.presenter.show_node(("layer2", "0", "add"))
    window.watch.hide()
    app.processEvents()
    window.canvas.fit_all()
    window.canvas.minimap.hide()
    window.grab().save(str(HERE / "inspector.png"))
    _close(app, window)


def _photograph_import(app: "QApplication") -> None:  # noqa: F821  # imported once Qt's platform is chosen
    """SqueezeNet, one of onnx's own light models, has come in; before it lies the report."""
    import onnx
    from PySide6.QtCore import QPoint
    from PySide6.QtGui import QPainter, QPen

    from workbench.gui import theme

    window = _opened(app, None)
    light = Path(onnx.__file__).parent / "backend" / "test" / "data" / "light"
    home = os.environ.pop("WORKBENCH_HOME")  # the weights lie where they do for everybody
    os.environ["HOME"] = home
    (Path(home) / "squeezenet.onnx").write_bytes((light / "light_squeezenet.onnx").read_bytes())
    dialog = window.incoming.import_network(str(Path(home) / "squeezenet.onnx"))
    dialog.begin()
    _wait(app, lambda: window.document.experiment.name == "squeezenet" and window.checker.settled)
    dialog.source.setText("squeezenet.onnx")
    _wait(app, lambda: not window.pump.busy)
    picture, place = window.grab(), QPoint((SIZE[0] - dialog.width()) // 2, SIZE[1] - dialog.height() - 40)
    painter = QPainter(picture)
    painter.drawPixmap(place, dialog.grab())
    painter.setPen(QPen(theme.colour(theme.current().border_strong)))
    painter.drawRect(place.x(), place.y(), dialog.width(), dialog.height())
    painter.end()
    picture.save(str(HERE / "import.png"))
    os.environ["WORKBENCH_HOME"] = home
    _close(app, window)


def _opened(app: "QApplication", file: Path | None) -> "MainWindow":  # noqa: F821
    """The window on this file, or on the first preset, in light colours, with everything checked."""
    from workbench.gui import theme
    from workbench.gui.app import open_window

    window = open_window(app, file)
    window.resize(*SIZE)
    theme.apply(app, "light")
    _wait(app, lambda: window.checker.settled)
    return window


def _let_live(app: "QApplication", window: "MainWindow", num_ticks: int) -> None:  # noqa: F821
    """Until everything is checked, and so many ticks of its pump later."""
    ticks: list[None] = []
    counted = window.pump.ticked.connect(lambda: ticks.append(None))
    _wait(app, lambda: window.checker.settled and len(ticks) >= num_ticks)
    window.pump.ticked.disconnect(counted)


def _close(app: "QApplication", window: "MainWindow") -> None:  # noqa: F821
    """Whatever is unsaved goes."""
    window.project.ask_to_save = lambda: "discard"
    window.close()
    _wait(app, lambda: window.closing.done)


def _wait(app: "QApplication", condition: Callable[[], object]) -> None:  # noqa: F821  # imported once Qt's platform is chosen
    from PySide6.QtCore import QEventLoop

    while not condition():
        app.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)


if __name__ == "__main__":
    main(sys.argv[1:])
