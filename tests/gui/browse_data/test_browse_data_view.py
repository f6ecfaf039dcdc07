"""Browsing data in the real window: planted leaks are reported and shown, excluded, restored and undone."""

from __future__ import annotations

import shutil
from threading import Event
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image, ImageOps
from PySide6.QtCore import QPoint, QPointF, QRect, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication, QLabel

from tests.data.folders import fill
from tests.session.planted import experiment_on
from workbench.data.inventory import Inventory
from workbench.data.source import Examples
from workbench.gui.browse_data import view
from workbench.gui.browse_data.fact_words import split_rows
from workbench.gui.browse_data.found import work_out
from workbench.gui.browse_data.view import DataWindow
from workbench.gui.dialogs.text_window import TextWindow
from workbench.gui.experiment.document import Document
from workbench.gui.runtime.event_pump import EventPump
from workbench.gui.widgets import theme
from workbench.search import duplicates
from workbench.session.editing import survey as scanning
from workbench.spec.column import one_class
from workbench.spec.component import Component
from workbench.spec.experiment import DataRecipe
from workbench.spec.files import read_experiment
from workbench.spec.override import override
from workbench.spec.problems import SpecError
from workbench.spec.record import replace

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from tests.gui.conftest import Wait
    from workbench.gui.window.main_window import MainWindow


def opened(qtbot: QtBot, document: Document) -> DataWindow:
    pump = EventPump()
    look = DataWindow(None, document, pump)
    pump.setParent(look)
    qtbot.addWidget(look)
    look.show()
    qtbot.waitUntil(lambda: not pump.busy)
    return look


def test_on_a_small_screen_the_facts_stand_below_the_pictures_and_nothing_is_cut(
    qtbot: QtBot,
    pets: Path,
) -> None:
    look = opened(qtbot, Document(experiment_on(pets)))
    for width, beside in ((1000, True), (400, False)):
        look.resize(width, 640)
        qtbot.waitUntil(lambda width=width: look.width() == width)
        QApplication.processEvents()
        grid, side = (look.mapFromGlobal(part.mapToGlobal(QPoint())) for part in (look.gallery, look.side))
        assert (side.x() > grid.x(), side.y() > grid.y()) == (beside, not beside)
        for part in (look.splits, look.classes, look.choices, look.gallery, look.card):
            assert look.rect().contains(QRect(part.mapTo(look, QPoint()), part.size()))
        assert look.gallery.height() > 100


def test_a_leak_is_told_shown_left_out_and_undone(qtbot: QtBot, pets: Path) -> None:
    document = Document(experiment_on(pets))
    look = opened(qtbot, document)
    assert look.warning.isVisibleTo(look)
    assert "train/face/03.png (training) and test/face/copy.png (test)" in look.warning.text()
    assert look.facts.twins.count() == 3
    assert look.facts.broken.text() == (
        "train/cup/broken.png: it is empty\ntrain/cup/text.png: it is not a picture in a supported format: save it as JPEG or PNG"
    )
    look.show_leaks.click()
    assert look.caption.text() == "4 of 43 pictures"
    qtbot.mouseClick(look.gallery.viewport(), Qt.MouseButton.LeftButton, pos=centre_of(look, 1).toPoint())
    assert look.card.words.text().replace("\u200b", "").startswith("test/face/copy.png")
    look.card.leave_out.click()
    assert document.experiment.data.leave_out == ("test/face/copy.png",)
    qtbot.waitUntil(lambda: look.card.leave_out.text() == "Restore")
    assert "copy.png" not in look.warning.text() and "again.jpg" in look.warning.text()
    assert look.facts.left_out.text() == "1 picture"
    qtbot.keyClick(look, Qt.Key.Key_Delete)
    assert document.experiment.data.leave_out == () and document.undo_label == "restore test/face/copy.png"
    document.undo()
    document.undo()
    assert not document.can_undo
    qtbot.waitUntil(lambda: "copy.png" in look.warning.text() and not look._pump.busy)
    assert look.card.leave_out.text() == "Exclude from the data", "of several answers the last is shown"
    look.close()


