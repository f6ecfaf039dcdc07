"""What was excluded from the data is reported by a run, and can be viewed in full."""

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton
from pytestqt.qtbot import QtBot

from tests.data.folders import fill
from tests.data.sources.test_table_parquet import PICTURES, write
from tests.gui.conftest import Wait
from tests.gui.hands import press, shorten, state
from workbench.gui.dialogs.text_window import TextWindow
from workbench.gui.run_bar.presenter import Command
from workbench.gui.runtime.run_states import State
from workbench.gui.settings.presenter import with_data, with_training
from workbench.gui.window.main_window import MainWindow
from workbench.session.running.in_thread import start
from workbench.spec.component import Component


def test_broken_pictures_are_told_of(qtbot: QtBot, window: MainWindow, wait: Wait, tmp_path: Path) -> None:
    pets = fill(tmp_path / "pets", cat=20, dog=20)
    for number in range(5):
        (pets / "cat" / f"broken{number}.png").write_bytes(b"not a picture")
    (pets / "dragon").mkdir()
    experiment = with_training(window.document.experiment, epochs=1)
    source = Component(type="ImageFolder", parameters={"folder": str(pets)})
    run = start(with_data(experiment, source=source), tmp_path / "runs")
    window.pump.follow(run)
    wait(lambda: run.state == "finished" and window.messages.messages)
    (message,) = window.messages.messages
    words = message.words.text()
    assert message.kind == "warning" and words.startswith(
        "5 pictures were excluded: cat/broken0.png, cat/broken1.png (each: it "
    )
    assert str(pets) not in words
    assert "), and 3 more. The class folder dragon contains no pictures" in words

    (button,) = message.findChildren(QPushButton)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    (shown,) = window.findChildren(TextWindow)
    assert "1 note and 5 pictures that cannot be used" in [label.text() for label in shown.findChildren(QLabel)]
    lines = shown.lines.toPlainText().split("\n")
    assert lines[0].startswith("The class folder dragon") and len(lines) == 6
    assert all(line.startswith(f"{pets}/cat/broken{number}.png: ") for number, line in enumerate(lines[1:]))
    shown.close()
    wait(lambda: not window.findChildren(TextWindow))


def test_notes_alone_are_not_called_excluded_pictures(
    qtbot: QtBot, window: MainWindow, wait: Wait, tmp_path: Path
) -> None:
    pets = fill(tmp_path / "pets", cat=20, dog=20)
    (pets / "dragon").mkdir()
    source = Component(type="ImageFolder", parameters={"folder": str(pets)})
    window.document.replace(with_data(window.document.experiment, source=source), None)
    shorten(window, epochs=1)
    press(qtbot, window, Command.RUN)
    wait(lambda: bool(window.messages.messages))
    (button,) = window.messages.messages[0].findChildren(QPushButton)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    (shown,) = window.findChildren(TextWindow)
    assert shown.findChildren(QLabel)[0].text() == "1 note"
    wait(lambda: state(window) is State.FINISHED)


def test_that_a_table_lies_in_several_files_is_nothing_to_warn_of(
    qtbot: QtBot, window: MainWindow, wait: Wait, tmp_path: Path
) -> None:
    for number in range(2):
        write(tmp_path / f"train-0000{number}-of-00002.parquet", PICTURES)
    source = Component(type="TableFile", parameters={"file": str(tmp_path / "train-00000-of-00002.parquet")})
    run = start(with_data(with_training(window.document.experiment, epochs=1), source=source), tmp_path / "runs")
    window.pump.follow(run)
    wait(lambda: run.state == "finished" and window.watch.panels["curves"].presenter.best_epoch == 1)
    assert window.messages.messages == []


def test_the_same_is_said_once_for_a_choice_of_data(
    qtbot: QtBot, window: MainWindow, wait: Wait, tmp_path: Path
) -> None:
    pets = fill(tmp_path / "pets", cat=20, dog=20)
    (pets / "cat" / "broken.png").write_bytes(b"not a picture")
    source = Component(type="ImageFolder", parameters={"folder": str(pets)})
    window.document.replace(with_data(window.document.experiment, source=source), None)
    shorten(window, epochs=1)

    def run() -> list[str]:
        press(qtbot, window, Command.RUN)
        wait(lambda: state(window) is not State.FINISHED)
        wait(lambda: state(window) is State.FINISHED)
        words = [message.words.text() for message in window.messages.messages]
        window.messages.clear()
        return words

    (words,) = run()
    assert words.startswith("1 picture was excluded: cat/broken.png")
    assert run() == []
    (pets / "dog" / "broken.png").write_bytes(b"not a picture")
    (words,) = run()
    assert words.startswith("2 pictures were excluded"), "the choice is the same, what is there is not"


def test_nothing_is_said_of_whole_data(window: MainWindow, wait: Wait, tmp_path: Path) -> None:
    run = start(with_training(window.document.experiment, epochs=1), tmp_path)
    window.pump.follow(run)
    wait(lambda: run.state == "finished" and window.watch.panels["curves"].presenter.best_epoch == 1)
    assert window.messages.messages == []
