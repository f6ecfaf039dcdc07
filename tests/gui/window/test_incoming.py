"""What is dropped onto the window."""

from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication

from tests.gui.conftest import Wait
from tests.training.experiments import digits
from workbench.gui.own_pictures.view import OwnPicturesWindow
from workbench.gui.runs.view import RunsWindow
from workbench.gui.window.main_window import MainWindow
from workbench.runs.store import create_run


def drop(window: MainWindow, *paths: Path) -> None:
    data, copy = QMimeData(), Qt.DropAction.CopyAction
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    keys, button = Qt.KeyboardModifier.NoModifier, Qt.MouseButton.LeftButton
    QApplication.sendEvent(window, QDragEnterEvent(QPoint(9, 9), copy, data, button, keys))
    QApplication.sendEvent(window, QDropEvent(QPointF(9, 9), copy, data, button, keys))


@pytest.mark.parametrize("name", ["lecture.pdf", "notes", "slides.pptx"])
def test_a_file_that_nothing_takes_changes_nothing_and_says_what_is_taken(
    window: MainWindow, wait: Wait, tmp_path: Path, name: str
) -> None:
    (tmp_path / name).write_bytes(b"%PDF-1.4")
    before = window.document.experiment
    drop(window, tmp_path / name)
    wait(lambda: window.messages.messages)
    assert window.messages.messages[0].words.text().startswith(f"{name}: nothing here takes such a file")
    assert window.document.experiment is before


def test_a_table_and_a_folder_become_the_data(window: MainWindow, wait: Wait, tmp_path: Path) -> None:
    table = tmp_path / "wines.CSV"
    table.write_text("a,b,kind\n1,2,red\n3,4,white\n")
    drop(window, table)
    wait(lambda: window.document.experiment.data.source.parameters == {"file": str(table)})
    (tmp_path / "pets.v2" / "cat").mkdir(parents=True)
    drop(window, tmp_path / "pets.v2")
    wait(lambda: window.document.experiment.data.source.parameters == {"folder": str(tmp_path / "pets.v2")})
    (tmp_path / "train-images.idx3-ubyte").touch()
    drop(window, tmp_path / "train-images.idx3-ubyte")
    wait(lambda: window.document.experiment.data.source.parameters == {"folder": str(tmp_path)})


def test_a_run_is_opened_and_a_folder_of_runs_is_listed(window: MainWindow, wait: Wait, tmp_path: Path) -> None:
    run = create_run(tmp_path / "theirs", digits())
    before = window.document.experiment.data
    drop(window, tmp_path / "theirs")
    wait(lambda: [each for each in window.findChildren(RunsWindow) if each.table.rowCount() == 1])
    assert window.document.experiment.data == before
    drop(window, run)
    wait(lambda: window.trainer.run is not None and window.trainer.run.folder == run)


def test_pictures_are_tried_on_the_network(window: MainWindow, wait: Wait, tmp_path: Path) -> None:
    pictures = [tmp_path / "cat.png", tmp_path / "dog.JPG"]
    for picture in pictures:
        Image.new("RGB", (8, 8)).save(picture)
    drop(window, *pictures)
    (shown,) = window.findChildren(OwnPicturesWindow)
    wait(lambda: [*shown.presenter.paths] == pictures)
    drop(window, tmp_path / "from a phone.HEIC")
    wait(lambda: [*shown.presenter.paths] == [tmp_path / "from a phone.HEIC", *pictures])


def test_what_was_dropped_onto_another_document_is_not_used_in_this_one(
    window: MainWindow, wait: Wait, tmp_path: Path
) -> None:
    (tmp_path / "pets" / "cat").mkdir(parents=True)
    drop(window, tmp_path / "pets")
    window.project.show_unsaved(digits())
    wait(lambda: not window.pump.busy)
    assert window.document.experiment == digits()
