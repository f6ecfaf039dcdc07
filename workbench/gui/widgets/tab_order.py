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


def _stops(window: QWidget) -> list[QWidget]:
    """Return what Tab reaches in a window, in Qt's order.

    PySide6 takes each widget for a child of the one that it was asked of, and for deleted with that: half of the window
    when a page goes. So all are given back to their parents.
    """
    chain = _focus_chain(window)
    shown = [widget for widget in chain if widget.isVisible() and widget.isEnabled()]
    takers = [widget for widget in shown if widget.focusPolicy() & Qt.FocusPolicy.TabFocus]
    stops = [widget for widget in takers if widget.focusProxy() is None]
    for parent in {widget.parentWidget() for widget in chain}:
        assert parent is not None, "they are in the window"
        parent.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly)
    return stops


def _focus_chain(window: QWidget) -> list[QWidget]:
    """Return the widgets in a window; itself, which follows the last, is not asked for: it has no parent."""
    last, chain = window.previousInFocusChain(), [window]
    while chain[-1] is not last:
        following = chain[-1].nextInFocusChain()
        assert following is not None, "the chain is a ring"
        chain.append(following)
    return chain[1:]


def _place(stop: QWidget, places: dict[QWidget, int]) -> int:
    """Return the place of the part in which a widget lies."""
    inside: QWidget | None = stop
    while inside not in places:
        assert inside is not None, "the parts are the whole window"
        inside = inside.parentWidget()
    return places[inside]
