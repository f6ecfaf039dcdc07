"""The page of a regression head: its charts agree with the answer, and a dot and a bar lead to their pictures."""

from itertools import pairwise

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from tests.gui.conftest import Wait
from tests.gui.hands import press, state
from workbench.gui.experiment.document import Document
from workbench.gui.mistakes.numbers.curves import Distribution
from workbench.gui.mistakes.numbers.page import NumbersPage
from workbench.gui.mistakes.numbers.presenter import NumbersPresenter
from workbench.gui.mistakes.presenter import MistakesPresenter
from workbench.gui.run_bar.presenter import Command
from workbench.gui.runtime.event_pump import EventPump
from workbench.gui.runtime.run_states import State
from workbench.gui.settings.presenter import with_training
from workbench.gui.window.main_window import MainWindow
from workbench.session.views.mistakes.asked import Asked
from workbench.session.views.mistakes.numbers import NumberMistakes
from workbench.session.views.neighbours import Gallery
from workbench.spec.column import Column
from workbench.spec.files import read_experiment


def ages(actual: np.ndarray, predicted: np.ndarray) -> NumberMistakes:
    column = Column(name="age", kind="number", unit="years")
    arrays = {"actual": actual.reshape(len(actual), -1), "predicted": predicted.reshape(len(predicted), -1)}
    return NumberMistakes(split="test", step=7, output="output", column=column, **arrays)


def answered(found: NumberMistakes) -> MistakesPresenter:
    window = MistakesPresenter()
    window.asked(1)
    window.take_answer(1, Asked(step=7, heads=(found,)))
    return window


@pytest.fixture
def presenter() -> NumbersPresenter:
    """Five people: errors of +1, −4, +10, 0 and −2 years."""
    return NumbersPresenter(answered(ages(np.array([20, 30, 40, 50, 60.0]), np.array([21, 26, 50, 50, 58.0]))))


def test_the_figures_in_words(presenter: NumbersPresenter) -> None:
    assert presenter.window.headed(presenter.words) == "Test · MAE 3.4 years · RMSE 4.919 years · R² 0.879 · step 7"
    assert dict(presenter.rows) == {
        "Mean absolute error (MAE)": "3.4 years",
        "Root mean squared error (RMSE)": "4.919 years",
        "R²": "0.8790",
        "Median error": "2 years",
        "Mean signed error (bias)": "+1 years",
        "Largest error": "10 years",
        "Error at most 5 years (CS5)": "80.0 %",
    }
    assert presenter.picture_tip(1) == "30 years, predicted as 26 years\nerror −4 years"
    assert presenter.badge(2) == "+10" and presenter.badge(1) == "−4"


@pytest.mark.parametrize(
    ("order", "pictures"),
    [(0, [2, 1, 4, 0, 3]), (1, [2, 0, 3, 4, 1]), (2, [1, 4, 3, 0, 2]), (3, [3, 0, 4, 1, 2])],
)
def test_the_largest_errors_come_first_or_another_order_if_wanted(
    presenter: NumbersPresenter, order: int, pictures: list[int]
) -> None:
    presenter.order = order
    assert presenter.pictures.tolist() == pictures


def test_each_bar_chooses_its_pictures_and_every_picture_is_in_one(presenter: NumbersPresenter) -> None:
    counts, edges = presenter.distribution
    assert counts.sum() == 5
    chosen = []
    for count, low, high in zip(counts, edges[:-1], edges[1:], strict=True):
        assert presenter.choose_bar((low + high) / 2) == bool(count)
        if count:
            chosen += presenter.pictures.tolist()
            assert len(presenter.pictures) == count and presenter.chosen_words.endswith(f" years · {count}")
    assert sorted(chosen) == list(range(5)), "also the largest error, at the end of the last bar"
    presenter.choose_all()
    assert len(presenter.pictures) == 5


def test_bars_of_whole_errors_are_around_whole_numbers(presenter: NumbersPresenter) -> None:
    counts, edges = presenter.distribution
    assert dict(zip((edges[:-1] + 0.5).tolist(), counts.tolist(), strict=True)) == {
        error: int(error in (1, -4, 10, 0, -2)) for error in range(-4, 11)
    }
    many = NumbersPresenter(answered(ages(np.zeros(117), np.arange(117.0))))
    counts, edges = many.distribution
    assert set(counts[:-1].tolist()) == {3} and counts.sum() == 117 and np.all(edges % 1 == 0.5)


def test_large_numbers_which_are_always_whole_have_bars_as_others_do() -> None:
    large = NumbersPresenter(answered(ages(np.zeros(3), np.array([-1e22, 3e22, 5e22]))))
    counts, edges = large.distribution
    assert not large.has_whole_errors and counts.sum() == 3 and edges[[0, -1]].tolist() == [-1e22, 5e22]


