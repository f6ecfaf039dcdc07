"""The matrix of many classes: chosen from by mouse and keys, and scrolled where it must be."""

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from pytestqt.qtbot import QtBot

from workbench.gui.mistakes.matrix import SMALLEST, MatrixView
from workbench.gui.mistakes.presenter import Chosen, MistakesPresenter
from workbench.session.views.mistakes import Asked, Mistakes

COUNT = 100
"""Classes; of two pictures of each, one is predicted as the next class."""


@pytest.fixture
def presenter() -> MistakesPresenter:
    labels = np.repeat(np.arange(COUNT), 2)
    mistakes = Mistakes(
        split="val",
        step=1,
        output="output",
        target="class",
        class_names=tuple(f"class {label}" for label in range(COUNT)),
        labels=labels,
        predicted=(labels + np.arange(2 * COUNT) % 2) % COUNT,
        confidence=np.full(2 * COUNT, 0.5, np.float32),
        losses=np.zeros(2 * COUNT, np.float32),
    )
    presenter = MistakesPresenter()
    presenter.asked(1)
    presenter.take_answer(1, Asked(step=1, heads=(mistakes,)))
    return presenter


@pytest.fixture
def matrix(qtbot: QtBot, presenter: MistakesPresenter) -> MatrixView:
    matrix = MatrixView(presenter)
    qtbot.addWidget(matrix)
    matrix.chosen.connect(lambda chosen: setattr(presenter, "chosen", chosen))
    matrix.resize(400, 300)
    matrix.show()
    matrix.show_matrix()
    return matrix


def place(matrix: MatrixView, row: float, column: float) -> QPointF:
    return QPointF(matrix._corner + column * SMALLEST, matrix._corner + row * SMALLEST)


@pytest.mark.parametrize(
    ("row", "column", "chosen"),
    [
        (2.5, 3.5, Chosen(label=2, predicted=3)),
        (2.5, -0.5, Chosen(label=2)),
        (-0.5, 3.5, Chosen(predicted=3)),
        (-0.5, -0.5, Chosen()),
    ],
)
def test_a_click_chooses_a_cell_or_a_class(
    qtbot: QtBot, matrix: MatrixView, presenter: MistakesPresenter, row: float, column: float, chosen: Chosen
) -> None:
    presenter.chosen = Chosen(label=9, predicted=9)
    qtbot.mousePress(matrix.viewport(), Qt.MouseButton.LeftButton, pos=place(matrix, row, column).toPoint())
    assert presenter.chosen == chosen


def test_the_keys_lead_to_every_cell_which_is_scrolled_into_view(
    qtbot: QtBot, matrix: MatrixView, presenter: MistakesPresenter
) -> None:
    for _ in range(COUNT + 3):
        qtbot.keyClick(matrix, Qt.Key.Key_Down)
    assert presenter.chosen == Chosen(label=COUNT - 1, predicted=0)
    last = matrix._cell_rect(COUNT - 1, 0).toAlignedRect()
    assert matrix.verticalScrollBar().value() > 0 and matrix.viewport().rect().contains(last)
    qtbot.keyClick(matrix, Qt.Key.Key_Right)
    assert presenter.chosen == Chosen(label=COUNT - 1, predicted=1)
    qtbot.keyClick(matrix, Qt.Key.Key_Home)
    assert presenter.chosen == Chosen()


def test_the_cell_under_the_pointer_is_explained(matrix: MatrixView) -> None:
    assert matrix._tip(place(matrix, 0.5, 1.5)) == "class 0, predicted as class 1\n1 of 2 (50.0 %)"
