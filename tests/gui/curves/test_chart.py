"""The charts' axes, as pyqtgraph asks them."""

import pytest
from pytestqt.qtbot import QtBot

from workbench.gui.curves.chart import StepAxis


@pytest.mark.parametrize(("low", "high"), [(0.0, 1.0), (0.4, 2.6), (0.0, 21.0), (3.0, 6_300.0)])
def test_each_step_is_named_once(qtbot: QtBot, low: float, high: float) -> None:
    axis = StepAxis("bottom")
    ticks = [(spacing, value) for spacing, values in axis.tickValues(low, high, 250) for value in values]
    names = [axis.tickStrings([value], 1.0, spacing)[0] for spacing, value in ticks if value > 0]
    assert names and len(set(names)) == len(names)
    assert all(value.is_integer() for _, value in ticks)
