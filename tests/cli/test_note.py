"""Notes and tags at the command line."""

import json
from pathlib import Path

import pytest

from workbench import cli
from workbench.places import runs_dir
from workbench.runs.store import create_run
from workbench.runs.trash import delete_run
from workbench.spec.files import read_experiment


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
