"""The list of keys and gestures, to be searched."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from workbench.gui import theme
from workbench.gui.beside import Beside

Rows = Sequence[tuple[str, str]]
"""What is done, and by which keys."""

GESTURES: Mapping[str, Rows] = {
    "Canvas: without a menu": (
        ("Nudge the selection", "arrows, with Shift farther"),
        ("Select the next node along the connections", "Ctrl+arrows, with Shift several"),
        ("Edit the parameters of the selection", "Enter; Escape leads back"),
        ("Write a comment or a frame's title", "Enter or F2; Shift+Enter for a new line"),
        ("Leave a field, give up a drag, select nothing", "Escape"),
    ),
    "Canvas: mouse and trackpad": (
        ("Add a layer", "drag it from the palette; double-click on empty paper"),
        ("Put a layer into a connection", "drop it there"),
        ("Connect", "drag from port to port; onto empty paper for the layers that fit"),
        ("Select several", "drag over empty paper; click with Shift or Ctrl"),
        ("Move a frame and what is in it", "drag it by its title"),
        ("Resize a frame", "drag an edge or a corner"),
        ("Write a comment or a frame's title", "double-click"),
        ("Move the paper", "Space and drag, middle button and drag, or two fingers"),
        ("Zoom", "wheel, or pinch"),
    ),
    "Curves": (("Zoom", "wheel"), ("Move", "drag")),
    "Queue: the chosen run": (("Make it earlier or later", "Alt+Up or Alt+Down"), ("Take it out", "Del")),
}


class KeysWindow(Beside):
    """Every key there is, in groups, beside the window."""

    def __init__(self, parent: QWidget, groups: Mapping[str, Rows]) -> None:
        super().__init__(parent, "Keys")
        self.field = QLineEdit(placeholderText="Search for a command or a key")
        self.field.setAccessibleName("Search for a command or a key")
        self.field.setClearButtonEnabled(True)
        self.field.textChanged.connect(self._show_matching)
        self.nothing = QLabel("No command and no key is called so.", alignment=Qt.AlignmentFlag.AlignCenter)
        self.nothing.setProperty("role", "muted")
        self.nothing.hide()
        self.rows: list[tuple[str, QLabel, QLabel]] = []
        """Words to search in, and the two labels that show them."""
        self.headings: list[tuple[QLabel, range]] = []
        page = QWidget()
        page.setProperty("level", "surface")
        page.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._fill(page, {**groups, **GESTURES})
        area = QScrollArea()
        area.setAccessibleName("Keys and gestures")
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(page)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.SPACE_M, theme.SPACE_M, theme.SPACE_M, theme.SPACE_M)
        column.setSpacing(theme.SPACE_M)
        column.addWidget(self.field)
        column.addWidget(area)
        self.resize(620, 680)

    def _fill(self, page: QWidget, groups: Mapping[str, Rows]) -> None:
        grid = QGridLayout(page)
        grid.setContentsMargins(theme.SPACE_L, 0, theme.SPACE_L, theme.SPACE_L)
        grid.setHorizontalSpacing(theme.SPACE_XL)
        grid.setVerticalSpacing(theme.SPACE_S)
        for title, rows in groups.items():
            heading = QLabel(title)
            heading.setProperty("role", "heading")
            heading.setContentsMargins(0, theme.SPACE_L, 0, 0)
            grid.addWidget(heading, grid.rowCount(), 0, 1, 2)
            self.headings.append((heading, range(len(self.rows), len(self.rows) + len(rows))))
            for what, keys in rows:
                words = QLabel(keys)
                words.setProperty("role", "muted")
                words.setWordWrap(True)
                label = QLabel(what)
                label.setWordWrap(True)
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
