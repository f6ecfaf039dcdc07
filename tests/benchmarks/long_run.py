"""A run of a million steps with its curves, as in the window: the growth of its process's memory."""

import tempfile
import time
from pathlib import Path

from workbench.gui.watch.curves.presenter import CurvesPresenter
from workbench.session.running.in_thread import start
from workbench.spec.files import read_experiment
from workbench.spec.record import replace

FIRST_STEPS, NUM_STEPS = 20_000, 1_000_000


def main() -> None:
    """Print the process's own memory at both points, and the steps per second."""
    experiment = read_experiment("mlp-xor")
    # Hundreds of steps an epoch, as usual in such a long run, rather than as many validations as steps.
    recipe = replace(experiment.training, epochs=1_000_000, batch_size=1, patience=None)
    with tempfile.TemporaryDirectory() as folder:
        run = start(replace(experiment, training=recipe), Path(folder))
        curves = CurvesPresenter()
        num_seen = wait(run, FIRST_STEPS, curves, 0)
        before_mb, began_s = own_mb(), time.perf_counter()
        wait(run, NUM_STEPS, curves, num_seen)
        after_mb, seconds = own_mb(), time.perf_counter() - began_s
        run.stop()
        run.join(60)
    rate = (NUM_STEPS - FIRST_STEPS) / seconds
    print(f"  {before_mb:.0f} MB after {FIRST_STEPS:,} steps, {after_mb - before_mb:.0f} MB more after {NUM_STEPS:,}")
    print(f"  {rate:,.0f} steps/s")


def wait(run, num_steps: int, curves: CurvesPresenter, num_seen: int) -> int:
    """Wait until this many steps are made; return the number of events that the curves have seen."""
    while run.log.last_step < num_steps:
        assert run.state in ("preparing", "running"), run.log.since(0)[-1]
        events = run.log.since(num_seen)
        curves.feed(events)
        num_seen += len(events)
        time.sleep(0.05)
    return num_seen


def own_mb() -> float:
    """Anonymous memory of this process in MB, without the pages of files, which the kernel can reclaim."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("RssAnon")) * 1024 / 1e6


if __name__ == "__main__":
    main()
