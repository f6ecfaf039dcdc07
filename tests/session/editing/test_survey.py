"""A survey of a folder with planted duplicates and leaks: all are found, reported, and gone once they are excluded."""

import json
import shutil
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.data.folders import fill
from tests.data.sources.test_table_numbers import write_csv
from tests.session.planted import experiment_on, plant
from workbench import cli
from workbench.data.preparation import prepare
from workbench.data.progress import Cancelled, silent
from workbench.session.editing.data_facts import data_facts
from workbench.session.editing.survey import DataScan, inventory_of, survey
from workbench.session.task import Task
from workbench.spec.files import read_experiment
from workbench.spec.record import replace


@pytest.fixture(autouse=True)
def own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def pets(tmp_path):
    return plant(tmp_path / "pets")


def look(experiment):
    inventory = inventory_of(experiment, silent)
    return data_facts(inventory, survey(inventory, silent), experiment.data)


def test_planted_copies_and_leaks_are_found_by_name(pets):
    known = look(experiment_on(pets))
    twins = {each.names: each for each in known.twins}
    copy, again = ("train/face/03.png", "test/face/copy.png"), ("train/cup/07.png", "test/cup/again.jpg")
    wrong = ("train/cup/05.png", "train/face/wrong.png")
    assert set(twins) == {copy, again, wrong}
    assert twins[copy].leak and twins[copy].correlation is None and not twins[copy].conflict
    assert twins[again].leak and 0.98 <= twins[again].correlation < 1
    assert twins[wrong].conflict and not twins[wrong].leak and twins[wrong].classes == ("cup", "face")
    assert [each.names for each in known.leaks] == [copy, again]
    assert known.leak_words() == (
        "1 training picture is also in test, so results there are too good. "
        "1 training picture is nearly the same as one in test: check whether they are duplicates. The first: "
        "train/face/03.png (training) and test/face/copy.png (test)."
    )
    assert {file.reason for file in known.broken} == {
        "it is empty",
        "it is not a picture in a supported format: save it as JPEG or PNG",
    }


def test_each_leak_is_told_of_the_split_that_it_leads_into(pets):
    (pets / "val" / "cup").mkdir(parents=True)
    (pets / "test/cup/again.jpg").rename(pets / "val/cup/again.jpg")
    known = look(experiment_on(pets))
    assert known.leak_words() == (
        "1 training picture is also in test, so results there are too good. "
        "1 training picture is nearly the same as one in validation: check whether they are duplicates. The first: "
        "train/face/03.png (training) and test/face/copy.png (test)."
    )
    shutil.copy(pets / "train/cup/02.png", pets / "val/cup/one.png")
    shutil.copy(pets / "train/cup/02.png", pets / "test/cup/two.png")
    words = look(experiment_on(pets)).leak_words()
    assert words.startswith("2 training pictures are also in validation and test, so ")


def test_a_cache_that_cannot_be_written_costs_no_look(pets, own_home, caplog):
    own_home.mkdir()
    (own_home / "cache").mkdir()
    (own_home / "cache" / "surveys").write_text("a file is in the way")
    assert len(look(experiment_on(pets)).leaks) == 2
    assert "the survey is not kept" in caplog.text


def test_what_is_left_out_is_told_and_its_twins_go(pets):
    known = look(experiment_on(pets, "test/face/copy.png", "test/cup/again.jpg", "train/face/wrong.png"))
    assert not known.twins and not known.leak_words()
    assert known.left_out == ("train/face/wrong.png", "test/cup/again.jpg", "test/face/copy.png")
    assert [each.count for each in known.splits] == [28, 12]
    assert known.splits[0].class_counts == (14, 14)


