"""kill -9 at a random moment of a run in a separate process: nothing acknowledged is lost, and it resumes exactly."""

import json
import random
import signal
import subprocess
import sys
import time

import pytest

from tests.data.sources.test_table_numbers import experiment_on, write_set
from tests.session.waiting import DEADLINE_S, logged, patiently, steps, wait_for
from tests.training.changed_runs import run as run_changed
from tests.training.experiments import data_of, digits
from tests.training.trained import losses
from workbench.runs.changes import read_changes
from workbench.runs.store import EVENTS, LAST, list_runs, open_run
from workbench.session.running.in_thread import resume, start
from workbench.spec.experiment import Speed
from workbench.spec.files import to_json

pytestmark = pytest.mark.slow

NUM_KILLS = 12


@pytest.mark.parametrize(
    "settings", [{}, {"average": 0.99, "clip_norm": 1.0, "accumulate": 2, "speed": Speed(precision="fp16")}]
)
def test_no_kill_loses_a_run(tmp_path, settings):
    check_kills(digits(epochs=60, **settings), tmp_path, NUM_KILLS)


def test_no_kill_loses_a_run_on_a_table_of_numbers(tmp_path):
    experiment = experiment_on(write_set(tmp_path, "cancer"), **{"training.epochs": 60})
    check_kills(experiment, tmp_path, kills=3)


def check_kills(experiment, tmp_path, kills):
    file = tmp_path / "experiment.json"
    file.write_text(to_json(experiment))
    whole = start(experiment, tmp_path / "whole")
    assert whole.join(5 * DEADLINE_S)  # two runs in one process would share torch's generator
    dice = random.Random(0)
    for number in range(kills):
        folder = killed_run(file, tmp_path / f"killed{number}", dice)
        saved = open_run(folder)
        told = [(event.step, event.loss) for event in logged(folder) if hasattr(event, "loss")]
        assert told and saved.resumable
        again = resume(folder)
        assert again.differences == () and again.join(5 * DEADLINE_S) and again.state == "finished"
        unbroken = [(event.step, event.loss) for event in steps(whole)]
        assert told == unbroken[: len(told)]
        assert [(event.step, event.loss) for event in steps(again)] == unbroken


@pytest.mark.parametrize(("kills", "when", "epochs", "batch_size"), [(200, "random", 60, 64), (300, "save", 80, 700)])
def test_hundreds_of_kills_cost_nothing(tmp_path, kills, when, epochs, batch_size):
    """Kills at random moments, and while checkpoints are written, by runs that do little else."""
    experiment = digits(epochs=epochs, batch_size=batch_size)
    file = tmp_path / "experiment.json"
    file.write_text(to_json(experiment))
    whole = start(experiment, tmp_path / "whole")
    assert whole.join(5 * DEADLINE_S) and whole.state == "finished"
    command = [sys.executable, "-m", "tests.session.killing", file, whole.folder, tmp_path / "runs", kills, 7, when]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    counts = json.loads(done.stdout)
    assert counts["kills"] == kills and counts["finished"] >= 1
    assert when == "random" or counts["while saving"] > 0.9 * kills


CHANGING = """
import sys, time
from pathlib import Path
from workbench.session.running.in_thread import start
from workbench.spec.files import read_experiment

run = start(read_experiment(sys.argv[1]), Path(sys.argv[2]))
for number in range(20):
    while len(run.log) < 10 + 50 * number:
        time.sleep(0.001)
    run.change("training.optimizer.lr", 0.04 - 0.001 * number)
    run.change("architecture.graph.nodes.dropout.p", 0.02 * number)
run.join()
"""


def test_a_changed_run_killed_is_the_unbroken_one_with_the_same_changes(tmp_path):
    experiment = digits(epochs=80, speed=Speed(memory_layout="channels_last"))  # a trial's choice varies
    file = tmp_path / "experiment.json"
    file.write_text(to_json(experiment))
    dice = random.Random(1)
    for number in range(NUM_KILLS // 3):
        runs = tmp_path / f"killed{number}"
        folder = killed_run(file, runs, dice, command=[sys.executable, "-c", CHANGING])
        again = resume(folder)
        assert again.differences == () and again.join(5 * DEADLINE_S) and again.state == "finished"
        changes = read_changes(folder)
        unbroken, _, _ = run_changed(experiment, data_of(experiment), tmp_path / f"whole{number}", by_step(changes))
        assert changes and losses(again.log.since(0)) == losses(unbroken)


def by_step(changes):
    """Maps each step to the changes to request after it."""
    return {
        step: [(each.path, each.after) for each in changes if each.step == step] for step in {c.step for c in changes}
    }


def killed_run(file, runs, dice, command=(sys.executable, "-m", "workbench", "train")):
    """Train in a separate process and kill it some time after its first checkpoint; return the run."""
    command = [*command, str(file), *(["--runs"] if "train" in command else []), str(runs)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    patiently(lambda: runs.exists() and any((folder / LAST).exists() for folder in runs.iterdir()))
    deadline_s = time.monotonic() + dice.uniform(0, 0.8)
    wait_for(lambda: time.monotonic() >= deadline_s or process.poll() is not None)
    process.send_signal(signal.SIGKILL)
    process.wait()
    (run,) = list_runs(runs)
    assert (run.folder / EVENTS).is_file()
    return run.folder
