"""``diff`` of two runs: settings first, then the network, then the results."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from workbench import cli
from workbench.durable import write_bytes
from workbench.events import EpochFinished, FinalTest
from workbench.runs.log import encode
from workbench.runs.store import EVENTS, create_run
from workbench.spec.files import read_experiment
from workbench.spec.override import override


def run(runs: Path, rate: str, losses: tuple[float, ...], more: Mapping[str, float] | None = None) -> Path:
    """A run with these validation losses; ``more`` metrics are those of each epoch."""
    folder = create_run(runs, override(read_experiment("lenet"), "training.optimizer.lr", rate))
    epochs = [
        EpochFinished(at=n, epoch=n, step=n, metrics=metrics | dict(more or {}), seconds=45.0)
        for n, metrics in enumerate(({"val/loss": loss, "val/top1": 1 - loss} for loss in losses), 1)
    ]
    write_bytes(folder / EVENTS, encode((*epochs, FinalTest(at=9.0, metrics={"test/top1": 0.5}))))
    return folder


def test_of_several_heads_each_loss_has_a_row(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = run(tmp_path, "0.02", (0.5,), {"val/digit/loss": 0.25, "val/age/loss": 0.125})
    after = run(tmp_path, "0.1", (0.5,))
    assert cli.main(["diff", str(before), str(after)]) == 0
    said = {" ".join(line.split()) for line in capsys.readouterr().out.splitlines()}
    assert {"val loss of digit there 0.2500", "val loss of age there 0.1250"} <= said


def test_runs_that_differ_in_their_results_alone_say_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, second = (run(tmp_path, "0.02", losses) for losses in ((0.5,), (0.4,)))
    assert cli.main(["diff", str(first), str(second)]) == 0
    blocks = capsys.readouterr().out.split("\n\n")
    assert blocks[:2] == [f"{first.name} → {second.name}", "The settings are identical."]
    assert cli.main(["diff", str(first), "lenet"]) == 0
    assert "settings" not in capsys.readouterr().out, "a preset has none to compare"


def test_settings_come_first_and_results_last(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = run(tmp_path, "0.02", (0.5, 0.25, 0.6, 0.3))
    after = run(tmp_path, "0.1", (0.5, 0.4))
    assert cli.main(["diff", str(before), str(after)]) == 0
    told = [line.split("  ") for line in capsys.readouterr().out.splitlines() if line]
    lines = [[word.strip() for word in line if word] for line in told]
    assert lines[:3] == [
        [f"{before.name} → {after.name}"],
        ["setting", "before", "after"],
        ["learning rate", "0.02", "0.1"],
    ]
    assert lines[4] == ["The networks are identical."]
    assert lines[5:] == [
        ["result", "before", "after"],
        ["best val loss", "0.2500", "0.4000"],
        ["at epoch", "2 of 4", "2 of 2"],
        ["val there", "accuracy 75.0%", "accuracy 60.0%"],
        ["test (last weights)", "accuracy 50.0%", "accuracy 50.0%"],
        ["time", "3 min", "1 min 30 s"],
    ]
    assert cli.main(["diff", str(before), str(after), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["settings"] == {"learning rate": {"before": "0.02", "after": "0.1"}}
    assert [found["results"][side]["best_epoch"] for side in ("before", "after")] == [2, 2]
    assert found["equal"]
