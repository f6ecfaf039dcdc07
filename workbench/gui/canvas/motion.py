"""Short animations of the canvas: flying to a card, cards gliding to new positions. The model never waits for them."""

import math
from collections.abc import Callable

from PySide6.QtCore import QAbstractAnimation, QEasingCurve, QObject, QPointF, QVariantAnimation
from PySide6.QtWidgets import QWidget

GLIDE_MS = 240


class Motion(QObject):
    """Runs at most one animation at a time; a new one, or any user action, finishes the previous one at once."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self._widget = widget
        self._showing: Callable[[float], None] = lambda share: None
        curve = QEasingCurve(QEasingCurve.Type.InOutCubic)
        self._animation = QVariantAnimation(self, duration=GLIDE_MS, startValue=0.0, endValue=1.0, easingCurve=curve)
        self._animation.valueChanged.connect(self._show)

    @property
    def under_way(self) -> bool:
        return self._animation.state() == QAbstractAnimation.State.Running

    def start(self, show: Callable[[float], None]) -> None:
        """Call ``show`` with values from 0 to 1; only with 1 if the desktop has animations disabled."""
        # Creating this class's many enums takes 5 ms, which the first paint should not wait for.
        from PySide6.QtWidgets import QStyle

        self.finish()
        self._showing = show
        wanted = self._widget.style().styleHint(QStyle.StyleHint.SH_Widget_Animation_Duration, None, self._widget)
        if wanted and self._widget.isVisible():
            show(0.0)  # Qt's first tick comes later; until then, everything would appear at its destination
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
    """Interpolate linearly between two points."""
    return first + (last - first) * share


def zoom_between(first: float, last: float, share: float) -> float:
    """Interpolate zooms geometrically: halfway between 1 and 4 is 2."""
    return math.exp(math.log(first) + (math.log(last) - math.log(first)) * share)
