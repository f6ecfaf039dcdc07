"""``weights`` and ``train --weights``: real weights in a preset, from every supported source."""

import hashlib
import io
import json
import pickle  # noqa: TID251  # used by hostile files
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import torch
import torchvision
from safetensors.torch import load_file, save_file
from torchvision import models

from tests.presets.pretrained import CATEGORIES, WEIGHTS, picture
from workbench import cli
from workbench.cli.train import _start_weights
from workbench.compiler.module import build
from workbench.events import WeightsLoaded
from workbench.runs.store import BEST, LAST, open_run
from workbench.spec.files import read_architecture
from workbench.training.checkpoint import load_weights_into


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path / "home"))
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "home"


def report(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, object]:
    assert cli.main(["weights", *arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out.splitlines()[-1])


def refusal(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert cli.main([*arguments]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    return captured.err.splitlines()[-1]


def test_weights_of_other_names_see_what_is_in_pictures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file in torch's format with other names: its tensors are in the network's order."""
    file = tmp_path / "lite0.safetensors"
    found = report(capsys, "efficientnet_lite0", str(WEIGHTS), "-o", str(file))
    assert found["complete"] and found["sentence"] == "247 of 247 tensors match"
    assert {match["how"] for match in found["matches"]} == {"order"}
    assert found["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()
    network = build(read_architecture("efficientnet_lite0")).eval()
    network.load_state_dict(load_file(file), strict=False)
    with torch.no_grad():
        best = [CATEGORIES[int(network(picture(name))["output"].argmax())] for name in ("cat", "coffee", "camera")]
    assert best == ["tiger cat", "espresso", "tripod"]


def test_weights_by_name_and_what_does_not_fit(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    theirs = torchvision.models.resnet18(num_classes=7)
    torch.save(
        {"epoch": 3, "state_dict": {f"module.{k}": v for k, v in theirs.state_dict().items()}}, tmp_path / "a.pth"
    )
    found = report(capsys, "resnet18", str(tmp_path / "a.pth"))
    assert not found["complete"] and found["file"] is None
    assert [one["name"] for one in found["misfits"]] == ["fc.weight", "fc.bias"]
    assert found["sentence"] == (
        "120 of 122 tensors match; 2 have a different shape: fc.weight (expected 1000×512, got 7×512), fc.bias "
        "(expected 1000, got 7)"
    )
    assert found["matches"][0] == {
        "name": "conv1.weight",
        "source": "module.conv1.weight",
        "shape": [64, 3, 7, 7],
        "how": "name",
    }


class Evil:
    def __init__(self, canary: Path) -> None:
        self.canary = canary

    def __reduce__(self) -> tuple[object, ...]:
        return open, (str(self.canary), "w")


def test_code_in_a_file_is_not_executed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    canary = tmp_path / "executed"
    torch.save({"conv1.weight": Evil(canary)}, tmp_path / "evil.pt")
    (tmp_path / "old.pt").write_bytes(pickle.dumps(Evil(canary)))
    for name in ("evil.pt", "old.pt"):
        assert "executed" not in refusal(capsys, "weights", "lenet", str(tmp_path / name)).partition(": ")[0]
        assert not canary.exists()


def test_files_that_are_no_weights(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    buffer = io.BytesIO()
    torch.save(torchvision.models.squeezenet1_1().state_dict(), buffer)
    (tmp_path / "short.pt").write_bytes(buffer.getvalue()[:10_000])
    (tmp_path / "junk.safetensors").write_bytes(b"\xff" * 100)
    save_file({"a": torch.zeros(3)}, tmp_path / "other.safetensors")
    said = {
        name: refusal(capsys, "weights", "lenet", str(tmp_path / name)) for name in ("short.pt", "junk.safetensors")
    }
    assert all("cannot be read: " in sentence for sentence in said.values()), said
    other = refusal(capsys, "weights", "lenet", str(tmp_path / "other.safetensors"))
    assert other.endswith("none of its tensors fits this network by name or shape")
    assert refusal(capsys, "weights", "lenet", "a.txt").endswith("file not found: choose an existing file")
    assert refusal(capsys, "weights", "lenet", "torchvision:lenet").startswith("torchvision has no model called lenet")
    assert refusal(capsys, "weights", "lenet", str(tmp_path / "other.safetensors"), "-o", "a.pt").startswith(
        "-o a.pt: "
    )


class Handler(SimpleHTTPRequestHandler):
    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    folder = tmp_path / "served"
    folder.mkdir()
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=folder)) as http:
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield folder, f"http://127.0.0.1:{http.server_port}/"
        http.shutdown()
        thread.join()


def test_torchvisions_weights_are_fetched_once_and_checked(
    server: tuple[Path, str], own_home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, url = server
    buffer = io.BytesIO()
    torch.save(torchvision.models.squeezenet1_1().state_dict(), buffer)
    good = f"net-{hashlib.sha256(buffer.getvalue()).hexdigest()[:8]}.pth"
    for name in (good, "net-00000000.pth"):
        (folder / name).write_bytes(buffer.getvalue())
    weights = models.SqueezeNet1_1_Weights.DEFAULT.value
    monkeypatch.setattr(weights, "url", f"{url}net-00000000.pth")
    assert "is not the expected file" in refusal(capsys, "weights", "squeezenet1_1", "torchvision:squeezenet1_1")
    monkeypatch.setattr(weights, "url", f"{url}{good}")
    assert report(capsys, "squeezenet1_1", "torchvision:squeezenet1_1")["complete"]
    (folder / good).unlink()
    assert report(capsys, "squeezenet1_1", "torchvision:squeezenet1_1")["complete"], "it is here now"


def test_without_a_network(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")  # the discard port, where nothing listens
    said = refusal(capsys, "weights", "resnet18", "torchvision:resnet18")
    assert said.startswith("Could not reach the server of the weights of resnet18 (")
    assert said.endswith("Connect and try again, or give a weights file.")


def test_a_run_begins_with_weights_and_remembers_which(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--device", "cpu", "--runs", str(tmp_path / "runs"), "--json"]
    assert cli.main(["train", "lenet-digits", "--epochs", "2", "--set", "training.average=0.9", *options]) == 0
    first = json.loads(capsys.readouterr().out)
    checkpoint = Path(first["run"]) / LAST
    weights = tmp_path / "lenet.safetensors"
    found = report(capsys, str(Path(first["run"]) / "experiment.json"), str(checkpoint), "-o", str(weights))
    assert found["complete"]
    kept, taken = load_file(checkpoint), load_file(weights)
    assert all(torch.equal(kept[f"average.{name}"], tensor) for name, tensor in taken.items())
    assert any(not torch.equal(kept[f"model.{name}"], tensor) for name, tensor in taken.items())
    assert report(capsys, "lenet", first["run"])["complete"]
    assert _start_weights(first["run"]).file == str(Path(first["run"]) / BEST)

    assert cli.main(["train", "lenet-digits", "--epochs", "1", "--weights", str(weights), *options]) == 0
    captured = capsys.readouterr()
    second = json.loads(captured.out)
    assert f"{weights}: 10 of 10 tensors loaded" in captured.err
    assert second["metrics"]["train/loss"] < first["metrics"]["train/loss"] + 0.05
    saved = open_run(Path(second["run"]))
    assert saved.experiment.training.weights.sha256 == hashlib.sha256(weights.read_bytes()).hexdigest()
    (loaded,) = [event for event in saved.events if isinstance(event, WeightsLoaded)]
    assert (loaded.file, loaded.num_filled) == (str(weights), 10)

    experiment = tmp_path / "again.json"
    experiment.write_bytes((Path(second["run"]) / "experiment.json").read_bytes())
    weights.write_bytes(weights.read_bytes()[:-4] + b"\0\0\0\0")
    assert refusal(capsys, "train", str(experiment)).endswith(
        "this file has changed since it was chosen: choose it again"
    )
    weights.unlink()
    assert refusal(capsys, "train", str(experiment)) == f"the initial weights are missing: {weights}"


def test_exported_code_takes_the_weights_that_the_run_was_measured_with(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The moving average, not the last step's weights; the way that ``docs/code.md`` describes."""
    options = ["--epochs", "2", "--device", "cpu", "--set", "training.average=0.9", "--json"]
    assert cli.main(["train", "mlp-moons", *options]) == 0
    run = Path(json.loads(capsys.readouterr().out.splitlines()[-1])["run"])
    code, weights = tmp_path / "exported.py", tmp_path / "exported.safetensors"
    assert cli.main(["export", str(run), str(code)]) == 0
    assert report(capsys, run.name, str(run), "-o", str(weights))["complete"]
    written: dict[str, Any] = {"__name__": "exported"}
    exec(compile(code.read_text(encoding="utf-8"), code, "exec"), written)
    (network,) = (each for each in written.values() if getattr(each, "__module__", "") == "exported")
    model = network()
    model.load_state_dict(load_file(weights))
    ours = build(open_run(run).experiment.architecture)
    load_weights_into(ours, run / BEST)
    points = torch.randn(5, 2)
    assert torch.equal(model.eval()(points), ours.eval()(points)["output"])
    kept = load_file(run / BEST)
    assert not torch.equal(kept["average.fc1.weight"], kept["model.fc1.weight"])


def test_a_run_to_begin_with_other_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    torch.save({}, tmp_path / "a.pt")
    said = refusal(capsys, "train", "lenet-digits", "--weights", str(tmp_path / "a.pt"))
    assert said.endswith("a run needs a .safetensors file: convert it with the weights command")
    assert refusal(capsys, "train", "lenet-digits", "--weights", "no.safetensors").startswith(
        "the initial weights are missing: "
    )
