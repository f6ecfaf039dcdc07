"""A canvas and an inspector of the same document, as in the window."""

from pytestqt.qtbot import QtBot

from workbench.gui.canvas.view import CanvasView
from workbench.gui.experiment.document import Document
from workbench.gui.inspector.view import Inspector


def side_by_side(document: Document, qtbot: QtBot) -> tuple[CanvasView, Inspector]:
    """Show both; the inspector follows the selection on the canvas."""
    canvas, inspector = CanvasView(document), Inspector(document)
    canvas.selection_changed.connect(inspector.show_selection)
    for widget in (canvas, inspector):
        qtbot.addWidget(widget)
        widget.show()
        qtbot.waitExposed(widget)
    return canvas, inspector
