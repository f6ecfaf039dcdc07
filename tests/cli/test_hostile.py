"""Malicious architectures and weights at the command line: status 2 and one line, quickly and within bounded memory."""

import json
import os
import pickle  # noqa: TID251  # used by hostile files
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.compiler.importing.strangers import Outcome, reading, run_all
from workbench.compiler.importing.limits import SPARE_BYTES, SPARE_S

pytestmark = pytest.mark.timeout(900)  # the first test waits until all files are read

RELU = '{"name": "relu", "type": "ReLU", "inputs": ["input"]}'
OUTPUT = '{"name": "output", "type": "Output", "inputs": ["relu"]}'


def architecture(node: str = RELU, shape: str = "[3, 8, 8]", blocks: str = "{}", more: str = "") -> str:
    """An architecture file: an Input, the node ``relu`` and an Output."""
    given = f'{{"name": "input", "type": "Input", "parameters": {{"shape": {shape}}}}}'
    graph = f'{{"nodes": [{given}, {node}, {OUTPUT}]}}'
    return f'{{"format": "workbench/architecture", "version": 1, "name": "hostile", "graph": {graph}, "blocks": {blocks}{more}}}'


def layer(kind: str, **parameters: Any) -> str:
    return architecture(json.dumps({"name": "relu", "type": kind, "inputs": ["input"], "parameters": parameters}))


def repeated(depth: int, repeat: int) -> str:
    """Nested blocks, each repeated many times."""

    def graph(kind: str) -> dict[str, Any]:
        nodes = [
            {"name": "x", "type": "Input"},
            {"name": "inner", "type": kind, "inputs": ["x"], "repeat": repeat},
            {"name": "y", "type": "Output", "inputs": ["inner"]},
        ]
        return {"nodes": nodes}

    blocks = {f"B{level}": graph(f"B{level - 1}" if level else "ReLU") for level in range(depth)}
    use = json.dumps({"name": "relu", "type": f"B{depth - 1}", "inputs": ["input"], "repeat": repeat})
    return architecture(use, blocks=json.dumps(blocks))


ARCHITECTURES = {
    "empty": ("", "not valid JSON"),
    "not text": ("\x00\x01", "not valid JSON"),
    "nested": ("[" * 100_000 + "]" * 100_000, "nested too deeply for an experiment"),
    "nested within": (architecture(more=', "about": ' + "[" * 5000 + "]" * 5000), "nested too deeply"),
    "a long number": (architecture(shape=f"[3, {'9' * 100_000}, 8]"), "is too large: it does not fit"),
    "an infinite number": (architecture(shape="[3, 1e999, 8]"), "is too large: it does not fit"),
    "no number": (architecture(shape="[3, NaN, 8]"), "NaN is not allowed in a file: numbers must be finite"),
    "a key twice": (architecture(more=', "name": "other"'), "the key name appears twice in one object"),
    "long names": (
        architecture(RELU.replace("relu", "r" * 10**6)),
        "expected a name of letters, digits and _, 100 at most",
    ),
    "a long type": (
        architecture(RELU.replace("ReLU", "R" * 10**6)),
        f"there is no layer called {'R' * 50}…{'R' * 10}; there is",
    ),
    "letters that steer": (architecture(RELU.replace("ReLU", "\\u001b[2J")), "\ufffd[2J"),
    "a newer version": (architecture().replace('"version": 1', '"version": 999'), "written by a newer Workbench"),
    "a thousand millions": (repeated(2, 1000), "expands to"),
    "2^190 layers": (repeated(19, 1000), "expands to"),
    "a block of itself": (
        architecture(
            RELU.replace("ReLU", "B"),
            blocks=repeated(1, 1).split('"blocks": ')[1][:-1].replace("ReLU", "B0").replace("B0", "B"),
        ),
        "B",
    ),
    "a large input": (architecture(shape=f"[3, {1 << 40}, {1 << 40}]"), ""),
    "many channels": (layer("Conv2d", out_channels=1 << 60), ""),
    "many features": (layer("Linear", out_features=1 << 62), ""),
    "a large kernel": (layer("Conv2d", out_channels=1, kernel_size=1 << 40), ""),
    "a large border": (layer("ConstantPad2d", padding=[1 << 61] * 4), ""),
    "a tower of powers": (layer("Formula", formula="x * 9**9**9**9"), "a number in the formula is too large"),
    "a large number": (layer("Formula", formula="x * (2**62)**62"), "the formula does not accept this input"),
    "a large weight": (
        layer("Formula", formula="x * w", weights=["w: 99999999, 99999999"]),
        "the weight w is too large",
    ),
    "pieces without end": (
        layer("Formula", formula="x + unbind(arange(1000000000))[0]"),
        "1,000,000,000 parts from one tensor",
    ),
    "splits without end": (
        layer("Formula", formula="x + split(arange(1000000000), 1)[0]"),
        "1,000,000,000 parts from one tensor",
    ),
    "chunks without end": (
        layer("Formula", formula="x + chunk(arange(1000000000), 1000000000)[0]"),
        "1,000,000,000 parts from one tensor",
    ),
    "a call of the system": (layer("Formula", formula="__import__('os').system('true')"), "a formula cannot call"),
    "a large picture": (layer("Formula", formula="x + zeros(100000000, 100000000)[0, 0]"), None),
}


