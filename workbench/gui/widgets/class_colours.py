"""The colours of many classes, no two alike."""

from collections.abc import Iterable, Sequence
from html import escape

from PySide6.QtGui import QColor

from workbench.gui.widgets import theme

MOST_CLASSES = 255
"""As many classes of pixels as a mask has; 0 is none."""

MOST_IN_KEY = 40
"""A key of more classes would leave no room for what it explains."""

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


def pixel_colours() -> list[QColor]:
    """Return the colours of classes of pixels, the same in both themes, since pictures are."""
    return class_colours(theme.LIGHT.curves, MOST_CLASSES)


def pixel_shades() -> list[tuple[int, int, int]]:
    """Return the same as red, green and blue."""
    return [(each.red(), each.green(), each.blue()) for each in pixel_colours()]


def colour_key(classes: Iterable[tuple[int, str]]) -> str:
    """Return a line of HTML with the colours of classes of pixels, by place and name; none is broken between lines.

    They are on white, since some are as dark as the dark theme. Of very many it has the first, and how many more there
    are.
    """
    colours, ground, every = pixel_colours(), theme.LIGHT.surface, list(classes)
    shown = [
        f"<span style='white-space:nowrap'>"
        f"<span style='color:{colours[place % len(colours)].name()}; background-color:{ground}'>■</span>"
        f"&nbsp;{escape(name)}</span>"
        for place, name in every[:MOST_IN_KEY]
    ]
    num_more = len(every) - len(shown)
    return " &nbsp; ".join(shown + [f"{num_more:,} more"] * bool(num_more))