def test_a_label_is_corrected_found_again_and_restored(qtbot: QtBot, pets: Path) -> None:
    document = Document(experiment_on(pets))
    look = opened(qtbot, document)
    assert look.presenter.inventory is not None
    number = look.presenter.inventory.names.tolist().index("train/face/wrong.png")
    look.select(number)
    assert look.card.relabel.isVisibleTo(look.card)
    qtbot.keyClick(look, Qt.Key.Key_F2)
    assert look.labels.field.placeholderText() == "Label train/face/wrong.png as"
    qtbot.keyClicks(look.labels.field, "CU")
    assert [line.title for line in look.labels.choices] == ["cup"]
    qtbot.keyClick(look.labels.field, Qt.Key.Key_Return)
    assert document.experiment.data.relabel == {"class": {"train/face/wrong.png": "cup"}}
    assert document.undo_label == "label train/face/wrong.png as cup"
    qtbot.waitUntil(lambda: not look._pump.busy and bool(look.presenter.badge(number)))
    assert look.card.words.text().split("\n")[1:3] == ["cup · training · 80×80", "was face"]
    assert look.facts.corrected.text() == "1 label"
    assert not any(twins.conflict for twins in look.presenter.facts.twins)
    look.choices.setCurrentIndex(look.choices.findData("corrected"))
    assert look.choices.currentText() == "Corrected (1)" and look.presenter.shown.tolist() == [number]

    qtbot.keyClick(look, Qt.Key.Key_F2)
    assert [line.title for line in look.labels.choices] == ["face"]
    qtbot.mouseClick(
        look.labels.list.viewport(),
        Qt.MouseButton.LeftButton,
        pos=look.labels.list.visualItemRect(look.labels.list.item(0)).center(),
    )
    assert not document.experiment.data.relabel
    document.undo()
    qtbot.waitUntil(lambda: not look._pump.busy and bool(look.presenter.badge(number)))
    qtbot.mouseClick(look.facts.restore_labels, Qt.MouseButton.LeftButton)
    assert not document.experiment.data.relabel and document.undo_label == "restore all labels"
    qtbot.waitUntil(lambda: not look._pump.busy and not look.presenter.badge(number))
    assert not look.facts.corrected.isVisibleTo(look.facts)
    look.close()


def test_labels_of_pictures_that_are_gone_are_told_and_restored_alone(qtbot: QtBot, pets: Path) -> None:
    """A run would refuse them."""
    labels = {"train/face/gone.png": "cup", "train/face/wrong.png": "cup"}
    experiment = experiment_on(pets)
    document = Document(replace(experiment, data=replace(experiment.data, relabel={"class": labels})))
    look = opened(qtbot, document)
    assert look.warning.text().startswith("Labels of train/face/gone.png are corrected, which the data does not have")
    qtbot.mouseClick(look.restore_strays, Qt.MouseButton.LeftButton)
    assert document.experiment.data.relabel == {"class": {"train/face/wrong.png": "cup"}}
    qtbot.waitUntil(lambda: not look._pump.busy and not look.restore_strays.isVisibleTo(look))
    assert "gone.png" not in look.warning.text() and look.facts.corrected.text() == "1 label"
    look.close()


