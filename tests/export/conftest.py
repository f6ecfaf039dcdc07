"""Runs exported training scripts, one after the other in one process, so that torch is imported only once."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

RUNNER = """
import importlib, inspect, itertools, json, sys, traceback
sys.modules["workbench"] = None  # the script needs none of it
answers, sys.stdout = sys.stdout, sys.stderr
def answer(folder, num_steps):
    script = importlib.import_module("train_drawn")
    data = script.load(script.Path(folder) / "drawn_data.npz")
    model = script.make_model(*[data][: len(inspect.signature(script.make_model).parameters)])
    average = [script.make_average(model)] if hasattr(script, "make_average") else []
    losses = list(itertools.islice(script.train(model, data, *average), num_steps))
    learnt = average[0].module if average else model
    measured = script.evaluate(learnt, data, "val") if "val_inputs" in data else {}
    return [losses, measured]
for line in sys.stdin:
    folder, num_steps = json.loads(line)
    for name in ("drawn", "train_drawn"):
        sys.modules.pop(name, None)
    sys.path.insert(0, folder)
    importlib.invalidate_caches()
    found = None
    try:
        found = answer(folder, num_steps)
    except Exception:
        traceback.print_exc()
    del sys.path[0]
    print(json.dumps(found), file=answers, flush=True)
"""


@pytest.fixture(scope="session")
def runner() -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-I", "-c", RUNNER]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.communicate()


@pytest.fixture(scope="session")
def run_folder(runner: subprocess.Popen[str]) -> Any:
    """A function that runs the first steps of the script in a folder; returns their losses and measures."""

    def run(folder: Path, num_steps: int | None = None) -> tuple[list[float], dict[str, float]]:
        assert runner.stdin is not None and runner.stdout is not None
        print(json.dumps([str(folder), num_steps]), file=runner.stdin, flush=True)
        found: tuple[list[float], dict[str, float]] | None = json.loads(runner.stdout.readline())
        assert found, "the script has failed: see what it wrote"
        return found

    return run
