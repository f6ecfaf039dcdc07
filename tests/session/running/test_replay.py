"""A saved run shows what the run itself showed at its end."""

from pathlib import Path

import numpy as np

from tests.session.waiting import wait_for
from workbench.runs.store import LAST
from workbench.session.running.in_thread import start
from workbench.session.running.replay import Replay
from workbench.spec.files import read_experiment
from workbench.spec.record import replace


def test_a_saved_run_has_the_runs_events_filters_and_neighbours(tmp_path: Path) -> None:
    experiment = read_experiment("lenet-digits")
    training = replace(experiment.training, epochs=1)
    run = start(replace(experiment, training=training), tmp_path)
    run.insight.ask_neighbours(3)
    assert run.join(120) and run.state == "finished"

    replay = Replay(run.folder)
    replay.insight.ask_neighbours(3)
    assert replay.join(120)
    assert replay.state == "finished"
    assert tuple(replay.log.since(0)) == tuple(run.log.since(0))
    assert replay.experiment == run.experiment
    filters, again = run.insight.filters.newest(), replay.insight.filters.newest()
    assert filters is not None and again is not None and np.array_equal(filters[1], again[1])


def test_without_a_checkpoint_there_is_the_log_alone(tmp_path: Path) -> None:
    run = start(read_experiment("lenet-digits"), tmp_path)
    run.stop()
    assert run.join(120)
    for file in (run.folder / "checkpoints").glob("*"):
        file.unlink()
    replay = Replay(run.folder)
    replay.insight.mistakes.ask("")
    replay.insight.ask_neighbours(3)
    for slot in (replay.insight.mistakes.answers, replay.insight.neighbours):
        wait_for(lambda slot=slot: slot.newest() is not None)
        assert ": this run has ended without a network to show; if it has a checkpoint" in slot.newest()[1].problem
    assert replay.join(120) and replay.state == "stopped"
    assert replay.insight.filters.newest() is None
    assert replay.note == ""
    (run.folder / LAST).parent.mkdir(exist_ok=True)
    (run.folder / LAST).write_bytes(b"nonsense")
    replay = Replay(run.folder)
    assert replay.join(120) and replay.insight.filters.newest() is None
    assert replay.note.startswith(f"This run is shown without its network: {run.folder / LAST}: this checkpoint cannot")
