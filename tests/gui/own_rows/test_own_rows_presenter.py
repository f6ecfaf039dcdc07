"""Whose answers are shown."""

from pathlib import Path

from workbench.gui.own_rows.presenter import OwnRowsPresenter
from workbench.session.views.own_rows import RowAnswers


def test_an_answer_about_a_file_chosen_before_is_not_that_of_another() -> None:
    presenter = OwnRowsPresenter()
    presenter.choose(Path("first.csv"))
    assert presenter.take_question() is not None
    presenter.asked(1)
    presenter.choose(Path("second.csv"))
    assert not presenter.take_answer(1, RowAnswers(step=3)), "it is not asked about yet"
    assert presenter.take_question() is presenter.rows
    for number in (2, 3):
        presenter.asked(number)
    assert not presenter.take_answer(1, RowAnswers(step=3)) and presenter.answer is None
    assert presenter.take_answer(2, RowAnswers(step=4)) and presenter.take_answer(3, RowAnswers(step=5))
    assert presenter.answer is not None and presenter.answer.step == 5
