"""A long table is chosen in the window: until the data page shows all about it, how late the window's timer is.

On a busy machine, a timer is late since other programs compute; therefore it is also told how late it is without the
time in which its thread waited for a processor (``held``: by the interpreter, or its own work), and the computing
time of this program between two ticks, of which the timer's interval is the least that a thread at work shows, and
that of the window's own thread. Linux alone tells the first. Each measurement has its own process. ``pictures`` is a
table of 1,000,000 rows with the path of a picture, a class, a number and a split; ``numbers`` one of 300,000 rows
with seven numbers and a class; ``lines`` and ``parquet`` have as many columns in 1,000,000 rows of JSON lines and of
Parquet; ``lists`` has 3,000 lists of 784 numbers in JSON lines. The computing time of the child process that reads
the table is not counted.

    python -m tests.benchmarks.table [pictures|numbers|lines|parquet|lists]
"""

import gc
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import psutil
from PIL import Image

NUM_ROWS = {"pictures": 1_000_000, "numbers": 300_000, "lines": 1_000_000, "parquet": 1_000_000, "lists": 3000}
NUM_FILES, NUM_NUMBERS = 100, 7
TIMER_MS = 16


def main() -> None:
    """Print a line for each table."""
    for kind in sys.argv[1:] or NUM_ROWS:
        with tempfile.TemporaryDirectory() as home:
            path = write_table(Path(home) / "table", kind, NUM_ROWS[kind])
            environment = os.environ | {"QT_QPA_PLATFORM": "offscreen", "WORKBENCH_HOME": home}
            command = [sys.executable, "-m", "tests.benchmarks.table", "in_window", str(path)]
            run = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
        assert run.returncode == 0, run.stderr
        found = json.loads(run.stdout.splitlines()[-1])
        late_ms, held_ms, between_ms, own_ms = (
            sorted(found[name]) for name in ("late_ms", "held_ms", "between_ms", "own_ms")
        )
        print(
            f"  {NUM_ROWS[kind]:,} rows of {kind}: {found['wall_s']:.1f} s, CPU {found['cpu_s']:.1f} s; "
            f"timer late by p99 {late_ms[int(len(late_ms) * 0.99)]:.1f} ms, max {late_ms[-1]:.0f}; "
            f"held p99 {held_ms[int(len(held_ms) * 0.99)]:.1f} ms, max {held_ms[-1]:.0f}; "
            f"computing between two ticks p99 {between_ms[int(len(between_ms) * 0.99)]:.1f} ms, max {between_ms[-1]:.0f}; "
            f"of it the window's thread p99 {own_ms[int(len(own_ms) * 0.99)]:.1f} ms, max {own_ms[-1]:.0f}; "
            f"private memory {found['private_mb']:+.0f} MB, peak {found['peak_mb']:.0f} MB",
            flush=True,
        )


def write_table(folder: Path, kind: str, num_rows: int) -> Path:
    """Write a table, and a few small pictures under many names."""
    folder.mkdir()
    random = np.random.RandomState(0)
    if kind == "parquet":
        import pyarrow.parquet

        columns = {f"x{number}": random.randn(num_rows) for number in range(NUM_NUMBERS)}
        table = pyarrow.table(columns | {"class": [f"class{each}" for each in random.randint(0, 10, num_rows)]})
        pyarrow.parquet.write_table(table, folder / "table.parquet")
        return folder / "table.parquet"
    path = folder / ("table.csv" if kind in ("pictures", "numbers") else "table.jsonl")
    with path.open("w") as file:
        if kind == "pictures":
            file.writelines(rows_of_pictures(folder, random, num_rows))
        elif kind == "numbers":
            file.writelines(rows_of_numbers(random, num_rows))
        else:
            file.writelines(rows_of_json(random, num_rows, in_list=kind == "lists"))
    return path


def rows_of_json(random: np.random.RandomState, num_rows: int, *, in_list: bool) -> Iterator[str]:
    """Yield the lines, each with its numbers in a list or in columns."""
    for _ in range(num_rows):
        numbers = random.randn(784 if in_list else NUM_NUMBERS).round(4).tolist()
        cells = {"x": numbers} if in_list else {f"x{place}": number for place, number in enumerate(numbers)}
        yield json.dumps(cells | {"class": f"class{random.randint(10)}"}) + "\n"


