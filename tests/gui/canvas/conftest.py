"""A canvas for the tests. Only the fixture imports Qt, so that the presenters' tests run without it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.gui.canvas.networks import experiment
from workbench.spec.graph import Graph

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from tests.gui.canvas.hands import Open
    from workbench.gui.canvas.view import CanvasView


@pytest.fixture
def canvas(qtbot: QtBot) -> Open:
    """A function that opens a canvas on a graph, at 100 %."""
    from workbench.gui.canvas.view import CanvasView
    from workbench.gui.experiment.document import Document

    def open_canvas(graph: Graph, blocks: dict[str, Graph] | None = None) -> CanvasView:
        view = CanvasView(Document(experiment(graph, blocks)))
        qtbot.addWidget(view)
        view.resize(1200, 800)
        view.show()
        view.activateWindow()
        qtbot.waitUntil(view.isActiveWindow)
        view.setFocus()
        view.actual_size()
        return view

    return open_canvas
