"""kill -9 during editing and saving: the next start offers intact work, and at most seconds are lost.

``KILLS=20 ./run pytest -m slow tests/gui/test_kill.py`` takes less time.
"""

import os
import random
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.gui.killed import digest
from tests.session.waiting import patiently
from workbench.spec.files import read_experiment, to_json

ROOT = Path(__file__).parents[2]
NUM_KILLS = int(os.environ.get("KILLS", "100"))

MAY_BE_LOST_S = 5.0
"""Of editing, in seconds of ``tests.gui.killed.Clock``; nothing that was saved may be lost."""

LONGEST_S = {"edits": 8.0, "saves": 2.0}
"""From the first edit to the kill."""


class Told(NamedTuple):
    """A state that was acknowledged."""

    what: str
    at_s: float
    state: str


@pytest.mark.slow
@pytest.mark.parametrize("way", ["edits", "saves"])
def test_no_kill_loses_what_was_acknowledged(tmp_path: Path, way: str) -> None:
    """The same document through all kills: each start continues with what the last one left."""
    dice, file = random.Random(0), tmp_path / "mine.json"
    file.write_text(to_json(read_experiment("lenet")))
    told = [Told("saved", 0.0, digest(read_experiment(file)))]
    least = 0
    for number in range(NUM_KILLS):
        lines = edit_until_killed(file, tmp_path, number, way, dice.uniform(0, LONGEST_S[way]))
        assert lines[0].what == "begun" and newest(told, lines[0].state) >= least, f"start {number}: edits are lost"
        told += lines
        saves = [place for place, each in enumerate(told) if each.what == "saved"]
        assert newest(told, digest(read_experiment(file))) >= saves[-1], f"kill {number}: a save is lost"
        begun = len(told) - len(lines)  # with what was on the disk
        old = [begun + place for place, each in enumerate(lines) if each.at_s < lines[-1].at_s - MAY_BE_LOST_S]
        least = max(begun, saves[-1], *old)
    assert {each.what for each in told} == {"begun", "edited", "saved"}


def newest(told: list[Told], state: str) -> int:
    """The index at which a state was last acknowledged. A state that never was is half an edit."""
    places = [place for place, each in enumerate(told) if each.state == state]
    assert places, "this state never was"
    return places[-1]


def edit_until_killed(file: Path, home: Path, seed: int, way: str, after_s: float) -> list[Told]:
    """Edit in a separate window and kill it some time after the first edit; return its states."""
    environment = os.environ | {"WORKBENCH_HOME": str(home), "QT_QPA_PLATFORM": "offscreen"}
    command = [sys.executable, "-m", "tests.gui.killed", str(file), str(seed), way]
    output = home / f"{seed}.txt"
    with output.open("w") as stdout, subprocess.Popen(command, cwd=ROOT, env=environment, stdout=stdout) as process:
        patiently(lambda: output.stat().st_size > 0 or process.poll() is not None)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(after_s)
        process.kill()
    words = [line.split() for line in output.read_text().splitlines(keepends=True) if line.endswith("\n")]
    return [Told(what, float(at_s), state) for what, at_s, state in words]
