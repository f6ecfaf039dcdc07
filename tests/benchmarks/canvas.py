"""The canvas with large networks: CPU time of frames and edits, and the time until a large preset is drawn.

As in the window, garbage is collected between frames (``gui.runtime.garbage``), and loaded modules are exempt.
"""

import atexit
import gc
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial

from workbench.spec.record import replace

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication

from workbench.gui.canvas import geometry
from workbench.gui.runtime import garbage
from workbench.session.torch_loading import keep_what_is_loaded
from workbench.spec.component import Component
from workbench.spec.experiment import Architecture, DataRecipe, Experiment
from workbench.spec.graph import Graph, Node

WIDTH, HEIGHT = 1600, 1000
SIZES = (1000, 3000)
NUM_FRAMES = 60
ROWS = 56
STAGE = (("conv", "Conv2d"), ("bn", "BatchNorm"), ("relu", "ReLU"), ("convb", "Conv2d"), ("bnb", "BatchNorm"))


COLLECTIONS_MS: list[float] = []


def main() -> None:
    """Measure frames and edits at each size."""
    from workbench.compiler.analysis import analyse

    application = QApplication(sys.argv[:1])
    analyse(around(residual(10)).architecture)
    gc.disable()
    keep_what_is_loaded()
    atexit.register(gc.unfreeze)
    for num_nodes in SIZES:
        measure(application, residual(num_nodes))
    for unfolded in (False, True):
        open_densenet(application, unfolded)


def residual(num_nodes: int) -> Graph:
    """A residual network of about ``num_nodes`` nodes, with a skip around every six, in columns."""
    nodes = [Node(name="input", type="Input", parameters={"shape": [16, 32, 32]})]
    while len(nodes) < num_nodes - 1:
        number, before = len(nodes) // 7, nodes[-1].name
        for stem, kind in STAGE:
            parameters = {"out_channels": 16, "kernel_size": 3, "padding": 1} if kind == "Conv2d" else {}
            nodes.append(Node(name=f"{stem}{number}", type=kind, inputs=(nodes[-1].name,), parameters=parameters))
        nodes.append(Node(name=f"add{number}", type="Add", inputs=(nodes[-1].name, before)))
        nodes.append(Node(name=f"out{number}", type="ReLU", inputs=(nodes[-1].name,)))
    nodes.append(Node(name="output", type="Output", inputs=(nodes[-1].name,)))
    return Graph(nodes=tuple(placed(node, index) for index, node in enumerate(nodes)))