def test_what_is_no_longer_selected_is_not_excluded(qtbot: QtBot, pets: Path) -> None:
    document = Document(experiment_on(pets))
    look = opened(qtbot, document)
    place = centre_of(look, 1).toPoint()
    qtbot.mouseClick(look.gallery.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert look.card.leave_out.isVisibleTo(look.card)
    control = Qt.KeyboardModifier.ControlModifier
    qtbot.mouseClick(look.gallery.viewport(), Qt.MouseButton.LeftButton, control, place)
    assert not look.card.leave_out.isVisibleTo(look.card), "no picture is enlarged either"
    qtbot.keyClick(look, Qt.Key.Key_Delete)
    assert not document.experiment.data.leave_out
    look.close()


def test_all_pictures_that_are_shown_are_excluded_by_two_keys(qtbot: QtBot, pets: Path) -> None:
    document = Document(experiment_on(pets))
    look = opened(qtbot, document)
    look.show_leaks.click()
    shown = {str(look.presenter.inventory.names[number]) for number in look.presenter.shown}
    qtbot.keyClick(look.gallery, Qt.Key.Key_Right)
    qtbot.keyClick(look.gallery, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    assert look.card.leave_out.text() == "Exclude 4 from the data"
    qtbot.keyClick(look, Qt.Key.Key_Delete)
    assert set(document.experiment.data.leave_out) == shown and document.undo_label == "exclude 4 pictures"
    qtbot.waitUntil(lambda: look.presenter.choice == "all" and not look._pump.busy)
    assert look.card.leave_out.text() == "Restore 4"
    look.close()


def test_the_list_of_what_is_ignored_is_headed_by_what_it_holds(qtbot: QtBot, pets: Path) -> None:
    for number in range(3):
        (pets / "train" / f"empty{number}").mkdir()
    look = opened(qtbot, Document(experiment_on(pets)))
    qtbot.mouseClick(look.facts.all_broken, Qt.MouseButton.LeftButton)
    (shown,) = look.findChildren(TextWindow)
    num_notes = len(look.facts._presenter.facts.notes)
    assert num_notes >= 3
    heading = f"{num_notes} notes and 2 pictures that cannot be used"
    assert shown.findChildren(QLabel)[0].text() == heading


def test_one_press_excludes_all_training_pictures_that_are_copies(qtbot: QtBot, pets: Path) -> None:
    """Near duplicates are not among them: somebody has to look whether they are the same."""
    for name in ("01", "02"):
        shutil.copy(pets / "train" / "cup" / f"{name}.png", pets / "test" / "cup" / f"again {name}.png")
    document = Document(experiment_on(pets))
    look = opened(qtbot, document)
    assert {item.font().pointSizeF() for item in map(look.facts.twins.item, range(look.facts.twins.count()))} == {
        theme.font(theme.TEXT_SMALL).pointSizeF()
    }, "two names fit side by side"
    qtbot.mouseClick(look.exclude_copies, Qt.MouseButton.LeftButton)
    assert document.experiment.data.leave_out == ("train/cup/01.png", "train/cup/02.png", "train/face/03.png")
    qtbot.waitUntil(lambda: not look.exclude_copies.isVisibleTo(look))
    assert "also in" not in look.warning.text() and "nearly the same" in look.warning.text()
    document.undo()
    assert not document.can_undo
    qtbot.waitUntil(lambda: look.exclude_copies.isVisibleTo(look))
    look.close()


def test_what_is_said_of_colour_pictures_fits_beside_them_and_follows_the_theme(qtbot: QtBot, pets: Path) -> None:
    experiment = override(experiment_on(pets), "architecture.graph.nodes.input.shape", "[3,28,28]")
    look = opened(qtbot, Document(experiment))
    assert look.presenter.facts is not None
    heading, training, *_ = split_rows(look.presenter.facts)
    assert heading == ("Split", "Count", "", "Mean", "Std dev") and training[2] == "red\ngreen\nblue"
    files = sorted((pets / "train").rglob("*.png"))
    assert look.presenter.inventory is not None
    names = {str(name) for name in look.presenter.inventory.splits["train"].names}
    kept = [path for path in files if path.relative_to(pets).as_posix() in names]
    pixels = np.stack(
        [np.asarray(ImageOps.fit(Image.open(path), (28, 28), Image.Resampling.BILINEAR)) for path in kept]
    )
    for words, numbers in zip(training[3:], (pixels.mean((0, 1, 2)) / 255, pixels.std((0, 1, 2)) / 255), strict=True):
        assert [float(word) for word in words.split()] == pytest.approx(numbers, abs=6e-4)
    look.resize(look.minimumSize())
    column = look.facts
    qtbot.waitUntil(lambda: column.widget().width() <= column.viewport().width())
    app = QApplication.instance()
    before = theme.current()
    theme.apply(app, "dark")
    colours = [look.facts.twins.item(place).foreground().color().name() for place in range(look.facts.twins.count())]
    danger, text = (QColor(theme.current().danger).name(), QColor(theme.current().text).name())
    legend, shown = look.facts.legend.text(), theme.current()
    theme.apply(app, "light")
    assert colours == [danger, danger, text] and shown.curves[0] in legend and before is theme.current()
    look.close()


def test_long_names_are_read_in_full_beside_the_picture(qtbot: QtBot, pets: Path) -> None:
    folder = pets / "train" / "face"
    (folder / "03.png").rename(folder / ("a very long name of a picture that goes on and on and on " * 4 + ".png"))
    look = opened(qtbot, Document(experiment_on(pets)))
    inventory = look.presenter.inventory
    assert inventory is not None
    for number in np.argsort([len(name) for name in inventory.names])[[0, -1]].tolist():
        look.select(number)
        words = look.card.words
        qtbot.waitUntil(lambda words=words: words.height() >= words.heightForWidth(words.width()))


def test_key_points_are_drawn_where_they_are(qtbot: QtBot, tmp_path: Path) -> None:
    """One in the middle of a white square, another in a part that is cropped away."""
    picture = np.zeros((60, 100), np.uint8)
    picture[10:30, 40:60] = 255
    for number in range(8):
        Image.fromarray(picture).save(tmp_path / f"{number}.png")
    (tmp_path / "a.csv").write_text("\n".join(["path,points", *(f"{number}.png,50;20;2;2" for number in range(8))]))
    source = Component(type="TableFile", parameters={"file": str(tmp_path / "a.csv")})
    look = opened(qtbot, Document(replace(read_experiment("lenet"), data=DataRecipe(source=source))))
    look.select(0)
    qtbot.waitUntil(lambda: not look.card.picture.pixmap().isNull())
    shown = look.card.picture.pixmap().toImage()
    assert look.presenter.points(0) == [pytest.approx((0.5, 1 / 3)), pytest.approx((-0.3, 1 / 30))]
    middle, beside = (
        shown.pixelColor(*(round(share * shown.width()) for share in each)) for each in ((0.5, 1 / 3), (0.43, 0.4))
    )
    assert middle == QColor(theme.current().curves[0]) and beside == QColor("white")


def test_what_is_equal_is_told_before_the_long_search(
    qtbot: QtBot,
    pets: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    search, may_go_on = duplicates.near_pairs, Event()

    def held(*arguments: Any, **options: Any) -> duplicates.NearPairs:
        may_go_on.wait()
        return search(*arguments, **options)

    monkeypatch.setattr(duplicates, "near_pairs", held)
    pump = EventPump()
    look = DataWindow(None, Document(experiment_on(pets)), pump)
    pump.setParent(look)
    qtbot.addWidget(look)
    look.show()

    def scroll() -> bool:
        bar = look.gallery.verticalScrollBar()
        bar.setValue(1 - bar.value())
        return look.progress.words.text() == "Paused while you scroll…"

    try:
        qtbot.waitUntil(lambda: look.facts.twins.count() == 2)
        assert look.warning.text().startswith("1 training picture is also in test, so")
        assert look.facts.twin_words.text() == "2 exact (=); near duplicates (≈) not checked yet."
        assert look.presenter.facts is not None
        assert not look.progress.isHidden() and split_rows(look.presenter.facts)[1][3:] != ("", "")
        look.resize(look.minimumSize())
        qtbot.waitUntil(lambda: look.gallery.verticalScrollBar().maximum() > 0)
        scroll()
    finally:
        may_go_on.set()
    qtbot.waitUntil(scroll)
    qtbot.waitUntil(lambda: not pump.busy)
    assert look.facts.twins.count() == 3 and look.progress.isHidden()
    look.close()


def test_a_scan_that_fails_says_so_beside_the_pictures(
    qtbot: QtBot,
    pets: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def no_disk(*_: object) -> None:
        raise SpecError("the disk is gone")

    monkeypatch.setattr(scanning, "_scan", no_disk)
    look = opened(qtbot, Document(experiment_on(pets)))
    assert look.caption.text() == "43 pictures" and look.progress.isHidden()
    assert look.warning.text() == "The data check could not finish. The disk is gone."
    assert look.warning.isVisibleTo(look) and not look.show_leaks.isVisibleTo(look)
    look.close()


def test_a_failure_of_an_earlier_question_is_not_shown(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    document = Document(read_experiment("lenet-digits"))
    look = opened(qtbot, document)
    may_fail = Event()

    def fails(*_: object) -> None:
        may_fail.wait()
        raise SpecError("that was before")

    with monkeypatch.context() as patched:
        patched.setattr("workbench.gui.browse_data.scanning.work_out", fails)
        look.select(5)
        look.toggle()
    look.toggle()
    may_fail.set()
    qtbot.waitUntil(lambda: not look._pump.busy)
    assert "that was before" not in look.warning.text() and look.presenter.facts is not None
    look.close()


def centre_of(look: DataWindow, place: int) -> QPointF:
    left, top = look.gallery.tiling().place(place)
    return QPointF(left + 12 + 20, top + 20)


def test_other_data_is_looked_through_anew_and_points_are_shown_as_points(qtbot: QtBot) -> None:
    document = Document(read_experiment("mlp-moons"))
    look = opened(qtbot, document)
    assert look._body.currentWidget() is look.points and look.caption.text() == "1,000 points"
    assert not look.warning.isVisibleTo(look) and not look.card.isVisibleTo(look)
    digits = read_experiment("lenet-digits")
    document.apply("other", digits)
    qtbot.waitUntil(lambda: not look._pump.busy and look.progress.isHidden())
    assert look._body.currentWidget() is look.gallery and look.caption.text() == "1,797 pictures"
    look.facts.balance.chosen.emit(3)
    assert look.classes.currentText() == "3" and (look.presenter.inventory.classes[look.presenter.shown] == 3).all()
    look.close()


def test_series_are_curves_in_the_colours_of_the_theme(qtbot: QtBot, tmp_path: Path) -> None:
    """The first channel rises and ends above, the second falls from there; a copy in the test split is a leak."""
    ramps = np.stack([np.linspace(1, 2, 40), np.linspace(-1, -2, 40)], axis=1) + np.arange(12)[:, None, None] / 100
    x_test = np.concatenate([ramps[:1], ramps[:3] + 1])
    np.savez(tmp_path / "a.npz", x=ramps, y=np.arange(12) % 2, x_test=x_test, y_test=np.arange(4) % 2)
    source = Component(type="ArrayFile", parameters={"file": str(tmp_path / "a.npz")})
    experiment = replace(read_experiment("conv1d-series"), data=DataRecipe(source=source, validation_share=0.0))
    document = Document(override(experiment, "architecture.graph.nodes.input.shape", "[40, 2]"))
    look = opened(qtbot, document)
    qtbot.waitUntil(lambda: not look._pump.busy and look.progress.isHidden())
    assert look.caption.text() == "16 series of 40 steps with 2 channels" and look._body.currentWidget() is look.gallery
    assert look.warning.text().startswith("1 training series is also in test")
    look.gallery.grab()
    qtbot.waitUntil(lambda: look._images.has(0))
    for name in ("light", "dark"):
        theme.apply(QApplication.instance(), name)
        look.gallery.grab()
        qtbot.waitUntil(lambda: look._images.has(0))
        image, colours = look._images(0), theme.current().curves
        assert image.width() == 2 * image.height()
        middle = image.width() // 2
        for half, colour in ((range(middle + 5, image.width()), colours[0]), (range(middle - 5), colours[1])):
            pixels = [image.pixelColor(x, y) for x in half for y in range(middle // 2)]
            hues = [pixel.hue() for pixel in pixels if pixel.saturation() > 80]
            assert len(hues) > 20 and abs(np.median(hues) - QColor(colour).hue()) < 10
    look.classes.setCurrentIndex(1)
    look.select(0)
    qtbot.waitUntil(lambda: not look._pump.busy)
    assert look.card.words.text().startswith("train/\u200b0\n0 · training · 40 steps with 2 channels")
    assert look.card.picture.pixmap().width() and look.caption.text().startswith("8 of 16 series")
    look.toggle()
    assert document.experiment.data.leave_out == ("train/0",)
    theme.apply(QApplication.instance(), "light")
    look.close()


def test_what_does_not_fit_is_a_sentence_and_a_cancel_leaves_what_was_there(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = Document(read_experiment("lenet-digits"))
    look = opened(qtbot, document)
    moons = read_experiment("mlp-moons").data
    document.apply("wrong", replace(document.experiment, data=moons))
    qtbot.waitUntil(lambda: not look._pump.busy)
    assert look.empty.heading == "The data cannot be checked" and look.empty.isVisibleTo(look)
    may_go_on, tell = Event(), scanning.DataScan._tell

    def held(scan: scanning.DataScan, *told: Any) -> None:
        may_go_on.wait()
        tell(scan, *told)

    monkeypatch.setattr(scanning.DataScan, "_tell", held)
    document.undo()
    look.progress.cancel.click()
    may_go_on.set()
    qtbot.waitUntil(lambda: not look._pump.busy)
    assert look.empty.heading == "Data not checked"
    look.close()


def test_of_a_hundred_thousand_pictures_only_those_near_what_is_in_sight_are_touched(qtbot: QtBot) -> None:
    document = Document(read_experiment("mlp-moons"))
    look = opened(qtbot, document)
    pictures = np.broadcast_to(np.arange(64, dtype=np.uint8).reshape(1, 1, 8, 8), (100_000, 1, 8, 8))
    examples = Examples(
        inputs=pictures,
        targets={"class": np.arange(100_000) % 10},
        names=np.array([f"train/{row}" for row in range(100_000)], object),
        sizes=np.full((100_000, 2), 8),
    )
    inventory = Inventory(
        title="Many",
        licence="",
        columns=one_class(map(str, range(10))),
        splits={"train": examples},
        fingerprint="",
    )
    look.presenter.take(work_out(inventory, None, look._document.experiment.data))
    look._show_data()
    touched = []
    image = look._images
    look._images = lambda index: touched.append(index) or image(index)
    look._show_shown()
    bar = look.gallery.verticalScrollBar()
    for place in (0, bar.maximum() // 2, bar.maximum()):
        touched.clear()
        bar.setValue(place)
        look.gallery.viewport().grab()
        tiling = look.gallery.tiling()
        rows_in_sight = look.gallery.viewport().height() / tiling.pitch[1] + 2
        assert 0 < len(set(touched)) <= 3 * tiling.columns * rows_in_sight
    assert 99_999 in touched
    look.close()


def test_the_window_opens_it_undo_reaches_it_and_closing_ends_it(window: MainWindow, wait: Wait) -> None:
    window.data_page.look.click()
    assert window.findChild(DataWindow).isVisible()
    window.commands["data"].trigger()
    wait(lambda: len(window.findChildren(DataWindow)) == 1)
    look = window.findChild(DataWindow)
    assert look.isVisible()
    wait(lambda: look.presenter.facts is not None and look.progress.isHidden())
    look.select(5)
    look.toggle()
    assert len(window.document.experiment.data.leave_out) == 1
    window.commands["undo"].trigger()
    assert not window.document.experiment.data.leave_out


def test_a_long_title_gives_way(qtbot: QtBot, tmp_path: Path) -> None:
    folder = tmp_path / "Photographs of the collection, second campaign, as they came from the museum in the spring"
    fill(folder, cat=3, dog=3)
    data = DataRecipe(source=Component(type="ImageFolder", parameters={"folder": str(folder)}))
    look = opened(qtbot, Document(replace(read_experiment("lenet"), data=data)))
    look.resize(*view.LEAST_SIZE)
    qtbot.waitUntil(lambda: look.width() == view.LEAST_SIZE[0])
    qtbot.waitUntil(lambda: look.title.text() == folder.name == look.title.toolTip())
    look.title.setText("Digits")
    qtbot.waitUntil(lambda: look.title.fitted() == "Digits" and not look.title.toolTip())
    look.close()
