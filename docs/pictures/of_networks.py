"""The pictures of networks on the canvas: drawn, nested, annotated, imported, with problems."""

import os
from pathlib import Path

import onnx
import torch
from PySide6.QtCore import QPoint
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QApplication
from shooting import HERE, SIZE, close, let_live, opened, wait
from torch import nn

from workbench.compiler.analysis import analyse
from workbench.compiler.importing.network import import_module
from workbench.gui.canvas.view import CanvasView
from workbench.gui.experiment.document import Document
from workbench.gui.widgets import theme
from workbench.shipped import presets
from workbench.spec import edits
from workbench.spec.files import read_experiment
from workbench.spec.record import replace
from workbench.spec.scopes import graph_at, with_graph_at


def blocks(app: QApplication) -> None:
    """ResNet-50 on the canvas, with two stages and a bottleneck expanded."""
    theme.apply(app, "light")
    experiment = read_experiment("resnet50")
    view = CanvasView(Document(replace(experiment, name="resnet50")))
    view.resize(1000, 1000)
    view.show()
    view.show_analysis(analyse(experiment.architecture, classes=10))
    for use in ("layer1", "layer1/1", "layer3"):
        view.presenter.set_unfolded(use, unfolded=True)
    view.sight.fit_all()
    view.minimap.hide()
    view.grab().save(str(HERE / "blocks.png"))
    view.close()


def canvas(app: QApplication) -> None:
    """LeNet with frames and comments, close and zoomed out; and the search for a layer."""
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
    view.sight.fit_all()
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


def code(app: QApplication) -> None:
    """The code of ResNet-20 beside the canvas, with the lines of a node inside a block highlighted."""
    window = opened(app, presets() / "experiments" / "resnet20.json")
    window.commands["code"].trigger()
    code = window.outgoing.code
    wait(app, lambda: code.settled and code.presenter.text)
    window.canvas.presenter.show_node(("layer2", "1", "conv2"))
    wait(app, lambda: window.checker.settled and code.settled)
    window.grab().save(str(HERE / "code.png"))
    window.commands["code"].trigger()  # the setting is remembered for the next window
    close(app, window)


def frozen(app: QApplication) -> None:
    """LeNet with frozen convolutions, and a layer with a tenth of the others' learning rate."""
    window = opened(app, None)
    experiment = window.document.experiment
    graph = edits.set_treatment(experiment.architecture.graph, ["conv1", "conv2"], frozen=True)
    graph = edits.set_treatment(graph, ["fc1"], lr_factor=0.1)
    architecture = replace(experiment.architecture, graph=graph)
    window.document.replace(replace(experiment, architecture=architecture), None)
    window.canvas.presenter.select(["fc1"])
    let_live(app, window, 10)
    window.grab().save(str(HERE / "frozen.png"))
    close(app, window)


def import_(app: QApplication) -> None:
    """SqueezeNet, one of onnx's own light models, after its import, with the report."""
    window = opened(app, None)
    light = Path(onnx.__file__).parent / "backend" / "test" / "data" / "light"
    home = os.environ.pop("WORKBENCH_HOME")  # save the weights in the default folder
    os.environ["HOME"] = home
    (Path(home) / "squeezenet.onnx").write_bytes((light / "light_squeezenet.onnx").read_bytes())
    dialog = window.incoming.import_network(str(Path(home) / "squeezenet.onnx"))
    dialog.begin()
    wait(app, lambda: window.document.experiment.name == "squeezenet" and window.checker.settled)
    dialog.source.setText("squeezenet.onnx")
    wait(app, lambda: not window.pump.busy)
    let_live(app, window, 10)  # until the inspector's scroll bar has its place
    picture, place = window.grab(), QPoint((SIZE[0] - dialog.width()) // 2, SIZE[1] - dialog.height() - 40)
    painter = QPainter(picture)
    painter.drawPixmap(place, dialog.grab())
    painter.setPen(QPen(theme.colour(theme.current().border_strong)))
    painter.drawRect(place.x(), place.y(), dialog.width(), dialog.height())
    painter.end()
    picture.save(str(HERE / "import.png"))
    os.environ["WORKBENCH_HOME"] = home
    close(app, window)


def inspector(app: QApplication) -> None:
    """ResNet-20 without the convolution on a skip: the problem, its remedy, and the facts known about the rest."""
    window = opened(app, presets() / "experiments" / "resnet20.json")
    experiment, scope = window.document.experiment, "DownsamplingBlock"
    block = edits.remove_nodes(graph_at(experiment.architecture, scope), {"downsample"})
    architecture = with_graph_at(experiment.architecture, scope, block)
    window.document.apply("break", replace(experiment, architecture=architecture))
    wait(app, lambda: window.checker.settled)
    for use in ("layer2", "layer2/0"):
        window.canvas.presenter.set_unfolded(use, unfolded=True)
    wait(app, lambda: window.checker.settled)
    window.canvas.presenter.show_node(("layer2", "0", "add"))
    window.watch.hide()
    app.processEvents()
    window.canvas.sight.fit_all()
    window.canvas.minimap.hide()
    window.grab().save(str(HERE / "inspector.png"))
    close(app, window)


def activation(app: QApplication) -> None:
    """The inspector of a Sigmoid in place of a ReLU of LeNet: its curve, its derivative, and where it saturates."""
    window = opened(app, presets() / "experiments" / "lenet.json")
    architecture = window.document.experiment.architecture
    graph = edits.rename(edits.retype(architecture.graph, "relu3", "Sigmoid", {}), "relu3", "sigmoid3")
    window.document.apply_architecture("replace", replace(architecture, graph=graph))
    window.canvas.presenter.select(["sigmoid3"])
    let_live(app, window, 10)
    window.inspector.grab().save(str(HERE / "activation.png"))
    close(app, window)


def sequence(app: QApplication) -> None:
    """An LSTM that reads the rows of a picture, and its settings."""
    window = opened(app, presets() / "experiments" / "lstm.json")
    window.watch.hide()
    app.processEvents()
    window.canvas.sight.fit_all()
    window.canvas.presenter.select(["lstm"])
    let_live(app, window, 10)
    window.canvas.minimap.hide()
    window.grab().save(str(HERE / "sequence.png"))
    close(app, window)


def opaque(app: QApplication) -> None:
    """An operator without a layer of its own after an import: a node of its name, and its formula."""

    class Spectral(nn.Module):
        """Uses a picture's frequencies as well as its pixels."""

        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv2d(1, 8, 3, padding=1)
            self.fc = nn.Linear(8 * 28, 10)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.fc(torch.flatten(torch.linalg.svdvals(torch.relu(self.conv(x))), 1))

    window = opened(app, presets() / "experiments" / "lenet.json")
    architecture = import_module(Spectral(), ((1, 28, 28),), "spectral").architecture
    experiment = replace(window.document.experiment, name="spectral", architecture=architecture)
    window.document.replace(experiment, None)
    window.canvas.presenter.select(["linalg_svdvals"])
    let_live(app, window, 10)
    window.grab().save(str(HERE / "opaque.png"))
    close(app, window)
