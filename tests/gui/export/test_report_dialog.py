"""Writing a report from the menu, the list of runs and the comparison: progress, cancelling, and opening it."""

from pathlib import Path

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QMessageBox
from pytestqt.qtbot import QtBot

from tests.gui.conftest import Wait
from tests.gui.hands import press, shorten, state
from workbench.gui.compare_runs.view import CompareRunsWindow
from workbench.gui.export.presenter import ReportPresenter, runs_said
from workbench.gui.export.report import ReportDialog
from workbench.gui.run_bar.presenter import Command
from workbench.gui.runs.view import RunsWindow
from workbench.gui.runtime.run_states import State
from workbench.gui.window.main_window import MainWindow
from workbench.session.child_job import JobState

REPORT = {"file": "/home/me/lenet.html", "runs": 1, "size_bytes": 53_177, "missing": []}


def test_a_report_of_the_run_is_written_and_opened(
    window: MainWindow, qtbot: QtBot, wait: Wait, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not window.commands["report"].isEnabled(), "there is no run yet"
    shorten(window, epochs=1)
    press(qtbot, window, Command.RUN)
    wait(lambda: state(window) is State.FINISHED)
    window.watch.panels["curves"].log.setChecked(True)
    window.commands["report"].trigger()
    dialog, file = window.findChild(ReportDialog), tmp_path / "mine.html"
    run = window.trainer.run
    assert dialog is not None and run is not None and dialog.path.name == f"{run.folder.name}.html"
    assert not dialog.open_button.isVisible()
    file.write_text("precious")
    dialog.file.setText(str(file))
    dialog.action.click()
    wait(lambda: dialog.findChild(QMessageBox))
    box = dialog.findChild(QMessageBox)
    assert box is not None and box.text() == "Replace mine.html?"
    next(button for button in box.buttons() if button.text().replace("&", "") == "Replace").click()
    wait(lambda: dialog.job is not None)
    dialog.action.click()
    wait(lambda: dialog.presenter.phase == "cancelled")
    assert file.read_text() == "precious" and not dialog.open_button.isVisible()
    file.unlink()
    dialog.action.click()
    wait(lambda: dialog.presenter.phase in ("done", "failed"))
    assert dialog.presenter.phase == "done", dialog.presenter.sentence
    assert dialog.log_loss.isChecked() and ">Loss, logarithmic<" in file.read_text(), "as the window draws it"
    assert f"Run {run.folder.name}" in file.read_text() and dict(dialog.presenter.rows)["File"] == str(file)
    opened: list[QUrl] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", opened.append)
    dialog.open_button.click()
    assert opened == [QUrl.fromLocalFile(str(file))]

    window.commands["runs"].trigger()
    runs = window.findChild(RunsWindow)
    assert runs is not None
    wait(runs.report_button.isEnabled)
    runs.report_button.click()
    again = window.windows.shown(ReportDialog)
    assert again is not None and again is not dialog and again.path.name == f"{run.folder.name}.html"
    window.windows.open_compare_runs([run.folder])
    compared = window.findChild(CompareRunsWindow)
    assert compared is not None
    compared.report.click()
    assert window.windows.shown(ReportDialog) is not again
    window.windows.close()


def test_what_is_missing_and_where_it_is_are_said() -> None:
    presenter = ReportPresenter()
    presenter.begin()
    assert presenter.sentence.startswith("Writing") and presenter.file == ""
    presenter.take(JobState(phase="done", report=REPORT))
    assert presenter.file == REPORT["file"] and presenter.rows == (("Size", "53.2 kB"), ("File", REPORT["file"]))
    presenter.take(JobState(phase="done", report=REPORT | {"missing": ["one: no data", "two: no checkpoint"]}))
    assert presenter.rows[0] == ("Missing", "one: no data\ntwo: no checkpoint")


def test_few_runs_are_named_and_more_are_counted() -> None:
    folders = [Path(f"/runs/lenet-{number}") for number in range(1, 7)]
    assert runs_said(folders[:2]) == "lenet-1 and lenet-2"
    assert runs_said(folders) == "lenet-1, lenet-2, lenet-3, lenet-4 and 2 more"
