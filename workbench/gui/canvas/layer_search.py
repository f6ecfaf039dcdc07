"""The search box on the canvas: a few letters and Enter choose a layer to add or a node to connect."""

from PySide6.QtGui import QColor
from PySide6.QtWidgets import QListWidgetItem

from workbench.gui.canvas.choices import Choice
from workbench.gui.widgets import theme
from workbench.gui.widgets.icons import entry_icon
from workbench.gui.widgets.search_box import SearchBox
from workbench.gui.widgets.search_lines import Line


class LayerSearch(SearchBox):
    """Shows each choice with its icon; one that is not possible is faint."""

    def item(self, line: Line) -> QListWidgetItem:
        """Return the choice as an entry of the list."""
        item = super().item(line)
        assert isinstance(line, Choice)
        item.setIcon(entry_icon(line.kind, line.family, gives=line.gives))
        if not line.possible:
            item.setForeground(QColor(theme.current().text_faint))
        return item
