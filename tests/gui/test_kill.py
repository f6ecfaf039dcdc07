"""kill -9 while somebody edits and saves: every edit that was acknowledged is in the file or in the draft."""

import os
import random
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.session.test_run import wait_for
from workbench.session.drafts import left_behind
from workbench.spec.files import read_experiment, to_json

ROOT = Path(__file__).parents[2]
NUM_KILLS = 100

EDITING = """
import sys
from pathlib import Path
import msgspec
from PySide6.QtWidgets import QApplication
from workbench.gui import app, autosave

autosave.DELAY_MS = 5
app.load_the_rest = lambda window: None
application = QApplication([])
window = app.open_window(application, Path(sys.argv[1]))
kept, saving = {}, []

def tick():
    experiment = window.document.experiment
    if window.autosave.settled and experiment.seed in kept.values():
        print("kept", experiment.seed, flush=True)
    if saving and not window.document.dirty and not window.pump.busy:
        print("saved", saving.pop(), flush=True)
    experiment = msgspec.structs.replace(experiment, seed=experiment.seed + 1)
    if window.autosave.settled and not saving:
        window.document.apply("set seed", experiment)
        kept[0] = experiment.seed
        if experiment.seed % 3 == 0:
            saving.append(experiment.seed)
            window.project.save()

window.pump._timer.setInterval(1)
window.pump.ticked.connect(tick)
sys.exit(application.exec())
"""


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_no_kill_loses_what_was_acknowledged(tmp_path: Path) -> None:
    dice = random.Random(0)
    for number in range(NUM_KILLS):
        home = tmp_path / str(number)
        home.mkdir()
        file = home / "mine.json"
        file.write_text(to_json(read_experiment("lenet")))
        acknowledged = killed_while_editing(file, home, dice)
        drafts, mistakes = left_behind(home / "drafts")
        assert mistakes == []
        there = [read_experiment(file).seed, *(draft.experiment.seed for draft in drafts)]
        assert max(there) >= max(acknowledged), f"kill {number}: {there}, and {acknowledged[-1]} was acknowledged"


def killed_while_editing(file: Path, home: Path, dice: random.Random) -> list[int]:
    """Edit in a window of its own and kill it at some moment; gives the seeds that it said were safe."""
    environment = os.environ | {"WORKBENCH_HOME": str(home), "QT_QPA_PLATFORM": "offscreen"}
    process = subprocess.Popen(
        [sys.executable, "-c", EDITING, str(file)], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    lines = [process.stdout.readline()]
    threading.Timer(dice.uniform(0, 0.4), process.send_signal, [signal.SIGKILL]).start()
    lines += process.stdout.readlines()
    process.stdout.close()
    wait_for(lambda: process.poll() is not None)
    return [int(line.split()[1]) for line in lines if line.endswith("\n")]
