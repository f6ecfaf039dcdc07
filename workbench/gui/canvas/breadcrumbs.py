"""The path above the canvas, from the network through each opened block; a click goes back to a level."""

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton, QWidget

from workbench.gui.canvas.levels import block_itself
from workbench.gui.canvas.shown import Shown
from workbench.gui.widgets import theme
from workbench.gui.widgets.panel import clear, spaced, styled
from workbench.spec.scopes import num_uses, used


class Breadcrumbs(QFrame):
    """A row of names, shown while a block is open."""

    chosen = Signal(int)
    """The number of opened blocks that lead to the chosen level."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._canvas = parent
        self.setObjectName("breadcrumbs")
        self.setAccessibleName("Location in the network")
        margins = (theme.SPACE_S, theme.SPACE_XS, theme.SPACE_M, theme.SPACE_XS)
        self.row = spaced(QHBoxLayout(self), 0, *margins)
        self.words: tuple[str, ...] = ()
        theme.changed.connect(self.place)
        self.hide()

    def show_way(self, shown: Shown) -> None:
        """Show the path from the network to the open block, and how often the block is used."""
        words = crumbs(shown)
        self.setVisible(bool(words))
        if words != self.words:
            self.words = words
            self._fill(words)
        self.place()

    def place(self) -> None:
        """Move to the upper left. If space is short, hide the number of uses; shorten the names between that of the
        network and that of the open block; hide the path from its beginning, each name with the arrow behind it.
        """
        self.move(theme.SPACE_M, theme.SPACE_M)
        room = self._canvas.width() - 2 * theme.SPACE_M
        items = (self.row.itemAt(index) for index in range(self.row.count()))
        parts = [widget for item in items if item is not None and (widget := item.widget()) is not None]
        buttons = [part for part in parts if isinstance(part, QToolButton)]
        for part in parts:
            part.show()
        for button, name in zip(buttons, self.words, strict=False):
            button.setText(name)
            button.setToolTip("")
        path, uses = parts[:-2], parts[-1:]
        for part in uses:
            part.setVisible(self.sizeHint().width() <= room)
        for button in buttons[1:]:
            if self.sizeHint().width() > room:
                button.setToolTip(button.text())
                button.setText("…")
        for index in range(0, len(path), 2):
            if self.sizeHint().width() > room:
                for part in path[index : index + 2]:
                    part.hide()
        self.adjustSize()

    def _fill(self, words: tuple[str, ...]) -> None:
        clear(self.row)
        if not words:
            return
        *names, uses = words
        for index, name in enumerate(names[:-1]):
            button = QToolButton(autoRaise=True)
            button.setText(name)
            button.clicked.connect(partial(self.chosen.emit, index))
            self._add(button)
            self._add(styled(QLabel("›"), "small"))
        self._add(styled(QLabel(f" {names[-1]}"), "heading"))
        self._add(styled(QLabel(f"   {uses}"), "small"))

    def _add(self, widget: QWidget) -> None:
        self.row.addWidget(widget)
        # A layout shows new widgets only later, and its size hint ignores them until then.
        widget.show()


def crumbs(shown: Shown) -> tuple[str, ...]:
    """Return the network's name, each opened use with its block, and finally how often the innermost block is used.

    Empty if the network itself is shown.
    """
    if not shown.trail:
        return ()
    architecture = shown.architecture()
    words = [architecture.name]
    graph = architecture.graph
    for step in shown.trail:
        block = block_itself(step)
        if block:
            words.append(block)
        else:
            block = graph.by_name[step].type
            words.append(f"{step}: {block}")
        graph = architecture.blocks[block]
    return (*words, used(num_uses(architecture, shown.level.scope)))
