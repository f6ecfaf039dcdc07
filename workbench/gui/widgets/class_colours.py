"""The colours of many classes, no two alike."""

from collections.abc import Sequence

from PySide6.QtGui import QColor

GOLDEN = (5**0.5 - 1) / 2
"""Steps of this share of the circle of hues come near no earlier one for long."""

STRENGTHS = ((0.9, 0.95), (0.45, 0.9), (0.85, 0.6))
"""Saturation and brightness of hues in turn."""


def class_colours(curves: Sequence[str], num_classes: int) -> list[QColor]:
    """Return a colour for each class: those of a theme's curves, then others all around the circle of hues."""
    hues = (
        QColor.fromHsvF(place * GOLDEN % 1, *STRENGTHS[place % len(STRENGTHS)])
        for place in range(num_classes - len(curves))
    )
    return [*map(QColor, curves), *hues][:num_classes]
