"""Notes and tags at the command line."""

import io
import json
from pathlib import Path

import pytest

from workbench import cli
from workbench.places import runs_dir
from workbench.runs import queue
from workbench.runs.changes import EXPERIMENT
from workbench.runs.store import BEST, DELETED, create_run, held, list_runs, open_run
from workbench.runs.trash import delete_run, restore_run
from workbench.spec.experiment import StartWeights
from workbench.spec.files import read_experiment
from workbench.spec.record import replace


def test_notes_are_written_and_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, second = (create_run(tmp_path, read_experiment("lenet")) for _ in range(2))
    assert cli.main(["note", str(first), str(second), "--tag", "rates, wide net", "--text", "why\nnot"]) == 0
    assert capsys.readouterr().out == "".join(
        f"{each.name}  [rates, wide net]\n  why\n  not\n" for each in (first, second)
    )
    assert cli.main(["note", str(second), "--untag", "rates", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["runs"] == [
        {"run": str(second), "note": "why\nnot", "tags": ["wide net"]}
    ]
    assert cli.main(["runs", "--runs", str(tmp_path), "--find", "RATES why"]) == 0
    heading, row = capsys.readouterr().out.splitlines()
    assert heading.split()[-2:] == ["tags", "note"] and row.startswith(first.name) and row.endswith("why not")
    assert cli.main(["runs", "--runs", str(tmp_path), "--find", "nowhere"]) == 0
    assert capsys.readouterr().out == f"no runs in {tmp_path} with nowhere\n"
    (first / "notes.json").write_text("{")
    assert cli.main(["runs", "--runs", str(tmp_path), "--json"]) == 0
    captured = capsys.readouterr()
    assert [run["tags"] for run in json.loads(captured.out)["runs"]] == [["wide net"], []]
    assert str(first / "notes.json") in captured.err
    assert cli.main(["note", str(first), "--tag", "new"]) == 2


def test_a_deleted_run_is_called_one_and_where_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path))
    folder = create_run(runs_dir(), read_experiment("lenet"))
    deleted = delete_run(folder)
    assert cli.main(["note", folder.name]) == 2
    wanted = f"{folder.name} was deleted; move {deleted} back to {runs_dir()} to restore it"
    assert wanted in capsys.readouterr().err
    deleted.rename(folder)
    assert cli.main(["note", folder.name]) == 0


def test_a_run_is_renamed_unless_something_relies_on_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(io, "text_encoding", lambda encoding, *_: encoding or "cp1252")  # as on Windows
    first, second, third = (create_run(tmp_path, read_experiment("lenet")) for _ in range(3))
    assert cli.main(["note", str(first), "--name", " très  net ", "--tag", "rates"]) == 0
    assert capsys.readouterr().out == "très net  [rates]\n"
    renamed = tmp_path / "très net"
    assert {run.folder for run in list_runs(tmp_path)} == {renamed, second, third}
    assert open_run(renamed).notes.tags == ("rates",) and not first.exists()
    delete_run(third)
    for name in ("", "a/b", ".hidden", "dot.", "x" * 300, second.name, third.name, "deleted"):
        assert cli.main(["note", str(renamed), "--name", name]) == 2 and renamed.is_dir()
    with held(renamed):
        assert cli.main(["note", str(renamed), "--name", "other"]) == 2
    assert "is running in another window or command" in capsys.readouterr().err
    weights = StartWeights(file=str(renamed / BEST))
    experiment = read_experiment("lenet")
    begun_from = replace(experiment, training=replace(experiment.training, weights=weights))
    queue.add(tmp_path, begun_from)
    assert cli.main(["note", str(renamed), "--name", "other"]) == 2
    assert "a run in the queue begins with its weights" in capsys.readouterr().err
    queue.drop(tmp_path, 1)
    create_run(tmp_path, begun_from)
    assert cli.main(["note", str(renamed), "--name", "other"]) == 2
    assert "begins with its weights: it keeps its name" in capsys.readouterr().err
    written = (second / EXPERIMENT).read_text()
    (second / EXPERIMENT).write_text(r"C:\\runs\\" + third.name + r"\\checkpoints\\best.safetensors")
    restored = restore_run(tmp_path / DELETED / third.name)
    assert cli.main(["note", str(restored), "--name", "other"]) == 2, "as Windows writes a path in JSON"
    (second / EXPERIMENT).write_text(written)
    (tmp_path / "damaged" / EXPERIMENT).mkdir(parents=True)
    assert cli.main(["note", str(restored), "--name", "third"]) == 0, "whatever else is there"
    assert cli.main(["note", str(second), str(renamed), "--name", "other"]) == 2
    for before, after in ((second, "net"), (tmp_path / "net", "other")):
        assert cli.main(["note", str(before), "--name", after]) == 0, "très net is another"
