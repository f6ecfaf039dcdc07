"""Opening, waiting for and closing the window for a picture."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from workbench.gui.app import open_window
from workbench.gui.widgets import theme
from workbench.gui.window.main_window import MainWindow

HERE = Path(__file__).parent
SIZE = (1440, 900)
INTERVAL_MS = 20

SEEN_EPOCHS = 5
"""The run is paused after this many of the preset's fifteen epochs, with something on every panel."""


def opened(app: QApplication, file: Path | None) -> MainWindow:
    """The window on this file, or on the first preset, in the light theme, with everything checked."""
    window = open_window(app, file)
    window.resize(*SIZE)
    theme.apply(app, "light")
    wait(app, lambda: window.checker.settled)
    return window


def let_live(app: QApplication, window: MainWindow, num_ticks: int) -> None:
    """Wait until everything is checked, and for this many more ticks of the window's pump."""
    ticks: list[None] = []
    counted = window.pump.ticked.connect(lambda: ticks.append(None))
    wait(app, lambda: window.checker.settled and len(ticks) >= num_ticks)
    window.pump.ticked.disconnect(counted)


def close(app: QApplication, window: MainWindow) -> None:
    """Close the window and discard unsaved changes."""
    window.project.ask_to_save = lambda: "discard"
    window.close()
    wait(app, lambda: window.closing.done)


def wait(app: QApplication, condition: Callable[[], object]) -> None:
    """Run the event loop until the condition holds, without holding the GIL meanwhile."""
    loop, timer = QEventLoop(app), QTimer(interval=INTERVAL_MS)
    timer.timeout.connect(lambda: loop.quit() if condition() else None)
    timer.start()
    loop.exec()
    timer.stop()
