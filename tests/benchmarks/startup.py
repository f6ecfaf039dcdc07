"""Time from process start to a usable window and to a first step, against a bare Qt window and a plain script."""

import os
import statistics
import subprocess
import sys
import tempfile
import time

from workbench.__main__ import SPIN_COUNT

ROUNDS = 7

BARE_WINDOW = """
from PySide6.QtWidgets import QApplication, QMainWindow
class Window(QMainWindow):
    def paintEvent(self, event):
        print("now", flush=True)
app = QApplication([])
window = Window()
window.resize(1440, 900)
window.show()
app.exec()
"""

OUR_WINDOW = """
import sys
from workbench.gui.runtime.interpreter import prepare_interpreter
from workbench.session import doctor
assert doctor.window_preflight() is None
prepare_interpreter()
from PySide6.QtWidgets import QApplication
from workbench.gui.app import open_window
app = QApplication([])
window = open_window(app, None)
assert "torch" not in sys.modules
window.painted.connect(lambda: print("now", flush=True))
app.exec()
"""

STEP_BY_HAND = """
import torch, torchvision
from torch import nn
import numpy, pathlib
folder = pathlib.Path("resources/datasets/fashion-mnist-small")
arrays = numpy.load(folder / "pictures.npz")
name = next(name for name in arrays.files if arrays[name].ndim >= 3)
inputs = torch.from_numpy(arrays[name][:128]).reshape(128, 1, 28, 28).float() / 255
module = nn.Sequential(
    nn.Conv2d(1, 6, 5, padding=2), nn.MaxPool2d(2), nn.ReLU(), nn.Conv2d(6, 16, 5), nn.MaxPool2d(2), nn.ReLU(),
    nn.Flatten(), nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10),
)
optimizer = torch.optim.SGD(module.parameters(), lr=0.05, momentum=0.9)
nn.functional.cross_entropy(module(inputs), torch.zeros(128, dtype=torch.int64)).backward()
optimizer.step()
print("now", flush=True)
"""

OUR_STEP = """
import pathlib, sys, time
from workbench.events import StepFinished
from workbench.session.running.in_thread import start
from workbench.spec.files import read_experiment
run = start(read_experiment("lenet"), pathlib.Path(sys.argv[1]))
while not any(isinstance(event, StepFinished) for event in run.log.since(0)):
    assert run.state != "failed", run.log.since(0)[-1]
    time.sleep(0.001)
print("now", flush=True)
"""


def main() -> None:
    """Print both as seconds and as a ratio."""
    compare("first paint", OUR_WINDOW, "a bare Qt window", BARE_WINDOW)
    compare("first step", OUR_STEP, "import torch, torchvision and one by hand", STEP_BY_HAND)


def compare(what: str, ours: str, peer: str, theirs: str) -> None:
    """Alternate rounds; the first of each only warms the disk's caches."""
    pairs = [(seconds(ours), seconds(theirs)) for _ in range(ROUNDS + 1)][1:]
    mine, other = (statistics.median(column) for column in zip(*pairs, strict=True))
    print(f"  {what}: {mine:.2f} s; {peer}: {other:.2f} s; {mine / other:.2f} times")


def seconds(script: str) -> float:
    """Seconds from starting a Python with this script until it prints "now"."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {"QT_QPA_PLATFORM": "offscreen", "GOMP_SPINCOUNT": SPIN_COUNT, "WORKBENCH_HOME": folder}
        began_s = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-c", script, folder],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"} | environment,
        )
        assert process.stdout is not None
        line = process.stdout.readline()
        elapsed_s = time.perf_counter() - began_s
        process.kill()
        process.wait()
    assert line == "now\n", f"the script ended early: {script}"
    return elapsed_s


if __name__ == "__main__":
    main()
