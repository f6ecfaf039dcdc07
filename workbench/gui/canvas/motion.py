"""Short glides of the canvas: flying to a card, cards going to their new places. The truth never waits for them."""

import math
from collections.abc import Callable

from PySide6.QtCore import QAbstractAnimation, QEasingCurve, QObject, QPointF, QVariantAnimation
from PySide6.QtWidgets import QWidget

GLIDE_MS = 240


class Motion(QObject):
    """At most one glide at a time: another, or whatever the hand does, puts an end to the one before at once."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self._widget = widget
        self._showing: Callable[[float], None] = lambda share: None
        self._animation = QVariantAnimation(self)
        self._animation.setDuration(GLIDE_MS)
        self._animation.setStartValue(0.0)
        self._animation.setEndValue(1.0)
        self._animation.setEasingCurve(QEasingCurve.Type.InOutCubic)
        self._animation.valueChanged.connect(self._show)

    @property
    def under_way(self) -> bool:
        """Whether an animation is running."""
        return self._animation.state() == QAbstractAnimation.State.Running

    def start(self, show: Callable[[float], None]) -> None:
        """Call ``show`` with a share that goes from 0 to 1; with 1 at once where the desktop wants no animations."""
        # Making this class's many enums takes 5 ms, for which the first paint need not wait.
        from PySide6.QtWidgets import QStyle

        self.finish()
        self._showing = show
        wanted = self._widget.style().styleHint(QStyle.StyleHint.SH_Widget_Animation_Duration, None, self._widget)
        if wanted and self._widget.isVisible():
            show(0.0)  # Qt's first turn comes later, and until then all would be seen to be there already
            self._animation.start()
        else:
            self._show(1.0)

    def finish(self) -> None:
        """Jump to the end of the animation."""
        if self.under_way:
            self._animation.stop()
            self._show(1.0)

    def _show(self, share: float) -> None:
        self._showing(share)


def between(first: QPointF, last: QPointF, share: float) -> QPointF:
    """The point between start and end, linearly interpolated."""
    return first + (last - first) * share


def zoom_between(first: float, last: float, share: float) -> float:
    """Zooms go by factors: half-way between 1 and 4 is 2."""
    return math.exp(math.log(first) + (math.log(last) - math.log(first)) * share)