def test_the_facts_are_those_of_the_data_that_is_trained_on(pets):
    experiment = experiment_on(pets, "train/cup/05.png", share=0.2)
    known, dataset = look(experiment), prepare(experiment.data, input_shape=(1, 28, 28), seed=experiment.seed)
    train, val, test = known.splits
    assert (train.count, val.count, test.count) == (len(dataset.train), len(dataset.val), len(dataset.test))
    for split, each in (("train", train), ("val", val), ("test", test)):
        labels = getattr(dataset, split).targets["class"].numpy()
        assert each.class_counts == tuple(np.bincount(labels, minlength=2).tolist())
    np.testing.assert_allclose((train.mean, train.std), (dataset.mean, dataset.std), rtol=1e-12)
    assert [(size.width, size.height) for size in known.sizes] == [(80, 80)]


def test_of_equal_pictures_the_first_that_is_kept_stands_for_all(pets):
    shutil.copy(pets / "train/cup/07.png", pets / "train/cup/99.png")

    def near(*leave_out):
        twins = look(experiment_on(pets, *leave_out)).twins
        return [each.names for each in twins if each.correlation is not None]

    assert near() == [("train/cup/07.png", "test/cup/again.jpg")]
    assert near("train/cup/07.png") == [("train/cup/99.png", "test/cup/again.jpg")]
    assert near("train/cup/07.png", "train/cup/99.png") == []


def test_sizes_are_counted_the_most_frequent_first(pets):
    for name, size in (("00", (40, 60)), ("01", (90, 30)), ("02", (90, 30))):
        with Image.open(pets / f"train/cup/{name}.png") as picture:
            picture.resize(size).save(pets / f"train/cup/{name}.png")
    sizes = look(experiment_on(pets)).sizes
    assert [(each.width, each.height, each.count) for each in sizes] == [(80, 80, 40), (90, 30, 2), (40, 60, 1)]


def test_the_same_pictures_are_scanned_once_and_a_damaged_finding_is_made_again(pets, own_home):
    inventory = inventory_of(experiment_on(pets), silent)
    first = survey(inventory, silent)

    def forbidden(what, done, total):
        raise AssertionError(what)

    assert np.array_equal(survey(inventory, forbidden).near, first.near)
    (kept,) = (own_home / "cache" / "surveys").iterdir()
    kept.write_bytes(kept.read_bytes()[:-200])
    again = survey(inventory, silent)
    assert np.array_equal(again.near, first.near) and np.array_equal(again.sums, first.sums)


@pytest.mark.parametrize("stage", ["Decoding", "Measuring", "Finding exact duplicates", "Finding near"])
def test_it_can_be_called_off_at_every_stage(pets, stage):
    scan = DataScan(experiment_on(pets))
    tell = scan._tell

    def listen(what, done, total):
        if what.startswith(stage):
            scan.cancel()
        tell(what, done, total)

    scan._tell = listen
    with pytest.raises(Cancelled):
        scan()
    early = scan.early.newest()
    assert (early is not None) == stage.startswith("Finding near"), "equal ones are told before the long search"
    if early is not None:
        known = data_facts(scan.inventory.newest()[1], early[1], experiment_on(pets).data)
        assert len(known.leaks) == 1 and known.splits[0].mean and not known.near_is_searched


def resting(experiment, seconds):
    """A scan that is asked to rest as soon as it searches for near duplicates."""
    scan = DataScan(experiment)
    tell, asked = scan._tell, []

    def listen(what, done, total):
        if what == "Finding near duplicates" and not asked:
            asked.append(what)
            scan.rest(seconds)
        tell(what, done, total)

    scan._tell = listen
    return scan


def test_a_scan_rests_as_long_as_asked_and_finds_the_same(pets):
    inventory = inventory_of(experiment_on(pets), silent)
    began_s = time.monotonic()
    found = resting(experiment_on(pets), 0.2)()
    assert time.monotonic() - began_s >= 0.2
    assert len(found.near) == 1
    assert np.array_equal(survey(inventory, silent).near, found.near)


