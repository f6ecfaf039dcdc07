"""Frame times of the data window while scrolling through 100,000 pictures, during their survey and after.

The pictures are generated as IDX files in a temporary folder, which also has the cache. A frame is a wheel step or
jump, everything that follows from it, and the repaint.
"""

import os
import struct
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np

NUM_PICTURES = 100_000
SIDE = 28
NUM_WHEEL_STEPS, NUM_JUMPS = 500, 200
BETWEEN_MS = 8
"""Pause between frames, in which events and threads go on."""

PITCH = 120
"""A notch of the wheel, in Qt's eighths of a degree."""


def main() -> None:
    """Write the pictures, open the window on them, and scroll twice."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["WORKBENCH_HOME"] = f"{folder}/home"
        write_pictures(Path(folder) / "set")
        in_window(Path(folder) / "set")


def write_pictures(folder: Path) -> None:
    """Write pictures of blurred noise, all different, with classes."""
    folder.mkdir()
    random = np.random.default_rng(0)
    with (folder / "train-images-idx3-ubyte").open("wb") as file:
        file.write(struct.pack(">4B3I", 0, 0, 8, 3, NUM_PICTURES, SIDE, SIDE))
        for _ in range(0, NUM_PICTURES, 1000):
            coarse = random.integers(0, 256, (1000, SIDE // 4, SIDE // 4), np.uint8)
            file.write(coarse.repeat(4, axis=1).repeat(4, axis=2).tobytes())
    classes = random.integers(0, 10, NUM_PICTURES, np.uint8)
    header = struct.pack(">4BI", 0, 0, 8, 1, NUM_PICTURES)
    (folder / "train-labels-idx1-ubyte").write_bytes(header + classes.tobytes())


def in_window(folder: Path) -> None:
    """Measure frames of each phase in the data window of a real main window."""
    from workbench.gui.runtime.interpreter import prepare_interpreter

    prepare_interpreter()
    from PySide6.QtCore import QEventLoop, QTimer
    from PySide6.QtWidgets import QApplication

    from workbench.gui.app import open_window
    from workbench.gui.browse_data.view import DataWindow
    from workbench.gui.settings.presenter import with_data
    from workbench.spec.component import Component

    app = QApplication([])
    window = open_window(app, None)
    window.resize(1440, 900)

    def wait(condition: Callable[[], bool]) -> None:
        loop, poll = QEventLoop(), QTimer(interval=BETWEEN_MS)
        poll.timeout.connect(lambda: condition() and loop.quit())
        poll.start()
        loop.exec()

    wait(lambda: window.checker.settled and not window.pump.busy)
    source = Component(type="IdxFolder", parameters={"folder": str(folder)})
    window.document.apply("benchmark", with_data(window.document.experiment, source=source))
    wait(lambda: window.checker.settled and not window.pump.busy)
    began_s = time.perf_counter()
    window.commands["data"].trigger()
    look = window.findChild(DataWindow)
    wait(lambda: look.gallery.verticalScrollBar().maximum() > 0)
    print(f"  {NUM_PICTURES:,} pictures, {SIDE}×{SIDE}: there after {time.perf_counter() - began_s:.1f} s")
    scroll(look.gallery, "while they are checked", wait)
    print("  still being checked" if window.pump.busy else "  the check ended meanwhile")
    wait(lambda: not window.pump.busy)
    print(f"  checked after {time.perf_counter() - began_s:.1f} s")
    scroll(look.gallery, "afterwards", wait)


def scroll(gallery, when: str, wait) -> None:
    """Measure wheel steps down from the top, then jumps to many places."""
    for what, steps in (("wheel step", wheel_steps(gallery)), ("jump", jumps(gallery))):
        frames_ms: list[float] = []
        gallery.verticalScrollBar().setValue(0)
        for step in steps:
            frames_ms.append(frame_ms(gallery, step))
            wait(lambda: True)
        say(f"{what}, {when}", frames_ms)


def wheel_steps(gallery) -> Iterator[Callable[[], None]]:
    """Steps that turn the wheel over the pictures by a notch."""
    from PySide6.QtCore import QPoint, QPointF, Qt
    from PySide6.QtGui import QWheelEvent
    from PySide6.QtWidgets import QApplication

    place, viewport = QPoint(200, 200), gallery.viewport()

    def turn() -> None:
        event = QWheelEvent(
            QPointF(place),
            QPointF(viewport.mapToGlobal(place)),
            QPoint(),
            QPoint(0, -PITCH),
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(viewport, event)

    return (turn for _ in range(NUM_WHEEL_STEPS))


def jumps(gallery) -> Iterator[Callable[[], None]]:
    """Steps that jump all over the scroll bar, as when dragging it."""
    bar = gallery.verticalScrollBar()
    return (
        lambda number=number: bar.setValue(bar.maximum() * (number * 37 % NUM_JUMPS) // NUM_JUMPS)
        for number in range(NUM_JUMPS)
    )


def frame_ms(gallery, step: Callable[[], None]) -> float:
    """Milliseconds of the step and the repaint."""
    from PySide6.QtWidgets import QApplication

    began_s = time.perf_counter()
    step()
    QApplication.processEvents()
    gallery.viewport().repaint()
    return (time.perf_counter() - began_s) * 1e3


def say(what: str, frames_ms: list[float]) -> None:
    """Print the percentiles in a line."""
    ordered = sorted(frames_ms)
    p50, p99 = (ordered[int(len(ordered) * share)] for share in (0.5, 0.99))
    print(f"  {what}: p50 {p50:.1f} ms, p99 {p99:.1f}, max {ordered[-1]:.1f} ({len(ordered)} frames)")


if __name__ == "__main__":
    main()
    sys.stdout.flush()
    os._exit(0)
