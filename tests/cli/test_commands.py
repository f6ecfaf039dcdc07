"""All commands on real networks, data and folders, called in this process."""

import json
import os
import re
import shlex
import shutil
import signal
import statistics
import threading
from contextlib import suppress
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from PIL import Image

from tests.data.folders import fill
from tests.session.waiting import logged, patiently, steps
from tests.training.experiments import variational
from workbench import cli, shipped
from workbench.cli.export import _normalised
from workbench.data.preparation import prepare
from workbench.events import CheckpointSaved, EpochFinished, RecipeChanged, RunPaused
from workbench.runs.changes import read_changes
from workbench.runs.log import encode
from workbench.runs.mailbox import read_status
from workbench.runs.queue import read_queue
from workbench.runs.store import BEST, EVENTS, EXPERIMENT, list_runs, open_run
from workbench.session.running import in_process
from workbench.session.running.in_process import is_running
from workbench.session.running.queue import next_run
from workbench.spec.component import Component
from workbench.spec.experiment import DataRecipe
from workbench.spec.files import read_architecture, read_experiment, to_json
from workbench.spec.override import override

MANUAL = Path(__file__).parents[2] / "docs" / "command-line.md"


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run: LeNet, two epochs on the small digits."""
    folder = tmp_path_factory.mktemp("runs")
    assert cli.main(["train", "lenet-digits", "--epochs", "2", "--device", "cpu", "--runs", str(folder)]) == 0
    (run,) = folder.iterdir()
    return run


def result(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    """The JSON in the last line of stdout."""
    return json.loads(capsys.readouterr().out.splitlines()[-1])


def random_pictures(file: Path, *, seed: int) -> Path:
    """A hundred pictures of noise in ten classes, as an ``.npz`` file."""
    np.savez(file, x=np.random.default_rng(seed).integers(0, 256, (100, 8, 8), np.uint8), y=np.arange(100) % 10)
    return file


def test_options_and_settings_end_up_in_the_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--set", "training.optimizer.type=Adam", "--set", "training.optimizer.lr=0.01", "--seed", "3"]
    options += ["--set", "architecture.graph.nodes.fc1.out_features=16", "--epochs", "4", "--dataset", "circles"]
    assert cli.main(["train", "mlp-xor", *options, "--runs", str(tmp_path), "--json"]) == 0
    captured = capsys.readouterr()
    found = json.loads(captured.out)
    saved = open_run(Path(found["run"]))
    assert Path(found["run"]).parent == tmp_path and found["state"] == "finished" and found["epochs"] == 4
    assert saved.metrics == found["metrics"] and {"val/loss", "val/top1", "test/top1"} <= found["metrics"].keys()
    experiment = saved.experiment
    assert (experiment.seed, experiment.training.epochs, experiment.data.source.type) == (3, 4, "Circles")
    assert (experiment.training.optimizer.type, experiment.training.optimizer.parameters) == ("Adam", {"lr": 0.01})
    assert experiment.architecture.graph.by_name["fc1"].parameters["out_features"] == 16
    assert experiment.name.endswith(" on Circles") and "on-circles" in saved.folder.name, "as in the window"
    lines = captured.err.splitlines()
    assert [line.split("  ")[0] for line in lines] == ["epoch 1/4", "epoch 2/4", "epoch 3/4", "epoch 4/4"]


def test_mistakes_say_what_the_test_has_measured(trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["mistakes", str(trained), "--json"]) == 0
    found = result(capsys)
    matrix = np.array(found["matrix"])
    assert found["correct"] == matrix.trace() and found["pictures"] == matrix.sum()
    assert found["correct"] / found["pictures"] == pytest.approx(open_run(trained).metrics["test/top1"])
    assert cli.main(["mistakes", str(trained)]) == 0
    text = capsys.readouterr().out
    assert f"{found['correct']} of {found['pictures']} correct" in text
    _, by_class, _, counts, confused, _ = (block.splitlines()[1:] for block in text.split("\n\n"))
    assert [line.split()[:2] for line in by_class] == [
        [name, str(row.sum())] for name, row in zip(found["classes"], matrix, strict=True)
    ]
    assert [line.split()[2:] for line in counts] == [[str(count or "·") for count in row] for row in matrix]
    pair = found["confusions"][0]
    first = confused[0].split()
    assert first == [found["classes"][pair["label"]], found["classes"][pair["predicted"]], str(pair["count"])]


@pytest.mark.parametrize("words", ["RUN --json a -- -b", "RUN a --json -- -b", "RUN a --top 3 --json -- -b"])
def test_options_may_stand_between_names(words: str) -> None:
    found = cli._parser().parse_args(["predict", *words.split()])
    assert found.json and found.source == "RUN" and [str(file) for file in found.files] == ["a", "-b"]


def test_pictures_of_ones_own_are_answered_and_broken_ones_named(
    trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from PIL import Image

    fill(tmp_path / "mine", a=2)
    Image.effect_noise((90, 40), 100).convert("RGB").save(tmp_path / "wide.jpg")
    (tmp_path / "mine" / "broken.png").write_bytes(b"not a picture")
    monkeypatch.chdir(tmp_path)
    capsys.readouterr()
    assert cli.main(["predict", str(trained), "wide.jpg", "--json", "mine"]) == 0
    wide, broken, *others = map(json.loads, capsys.readouterr().out.splitlines())
    assert broken["file"] == "mine/broken.png" and broken["problem"].startswith("it is not a picture")
    assert [each["file"] for each in (wide, *others)] == ["wide.jpg", "mine/a/000.png", "mine/a/001.png"]
    (answer,) = wide["answers"]
    shares = [choice["confidence"] for choice in answer["likeliest"]]
    assert answer["target"] == "class" and len(shares) == 5 and shares == sorted(shares, reverse=True)
    assert cli.main(["predict", str(trained), "mine", "wide.jpg"]) == 0
    heading, first, _, last, _, count, why = capsys.readouterr().out.splitlines()
    assert heading.split() == ["picture", "class"] and first.startswith("mine/a/000.png  ")
    words = ", ".join(f"{choice['name']} {choice['confidence']:.1%}" for choice in answer["likeliest"])
    assert last.split(maxsplit=1) == ["wide.jpg", words]
    assert count == "1 file cannot be used:" and why == f"mine/broken.png: {broken['problem']}"


def test_pictures_of_a_class_and_similar_ones_are_found_in_a_folder(
    trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(tmp_path / "mine", a=30)
    monkeypatch.chdir(tmp_path)

    def printed(*arguments: str) -> list[dict[str, Any]]:
        capsys.readouterr()
        assert cli.main(["predict", str(trained), *arguments, "--json"]) == 0
        return [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    likeliest = {each["file"]: each["answers"][0]["likeliest"] for each in printed("mine")}
    name = likeliest["mine/a/000.png"][1]["name"]
    shares = {
        file: next(each["confidence"] for each in of_file if each["name"] == name)
        for file, of_file in likeliest.items()
        if name in [each["name"] for each in of_file]
    }
    found = printed("mine", "--class", name, "--top", "3")
    assert [each["file"] for each in found] == sorted(shares, key=lambda file: -shares[file])[:3]
    assert [each["confidence"] for each in found] == sorted(shares.values(), reverse=True)[:3]

    assert [each["file"] for each in printed("--class", name, "--top", "3", "mine")] == [each["file"] for each in found]

    found = printed("mine", "--similar-to", "mine/a/007.png")
    assert printed("--similar-to", "mine/a/007.png", "mine", "--top", "25")[:20] == found
    assert len(found) == 20 and "mine/a/007.png" not in [each["file"] for each in found]
    distances = [each["distance"] for each in found]
    assert distances == sorted(distances) and distances[0] > 0
    assert len(printed("--similar-to", "mine/a/007.png")) == 20, "of the training pictures"
    assert cli.main(["predict", str(trained), "mine", "--similar-to", "mine/a/007.png"]) == 0
    heading, first, *_ = capsys.readouterr().out.splitlines()
    assert heading.split() == ["file", "distance", "likeliest"] and first.split()[0] == found[0]["file"]
    (tmp_path / "mine" / "broken.png").write_bytes(b"not a picture")
    assert cli.main(["predict", str(trained), "mine", "--class", name, "--top", "1"]) == 0
    *_, empty, count, why = capsys.readouterr().out.splitlines()
    assert (empty, count) == ("", "1 file cannot be used:") and why.startswith("mine/broken.png: ")
    (_, broken) = printed("mine", "--class", name, "--top", "1")
    assert broken["problem"] == why.partition(": ")[2]


def test_the_maps_and_strongest_pictures_of_a_layer(
    trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.main(["features", str(trained)]) == 0
    assert capsys.readouterr().out.splitlines()[2].split() == ["conv1", "Conv2d", "6×28×28", "6"]
    assert cli.main(["features", str(trained), "--layer", "relu1", "--picture", "3", "--json"]) == 0
    channels = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert len(channels) == 6 and all(each["smallest"] >= 0 for each in channels)
    assert cli.main(["features", str(trained), "--layer", "relu1", "--picture", "3", "-o", "maps.png"]) == 0
    with Image.open("maps.png") as sheet:
        colours = np.unique(np.asarray(sheet).reshape(-1, 3), axis=0)
    assert capsys.readouterr().out.startswith("maps.png: 6 channels of relu1, test picture 3, after step ")
    assert [194, 50, 43] in colours.tolist() and [37, 99, 235] not in colours.tolist(), "nothing below zero"

    words = ["--layer", "conv1", "--strongest", "2", "--top", "3"]
    assert cli.main(["features", str(trained), *words, "--json", "-o", "strongest.png"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    responses = [row["response"] for row in rows]
    assert len(rows) == 3 and responses == sorted(responses, reverse=True) and Path("strongest.png").stat().st_size
    for row in rows:
        assert cli.main(["features", str(trained), "--layer", "conv1", "--picture", str(row["picture"]), "--json"]) == 0
        of_channel = json.loads(capsys.readouterr().out.splitlines()[2])
        assert of_channel["largest"] == pytest.approx(row["response"], abs=1e-5)
    assert cli.main(["features", str(trained), *words, "--mean"]) == 0
    assert capsys.readouterr().out.splitlines()[0].split() == ["number", "name", "class", "response", "rows", "columns"]


def test_maps_and_answers_of_a_network_without_a_run(
    trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the weights of a run they are those of the run; a picture may be a file."""
    assert cli.main(["features", str(trained), "--layer", "relu1", "--json"]) == 0
    of_run = capsys.readouterr().out
    assert cli.main(["features", "lenet-digits", "--weights", str(trained), "--layer", "relu1", "--json"]) == 0
    assert capsys.readouterr().out == of_run
    assert cli.main(["features", "lenet-digits", "--layer", "relu1", "--json"]) == 0
    assert capsys.readouterr().out != of_run, "initial weights"

    Image.fromarray(np.zeros((40, 40), np.uint8)).save(tmp_path / "black.png")
    network = str(shipped.presets() / "architectures" / "lenet.json")
    words = ["features", network, "--layer", "input", "--picture", str(tmp_path / "black.png")]
    assert cli.main([*words, "--json"]) == 0
    (channel,) = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert channel["smallest"] == channel["largest"] < 0, "normalised"
    assert cli.main([*words, "-o", str(tmp_path / "maps.png")]) == 0
    assert "1 channels of input, black.png, with initial weights (seed 0)" in capsys.readouterr().out
    answers = []
    for asked in ([str(trained)], ["lenet-digits", "--weights", str(trained)]):
        assert cli.main(["predict", *asked, str(tmp_path / "black.png"), "--json"]) == 0
        answers.append(capsys.readouterr().out)
    assert answers[0] == answers[1]


