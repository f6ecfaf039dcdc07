"""What the canvas shows and what its gestures do, without Qt.

Edits go through the document, whose change notification makes the canvas redraw, like every panel. What is shown is in
``shown``, edits of one graph in ``editing``, copies in ``copying``, blocks in ``block_edits``, layout in ``arranging``,
comments and frames in ``note_edits``.
"""

from workbench.gui.canvas.arranging import Arranging
from workbench.gui.canvas.block_edits import BlockEdits
from workbench.gui.canvas.copying import Copying
from workbench.gui.canvas.note_edits import NoteEdits


class Presenter(BlockEdits, Copying, Arranging, NoteEdits):
    """Cards, notes, edges and selection of the document's network, and every edit that the canvas offers."""
