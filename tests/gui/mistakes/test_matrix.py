"""The matrix of many classes: chosen from by mouse and keys, and scrolled where it must be."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRectF, Qt
from pytestqt.qtbot import QtBot

from workbench.gui.mistakes.classes.matrix import ROOM_FOR_NUMBERS, SMALLEST, MatrixView, say_percent
from workbench.gui.mistakes.classes.presenter import Chosen, ClassesPresenter
from workbench.gui.mistakes.presenter import MistakesPresenter
from workbench.session.views.mistakes.asked import Asked
from workbench.session.views.mistakes.classes import ClassMistakes
from workbench.spec.column import Column

COUNT = 100
"""Classes; of two pictures of each, one is predicted as the next class."""


@pytest.fixture
def presenter() -> ClassesPresenter:
    labels = np.repeat(np.arange(COUNT), 2)
    mistakes = ClassMistakes(
        split="val",
        step=1,
        output="output",
        column=Column(name="class", names=tuple(f"class {label}" for label in range(COUNT))),
        labels=labels,
        predicted=(labels + np.arange(2 * COUNT) % 2) % COUNT,
        confidence=np.full(2 * COUNT, 0.5, np.float32),
        losses=np.zeros(2 * COUNT, np.float32),
    )
    window = MistakesPresenter()
    window.asked(1)
    window.take_answer(1, Asked(step=1, heads=(mistakes,)))
    return ClassesPresenter(window)


@pytest.fixture
def matrix(qtbot: QtBot, presenter: ClassesPresenter) -> MatrixView:
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
    qtbot: QtBot, matrix: MatrixView, presenter: ClassesPresenter, row: float, column: float, chosen: Chosen
) -> None:
    presenter.chosen = Chosen(label=9, predicted=9)
    qtbot.mousePress(matrix.viewport(), Qt.MouseButton.LeftButton, pos=place(matrix, row, column).toPoint())
    assert presenter.chosen == chosen


def test_the_keys_lead_to_every_cell_which_is_scrolled_into_view(
    qtbot: QtBot, matrix: MatrixView, presenter: ClassesPresenter
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


def test_recall_stands_beside_each_row_and_precision_below_each_column_where_there_is_room(
    qtbot: QtBot, matrix: MatrixView, presenter: ClassesPresenter
) -> None:
    def is_empty(left: float, top: float, width: float, height: float) -> bool:
        image = matrix.viewport().grab(QRectF(left, top, width, height).toRect()).toImage()
        ground = image.pixel(0, 0)
        return all(image.pixel(x, y) == ground for x in range(image.width()) for y in range(image.height()))

    labels = np.array([0, 0, 1, 1])
    mistakes = replace(
        presenter.found,
        column=Column(name="class", names=("cat", "dog")),
        labels=labels,
        predicted=np.array([0, 1, 1, 1]),
    )
    mistakes = replace(mistakes, confidence=np.full(4, 0.5, np.float32), losses=np.zeros(4, np.float32))
    presenter.window.asked(2)
    presenter.window.take_answer(2, Asked(step=2, heads=(mistakes,)))
    matrix.show_matrix()
    for index in range(2):
        row, column = matrix._cell_rect(index, 1), matrix._cell_rect(1, index)
        assert not is_empty(row.right() + 2, row.top() + 1, 48, row.height() - 2), "a recall"
        assert not is_empty(column.left() + 1, column.bottom() + 2, column.width() - 2, 14), "a precision"
    beside, below = (matrix._cell_rect(1, 1).bottomRight() + QPointF(*by) for by in ((10, -5), (-5, 10)))
    assert matrix.chosen_at(beside) is None and matrix.chosen_at(below) is None
    assert [say_percent(share) for share in (*mistakes.recall, *mistakes.precision, np.nan)] == [
        "50",
        "100",
        "100",
        "67",
        "–",
    ]
    matrix.resize(240, matrix._corner + 2 * ROOM_FOR_NUMBERS)
    assert is_empty(matrix._cell_rect(0, 1).right() + 2, matrix._corner, 10, 40), "smaller cells have none beside them"


@pytest.mark.parametrize(
    "names",
    [
        ("cat", "dog"),
        ("photographs of animals: wild cats", "photographs of plants: wild oats", "photographs of minerals"),
        ("a very long common beginning of all names: cat", "a very long common beginning of all names: dog"),
        ("left half of a very long common name", "right half of a very long common name"),
        tuple(f"a very long class variety number {number} of the northern kind" for number in (1, 12, 2)),
        ("a_very_long_class_variety_of_the_northern_kind", "a_very_long_class_variety_1_of_the_northern_kind"),
        ("one long name in pieces " + "a" * 9 + " and more", "one long name in pieces " + "b" * 9 + " and more"),
        tuple(
            f"{animal} with a very long description number {n} of the north"
            for animal in ("cat", "dog")
            for n in (1, 2)
        ),
        tuple(f"einsehrlangerklassennamemitvariante{number}ausdemnordendeutschlands" for number in (1, 2)),
        ("crane", "crane", "dog"),
    ],
)
def test_long_names_that_begin_or_end_alike_are_told_apart(
    matrix: MatrixView, presenter: ClassesPresenter, names: tuple[str, ...]
) -> None:
    labels = np.arange(2)
    column = Column(name="class", names=names)
    presenter.window.take_answer(
        1, Asked(step=1, heads=(replace(presenter.found, column=column, labels=labels, predicted=labels),))
    )
    matrix.show_matrix()
    assert len(set(matrix._written)) == len(set(names))
    assert matrix._written[0] == names[0] or "…" in matrix._written[0]
