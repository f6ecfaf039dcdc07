"""Pictures of the network, drawn and written from the real window."""

import io
from pathlib import Path
from xml.etree import ElementTree

import pytest
from PIL import Image
from PySide6.QtWidgets import QFileDialog

from tests.gui.conftest import Wait
from workbench.gui.window.main_window import MainWindow


def choose(monkeypatch: pytest.MonkeyPatch, file: Path) -> None:
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(file), ""))


def test_pictures_are_written_where_one_says(
    window: MainWindow, wait: Wait, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    choose(monkeypatch, tmp_path / "net")
    window.commands["picture_svg"].trigger()
    window.commands["picture_png"].trigger()
    wait(lambda: (tmp_path / "net.svg").exists() and (tmp_path / "net.png").exists() and not window.pump.busy)
    title = window.document.experiment.architecture.name
    assert ElementTree.parse(tmp_path / "net.svg").getroot()[0].text == title
    assert Image.open(io.BytesIO((tmp_path / "net.png").read_bytes())).info["Title"] == title
    assert any(str(tmp_path / "net.") in message.words.text() for message in window.messages.messages)


def test_a_disk_that_refuses_is_told(
    window: MainWindow, wait: Wait, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    choose(monkeypatch, tmp_path / "file" / "net.svg")
    window.commands["picture_svg"].trigger()
    wait(lambda: any("cannot be written" in message.words.text() for message in window.messages.messages))


def test_a_picture_that_is_being_drawn_is_written_before_the_window_goes(
    window: MainWindow, wait: Wait, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    choose(monkeypatch, tmp_path / "net.png")
    window.commands["picture_png"].trigger()
    window.close()
    wait(lambda: window.closing.done)
    assert window.closing.clean and Image.open(io.BytesIO((tmp_path / "net.png").read_bytes())).size[0] > 100


def test_an_empty_canvas_has_no_picture(window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    choose(monkeypatch, tmp_path / "net.svg")
    window.project.new()
    window.commands["picture_svg"].trigger()
    assert any("nothing to draw" in message.words.text() for message in window.messages.messages)
