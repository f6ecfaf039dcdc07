"""The page of a head of labels: table, curves, threshold and list agree."""

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from workbench.gui.mistakes.labels.page import LabelsPage
from workbench.gui.mistakes.labels.presenter import QUARTERS, LabelsPresenter
from workbench.gui.mistakes.presenter import MistakesPresenter
from workbench.gui.runtime.event_pump import EventPump
from workbench.session.views.mistakes.asked import Asked
from workbench.session.views.mistakes.labels import LabelMistakes
from workbench.spec.column import Column

COUNT = 60
NAMES = ("circle", "square", "nothing has it")


def answered() -> MistakesPresenter:
    draw = np.random.default_rng(0)
    actual = draw.random((COUNT, 3)) < [0.5, 0.2, 0]
    probabilities = np.clip(0.3 * actual + 0.7 * draw.random((COUNT, 3)), 0, 1).astype(np.float32)
    column = Column(name="shapes", kind="labels", names=NAMES)
    found = LabelMistakes(
        split="test", step=3, output="output", column=column, actual=actual, probabilities=probabilities
    )
    window = MistakesPresenter()
    window.asked(1)
    window.take_answer(1, Asked(step=3, heads=(found,)))
    return window


@pytest.fixture
def presenter() -> LabelsPresenter:
    return LabelsPresenter(answered())


@pytest.fixture
def page(qtbot: QtBot) -> LabelsPage:
    paper = QWidget()
    qtbot.addWidget(paper)
    page = LabelsPage(answered(), EventPump(paper))
    for widget in (page, page.aside):
        qtbot.addWidget(widget)
        widget.resize(600, 400)
        widget.show()
    page.choice_changed.connect(page.show_choice)  # as the window does
    page.show_answer()
    page.show_choice()
    return page


def test_the_quarters_are_all_pictures_and_their_numbers_the_counts(presenter: LabelsPresenter) -> None:
    presenter.choose_threshold(0.4)
    wrong = set(presenter.all_chosen.tolist())
    found = {}
    for quarter in QUARTERS:
        presenter.quarter = quarter
        found[quarter] = set(presenter.all_chosen.tolist())
        assert presenter.quarter_words(quarter) == f"{len(found[quarter])} {quarter}"
    assert sorted(index for each in found.values() for index in each) == list(range(COUNT))
    assert found["false positives"] | found["false negatives"] == wrong
    yes = presenter.found.probabilities[:, 0] >= 0.4
    assert found["true positives"] == set(np.flatnonzero(yes & presenter.found.actual[:, 0]).tolist())


def test_a_long_name_leaves_the_threshold_its_room(page: LabelsPage) -> None:
    page.words.resize(120, 20)
    page.words.setText(page.presenter.threshold_words.replace("circle", "a circle with a long name"))
    assert page.words.fitted().endswith("50.0 %") and "…" in page.words.fitted()


def test_the_most_confident_mistakes_come_first_or_last(presenter: LabelsPresenter) -> None:
    yes = presenter.found.probabilities[:, 0]
    sure = np.maximum(yes, 1 - yes)
    assert (np.diff(sure[presenter.pictures]) <= 0).all()
    presenter.order = 1
    assert (np.diff(sure[presenter.pictures]) >= 0).all()


def test_each_label_keeps_its_threshold(presenter: LabelsPresenter) -> None:
    before = presenter.rows
    presenter.choose_threshold(0.9)
    presenter.choose_label(1)
    assert presenter.threshold == 0.5 and presenter.rows[1] == before[1] and presenter.rows[0] != before[0]
    presenter.choose_label(0)
    assert presenter.threshold == 0.9 and presenter.threshold_words == "Threshold of circle: 90.0 %"


def test_a_picture_in_words(presenter: LabelsPresenter) -> None:
    index = int(np.flatnonzero(presenter.found.actual[:, 0] & ~presenter.found.actual[:, 1])[0])
    share = f"{100 * presenter.found.probabilities[index, 0]:.1f}"
    assert presenter.picture_tip(index) == f"circle is there, predicted with {share} %\nlabels: circle"
    assert presenter.badge(index) == f"{share} %"


def test_the_slider_moves_the_points_the_counts_and_the_row(qtbot: QtBot, page: LabelsPage) -> None:
    row = page.labels.row_of(NAMES.index("circle"))
    before = row.text(2), [point.pos().toTuple() for point in page.roc._point.points()]
    page.slider.setFocus()
    for _ in range(6):
        qtbot.keyClick(page.slider, Qt.Key.Key_PageDown)
    assert page.presenter.threshold == pytest.approx(0.2)
    counts = page.presenter.counts
    (roc,), (recall,) = page.roc._point.points(), page.precision_recall._point.points()
    assert roc.pos().toTuple() == pytest.approx((counts.false_positive_rate, counts.recall))
    assert recall.pos().toTuple() == pytest.approx((counts.recall, counts.precision))
    after = row.text(2), [point.pos().toTuple() for point in page.roc._point.points()]
    assert after[0] == f"{100 * counts.recall:.1f}" and after[0] != before[0] and after[1] != before[1]
    assert page.quarters["false positives"].text() == f"{counts.false_positives} false positives"


def test_a_button_lists_its_quarter_and_once_more_the_mistakes(qtbot: QtBot, page: LabelsPage) -> None:
    button = page.quarters["true negatives"]
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert page.presenter.quarter == "true negatives" and button.isChecked()
    assert page.presenter.chosen_words.startswith("True negatives of circle · ")
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert page.presenter.quarter is None and not button.isChecked()


def test_labels_are_sorted_by_what_is_clicked_those_without_a_number_last(page: LabelsPage) -> None:
    table = page.labels

    def names() -> list[str]:
        return [table.topLevelItem(row).text(0) for row in range(table.topLevelItemCount())]

    rows = {row.name: row for row in page.presenter.rows}
    by_ap = sorted(NAMES[:2], key=lambda name: rows[name].average_precision)
    assert names() == [*by_ap, NAMES[2]]
    table.sortByColumn(4, Qt.SortOrder.AscendingOrder)
    assert names() == [*sorted(NAMES[:2], key=lambda name: rows[name].auc), NAMES[2]]
    table.setCurrentItem(table.row_of(2))
    assert page.presenter.name == NAMES[2] and not len(page.presenter.curves.recall)
    assert page.roc.title.text() == "ROC · AUC –"
