"""A run whose data has been moved: a button says where it is now."""

from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog, QPushButton

from tests.data.folders import fill
from tests.gui.conftest import Wait
from workbench.gui.settings.presenter import with_data
from workbench.gui.window.main_window import MainWindow
from workbench.places import runs_dir
from workbench.runs.changes import read_edited
from workbench.runs.store import create_run
from workbench.spec.component import Component
from workbench.spec.files import read_experiment


def test_moved_data_is_chosen_where_the_run_is_shown(
    window: MainWindow, wait: Wait, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, now = tmp_path / "pets.v2", fill(tmp_path / "now", cat=4, dog=4)
    source = Component(type="ImageFolder", parameters={"folder": str(before)})
    folder = create_run(runs_dir(), with_data(read_experiment("lenet-digits"), source=source))
    window.trainer.show(folder)
    wait(lambda: [each for each in window.messages.messages if str(before) in each.words.text()])
    offer = next(each for each in window.messages.messages if str(before) in each.words.text())
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(now))
    next(button for button in offer.findChildren(QPushButton) if button.text() == "Choose its data…").click()
    wait(lambda: window.document.experiment.data.source.parameters["folder"] == str(now))
    assert read_edited(folder).data.source.parameters["folder"] == str(now)
    assert not [each for each in window.messages.messages if str(before) in each.words.text()]
