"""The base of both settings tabs: sections with headings in a scrolling column."""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QEvent, QObject, QPoint, QSize, Qt
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from workbench.gui.forms.form import Form
from workbench.gui.widgets import theme
from workbench.gui.widgets.panel import ElidedLabel, fill, on_surface, spaced, styled
from workbench.gui.widgets.tab_order import order_stops
from workbench.spec.forms import parameters_of
from workbench.spec.record import Record

LABEL_WIDTH = 118
LARGEST_KEPT = 3
"""A page is at least so many times as high as what it keeps in view."""


def aligned(form: Form, label_width: int = LABEL_WIDTH) -> Form:
    """Give the form the same label width as all others of its page, so that the fields are aligned."""
    for field in form.fields.values():
        field.label.setMinimumWidth(label_width)
    return form


def settings_form(settings: type[Record], edit: Callable[[str, Any], object]) -> Form:
    """Return a form of settings that all have defaults. ``edit`` gets the name and the new value of one that is edited
    or reset.
    """
    form, defaults = aligned(Form(parameters_of(settings), {})), settings()
    form.edited.connect(edit)
    form.reset.connect(lambda name: edit(name, getattr(defaults, name)))
    return form


def labelled(label: str, field: QWidget, label_width: int = LABEL_WIDTH) -> QHBoxLayout:
    """Return a row with a field and its label, which is elided if necessary."""
    name = styled(ElidedLabel(), "muted")
    name.setText(label)
    name.setFixedWidth(label_width)
    name.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
    return fill(spaced(QHBoxLayout(), theme.SPACE_S), name, (field, 1))


class Page(QScrollArea):
    """Sections, one below another; ``name`` is the page's name for screen readers."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setProperty("level", "surface")  # also beside the scroll bar
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFrameShape(QFrame.Shape.NoFrame)
        content = on_surface(QWidget())
        margins = (theme.SPACE_M, theme.SPACE_M, theme.SPACE_M, theme.SPACE_L)
        self._column = fill(spaced(QVBoxLayout(content), theme.SPACE_S, *margins), None)
        self.setWidget(content)
        self._kept: _KeptInView | None = None

    def minimumSizeHint(self) -> QSize:
        """Return the width of the widest row, so that nothing scrolls sideways."""
        width = self._column.minimumSize().width() + self.verticalScrollBar().sizeHint().width()
        return super().minimumSizeHint().expandedTo(QSize(width, 0))

    def focusNextPrevChild(self, next: bool) -> bool:
        """Let Tab go from top to bottom; Qt's order is that of creation, and forms are created again and again."""
        order_stops(self._column)
        moved, focused = super().focusNextPrevChild(next), QApplication.focusWidget()
        if self._kept is not None and focused is not None and self.viewport().isAncestorOf(focused):
            hidden = self._kept.place() - focused.mapTo(self.viewport(), QPoint()).y()
            if hidden > 0:
                self.verticalScrollBar().setValue(self.verticalScrollBar().value() - hidden - theme.SPACE_L)
        return moved

    def keep_in_view(self, widget: QWidget, last: QWidget) -> None:
        """Keep a widget that a section begins with at the page's top while the settings below it, down to the ``last``
        one, are in view.
        """
        self._kept = _KeptInView(self, widget, last)

    def add_section(self, title: str, *widgets: QWidget) -> QLabel:
        """Add a heading and the widgets below it. Return the heading."""
        heading = styled(QLabel(title), "heading")
        end = self._column.count() - 1
        # The space above belongs to the heading, so that a hidden section leaves no gap.
        heading.setContentsMargins(0, theme.SPACE_S if end else 0, 0, 0)
        self._column.insertWidget(end, heading)
        for place, widget in enumerate(widgets):
            self._column.insertWidget(end + 1 + place, widget)
        return heading


class _KeptInView(QObject):
    """Moves a widget down from where the layout puts it. A low page has no room for that."""

    def __init__(self, page: QScrollArea, widget: QWidget, last: QWidget) -> None:
        super().__init__(page)
        self._page, self._widget, self._last = page, widget, last
        self._own_y = 0
        """Where the layout puts it."""
        self._moves = False
        widget.installEventFilter(self)
        for moved in (page.verticalScrollBar().valueChanged, page.verticalScrollBar().rangeChanged):
            moved.connect(self.place)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Move and not self._moves:
            self._own_y = self._widget.y()
            self.place()
        return super().eventFilter(watched, event)

    def place(self) -> int:
        """Move it to where it is to be seen; return the height that it covers at the page's top."""
        widget, seen_y = self._widget, self._page.verticalScrollBar().value()
        height = widget.height() if widget.isVisible() else 0
        lowest = self._last.geometry().bottom() - height
        is_kept = self._own_y < seen_y < lowest and 0 < LARGEST_KEPT * height < self._page.viewport().height()
        self._moves = True
        widget.move(widget.x(), seen_y if is_kept else self._own_y)
        self._moves = False
        widget.raise_()
        return height if is_kept else 0
