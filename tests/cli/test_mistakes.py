"""A user's mistake ends with status 2 and one line that names it, an internal error with status 1 and a log entry."""

import argparse
import os
import threading
import types
import warnings
from pathlib import Path

import pytest
import torch

from workbench import cli
from workbench.__main__ import main
from workbench.cli.faults import FaultLog
from workbench.events import RunPaused
from workbench.runs.log import RunLog
from workbench.session.running.in_thread import ThreadRun
from workbench.session.running.resuming import Order
from workbench.spec.experiment import Experiment
from workbench.spec.files import read_experiment

MISTAKES = {
    "train": "the following arguments are required: EXPERIMENT; see ",
    "trian lenet": "COMMAND: there is no trian; there is train; see ",
    "queue ad lenet": "ACTION: there is no ad; there is add, list, remove, run; see ",
    "train lenet --bogus": "there is no option --bogus; see ",
    "train lenet --epoch 3": "there is no option --epoch; there is --epochs; see ",
    "doctor --jsn": "there is no option --jsn; there is --json; see ",
    "runs lenet": "there is no run called lenet; ",
    "train lenat": "there is no file or preset called lenat; presets are lenet",
    "train nowhere/mine.json": "there is no file called nowhere/mine.json\n",
    "train lenet.json --epochs 2": "there is no file called lenet.json; the preset is called lenet\n",
    "summary /tmp": "/tmp is a folder: give a file or the name of a preset\n",
    "train /tmp": "/tmp is a folder: give a file or the name of a preset; data is named by --dataset: lenet --dataset /tmp\n",
    "data nowhere/pictures": "there is no file or folder called nowhere/pictures: check the path",
    "train lenet --set architecture.graph.nodes.flatten.initialiser.type=Kaiming": (
        "flatten: it has no weights to initialise; conv1, conv2, fc1, fc2, fc3 have: remove its own initialiser\n"
    ),
    "train lenet --epochs many": "--epochs many: training.epochs: expected a whole number, got text",
    "train lenet --epochs 0": "--epochs 0: training.epochs: expected a whole number >= 1",
    "train lenet --device tpu": "--device: there is no tpu; there is auto, cpu, cuda, mps; see ",
    "train lenet --dataset digitz": "there is no data set or folder called digitz; there is digits",
    "train lenet --dataset xor": "XOR gives points of 2 numbers, but the network's Input expects 1×28×28",
    "train lenet --dataset digits --set data.source.group=owner": "data.source: Digits: there is no setting called group",
    "train lenet --set training.epochs": "--set training.epochs: no value: write training.epochs=VALUE",
    "train lenet --set training.optimiser.lr=1": "--set training.optimiser.lr=1: training has no optimiser; there is optimizer",
    "train lenet --set training.optimizer.lrr=1": "training.optimizer: SGD: there is no setting called lrr; there is lr",
    "train lenet --set training.optimizer.lr=fast": "training.optimizer: SGD: lr: expected a number, got text",
    "train lenet --set training.optimizer.type=Adamm": "training.optimizer: there is no optimizer called Adamm; there is Adam",
    "train lenet --set training.schedule.type=Cosin": "training.schedule: there is no schedule called Cosin; there is Cosine",
    'train lenet --set data.augmentation=[{"type":"Miror"}]': "data.augmentation.Miror: there is no augmentation called Miror",
    'train lenet --set training.heads=[{"output":"logit"}]': "a head needs the output logit, which does not exist",
    "train lenet --set architecture.graph.nodes.conv1.kernel_size=99": "conv1: the 99×99 window is larger than ",
    "train lenet --set architecture.graph.nodes.conv1.type=Conv3d": "conv1: there is no layer called Conv3d; there is ",
    "resume nothing": "there is no run called nothing; ",
    "export nothing x.onnx": "there is no run called nothing in ",
    "export lenet x.onnx --opset 11": "--opset: there is no 11; there is 18, 19, ",
    "export lenet x.txt": "x.txt: the file name must end in .onnx, or in .py for PyTorch code",
    "export lenet x.onnx --opset seven": "argument --opset: seven is not a whole number; see ",
    "export lenet /proc/nowhere/x.onnx": "/proc/nowhere/x.onnx: cannot be written: No such file or directory",
    "export lenet": "the following arguments are required: FILE.onnx|FILE.py; see ",
    "summary lenat": "there is no run called lenat in ",
    "summary lenet resnet18": "unexpected argument resnet18; see ",
    "summary lenet --input big": "argument --input: big is not a shape: write one to three sizes, for example 3,224,224; see ",
    "mistakes lenet --worst many": "argument --worst: many is not a whole number above 0; see ",
    "mistakes lenet -o worst.jpg": "-o worst.jpg: the pictures are saved as a .png file\n",
    "mistakes lenet --worst 0": "argument --worst: 0 is not a whole number above 0; see ",
    "mistakes lenet --worst=-3": "argument --worst: -3 is not a whole number above 0; see ",
    "summary lenet --input 0": "argument --input: 0 is not a shape: write one to three sizes, for example 3,224,224; see ",
}


