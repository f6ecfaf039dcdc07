"""The ``import`` command: two files and a report, or one line of error."""

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from workbench import cli
from workbench.compiler.module import build
from workbench.spec.files import read_architecture

FACTORY = """
import pathlib, torch
pathlib.Path(__file__).with_name("executed").touch()
input_shape = (2, 6, 6)
class Network(torch.nn.Sequential):
    def __init__(self):
        super().__init__(torch.nn.Conv2d(2, 3, 3), torch.nn.Flatten(), torch.nn.Linear(48, 5))
        self.spare = torch.nn.Linear(7, 7)
    def forward(self, x):
        return self[2](self[1](self[0](x)))
def network():
    return Network()
"""


def refusal(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """The single line on stderr of a command that ends with status 2 and prints nothing else."""
    assert cli.main(["import", *arguments]) == 2
    captured = capsys.readouterr()
    assert captured.out == "" and captured.err.count("\n") == 1, captured
    return captured.err


def test_a_model_of_torchvision(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "net.json"
    assert cli.main(["import", "torchvision:squeezenet1_1", "-o", str(file), "--input", "3,64,64", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["max_abs_difference"] <= 1e-4 and report["opaque"] == []
    assert (report["blocks"], report["parameters"]) == (3, 1_235_496)
    architecture = read_architecture(file)
    module = build(architecture)
    module.load_state_dict(load_file(tmp_path / "net.safetensors"))
    assert cli.main(["summary", str(file)]) == 0
    assert "1,235,496" in capsys.readouterr().out
    assert {path.name for path in tmp_path.iterdir()} == {"net.json", "net.safetensors"}


def test_a_python_file_is_executed_when_it_is_trusted_and_not_before(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "mine.py"
    file.write_text(FACTORY)
    output = ("-o", str(tmp_path / "net.json"))
    said = refusal(capsys, str(file), *output)
    assert said == (
        f"{file}: importing it executes the whole file with your permissions: read it first, then allow it with "
        "--trust\n"
    )
    assert not (tmp_path / "executed").exists() and not (tmp_path / "net.json").exists()

    assert cli.main(["import", str(file), *output, "--trust"]) == 0
    assert (tmp_path / "executed").exists()
    assert capsys.readouterr().out.splitlines()[-1] == "unused weights, dropped: spare.bias, spare.weight"
    assert not any("spare" in name for name in load_file(tmp_path / "net.safetensors"))
    with torch.no_grad():
        (answer,) = build(read_architecture(tmp_path / "net.json")).eval()(torch.zeros(2, 2, 6, 6)).values()
    assert answer.shape == (2, 5)


MISTAKES = {
    "net.txt -o a.json": "net.txt: cannot be imported; use torchvision:NAME, timm:NAME, FILE.onnx or FILE.py",
    "keras:net -o a.json": "keras:net: cannot be imported; use torchvision:NAME, timm:NAME, FILE.onnx or FILE.py",
    "nowhere.onnx -o a.json": "nowhere.onnx: file not found",
    "torchvision: -o a.json": "torchvision:: name a model after the colon: torchvision:resnet18",
    "torchvision:resnet18 -o a.onnx": "-o a.onnx: the network is saved as a .json file",
    "torchvision:resnet18": "the following arguments are required: -o/--output; see ",
    "torchvision:resnet18 -o a.json --input big": "argument --input: big is not a shape: write one to three sizes, for example 3,224,224; see ",
}


@pytest.mark.parametrize("command", MISTAKES)
def test_mistakes(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.txt").touch()
    assert refusal(capsys, *command.split()).startswith(MISTAKES[command])
    assert [path.name for path in tmp_path.iterdir()] == ["net.txt"]


FAULTY = {
    "1 / 0": "the file raises ZeroDivisionError: division by zero",
    "import torch": "the file has no function called network: write def network(): return YourModule()",
    "def network(): return 3": "network() returns a int, not a torch.nn.Module",
    "def network(): raise OSError('no such disk')": "network() raises OSError: no such disk",
}


@pytest.mark.slow
@pytest.mark.parametrize("text", FAULTY)
def test_a_python_file_that_gives_no_network(text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "mine.py"
    file.write_text(text)
    said = refusal(capsys, str(file), "-o", str(tmp_path / "a.json"), "--trust")
    assert said == f"{file}: {FAULTY[text]}\n"


def test_a_model_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = refusal(capsys, "torchvision:resnet19", "-o", str(tmp_path / "a.json"))
    assert said.startswith("torchvision:resnet19: torchvision has no model called resnet19; it has resnet1")
    assert not [*tmp_path.iterdir()]
