"""The charts' axes: steps below, the ends of the epochs above, losses and measures at the left."""

import pyqtgraph as pg

from workbench.gui.curves.presenter import CurvesPresenter, epoch_ticks

EPOCH_ROOM = 48
"""Pixels from one epoch's number to the next: enough for the first, which says that they are epochs."""


LEFT_LETTERS = 5
"""Of a number at the left that there is room for; pyqtgraph leaves out what does not fit."""


class ValueAxis(pg.AxisItem):
    """Losses, or what is measured; a loss that ran away is written with its power of ten: ``2e5``."""

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        """Labels of the ticks at these values."""
        strings: list[str] = super().tickStrings(values, scale, spacing)
        if self.logMode:
            return strings
        return [_short(words) if len(words) > LEFT_LETTERS or "e" in words else words for words in strings]


def _short(number: str) -> str:
    mantissa, _, power = f"{float(number):.2g}".partition("e")
    if not power:
        mantissa, _, power = f"{float(number):.1e}".partition("e")
    return f"{float(mantissa):g}e{int(power)}"


class WholeAxis(pg.AxisItem):
    """Whole numbers alone: there is no half an epoch to point at."""

    def tickSpacing(self, low: float, high: float, size: float) -> list[tuple[float, float]]:
        """How far ticks are apart, and where each level of them begins: never less than one."""
        wide = [(spacing, begin) for spacing, begin in super().tickSpacing(low, high, size) if spacing >= 1]
        return wide or [(1.0, 0.0)]


class StepAxis(WholeAxis):
    """Steps; the first says what they are."""

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        """Labels of the ticks at these values."""
        whole = [value for value in values if value > 0]
        return [
            "" if value <= 0 else f"step {value:,.0f}" if value == whole[0] else f"{value:,.0f}" for value in values
        ]


class EpochAxis(pg.AxisItem):
    """The ends of the epochs, above the chart, as many as there is room for."""

    def __init__(self, presenter: CurvesPresenter) -> None:
        super().__init__("top")
        self.presenter = presenter
        self._labels: dict[float, str] = {}

    def tickValues(self, low: float, high: float, size: float) -> list[tuple[float, list[float]]]:
        """Where ticks stand between two steps on so many pixels: one level of them."""
        room = EPOCH_ROOM * (high - low) / max(size, 1.0)
        self._labels = dict(epoch_ticks(self.presenter.epochs, shown=(low, high), room=room))
        return [(room, list(self._labels))]

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        """Labels of the ticks at these values."""
        return [self._labels[value] for value in values]
