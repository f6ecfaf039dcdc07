"""From a field in the inspector to the document to the card on the canvas, and back."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFrame, QLabel, QPushButton
from pytestqt.qtbot import QtBot

from tests.gui.canvas.networks import experiment
from tests.gui.inspector.side_by_side import side_by_side
from workbench.compiler.analysis import analyse
from workbench.gui.canvas import context_menu
from workbench.gui.canvas.view import CanvasView
from workbench.gui.experiment.document import Document
from workbench.gui.forms.editors import WholeNumber
from workbench.gui.inspector.network import NetworkView
from workbench.gui.inspector.node import NodeEditor
from workbench.gui.inspector.several import SeveralEditor
from workbench.gui.inspector.view import Inspector
from workbench.spec import edits
from workbench.spec.files import read_architecture, read_experiment
from workbench.spec.graph import Node
from workbench.spec.record import replace


def opened(qtbot: QtBot) -> tuple[Document, CanvasView, Inspector]:
    document = Document(experiment(read_architecture("lenet").graph))
    return document, *side_by_side(document, qtbot)


def page(inspector: Inspector) -> NodeEditor:
    assert isinstance(inspector.page, NodeEditor)
    return inspector.page


def words(inspector: Inspector) -> str:
    return "\n".join(label.text() for label in inspector.findChildren(QLabel) if label.isVisible())


def test_an_edit_goes_to_the_document_and_to_the_card(qtbot: QtBot) -> None:
    document, canvas, inspector = opened(qtbot)
    canvas.presenter.select({"conv1"})
    editor = page(inspector).form.fields["out_channels"].editor
    assert isinstance(editor, WholeNumber)
    editor.box.selectAll()
    QTest.keyClicks(editor.box, "12")
    assert not document.can_undo
    QTest.keyClick(editor.box, Qt.Key.Key_Return)
    assert document.experiment.architecture.graph.by_name["conv1"].parameters["out_channels"] == 12
    assert canvas.canvas_scene.cards["conv1"].card.detail == "5×5, 12 filters, pad 2"
    document.undo()
    assert editor.box.value() == 6
    assert not document.can_undo


def test_a_reset_takes_the_parameter_out(qtbot: QtBot) -> None:
    document, canvas, inspector = opened(qtbot)
    canvas.presenter.select({"conv1"})
    QTest.mouseClick(page(inspector).form.fields["padding"].back, Qt.MouseButton.LeftButton)
    assert "padding" not in document.experiment.architecture.graph.by_name["conv1"].parameters


def test_a_name_is_typed_without_losing_the_field(qtbot: QtBot) -> None:
    document, canvas, inspector = opened(qtbot)
    canvas.presenter.select({"conv1"})
    editor = page(inspector)
    assert editor.name.cursorPosition() == 0, "of a long name the beginning is seen"
    QTest.keyClick(editor.name, Qt.Key.Key_End)
    QTest.keyClicks(editor.name, "x")
    QTest.keyClicks(editor.name, "y")
    assert inspector.page is editor
    assert canvas.presenter.selection == {"conv1xy"}
    QTest.keyClicks(editor.name, " ")
    assert editor.name.property("invalid")
    assert "conv1xy" in document.experiment.architecture.graph.by_name
    document.undo()
    assert "conv1" in document.experiment.architecture.graph.by_name
    assert canvas.presenter.selection == {"conv1"}


def test_a_repeat_is_set(qtbot: QtBot) -> None:
    document, canvas, inspector = opened(qtbot)
    canvas.presenter.select({"relu1"})
    page(inspector).repeat.setValue(3)
    assert canvas.canvas_scene.cards["relu1"].card.badge == "×3"
    document.undo()
    assert page(inspector).repeat.value() == 1


@pytest.mark.parametrize("typed", ["2.5", "5000"])
def test_a_repeat_that_is_no_number_or_too_large_is_refused_with_the_reason(qtbot: QtBot, typed: str) -> None:
    _, canvas, inspector = opened(qtbot)
    canvas.presenter.select({"relu1"})
    repeat = page(inspector).repeat
    repeat.selectAll()
    QTest.keyClicks(repeat, typed)
    QTest.keyClick(repeat, Qt.Key.Key_Return)
    assert repeat.value() == 1 and repeat.text() == "× 1"
    words = "The number of repeats must be a whole number from 1 to 1,000. It stays 1."
    assert page(inspector).form.words.text() == words


def test_ports_do_not_repeat_and_are_not_counted_as_layers(qtbot: QtBot) -> None:
    document, canvas, inspector = opened(qtbot)
    canvas.presenter.select({"input"})
    assert not page(inspector).repeat.isVisible()
    canvas.presenter.select({"conv1"})
    assert page(inspector).repeat.isVisible()
    canvas.presenter.select(())
    inspector.show_analysis(analyse(document.experiment.architecture, classes=10))
    num_layers = len(document.experiment.architecture.graph.nodes) - 2
    assert isinstance(inspector.page, NetworkView)
    assert inspector.page.facts.rows[0] == ("Layers", str(num_layers))


def test_facts_and_problems_come_with_the_analysis(qtbot: QtBot) -> None:
    document, canvas, inspector = opened(qtbot)
    canvas.presenter.select({"conv2"})
    inspector.show_analysis(analyse(document.experiment.architecture, classes=10))
    qtbot.waitUntil(lambda: "2,416" in words(inspector))
    graph = edits.set_parameters(document.experiment.architecture.graph, "conv2", {"kernel_size": 99})
    document.apply("break", experiment(graph))
    inspector.show_analysis(analyse(document.experiment.architecture, classes=10))
    problem = page(inspector).node_page.problems[0]
    qtbot.waitUntil(lambda: problem.what[1:] in words(inspector))
    assert problem.mend[1:] in words(inspector)


def test_with_nothing_selected_the_network_is_shown(qtbot: QtBot) -> None:
    document, canvas, inspector = opened(qtbot)
    inspector.show_analysis(analyse(document.experiment.architecture, classes=10))
    assert isinstance(inspector.page, NetworkView)
    qtbot.waitUntil(lambda: "61,706" in words(inspector))
    canvas.presenter.select({"conv1", "conv2"})
    qtbot.waitUntil(lambda: "2 nodes selected" in words(inspector))
    assert isinstance(inspector.page, SeveralEditor)


def test_the_network_s_page_begins_with_what_the_experiment_shows(qtbot: QtBot) -> None:
    document, _, inspector = opened(qtbot)
    assert document.experiment.about == "" and "perceptron" not in words(inspector)
    preset = read_experiment("perceptron-xor")
    document.replace(preset, None)
    shown = words(inspector)
    assert 0 <= shown.index(preset.about) < shown.index(preset.architecture.about)


def test_the_network_s_page_stays_where_it_was_scrolled_to_and_shows_the_newest_facts(qtbot: QtBot) -> None:
    document, _, inspector = opened(qtbot)
    inspector.show_analysis(analyse(document.experiment.architecture, classes=10))
    inspector.resize(inspector.minimumWidth(), 200)
    bar = inspector.verticalScrollBar()
    qtbot.waitUntil(lambda: bar.maximum() > 50)
    bar.setValue(50)
    graph = edits.set_parameters(document.experiment.architecture.graph, "conv1", {"out_channels": 7})
    document.apply("widen", experiment(graph))
    inspector.show_analysis(analyse(document.experiment.architecture, classes=10))
    assert isinstance(inspector.page, NetworkView)
    qtbot.waitUntil(
        lambda: dict(inspector.page.facts.rows)["Parameters"] != "61,706" and "61,706" not in words(inspector)
    )
    for about in ("What it shows", ""):
        document.apply("describe", replace(document.experiment, about=about))
        inspector.show_analysis(inspector.analysis)
        assert ("What it shows" in words(inspector)) == bool(about)
    assert bar.value() == 50
    renamed = replace(document.experiment.architecture, name="Mine")
    document.apply("rename", replace(document.experiment, architecture=renamed))
    qtbot.waitUntil(lambda: "Mine" in words(inspector))


def test_a_deleted_node_leaves_the_inspector(qtbot: QtBot) -> None:
    _, canvas, inspector = opened(qtbot)
    canvas.presenter.select({"conv1"})
    canvas.presenter.delete()
    assert isinstance(inspector.page, NetworkView)


def test_a_long_name_in_a_remedy_does_not_widen_the_page(qtbot: QtBot) -> None:
    document, canvas, inspector = opened(qtbot)
    inspector.resize(inspector.minimumWidth(), 700)
    name = "a_convolution_with_a_name_of_so_many_letters_that_no_button_has_room_for_it"
    canvas.presenter.rename("conv1", name)
    canvas.presenter.disconnect(("pool1", 0))
    canvas.presenter.select({name})
    inspector.show_analysis(analyse(document.experiment.architecture, classes=10))
    (remedy,) = (button for button in inspector.findChildren(QPushButton) if name in button.accessibleName())
    assert "…" in remedy.text() and name in remedy.toolTip()
    assert page(inspector).minimumSizeHint().width() <= inspector.viewport().width()


def test_every_layer_of_the_network_fits_the_narrowest_inspector(qtbot: QtBot) -> None:
    _, canvas, inspector = opened(qtbot)
    inspector.resize(inspector.minimumWidth(), 700)
    for name in canvas.presenter.cards:
        canvas.presenter.select({name})
        assert page(inspector).minimumSizeHint().width() <= inspector.viewport().width(), name


def test_a_button_mends_the_problem_once_and_undo_takes_it_back(qtbot: QtBot) -> None:
    document, canvas, inspector = opened(qtbot)
    broken = edits.remove_nodes(document.experiment.architecture.graph, {"flatten"})
    document.apply("break", experiment(broken))
    inspector.show_analysis(analyse(document.experiment.architecture))
    canvas.presenter.select({"fc1"})
    (button,) = page(inspector).problems.findChildren(QPushButton)
    assert button.text() == "Insert Flatten"
    QTest.mouseDClick(button, Qt.MouseButton.LeftButton)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert page(inspector).problems.shown == (), "the button is gone before the next analysis comes"
    types = [node.type for node in document.experiment.architecture.graph.nodes]
    assert types.count("Flatten") == 1
    assert analyse(document.experiment.architecture).problems == ()
    document.undo()
    assert document.experiment.architecture.graph == broken


def test_of_several_loose_cards_a_button_connects_the_nearest_above(qtbot: QtBot) -> None:
    document, canvas, inspector = opened(qtbot)
    first, second, third = (canvas.presenter.add("ReLU", (900.0, y)) for y in (100.0, 200.0, 300.0))
    inspector.show_analysis(analyse(document.experiment.architecture))
    canvas.presenter.select({third})
    button = page(inspector).problems.findChildren(QPushButton)[0]
    assert button.text() == f"Connect {second}"
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert document.experiment.architecture.graph.by_name[third].inputs == (second,)
    canvas.presenter.select({first})
    offered = [problem.remedy.words for problem in page(inspector).problems.shown if problem.remedy is not None]
    assert offered == [f"Delete {first}"], "no loose card lies above it"


def test_a_remedy_is_reached_by_keyboard_where_it_is_seen_before_the_settings(qtbot: QtBot) -> None:
    document, canvas, inspector = opened(qtbot)
    broken = edits.remove_nodes(document.experiment.architecture.graph, {"flatten"})
    document.apply("break", experiment(broken))
    inspector.show_analysis(analyse(document.experiment.architecture))
    canvas.presenter.select({"fc1"})
    inspector.enter()
    QTest.keyClick(page(inspector), Qt.Key.Key_Backtab)
    (button,) = page(inspector).problems.findChildren(QPushButton)
    assert inspector.window().focusWidget() is button


def test_of_many_problems_the_first_are_shown_errors_before_warnings(qtbot: QtBot) -> None:
    """A loose card in a block that is used a hundred times is two hundred problems, whose boxes took seconds."""
    document, _, inspector = opened(qtbot)
    loose = tuple(Node(name=f"loose{number}", type="ReLU") for number in range(15))
    graph = document.experiment.architecture.graph
    document.apply("loose", experiment(replace(graph, nodes=(*graph.nodes, *loose))))
    analysis = analyse(document.experiment.architecture)
    inspector.show_analysis(replace(analysis, problems=analysis.problems[::-1]))
    assert isinstance(inspector.page, NetworkView)
    problems = inspector.page.problems
    assert len(problems.shown) == 30
    boxes = [box.property("problem") for box in problems.findChildren(QFrame) if box.property("problem")]
    assert boxes == 15 * ["error"] + 5 * ["warning"]
    assert problems.findChildren(QLabel)[-1].text() == "10 more problems, shown once these are fixed."


def test_a_long_remedy_fits_the_narrowest_inspector(qtbot: QtBot) -> None:
    document, canvas, inspector = opened(qtbot)
    graph = document.experiment.architecture.graph
    graph = edits.add_node(graph, Node(name="add", type="Add", inputs=("pool2", "conv1")))
    document.apply("break", experiment(graph))
    inspector.resize(inspector.minimumWidth(), 700)
    inspector.show_analysis(analyse(document.experiment.architecture))
    canvas.presenter.select({"add"})
    button = page(inspector).problems.findChildren(QPushButton)[0]
    assert button.text().replace("\n", " ") == button.accessibleName()
    assert page(inspector).minimumSizeHint().width() <= inspector.viewport().width()


def test_the_cards_menu_offers_the_remedy(qtbot: QtBot) -> None:
    document, canvas, _ = opened(qtbot)
    document.apply("break", experiment(edits.remove_nodes(document.experiment.architecture.graph, {"flatten"})))
    canvas.show_analysis(analyse(document.experiment.architecture))
    place = canvas.mapFromScene(canvas.canvas_scene.cards["fc1"].sceneBoundingRect().center())
    menu = context_menu.make(canvas, place)
    assert menu.actions()[0].text() == "Insert Flatten"
    menu.actions()[0].trigger()
    assert analyse(document.experiment.architecture).problems == ()
    menu.deleteLater()


def test_one_edit_sets_several_nodes_and_is_one_step(qtbot: QtBot) -> None:
    document, canvas, inspector = opened(qtbot)
    before = document.experiment
    canvas.presenter.select({"conv1", "conv2"})
    assert isinstance(inspector.page, SeveralEditor)
    field = inspector.page.form.fields["out_channels"]
    assert field.mixed.isVisible() and field.mixed.text() == "6, 16"
    qtbot.mouseClick(field.mixed, Qt.MouseButton.LeftButton)
    assert isinstance(field.editor, WholeNumber) and field.editor.isVisible()
    field.editor.box.selectAll()
    QTest.keyClicks(field.editor.box, "12")
    assert inspector.page.form.fields["out_channels"].editor is field.editor
    QTest.keyClick(field.editor.box, Qt.Key.Key_Return)
    by_name = document.experiment.architecture.graph.by_name
    assert [by_name[name].parameters["out_channels"] for name in ("conv1", "conv2")] == [12, 12]
    assert not field.mixed.isVisible()
    document.undo()
    assert document.experiment == before
    assert field.mixed.isVisible()


def test_what_several_nodes_differ_in_is_reset_for_all(qtbot: QtBot) -> None:
    document, canvas, inspector = opened(qtbot)
    canvas.presenter.select({"conv1", "conv2"})
    assert isinstance(inspector.page, SeveralEditor)
    field = inspector.page.form.fields["padding"]
    assert field.back.isVisible()
    qtbot.mouseClick(field.back, Qt.MouseButton.LeftButton)
    by_name = document.experiment.architecture.graph.by_name
    assert "padding" not in by_name["conv1"].parameters
    assert not field.back.isVisible() and not field.mixed.isVisible()


def test_several_nodes_fit_the_narrowest_inspector(qtbot: QtBot) -> None:
    _, canvas, inspector = opened(qtbot)
    inspector.resize(inspector.minimumWidth(), 700)
    for names in ({"conv1", "conv2"}, {"fc1", "fc2", "fc3"}, set(canvas.presenter.cards)):
        canvas.presenter.select(names)
        assert isinstance(inspector.page, SeveralEditor)
        assert inspector.page.minimumSizeHint().width() <= inspector.viewport().width(), names
