"""The curves of a classification head, in the second tab of its page."""

import numpy as np
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot
from sklearn.metrics import roc_auc_score

from workbench.gui.mistakes.classes.page import ClassesPage
from workbench.gui.mistakes.classes.presenter import Chosen
from workbench.gui.mistakes.presenter import MistakesPresenter
from workbench.gui.runtime.event_pump import EventPump
from workbench.session.views.mistakes.asked import Asked
from workbench.session.views.mistakes.classes import ClassMistakes
from workbench.spec.column import Column

COUNT = 300


def found(*, keeps: bool = True) -> ClassMistakes:
    draw = np.random.default_rng(0)
    labels = draw.integers(3, size=COUNT)
    probabilities = draw.dirichlet((1, 1, 1), COUNT) + 0.5 * np.eye(3)[labels]
    probabilities = (probabilities / probabilities.sum(axis=1, keepdims=True)).astype(np.float32)
    return ClassMistakes(
        split="test",
        step=1,
        output="output",
        column=Column(name="animal", names=("boat", "cat", "dog")),
        labels=labels,
        predicted=probabilities.argmax(axis=1),
        confidence=probabilities.max(axis=1),
        losses=-np.log(probabilities[np.arange(COUNT), labels]),
        probabilities=probabilities if keeps else None,
    )


def page_of(qtbot: QtBot, answer: ClassMistakes) -> ClassesPage:
    window, pump = MistakesPresenter(), EventPump()
    window.asked(1)
    window.take_answer(1, Asked(step=1, heads=(answer,)))
    page = ClassesPage(window, pump)
    pump.setParent(page)
    for widget in (page, page.aside):
        qtbot.addWidget(widget)
    page.resize(600, 500)
    page.show()
    page.show_answer()
    return page


def test_the_curves_of_a_class_are_computed_once_their_tab_is_seen(qtbot: QtBot) -> None:
    answer = found()
    page = page_of(qtbot, answer)
    assert page.curves.classes.count() == 0
    page.tabs.setCurrentWidget(page.curves)
    assert page.curves.roc.title.text() == "ROC · computing…"
    for label in range(3):
        auc = roc_auc_score(answer.labels == label, answer.probabilities[:, label])
        words = f"ROC · AUC {100 * auc:.1f} %"
        qtbot.waitUntil(lambda words=words: page.curves.roc.title.text() == words)
        qtbot.keyClick(page.curves.classes, Qt.Key.Key_Down)
    assert page.curves.classes.currentText() == "dog"


def test_the_curves_are_those_of_the_class_chosen_in_the_matrix_or_among_the_pairs(qtbot: QtBot) -> None:
    page = page_of(qtbot, found())
    page.matrix.chosen.emit(Chosen(label=2, predicted=0))
    page.tabs.setCurrentWidget(page.curves)
    assert page.curves.classes.currentText() == "dog"
    page.pairs.chosen.emit(Chosen(label=1, predicted=0))
    assert page.curves.classes.currentText() == "cat"
    auc = 100 * roc_auc_score(page.presenter.found.labels == 1, page.presenter.found.probabilities[:, 1])
    qtbot.waitUntil(lambda: page.curves.roc.title.text() == f"ROC · AUC {auc:.1f} %")
    page.matrix.chosen.emit(Chosen(predicted=0))
    assert page.curves.classes.currentText() == "boat"


def test_each_bin_of_confidence_says_how_many_are_in_it_and_are_correct(qtbot: QtBot) -> None:
    answer = found()
    page = page_of(qtbot, answer)
    page.tabs.setCurrentWidget(page.curves)
    assert page.curves.reliability.title.text() == f"Reliability · ECE {100 * answer.calibration.error:.1f} %"
    place = int(answer.calibration.counts.argmax())
    is_in = (answer.confidence >= place / 15) & (answer.confidence < (place + 1) / 15)
    correct = (answer.labels == answer.predicted)[is_in].mean()
    lines = page.presenter.bin_tip(place).splitlines()
    assert lines[0].endswith(f" %: {is_in.sum()} pictures") and lines[1].endswith(f", {100 * correct:.1f} % correct")
    counts = page.curves.confidences.item.getAxis("left").ticks(-0.1, 2.1, 0.01)
    assert [words for _, words in counts] == ["0", "1", "2"], "not half a picture"
    assert page.presenter.bin_tip(0) == "Confidence 0.0 to 6.7 %: 0 pictures", "a third is the least of three classes"
    qtbot.waitUntil(lambda: "AUC" in page.curves.roc.title.text())


def test_of_very_many_classes_there_is_only_the_reliability(qtbot: QtBot) -> None:
    page = page_of(qtbot, found(keeps=False))
    page.tabs.setCurrentWidget(page.curves)
    qtbot.waitUntil(lambda: page.curves.roc.title.text() == "ROC · not shown for so many classes")
    assert page.curves.reliability.title.text().startswith("Reliability · ECE ")