def safetensors(header: bytes, data: bytes = b"", length: int | None = None) -> bytes:
    return struct.pack("<Q", len(header) if length is None else length) + header + data


def tensor(**said: Any) -> bytes:
    return json.dumps({"conv1.weight": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]} | said}).encode()


WEIGHTS = {
    "empty": b"",
    "short": b"123",
    "a header of 2^62 bytes": safetensors(tensor(), bytes(4), length=1 << 62),
    "a header of 1 GB": safetensors(tensor(), bytes(4), length=1 << 30),
    "no header": safetensors(b"\xff" * 100),
    "more than it holds": safetensors(tensor(shape=[1 << 40], data_offsets=[0, 1 << 42]), bytes(4)),
    "another length": safetensors(tensor(shape=[1 << 20]), bytes(4)),
    "an overflow": safetensors(tensor(shape=[1 << 62, 1 << 62]), bytes(4)),
    "offsets below zero": safetensors(tensor(data_offsets=[-4, 0]), bytes(4)),
    "offsets backwards": safetensors(tensor(data_offsets=[4, 0]), bytes(4)),
    "no such type": safetensors(tensor(dtype="F7"), bytes(4)),
    "an order that is none": safetensors(
        json.dumps({"__metadata__": {"order": "[" * 100_000}, **json.loads(tensor())}).encode(), bytes(4)
    ),
    "nested": safetensors(b"[" * 100_000),
}


class Runs:
    """Creates a folder when it is unpickled."""

    def __init__(self, canary: Path) -> None:
        self._canary = canary

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return os.mkdir, (str(self._canary),)


def pickles(folder: Path) -> dict[str, bytes]:
    """Files in torch's format, each of which would create ``folder``/canary if it were trusted."""
    evil = pickle.dumps({"weight": Runs(folder / "canary")})
    torch.save({"weight": Runs(folder / "canary")}, folder / "made.pt")
    with zipfile.ZipFile(folder / "bomb.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as packed:
        packed.writestr("archive/data.pkl", bytes(10**9))
    whole = (folder / "made.pt").read_bytes()
    return {
        "plain.pt": evil,
        "zipped.pt": whole,
        "cut.pt": whole[: len(whole) // 2],
        "empty.pt": b"",
        "text.pth": b"hello",
        "bomb.pt": (folder / "bomb.zip").read_bytes(),
        "nested.pt": b"\x80\x02" + b"]" * 10**6 + b".",
        "memo.pt": b"\x80\x02r\xff\xff\xff\xff.",
        "long.pt": b"\x80\x02\x8b\xff\xff\xff\x7f.",
        "lists.bin": b"\x80\x02" + b"(" * 10**6 + b"t" * 10**6 + b".",
    }


def check_end(outcome: Outcome) -> None:
    assert outcome.status == 2 and not outcome.traceback, outcome
    assert outcome.cpu_s < SPARE_S / 2 and outcome.peak_bytes < SPARE_BYTES, outcome
    assert ": " in outcome.line and outcome.line.isprintable() and len(outcome.line) < 1100, outcome


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    folder = tmp_path_factory.mktemp("files")
    commands = {}
    for number, (name, (text, _)) in enumerate(ARCHITECTURES.items()):
        file = folder / f"{number}.json"
        file.write_text(text)
        commands[f"architecture: {name}"] = ["summary", str(file)]
    for number, (name, content) in enumerate(WEIGHTS.items()):
        file = folder / f"{number}.safetensors"
        file.write_bytes(content)
        commands[f"weights: {name}"] = ["weights", "lenet", str(file)]
    out = tmp_path_factory.mktemp("out")
    for name, content in pickles(folder).items():
        file = folder / name
        file.write_bytes(content)
        commands[f"pickle: {name}"] = reading(file, out)
    found = dict(zip(commands, run_all([*commands.values()], out), strict=True))
    assert not (folder / "canary").exists(), "no pickle is executed"
    return found


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_a_hostile_architecture(name: str, outcomes: dict[str, Outcome]) -> None:
    outcome, words = outcomes[f"architecture: {name}"], ARCHITECTURES[name][1]
    if words is None:
        assert outcome.status == 0, outcome
        return
    check_end(outcome)
    assert words in outcome.line


@pytest.mark.parametrize("name", WEIGHTS)
def test_hostile_weights(name: str, outcomes: dict[str, Outcome]) -> None:
    check_end(outcomes[f"weights: {name}"])


def test_pickles_are_refused_unexecuted(outcomes: dict[str, Outcome]) -> None:
    ends = [outcome for name, outcome in outcomes.items() if name.startswith("pickle")]
    assert ends
    for outcome in ends:
        check_end(outcome)