def one_line(capsys: pytest.CaptureFixture[str]) -> str:
    """The single line on stderr, after checking that stdout is empty."""
    captured = capsys.readouterr()
    assert captured.out == "" and captured.err.count("\n") == 1 and captured.err.endswith("\n")
    return captured.err


def test_a_name_too_long_for_a_file_is_a_mistake(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["data", "x" * 300]) == 2 and "x" * 20 in one_line(capsys)


@pytest.mark.parametrize("command", MISTAKES)
def test_mistakes(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.main(command.split()) == 2
    assert one_line(capsys).startswith(MISTAKES[command])
    assert not [*tmp_path.iterdir()], "nothing is made for a command that could not begin"


def test_what_can_be_fixed_is_told_with_the_option_that_fixes_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["train", "mlp-moons", "--dataset", "wines", "--runs", str(tmp_path / "runs"), "--device", "cpu"]
    assert cli.main(command) == 2
    assert one_line(capsys) == (
        "Wines gives rows of 12 numbers, but the network's Input expects 2: set the shape of its Input to 12, or choose a "
        "table or points of 2 numbers (--fix: Make input take 12 numbers)\n"
    )
    assert cli.main([*command, "--fix", "--epochs", "1"]) == 0
    assert capsys.readouterr().err.splitlines()[0] == "fixed: Make input take 12 numbers"
    network = read_experiment(next((tmp_path / "runs").glob("*/experiment.json"))).architecture
    assert network.input_shape == (12,)


def test_a_file_that_is_no_experiment(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "broken.json"
    file.write_text('{"format": "workbench/experiment",\n"name": }')
    assert cli.main(["train", str(file)]) == 2
    assert one_line(capsys).startswith(f"{file}: line 2, column 9: not valid JSON")


@pytest.mark.parametrize("runs", ["/etc/passwd/x", "/proc/x"])
def test_a_folder_of_runs_that_cannot_be_made(runs: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["train", "mlp-xor", "--runs", runs]) == 2
    assert one_line(capsys).startswith(f"{runs}: ")


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_no_cuda(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["train", "lenet", "--device", "cuda", "--runs", str(tmp_path)]) == 2
    assert one_line(capsys).startswith("device cuda: torch finds none on this machine; there is ")


def test_no_network(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")  # the discard port, where nothing listens
    assert cli.main(["train", "lenet", "--dataset", "cifar10", "--runs", str(tmp_path)]) == 2
    assert "Could not reach the server" in one_line(capsys)


def test_a_number_that_runs_away(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--set", "training.optimizer.lr=100", "--set", "architecture.graph.nodes.tanh1.type=Identity"]
    assert cli.main(["train", "mlp-xor", *options, "--epochs", "50", "--runs", str(tmp_path)]) == 2
    said = capsys.readouterr().err.splitlines()[-1]
    assert (
        said.startswith("Step ")
        and "gave non-finite numbers: " in said
        and "The batch is kept in unsound/step-" in said
    )


def test_several_problems_are_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    nodes = "architecture.graph.nodes"
    options = ["--set", f"{nodes}.conv1.kernel_size=99", "--set", f"{nodes}.fc1.out_features=0"]
    assert cli.main(["train", "lenet", *options, "--runs", str(tmp_path)]) == 2
    assert " (and 1 more problem)" in one_line(capsys)


class BreaksOff(ThreadRun):
    """A run whose thread dies without logging its end."""

    def _main(self) -> None:
        self.log.append(RunPaused(at=0.0, step=0))
        raise ZeroDivisionError("in the thread")


class HasFault(ThreadRun):
    """A run with an internal error in its thread."""

    def _train(self) -> None:
        raise ZeroDivisionError("in training")


@pytest.mark.allows_logs("a fault is logged")
@pytest.mark.parametrize(
    ("kind", "words"),
    [(BreaksOff, "ended without saying why"), (HasFault, "ended unexpectedly: ZeroDivisionError: in training")],
)
def test_a_run_that_ends_by_a_fault_of_ours(
    kind: type[ThreadRun],
    words: str,
    home: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def begin(experiment: Experiment, runs_folder: Path) -> ThreadRun:
        return kind(runs_folder, Order(experiment=experiment, begun=experiment), RunLog())

    monkeypatch.setattr("workbench.session.running.in_thread.start", begin)
    assert cli.main(["train", "mlp-xor", "--runs", str(tmp_path)]) == 1
    log = home / "logs" / "command-line.log"
    said = one_line(capsys)
    assert words in said and said.endswith(f"(the trace is in {log})\n")
    assert "ZeroDivisionError: in t" in log.read_text().splitlines()[-1]


@pytest.mark.allows_logs("a fault is logged")
def test_a_fault_of_ours_is_one_line_and_a_log(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_arguments: argparse.Namespace) -> int:
        raise ArithmeticError("two and two make five")

    faulty = types.SimpleNamespace(add_parser=lambda subparsers: subparsers.add_parser("fail").set_defaults(run=fail))
    monkeypatch.setattr(cli, "COMMANDS", (faulty,))
    assert cli.main(["fail"]) == 1
    log = home / "logs" / "command-line.log"
    assert one_line(capsys) == (f"an internal error: ArithmeticError: two and two make five; the trace is in {log}\n")
    assert log.read_text().endswith("ArithmeticError: two and two make five\n")


@pytest.mark.allows_logs("a fault is logged")
def test_a_fault_whose_log_cannot_be_kept_is_one_line_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "logs").write_text("where the folder should be")
    monkeypatch.setattr("workbench.places.logs_dir", lambda: tmp_path / "logs")
    with FaultLog() as faults:
        assert faults.record(ValueError("why")).startswith(
            "an internal error: ValueError: why; its trace could not be kept: [Errno 17] File exists"
        )
    assert capsys.readouterr().err == ""


@pytest.mark.allows_logs("a thread that died and a warning are logged")
def test_a_thread_that_dies_and_a_warning_are_in_the_log_and_not_on_the_screen(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = threading.excepthook, warnings.showwarning
    with warnings.catch_warnings(), FaultLog():
        warnings.simplefilter("always")
        thread = threading.Thread(target=lambda: 1 // 0)
        thread.start()
        thread.join()
        warnings.warn("an odd thing", stacklevel=1)
    log = (home / "logs" / "command-line.log").read_text()
    assert "a thread died" in log and "ZeroDivisionError" in log and "UserWarning: an odd thing" in log
    assert capsys.readouterr().err == "" and (threading.excepthook, warnings.showwarning) == before


def test_without_a_fault_there_is_no_log(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "logs" / "command-line.log").unlink(missing_ok=True)
    assert cli.main(["summary", "lenat"]) == 2
    assert not (home / "logs" / "command-line.log").exists()


def test_help_and_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--version"]) == 0 and capsys.readouterr().out.startswith("workbench ")
    assert cli.main(["--help"]) == 0
    out = capsys.readouterr().out
    assert all(name in out for name in ("train", "resume", "summary", "export", "import", "weights", "runs", "doctor"))


@pytest.mark.parametrize("arguments", [["runs"], ["summary", "perceptron"]])
def test_a_user_without_a_home(
    arguments: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in a container that runs under a user id without a name."""

    def nobody(_uid: int) -> None:
        raise KeyError

    for name in os.environ:
        if name in ("HOME", "WORKBENCH_HOME") or name.startswith("XDG_"):
            monkeypatch.delenv(name)
    monkeypatch.setattr("pwd.getpwuid", nobody)
    assert main(arguments) == 2
    assert one_line(capsys).startswith("this user has no home directory: set HOME, or set WORKBENCH_HOME to a folder")
