"""The training loop against loops as users write them, each with its own default threads, in wall time.

The program finds the fastest number of threads by trial, and its waiting threads soon sleep; a script uses torch's
default number, and its threads spin. So each loop has its own process, and they take turns. The loops are those of
``textbook``, which compares CPU times on one thread. ``the update alone`` is our network and optimizer on one batch,
again and again, without data, log or safety: no loop around them can be faster. In memory both compute in float32, so
that their losses are equal; against PIL ours computes in what the trial finds fastest.
"""

import dataclasses
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from workbench.__main__ import SPIN_COUNT

ROUNDS = 15
TURN_S = 0.5

ALONE = "ours, the update alone"
IN_MEMORY, PIL = "in memory by hand", "PIL and DataLoader"
PAIRS = (("ours", IN_MEMORY), (ALONE, IN_MEMORY), ("ours, crop and flip", PIL))


def main() -> None:
    """Print for each network the time per step, how it is computed, and the ratio of both loops within a round."""
    for network in ("lenet", "resnet20"):
        for pair in PAIRS:
            loops = [Loop(network, name) for name in pair]
            rounds = [[loop.step_ms() for loop in loops] for _ in range(ROUNDS)]
            ours, theirs = (statistics.median(times) for times in zip(*rounds, strict=True))
            ratio = statistics.median(rival / own for own, rival in rounds)
            said = [f"{loop.name} {ms:.2f} ms ({loop.speed})" for loop, ms in zip(loops, (ours, theirs), strict=True)]
            print(f"  {network}: {', '.join(said)}: {ratio:.2f} times", flush=True)
            for loop in loops:
                loop.close()


class Loop:
    """A training loop in its own process, which makes steps on request."""

    def __init__(self, network: str, name: str) -> None:
        self.name = name
        environment = {key: value for key, value in os.environ.items() if not key.startswith(("OMP_", "GOMP_"))}
        if name.startswith("ours"):
            environment["GOMP_SPINCOUNT"] = SPIN_COUNT  # as the program sets it at its start
        command = [sys.executable, "-m", "tests.benchmarks.as_it_comes", network, name]
        pipe = subprocess.PIPE
        self._child = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, env=environment)
        self.speed = self._line()
        self.step_ms()  # warm up

    def step_ms(self) -> float:
        """Milliseconds per step, averaged over a turn."""
        self._child.stdin.write("\n")
        self._child.stdin.flush()
        return float(self._line())

    def close(self) -> None:
        """End the process."""
        self._child.communicate()

    def _line(self) -> str:
        return self._child.stdout.readline().strip()


def serve(network: str, name: str) -> None:
    """Make a step and report how it is computed; then for each line on stdin make steps for a turn and report the
    time per step.
    """
    import torch

    with tempfile.TemporaryDirectory() as folder:
        step, speed = loop_of(network, name, Path(folder))
        step(1)
        print(speed or f"{torch.get_num_threads()} threads", flush=True)
        for _ in sys.stdin:
            num_steps, began_s = 0, time.perf_counter()
            while time.perf_counter() < began_s + TURN_S:
                step(1)
                num_steps += 1
            print(1000 * (time.perf_counter() - began_s) / num_steps, flush=True)


def loop_of(network: str, name: str, folder: Path):
    """The loop from ``textbook``, and for ours, which computes as a trial finds fastest, how that is."""
    from tests.benchmarks import textbook
    from workbench.data.preparation import prepare
    from workbench.session.prepared import input_shape
    from workbench.spec.experiment import Speed
    from workbench.spec.files import read_experiment
    from workbench.training import beginning
    from workbench.training.device import free_a_core
    from workbench.training.speed_trial import quickest, trial

    experiment = textbook.long(read_experiment(network))
    if name in PAIRS[-1]:
        experiment = textbook.with_augmentation(experiment, textbook.CROP)
    else:
        experiment = textbook.computed(experiment, Speed(precision="float32"))
    data = dataclasses.replace(
        prepare(experiment.data, input_shape=input_shape(experiment), seed=experiment.seed), val=None
    )
    if name.startswith("ours"):
        free_a_core()
        chosen = quickest(trial(*beginning.prepare(experiment, data), lambda _: True)).speed
        experiment = textbook.computed(experiment, chosen)
        alone = name == ALONE
        loop = textbook.update_alone(experiment, data) if alone else textbook.our_loop(experiment, data, folder)[0]
        return loop, chosen.words()
    module = {"lenet": textbook.LeNet, "resnet20": textbook.ResNet20}[network]()
    make = textbook.in_memory if name == IN_MEMORY else textbook.pil_loader
    return make(module, module.state_dict(), experiment, data), ""


if __name__ == "__main__":
    serve(*sys.argv[1:]) if sys.argv[1:] else main()
