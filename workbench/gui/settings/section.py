"""The page that both settings tabs are: headed sections in a column that scrolls."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from workbench.gui import theme
from workbench.gui.forms import Form

LABEL_WIDTH = 118


def aligned(form: Form) -> Form:
    """The form with labels as wide as in every other, so that the fields of a page stand in one column."""
    for field in form.fields.values():
        field.label.setMinimumWidth(LABEL_WIDTH)
    return form


class Page(QScrollArea):
    """Sections, one under the other; ``name`` is what screen readers call them all."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setProperty("level", "surface")  # beside its scroll bar too
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFrameShape(QFrame.Shape.NoFrame)
        content = QWidget()
        content.setProperty("level", "surface")
        content.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._column = QVBoxLayout(content)
        self._column.setContentsMargins(theme.SPACE_M, theme.SPACE_M, theme.SPACE_M, theme.SPACE_L)
        self._column.setSpacing(theme.SPACE_S)
        self._column.addStretch()
        self.setWidget(content)

    def minimumSizeHint(self) -> QSize:
        """As wide as the widest row: nothing scrolls sideways."""
        width = self._column.minimumSize().width() + self.verticalScrollBar().sizeHint().width()
        return super().minimumSizeHint().expandedTo(QSize(width, 0))

    def add_section(self, title: str, *widgets: QWidget, tool: QWidget | None = None) -> QLabel:
        """A heading (with a tool at its right), the widgets under it; gives the heading."""
        heading = QLabel(title)
        heading.setProperty("role", "heading")
        row = QHBoxLayout()
        row.addWidget(heading, 1)
        if tool is not None:
            row.addWidget(tool, 0, Qt.AlignmentFlag.AlignBottom)
        end = self._column.count() - 1
        # The room above is the heading's own, so that a section that is hidden leaves none.
        heading.setContentsMargins(0, theme.SPACE_S if end else 0, 0, theme.SPACE_XS if tool is not None else 0)
        self._column.insertLayout(end, row)
        for place, widget in enumerate(widgets):
            self._column.insertWidget(end + 1 + place, widget)
        return heading