def placed(node: Node, index: int) -> Node:
    """The node at its position in the columns."""
    place = (float(index // ROWS) * (geometry.COLUMN + 80), float(index % ROWS) * geometry.ROW)
    return Node(name=node.name, type=node.type, inputs=node.inputs, parameters=node.parameters, position=place)


def measure(application: QApplication, graph: Graph) -> None:
    """Measure frames of each gesture and the cost of edits on one graph."""
    from workbench.compiler.analysis import analyse
    from workbench.gui.canvas.view import CanvasView
    from workbench.gui.experiment.document import Document

    experiment = around(graph)
    began_s = time.thread_time()
    view = CanvasView(Document(experiment))
    view.resize(WIDTH, HEIGHT)
    view.show()
    application.processEvents()
    num_edges = len(view.presenter.edges)
    print(f"  {len(graph.nodes):,} nodes, {num_edges:,} edges: made and drawn in {ms_since(began_s):.0f} ms")
    analysis = analyse(experiment.architecture)
    say("show an analysis", [timed(lambda: view.show_analysis(analysis)) for _ in range(5)])
    measure_repaints(application, view)
    measure_gestures(application, view)
    measure_edits(application, view, graph)
    say("between frames: young garbage looked for", COLLECTIONS_MS)
    say("between frames, every ten seconds at most: all of it", [cpu_ms(gc.collect) for _ in range(3)])
    COLLECTIONS_MS.clear()


def frame_ms(application: QApplication, act: Callable[[], object]) -> float:
    """The time of an action and of the frame that it causes."""

    def both() -> None:
        act()
        application.processEvents()

    return timed(both)


def measure_repaints(application: QApplication, view) -> None:
    """Measure full repaints at several zooms."""
    view.sight.fit()
    application.processEvents()
    say("fit: full repaint", [timed(view.viewport().repaint) for _ in range(NUM_FRAMES)])
    for zoom in (0.4, 0.6, 1.0):
        view.zoom_by(zoom / view.zoom())
        settle(application, view)
        say(f"full repaint at {zoom:.0%}", [timed(view.viewport().repaint) for _ in range(NUM_FRAMES)])


def measure_gestures(application: QApplication, view) -> None:
    """Measure frames while zooming, panning, dragging, hovering and selecting."""
    frame = partial(frame_ms, application)
    view.sight.fit()
    settle(application, view)
    say("zoom step", [frame(step) for step in zoom_steps(view)])
    for zoom in (view_fit(view), 0.6):
        view.zoom_by(zoom / view.zoom())
        settle(application, view)
        say(f"pan at {zoom:.0%}", [frame(step) for step in pan_steps(view)])
        view.sight.fit()
        view.zoom_by(zoom / view.zoom())
        settle(application, view)
        times_ms = [frame(step) for step in drag_steps(view)]
        say(f"drag a card at {zoom:.0%}: first frame", times_ms[:2])
        say(f"drag a card at {zoom:.0%}", times_ms[2:])
        view.escape()
        settle(application, view)
    hover(view)
    presenter = view.presenter
    say("select all, and none", [frame(act) for act in (presenter.select_all, lambda: presenter.select(())) * 5])


def measure_edits(application: QApplication, view, graph: Graph) -> None:
    """Measure frames of edits: a card moved, a parameter changed."""
    frame = partial(frame_ms, application)
    names = [node.name for node in graph.nodes if node.type == "Conv2d"]
    x, y = view.presenter.positions[names[3]]
    moves = [partial(view.presenter.move, {names[3]: (x + 8.0 * step, y)}) for step in range(1, 11)]
    say("edit: move a card", [frame(move) for move in moves])
    say("edit: a parameter", [frame(partial(set_channels, view, names[5], step)) for step in range(17, 27)])
    view.close()


def open_densenet(application: QApplication, unfolded: bool) -> None:
    """Measure opening DenseNet-201 from its file in a canvas that shows something else; torch is already loaded."""
    from workbench.compiler.analysis import analyse
    from workbench.gui.canvas.view import CanvasView
    from workbench.gui.experiment.document import Document
    from workbench.spec.files import read_architecture

    view = CanvasView(Document(around(residual(10))))
    view.resize(WIDTH, HEIGHT)
    view.show()
    application.processEvents()
    began_s = time.thread_time()
    architecture = read_architecture("densenet201")
    if unfolded:
        blocks = {name: all_unfolded(block) for name, block in architecture.blocks.items()}
        architecture = replace(architecture, graph=all_unfolded(architecture.graph), blocks=blocks)
    experiment = replace(around(residual(10)), architecture=architecture)
    view.presenter.document.replace(experiment, None)
    application.processEvents()
    drawn_ms = ms_since(began_s)
    began_s = time.thread_time()
    analysis = analyse(architecture)
    analysed_ms = ms_since(began_s)
    began_s = time.thread_time()
    view.show_analysis(analysis)
    application.processEvents()
    what = f"DenseNet-201{', all expanded' if unfolded else ''}: {len(view.presenter.cards):,} cards"
    print(f"  {what}: opened and drawn in {drawn_ms:.0f} ms; analysed (in its own thread) in {analysed_ms:.0f} ms, "
          f"shown in {ms_since(began_s):.0f} ms", flush=True)  # fmt: skip
    view.close()


def all_unfolded(graph: Graph) -> Graph:
    """The graph with all blocks expanded."""
    nodes = tuple(replace(node, unfolded=True) for node in graph.nodes)
    return replace(graph, nodes=nodes)


def around(graph: Graph) -> Experiment:
    """An experiment with this network."""
    architecture = Architecture(name="large", graph=graph)
    data = DataRecipe(source=Component(type="FashionMnistSmall"))
    return Experiment(name="large", architecture=architecture, data=data)


def view_fit(view) -> float:
    view.sight.fit()
    return view.zoom()


def set_channels(view, name: str, channels: int) -> None:
    """Set a parameter as the inspector's field does."""
    from workbench.spec import edits

    document = view.presenter.document
    graph = edits.set_parameters(view.presenter.graph, name, {"out_channels": channels})
    architecture = replace(document.experiment.architecture, graph=graph)
    document.apply("set", replace(document.experiment, architecture=architecture))


def zoom_steps(view) -> Iterator[Callable[[], object]]:
    """Steps that turn the wheel in and out over the middle, one notch a frame."""
    for turn in ([120] * 10 + [-120] * 10) * 4:
        yield lambda turn=turn: wheel(view, turn)


def wheel(view, turn: int) -> None:
    point = QPointF(WIDTH / 2, HEIGHT / 2)
    none = Qt.KeyboardModifier.NoModifier
    view.wheelEvent(
        QWheelEvent(point, view.viewport().mapToGlobal(point), QPoint(), QPoint(0, turn), Qt.MouseButton.NoButton, none,
                    Qt.ScrollPhase.NoScrollPhase, False)
    )  # fmt: skip


def pan_steps(view) -> Iterator[Callable[[], object]]:
    """Steps that drag the canvas with the middle button."""
    yield from mouse_steps(view, QPoint(800, 500), Qt.MouseButton.MiddleButton)


def drag_steps(view) -> Iterator[Callable[[], object]]:
    """Steps that drag a card from the middle."""
    view.presenter.select(())
    middle = view.mapToScene(QPoint(WIDTH // 2, HEIGHT // 2))
    name = min(
        view.presenter.positions,
        key=lambda name: (
            abs(view.presenter.positions[name][0] + geometry.CARD_WIDTH / 2 - middle.x())
            + abs(view.presenter.positions[name][1] - middle.y())
        ),
    )
    x, y = view.presenter.positions[name]
    start = view.mapFromScene(QPointF(x + geometry.CARD_WIDTH / 4, y + geometry.CARD_HEIGHT / 2))
    yield from mouse_steps(view, start, Qt.MouseButton.LeftButton)


def mouse_steps(view, start: QPoint, button: Qt.MouseButton) -> Iterator[Callable[[], object]]:
    """Steps that press a button and then move diagonally."""
    yield lambda: mouse(view, QMouseEvent.Type.MouseButtonPress, start, button)
    for step in range(1, NUM_FRAMES):
        yield lambda step=step: mouse(view, QMouseEvent.Type.MouseMove, start + QPoint(7, 5) * step, button)
    if button == Qt.MouseButton.MiddleButton:
        mouse(view, QMouseEvent.Type.MouseButtonRelease, start + QPoint(7, 5) * NUM_FRAMES, button)


def mouse(view, kind: QMouseEvent.Type, point: QPoint, button: Qt.MouseButton) -> None:
    """Send a mouse event."""
    at = QPointF(point)
    event = QMouseEvent(kind, at, view.viewport().mapToGlobal(at), button, button, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(view.viewport(), event)


def hover(view) -> None:
    """Measure moving the pointer across the canvas with no button pressed."""
    points = [QPoint(100 + 23 * step, 80 + 13 * step) for step in range(NUM_FRAMES)]
    none = Qt.MouseButton.NoButton
    say("hover", [timed(lambda point=point: mouse(view, QMouseEvent.Type.MouseMove, point, none)) for point in points])


def settle(application: QApplication, view) -> None:
    """Process events until the view no longer changes."""
    until_s = time.perf_counter() + 0.4
    while time.perf_counter() < until_s:
        application.processEvents()


def timed(act: Callable[[], object]) -> float:
    """CPU milliseconds of ``act``; garbage that is due is collected afterwards."""
    taken_ms = cpu_ms(act)
    generation = garbage.due()
    if generation is not None:
        COLLECTIONS_MS.append(cpu_ms(lambda: gc.collect(min(generation, 1))))
    return taken_ms


def cpu_ms(act: Callable[[], object]) -> float:
    """CPU milliseconds of ``act`` in this thread."""
    began_s = time.thread_time()
    act()
    return ms_since(began_s)


def ms_since(began_s: float) -> float:
    return (time.thread_time() - began_s) * 1e3


def say(what: str, times_ms: list[float]) -> None:
    """Print the percentiles in a line."""
    p95_ms = statistics.quantiles(times_ms, n=20, method="inclusive")[-1]
    print(
        f"    {what}: median {statistics.median(times_ms):.1f} ms, p95 {p95_ms:.1f}, max {max(times_ms):.1f} ({len(times_ms)})",
        flush=True,
    )


if __name__ == "__main__":
    main()
