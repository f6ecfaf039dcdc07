"""Lateness of the window's event loop at work. The window's cost to training is measured by ``window_cost``.

Each measurement has its own process (``python -m tests.benchmarks.window lenet``), because the number of threads and
the import of torch cannot be undone.
"""

import json
import os
import subprocess
import sys
import tempfile
import time

from workbench.__main__ import SPIN_COUNT
from workbench.spec.record import replace

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("WORKBENCH_HOME", tempfile.gettempdir())

NUM_STEPS = 2000
TIMER_MS = 16


def main() -> None:
    """Print percentiles for each kind of work."""
    for preset in ("lenet", "resnet20"):
        for threads in (None, os.cpu_count()):
            row = child(preset, threads)
            say(f"{preset}, {threads or 'default'} threads, timer while it trains", row["training"])
        say(f"{preset}, timer while it trains in a process of its own", child(preset, apart=True)["training"])
    say("import of torch and of all else behind the window", row["loading"])
    say("opening the data and building the network", row["preparing"])
    say("export to ONNX", row["exporting"])


def say(what: str, late_ms: list[float]) -> None:
    """Print the percentiles in a line."""
    ordered = sorted(late_ms)
    p50, p99 = (ordered[int(len(ordered) * share)] for share in (0.5, 0.99))
    print(f"  {what}: late by p50 {p50:.1f} ms, p99 {p99:.1f}, max {ordered[-1]:.0f} ({len(ordered)} ticks)")


def child(preset: str, threads: int | None = None, *, apart: bool = False) -> dict:
    """Measure in a new process; with ``apart``, the training runs in yet another one."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {"QT_QPA_PLATFORM": "offscreen", "GOMP_SPINCOUNT": SPIN_COUNT, "WORKBENCH_HOME": folder}
        environment |= {"OMP_NUM_THREADS": str(threads)} if threads else {}
        command = [sys.executable, "-m", "tests.benchmarks.window", preset, *(["apart"] if apart else [])]
        run = subprocess.run(command, capture_output=True, text=True, env=os.environ | environment, check=False)
    assert run.returncode == 0, run.stderr
    result: dict = json.loads(run.stdout.splitlines()[-1])
    return result


def long(preset: str):
    """The preset with too many epochs to end."""
    from workbench.spec.files import read_experiment

    experiment = read_experiment(preset)
    return replace(experiment, training=replace(experiment.training, epochs=1000))


def num_steps(run) -> int:
    """Steps made so far."""
    assert run.state != "failed", run.log.since(0)[-1]
    newest = run.log.since(max(len(run.log) - 5, 0))  # five consecutive events include a step, once there are any
    return max((getattr(event, "step", 0) for event in newest), default=0)


def in_window(preset: str, *, apart: bool) -> dict:
    """Open the window, load, train and export; return the lateness of a timer in each phase."""
    from workbench.gui.runtime.interpreter import prepare_interpreter

    prepare_interpreter()
    from PySide6.QtCore import QEventLoop, Qt, QTimer
    from PySide6.QtWidgets import QApplication

    from workbench.gui.app import open_window

    app = QApplication([])
    window = open_window(app, None)
    window.resize(1440, 900)
    late: dict[str, list[float]] = {"loading": []}
    phase, last_s = "loading", time.perf_counter()

    def tick() -> None:
        nonlocal last_s
        now_s = time.perf_counter()
        late[phase].append(max(0.0, (now_s - last_s) * 1e3 - TIMER_MS))
        last_s = now_s

    def wait(condition) -> None:
        loop, poll = QEventLoop(), QTimer(interval=250)
        poll.timeout.connect(lambda: condition() and loop.quit())
        poll.start()
        loop.exec()

    def enter(name: str) -> None:
        nonlocal phase, last_s
        phase, last_s = name, time.perf_counter()
        late.setdefault(name, [])

    timer = QTimer(timerType=Qt.TimerType.PreciseTimer, interval=TIMER_MS)
    timer.timeout.connect(tick)
    timer.start()
    wait(lambda: window.checker.settled)
    window.document.apply("benchmark", long(preset))
    enter("preparing")
    if apart:
        window.commands["separate"].trigger()
    window.trainer.start()
    wait(lambda: window.trainer.run is not None and num_steps(window.trainer.run) >= 1)
    enter("training")
    goal = NUM_STEPS if preset == "lenet" else 60
    wait(lambda: num_steps(window.trainer.run) >= goal)
    enter("exporting")
    export(window, wait)
    enter("closing")
    window.trainer.run.stop()
    wait(lambda: window.trainer.run.join(0))
    return late


def export(window, wait) -> None:
    """Export the run's checkpoint in a child process, as the dialog does."""
    from workbench.runs.store import LAST
    from workbench.session.exchange.export import ExportJob

    run = window.trainer.run
    run.save_checkpoint()
    wait((run.folder / LAST).is_file)
    job = ExportJob(run.folder, run.folder / "net.onnx", "--opset", "20")
    wait(lambda: job.poll().phase != "running")
    assert job.poll().phase == "done", job.poll()
    job.close()


if __name__ == "__main__":
    if len(sys.argv) == 1:
        main()
    else:
        print(json.dumps(in_window(sys.argv[1], apart="apart" in sys.argv[2:])), flush=True)
        os._exit(0)
