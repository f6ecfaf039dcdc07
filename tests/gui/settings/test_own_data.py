"""The user's own pictures on the data page: shown, measured and understood before the run."""

import csv
import json
import struct
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image
from pyarrow import parquet
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QLabel, QLineEdit, QPushButton
from pytestqt.qtbot import QtBot

from tests.data.folders import fill, picture, png
from tests.data.sources.test_table_numbers import experiment_on, write_csv, write_set
from tests.gui.conftest import Wait
from tests.gui.hands import drop_file
from tests.gui.settings.pages import data_page, settled
from tests.gui.settings.targets import choose
from workbench.data import latest
from workbench.data.progress import Cancelled, Progress
from workbench.data.source import DataError
from workbench.data.sources import idx_folder, table_file
from workbench.data.tables import rows as table_rows
from workbench.gui.dialogs.text_window import TextWindow
from workbench.gui.experiment.document import Document
from workbench.gui.settings import data_page as pages
from workbench.gui.settings import fact_list
from workbench.gui.settings.data_page import DataPage
from workbench.gui.settings.fact_list import AT_ONCE, FactList
from workbench.gui.settings.presenter import with_data, with_head
from workbench.gui.settings.samples import Glance
from workbench.gui.window.main_window import MainWindow
from workbench.places import cache_dir
from workbench.session.editing.network_facts import analyse_experiment
from workbench.session.prepared import dataset_of
from workbench.spec.component import Component
from workbench.spec.files import read_experiment
from workbench.spec.override import override
from workbench.spec.problems import errors_of


def opened(qtbot: QtBot, source: Component) -> tuple[Document, DataPage]:
    document = Document(with_data(read_experiment("lenet"), source=source))
    return document, data_page(qtbot, document)


def said(facts: FactList) -> dict[str, str]:
    """The text of the rows by label."""
    return {label: field.currentText() if isinstance(field, QComboBox) else field.text() for label, field in facts.rows}


def take(qtbot: QtBot, page: DataPage, column: str, kind: str) -> None:
    """Change the type of a column."""
    boxes = {box.accessibleName(): box for box in page.facts.findChildren(QComboBox)}
    choose(boxes[f"Type of the column {column}"], kind)
    settled(qtbot, page)


def names_stand_beside_their_fields(facts: FactList) -> bool:
    grid = facts._grid
    pairs = [[grid.itemAtPosition(row, column) for column in (0, 1)] for row in range(grid.rowCount())]
    return all(name and field and name.geometry().right() < field.geometry().left() for name, field in pairs)


@pytest.mark.parametrize("meanwhile", ["another folder", "another document"])
def test_a_folder_that_is_looked_at_too_long_is_not_taken(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, meanwhile: str
) -> None:
    document, page = opened(qtbot, Component(type="FashionMnistSmall"))
    release, tell = threading.Event(), pages.source_from_text
    slow, quick = (str(fill(tmp_path / name, cat=2, dog=2)) for name in ("slow", "quick"))

    def tell_slowly(text: str) -> Component:
        if text == slow:
            release.wait()
        return tell(text)

    monkeypatch.setattr(pages, "source_from_text", tell_slowly)
    page.choose("choose a folder", Path(slow))
    try:
        if meanwhile == "another folder":
            page.choose("choose a folder", Path(quick))
            qtbot.waitUntil(lambda: document.experiment.data.source.parameters == {"folder": quick})
        else:
            document.replace(read_experiment("mlp-xor"), None)
    finally:
        release.set()
    shown = document.experiment
    settled(qtbot, page)
    assert document.experiment is shown