def test_the_distribution_of_a_few_errors_counts_in_whole_numbers(qtbot: QtBot, presenter: NumbersPresenter) -> None:
    chart = Distribution(presenter)
    qtbot.addWidget(chart)
    chart.resize(900, 300)
    chart.show()

    def marked(side: str) -> list[str]:
        low, high = chart.item.getAxis(side).range
        return [words for _, words in chart.item.getAxis(side).ticks(low, high, (high - low) / 800)]

    chart.draw()
    assert marked("left") == ["0", "1"]
    assert {"0", "10"} <= set(marked("bottom")) and not any("." in words for words in marked("bottom"))
    presenter.window.take_answer(2, Asked(step=8, heads=(ages(np.array([20, 30.0]), np.array([20.2, 29.9])),)))
    chart.draw()
    assert any("." in words for words in marked("bottom"))


def test_the_chosen_range_of_errors_stays_marked_among_the_bars_of_a_later_answer(presenter: NumbersPresenter) -> None:
    presenter.choose_bar(0.5)
    chosen, bars = presenter.chosen, list(pairwise(presenter.distribution[1].tolist()))
    assert chosen is not None and [bar for bar in bars if presenter.is_chosen(*bar)] == [(chosen.low, chosen.high)]
    later = ages(np.array([20, 30, 40, 50, 60.0]), np.array([20.9, 27, 45, 50, 58.5]))
    presenter.window.take_answer(2, Asked(step=8, heads=(later,)))
    bars = list(pairwise(presenter.distribution[1].tolist()))
    marked = [bar for bar in bars if presenter.is_chosen(*bar)]
    assert chosen.low not in presenter.distribution[1].tolist()
    assert marked and marked[0][0] < chosen.high and marked[-1][1] > chosen.low and len(marked) < len(bars)


def test_the_cumulative_score_curve_is_the_share_within_each_error(presenter: NumbersPresenter) -> None:
    errors, shares = presenter.cumulative
    assert errors.tolist() == [0, 0, 1, 2, 4, 10] and shares.tolist() == [0, 0.2, 0.4, 0.6, 0.8, 1]
    assert presenter.score_tip(3.9) == "Error at most 3.9 years: 60.0 % of the pictures"
    assert presenter.score_tip(4) == "Error at most 4 years: 80.0 % of the pictures", (
        "with the error that is just allowed"
    )


def test_a_network_whose_answers_are_no_numbers_is_shown_too() -> None:
    """A run that has just diverged, say."""
    presenter = NumbersPresenter(answered(ages(np.array([20, 30, 40.0]), np.array([np.nan, 31, np.nan]))))
    assert presenter.pictures.tolist() == [0, 2, 1] and presenter.value_range == (20, 40)
    assert presenter.cumulative[1].tolist() == [0, 1 / 3] and presenter.distribution[0].sum() == 1
    nothing = NumbersPresenter(answered(ages(np.array([20.0]), np.array([np.nan]))))
    assert nothing.words == "MAE NaN · RMSE NaN · R² –" and nothing.distribution[0].sum() == 0
    assert nothing.picture_tip(0) == "20 years, predicted as NaN\nerror NaN" and nothing.badge(0) == "NaN"


@pytest.fixture
def page(qtbot: QtBot) -> NumbersPage:
    """The page of a head with two numbers for 20,000 pictures."""
    draw = np.random.default_rng(0)
    actual = draw.uniform(0, 80, (20_000, 2))
    paper = QWidget()
    qtbot.addWidget(paper)
    page = NumbersPage(answered(ages(actual, actual + draw.normal(0, 4, actual.shape))), EventPump(paper))
    for widget in (page, page.aside):
        qtbot.addWidget(widget)
    page.resize(700, 600)
    page.show()
    page.show_answer()
    page.show_choice()
    return page


