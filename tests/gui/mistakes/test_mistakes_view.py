"""The window of mistakes on a real run: matrix, pairs and pictures agree, and a picture leads to its neighbours."""

from __future__ import annotations

from threading import Event
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtWidgets import QWidget

from tests.gui.hands import press, shorten, state
from workbench.data.progress import silent
from workbench.events import DataPrepared
from workbench.gui.mistakes.classes.presenter import Chosen
from workbench.gui.run_bar.presenter import Command
from workbench.gui.runtime.run_states import State
from workbench.gui.settings.presenter import with_training
from workbench.gui.widgets import theme
from workbench.gui.widgets.pictures import as_image
from workbench.session.views.mistakes.asked import Asked, mistakes_of_run
from workbench.session.views.mistakes.classes import ClassMistakes
from workbench.spec.column import Column
from workbench.spec.files import read_experiment
from workbench.spec.override import override

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytestqt.qtbot import QtBot

    from tests.gui.conftest import Wait
    from workbench.gui.mistakes.view import MistakesWindow
    from workbench.gui.window.main_window import MainWindow


def test_from_a_pair_to_its_pictures_to_their_neighbours(window: MainWindow, qtbot: QtBot, wait: Wait) -> None:
    from workbench.gui.mistakes.view import MistakesWindow

    window.commands["mistakes"].trigger()
    mistakes = window.findChild(MistakesWindow)
    assert isinstance(mistakes, MistakesWindow)
    assert mistakes.empty.isVisible() and mistakes.empty.heading == "No mistakes yet"
    assert not mistakes.everything.isEnabled()
    told: set[str] = set()
    listening = window.pump.ticked.connect(lambda: told.add(mistakes.empty.heading))
    press(qtbot, window, Command.RUN)
    wait(lambda: state(window) is State.RUNNING and window.run_bar.presenter._step > 0)
    press(qtbot, window, Command.PAUSE)
    wait(lambda: state(window) is State.PAUSED)
    bar = window.run_bar.presenter
    wait(lambda: mistakes.presenter.mistakes is not None and mistakes.presenter.mistakes.step == bar._step)
    found = mistakes.presenter.mistakes
    assert found is not None and f"step {bar._step:,}" in mistakes.words.text()
    window.pump.ticked.disconnect(listening)
    assert "Evaluating the network…" in told
    mistakes.everything.setFocus()
    parts = (mistakes.page, mistakes.page.aside, mistakes.examples)
    reached = []
    while mistakes.focusNextPrevChild(True) and (focused := mistakes.focusWidget()) is not mistakes.splits:
        reached += [place for place, part in enumerate(parts) if part.isAncestorOf(focused) or part is focused]
    assert {*reached} == {0, 1, 2} and reached == sorted(reached), "Tab goes as one reads"

    qtbot.mouseClick(
        mistakes.page.pairs.viewport(),
        Qt.MouseButton.LeftButton,
        pos=mistakes.page.pairs.visualItemRect(mistakes.page.pairs.topLevelItem(0)).center(),
    )
    first = found.confusions[0]
    assert mistakes.page.presenter.chosen == Chosen(label=first.label, predicted=first.predicted)
    assert (
        mistakes.examples.chosen_words.text().endswith(f" · {first.count:,}")
        and mistakes.examples.order.currentText() == "Worst first"
    )
    tile = QPoint(20, 20)
    picture = mistakes.examples.gallery.index_at(QPointF(tile))
    assert picture == found.pictures(first.label, first.predicted)[0]
    qtbot.mouseClick(mistakes.examples.gallery.viewport(), Qt.MouseButton.LeftButton, pos=tile)
    assert "confidence" in mistakes.examples.picture_words.text()
    assert mistakes.examples.looks.attention.isHidden() and not mistakes.examples.looks.attention.isEnabled(), (
        "LeNet attends to nothing"
    )
    least = mistakes.minimumSizeHint()
    mistakes.examples.picture_words.setText("a class with a long name, " * 30)
    assert mistakes.minimumSizeHint() == least, "long names leave the matrix its room"
    neighbours = window.watch.panels["neighbours"].presenter
    assert neighbours.query == picture
    wait(lambda: len(neighbours.neighbours) > 0)

    mistakes.everything.click()
    assert mistakes.page.presenter.chosen == Chosen() and mistakes.page.pairs.selectedItems() == []
    qtbot.keyClick(mistakes, Qt.Key.Key_Escape)
    assert all(follower.listener is not mistakes for follower in window.pump._followers)
    press(qtbot, window, Command.STOP)
    wait(lambda: state(window) is State.STOPPED)