def rows_of_pictures(folder: Path, random: np.random.RandomState, num_rows: int) -> Iterator[str]:
    """Write the pictures, and yield the lines; a path goes through links, so that there are many of each file."""
    for number in range(NUM_FILES):
        Image.fromarray(random.randint(0, 256, (28, 28)).astype(np.uint8)).save(folder / f"{number:02}.png")
        (folder / f"part{number:02}").symlink_to(folder)
    yield "path,class,number,split\n"
    for row in range(num_rows):
        split = "test" if row % 10 == 9 else "train"
        path = f"part{row // 10_000 % 100:02}/part{row // 100 % 100:02}/{row % 100:02}.png"
        yield f"{path},class{random.randint(10)},{random.rand():.6f},{split}\n"


def rows_of_numbers(random: np.random.RandomState, num_rows: int) -> Iterator[str]:
    """Yield the lines."""
    yield ",".join([*(f"x{number}" for number in range(NUM_NUMBERS)), "class"]) + "\n"
    for numbers in random.randn(num_rows, NUM_NUMBERS).tolist():
        yield ",".join(f"{number:.6f}" for number in numbers) + f",class{random.randint(10)}\n"


def in_window(path: Path) -> dict:
    """Open the window and choose the table; return what it took."""
    from workbench.gui.runtime.interpreter import prepare_interpreter

    prepare_interpreter()
    from PySide6.QtWidgets import QApplication

    from workbench.gui.app import open_window
    from workbench.gui.settings.data_page import DataPage

    app = QApplication([])
    window = open_window(app, None)
    window.resize(1440, 900)
    ticks = Ticks()
    wait(lambda: window.checker.settled and not window.pump.busy)
    page = window.findChild(DataPage)
    gc.collect()
    private_before = psutil.Process().memory_info()
    ticks.clear()
    began_s, began_cpu_s = time.perf_counter(), time.process_time()
    page.choose("choose a table", path)
    wait(lambda: shown(window, path) and window.checker.settled and not window.pump.busy)
    wall_s, cpu_s = time.perf_counter() - began_s, time.process_time() - began_cpu_s
    private = psutil.Process().memory_info()
    return {
        "wall_s": wall_s,
        "cpu_s": cpu_s,
        "late_ms": ticks.late_ms,
        "between_ms": ticks.between_ms,
        "own_ms": ticks.own_ms,
        "held_ms": ticks.held_ms,
        "private_mb": (private.rss - private_before.rss) / 1e6,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6,
    }


class Ticks:
    """How late each tick of a timer is, with and without waiting for a processor, and how long the process and the
    window's thread computed since the last.
    """

    def __init__(self) -> None:
        from PySide6.QtCore import Qt, QTimer

        self.late_ms: list[float] = []
        self.between_ms: list[float] = []
        self.own_ms: list[float] = []
        self._last_s, self._last_cpu_s, self._last_own_s = time.perf_counter(), time.process_time(), time.thread_time()
        self.held_ms: list[float] = []
        self._last_waited_s = waited_s()
        self._timer = QTimer(timerType=Qt.TimerType.PreciseTimer, interval=TIMER_MS)
        self._timer.timeout.connect(self._tick)
        self._timer.start()

    def clear(self) -> None:
        """Forget the ticks until now."""
        self.late_ms.clear()
        self.between_ms.clear()
        self.own_ms.clear()
        self.held_ms.clear()

    def _tick(self) -> None:
        now_s, now_cpu_s, now_own_s = time.perf_counter(), time.process_time(), time.thread_time()
        self.late_ms.append(max(0.0, (now_s - self._last_s) * 1e3 - TIMER_MS))
        self.between_ms.append((now_cpu_s - self._last_cpu_s) * 1e3)
        self.own_ms.append((now_own_s - self._last_own_s) * 1e3)
        now_waited_s = waited_s()
        self.held_ms.append(max(0.0, self.late_ms[-1] - (now_waited_s - self._last_waited_s) * 1e3))
        self._last_s, self._last_cpu_s, self._last_own_s = now_s, now_cpu_s, now_own_s
        self._last_waited_s = now_waited_s


def waited_s() -> float:
    """Return how long this thread has waited for a processor."""
    told = Path("/proc/thread-self/schedstat")
    return int(told.read_text().split()[1]) / 1e9 if told.exists() else 0.0


def wait(condition: Callable[[], bool]) -> None:
    """Run the window until the condition holds."""
    from PySide6.QtCore import QEventLoop, QTimer

    loop, poll = QEventLoop(), QTimer(interval=100)
    poll.timeout.connect(lambda: condition() and loop.quit())
    poll.start()
    loop.exec()


def shown(window, path: Path) -> bool:
    """Whether the document is of the table."""
    return window.document.experiment.data.source.parameters.get("file") == str(path)


if __name__ == "__main__":
    if sys.argv[1:2] == ["in_window"]:
        print(json.dumps(in_window(Path(sys.argv[2]))), flush=True)
        os._exit(0)
    main()
