"""PySide6's classes, in separate processes, because each is created once per process."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("PySide6")

CLASSES_MADE = """
from PySide6 import QtWidgets
from PySide6.QtWidgets import QApplication
from workbench.gui.runtime.qt_classes import make_each
from workbench.gui.runtime.slices import Slices
app = QApplication([])
print("QWizard" in vars(QtWidgets))
maker = Slices(app, make_each(), app.quit)
app.exec()
print("QWizard" in vars(QtWidgets))
"""

START = """
import faulthandler, os, sys
faulthandler.enable()
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from workbench.gui.app import open_window
app = QApplication([])
sys.setswitchinterval(1e-6)
window = open_window(app, None)
timer = QTimer(interval=5)
timer.timeout.connect(lambda: hasattr(window, "training_page") and os._exit(0))
timer.start()
app.exec()
"""


def test_all_classes_are_made_while_the_window_goes_on() -> None:
    """If the first becomes True, PySide6 creates its classes at once, and ``qt_classes`` can be removed."""
    child = subprocess.run([sys.executable, "-c", CLASSES_MADE], capture_output=True, text=True, check=True)
    assert child.stdout.split() == ["False", "True"]


@pytest.mark.slow
def test_no_start_is_brought_down_by_two_threads_that_make_one_class(tmp_path: Path) -> None:
    """Without the fix, one start in fourteen crashed when threads were switched as often as possible."""
    for number in range(100):
        environment = os.environ | {"WORKBENCH_HOME": str(tmp_path)}
        child = subprocess.run([sys.executable, "-c", START], capture_output=True, text=True, env=environment)
        assert child.returncode == 0, f"start {number}: {child.stderr}"
