"""Steps per second with the window open against headless training, in alternation.

A shared machine's speed varies by more than the window costs, and identical processes differ by some percent,
depending on their memory layout. So a process with the window and one without take turns of half a second, while the
other is stopped; and several such pairs are measured.
"""

import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from itertools import pairwise
from pathlib import Path

from tests.benchmarks.window import long, num_steps
from workbench.__main__ import SPIN_COUNT

NUM_PAIRS = 5
NUM_TURNS = 40
TURN_S = 0.5
SKIPPED = 3
"""Steps not counted at the start of a turn: the first was interrupted, and the caches held the other process's data."""


def main() -> None:
    """Print the ratio for each pair, and over all pairs."""
    pairs = [pair() for _ in range(NUM_PAIRS)]
    for windowed, headless in pairs:
        print(f"  LeNet: {windowed:.1f} steps/s with the window, {headless:.1f} without; {windowed / headless:.3f}")
    ratios = [windowed / headless for windowed, headless in pairs]
    print(f"  median {statistics.median(ratios):.3f}, mean {statistics.mean(ratios):.3f}")


def pair() -> tuple[float, float]:
    """Steps per second of a new process with the window, and of one without."""
    children = [started("window"), started("headless")]
    for _ in range(NUM_TURNS):
        for child in children:
            child.send_signal(signal.SIGCONT)
            time.sleep(TURN_S)
            child.send_signal(signal.SIGSTOP)
    windowed, headless = (steps_per_s(ended(child)) for child in children)
    return windowed, headless


def started(what: str) -> subprocess.Popen:
    """Start a process that trains, and stop it once it does."""
    environment = {"QT_QPA_PLATFORM": "offscreen", "GOMP_SPINCOUNT": SPIN_COUNT, "WORKBENCH_HOME": tempfile.mkdtemp()}
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.benchmarks.window_cost", what],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # Qt complains about its offscreen platform
        text=True,
        env=os.environ | environment,
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "training\n"
    child.send_signal(signal.SIGSTOP)
    return child


def ended(child: subprocess.Popen) -> list[float]:
    """Let the process finish; return the end of each step, in seconds of the run."""
    child.send_signal(signal.SIGCONT)
    steps_at, _ = child.communicate("enough\n")
    result: list[float] = json.loads(steps_at.splitlines()[-1])
    return result


def steps_per_s(steps_at: list[float]) -> float:
    """Steps per second within turns; pauses for the other's turns are excluded."""
    turns = [[steps_at[0]]]
    for before, after in pairwise(steps_at):
        if after - before > 0.9 * TURN_S:
            turns.append([])
        turns[-1].append(after)
    counted = [turn for turn in turns[1:-1] if len(turn) > SKIPPED + 1]
    return sum(len(turn) - 1 - SKIPPED for turn in counted) / sum(turn[-1] - turn[SKIPPED] for turn in counted)


def say_steps(run) -> None:
    """Print when each of the run's steps ended."""
    from workbench.events import StepFinished

    print(json.dumps([event.at for event in run.log.since(0) if isinstance(event, StepFinished)]), flush=True)


def headless(enough: threading.Event) -> None:
    """Train without a window."""
    from workbench.session.running.in_thread import start

    run = start(long("lenet"), Path(os.environ["WORKBENCH_HOME"]) / "runs")
    while num_steps(run) < 50:
        time.sleep(0.05)
    print("training", flush=True)
    enough.wait()
    say_steps(run)


def windowed(enough: threading.Event) -> None:
    """Train in the window, with the panels that are open by default."""
    from workbench.gui.runtime.interpreter import prepare_interpreter

    prepare_interpreter()
    from PySide6.QtCore import QEventLoop, QTimer
    from PySide6.QtWidgets import QApplication

    from workbench.gui.app import open_window

    app = QApplication([])
    window = open_window(app, None)
    window.resize(1440, 900)

    def wait(condition) -> None:
        loop, poll = QEventLoop(), QTimer(interval=50)
        poll.timeout.connect(lambda: condition() and loop.quit())
        poll.start()
        loop.exec()
        poll.stop()

    wait(lambda: window.checker.settled and not window.pump.busy)
    window.document.apply("benchmark", long("lenet"))
    window.trainer.start()
    wait(lambda: window.trainer.run is not None and num_steps(window.trainer.run) >= 50)
    print("training", flush=True)
    wait(enough.is_set)
    say_steps(window.trainer.run)


if __name__ == "__main__":
    if len(sys.argv) == 1:
        main()
    else:
        enough = threading.Event()
        threading.Thread(target=lambda: (sys.stdin.readline(), enough.set()), daemon=True).start()
        {"headless": headless, "window": windowed}[sys.argv[1]](enough)
        os._exit(0)
