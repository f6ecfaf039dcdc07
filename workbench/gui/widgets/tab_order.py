"""The order in which Tab leads through a window."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLayout, QWidget


def tab_leads(window: QWidget, parts: Sequence[QWidget], *, onward: bool) -> bool:
    """Move the focus to what Tab reaches, or Shift+Tab if not ``onward``; return False if it is not in these parts."""
    stops, focused = tab_stops(parts), window.focusWidget()
    if focused not in stops:
        return False
    reason = Qt.FocusReason.TabFocusReason if onward else Qt.FocusReason.BacktabFocusReason
    stops[(stops.index(focused) + (1 if onward else -1)) % len(stops)].setFocus(reason)
    return True


def tab_stops(parts: Sequence[QWidget]) -> list[QWidget]:
    """Return what Tab reaches now in a window that consists of these parts, in their order; within one, in Qt's order.

    A part may lie in another; what is in both belongs to the inner one. Qt's order alone is that of creation, in which
    fields made later, as for a selected layer, come last.
    """
    places = {part: place for place, part in enumerate(parts)}
    return sorted(_stops(parts[0].window()), key=lambda stop: _place(stop, places))


def order_stops(layout: QLayout) -> None:
    """Let Tab go through a layout, and those within it, from first to last, also if some of it was made later."""
    for before, after in pairwise(_in_layout(layout)):
        QWidget.setTabOrder(before, after)


def _in_layout(layout: QLayout) -> Iterator[QWidget]:
    for place in range(layout.count()):
        item = layout.itemAt(place)
        assert item is not None
        widget = item.widget()
        within = widget.layout() if widget is not None else item.layout()
        if widget is not None and widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
            yield widget
        elif within is not None:
            yield from _in_layout(within)


def _stops(window: QWidget) -> Iterator[QWidget]:
    widget = window.nextInFocusChain()
    while widget is not window:
        assert widget is not None, "the chain is a ring"
        takes_focus = widget.focusPolicy() & Qt.FocusPolicy.TabFocus and widget.focusProxy() is None
        if takes_focus and widget.isVisible() and widget.isEnabled():
            yield widget
        widget = widget.nextInFocusChain()


def _place(stop: QWidget, places: dict[QWidget, int]) -> int:
    """Return the place of the part in which a widget lies."""
    inside: QWidget | None = stop
    while inside not in places:
        assert inside is not None, "the parts are the whole window"
        inside = inside.parentWidget()
    return places[inside]