def test_a_click_on_a_dot_picks_its_picture_and_one_beside_all_none(qtbot: QtBot, page: NumbersPage) -> None:
    picked: list[int] = []
    page.picked.connect(picked.append)
    worst = int(page.presenter.errors.worst[0])  # which is far from the others
    scatter = page.scatter
    place = scatter.plot.mapFromScene(QPointF(*scatter.places()[worst]))
    qtbot.mouseClick(scatter.plot.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert picked == [worst]
    qtbot.mouseMove(scatter.plot.viewport(), place)
    qtbot.waitUntil(lambda: scatter.card.index == worst and scatter.card.isVisible())
    corner = scatter.box.sceneBoundingRect().topLeft() + QPointF(3, 3)
    qtbot.mouseClick(scatter.plot.viewport(), Qt.MouseButton.LeftButton, pos=scatter.plot.mapFromScene(corner))
    assert picked == [worst]


def test_a_dot_is_drawn_where_it_is_found_with_a_ring_if_it_is_selected(page: NumbersPage) -> None:
    scatter = page.scatter
    worst = int(page.presenter.errors.worst[0])
    place = scatter.plot.mapFromScene(QPointF(*scatter.places()[worst]))

    def seen() -> set[int]:
        image = scatter.plot.viewport().grab(QRectF(place.x() - 6, place.y() - 6, 12, 12).toRect()).toImage()
        return {image.pixel(x, y) for x in range(12) for y in range(12)}

    without = seen()
    assert len(without) > 2, "a dot on its ground"
    scatter.show_selection([worst])
    assert seen() != without


def test_of_several_numbers_one_is_chosen(qtbot: QtBot, page: NumbersPage) -> None:
    changed: list[None] = []
    page.choice_changed.connect(lambda: changed.append(None))
    assert page.numbers.isVisible() and page.numbers.itemData(1) == "age 2"
    first = page.figures[0][1].text()
    qtbot.keyClick(page.numbers, Qt.Key.Key_Down)
    assert page.presenter.errors is page.presenter.found.errors[1] and changed
    assert page.figures[0][1].text() == page.presenter.rows[0][1] != first


def test_from_a_bar_to_its_rows_and_from_a_dot_to_its_row(window: MainWindow, qtbot: QtBot, wait: Wait) -> None:
    from workbench.gui.mistakes.view import MistakesWindow

    window.document.replace(with_training(read_experiment("regression-wines"), epochs=1), None)
    wait(lambda: window.checker.settled)
    press(qtbot, window, Command.RUN)
    wait(lambda: state(window) is State.FINISHED)
    window.commands["mistakes"].trigger()
    mistakes = window.findChild(MistakesWindow)
    assert isinstance(mistakes, MistakesWindow)
    wait(lambda: mistakes.presenter.mistakes is not None)
    page, found = mistakes.page, mistakes.presenter.mistakes
    assert isinstance(page, NumbersPage) and isinstance(found, NumberMistakes) and found.names is not None
    assert mistakes.words.text().startswith("Test · MAE ") and mistakes.everything.text() == "All errors"
    assert mistakes.examples.relabel.isHidden(), "there is no label to correct"
    model = mistakes.examples.rows.model()
    worst = int(page.presenter.errors.worst[0])
    assert model.index(0, 0).data().startswith(f"{found.names[worst]} · error ")
    counts, edges = page.presenter.distribution
    bar = int(np.flatnonzero(counts)[0])
    page.distribution.clicked.emit((edges[bar] + edges[bar + 1]) / 2, 0.5)
    assert model.rowCount() == counts[bar] < len(found.actual)
    other = next(index for index in range(len(found.actual)) if index not in page.presenter.pictures)
    page.scatter.picked.emit(other)
    assert page.presenter.chosen is None and model.rowCount() == len(found.actual), "it is not among those of the bar"
    assert mistakes.examples.selection == [other] == list(page.scatter._selection)
    mistakes.examples.exclude.click()
    assert window.document.experiment.data.leave_out == (str(found.names[other]),)
    mistakes.close()


def test_from_a_dot_to_the_neighbours_of_its_picture(qtbot: QtBot) -> None:
    from workbench.gui.mistakes.view import MistakesWindow

    paper, asked = QWidget(), list[int]()
    qtbot.addWidget(paper)
    window = MistakesWindow(paper, Document(read_experiment("regression-shapes")), EventPump(paper))
    window.picture_asked.connect(asked.append)
    actual = np.arange(30.0)
    pictures = Gallery(
        split="test",
        count=30,
        shape=(1, 4, 4),
        picture=lambda _: np.zeros((1, 4, 4), np.uint8),
        labels=None,
        class_names=(),
    )
    window.presenter.galleries = {"test": pictures}
    window.presenter.asked(1)
    window.presenter.take_answer(1, Asked(step=1, heads=(ages(actual, actual + np.arange(30)),)))
    window.show()
    window._show()
    page = window.page
    assert isinstance(page, NumbersPage)
    assert window.examples.gallery.in_view()[:2] == [29, 28], "the largest errors first"
    page.scatter.picked.emit(3)
    assert asked == [3] and window.examples.selection == {3} == set(page.scatter._selection)
    assert window.examples.picture_words.text() == "3 years, predicted as 6 years · error +3 years"
    window.close()