def test_wrong_labels_among_the_training_pictures_are_excluded_and_restored(
    window: MainWindow, qtbot: QtBot, wait: Wait
) -> None:
    """In the order of the command, by keyboard alone; the next run does without them."""
    from workbench.gui.mistakes.view import MistakesWindow

    shorten(window, epochs=1)
    wait(lambda: window.checker.settled)
    press(qtbot, window, Command.RUN)
    wait(lambda: state(window) is State.FINISHED)
    window.commands["mistakes"].trigger()
    mistakes = window.findChild(MistakesWindow)
    assert isinstance(mistakes, MistakesWindow)
    wait(lambda: mistakes.presenter.mistakes is not None)
    assert [mistakes.splits.itemData(row) for row in range(mistakes.splits.count())] == ["test", "val", "train"]
    asked: list[int] = []
    mistakes.picture_asked.connect(asked.append)
    qtbot.keyClick(mistakes.splits, Qt.Key.Key_End)
    wait(lambda: mistakes.words.text().startswith("Training · "))
    assert not mistakes.progress.isVisible()

    def room_below() -> int:
        return (
            mistakes.height() - mistakes.page.matrix.mapTo(mistakes, mistakes.page.matrix.rect().bottomLeft()).y() - 1
        )

    wait(lambda: room_below() == theme.SPACE_M)  # no blank strip where nothing is told
    qtbot.keyClick(mistakes.examples.most, Qt.Key.Key_Down)
    run = window.trainer.run
    assert run is not None
    (found,) = mistakes_of_run(run.folder, silent, "train").heads
    assert found.names is not None
    worst = [str(found.names[row]) for row in found.worst[:50]]
    assert mistakes.presenter.names(mistakes.page.presenter.pictures) == worst
    qtbot.keyClick(mistakes.examples.gallery, Qt.Key.Key_Right)
    assert mistakes.examples.exclude.text() == "Exclude from the data" and not asked, (
        "neighbours are of the test pictures"
    )
    qtbot.keyClick(mistakes.examples.gallery, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    assert (
        mistakes.examples.picture_words.text() == "50 selected"
        and mistakes.examples.exclude.text() == "Exclude 50 from the data"
    )
    qtbot.keyClick(mistakes, Qt.Key.Key_Delete)
    data = window.document.experiment.data
    assert set(data.leave_out) == set(worst) and window.document.undo_label == "exclude 50 pictures"
    assert mistakes.note.text() == "50 pictures excluded from the data: the next run does without them."
    wait(lambda: room_below() > theme.SPACE_M + mistakes.note.height() > theme.SPACE_M)
    assert all(mistakes.presenter.mark(row) == "out" for row in mistakes.page.presenter.pictures)
    press(qtbot, window, Command.RUN)
    wait(lambda: window.trainer.run not in (None, run) and state(window) is State.FINISHED)
    again = window.trainer.run
    assert again is not None
    before, after = (next(e for e in each.log.since(0) if isinstance(e, DataPrepared)) for each in (run, again))
    assert after.num_train == before.num_train - 50
    wait(lambda: mistakes.presenter.mistakes is not None)
    assert not mistakes.note.text(), "this run did without them"
    qtbot.keyClick(mistakes, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert not window.document.experiment.data.leave_out
    mistakes.close()


def test_pictures_of_a_category_the_most_confident_first(window: MainWindow, qtbot: QtBot, wait: Wait) -> None:
    from workbench.gui.mistakes.view import MistakesWindow

    shorten(window, epochs=1)
    wait(lambda: window.checker.settled)
    press(qtbot, window, Command.RUN)
    wait(lambda: state(window) is State.FINISHED)
    window.commands["mistakes"].trigger()
    mistakes = window.findChild(MistakesWindow)
    assert isinstance(mistakes, MistakesWindow)
    wait(lambda: mistakes.presenter.mistakes is not None)
    found = mistakes.presenter.mistakes
    assert found is not None
    best = int(found.matrix.diagonal().argmax())
    tile = QPoint(20, 20)

    def first() -> int | None:
        return mistakes.examples.gallery.index_at(QPointF(tile))

    mistakes.page.matrix.chosen.emit(Chosen(label=best, predicted=best))
    right = np.flatnonzero((found.labels == best) & (found.predicted == best))
    assert mistakes.examples.order.currentText() == "Least confident first"
    assert first() == right[found.confidence[right].argmin()]
    qtbot.keyClick(mistakes.examples.order, Qt.Key.Key_Down)
    assert mistakes.examples.order.currentText() == "Most confident first"
    assert first() == right[found.confidence[right].argmax()]
    wrong = np.flatnonzero(found.labels != found.predicted)
    mistakes.everything.click()
    assert first() == wrong[found.confidence[wrong].argmax()], "the order stays"
    qtbot.keyClick(mistakes.examples.order, Qt.Key.Key_Up)
    assert mistakes.examples.order.currentText() == "Worst first" and first() == wrong[found.losses[wrong].argmax()]


def of_training(window: MainWindow, qtbot: QtBot, wait: Wait) -> MistakesWindow:
    """The window of mistakes with the training pictures of a run that has finished."""
    from workbench.gui.mistakes.view import MistakesWindow

    shorten(window, epochs=1)
    wait(lambda: window.checker.settled)
    press(qtbot, window, Command.RUN)
    wait(lambda: state(window) is State.FINISHED)
    window.commands["mistakes"].trigger()
    mistakes = window.findChild(MistakesWindow)
    assert isinstance(mistakes, MistakesWindow)
    wait(lambda: mistakes.presenter.mistakes is not None)
    qtbot.keyClick(mistakes.splits, Qt.Key.Key_End)
    wait(lambda: mistakes.words.text().startswith("Training · "))
    return mistakes


def test_a_label_is_corrected_and_restored_by_keyboard_alone(window: MainWindow, qtbot: QtBot, wait: Wait) -> None:
    """The network's answer is the first suggestion or, once it is corrected, the class in the data."""
    mistakes, document = of_training(window, qtbot, wait), window.document
    presenter, found = mistakes.page.presenter, mistakes.presenter.mistakes
    assert found is not None and found.names is not None and not mistakes.examples.relabel.isEnabled()
    first = int(presenter.pictures[0])
    name, own = str(found.names[first]), found.class_names[found.labels[first]]
    predicted = found.class_names[found.predicted[first]]
    qtbot.keyClick(mistakes.examples.gallery, Qt.Key.Key_Right)
    qtbot.keyClick(mistakes, Qt.Key.Key_F2)
    assert (
        mistakes.examples.labels.isVisible() and mistakes.examples.labels.field.placeholderText() == f"Label {name} as"
    )
    assert [line.title for line in mistakes.examples.labels.choices] == [
        predicted,
        *(each for each in found.class_names if each not in (predicted, own)),
    ]
    qtbot.keyClick(mistakes.examples.labels.field, Qt.Key.Key_Escape)
    assert mistakes.isVisible() and not mistakes.examples.labels.isVisible() and not document.experiment.data.relabel
    qtbot.keyClick(mistakes, Qt.Key.Key_F2)
    qtbot.keyClick(mistakes.examples.labels.field, Qt.Key.Key_Return)
    assert document.experiment.data.relabel == {found.target: {name: predicted}}
    assert document.undo_label == f"label {name} as {predicted}"
    assert presenter.badge(first) == f"was {own}" and mistakes.examples.gallery.hasFocus()
    assert mistakes.examples.picture_words.text().endswith(f"corrected to {predicted}")
    assert mistakes.note.text() == "1 label corrected: the next run takes it so."
    qtbot.keyClick(mistakes, Qt.Key.Key_F2)
    assert [line.title for line in mistakes.examples.labels.choices[:1]] == [own]
    qtbot.keyClick(mistakes.examples.labels.field, Qt.Key.Key_Return)
    assert not document.experiment.data.relabel and not presenter.badge(first) and not mistakes.note.text()
    document.undo()
    assert document.experiment.data.relabel == {found.target: {name: predicted}}, "each choice is one edit"
    document.undo()
    assert not document.experiment.data.relabel
    mistakes.close()


def test_many_labels_are_corrected_at_once_and_the_next_run_has_them(
    window: MainWindow, qtbot: QtBot, wait: Wait
) -> None:
    """They are one edit, which one undo takes back."""
    mistakes, document = of_training(window, qtbot, wait), window.document
    presenter, found, run = mistakes.page.presenter, mistakes.presenter.mistakes, window.trainer.run
    assert found is not None and found.names is not None and run is not None
    qtbot.keyClick(mistakes.examples.gallery, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClick(mistakes, Qt.Key.Key_F2)
    assert mistakes.examples.labels.choices[0].title == "Each as predicted"
    qtbot.keyClick(mistakes.examples.labels.field, Qt.Key.Key_Return)
    labels = {str(found.names[row]): found.class_names[found.predicted[row]] for row in found.pictures()}
    assert document.experiment.data.relabel == {found.target: labels}
    assert document.undo_label == f"label {len(labels):,} pictures as predicted"
    press(qtbot, window, Command.RUN)
    wait(lambda: window.trainer.run not in (None, run) and state(window) is State.FINISHED)
    again = window.trainer.run
    assert again is not None
    before, after = (next(e for e in each.log.since(0) if isinstance(e, DataPrepared)) for each in (run, again))
    assert after.num_relabelled == len(labels) and after.num_train == before.num_train
    qtbot.keyClick(mistakes.splits, Qt.Key.Key_End)
    wait(lambda: mistakes.words.text().startswith("Training · ") and presenter.found is not found)
    assert sum(bool(presenter.badge(row)) for row in range(after.num_train)) == len(labels)
    assert not mistakes.note.text(), "this run has them"
    document.undo()
    assert document.experiment.data.relabel == {}
    assert mistakes.note.text() == f"{len(labels):,} labels corrected: the next run takes them so."
    mistakes.close()


def test_the_pictures_of_another_run_take_the_place_of_those_before(
    window: MainWindow, qtbot: QtBot, wait: Wait
) -> None:
    """Both show their test pictures at first; what was selected has another meaning then."""
    from workbench.gui.mistakes.view import MistakesWindow

    window.commands["mistakes"].trigger()
    mistakes = window.findChild(MistakesWindow)
    assert isinstance(mistakes, MistakesWindow)
    for seed in (1, 2):
        before = window.trainer.run
        experiment = override(window.document.experiment, "seed", str(seed))
        window.document.replace(experiment, window.document.path)
        shorten(window, epochs=1)
        wait(lambda: window.checker.settled)
        press(qtbot, window, Command.RUN)
        wait(lambda before=before: window.trainer.run not in (None, before) and state(window) is State.FINISHED)
        wait(lambda: mistakes.presenter.mistakes is not None)
        assert not mistakes.examples.gallery.selection and mistakes.examples.picture_words.text() == " "
        first = int(mistakes.page.presenter.pictures[0])
        wait(lambda first=first: not mistakes.examples.images(first).isNull())
        assert mistakes.examples.images(first) == as_image(mistakes.presenter.galleries["test"].picture(first))
        qtbot.keyClick(mistakes.examples.gallery, Qt.Key.Key_Right)
        assert mistakes.examples.gallery.selection == {first}
    mistakes.close()


def test_an_evaluation_is_cancelled_and_the_split_before_remains(window: MainWindow, qtbot: QtBot, wait: Wait) -> None:
    from workbench.gui.mistakes.view import MistakesWindow

    shorten(window, epochs=1)
    wait(lambda: window.checker.settled)
    press(qtbot, window, Command.RUN)
    wait(lambda: state(window) is State.FINISHED)
    window.commands["mistakes"].trigger()
    mistakes = window.findChild(MistakesWindow)
    assert isinstance(mistakes, MistakesWindow)
    wait(lambda: mistakes.presenter.mistakes is not None)
    run, go_on, sizes = window.trainer.run, Event(), list[int]()
    assert run is not None and run.insight._source is not None

    def hold(_: object, inputs: Sequence[Sequence[object]]) -> None:
        sizes.append(len(inputs[0]))
        assert go_on.wait(60)

    held = run.insight._source.state.learnt.register_forward_pre_hook(hold)
    qtbot.keyClick(mistakes.splits, Qt.Key.Key_End)
    wait(lambda: mistakes.progress.isVisible() and len(sizes) == 1)
    assert mistakes.progress.words.text() == "Evaluating the training pictures…"
    assert mistakes.words.text().startswith("Test · "), "until the other split is evaluated"
    qtbot.mouseClick(mistakes.progress.cancel, Qt.MouseButton.LeftButton)
    assert not mistakes.progress.isVisible() and mistakes.splits.currentData() == "test"
    go_on.set()
    number = mistakes._answer_number
    wait(lambda: mistakes._answer_number > number)
    assert len(sizes) == 1 and mistakes.words.text().startswith("Test · ") and not mistakes.note.text()

    go_on.clear()
    qtbot.keyClick(mistakes.splits, Qt.Key.Key_End)
    wait(mistakes.progress.isVisible)
    qtbot.keyClick(mistakes.splits, Qt.Key.Key_Home)
    assert not mistakes.progress.isVisible(), "the test pictures are shown already"
    go_on.set()
    held.remove()
    mistakes.close()


def test_the_mistakes_on_points_are_a_matrix_without_pictures(window: MainWindow, qtbot: QtBot, wait: Wait) -> None:
    from workbench.gui.mistakes.view import MistakesWindow

    window.document.replace(with_training(read_experiment("mlp-xor"), epochs=1), None)
    wait(lambda: window.checker.settled)
    press(qtbot, window, Command.RUN)
    wait(lambda: state(window) is State.FINISHED)
    window.commands["mistakes"].trigger()
    mistakes = window.findChild(MistakesWindow)
    assert isinstance(mistakes, MistakesWindow)
    wait(lambda: mistakes.presenter.mistakes is not None)
    assert mistakes.words.text().startswith("Test · ") and mistakes.page.pairs.topLevelItemCount() > 0
    assert (
        not mistakes.examples.gallery.isVisibleTo(mistakes)
        and mistakes.examples.chosen_words.isHidden()
        and not window.messages.messages
    )
    mistakes.close()


def test_series_are_shown_as_curves_excluded_and_have_neighbours(window: MainWindow, qtbot: QtBot, wait: Wait) -> None:
    from workbench.gui.mistakes.view import MistakesWindow

    window.document.replace(with_training(read_experiment("conv1d-series"), epochs=1), None)
    wait(lambda: window.checker.settled)
    press(qtbot, window, Command.RUN)
    wait(lambda: state(window) is State.FINISHED)
    window.commands["mistakes"].trigger()
    mistakes = window.findChild(MistakesWindow)
    assert isinstance(mistakes, MistakesWindow)
    wait(lambda: mistakes.presenter.mistakes is not None)
    examples, index = mistakes.examples, int(mistakes.page.presenter.pictures[0])
    assert examples.gallery.isVisibleTo(mistakes) and examples.looks.why.isHidden()
    wait(lambda: not examples.images(index).isNull())
    assert examples.images(index).width() == 2 * examples.images(index).height()
    panel = window.watch.panels["neighbours"]
    examples.gallery.chosen.emit(index)
    wait(lambda: len(panel.presenter.neighbours) == 20)
    assert panel.presenter.query == index and panel.descriptors.count() == 1
    assert panel.classes.currentText() == "All 300 test series"
    examples.exclude.click()
    assert window.document.experiment.data.leave_out == (f"test/{index}",) and mistakes.presenter.mark(index) == "out"
    mistakes.close()


def test_rows_of_a_table_are_listed_excluded_corrected_and_explained(
    window: MainWindow, qtbot: QtBot, wait: Wait
) -> None:
    from workbench.gui.mistakes.view import MistakesWindow
    from workbench.gui.why.view import WhyWindow

    window.document.replace(read_experiment("mlp-wines"), None)
    wait(lambda: window.checker.settled)
    press(qtbot, window, Command.RUN)
    wait(lambda: state(window) is State.FINISHED)
    window.commands["mistakes"].trigger()
    mistakes = window.findChild(MistakesWindow)
    assert isinstance(mistakes, MistakesWindow)
    wait(lambda: mistakes.presenter.mistakes is not None)
    found = mistakes.presenter.mistakes
    assert not mistakes.examples.gallery.isVisibleTo(mistakes) and mistakes.examples.rows.isVisibleTo(mistakes)
    model = mistakes.examples.rows.model()
    worst = [str(found.names[row]) for row in mistakes.page.presenter.pictures]
    assert worst and [model.index(row, 0).data().split(" · ")[0] for row in range(model.rowCount())] == worst
    assert not mistakes.examples.exclude.isEnabled()
    tips = [
        each.toolTip()
        for each in (mistakes.examples.exclude, mistakes.examples.relabel, mistakes.splits, mistakes.examples.most)
    ]
    assert all("row" in tip.lower() and "picture" not in tip.lower() for tip in tips)
    mistakes.examples.rows.selectAll()
    assert mistakes.examples.exclude.text() == (
        f"Exclude {len(worst)} from the data" if len(worst) > 1 else "Exclude from the data"
    )
    mistakes.examples.rows.clearSelection()
    mistakes.examples.rows.setCurrentIndex(model.index(0, 0))
    mistakes.examples.exclude.click()
    assert window.document.experiment.data.leave_out == (worst[0],)
    assert mistakes.note.text().startswith("1 row excluded from the data: the next run does without it")
    assert (
        model.index(0, 0).data(Qt.ItemDataRole.FontRole).strikeOut() and mistakes.examples.exclude.text() == "Restore"
    )
    qtbot.keyClick(mistakes, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert not window.document.experiment.data.leave_out and mistakes.examples.exclude.text() == "Exclude from the data"
    qtbot.keyClick(mistakes, Qt.Key.Key_F2)
    qtbot.keyClick(mistakes.examples.labels.field, Qt.Key.Key_Return)
    predicted = found.class_names[found.predicted[mistakes.page.presenter.pictures[0]]]
    assert window.document.experiment.data.relabel == {found.target: {worst[0]: predicted}}
    assert mistakes.examples.rows.hasFocus() and "corrected to" in mistakes.examples.picture_words.text()
    mark = f"{worst[0]} · corrected to {predicted}"
    words = model.index(0, 0).data()
    assert words.startswith(mark) and model.index(0, 0).data(Qt.ItemDataRole.ToolTipRole) == words
    width = mistakes.examples.rows.fontMetrics().horizontalAdvance(mark)
    assert width < mistakes.examples.rows.viewport().width(), "in sight without scrolling"
    wait(
        lambda: (
            mistakes.examples.rows.visualRect(model.index(0, 0)).width()
            >= mistakes.examples.rows.sizeHintForIndex(model.index(0, 0)).width()
        )
    )
    qtbot.keyClick(mistakes, Qt.Key.Key_F2)
    assert mistakes.examples.labels.isVisible() and len(mistakes.examples.selection) == 1
    mistakes.examples.labels.close()
    qtbot.keyClick(mistakes, Qt.Key.Key_J, Qt.KeyboardModifier.ControlModifier)
    why = window.windows.shown(WhyWindow)
    assert why is not None
    wait(lambda: why.presenter.map is not None)
    shares = [abs(bar.share) for bar in why.presenter.bars]
    assert len(shares) == 12 and shares == sorted(shares, reverse=True) and shares[0] == pytest.approx(1)
    assert (
        why.row.isVisible()
        and why.picture.isHidden()
        and why.row.tip(QPointF(5, 5)).startswith(f"{why.presenter.bars[0].name}: ")
    )
    occluded = why.row.grab().toImage()
    qtbot.keyClick(why.methods, Qt.Key.Key_End)
    wait(lambda: why.presenter.map is not None)
    assert why.row.grab().toImage() != occluded
    qtbot.mouseClick(mistakes.examples.rows.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(20, 5))
    assert why.presenter.picture == mistakes.examples._current
    why.close()
    mistakes.begin(window.trainer.run)
    assert not mistakes.examples.labels.isVisible(), "the rows of another run are others"
    qtbot.keyClick(mistakes, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    assert not mistakes.examples.selection, "nor is anything looked into that is no longer shown"
    mistakes.feed([], "finished")
    wait(lambda: mistakes.presenter.mistakes is not None)
    qtbot.keyClick(mistakes.splits, Qt.Key.Key_End)
    wait(lambda: mistakes.words.text().startswith("Training · "))
    assert not mistakes.examples.rows.selection and model.rowCount() == len(mistakes.page.presenter.pictures)
    mistakes.close()


def test_the_output_whose_mistakes_are_shown_is_chosen_by_keys(qtbot: QtBot) -> None:
    from workbench.gui.experiment.document import Document
    from workbench.gui.mistakes.view import MistakesWindow
    from workbench.gui.runtime.event_pump import EventPump

    def mistakes(output: str, target: str, names: tuple[str, ...]) -> ClassMistakes:
        labels = np.arange(len(names))
        sure, none = np.ones(len(names), np.float32), np.zeros(len(names), np.float32)
        given = {"labels": labels, "predicted": labels[::-1], "confidence": sure, "losses": none}
        column = Column(name=target, names=names)
        return ClassMistakes(split="test", step=1, output=output, column=column, **given)

    paper = QWidget()
    qtbot.addWidget(paper)
    window = MistakesWindow(paper, Document(read_experiment("lenet-digits")), EventPump(paper))
    shape, colour = (
        mistakes("first", "shape", ("circle", "square")),
        mistakes("second", "colour", ("red", "blue", "grey")),
    )
    window.show()
    window.presenter.asked(1)
    window.presenter.take_answer(1, Asked(step=1, heads=(shape,)))
    window._show()
    assert not window.heads.isVisible()
    window.presenter.take_answer(1, Asked(step=1, heads=(shape, colour)))
    window._show()
    assert window.heads.isVisible() and window.words.text() == "Test · 0 of 2 correct (0.0 %) · step 1"
    window.page.matrix.chosen.emit(Chosen(label=1, predicted=0))
    qtbot.keyClick(window.heads, Qt.Key.Key_Down)
    assert window.heads.currentText() == "second → colour"
    assert window.words.text() == "Test · 1 of 3 correct (33.3 %) · step 1"
    assert window.page.pairs.topLevelItem(0).text(0) == "red → grey"
    assert window.page.presenter.chosen == Chosen(), "the classes of another output are others"
    assert window.page.presenter.picture(0).head == "second → colour", "Why… is asked of the same output"
    window.close()