def test_codes_are_decoded(
    trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("vae.json").write_text(to_json(variational()))
    assert cli.main(["train", "vae.json", "--epochs", "1", "--runs", "runs"]) == 0
    (run,) = Path("runs").iterdir()
    capsys.readouterr()
    assert cli.main(["latent", str(run)]) == 0
    assert capsys.readouterr().out.splitlines()[-1].split() == ["sample", "GaussianSample", "2", "the", "narrowest"]
    sheets = []
    for seed in ("1", "1", "2"):
        assert cli.main(["latent", str(run), "--sample", "9", "--seed", seed, "-o", "sheet.png"]) == 0
        assert capsys.readouterr().out.startswith(
            "sheet.png: 9 draws from N(0, I), in place of the 2 numbers of sample"
        )
        sheets.append(Path("sheet.png").read_bytes())
    assert sheets[0] == sheets[1] != sheets[2]
    assert cli.main(["latent", str(run), "--between", "3", "8", "-o", "between.png", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["pictures"] == 10
    with Image.open("between.png") as sheet:
        assert sheet.width == 10 * sheet.height
    for weights in ((), ("--weights", str(run))):
        words = ["latent", "vae.json", *weights, "--sample", "9", "--seed", "2", "-o", "drawn.png"]
        assert cli.main(words) == 0
        assert (
            capsys.readouterr()
            .out.rstrip()
            .endswith("with weights from best.safetensors" if weights else "with initial weights (seed 3)")
        )
        assert (Path("drawn.png").read_bytes() == sheets[2]) == bool(weights)
    for arguments, said in {
        (trained, "--map", "-o", "map.png"): "no output of this network predicts the picture",
        (run, "--between", "3", "99999", "-o", "x.png"): "--between 3 99999: the test split has 0 to ",
        (run, "--layer", "relu1"): "--layer relu1: not all paths to the picture pass through it, or it is no smaller",
        (run, "--sample", "4"): "no file is named: add -o FILE.png",
        (run, "-o", "x.png"): "-o needs one of --sample N, --between A B and --map",
        (run, "--map", "--seed", "2", "-o", "x.png"): "--seed draws the codes of --sample N: add that, or leave it out",
    }.items():
        assert cli.main(["latent", *map(str, arguments)]) == 2
        assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--layer", "conv9"], "there is no layer conv9 with maps or a vector; there is conv"),
        (["--layer", "conv1", "--picture", "99999"], "--picture 99999: the test split has 0 to "),
        (["--layer", "conv1", "--strongest", "6"], "--strongest 6: conv1 has the channels 0 to 5"),
        (["--strongest", "1"], "no layer is named: add --layer NAME"),
        (["--layer", "conv1", "--mean"], "--mean says by what the strongest pictures are compared: add --strongest"),
        (["--layer", "conv1", "--picture", "none.png"], "none.png: it cannot be read: No such file"),
        (["--weights", "x.safetensors"], "has its own: name an experiment or a network"),
        (["--layer", "conv1", "-o", "x.jpg"], "-o x.jpg: the pictures are saved as a .png file"),
    ],
)
def test_what_has_no_maps_is_refused_in_a_sentence(
    trained: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    assert cli.main(["features", str(trained), *arguments]) == 2
    assert said in capsys.readouterr().err


def test_an_output_that_cannot_be_written_is_refused_before_the_network_is_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    output = ["-o", str(tmp_path / "file" / "x.png")]
    for words in (
        ["latent", "nowhere", "--sample", "2"],
        ["predict", "nowhere", "x.png", "--why", "occlusion"],
        ["features", "nowhere", "--layer", "conv1"],
    ):
        assert cli.main([*words, *output]) == 2
        assert f"{output[1]}: " in capsys.readouterr().err


def test_an_answer_is_explained_in_numbers_and_as_a_picture(
    trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from PIL import Image

    fill(tmp_path / "mine", a=2)
    monkeypatch.chdir(tmp_path)
    capsys.readouterr()
    explained = ["predict", str(trained), "mine", "--why", "integrated-gradients", "-o", "why.png"]
    assert cli.main([*explained, "--json"]) == 0
    first, second = map(json.loads, capsys.readouterr().out.splitlines())
    assert (first["file"], second["file"]) == ("mine/a/000.png", "mine/a/001.png")
    assert first["method"] == "integrated-gradients" and first["layer"] is None and 0 < first["value"] < 1
    with Image.open("why.png") as sheet:
        colours = np.asarray(sheet.convert("RGB")).astype(int)
    assert sheet.height > 2 * 192 and (colours.max(axis=2) - colours.min(axis=2)).max() > 100, "red or blue over grey"
    assert cli.main([*explained, "--class", first["name"]]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"mine/a/000.png: {first['name']} {100 * first['value']:.1f} %" and "Red adds to " in lines[1]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "no picture is named: name pictures, or a folder of pictures"),
        (["mine", "--class", "restaurant"], "the network has no class or label restaurant: there are "),
        (["mine", "--similar-to", "mine/a/000.png"], "there is no other picture among these: name more, or none"),
        (["--similar-to", "mine"], "--similar-to takes one picture, and mine is a folder: name a picture in it"),
        (["mine", "-o", "a.png"], "-o draws masks and pictures, and this network answers with none: add --why METHOD"),
        (["mine", "-o", "a.jpg"], "-o a.jpg: name a .png file for pictures, or a .csv file for answers to rows"),
        (["mine", "-o", "a.csv"], "-o a.csv: the pictures are saved as a .png file"),
        (
            ["mine", "--similar-to", "mine/a/000.png", "-o", "a.png"],
            "-o draws what the network makes of each FILE: leave out",
        ),
        (["mine", "--why", "gradient"], "--why draws a picture: add -o FILE.png, or --json for its numbers"),
        (["mine", "--why", "gradient", "--layer", "conv", "-o", "a.png"], "--layer is the layer of --why grad-cam: "),
        (
            ["mine", "--why", "grad-cam", "--layer", "x", "-o", "a.png"],
            "there is no layer x with maps before this answer",
        ),
        (
            ["mine", "--why", "gradient", "--class", "restaurant", "-o", "a.png"],
            "the network answers with no restaurant: ",
        ),
        (["mine", "--top", "3"], "--top says how many of a class, or similar to another: add --class NAME or"),
    ],
)
def test_what_cannot_be_predicted_is_refused_in_a_sentence(
    trained: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    said: str,
) -> None:
    fill(tmp_path / "mine", a=1)
    monkeypatch.chdir(tmp_path)
    capsys.readouterr()
    assert cli.main(["predict", str(trained), *arguments]) == 2
    captured = capsys.readouterr()
    assert captured.err.startswith(said) and not captured.out


def test_files_without_a_picture_among_them_are_a_mistake(
    trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert cli.main(["predict", str(trained), str(tmp_path)]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == f"none of these can be read as a picture; {tmp_path}: it contains no pictures\n"


def test_the_same_command_gives_the_same_numbers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    metrics = []
    for _attempt in range(2):
        assert (
            cli.main(["train", "mlp-xor", "--epochs", "2", "--device", "cpu", "--runs", str(tmp_path), "--json"]) == 0
        )
        metrics.append(result(capsys)["metrics"])
    assert metrics[0] == metrics[1]


def test_an_experiment_may_be_a_file_and_its_data_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from PIL import Image

    for name, value in (("dark", 40), ("light", 200)):
        (tmp_path / "pictures" / name).mkdir(parents=True)
        for number in range(10):
            Image.new("L", (28, 28), value + number).save(tmp_path / "pictures" / name / f"{number}.png")
    experiment = tmp_path / "mine.json"
    experiment.write_bytes((shipped.presets() / "experiments" / "lenet-digits.json").read_bytes())
    arguments = [str(experiment), "--dataset", str(tmp_path / "pictures"), "--epochs", "1", "--runs", str(tmp_path)]
    assert cli.main(["train", *arguments]) == 0
    captured = capsys.readouterr()
    assert re.fullmatch(r"1 epoch, val accuracy [\d.]+%, test accuracy [\d.]+% \(last weights\)\n.*\n", captured.out)


def test_an_experiment_is_moved_with_its_data_and_its_run_resumed_from_anywhere(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    lesson = tmp_path / "lesson"
    fill(lesson / "pets", cat=10, dog=10)
    plain = json.loads((shipped.presets() / "experiments" / "lenet-digits.json").read_text())
    plain["data"] = {"source": {"type": "ImageFolder", "parameters": {"folder": "pets"}}}
    (lesson / "lesson.json").write_text(json.dumps(plain))
    monkeypatch.chdir(tmp_path)
    assert cli.main(["train", "lesson/lesson.json", "--epochs", "1", "--runs", "runs", "--json"]) == 0
    run = Path(str(result(capsys)["run"]))
    lesson.rename(tmp_path / "elsewhere")
    before = (run / EVENTS).read_bytes()
    assert cli.main(["resume", str(run), "--epochs", "2"]) == 2
    assert capsys.readouterr().err.startswith(f"{lesson / 'pets'}: the data of this run is not there: bring it back")
    assert (run / EVENTS).read_bytes() == before, "a finished run stays one"
    assert cli.main(["resume", str(run), "--epochs", "2", "--data", "nowhere"]) == 2
    assert "nowhere: there is no such file or folder" in capsys.readouterr().err
    assert cli.main(["resume", str(run), "--epochs", "2", "--data", "elsewhere/pets"]) == 0
    monkeypatch.chdir(run)
    assert cli.main(["resume", str(run), "--epochs", "3"]) == 0
    assert open_run(run).state == "finished" and open_run(run).num_epochs == 3


def test_what_is_left_out_of_the_data_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pets = fill(tmp_path / "pets", cat=10, dog=10)
    broken = [pets / "cat" / f"broken{number}.png" for number in range(5)]
    for path in broken:
        path.write_bytes(b"not a picture")
    (pets / "dragon").mkdir()
    options = ["--dataset", str(pets), "--epochs", "1", "--runs", str(tmp_path / "runs"), "--json"]
    assert cli.main(["train", "lenet-digits", *options]) == 0
    captured = capsys.readouterr()
    few, first, second, epoch = captured.err.splitlines()
    assert few.startswith("an epoch makes only 1 step: ") and few.endswith("(--fix: Train with batches of 8)")
    assert first.startswith(f"5 pictures were excluded: {broken[0]}, {broken[1]} (each: it")
    log = Path(json.loads(captured.out)["run"]) / EVENTS
    assert first.endswith(f"), and 3 more; all are listed in {log}") and str(broken[2]) not in first
    assert all(str(path) in log.read_text() for path in broken)
    assert second.startswith("The class folder dragon contains no pictures") and epoch.startswith("epoch 1/1")


def test_a_run_whose_experiment_was_edited_does_not_fit_its_weights(
    trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edited = tmp_path / "edited"
    shutil.copytree(trained, edited)
    experiment = read_experiment(edited / EXPERIMENT)
    capsys.readouterr()
    (edited / EXPERIMENT).write_text(to_json(override(experiment, "architecture.graph.nodes.fc1.out_features", "16")))
    assert cli.main(["export", str(edited), str(tmp_path / "net.onnx")]) == 2
    captured = capsys.readouterr()
    assert captured.out == "" and captured.err.count("\n") == 1 and str(edited) in captured.err
    assert not (tmp_path / "net.onnx").exists()


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("training.schedule.type=Cosin", "there is no schedule called Cosin; there is Cosine"),
        ("training.optimizer.weight_decay=-1", "SGD: weight_decay: expected a number >= 0"),
        ("training.patience=soon", "training.patience: expected a whole number or null, got text"),
        ("training.batch_size=7", "training.batch_size cannot change during a run"),
    ],
)
def test_a_change_that_may_not_be_is_named(
    trained: Path, capsys: pytest.CaptureFixture[str], setting: str, said: str
) -> None:
    assert cli.main(["resume", str(trained), "--epochs", "9", "--set", setting]) == 2
    assert said in capsys.readouterr().err
    assert open_run(trained).state == "finished" and not read_changes(trained)


def test_a_run_that_failed_after_a_checkpoint_says_how_it_is_resumed(
    trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = shutil.copytree(trained, tmp_path / "longer-1")
    assert cli.main(["resume", str(run), "--epochs", "9", "--set", "training.optimizer.lr=100"]) == 2
    said = capsys.readouterr().err
    assert "The last checkpoint is from before it happened." in said and said.rstrip().endswith(f" resume {run}")


def test_a_finished_run_is_not_resumed(trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["resume", str(trained)]) == 2
    assert "this run is finished" in capsys.readouterr().err


def test_runs_are_listed(trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert cli.main(["runs", "--runs", str(trained.parent)]) == 0
    heading, row = capsys.readouterr().out.splitlines()
    assert heading.split("  ")[0] == "run" and row.startswith(f"{trained.name}  finished     2/2")
    assert cli.main(["runs", "--runs", str(trained.parent), "--json"]) == 0
    (listed,) = result(capsys)["runs"]
    assert listed["run"] == str(trained) and listed["metrics"] == open_run(trained).metrics
    assert cli.main(["runs", "--runs", str(tmp_path)]) == 0
    assert capsys.readouterr().out == f"no runs in {tmp_path}\n"


def test_export_of_a_run_is_its_best_network_on_its_own_data(
    trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "lenet.onnx"
    assert cli.main(["export", str(trained), str(file), "--json"]) == 0
    report = result(capsys)
    assert report | {"size_bytes": 0, "max_abs_difference": 0} == {
        "file": str(file),
        "opset": 18,
        "size_bytes": 0,
        "size_as_floats": None,
        "images": 128,
        "max_abs_difference": 0,
        "top1_agreement": 1.0,
        "weights": "",
    }
    assert report["size_bytes"] == file.stat().st_size and 0 <= report["max_abs_difference"] < 1e-4

    from safetensors.torch import load_file

    weights = {weight.name: onnx.numpy_helper.to_array(weight) for weight in onnx.load(file).graph.initializer}
    best = load_file(trained / BEST)
    np.testing.assert_array_equal(weights["conv1.weight"], best["model.conv1.weight"].numpy())

    from workbench.data.preparation import prepare

    experiment = open_run(trained).experiment
    dataset = prepare(experiment.data, input_shape=(1, 28, 28), seed=experiment.seed)
    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    metadata = session.get_modelmeta().custom_metadata_map
    preprocessing = json.loads(metadata["preprocessing"])
    assert json.loads(metadata["class_names"]) == list("0123456789")
    pictures = dataset.test.inputs.numpy() / np.float32(255)
    inputs = (pictures - np.float32(preprocessing["mean"])) / np.float32(preprocessing["std"])
    (logits,) = session.run(None, {"input": inputs})
    accuracy = (logits.argmax(axis=1) == dataset.test.targets["class"].numpy()).mean()
    saved = open_run(trained)
    assert (
        max(event.step for event in saved.events if getattr(event, "best", False))
        == [event.step for event in logged(trained) if hasattr(event, "loss")][-1]
    )
    assert accuracy == pytest.approx(saved.metrics["test/top1"], abs=1e-6), "from the file and its metadata alone"


def test_export_of_an_architecture(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "folder" / "perceptron.onnx"
    assert cli.main(["export", "perceptron", str(file), "--opset", "20"]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first == str(file) and second.startswith("opset 20, ") and second.endswith("same top-1 class in 100.0%")
    onnx.checker.check_model(file)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (
            ("resnet18", "net.onnx"),
            "--int8 needs data for the ranges of the activations: export a run or an experiment",
        ),
        (("lenet", "net.py"), "--int8 is of ONNX: give a file name ending in .onnx"),
    ],
)
def test_integers_need_data_and_are_of_onnx(
    line: tuple[str, str], words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["export", line[0], str(tmp_path / line[1]), "--int8"]) == 2
    assert words in capsys.readouterr().err and not [*tmp_path.iterdir()]


def test_integers_are_calibrated_on_all_classes_also_where_the_data_is_stored_by_class(tmp_path: Path) -> None:
    classes = np.arange(400) // 100
    pictures = np.repeat(60 * classes, 64).reshape(-1, 8, 8).astype(np.uint8)
    np.savez(tmp_path / "sorted.npz", x=pictures, y=classes)
    source = Component(type="ArrayFile", parameters={"file": str(tmp_path / "sorted.npz")})
    dataset = prepare(DataRecipe(source=source), input_shape=(1, 8, 8), seed=0)
    assert len(_normalised(dataset.train, dataset, 64).unique()) == 4


def test_summary_of_lenet(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["summary", "lenet"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "LeNet-5" and lines[2].split() == ["layer", "type", "output", "parameters", "MACs", "sees"]
    conv1 = next(line for line in lines if line.startswith("conv1"))
    assert conv1.split() == ["conv1", "Conv2d", "6×28×28", "156", "117,600", "5×5"]
    assert lines[-1].split() == ["total", "61,706", "416,520"]
    assert len({len(line) for line in lines if line.startswith("─")}) == 1


def test_summary_as_json_agrees_with_torchvision(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["summary", "resnet20", "--json"]) == 0
    found = result(capsys)
    from workbench.compiler.module import build

    module = build(read_architecture("resnet20"))
    assert found["parameters"] == sum(parameter.numel() for parameter in module.parameters())
    assert found["problems"] == [] and found["macs"] == sum(layer["macs"] for layer in found["layers"])
    by_name = {layer["name"]: layer for layer in found["layers"]}
    for name, child in module.named_modules():
        if isinstance(child, torch.nn.Conv2d):
            assert by_name[name]["output_shape"][0] == child.out_channels


def test_summary_for_another_input(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["summary", "resnet20", "--input", "3,64,64", "--json"]) == 0
    assert result(capsys)["layers"][0]["output_shape"] == [3, 64, 64]


def test_what_is_known_of_a_network_with_problems(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["summary", "lenet", "--input", "1,8,8", "--json"]) == 2
    captured = capsys.readouterr()
    found = json.loads(captured.out)
    assert [layer["name"] for layer in found["layers"]] == ["input", "conv1", "pool1", "relu1"]
    assert found["problems"][0]["node"] == "conv2"
    assert captured.err.startswith("conv2: ") and captured.err.count("\n") == 1


def test_a_file_of_ones_own_is_summed_up(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "mine.json"
    file.write_text(to_json(read_architecture("perceptron")))
    assert cli.main(["summary", str(file)]) == 0
    mine = capsys.readouterr().out
    assert cli.main(["summary", "perceptron"]) == 0
    assert capsys.readouterr().out == mine


def test_a_network_is_named_by_its_run_or_by_any_preset(trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    for source in ("lenet", "lenet-digits", str(trained)):
        assert cli.main(["summary", source]) == 0
    lenet, *others = capsys.readouterr().out.split("LeNet-5\n")[1:]
    assert others == [lenet, lenet]
    assert cli.main(["summary", "nothing-of-this-name"]) == 2
    assert capsys.readouterr().err.startswith("there is no run called nothing-of-this-name in")


def test_runs_that_are_named_are_told_apart(trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = ["--epochs", "1", "--device", "cpu", "--set", "training.optimizer.lr=0.2"]
    assert cli.main(["train", "lenet-digits", *settings, "--runs", str(tmp_path), "--json"]) == 0
    other = str(result(capsys)["run"])
    assert cli.main(["runs", str(trained), other, "--json"]) == 0
    newest, oldest = result(capsys)["runs"]
    assert (newest["run"], oldest["run"]) == (other, str(trained))
    assert newest["differs"] == {"learning rate": "0.2"}
    assert oldest["differs"] == {"learning rate": "0.02"}
    assert cli.main(["runs", str(trained), other]) == 0
    heading, first, second = capsys.readouterr().out.splitlines()
    assert heading.endswith("learning rate") and first.endswith("0.2") and second.endswith("0.02")


def test_what_named_runs_cost_stands_beside_their_results(
    trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Also of a run whose log, of an earlier version, lacks its MACs."""
    older = tmp_path / "older-1"
    shutil.copytree(trained, older)
    log = (older / EVENTS).read_text()
    (older / EVENTS).write_text(re.sub(r',"macs":\d+', "", log))
    assert (older / EVENTS).read_text() != log
    assert cli.main(["runs", str(trained), str(older), "--json"]) == 0
    rows = result(capsys)["runs"]
    assert cli.main(["summary", "lenet-digits", "--json"]) == 0
    network = result(capsys)
    for row in rows:
        assert (row["parameters"], row["macs"]) == (network["parameters"], network["macs"])
        epochs = [json.loads(line) for line in log.splitlines() if '"EpochFinished"' in line]
        assert row["seconds"] == pytest.approx(sum(epoch["seconds"] for epoch in epochs))
        assert 0 < row["seconds_per_example"] < row["seconds"]
    assert cli.main(["runs", str(trained), str(older)]) == 0
    heading, *lines = capsys.readouterr().out.splitlines()
    for name, words in {"parameters": f"{network['parameters']:,}", "MACs": f"{network['macs']:,}"}.items():
        end = heading.index(f" {name} ") + 1 + len(name)
        assert all(line[:end].endswith(f" {words}") for line in lines)
    assert " time " in heading


def test_what_was_changed_during_runs_is_told_in_place_of_its_count(
    trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plain, slowed = tmp_path / "plain-1", tmp_path / "slowed-1"
    for folder in (plain, slowed):
        shutil.copytree(trained, folder)
    path = "training.optimizer.lr"
    with (slowed / EVENTS).open("ab") as log:
        log.write(encode([RecipeChanged(at=0.0, step=2, path=path, before=0.02, after=0.01)]))
    assert cli.main(["runs", str(plain), str(slowed)]) == 0
    heading, *rows = capsys.readouterr().out.splitlines()
    assert "changed" in heading.split() and "changes" not in heading.split()
    assert sorted(row[heading.index("changed") :] for row in rows) == [
        "learning rate 0.02 → 0.01 after step 2",
        "nothing",
    ]
    assert cli.main(["runs", str(slowed)]) == 0
    heading, row = capsys.readouterr().out.splitlines()
    assert heading.endswith("changes") and row.endswith(" 1")


def test_runs_of_several_seeds_have_a_mean_and_a_deviation(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Against ``statistics``, over the final results of the runs."""
    options = ["--epochs", "1", "--device", "cpu", "--runs", str(tmp_path), "--json"]
    ended = []
    for seed in ("0", "1", "2"):
        assert cli.main(["train", "mlp-moons", "--seed", seed, *options]) == 0
        ended.append(result(capsys))
    names = [str(run["run"]) for run in ended]
    assert cli.main(["runs", *names, "--json"]) == 0
    (group,) = result(capsys)["groups"]
    assert group["repeats"] == 3 and sorted(group["runs"]) == sorted(names) and group["differs"] == {}
    for name, found in group["metrics"].items():
        values = [run["metrics"][name] for run in ended]
        assert found == {"mean": statistics.mean(values), "deviation": statistics.stdev(values), "num_repeats": 3}
    assert cli.main(["runs", *names]) == 0
    line = capsys.readouterr().out.splitlines()[-1]
    tops = [100 * run["metrics"]["test/top1"] for run in ended]
    assert line.startswith("3 seeds") and f"{statistics.mean(tops):.1f} ± {statistics.stdev(tops):.1f}%" in line


def test_a_cross_validation_is_queued_trained_and_averaged(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    where = ["--runs", str(tmp_path)]
    assert cli.main(["queue", "add", "mlp-wines", "--folds", "3", "--epochs", "1", "--device", "cpu", *where]) == 0
    assert "MLP on wines: 3 runs, numbers 1 to 3\n1  fold 1/3\n" in capsys.readouterr().out
    assert cli.main(["queue", "run", "--json", *where]) == 0
    ended = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert cli.main(["runs", *(each["run"] for each in ended), "--json"]) == 0
    (group,) = result(capsys)["groups"]
    values = [each["metrics"]["val/top1"] for each in ended]
    assert group["repeats"] == 3 and group["metrics"]["val/top1"]["mean"] == statistics.mean(values)
    assert len(set(values)) > 1
    assert cli.main(["queue", "add", "mlp-wines", "--folds", "1", *where]) == 2
    assert "1 is no number of folds: give 2 to 100" in capsys.readouterr().err


def test_the_manual_shows_what_is_printed(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs each example of a summary, a diff or the help; those of training contain dates and times."""
    monkeypatch.setattr("sys.argv", ["workbench"])
    monkeypatch.setenv("COLUMNS", "80")
    shown = r"```console\n\$ workbench ((?:summary|diff) [^\n]*|--help)\n(.*?)```"
    blocks = re.findall(shown, MANUAL.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert len(blocks) >= 2
    for command, shown in blocks:
        cli.main(command.split())
        captured = capsys.readouterr()
        assert captured.out + captured.err == shown, command


def test_the_manual_reads_the_file_rightly(
    trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.main(["export", str(trained), "lenet.onnx"]) == 0
    capsys.readouterr()
    (program,) = re.findall(r"```python\n(.*?)```", MANUAL.read_text(encoding="utf-8"), flags=re.DOTALL)
    exec(program, {})
    assert capsys.readouterr().out.strip() in "0123456789"


def test_the_page_on_the_folder_reads_the_log_rightly(trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", (MANUAL.parent / "run-folder.md").read_text(), flags=re.DOTALL)
    capsys.readouterr()
    exec(code.replace("2026-11-28-lenet-1", str(trained)), {})
    *_, last = capsys.readouterr().out.splitlines()
    assert last == f"2 {open_run(trained).metrics['val/loss']}"


def test_a_copied_run_is_found_by_its_name(trained: Path, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    copy = home / "runs" / "copied"
    shutil.copytree(trained, copy)
    assert cli.main(["resume", "copied"]) == 2
    assert str(copy.resolve()) in capsys.readouterr().err
    assert cli.main(["resume", "copyed"]) == 2
    assert capsys.readouterr().err == "there is no run called copyed; there is copied\n"
    shutil.rmtree(copy)
    assert (trained / EXPERIMENT).is_file()


def test_two_networks_are_compared(capsys: pytest.CaptureFixture[str], trained: Path) -> None:
    assert cli.main(["diff", "resnet18", "resnet34", "--json"]) == 0
    found = result(capsys)
    assert found["difference"]["parameters"] == 21_797_672 - 11_689_512
    assert {"mark": "changed", "path": "layer1/0"}.items() <= found["nodes"][1].items()
    assert found["nodes"][1]["changes"] == [{"what": "repeat", "before": 2, "after": 3}]
    assert cli.main(["diff", "lenet", "mlp"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "LeNet-5 → Multi-layer perceptron"
    assert any(line.startswith("−  conv1 ") for line in lines) and any(line.startswith("~  fc1 ") for line in lines)
    assert cli.main(["diff", str(trained), "lenet"]) == 0
    assert "The networks are identical." in capsys.readouterr().out


def test_advice_is_a_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--epochs", "8", "--device", "cpu", "--set", "training.optimizer.lr=1e-9"]
    assert cli.main(["train", "mlp-xor", *options, "--runs", str(tmp_path)]) == 0
    (line,) = [line for line in capsys.readouterr().err.splitlines() if "has hardly improved" in line]
    assert line.startswith("epoch 8: The loss has hardly improved for 6 epochs") and "learning rate" in line


def test_steps_that_overflow_16_bits_are_a_line_each(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A weight of a thousand makes the gradients too large for the scale that torch begins with."""
    heads = 'training.heads=[{"output": "output", "weight": 1000}]'
    options = ["--epochs", "1", "--device", "cpu", "--runs", str(tmp_path), "--set", heads]
    assert cli.main(["train", "mlp-moons", *options, "--set", "training.speed.precision=fp16"]) == 0
    said = re.findall(r"^step (\d+) was skipped: a gradient times (\d+) overflows fp16$", capsys.readouterr().err, re.M)
    assert said[:2] == [("1", "65536"), ("2", "32768")]


def test_a_finished_run_goes_on_with_more_epochs_and_another_rate(
    trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    longer = tmp_path / trained.name
    shutil.copytree(trained, longer)
    capsys.readouterr()
    options = ["--epochs", "3", "--set", "training.optimizer.lr=0.003"]
    assert cli.main(["resume", str(longer), *options]) == 0
    lines = capsys.readouterr().err.splitlines()
    assert re.fullmatch(r"continues after epoch 2/\d  val accuracy [\d.]+%", lines[0])
    assert any(re.fullmatch(r"after step \d+: learning rate [\d.]+ → 0.003", line) for line in lines)
    assert [line.split("  ")[0] for line in lines if line.startswith("epoch")] == ["epoch 3/3"]
    assert cli.main(["runs", "--runs", str(tmp_path), "--json"]) == 0
    (row,) = result(capsys)["runs"]
    assert (row["epochs"], row["planned_epochs"]) == (3, 3)
    assert [(change["path"], change["after"]) for change in row["changes"]] == [
        ("training.optimizer.lr", 0.003),
        ("training.epochs", 3),
    ]
    assert cli.main(["export", str(longer), str(tmp_path / "net.py"), "--training"]) == 0
    assert re.search(
        r'0: \{"epochs": \d, "lr": .*\},\n    \d+: \{"epochs": 3, "lr": 0.003\}',
        (tmp_path / "train_net.py").read_text(),
    )
    assert cli.main(["resume", str(longer), "--epochs", "4", "--set", "training.batch_size=7"]) == 2
    assert "training.batch_size cannot change during a run" in capsys.readouterr().err


def test_a_learning_rate_is_found(capsys: pytest.CaptureFixture[str], home: Path) -> None:
    before = sorted((home / "runs").glob("*"))
    assert cli.main(["find-lr", "lenet-digits", "--device", "cpu", "--json"]) == 0
    found = result(capsys)
    rates, valley = found["rates"], found["valley"]
    assert isinstance(rates, list) and len(rates) == len(found["losses"]) > 20 and valley in rates  # type: ignore[arg-type]
    assert cli.main(["find-lr", "lenet-digits", "--device", "cpu"]) == 0
    assert f"suggested learning rate: valley {valley:.2g}" in capsys.readouterr().out
    assert sorted((home / "runs").glob("*")) == before


def test_runs_are_lined_up_and_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    where = ["--runs", str(tmp_path)]
    for epochs in ("1", "2"):
        assert cli.main(["queue", "add", "mlp-xor", "--epochs", epochs, "--device", "cpu", *where]) == 0
    assert cli.main(["queue", "add", "mlp-xor", "--epochs", "0", *where]) == 2
    capsys.readouterr()
    assert cli.main(["queue", "list", *where]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith("1  ") and ": 1 epoch, " in first and second.startswith("2  ") and ": 2 epochs, " in second
    assert cli.main(["queue", "remove", "3", *where]) == 2
    assert "the queue has no position 3" in capsys.readouterr().err
    assert cli.main(["queue", "run", *where]) == 0
    assert sorted(run.experiment.training.epochs for run in list_runs(tmp_path)) == [1, 2]
    said = capsys.readouterr().out.splitlines()
    names = [line.partition(", ")[0] for line in said if " of 2: " in line]
    assert f"{names[1]}, 2 of 2: 2 epochs" in said
    assert cli.main(shlex.split(said[-1])[shlex.split(said[-1]).index("runs") :]) == 0
    compared = capsys.readouterr().out
    assert all(name in compared for name in names)
    assert cli.main(["queue", "list", *where]) == 0
    assert capsys.readouterr().out == "the queue is empty\n"


def test_ctrl_c_in_a_queue_says_how_to_resume_all_of_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    where = ["--runs", str(tmp_path)]
    for epochs in ("5000", "1"):
        assert cli.main(["queue", "add", "mlp-xor", "--epochs", epochs, "--device", "cpu", *where]) == 0

    def interrupt() -> None:
        patiently(lambda: any(run.num_epochs for run in list_runs(tmp_path)))
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    assert cli.main(["queue", "run", *where]) == 130
    thread.join()
    said = capsys.readouterr().err.splitlines()
    assert "stopped; resume with: " in said[-2]
    assert said[-1].endswith(f"queue run --runs {tmp_path}") and len(read_queue(tmp_path)) == 2


def test_a_run_that_ends_early_says_for_how_long_it_has_not_improved(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    still = ["--set", "training.optimizer.lr=1e-30", "--set", "training.patience=1"]
    assert cli.main(["train", "mlp-xor", "--epochs", "9", "--device", "cpu", "--runs", str(tmp_path), *still]) == 0
    assert "stopped early after epoch 2: no improvement for 1 epoch\n" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:subprocess .* is still running:ResourceWarning")  # that is the point of it
def test_a_run_left_running_is_watched_and_told_to_stop(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--epochs", "100000", "--device", "cpu", "--runs", str(tmp_path), "--detach"]
    assert cli.main(["train", "mlp-xor", *options, "--json"]) == 0
    said = capsys.readouterr()
    told = json.loads(said.out)
    folder = told["run"]
    assert told["state"] == "running"
    assert Path(folder).parent == tmp_path and f"follow {folder}" in said.err
    patiently(lambda: is_running(Path(folder)))
    assert cli.main(["tell", folder, "stop"]) == 0
    assert cli.main(["follow", folder]) in (0, 2)  # it may have ended before it can be watched
    patiently(lambda: not is_running(Path(folder)))
    assert open_run(Path(folder)).state == "stopped"
    assert cli.main(["tell", folder, "pause"]) == 2
    assert f"is not running: resume {Path(folder).name} continues it" in capsys.readouterr().err
    process = read_status(Path(folder))
    with suppress(ChildProcessError):  # the command that started it does not wait for it
        os.waitpid(process.pid, 0)


@pytest.mark.timeout(600)
def test_a_run_that_cannot_resume_exactly_is_not_left_to_wait_for_an_answer(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = random_pictures(tmp_path / "pictures.npz", seed=0)
    options = ["--epochs", "1", "--device", "cpu", "--runs", str(tmp_path / "runs"), "--json"]
    assert cli.main(["train", "lenet-digits", "--dataset", str(file), *options]) == 0
    folder = str(result(capsys)["run"])
    random_pictures(file, seed=1)
    assert cli.main(["resume", folder, "--epochs", "2", "--detach"]) == 2
    said = capsys.readouterr()
    assert said.out == "" and "the data differs from what it started with; resume --anyway does so" in said.err
    assert not is_running(Path(folder)) and open_run(Path(folder)).state == "finished"


@pytest.mark.timeout(600)
def test_a_run_that_asks_before_it_resumes_does_not_hold_up_the_queue(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, where = random_pictures(tmp_path / "pictures.npz", seed=0), ["--runs", str(tmp_path / "runs")]
    for options in (["--dataset", str(file), "--epochs", "200"], ["--epochs", "1"]):
        assert cli.main(["queue", "add", "lenet-digits", "--device", "cpu", *options, *where]) == 0
    asks = next_run(tmp_path / "runs")
    assert asks is not None
    patiently(lambda: steps(asks))
    asks.stop()
    assert asks.join(60)
    random_pictures(file, seed=1)
    capsys.readouterr()
    assert cli.main(["queue", "run", *where]) == 1
    said = capsys.readouterr()
    assert said.err.count("the data differs from what it started with; resume --anyway does so") == 1
    assert f"{asks.folder.name} was removed from the queue" in said.err
    assert "compare them" not in said.out, "one was made"
    assert read_queue(tmp_path / "runs") == () and open_run(asks.folder).state == "stopped"
    (other,) = (tmp_path / "runs").glob("*-lenet-on-digits-1")
    assert open_run(other).state == "finished"


@pytest.mark.slow
def test_a_run_that_cannot_begin_in_its_process_is_not_said_to_be_running(
    trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    damaged = tmp_path / trained.name
    shutil.copytree(trained, damaged)
    for file in (damaged / "checkpoints").glob("*.safetensors"):
        file.write_bytes(b"no checkpoint")
    capsys.readouterr()
    assert cli.main(["resume", str(damaged), "--epochs", "3", "--detach"]) in (1, 2)
    said = capsys.readouterr()
    assert said.out == "" and "follow it with" not in said.err and said.err.count("\n") == 1


@pytest.mark.slow
def test_a_running_run_is_changed_by_its_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = in_process.start(override(read_experiment("mlp-xor"), "training.epochs", "100000"), tmp_path)
    folder = str(run.folder)
    patiently(lambda: steps(run))

    def told(*what: str) -> str:
        assert cli.main(["tell", folder, *what]) == 0
        return capsys.readouterr().out

    assert cli.main(["tell", folder]) == 2 and "say what to do" in capsys.readouterr().err
    assert cli.main(["tell", folder, "--set", "training.batch_size=7"]) == 2
    assert "training.batch_size cannot change during a run" in capsys.readouterr().err
    assert cli.main(["tell", folder, "step"]) == 2
    assert f"this one is running: pause it first with workbench tell {folder} pause" in capsys.readouterr().err
    assert told("--set", "training.epochs=100000") == "nothing changes: the run has these settings already\n"
    assert cli.main(["tell", folder, "anyway"]) == 2
    assert "this run asks nothing: it is running" in capsys.readouterr().err
    assert told("continue") == "the run is running already\n"
    assert told("pause") == "the run pauses after the current step\n"
    patiently(lambda: any(isinstance(event, RunPaused) for event in run.log.since(0)))
    assert told("pause") == "the run is paused already\n"
    assert told("save") == "the run writes a checkpoint now\n"
    patiently(lambda: isinstance(run.log.since(0)[-2], CheckpointSaved) and isinstance(run.log.since(0)[-1], RunPaused))
    assert told("--set", "training.optimizer.lr=0.5").startswith("learning rate 0.1 → 0.5")
    patiently(lambda: read_status(run.folder).requested)
    assert told("--set", "training.optimizer.lr=0.1").startswith("learning rate 0.5 → 0.1"), "what waits is undone"
    paused_at = run.log.last_step
    assert told("step") == "the run makes one step\n"
    patiently(lambda: run.log.last_step > paused_at)
    assert told("continue") == "the run resumes\n"
    stops = told("stop", "--set", "training.optimizer.lr=0.003")
    assert stops.startswith("learning rate 0.1 → 0.003") and stops.endswith("with a checkpoint to resume from\n")
    assert run.join(60) and run.state == "stopped"
    assert [(change.path, change.after) for change in read_changes(run.folder)] == [("training.optimizer.lr", 0.003)]


@pytest.mark.slow
def test_fewer_epochs_than_have_begun_are_told_as_those_that_the_run_makes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = in_process.start(override(read_experiment("mlp-xor"), "training.epochs", "100000"), tmp_path)
    patiently(lambda: any(isinstance(event, EpochFinished) and event.epoch == 2 for event in run.log.since(0)))
    run.pause()
    patiently(lambda: run.state == "paused" and isinstance(run.log.since(len(run.log) - 1)[0], RunPaused))
    assert cli.main(["tell", str(run.folder), "continue", "--set", "training.epochs=1"]) == 0
    line, resumes = capsys.readouterr().out.splitlines()
    assert run.join(60) and run.state == "finished" and resumes == "the run resumes"
    (change,) = [event for event in run.log.since(0) if isinstance(event, RecipeChanged)]
    assert line == f"epochs 100000 → {change.after} (not 1: epoch {change.after} has begun)" and change.after > 1


def test_a_sweep_is_lined_up_as_a_whole_or_not_at_all(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rate, momentum = "training.optimizer.lr", "training.optimizer.momentum"
    line = ["queue", "add", "mlp-xor", "--device", "cpu", "--runs", str(tmp_path)]
    assert cli.main([*line, "--seed", "7"]) == 0
    capsys.readouterr()
    assert cli.main([*line, "--sweep", f"{rate}=0.1,0.2", "--sweep", f"{momentum}=0,0.5,0.9"]) == 0
    heading, *lines = capsys.readouterr().out.splitlines()
    assert heading == "Hidden layer on XOR: 6 runs, numbers 2 to 7"
    assert lines[:2] == [f"2  {rate}=0.1  {momentum}=0", f"3  {rate}=0.1  {momentum}=0.5"] and len(lines) == 6
    recipes = [entry.experiment.training.optimizer.parameters for entry in read_queue(tmp_path)[1:]]
    assert [(each["lr"], each["momentum"]) for each in recipes] == list(product((0.1, 0.2), (0, 0.5, 0.9)))
    assert cli.main(["queue", "list", "--runs", str(tmp_path)]) == 0
    assert (
        capsys.readouterr()
        .out.splitlines()[2]
        .endswith("SGD 0.1, Constant, batches of 32, seed 0, optimizer momentum 0.5")
    )
    for wrong, said in (
        (f"{rate}=0.1,-1", f"{rate}=-1: training.optimizer: SGD: lr: expected a number > 0.0"),
        (f"{rate}=0.1,0.1", f"--sweep {rate}: the value 0.1 is there twice"),
        ("architecture.graph.nodes.input.shape=[2],[3]", "architecture.graph.nodes.input.shape=[3]: "),
    ):
        assert cli.main([*line, "--sweep", wrong, "--sweep", "seed=0,1"]) == 2
        assert said in capsys.readouterr().err
    assert cli.main([*line, "--sweep", f"{rate}=0.1,0.2", "--sweep", "training.optimizer.momentun=0,0.9"]) == 2
    assert "training.optimizer.momentun=0: " in (said := capsys.readouterr().err) and rate not in said
    assert cli.main([*line, "--set", f"{rate}=-1", "--sweep", "seed=0,1"]) == 2
    assert "seed" not in capsys.readouterr().err, "the experiment itself is to blame"
    assert len(read_queue(tmp_path)) == 7
