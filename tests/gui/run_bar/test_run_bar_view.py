"""The run bar as laid out."""

from PySide6.QtGui import QFontMetrics
from pytestqt.qtbot import QtBot

from tests.gui.run_bar.test_run_bar_presenter import STARTED, step
from workbench.events import RunStopped
from workbench.gui.run_bar.view import Details, RunBar
from workbench.spec.problems import Problem


def test_a_problem_is_not_cut_while_there_is_room_beside_it(qtbot: QtBot) -> None:
    bar = RunBar()
    qtbot.addWidget(bar)
    bar.show()
    bar.presenter.begin(32)
    bar.presenter.feed((STARTED, step(1), RunStopped(at=0.2, step=1)))
    bar.presenter.observe("stopped", None)
    bar.show_problems(
        (Problem(node="output", what="3 numbers come out, but the data has 2 classes", mend="change it"),)
    )
    wanted, beside = (
        QFontMetrics(label.font()).horizontalAdvance(label.text()) + 1 for label in (bar.what, bar.detail)
    )
    bar.resize(bar.width() - bar.what.width() - bar.detail.width() + wanted + beside, bar.height())
    assert bar.detail.text()
    assert (bar.what.width(), bar.detail.width()) == (wanted, beside)


def test_details_without_room_lose_whole_parts_and_the_remaining_time_last(qtbot: QtBot) -> None:
    detail = Details()
    qtbot.addWidget(detail)
    metrics = detail.fontMetrics()
    detail.show()
    detail.setText("step 114 of 684 · 1,391 pictures/s · 1 min 7 s left · CPU")
    for fitting in (
        "step 114 of 684 · 1,391 pictures/s · 1 min 7 s left · CPU",
        "step 114 of 684 · 1,391 pictures/s · 1 min 7 s left",
        "1,391 pictures/s · 1 min 7 s left",
        "1 min 7 s left",
    ):
        detail.resize(metrics.horizontalAdvance(fitting), 20)
        assert detail.fitted() == fitting
        assert detail.toolTip() == ("" if fitting == detail.text() else detail.text())
    detail.resize(metrics.horizontalAdvance("1 min"), 20)
    assert "…" in detail.fitted()
