"""A searchable list of shortcuts and gestures."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from workbench.gui.dialogs.dialog import Dialog
from workbench.gui.widgets import theme
from workbench.gui.widgets.panel import fill, named, on_surface, spaced, styled

Rows = Sequence[tuple[str, str]]
"""Pairs of an action and its keys."""

GESTURES: Mapping[str, Rows] = {
    "Canvas: keyboard": (
        ("Nudge the selection", "arrows; Shift for larger steps"),
        ("Select the next node along a connection", "Ctrl+arrows; add Shift to select several"),
        ("Edit the selection's parameters", "Enter; Escape returns"),
        ("Write a comment or a frame's title", "Enter or F2; Shift+Enter for a new line"),
        ("Leave a field, cancel a drag, clear the selection", "Escape"),
    ),
    "Canvas: mouse and trackpad": (
        ("Add a layer", "drag it from the palette; double-click an empty spot"),
        ("Put a layer into a connection", "drop it there"),
        ("Connect", "drag from port to port; drop on an empty spot for layers that fit"),
        ("Select several", "drag over an empty area; click with Shift or Ctrl"),
        ("Move a frame and its contents", "drag it by its title"),
        ("Resize a frame", "drag an edge or a corner"),
        ("Write a comment or a frame's title", "double-click"),
        ("Pan", "Space+drag, middle-button drag, or two fingers"),
        ("Zoom", "wheel, or pinch"),
    ),
    "Curves": (("Zoom", "wheel"), ("Move", "drag")),
    "Browse data, Mistakes: selected pictures": (
        ("Exclude or restore", "Del"),
        ("Label", "F2"),
        ("Copy the rows of Browse data with their headings", "Ctrl+C"),
    ),
    "Try your own pictures: files": (
        ("Choose pictures", "Ctrl+O; or drop them"),
        ("Choose a folder", "Ctrl+Shift+O"),
        ("Read the files again", "F5"),
        ("Remove the current picture", "Del"),
        ("Show the pictures most similar to the current one", "Ctrl+F"),
        ("Move among the pictures", "arrows, Home, End, Page Up, Page Down"),
        ("Show which parts of a picture its answer comes from", "double-click, or arrows and Space"),
    ),
    "Why this answer?": (
        ("Ask about the current picture of yours, or the selected one of Mistakes", "Ctrl+J"),
        ("Choose the method, the class and the layer", "Tab and arrows"),
    ),
    "Attention: patches, pictures": (
        ("Show it over the current picture of yours, or the selected one of Mistakes", "Ctrl+T"),
        ("Make a patch the query", "click it, or arrows"),
        ("Return to the class token, or to all queries", "Home"),
        ("Show the previous or the next picture", "Alt+Left or Alt+Right"),
    ),
    "Feature maps: channels, pictures, layers": (
        ("Show those of the current picture of yours, or the selected one of Mistakes", "Ctrl+K"),
        ("Choose a channel", "click it, or arrows, Home, End, Page Up, Page Down"),
        ("Show the previous or the next picture", "Alt+Left or Alt+Right"),
        ("Show the previous or the next layer", "Ctrl+PgUp or Ctrl+PgDown"),
        ("Show the maps of one of the strongest pictures", "click it, or arrows"),
    ),
    "Earlier runs: selected runs": (
        ("Rename", "F2"),
        ("Delete", "Del"),
        ("Restore what was just deleted", "Ctrl+Z"),
        ("Copy the table's rows, for a spreadsheet", "Ctrl+C"),
    ),
    "Compare runs: results against cost": (
        ("Choose the next bubble by cost, or by result", "Left, Right; Up, Down; Shift to choose several"),
        ("Choose the cheapest, or the most expensive", "Home, End"),
        ("Show all bubbles again", "double-click"),
        ("Copy the table's selected rows, or all", "Ctrl+C"),
    ),
    "Queue: selected run": (("Move up or down", "Alt+Up or Alt+Down"), ("Remove", "Del")),
}


class KeysWindow(Dialog):
    """All shortcuts, in groups, in a window beside the main one."""

    def __init__(self, parent: QWidget, groups: Mapping[str, Rows]) -> None:
        super().__init__(parent, "Keyboard shortcuts")
        prompt = "Search commands and keys"
        self.field = named(QLineEdit(placeholderText=prompt, clearButtonEnabled=True), prompt)
        self.field.textChanged.connect(self._show_matching)
        self.nothing = styled(QLabel("No matching command or key.", alignment=Qt.AlignmentFlag.AlignCenter), "muted")
        self.nothing.hide()
        self.rows: list[tuple[str, QLabel, QLabel]] = []
        """The text to search in, and the two labels that show the row."""
        self.headings: list[tuple[QLabel, range]] = []
        page = on_surface(QWidget())
        self._fill(page, {**groups, **GESTURES})
        area = named(QScrollArea(widgetResizable=True), "Keys and gestures")
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(page)
        fill(spaced(QVBoxLayout(self), theme.SPACE_M, *[theme.SPACE_M] * 4), self.field, area)
        self.resize(620, 680)

    def _fill(self, page: QWidget, groups: Mapping[str, Rows]) -> None:
        grid = QGridLayout(page)
        grid.setContentsMargins(theme.SPACE_L, 0, theme.SPACE_L, theme.SPACE_L)
        grid.setHorizontalSpacing(theme.SPACE_XL)
        grid.setVerticalSpacing(theme.SPACE_S)
        for title, rows in groups.items():
            heading = styled(QLabel(title), "heading")
            heading.setContentsMargins(0, theme.SPACE_L, 0, 0)
            grid.addWidget(heading, grid.rowCount(), 0, 1, 2)
            self.headings.append((heading, range(len(self.rows), len(self.rows) + len(rows))))
            for what, keys in rows:
                words = styled(QLabel(keys, wordWrap=True), "muted")
                label = QLabel(what, wordWrap=True)
                number = grid.rowCount()
                grid.addWidget(label, number, 0, Qt.AlignmentFlag.AlignTop)
                grid.addWidget(words, number, 1, Qt.AlignmentFlag.AlignTop)
                self.rows.append((f"{title} {what} {keys}".casefold(), label, words))
        grid.addWidget(self.nothing, grid.rowCount(), 0, 1, 2)
        grid.setRowStretch(grid.rowCount(), 1)
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 1)

    def _show_matching(self, words: str) -> None:
        wanted = words.casefold().split()
        shown = [all(word in text for word in wanted) for text, _, _ in self.rows]
        for (_, what, keys), visible in zip(self.rows, shown, strict=True):
            what.setVisible(visible)
            keys.setVisible(visible)
        for heading, numbers in self.headings:
            heading.setVisible(any(shown[number] for number in numbers))
        self.nothing.setVisible(not any(shown))