def test_a_resting_scan_can_be_called_off_at_once(pets):
    scan = resting(experiment_on(pets), 3600)
    task = Task("scan", scan)
    while scan.progress[0] != "Paused while you scroll":
        assert not task.join(0.01)
    scan.cancel()
    assert task.join(60)
    with pytest.raises(Cancelled):
        task.result()


def test_points_have_facts_and_no_survey():
    scan = DataScan(read_experiment("mlp-moons"))
    assert scan() is None
    known = data_facts(scan.inventory.newest()[1], None, read_experiment("mlp-moons").data)
    assert sum(each.count for each in known.splits) == 1000 and not known.sizes and not known.twins


@pytest.mark.parametrize("how", ["folder", "experiment"])
def test_the_command_prints_the_same_facts(pets, tmp_path, capsys, how):
    from workbench.spec.files import to_json

    (tmp_path / "mine.json").write_text(to_json(experiment_on(pets)))
    named = str(pets if how == "folder" else tmp_path / "mine.json")
    assert cli.main(["data", named, "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["num_leaks"] == 2 and [len(twins["names"]) for twins in said["twins"]] == [2, 2, 2]
    assert [split["count"] for split in said["splits"]] == [29, 14] and len(said["broken"]) == 2
    assert cli.main(["data", named]) == 0
    text = capsys.readouterr().out
    assert "LEAK  the same  train/face/03.png (training, face) = test/face/copy.png (test, face)" in text
    assert "OTHER CLASS  the same  train/cup/05.png (training, cup)" in text
    assert "1 training picture is also in test" in text and "text.png: it is not a picture" in text


@pytest.mark.parametrize("are_few", [False, True])
def test_a_test_split_that_is_a_copy_of_training_leaks_unless_training_rows_are_equal_by_chance(
    are_few, tmp_path, capsys
):
    drawn = np.random.default_rng(1).integers(0, 3 if are_few else 10**6, (200, 2)).tolist()
    rows = [
        [*values, "yes" if number % 2 else "no", split]
        for split in ("train", "test")
        for number, values in enumerate(drawn)
    ]
    table = str(write_csv(tmp_path / "copied.csv", ["a", "b", "kind", "split"], rows))
    assert cli.main(["data", table, "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    num_leaks = 0 if are_few else 200
    assert said["num_leaks"] == sum(twins["leak"] for twins in said["twins"]) == num_leaks
    assert cli.main(["data", table]) == 0
    text = capsys.readouterr().out
    assert ("200 training rows are also in test" in text) == ("LEAK" in text) == (not are_few)
    assert ("Most training rows equal another one" in text) == are_few


def test_rows_are_equal_in_all_numbers_that_are_predicted(tmp_path, capsys):
    """A zero with a sign is the same number."""
    rows = [[number + 0.5, f"{number}.25;0.0", "train"] for number in range(40)]
    copies = [
        [0.5, "0.25;-0.0", "test"],
        [1.5, "1.25;0.5", "test"],
        [2.5, "0.25;0.0", "test"],
        [3.5, "3.25;0.0", "test"],
    ]
    table = str(write_csv(tmp_path / "copied.csv", ["a", "y", "split"], [*rows, *copies]))
    assert cli.main(["data", table, "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert [twins["names"] for twins in said["twins"]] == [["row 1", "row 41"], ["row 4", "row 44"]]


def test_of_a_long_list_the_command_prints_the_beginning(pets, tmp_path, capsys):
    from workbench.spec.files import to_json

    names = sorted(f"train/{path.parent.name}/{path.name}" for path in (pets / "train").rglob("[01]?.png"))[:23]
    (tmp_path / "mine.json").write_text(to_json(experiment_on(pets, *names)))
    assert cli.main(["data", str(tmp_path / "mine.json")]) == 0
    (block,) = (block for block in capsys.readouterr().out.split("\n\n") if "excluded by the recipe" in block)
    assert block.splitlines() == ["23 excluded by the recipe", *(f"  {name}" for name in names[:20]), "  and 3 more"]


def test_corrected_labels_are_counted_as_corrected_and_listed(pets, tmp_path, capsys):
    """A copy in another class is none any more once its label is corrected."""
    from workbench.spec.files import to_json

    experiment = experiment_on(pets)
    labels = {"class": {"train/face/wrong.png": "cup", "test/face/copy.png": "face"}}
    named = str(tmp_path / "mine.json")
    Path(named).write_text(to_json(replace(experiment, data=replace(experiment.data, relabel=labels))))
    assert cli.main(["data", named, "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    found = {"name": "train/face/wrong.png", "column": "class", "before": "face", "after": "cup"}
    assert said["relabelled"] == [found] and said["splits"][0]["class_counts"] == [15, 14]
    assert not any(twins["conflict"] for twins in said["twins"])
    assert cli.main(["data", named]) == 0
    text = capsys.readouterr().out
    assert "\n1 label corrected\n  train/face/wrong.png: face → cup\n" in text and "OTHER CLASS" not in text
    assert cli.main(["data", named, "--json", "--set", 'data.leave_out=["train/face/wrong.png"]']) == 0
    assert json.loads(capsys.readouterr().out)["relabelled"] == [], "a run has no label of what is excluded"
    for labels, what in [('\'{"class": {"a.png": "cup"}}\'', "a.png"), ('\'{"class": {"a": "cap"}}\'', "choose cup")]:
        assert cli.main(["data", named, "--set", f"data.relabel={labels[1:-1]}"]) == 2
        assert what in capsys.readouterr().err


def test_what_columns_hold_is_told(capsys):
    assert cli.main(["data", "shapes"]) == 0
    assert "\ncovered  a number, in %\n" in capsys.readouterr().out


def test_settings_say_what_the_columns_of_a_table_are(pets, tmp_path, capsys):
    """The same settings as ``train`` takes."""
    files = sorted(pets.rglob("*/face/*.png"))
    lines = [f"{file},{place % 3},{place // 4}" for place, file in enumerate(files)]
    (tmp_path / "a.csv").write_text("\n".join(["file,rating,person", *lines]))
    table, types = str(tmp_path / "a.csv"), 'data.source.types=["rating=number"]'
    assert cli.main(["data", table]) == 0
    assert "\nrating  3 classes: 0, 1, 2\n" in capsys.readouterr().out
    assert cli.main(["data", table, "--set", types, "--set", "data.source.group=person"]) == 0
    assert "column  holds\nrating  a number\n\n" in capsys.readouterr().out
    assert cli.main(["train", "lenet-digits", "--dataset", table, "--set", types, "--epochs", "1"]) == 2
    assert "the column rating needs 1" in capsys.readouterr().err
    assert cli.main(["data", table, "--set", "data.sorce.group=person"]) == 2
    assert "--set data.sorce.group=person: data has no sorce; there is source" in capsys.readouterr().err


def test_names_neither_break_the_lines_nor_steer_the_terminal(tmp_path, capsys):
    folder = fill(tmp_path / "odd\npets", **{"two\nlines\x1b[2J": 3, "👩‍🔬": 3, "שלום": 3})
    (folder / "שלום" / "broken\n\x07.png").write_bytes(b"")
    assert cli.main(["data", str(folder)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert all(letter.isprintable() or letter == "\u200d" for line in lines for letter in line)
    counts = {line[:-14].strip(): line.split()[-2:] for line in lines if line.endswith("1")}
    assert {"two lines�[2J", "👩‍🔬", "שלום"} <= counts.keys() and counts["👩‍🔬"] == ["2", "1"]
    assert any(line.endswith("broken �.png: it is empty") for line in lines)


def test_what_is_no_data_is_refused_in_a_line(capsys):
    assert cli.main(["data", "nothing-of-the-kind"]) == 2
    assert "it is not an experiment either" in capsys.readouterr().err
