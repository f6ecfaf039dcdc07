"""A curve of a million points: the cost of another batch of steps and of the repaint after it."""

import os
import statistics
import time

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from PySide6.QtWidgets import QApplication

from workbench.events import RunStarted, StepFinished

NUM_POINTS = 1_000_000
NUM_FRAMES = 60
STEPS_A_FRAME = 33
"""A thousand steps a second, displayed thirty times a second."""


def main() -> None:
    """Fill the panel, then measure frames: new events, then drawing both charts."""
    application = QApplication([])
    from workbench.gui.runtime.event_pump import EventPump
    from workbench.gui.watch.curves.view import CurvesPanel

    panel = CurvesPanel(EventPump())
    panel.resize(1200, 320)
    panel.show()
    losses = 2 * np.exp(-np.arange(NUM_POINTS + NUM_FRAMES * STEPS_A_FRAME) / 2e5)
    losses += 0.2 * np.random.default_rng(0).standard_normal(len(losses))
    started = RunStarted(
        at=0.0, num_parameters=1, steps_per_epoch=1000, epochs=1100, first_step=1, device="CPU", environment={}
    )
    panel.feed([started, *steps(losses, 0, NUM_POINTS)], "running")
    application.processEvents()
    times_ms = []
    for frame in range(NUM_FRAMES):
        begin = NUM_POINTS + frame * STEPS_A_FRAME
        events = steps(losses, begin, begin + STEPS_A_FRAME)
        began_s = time.thread_time()
        panel.feed(events, "running")
        for chart in panel.charts:
            chart.plot.viewport().repaint()
        times_ms.append((time.thread_time() - began_s) * 1e3)
    each_ms = [frame_ms / len(panel.charts) for frame_ms in times_ms]
    p95_ms = statistics.quantiles(each_ms, n=20)[-1]
    print(f"  {NUM_POINTS:,} points, {STEPS_A_FRAME} new: update and repaint of a chart, CPU: "
          f"median {statistics.median(each_ms):.1f} ms, p95 {p95_ms:.1f} ms")  # fmt: skip


def steps(losses: np.ndarray, begin: int, end: int) -> list[StepFinished]:
    """Events of the steps from ``begin`` to ``end``."""
    return [
        StepFinished(at=step * 1e-3, step=step + 1, loss=float(loss), accuracy=0.5, learning_rate=0.1)
        for step, loss in enumerate(losses[begin:end], start=begin)
    ]


if __name__ == "__main__":
    main()
