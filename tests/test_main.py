"""The entry point, and what it must not load."""

import os
import subprocess
import sys

import pytest

import workbench
from workbench.__main__ import SPIN_COUNT

HEAVY = {"torch", "torchvision", "onnx", "onnxruntime", "onnxscript", "scipy"}
QT = {"PySide6", "shiboken6", "pyqtgraph"}


def loaded_by(code):
    """The top-level packages loaded by this code in a separate process."""
    report = f"{code}\nimport sys; print(*{{name.split('.')[0] for name in sys.modules}})"
    return set(subprocess.check_output([sys.executable, "-c", report], text=True).split())


def test_the_version():
    answer = subprocess.check_output([sys.executable, "-m", "workbench", "--version"], text=True)
    assert answer.split()[-1] == workbench.__version__


def test_threads_wait_quietly():
    """Unless the environment says how threads should wait."""
    code = (
        "import os; from workbench.__main__ import main; main(['--version']); print(os.environ.get('GOMP_SPINCOUNT'))"
    )
    unset = {name: value for name, value in os.environ.items() if name not in ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT")}
    for said, found in ({}, SPIN_COUNT), ({"OMP_WAIT_POLICY": "ACTIVE"}, "None"), ({"GOMP_SPINCOUNT": "7"}, "7"):
        assert subprocess.check_output([sys.executable, "-c", code], text=True, env=unset | said).split()[-1] == found


@pytest.mark.parametrize(
    "module",
    [
        "workbench.__main__",
        "workbench.cli",
        "workbench.data",
        "workbench.events",
        "workbench.layers",
        "workbench.session",
        "workbench.session.doctor",
        "workbench.spec.experiment",
        "workbench.spec.files",
        "workbench.training",
    ],
)
def test_stands_before_torch_and_without_qt(module):
    assert not loaded_by(f"import {module}") & (HEAVY | QT)


def test_every_catalogue_stands_before_torch():
    code = """
from workbench.data import AUGMENTATIONS, SOURCES
from workbench.layers import LAYERS
from workbench.training import LOSSES, OPTIMIZERS, SCHEDULES
for catalogue in (AUGMENTATIONS, SOURCES, LAYERS, LOSSES, OPTIMIZERS, SCHEDULES):
    assert catalogue.table
"""
    assert not loaded_by(code) & (HEAVY | QT)


@pytest.mark.qt
def test_the_window_stands_before_torch():
    assert not loaded_by("import workbench.gui.app") & HEAVY


OBSTACLE_READ = """
import sys
from PySide6.QtCore import QTimer
from workbench import __main__
from workbench.gui import app

class Reader(app.QApplication):
    def __init__(self, *arguments):
        super().__init__(*arguments)
        self._look = QTimer(self, interval=10)
        self._look.timeout.connect(self.read)
        self._look.start()

    def read(self):
        box = self.activeModalWidget()
        if box is not None:
            print(box.text())
            box.accept()

app.QApplication = Reader
sys.exit(__main__.main([]))
"""


@pytest.mark.qt
def test_where_its_folder_cannot_be_written_the_terminal_and_a_box_say_so(tmp_path):
    (tmp_path / "file").touch()
    environment = os.environ | {"WORKBENCH_HOME": str(tmp_path / "file"), "QT_QPA_PLATFORM": "offscreen"}
    command = [sys.executable, "-c", OBSTACLE_READ]
    answer = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert answer.returncode == 2
    line = answer.stderr.splitlines()[0]  # Qt's offscreen screen may add a warning of its own
    assert line.startswith(f"{tmp_path / 'file'}") and "set WORKBENCH_HOME to another folder" in line
    assert answer.stdout == f"The window cannot open: {line}.\n"
