"""Exports in a child process: our code, whatever lies in the current folder; its progress; and cancelling it."""

import keyword
import subprocess
import sys

from hypothesis import example, given
from hypothesis import strategies as st

from tests.session.waiting import wait_for
from workbench import cli
from workbench.session.exchange.export import ExportJob, module_name
from workbench.spec.files import read_experiment


def ended(job):
    wait_for(lambda: job.poll().phase != "running")
    return job.poll()


def test_a_file_of_a_strangers_in_the_current_folder_is_not_executed(tmp_path, monkeypatch):
    for name in ("queue", "json", "torch", "workbench"):
        (tmp_path / f"{name}.py").write_text(f"open('{tmp_path}/executed', 'w')\nraise SystemExit(9)\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PYTHONSAFEPATH", raising=False)
    job = ExportJob("perceptron", tmp_path / "net.onnx", "--opset", "18")
    try:
        state = ended(job)
    finally:
        job.close()
    assert not (tmp_path / "executed").exists()
    assert state.phase == "done", state.message
    assert (tmp_path / "net.onnx").is_file() and state.report["opset"] == 18


def test_an_export_with_its_data_tells_what_it_is_doing(tmp_path, capsys):
    file = tmp_path / "net.py"
    command = ["export", "lenet-digits", str(file), "--training"]
    assert cli.main([*command, "--json"]) == 0
    told = capsys.readouterr().err.splitlines()
    order = [told.index(words) for words in ("Loading torch", "Preparing the data", "Writing the code")]
    assert order == sorted(order)
    num_rows = 2 * 1797  # of each picture the input and the target
    assert f"Writing the data 0/{num_rows:,}" in told[order[-1] :]
    quiet = subprocess.run([sys.executable, "-m", "workbench", *command], capture_output=True, text=True, check=True)
    assert quiet.stderr == "" and quiet.stdout.splitlines()[0] == str(file)


def test_a_cancelled_export_leaves_nothing_behind(tmp_path):
    job = ExportJob(read_experiment("lenet"), tmp_path / "net.py", "--training")
    try:
        wait_for(lambda: job.poll().message.startswith("Writing the data") or job.poll().phase != "running")
        job.cancel()
        state = ended(job)
    finally:
        job.close()
    assert state.phase == "cancelled"
    assert list(tmp_path.iterdir()) == []


@given(st.text())
@example("class")
@example("2nd try")
@example("²")
def test_a_module_of_any_name_can_be_imported(name: str) -> None:
    module = module_name(name)
    assert module.isidentifier() and not keyword.iskeyword(module)


def test_a_module_is_called_like_its_experiment() -> None:
    assert module_name("LeNet, 2nd try") == "lenet_2nd_try"


def test_a_module_that_could_not_be_imported_has_another_name_proposed(tmp_path, capsys):
    assert cli.main(["export", "lenet", str(tmp_path / "my-net.py")]) == 2
    assert capsys.readouterr().err.endswith("could not import a file of this name; name it my_net.py\n")
    assert not list(tmp_path.iterdir())
