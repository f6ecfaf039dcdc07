"""Layouts that fit small windows: parts stand above each other where it is narrow, and scroll where it is low."""

from collections.abc import Iterator, Sequence

from PySide6.QtCore import QEvent, QRect, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QLayout, QLayoutItem, QScrollArea, QSplitter, QWidget, QWidgetItem

from workbench.gui.widgets import theme

NARROW = 600
"""Width in pixels below which two parts stand above each other."""

LEAST_PART = 192
"""Height in pixels of each of two parts above each other, so that a row of pictures is whole."""

LEAST_SEEN = 96
"""Height in pixels of what is seen at least of parts that scroll."""


class Beside(QWidget):
    """Widgets of the same width beside each other, or above each other where it is narrow."""

    def __init__(self, widgets: Sequence[QWidget]) -> None:
        super().__init__()
        self._widgets = widgets
        self._row = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(theme.SPACE_M)
        for widget in widgets:
            self._row.addWidget(widget, 1)

    def minimumSizeHint(self) -> QSize:
        """Return the size of the widest widget, since the others may stand below it."""
        widths = [widget.minimumSizeHint().width() for widget in self._widgets]
        return QSize(max(widths), super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        ways = QBoxLayout.Direction
        self._row.setDirection(ways.TopToBottom if self.width() < NARROW else ways.LeftToRight)
        super().resizeEvent(event)


class Sides(QSplitter):
    """A main part with another at its right, ``side_width`` wide at first, or below it where there is no room for both.

    The side has its distance from the main part from here.
    """

    def __init__(self, main: QWidget, side: QWidget, side_width: int) -> None:
        super().__init__()
        self._side_width = side_width
        self._parts = (main, side)
        for part in self._parts:
            self.addWidget(part)
        self.setStretchFactor(0, 1)
        self.setChildrenCollapsible(False)
        self._turn(Qt.Orientation.Horizontal)

    def minimumSizeHint(self) -> QSize:
        """Return the width of the wider part, since the other may stand below it, and the height of both if it does."""
        widths = [part.minimumSizeHint().width() for part in self._parts]
        heights = [self._least_height(part) for part in self._parts]
        is_above = self.orientation() is Qt.Orientation.Vertical
        return QSize(max(widths), sum(heights) + self.handleWidth() if is_above else max(heights))

    def resizeEvent(self, event: QResizeEvent) -> None:
        if not self._choose_way() and any(part.height() < self._least_height(part) for part in self._parts):
            self._share_height()
        super().resizeEvent(event)

    def event(self, event: QEvent) -> bool:
        """Choose the direction for what the parts need now."""
        done = super().event(event)
        if event.type() is QEvent.Type.LayoutRequest:
            self._choose_way()
        return done

    def _choose_way(self) -> bool:
        """Turn if that is needed; return whether it was."""
        needed = sum(_least_width(part) for part in self._parts) + theme.SPACE_M + self.handleWidth()
        is_narrow = self.width() < max(NARROW, needed)
        wanted = Qt.Orientation.Vertical if is_narrow else Qt.Orientation.Horizontal
        if wanted is self.orientation():
            return False
        self._turn(wanted)
        return True

    def _turn(self, orientation: Qt.Orientation) -> None:
        self.setOrientation(orientation)
        is_above = orientation is Qt.Orientation.Vertical
        self._parts[1].setContentsMargins(0 if is_above else theme.SPACE_M, theme.SPACE_S if is_above else 0, 0, 0)
        if is_above:
            self._share_height()
        else:
            self.setSizes([self.width() - self._side_width, self._side_width])

    def _share_height(self) -> None:
        """Give each of two parts above each other what it needs, and half of the rest."""
        if self.orientation() is Qt.Orientation.Horizontal:
            return
        least = [self._least_height(part) for part in self._parts]
        rest = max(self.height() - self.handleWidth() - sum(least), 0)
        self.setSizes([height + rest // 2 for height in least])

    def _least_height(self, part: QWidget) -> int:
        """Return the height that a part needs, with its words and buttons in several rows where it is narrow."""
        layout, height = part.layout(), part.minimumSizeHint().height()
        if layout is None or self.orientation() is Qt.Orientation.Horizontal:
            return height
        return max(height, layout.totalMinimumHeightForWidth(self.width()), LEAST_PART)


def _least_width(part: QWidget) -> int:
    """Return the width that a part needs, without the distance that it has from another."""
    margins = part.contentsMargins()
    return max(part.minimumSizeHint().width(), part.minimumWidth()) - margins.left() - margins.right()


class Scrolled(QScrollArea):
    """Scrolls its content up and down where the window is too low for it."""

    def __init__(self, content: QWidget) -> None:
        super().__init__(widgetResizable=True)
        self._content = content
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWidget(content)
        for widget in (self.viewport(), content):  # both would hide the window's ground
            widget.setAutoFillBackground(False)

    def minimumSizeHint(self) -> QSize:
        """Return the width of the content, and a height in which some of it can be seen."""
        least = self._content.minimumSizeHint()
        return QSize(least.width(), min(least.height(), LEAST_SEEN))


class Wrapped(QLayout):
    """Widgets at the left and at the right of one row, or in as many rows as they need."""

    def __init__(self, left: Sequence[QWidget], right: Sequence[QWidget]) -> None:
        super().__init__()
        self._items: list[QLayoutItem] = []
        self._num_left = len(left)
        self.setContentsMargins(0, 0, 0, 0)
        self.setSpacing(theme.SPACE_S)
        for widget in (*left, *right):
            self.addChildWidget(widget)
            # Not ``addWidget``: PySide6 may take an item that Qt has made for deleted while it is in use.
            self.addItem(QWidgetItem(widget))

    def addItem(self, item: QLayoutItem) -> None:
        self._items.append(item)

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        """The rows are as high as their widgets."""
        return Qt.Orientation.Horizontal

    def hasHeightForWidth(self) -> bool:
        """More rows are higher."""
        return True

    def heightForWidth(self, width: int) -> int:
        rows = self._rows(width - self._around().width())
        heights = [max(item.sizeHint().height() for item in row) for row in rows]
        return sum(heights) + self.spacing() * max(len(rows) - 1, 0) + self._around().height()

    def sizeHint(self) -> QSize:
        """Return the size as a single row."""
        width = self._length(self._shown(self._items)) + self._around().width()
        return QSize(width, self.heightForWidth(width))

    def minimumSize(self) -> QSize:
        """Return the size of the widest item alone in its row."""
        sizes = [item.minimumSize() for item in self._shown(self._items)]
        widths, heights = [size.width() for size in sizes], [size.height() for size in sizes]
        return QSize(max(widths, default=0), max(heights, default=0)) + self._around()

    def setGeometry(self, rect: QRect) -> None:
        super().setGeometry(rect)
        inside = rect.marginsRemoved(self.contentsMargins())
        top = inside.top()
        for row in self._rows(inside.width()):
            height = max(item.sizeHint().height() for item in row)
            left = [item for item in row if item in self._items[: self._num_left]]
            self._place(left, inside.left(), top, height, inside.width())
            right = row[len(left) :]
            self._place(right, inside.right() + 1 - self._length(right), top, height, inside.width())
            top += height + self.spacing()

    def _place(self, items: Sequence[QLayoutItem], x: int, top: int, height: int, room: int) -> None:
        for item in items:
            size = item.sizeHint()
            width = min(size.width(), room)
            item.setGeometry(QRect(x, top + (height - size.height()) // 2, width, size.height()))
            x += width + self.spacing()

    def _rows(self, width: int) -> list[list[QLayoutItem]]:
        """Return the shown items in rows: a single one if it is wide enough, or else the left and the right apart."""
        if self._length(self._shown(self._items)) <= width:
            groups = [self._items]
        else:
            groups = [self._items[: self._num_left], self._items[self._num_left :]]
        return [row for group in groups for row in self._wrapped(self._shown(group), width)]

    def _wrapped(self, items: Sequence[QLayoutItem], width: int) -> Iterator[list[QLayoutItem]]:
        row: list[QLayoutItem] = []
        for item in items:
            if row and self._length([*row, item]) > width:
                yield row
                row = []
            row.append(item)
        if row:
            yield row

    def _length(self, items: Sequence[QLayoutItem]) -> int:
        return sum(item.sizeHint().width() for item in items) + self.spacing() * max(len(items) - 1, 0)

    def _shown(self, items: Sequence[QLayoutItem]) -> list[QLayoutItem]:
        return [item for item in items if not item.isEmpty()]

    def _around(self) -> QSize:
        margins = self.contentsMargins()
        return QSize(margins.left() + margins.right(), margins.top() + margins.bottom())
