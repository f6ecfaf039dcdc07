"""The charts' axes: steps below, ends of epochs above, losses and measures at the left."""

import pyqtgraph as pg

from workbench.gui.watch.curves.presenter import CurvesPresenter, epoch_ticks

EPOCH_ROOM = 48
"""Minimum distance in pixels between the numbers of two epochs, wide enough for the first label, "epoch 1"."""


LEFT_LETTERS = 5
"""Letters of a number at the left that fit; pyqtgraph drops longer ones."""


class ValueAxis(pg.AxisItem):
    """Axis of losses or measures; a diverged loss is shown with its power of ten: ``2e5``."""

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        """Return the labels of the ticks at these values."""
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
    """An axis with whole numbers only, since there is no half an epoch."""

    def tickSpacing(self, low: float, high: float, size: float) -> list[tuple[float, float]]:
        """Return spacing and offset of each level of ticks, with a spacing of at least one."""
        wide = [(spacing, begin) for spacing, begin in super().tickSpacing(low, high, size) if spacing >= 1]
        return wide or [(1.0, 0.0)]


class StepAxis(WholeAxis):
    """Axis of steps; the first label says so."""

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        """Return the labels of the ticks at these values."""
        whole = [value for value in values if value > 0]
        return [
            "" if value <= 0 else f"step {value:,.0f}" if value == whole[0] else f"{value:,.0f}" for value in values
        ]


class EpochAxis(pg.AxisItem):
    """Axis with the ends of epochs above the chart, as many as fit."""

    def __init__(self, presenter: CurvesPresenter) -> None:
        super().__init__("top")
        self.presenter = presenter
        self._span = (0.0, 1.0, 1.0)
        """The steps at the two ends, and the pixels between them."""
        self._labels: dict[float, str] = {}
        self._seen: object = None
        """The last epoch and the span when the labels were last compared."""

    def tickValues(self, low: float, high: float, size: float) -> list[tuple[float, list[float]]]:
        """Return the ticks between two steps on ``size`` pixels, as a single level."""
        self._span = (low, high, size)
        self._labels = self._find()
        return [(1.0, list(self._labels))]

    def _find(self) -> dict[float, str]:
        low, high, size = self._span
        room = EPOCH_ROOM * (high - low) / max(size, 1.0)
        return dict(epoch_ticks(self.presenter.epochs, shown=(low, high), room=room))

    def renew(self) -> None:
        """Take the epochs that have ended since, most of which have no number."""
        seen = self.presenter.epochs[-1:], self._span
        if seen != self._seen and self._find() != self._labels:
            self.setTicks(None)
        self._seen = seen

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        """Return the labels of the ticks at these values."""
        return [self._labels[value] for value in values]