def test_pictures_of_the_old_data_are_not_shown_under_the_facts_of_a_folder(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, page = opened(qtbot, Component(type="FashionMnistSmall"))
    settled(qtbot, page)
    samples, look, release = page.facts.samples, fact_list.glance, threading.Event()
    assert samples.isVisibleTo(page)

    def look_slowly(*arguments: Any) -> Glance | None:
        release.wait()
        return look(*arguments)

    monkeypatch.setattr(fact_list, "glance", look_slowly)
    try:
        page.choose("choose a folder", fill(tmp_path / "pets", cat=2, dog=2))
        qtbot.waitUntil(lambda: said(page.facts).get("Classes") == "2: cat, dog")
        assert not samples.isVisibleTo(page)
    finally:
        release.set()
    settled(qtbot, page)
    assert samples.isVisibleTo(page) and len(samples._seen.chosen) == 4


def test_a_folder_is_seen_as_the_network_sees_it(qtbot: QtBot, tmp_path: Path) -> None:
    folder, kept = fill(tmp_path / "pets", cat=6, dog=4), sorted(cache_dir().rglob("*"))
    picture(200, (40, 30)).convert("RGB").save(folder / "cat" / "000.png")
    document, page = opened(qtbot, Component(type="ImageFolder", parameters={"folder": str(folder)}))
    settled(qtbot, page)
    rows = said(page.facts)
    assert rows["Size"] == "10×12 to 30×40" and rows["Network input"] == "28×28, grey"
    page.resize(300, 900)
    page.show()
    qtbot.waitUntil(lambda: names_stand_beside_their_fields(page.facts))
    samples = page.facts.samples
    assert samples.isVisibleTo(page) and len(samples._seen.chosen) == 8, "four of each class"
    assert samples._seen.pictures.shape == (8, 1, 28, 28)
    page.augmentation._add("Mirror")
    settled(qtbot, page)
    assert page.preview.isVisibleTo(page), "and what the augmentation makes of them"
    assert sorted(cache_dir().rglob("*")) == kept, "a glance keeps nothing"

    document.apply("colour", override(document.experiment, "architecture.graph.nodes.input.shape", "[3,20,16]"))
    settled(qtbot, page)
    assert said(page.facts)["Network input"] == "16×20, colour"
    assert samples._seen.pictures.shape == (8, 3, 20, 16)


def test_notes_on_a_folder_are_told(qtbot: QtBot, tmp_path: Path) -> None:
    folder = fill(tmp_path / "tiles", pictures=2, masks=2)
    (folder / "tiles.csv").write_text("path,mask")
    _, page = opened(qtbot, Component(type="ImageFolder", parameters={"folder": str(folder)}))
    settled(qtbot, page)
    note = "The table tiles.csv was ignored: choose that file if it says what is on the pictures."
    assert said(page.facts)["Notes"].replace("\u200b", "") == note


def test_a_class_is_not_called_unreadable_because_the_glance_does_not_reach_it(qtbot: QtBot, tmp_path: Path) -> None:
    folder = fill(tmp_path / "many", **{f"class{number:02}": 2 for number in range(30)}, lost=1)
    for path in [*(folder / "lost").iterdir(), next((folder / "class00").iterdir())]:
        path.write_bytes(b"no picture")
    _, page = opened(qtbot, Component(type="ImageFolder", parameters={"folder": str(folder)}))
    settled(qtbot, page)
    assert "Notes" not in said(page.facts)
    data = dataset_of(with_data(read_experiment("lenet"), source=page._document.experiment.data.source))
    assert data.notes[0] == "No picture of the class lost can be read; the class was excluded."


def test_all_notes_can_be_read_however_many(qtbot: QtBot, tmp_path: Path) -> None:
    folder = fill(tmp_path / "pets", cat=1, dog=1)
    for number in range(6):
        (folder / f"empty{number}").mkdir()
    _, page = opened(qtbot, Component(type="ImageFolder", parameters={"folder": str(folder)}))
    settled(qtbot, page)
    (button,) = (each for each in page.facts.findChildren(QPushButton) if each.text() == "Show all 6 notes…")
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    (shown,) = page.findChildren(TextWindow)
    assert "6 notes on the data" in [label.text() for label in shown.findChildren(QLabel)]
    lines = shown.lines.toPlainText().split("\n")
    assert [line[:23] for line in lines] == [f"The class folder empty{number}" for number in range(6)]
    count = "2, of which some are held out for testing if there are enough"
    assert said(page.facts)["Pictures"] == count, "not 20% of two, nor any: each is the only one of its class"


def test_of_a_table_in_several_files_the_files_are_told(qtbot: QtBot, tmp_path: Path) -> None:
    for name in ("train-00000-of-00002", "train-00001-of-00002", "test-00000-of-00001"):
        cells = {
            "image": [png(picture(20 * place)) for place in range(10)],
            "age": [place + 0.5 for place in range(10)],
        }
        parquet.write_table(pa.table(cells), tmp_path / f"{name}.parquet")
    path = tmp_path / "train-00000-of-00002.parquet"
    _, page = opened(qtbot, Component(type="TableFile", parameters={"file": str(path)}))
    settled(qtbot, page)
    rows = said(page.facts)
    assert rows["Files"] == "2 files of train and 1 file of test" and "Notes" not in rows
    assert rows["Pictures"] == "20 for training, 10 for testing"


def test_the_preview_shows_pictures_of_several_classes(qtbot: QtBot, tmp_path: Path) -> None:
    greys = {"black": 0, "dark": 80, "light": 160, "white": 240}
    folder = fill(tmp_path / "greys", **dict.fromkeys(greys, 6))
    for name, grey in greys.items():
        for path in (folder / name).iterdir():
            picture(grey).save(path)
    document, page = opened(qtbot, Component(type="ImageFolder", parameters={"folder": str(folder)}))
    document.replace(with_data(document.experiment, augmentation=(Component(type="Mirror"),)), None)
    settled(qtbot, page)
    assert page.preview.looks is not None
    seen = page.preview.looks.pictures[:, 0].reshape(4, -1).mean(axis=1)
    assert all(abs(seen - np.array(list(greys.values()))) < 16), "one of each"


def test_the_sizes_shown_are_those_of_pictures(qtbot: QtBot, tmp_path: Path) -> None:
    """The smallest width and the smallest height together may be no picture's."""
    folder = fill(tmp_path / "pets", cat=6, dog=4)
    for name, size in (("000", (30, 40)), ("001", (40, 30))):
        picture(200, size).save(folder / "cat" / f"{name}.png")
    _, page = opened(qtbot, Component(type="ImageFolder", parameters={"folder": str(folder)}))
    settled(qtbot, page)
    assert said(page.facts)["Size"] == "10×12 to 40×30"


@pytest.mark.parametrize(
    ("mode", "words", "shape"), [("L", "48×32, grey", [1, 32, 48]), ("RGB", "48×32, colour", [3, 32, 48])]
)
def test_the_input_takes_the_pictures_as_they_are_by_a_press(
    qtbot: QtBot, tmp_path: Path, mode: str, words: str, shape: list[int]
) -> None:
    for name, value in (("cat", (200, 40, 40)), ("dog", (20, 90, 90))):
        (tmp_path / name).mkdir()
        for number in range(3):
            Image.new("RGB", (48, 32), value).convert(mode).save(tmp_path / name / f"{number}.png")
    document, page = opened(qtbot, Component(type="ImageFolder", parameters={"folder": str(tmp_path)}))
    known: list[tuple[int, ...] | None] = []
    page.facts.shape_known.connect(known.append)
    page.facts._look()
    settled(qtbot, page)
    assert known[-1] == tuple(shape), "what a new Input takes"
    (button,) = [field for _, field in page.facts.rows if isinstance(field, QPushButton)]
    assert button.text() == f"Make the Input {words}"
    button.click()
    settled(qtbot, page)
    assert document.experiment.architecture.graph.by_name["input"].parameters["shape"] == shape
    assert not [field for _, field in page.facts.rows if isinstance(field, QPushButton)]
    picture(200, (40, 30)).save(tmp_path / "cat" / "other.png")
    page.facts._look()
    settled(qtbot, page)
    assert known[-1] is None, "of several sizes none is the data's own"


def test_the_input_takes_the_rows_as_they_are_by_a_press(qtbot: QtBot, tmp_path: Path) -> None:
    recipe = experiment_on(write_set(tmp_path, "iris")).data
    document = Document(with_data(read_experiment("mlp-moons"), source=recipe.source))
    page = data_page(qtbot, document)
    (button,) = [field for _, field in page.facts.rows if isinstance(field, QPushButton)]
    assert button.text() == "Make the Input 4 numbers"
    button.click()
    settled(qtbot, page)
    assert document.experiment.architecture.graph.by_name["input"].parameters["shape"] == [4]
    assert document.undo_label == "make input 4 numbers"


def test_of_a_wide_table_the_rest_of_the_columns_is_counted_and_the_points_name_their_axes(
    qtbot: QtBot, tmp_path: Path
) -> None:
    values = np.random.default_rng(0).random((40, 70)).round(6).tolist()
    rows = [[*each, "yes" if number % 2 else "no"] for number, each in enumerate(values)]
    names = [f"sensor_{place}" for place in range(70)]
    path = write_csv(tmp_path / "wide.csv", [*names, "kind"], rows)
    document, page = opened(qtbot, Component(type="TableFile", parameters={"file": str(path)}))
    settled(qtbot, page)
    words = [field.text().replace("\u200b", "") for _, field in page.facts.rows if isinstance(field, QLabel)]
    assert "and 11 more columns" in words and "The points below: sensor_0, sensor_1, standardised." in words
    assert len([field for _, field in page.facts.rows if isinstance(field, QComboBox)]) == 60
    assert "sensor_69" not in dict(page.facts.rows)
    (finder,) = [field for _, field in page.facts.rows if isinstance(field, QLineEdit)]
    qtbot.keyClicks(finder, "OR_69")
    (box,) = [field for name, field in page.facts.rows if isinstance(field, QComboBox) and name == "sensor_69"]
    box.setCurrentIndex(box.findData("skip"))
    box.activated.emit(box.currentIndex())
    settled(qtbot, page)
    assert "sensor_69=skip" in document.experiment.data.source.parameters["types"]
    assert [name for name, field in page.facts.rows if isinstance(field, QComboBox)] == ["sensor_69"]
    finder.setText("none such")
    assert "No column is called so." in [field.text() for _, field in page.facts.rows if isinstance(field, QLabel)]
    finder.clear()
    assert len([field for _, field in page.facts.rows if isinstance(field, QComboBox)]) == 60
    finder.setText("OR_69")
    other = write_csv(tmp_path / "other.csv", [*(f"other_{place}" for place in range(70)), "kind"], rows)
    source = Component(type="TableFile", parameters={"file": str(other)})
    at_first: list[int] = []
    page.facts.known.connect(
        lambda _: at_first.append(sum(isinstance(field, QComboBox) for _, field in page.facts.rows))
    )
    document.apply("choose data", with_data(document.experiment, source=source))
    settled(qtbot, page)
    assert at_first == [AT_ONCE], "the window is not kept waiting for all boxes"
    (finder,) = [field for _, field in page.facts.rows if isinstance(field, QLineEdit)]
    assert not finder.text(), "other columns are looked for anew"
    assert len([field for _, field in page.facts.rows if isinstance(field, QComboBox)]) == 60


def test_a_source_in_memory_is_shown_at_the_size_of_the_input(qtbot: QtBot, tmp_path: Path) -> None:
    colours = np.random.default_rng(0).integers(0, 256, (12, 9, 9, 3), np.uint8)
    np.savez(tmp_path / "own.npz", images=colours, labels=np.arange(12) % 2)
    _, page = opened(qtbot, Component(type="ArrayFile", parameters={"file": str(tmp_path / "own.npz")}))
    settled(qtbot, page)
    rows = said(page.facts)
    assert (rows["Size"], rows["Network input"]) == ("9×9, colour", "28×28, grey")
    assert page.facts.samples._image(0).isGrayscale()


@pytest.fixture
def table(tmp_path: Path) -> Path:
    rows = []
    for place in range(40):
        picture(60 + 3 * place).save(tmp_path / f"{place}.png")
        rows.append({"file": f"{place}.png", "kind": "ab"[place % 2], "grade": place % 4, "note": f"day {place}"})
    with open(tmp_path / "pets.csv", "w", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    return tmp_path / "pets.csv"


def test_what_a_column_is_taken_for_is_shown_and_changed(qtbot: QtBot, table: Path) -> None:
    document, page = opened(qtbot, Component(type="TableFile", parameters={"file": str(table)}))
    settled(qtbot, page)
    rows = said(page.facts)
    assert (rows["kind"], rows["grade"]) == ("class (guessed)", "class (guessed)")
    assert rows["note"] == "ignored (guessed)" and rows["file"] == "input (guessed)"
    assert rows["Pictures"] == "40, of which 20 % are held out for testing"
    assert page.source.form is not None and set(page.source.form.fields) == {"file", "test_share"}, "one way to say it"
    assert (rows["Size"], rows["Network input"]) == ("10×12", "28×28, grey")
    assert len(page.facts.samples._seen.chosen) == 8

    take(qtbot, page, "grade", "number")
    assert document.experiment.data.source.parameters["types"] == ["grade=number"]
    assert said(page.facts)["grade"] == "number"
    take(qtbot, page, "grade", "class")
    assert "types" not in document.experiment.data.source.parameters, "what is guessed need not be said"
    document.undo()
    settled(qtbot, page)
    assert said(page.facts)["grade"] == "number"
    take(qtbot, page, "note", "group")
    source = document.experiment.data.source
    assert source.parameters["group"] == "note" and source.parameters["types"] == ["grade=number"]
    assert said(page.facts)["note"] == "group"
    take(qtbot, page, "note", "skip")
    assert "group" not in document.experiment.data.source.parameters
    assert said(page.facts)["note"] == "ignored (guessed)"
    take(qtbot, page, "kind", "split")
    assert document.experiment.data.source.parameters["split"] == "kind"
    take(qtbot, page, "kind", "class")
    assert "split" not in document.experiment.data.source.parameters
    take(qtbot, page, "file", "skip")
    assert "none of its columns (file, kind, grade, note) contains pictures or their paths" in said(page.facts)[""]
    take(qtbot, page, "note", "input")
    assert document.experiment.data.source.parameters["picture"] == "note", "though there is no such file"
    take(qtbot, page, "file", "input")
    assert document.experiment.data.source.parameters["types"] == ["grade=number"]
    take(qtbot, page, "kind", "number")
    assert "no training rows are left" in said(page.facts)[""], "and why nothing is to be seen"


def test_the_columns_of_a_table_say_which_of_them_is_predicted(qtbot: QtBot, tmp_path: Path) -> None:
    rows = [[place / 7, "red" if place % 2 else "green", "abc"[place % 3]] for place in range(60)]
    path = write_csv(tmp_path / "birds.csv", ["length", "colour", "species"], rows)
    document, page = opened(qtbot, Component(type="TableFile", parameters={"file": str(path)}))
    settled(qtbot, page)

    def words() -> list[str]:
        return [
            field.text() for _, field in page.facts.rows if isinstance(field, QLabel) and "predicted" in field.text()
        ]

    assert words() == ["predicted · 2: green, red", "not predicted (see Training, Outputs) · 3: a, b, c"]
    document.apply("target", with_head(document.experiment, 0, page.facts._found.columns, target="species"))
    settled(qtbot, page)
    assert words() == ["not predicted (see Training, Outputs) · 2: green, red", "predicted · 3: a, b, c"]


def test_a_table_of_numbers_offers_a_network_that_trains_on_it(qtbot: QtBot, tmp_path: Path) -> None:
    rows = [[place / 7, place % 5, "abc"[place % 3]] for place in range(60)]
    path = write_csv(tmp_path / "birds.csv", ["length", "weight", "species"], rows)
    document, page = opened(qtbot, Component(type="TableFile", parameters={"file": str(path)}))
    settled(qtbot, page)

    def offers() -> list[QPushButton]:
        return [field for _, field in page.facts.rows if isinstance(field, QPushButton)]

    (offer,) = offers()
    assert offer.text() == "Use a small network for 2 numbers"
    offer.click()
    qtbot.waitUntil(lambda: document.experiment.architecture.input_shape == (2,))
    settled(qtbot, page)
    assert not offers() and not errors_of(analyse_experiment(document.experiment).problems)


def test_columns_that_no_head_predicts_hide_no_picture(qtbot: QtBot, table: Path) -> None:
    """As in training: a column without a single valid value matters only once a head predicts it."""
    source = Component(type="TableFile", parameters={"file": str(table), "types": ["note=number", "grade=mask"]})
    document, page = opened(qtbot, source)
    settled(qtbot, page)
    assert len(dataset_of(document.experiment).train) == 28 and "no training rows" not in "".join(
        said(page.facts).values()
    )
    assert len(page.facts.samples._seen.chosen) == 8, "four of each kind"

    for column, words in (
        ("note", "note is day 0, which is not a number"),
        ("grade", "grade: 0 does not exist: correct the path"),
    ):
        heads = json.dumps([{"output": "output", "target": column}])
        document.apply("predict", override(document.experiment, "training.heads", heads))
        settled(qtbot, page)
        assert f"no training rows are left; {table}, row 1: {words}" in said(page.facts)[""].replace("\u200b", "")
        with pytest.raises(DataError, match="no training rows are left"):
            dataset_of(document.experiment)
    document.undo()
    document.undo()
    settled(qtbot, page)
    assert len(page.facts.samples._seen.chosen) == 8


def test_rows_of_numbers_are_looked_at_again_for_another_target(qtbot: QtBot, tmp_path: Path) -> None:
    rows = [f"{i}.5,{i * i % 7}.25,{f'k{i % 2}' if i % 4 else ''},m{i % 3}" for i in range(40)]
    (tmp_path / "a.csv").write_text("\n".join(["a,b,u,v", *rows]))
    source = Component(type="TableFile", parameters={"file": str(tmp_path / "a.csv")})
    document = Document(with_data(read_experiment("mlp-moons"), source=source))
    page = data_page(qtbot, document)
    for target, count in (("v", 40), ("u", 30), ("v", 40)):
        heads = json.dumps([{"output": "output", "target": target}])
        document.apply("predict", override(document.experiment, "training.heads", heads))
        settled(qtbot, page)
        assert said(page.facts)["Rows"] == f"{count}, of which 20 % are held out for testing"


def test_only_rows_that_can_be_used_are_counted_and_the_first_other_is_told(qtbot: QtBot, tmp_path: Path) -> None:
    fill(tmp_path / "in", cat=20, dog=20)
    kinds = [(kind, number) for kind in ("cat", "dog") for number in range(20)]
    rows = [[f"in/{kind}/{number:03}.png", kind, "test" if number > 14 else "train"] for kind, number in kinds]
    rows[3][0], rows[4][1], rows[5][2], rows[17][0] = "in/gone.png", "", "later", "in/gone too.png"
    (tmp_path / "table.csv").write_text("\n".join(map(",".join, [["path", "kind", "split"], *rows])))
    _, page = opened(qtbot, Component(type="TableFile", parameters={"file": str(tmp_path / "table.csv")}))
    settled(qtbot, page)
    shown = said(page.facts)
    assert shown["Pictures"] == "27 for training, 9 for testing"
    assert shown["Excluded"] == "4, found before decoding"
    words = [field.text().replace("\u200b", "") for _, field in page.facts.rows if isinstance(field, QLabel)]
    assert any(each.startswith("The first: table.csv, row 4: path: in/gone.png does not exist: ") for each in words)


def test_what_was_said_of_another_file_s_columns_goes_by_a_press(qtbot: QtBot, table: Path) -> None:
    said_before = {"types": ["weight=number"], "group": "kind", "test_share": 0.1}
    source = Component(type="TableFile", parameters={"file": str(table), **said_before})
    document, page = opened(qtbot, source)
    settled(qtbot, page)
    (sentence, button) = (field for _, field in page.facts.rows)
    assert "There is no column weight" in sentence.text() and isinstance(button, QPushButton)
    button.click()
    settled(qtbot, page)
    assert document.experiment.data.source.parameters == {"file": str(table), "test_share": 0.1}
    assert said(page.facts)["grade"] == "class (guessed)"


def test_pictures_within_a_table_are_seen(qtbot: QtBot, tmp_path: Path) -> None:
    cells = [{"bytes": png(picture(60 + 3 * place)), "path": None} for place in range(40)]
    columns = {"image": pa.array(cells), "kind": ["ab"[place % 2] for place in range(40)]}
    parquet.write_table(pa.table(columns), tmp_path / "pets.parquet")
    document, page = opened(qtbot, Component(type="TableFile", parameters={"file": str(tmp_path / "pets.parquet")}))
    settled(qtbot, page)
    rows = said(page.facts)
    assert (rows["image"], rows["kind"]) == ("input (guessed)", "class (guessed)")
    assert (rows["Size"], rows["Network input"]) == ("10×12", "28×28, grey")
    assert len(page.facts.samples._seen.chosen) == 8
    take(qtbot, page, "image", "class")
    assert "none of its columns (image, kind) contains pictures or their paths" in said(page.facts)[""]
    take(qtbot, page, "image", "input")
    assert len(page.facts.samples._seen.chosen) == 8 and "types" not in document.experiment.data.source.parameters


def test_a_folder_chosen_too_high_is_mended_by_a_press(qtbot: QtBot, tmp_path: Path) -> None:
    fill(tmp_path / "pets" / "train", cat=3, dog=3)
    fill(tmp_path / "pets" / "val", cat=3, dog=3)
    chosen = Component(type="ImageFolder", parameters={"folder": str(tmp_path)})
    document, page = opened(qtbot, chosen)
    document.replace(with_data(document.experiment, leave_out=("pets/train/cat/000.png",)), None)
    settled(qtbot, page)
    (sentence, button) = (field for _, field in page.facts.rows)
    assert isinstance(button, QPushButton) and "pets contains train, val" in sentence.text()
    (problem,) = analyse_experiment(document.experiment).problems
    assert problem.remedy is not None and problem.remedy.words == button.text(), "and where problems are listed"
    button.click()
    settled(qtbot, page)
    assert document.experiment.data.source.parameters["folder"] == str(tmp_path / "pets")
    assert said(page.facts)["Classes"] == "2: cat, dog" and not document.experiment.data.leave_out
    document.undo()
    assert document.experiment.data.source == chosen and document.experiment.data.leave_out


def test_a_class_with_an_endless_name_does_not_widen_the_page(qtbot: QtBot, tmp_path: Path) -> None:
    endless = "pneumonoultramicroscopicsilicovolcanoconiosis_without_a_space_in_it"
    folder = fill(tmp_path / "lungs", **{endless: 2, "sound": 2})
    _, page = opened(qtbot, Component(type="ImageFolder", parameters={"folder": str(folder)}))
    settled(qtbot, page)
    assert endless in said(page.facts)["Classes"].replace("\u200b", "")
    _, other = opened(qtbot, Component(type="FashionMnistSmall"))
    settled(qtbot, other)
    assert page.minimumSizeHint().width() <= other.minimumSizeHint().width()


def choices(page: DataPage, column: str) -> list[str]:
    """The types that a column can have."""
    box = next(
        box for box in page.facts.findChildren(QComboBox) if box.accessibleName() == f"Type of the column {column}"
    )
    return [box.itemText(place) for place in range(box.count())]


@pytest.mark.parametrize("kind", ["ArrayFile", "IdxFolder"])
def test_arrays_are_read_once_however_many_look_at_them(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """For the page, the checks and a run; and once more after the file has changed."""
    pictures, classes = np.zeros((40, 28, 28), np.uint8), np.arange(40, dtype=np.uint8) % 10
    path, setting = (tmp_path / "own.npz", "file") if kind == "ArrayFile" else (tmp_path, "folder")
    reads = []

    def write() -> None:
        np.savez(tmp_path / "own.npz", x=pictures, y=classes)
        (tmp_path / "train-images-idx3-ubyte").write_bytes(
            struct.pack(">4B3I", 0, 0, 8, 3, *pictures.shape) + pictures.tobytes()
        )
        (tmp_path / "train-labels-idx1-ubyte").write_bytes(struct.pack(">4BI", 0, 0, 8, 1, 40) + classes.tobytes())

    def count(module: object, name: str) -> None:
        real = getattr(module, name)
        monkeypatch.setattr(
            module, name, lambda path, **options: (reads.append(Path(path).name), real(path, **options))[1]
        )

    write()
    count(np, "load")
    count(idx_folder, "read_idx")
    document, page = opened(qtbot, Component(type=kind, parameters={setting: str(path)}))
    settled(qtbot, page)
    analyse_experiment(document.experiment)
    dataset = dataset_of(document.experiment)
    once = ["own.npz"] if kind == "ArrayFile" else ["train-images-idx3-ubyte", "train-labels-idx1-ubyte"]
    assert reads == once and not dataset.train.inputs.any()
    pictures[:] = 7
    write()
    assert (dataset_of(document.experiment).train.inputs == 7).all() and reads == 2 * once
    monkeypatch.setattr(latest, "MOST_BYTES", 1000)
    write()
    dataset_of(document.experiment)
    assert reads == 4 * once, "for its facts and its pictures: what is large is not kept"


def test_a_table_is_read_once_however_many_look_at_it(
    qtbot: QtBot, table: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For the page, the checks and a run; and once more after it has changed, or another type is chosen."""
    reads, read = [], table_rows._csv
    monkeypatch.setattr(table_rows, "_csv", lambda *told: (reads.append(told[0].name), read(*told))[1])
    document, page = opened(qtbot, Component(type="TableFile", parameters={"file": str(table)}))
    settled(qtbot, page)
    analyse_experiment(document.experiment)
    before = dataset_of(document.experiment)
    assert len(reads) == 1
    table.write_text(table.read_text().replace("day", "week"))
    assert dataset_of(document.experiment).fingerprint == before.fingerprint and len(reads) == 2
    take(qtbot, page, "grade", "number")
    assert said(page.facts)["grade"] == "number" and len(reads) == 3
    monkeypatch.setattr(latest, "MOST_BYTES", 1000)
    take(qtbot, page, "grade", "class")
    assert len(reads) == 5, "for its facts and its pictures: what is large is not kept"


def test_long_reading_says_how_far_it_is_and_ends_at_once_when_other_data_is_chosen(
    qtbot: QtBot, table: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = threading.Event()

    def ask(_: Any, progress: Progress) -> None:
        try:
            while not threading.Event().wait(0.01):
                progress("Reading the table, 1 MB of 2 GB", 1, 2000)
        except Cancelled:
            ended.set()
            raise

    monkeypatch.setattr(table_file, "asker", ask)
    monkeypatch.setattr(fact_list, "PATIENCE_S", 0.0)
    document, page = opened(qtbot, Component(type="FashionMnistSmall"))
    source = Component(type="TableFile", parameters={"file": str(table)})
    document.apply("choose data", with_data(document.experiment, source=source))
    qtbot.waitUntil(lambda: page.facts.progress.text() == "Reading the table, 1 MB of 2 GB…")
    assert page.facts.progress.isVisibleTo(page)
    document.replace(read_experiment("mlp-xor"), None)
    qtbot.waitUntil(ended.is_set)
    settled(qtbot, page)
    qtbot.waitUntil(lambda: not page.facts.progress.isVisibleTo(page))


def test_the_classes_of_masks_are_read_anew_with_the_table(qtbot: QtBot, tmp_path: Path) -> None:
    for place in range(8):
        picture(90).save(tmp_path / f"{place}.png")
        Image.new("L", (10, 12), place % 2).save(tmp_path / f"{place}_mask.png")
    lines = [f"{place}.png,{place}_mask.png" for place in range(8)]
    (tmp_path / "own.csv").write_text("\n".join(["path,mask", *lines]))
    _, page = opened(qtbot, Component(type="TableFile", parameters={"file": str(tmp_path / "own.csv")}))
    settled(qtbot, page)
    assert "2: 0, 1" in [field.text() for _, field in page.facts.rows if isinstance(field, QLabel)]
    for place in range(8):
        Image.new("L", (10, 12), place % 3).save(tmp_path / f"{place}_mask.png")
    page.facts.read_again()
    settled(qtbot, page)
    assert "3: 0, 1, 2" in [field.text() for _, field in page.facts.rows if isinstance(field, QLabel)]


def test_arrays_are_taken_for_something_else_by_the_same_boxes(qtbot: QtBot, tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    pictures = random.integers(0, 256, (40, 9, 9), np.uint8)
    saved = {
        "clean": pictures,
        "traits": random.integers(0, 2, (40, 3)),
        "note": random.random((40, 2, 2))[..., None, None],
    }
    np.savez(tmp_path / "own.npz", x=pictures, y=np.arange(40) % 4, **saved)
    document, page = opened(qtbot, Component(type="ArrayFile", parameters={"file": str(tmp_path / "own.npz")}))
    settled(qtbot, page)
    rows = said(page.facts)
    assert (rows["x"], rows["y"], rows["clean"]) == ("input (guessed)", "class (guessed)", "picture (guessed)")
    assert (rows["traits"], rows["note"]) == ("labels (guessed)", "ignored (guessed)")
    assert page.source.form is not None and set(page.source.form.fields) == {"file", "test_share"}, "one way to say it"
    assert choices(page, "y") == ["class (guessed)", "number", "group", "ignored"]
    assert choices(page, "clean") == ["input", "picture (guessed)", "mask", "ignored"]
    assert choices(page, "note") == ["ignored (guessed)"]
    words = [field.text() for label, field in page.facts.rows if not label]
    assert "predicted · 4: 0, 1, 2, 3" in words and any(
        "The array note is float64 of shape 40×2×2×1×1" in text for text in words
    )

    take(qtbot, page, "y", "number")
    assert document.experiment.data.source.parameters["types"] == ["y=number"]
    assert said(page.facts)["y"] == "number"
    take(qtbot, page, "clean", "input")
    assert document.experiment.data.source.parameters["picture"] == "clean"
    assert said(page.facts)["x"] == "picture (guessed)"
    take(qtbot, page, "x", "input")
    assert document.experiment.data.source.parameters["types"] == ["y=number"]
    document.undo()
    settled(qtbot, page)
    assert said(page.facts)["clean"] == "input"
    take(qtbot, page, "clean", "skip")
    assert said(page.facts)["x"] == "input (guessed)" and said(page.facts)["clean"] == "ignored"


def test_series_are_drawn_and_can_be_taken_for_pictures_and_back(qtbot: QtBot, tmp_path: Path) -> None:
    series = np.random.default_rng(0).standard_normal((40, 50, 6))
    np.savez(tmp_path / "own.npz", x=series, other=series[..., 0], y=np.arange(40) % 4)
    document, page = opened(qtbot, Component(type="ArrayFile", parameters={"file": str(tmp_path / "own.npz")}))
    settled(qtbot, page)
    rows = said(page.facts)
    assert (rows["x"], rows["Series"]) == ("series (guessed)", "40, of which 20 % are held out for testing")
    assert rows["Size"] == "50 steps with 6 channels each"
    assert page.facts.samples._seen.pictures.shape == (8, 50, 6) and page.facts.samples._image(0).width() > 0
    page.facts.samples.grab()
    take(qtbot, page, "x", "input")
    assert said(page.facts)["Size"] == "6×50, grey"
    take(qtbot, page, "other", "series")
    assert document.experiment.data.source.parameters["types"] == ["other=series"]
    assert (
        said(page.facts)["Size"] == "50 steps with 1 channel each"
        and "picture" not in document.experiment.data.source.parameters
    )
    take(qtbot, page, "x", "series")
    assert document.experiment.data.source.parameters["types"] == ["x=series"]


def test_what_is_dropped_onto_the_window_is_the_data_and_arrays_that_are_none_say_why_not(
    window: MainWindow, wait: Wait, tmp_path: Path
) -> None:
    folder, odd = tmp_path / "my.pictures", tmp_path / "thesis.npz"
    for name in ("cat", "dog", "bird"):
        (folder / name).mkdir(parents=True)
        for number in range(4):
            Image.new("L", (9, 9), 60 * number).save(folder / name / f"{number}.png")
    odd.write_bytes(b"%PDF-1.7")
    for path in (folder, odd):
        drop_file(window, path)
        wait(lambda: not window.pump.busy and window.checker.settled)
        assert window.sidebar.currentWidget() is window.data_page
        if path is folder:
            assert window.canvas.presenter.cards["output"].shape == "3"
    assert "not a file of plain arrays" in " ".join(said(window.data_page.facts).values())


def test_a_file_chosen_again_is_read_and_checked_again(window: MainWindow, wait: Wait, tmp_path: Path) -> None:
    """Whoever has mended a refused file chooses it once more; the code follows, too."""
    file, page = tmp_path / "own.npz", window.data_page
    if not window.commands["code"].isChecked():
        window.commands["code"].trigger()
    panel = window.outgoing.code
    assert panel is not None
    for largest, classes, is_refused in ((np.inf, 4, True), (1.0, 5, False)):
        np.savez(file, x=np.full((40, 8, 8), largest, np.float32), y=np.arange(40) % classes)
        page.choose("choose a file", file)
        wait(lambda: not window.pump.busy and window.checker.settled)
        assert any("x holds NaN or Inf" in words for words in said(page.facts).values()) is is_refused
        wait(lambda classes=classes: window.canvas.presenter.cards["output"].shape == str(classes))
        wait(lambda: panel.settled)
        assert f"self.fc3(x)  # [N, {classes}]" in panel.code.toPlainText()


def test_what_was_said_of_a_file_counts_when_it_is_chosen_again(window: MainWindow, wait: Wait, tmp_path: Path) -> None:
    """Its column types, groups, shares and exclusions; another file has none of them."""
    page, document = window.data_page, window.document
    for name in ("own.npz", "other.npz"):
        np.savez(tmp_path / name, x=np.zeros((40, 8, 8), np.uint8), y=np.arange(40) % 4, ward=np.arange(40) // 9)
    settings = {"file": str(tmp_path / "own.npz"), "types": ["y=number"], "group": "ward", "test_share": 0.3}
    source = Component(type="ArrayFile", parameters=settings)
    document.apply("choose", with_data(document.experiment, source=source))
    document.apply("exclude", with_data(document.experiment, leave_out=("train/3",)))
    wait(lambda: not window.pump.busy)
    np.savez(tmp_path / "own.npz", x=np.zeros((50, 8, 8), np.uint8), y=np.arange(50) % 4, ward=np.arange(50) // 9)
    page.choose("choose a file", tmp_path / "own.npz")
    wait(lambda: not window.pump.busy)
    assert said(page.facts)["Pictures"].startswith("50,") and said(page.facts)["y"] == "number"
    assert document.experiment.data.source == source and document.experiment.data.leave_out == ("train/3",)
    page.choose("choose a file", tmp_path / "other.npz")
    wait(lambda: not window.pump.busy)
    assert document.experiment.data.source.parameters == {"file": str(tmp_path / "other.npz")}
    assert document.experiment.data.leave_out == ()


def test_an_open_list_of_types_stays_open_when_the_examples_arrive(qtbot: QtBot, table: Path) -> None:
    _, page = opened(qtbot, Component(type="TableFile", parameters={"file": str(table)}))
    settled(qtbot, page)
    (box,) = (each for each in page.facts.findChildren(QComboBox) if each.accessibleName().endswith("column grade"))
    box.setFocus()
    box.showPopup()
    seen = page.facts.samples._seen
    page.facts.read_again()
    settled(qtbot, page)
    assert page.facts.samples._seen is not seen and box.view().isVisible() and box.isVisibleTo(page)
    box.hidePopup()
    take(qtbot, page, "grade", "number")
    assert page.focusWidget() is box and box.currentData() == "number", "the next key changes the same box"
    take(qtbot, page, "kind", "skip")
    assert said(page.facts)["kind"] == "ignored" and ("grade", box) in page.facts.rows


def test_places_in_the_picture_are_offered_in_pixels(qtbot: QtBot, tmp_path: Path) -> None:
    for number in range(6):
        picture(40 * number, (30, 40)).save(tmp_path / f"{number}.png")
    lines = [f"{number}.png,{number / 2};3.5;20;{number}" for number in range(6)]
    (tmp_path / "a.csv").write_text("\n".join(["path,where", *lines]))
    document, page = opened(qtbot, Component(type="TableFile", parameters={"file": str(tmp_path / "a.csv")}))
    settled(qtbot, page)

    def hint() -> str:
        (words,) = (
            field.text() for label, field in page.facts.rows if not label and "x and y in pixels" in field.text()
        )
        return words

    assert said(page.facts)["where"] == "number (guessed)" and "choose key points." in hint()
    take(qtbot, page, "where", "keypoints")
    assert document.experiment.data.source.parameters["types"] == ["where=keypoints"]
    assert said(page.facts)["where"] == "key points" and "predicted as fractions" in hint()


def test_only_those_pictures_of_arrays_that_can_be_used_are_counted(qtbot: QtBot, tmp_path: Path) -> None:
    pictures = np.random.RandomState(0).randint(0, 256, (30, 9, 9)).astype(np.uint8)
    arrays = {"x_train": pictures, "y_train": np.arange(30) % 3, "x_test": pictures[:9], "age_train": np.arange(30) / 7}
    np.savez(tmp_path / "a.npz", **arrays)
    document, page = opened(qtbot, Component(type="ArrayFile", parameters={"file": str(tmp_path / "a.npz")}))
    settled(qtbot, page)
    count = "30, of which 20 % are held out for testing"
    assert said(page.facts)["Pictures"] == count, "those of testing have no class"
    arrays |= {"y_test": np.arange(9) % 3}
    np.savez(tmp_path / "b.npz", **arrays)
    document.apply("other", override(document.experiment, "data.source.file", str(tmp_path / "b.npz")))
    settled(qtbot, page)
    assert said(page.facts)["Pictures"] == "30 for training, 9 for testing"
