"""The tests' own window is closed even if a test fails."""

from collections.abc import Callable

import pytest
from PySide6.QtWidgets import QApplication

from tests.gui.conftest import Wait, opened
from workbench.gui.window.main_window import MainWindow


def test_a_window_that_is_not_ready_in_time_is_closed(
    qapp: QApplication, wait: Wait, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusals = [TimeoutError("it was not ready in time")]

    def at_first_in_vain(condition: Callable[[], object]) -> None:
        if refusals:
            raise refusals.pop()
        wait(condition)

    with pytest.raises(TimeoutError), opened(qapp, at_first_in_vain, monkeypatch):
        pytest.fail("nothing is tried in it")
    assert not any(isinstance(widget, MainWindow) and widget.isVisible() for widget in qapp.topLevelWidgets())
