"""Searches typed on the canvas: layers that fit, connections by name, and nodes of the network."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from tests.gui.canvas.hands import Open, drag, free_spot, inputs, output
from tests.gui.canvas.networks import chain
from workbench.compiler.analysis import analyse
from workbench.gui.canvas.paper import READABLE_ZOOM
from workbench.gui.canvas.view import CanvasView
from workbench.spec import edits
from workbench.spec.graph import Graph, Node
from workbench.spec.problems import SpecError

CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier

CONVOLUTION = {"out_channels": 4, "kernel_size": 3}


def checked(view: CanvasView) -> CanvasView:
    view.show_analysis(analyse(view.presenter.document.experiment.architecture))
    return view


def choose(view: CanvasView, words: str) -> None:
    QTest.keyClicks(view.searches.box.field, words)
    QTest.keyClick(view.searches.box.field, Qt.Key.Key_Return)


def titles(view: CanvasView) -> list[str]:
    return [choice.title for choice in view.searches.box.choices]


def test_a_connection_dropped_on_paper_offers_the_layers_that_fit_and_says_why_others_do_not(canvas: Open) -> None:
    view = checked(canvas(chain("Flatten")))
    drag(view, output(view, "n0"), free_spot(view))
    assert "Linear" in titles(view) and "Conv2d" not in titles(view)
    QTest.keyClicks(view.searches.box.field, "conv2d")
    choice = view.searches.box.choices[0]
    assert (choice.title, choice.possible) == ("Conv2d", False) and "gets a vector of 784" in choice.note
    QTest.keyClick(view.searches.box.field, Qt.Key.Key_Return)
    assert inputs(view)["conv1"] == ("n0",)


def test_tab_adds_after_the_selection_into_its_chain(canvas: Open) -> None:
    view = canvas(chain("ReLU", "ReLU"))
    view.presenter.select({"n0"})
    QTest.keyClick(view, Qt.Key.Key_Tab)
    assert "Input" not in titles(view)
    choose(view, "tanh")
    assert inputs(view)["tanh1"] == ("n0",) and inputs(view)["n1"] == ("tanh1",)
    assert view.presenter.selection == {"tanh1"} and view.hasFocus()


def test_all_layers_of_a_type_are_replaced_by_typing_another(canvas: Open) -> None:
    graph = chain("Flatten", "ReLU", "Tanh", "ReLU")
    for old, new in (("n1", "relu1"), ("n3", "last")):
        graph = edits.rename(graph, old, new)
    view = canvas(graph)
    before = view.presenter.document.experiment
    view.presenter.select({"relu1"})
    QTest.keyClick(view, Qt.Key.Key_T)
    assert view.presenter.selection == {"relu1", "last"}
    QTest.keyClick(view, Qt.Key.Key_H, CONTROL)
    assert view.searches.box.field.placeholderText() == "Replace 2 nodes with"
    assert "Output" not in titles(view) and titles(view).index("Sigmoid") < titles(view).index("Conv2d")
    choose(view, "sigmoid")
    types = {node.name: node.type for node in view.presenter.architecture().graph.nodes}
    assert types == {
        "input": "Input",
        "n0": "Flatten",
        "sigmoid1": "Sigmoid",
        "n2": "Tanh",
        "last": "Sigmoid",
        "output": "Output",
    }
    assert inputs(view)["n2"] == ("sigmoid1",) and inputs(view)["output"] == ("last",)
    assert view.presenter.selection == {"sigmoid1", "last"} and view.hasFocus()
    view.presenter.document.undo()
    assert view.presenter.document.experiment == before


def test_a_replaced_layer_keeps_what_both_can_be_set_to_and_refuses_what_cannot_be(canvas: Open) -> None:
    graph = edits.add_node(chain("ReLU"), Node(name="sum", type="Add", inputs=("n0", "input")))
    pool = Node(name="pool", type="MaxPool2d", inputs=("input",), parameters={"kernel_size": 3, "stride": 2})
    view = canvas(edits.add_node(graph, pool))
    view.presenter.select({"pool"})
    view.presenter.replace_selected("AvgPool2d")
    assert view.presenter.node("pool").parameters == {"kernel_size": 3, "stride": 2}
    view.presenter.replace_selected("Dropout")
    assert view.presenter.node("pool").parameters == {}
    view.presenter.select({"sum"})
    with pytest.raises(SpecError, match="sum has 2 inputs, and Tanh takes fewer"):
        view.presenter.replace_selected("Tanh")
    view.presenter.replace_selected("Concat")
    assert inputs(view)["sum"] == ("n0", "input")
    view.presenter.select({"input"})
    with pytest.raises(SpecError, match="input is an Input"):
        view.presenter.replace_selected("Tanh")


def test_a_node_is_connected_to_another_by_typing_its_name(canvas: Open) -> None:
    graph = edits.add_node(chain("ReLU", "Flatten"), Node(name="conv", type="Conv2d", parameters=CONVOLUTION))
    view = checked(canvas(edits.add_node(graph, Node(name="sum", type="Add"))))
    view.presenter.select({"n1"})
    QTest.keyClick(view, Qt.Key.Key_L)
    reasons = {choice.title: (choice.possible, choice.note) for choice in view.searches.box.choices}
    assert reasons["to sum"] == (True, "Add")
    assert not reasons["to n0"][0] and "cycle" in reasons["to n0"][1]
    assert not reasons["to conv"][0] and "a vector of 784" in reasons["to conv"][1]
    assert not reasons["to input"][0]
    choose(view, "su")
    assert inputs(view)["sum"] == ("n1",)
    QTest.keyClick(view, Qt.Key.Key_L)
    choose(view, "n0")
    assert "cycle" in view.toast.text()


def test_a_card_that_nothing_feeds_is_connected_by_the_name_of_what_shall_feed_it(canvas: Open) -> None:
    """Whatever stands above it; what cannot feed it says why."""
    graph = edits.add_node(chain("Flatten", "ReLU"), Node(name="conv", type="Conv2d", parameters=CONVOLUTION))
    view = checked(canvas(edits.add_node(graph, Node(name="scores", type="ScaledDotProduct"))))
    view.presenter.select({"conv"})
    QTest.keyClick(view, Qt.Key.Key_L)
    reasons = {choice.title: (choice.possible, choice.note) for choice in view.searches.box.choices}
    assert titles(view)[:2] == ["from input", "from scores"] and reasons["to n1"][0]
    assert not reasons["from n0"][0] and "a vector of 784" in reasons["from n0"][1]
    choose(view, "input")
    assert inputs(view)["conv"] == ("input",)
    QTest.keyClick(view, Qt.Key.Key_L)
    assert all(title.startswith("to ") for title in titles(view))
    choose(view, "scores")
    view.presenter.select({"scores"})
    QTest.keyClick(view, Qt.Key.Key_L)
    choose(view, "n1")
    assert inputs(view)["scores"] == ("conv", "n1"), "the free input is taken"


def test_an_output_is_connected_by_the_name_of_another_source(canvas: Open) -> None:
    view = canvas(chain("Flatten", "ReLU"))
    view.presenter.select({"output"})
    QTest.keyClick(view, Qt.Key.Key_L)
    assert all(title.startswith("from ") for title in titles(view))
    choose(view, "n0")
    assert inputs(view)["output"] == ("n0",)


def test_the_only_node_is_told_that_it_is_alone(canvas: Open) -> None:
    view = canvas(Graph(nodes=(Node(name="alone", type="ReLU"),)))
    view.presenter.select({"alone"})
    QTest.keyClick(view, Qt.Key.Key_L)
    assert not view.searches.box.isVisible() and "alone is the only node" in view.toast.text()


def test_a_connection_is_let_go_by_the_name_at_its_other_end(canvas: Open) -> None:
    view = canvas(chain("ReLU", "ReLU"))
    view.presenter.select({"n0"})
    QTest.keyClick(view, Qt.Key.Key_L, SHIFT)
    assert titles(view) == ["from input", "to n1"]
    choose(view, "n1")
    assert inputs(view)["n1"] == () and inputs(view)["n0"] == ("input",)
    view.presenter.select(())
    QTest.keyClick(view, Qt.Key.Key_L, SHIFT)
    assert not view.searches.box.isVisible() and "Select one connected node" in view.toast.text()


def test_control_and_arrows_walk_along_the_connections(canvas: Open) -> None:
    view = canvas(chain("ReLU", "ReLU"))
    walked = []
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Up):
        QTest.keyClick(view, key, CONTROL)
        walked.append(set(view.presenter.selection))
    assert walked == [{"input"}, {"n0"}, {"n1"}, {"n0"}]
    QTest.keyClick(view, Qt.Key.Key_Down, CONTROL | SHIFT)
    QTest.keyClick(view, Qt.Key.Key_Down, CONTROL | SHIFT)
    assert view.presenter.selection == {"n0", "n1", "output"}
    assert not view.presenter.document.can_undo


def test_the_find_bar_flies_from_match_to_match(canvas: Open, qtbot: QtBot) -> None:
    nodes = chain("ReLU", "ReLU", "Tanh", "ReLU").nodes
    far = [edits.replace(node, position=(0.0, 900.0 * index)) for index, node in enumerate(nodes)]
    view = canvas(Graph(nodes=tuple(far)))
    QTest.keyClick(view, Qt.Key.Key_F, CONTROL)
    QTest.keyClicks(view.find_bar.field, "relu")
    assert (view.find_bar.count.text(), view.presenter.selection) == ("1 of 3", {"n0"})
    for key, held, shown, name in (
        (Qt.Key.Key_Return, Qt.KeyboardModifier.NoModifier, "2 of 3", "n1"),
        (Qt.Key.Key_Return, Qt.KeyboardModifier.NoModifier, "3 of 3", "n3"),
        (Qt.Key.Key_Return, Qt.KeyboardModifier.NoModifier, "1 of 3", "n0"),
        (Qt.Key.Key_Return, SHIFT, "3 of 3", "n3"),
    ):
        QTest.keyClick(view.find_bar.field, key, held)
        assert (view.find_bar.count.text(), view.presenter.selection) == (shown, {name})
    qtbot.waitUntil(lambda: not view.motion.under_way)
    card = view.canvas_scene.cards["n3"].sceneBoundingRect().center()
    assert (view.mapFromScene(card) - view.viewport().rect().center()).manhattanLength() <= 4
    QTest.keyClicks(view.find_bar.field, "xyz")
    assert view.find_bar.count.text() == "no matches"
    QTest.keyClick(view.find_bar.field, Qt.Key.Key_Escape)
    assert not view.find_bar.isVisible() and view.hasFocus()


@pytest.mark.parametrize("hand", ["mouse", "key"])
def test_a_glide_gives_way_to_the_hand(canvas: Open, hand: str) -> None:
    view = canvas(chain("ReLU"))
    view.zoom_by(0.3)
    view.find_bar.open()
    QTest.keyClicks(view.find_bar.field, "n0")
    assert view.motion.under_way
    if hand == "mouse":
        QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=free_spot(view))
    else:
        view.motion.finish()
    assert not view.motion.under_way and view.zoom() == pytest.approx(READABLE_ZOOM)
