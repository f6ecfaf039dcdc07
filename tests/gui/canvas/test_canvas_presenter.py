"""The text on cards and the effect of gestures, without a window."""

from itertools import product

import pytest

from tests.gui.canvas.networks import TWO_WAYS, chain, experiment
from workbench.compiler.analysis import analyse
from workbench.gui.canvas import geometry
from workbench.gui.canvas.cards import detail, size_words
from workbench.gui.canvas.presenter import Presenter
from workbench.gui.experiment.document import Document
from workbench.spec import edits
from workbench.spec.files import read_architecture, read_experiment
from workbench.spec.graph import Graph, Node
from workbench.spec.problems import SpecError
from workbench.spec.record import replace


def presenter_of(graph: Graph, blocks: dict[str, Graph] | None = None) -> Presenter:
    return Presenter(Document(experiment(graph, blocks)))


def lenet() -> Presenter:
    architecture = read_architecture("lenet")
    presenter = presenter_of(architecture.graph)
    presenter.show_analysis(analyse(architecture, classes=10))
    return presenter


def sources(presenter: Presenter) -> dict[str, tuple[str, ...]]:
    return {node.name: node.inputs for node in presenter.graph.nodes}


def test_a_card_says_what_matters_in_short() -> None:
    cards = lenet().cards
    said = {name: (card.detail, card.shape, card.size_words) for name, card in cards.items()}
    assert said["conv1"] == ("5×5, 6 filters, pad 2", "6×28×28", "156 params")
    assert "156 params" in cards["conv1"].sentence()
    assert said["pool1"] == ("2×2", "6×14×14", "")
    assert said["fc3"] == ("units = classes", "10", "850 params")
    assert said["input"] == ("", "1×28×28", "")
    assert [size_words(number) for number in (1, 99_999, 2_359_808)] == ["1 param", "99,999 params", "2.36 M params"]


def test_in_another_network_nothing_is_selected_whatever_its_nodes_are_called() -> None:
    document = Document(read_experiment("lenet"))
    presenter = Presenter(document)
    presenter.select({"conv1", "conv2"})
    document.replace(read_experiment("autoencoder"), None)
    assert {"conv1", "conv2"} <= presenter.cards.keys() and not presenter.selection


def test_one_filter_is_no_filters() -> None:
    one, two = (Node(name="fc", type="Linear", parameters={"out_features": number}) for number in (1, 2))
    assert (detail(one), detail(two)) == ("1 unit", "2 units")


def test_a_connection_says_the_shape_on_it() -> None:
    assert lenet().edges[("conv2", 0)].shape == "6×14×14"


def test_a_card_with_equal_outputs_says_their_shape_once() -> None:
    graph = Graph(
        nodes=(
            Node(name="tokens", type="Input", parameters={"shape": [50, 64]}),
            Node(name="in_proj", type="QueryKeyValue", inputs=("tokens",)),
        )
    )
    presenter = presenter_of(graph)
    presenter.show_analysis(analyse(presenter.document.experiment.architecture))
    card = presenter.cards["in_proj"]
    assert (card.shape, card.size_words) == ("each 50×64", f"{3 * 64 * 65:,} params")


def test_a_problem_stands_on_the_card_it_is_pinned_to() -> None:
    graph = edits.set_parameters(read_architecture("lenet").graph, "conv2", {"kernel_size": 99})
    presenter = presenter_of(graph)
    presenter.show_analysis(analyse(presenter.document.experiment.architecture, classes=10))
    assert [name for name, card in presenter.cards.items() if card.problems] == ["conv2"]
    assert presenter.cards["conv2"].problems[0].mend


def test_a_repeated_block_is_one_card_with_the_sums_of_its_uses() -> None:
    block = Graph(
        nodes=(
            Node(name="x", type="Input"),
            Node(name="fc", type="Linear", inputs=("x",), parameters={"out_features": 4}),
            Node(name="y", type="Output", inputs=("fc",)),
        )
    )
    graph = Graph(
        nodes=(
            Node(name="input", type="Input", parameters={"shape": [4]}),
            Node(name="stack", type="Dense", inputs=("input",), repeat=3),
            Node(name="output", type="Output", inputs=("stack",)),
        )
    )
    presenter = presenter_of(graph, {"Dense": block})
    presenter.show_analysis(analyse(presenter.document.experiment.architecture))
    card = presenter.cards["stack"]
    assert (card.is_block, card.badge, card.shape) == (True, "×3", "4")
    assert card.size_words == f"{3 * (4 * 4 + 4)} params"


def test_a_new_node_has_a_free_name_and_the_parameters_it_must_have() -> None:
    presenter = lenet()
    name = presenter.add("Conv2d", (0.0, 0.0))
    assert name == "conv3"
    assert presenter.graph.by_name[name].parameters == {"out_channels": 16, "kernel_size": 3}
    assert presenter.selection == {"conv3"}


def test_a_node_added_after_the_selected_one_goes_into_the_chain() -> None:
    presenter = presenter_of(chain("ReLU", "ReLU"))
    presenter.select({"n0"})
    name = presenter.add_after("Tanh", (0.0, 0.0))
    assert sources(presenter)[name] == ("n0",)
    assert sources(presenter)["n1"] == (name,)
    corners = list(presenter.positions.values())
    assert not any(geometry.overlaps(a, b) for index, a in enumerate(corners) for b in corners[:index])


def test_a_new_input_takes_the_data_as_it_is() -> None:
    presenter = presenter_of(Graph())
    presenter.data_shape = (3, 48, 32)
    presenter.add("Input", (0.0, 0.0))
    presenter.data_shape = None
    presenter.add("Input", (0.0, 200.0))
    assert [node.parameters["shape"] for node in presenter.graph.nodes] == [[3, 48, 32], [1, 28, 28]]


def test_a_node_added_at_an_output_goes_before_it() -> None:
    presenter = presenter_of(chain("ReLU"))
    presenter.select({"output"})
    last = presenter.add_after("Tanh", (0.0, 0.0))
    assert sources(presenter)[last] == ("n0",) and sources(presenter)["output"] == (last,)
    presenter.disconnect(("output", 0))
    presenter.select({"output"})
    alone = presenter.add_after("Linear", (0.0, 0.0))
    assert sources(presenter)[alone] == () and sources(presenter)["output"] == (alone,)
    presenter.select({"output"})
    second = presenter.add_after("Output", (0.0, 0.0))
    assert sources(presenter)[second] == () and sources(presenter)["output"] == (alone,)
    assert not geometry.any_overlap(presenter.positions.values())


def test_a_node_added_on_a_card_is_beside_it() -> None:
    presenter = presenter_of(chain("ReLU", "ReLU"))
    on_card = presenter.positions["n0"]
    presenter.add("Tanh", (on_card[0] + geometry.CARD_WIDTH / 2 + 30, on_card[1] + 10))
    assert not geometry.any_overlap(presenter.positions.values())


def test_deleting_closes_the_chain_and_undoing_opens_it_again() -> None:
    presenter = presenter_of(chain("ReLU", "ReLU", "ReLU"))
    before = presenter.graph
    presenter.select({"n0", "n1"})
    presenter.delete()
    assert sources(presenter)["n2"] == ("input",)
    assert presenter.selection == frozenset()
    presenter.document.undo()
    assert presenter.graph is before


def test_the_first_move_makes_every_place_part_of_the_graph_and_undo_takes_it_back() -> None:
    presenter = presenter_of(chain("ReLU"))
    presenter.move({"n0": (800.0, 80.0)})
    assert all(node.position for node in presenter.graph.nodes)
    presenter.document.undo()
    assert not any(node.position for node in presenter.graph.nodes)


def test_a_run_of_nudges_is_one_step() -> None:
    presenter = presenter_of(chain("ReLU"))
    presenter.select({"n0"})
    x = presenter.positions["n0"][0]
    for _ in range(5):
        presenter.nudge(geometry.GRID, 0)
    assert presenter.positions["n0"][0] == x + 5 * geometry.GRID
    presenter.document.undo()
    assert presenter.positions["n0"][0] == x


def test_inputs_of_a_block_are_taken_in_their_order() -> None:
    graph = edits.add_node(chain("ReLU"), Node(name="join", type="Both"))
    presenter = presenter_of(graph, {"Both": TWO_WAYS})
    assert presenter.cards["join"].ports.inputs == ("left", "right")
    assert "connect left of join first" in presenter.refusal(("n0", 0), ("join", 1))
    presenter.connect(("n0", 0), ("join", 0))
    presenter.connect(("input", 0), ("join", 1))
    assert sources(presenter)["join"] == ("n0", "input")


def test_the_second_output_of_a_block_is_referred_to_by_its_name() -> None:
    graph = edits.add_node(chain("ReLU"), Node(name="fork", type="Both", inputs=("input", "n0")))
    presenter = presenter_of(graph, {"Both": TWO_WAYS})
    presenter.connect(("fork", 1), ("output", 0))
    assert sources(presenter)["output"] == ("fork:copy",)
    assert presenter.edges[("output", 0)].source_slot == 1


def test_a_join_takes_any_number_and_a_layer_takes_one() -> None:
    presenter = presenter_of(edits.add_node(chain("ReLU", "ReLU"), Node(name="sum", type="Add")))
    for name in ("input", "n0"):
        presenter.connect((name, 0), ("sum", 0))
    assert sources(presenter)["sum"] == ("input", "n0")
    presenter.connect(("input", 0), ("n1", 0))
    assert sources(presenter)["n1"] == ("input",)


def test_an_end_of_a_connection_moves_to_another_node_in_one_step() -> None:
    presenter = presenter_of(edits.add_node(chain("ReLU", "ReLU"), Node(name="loose", type="ReLU")))
    presenter.connect(("n0", 0), ("loose", 0), instead_of=("n1", 0))
    assert (sources(presenter)["loose"], sources(presenter)["n1"]) == (("n0",), ())
    presenter.document.undo()
    assert (sources(presenter)["loose"], sources(presenter)["n1"]) == ((), ("n0",))


def test_copies_travel_as_text_with_the_blocks_they_use() -> None:
    source = presenter_of(
        edits.add_node(chain("ReLU"), Node(name="fork", type="Both", inputs=("input", "n0"))), {"Both": TWO_WAYS}
    )
    source.select({"n0", "fork"})
    text = source.copy()
    target = presenter_of(chain("ReLU"))
    target.paste(text)
    assert target.document.experiment.architecture.blocks == {"Both": TWO_WAYS}
    assert sources(target)["fork"] == ("n1",)
    assert target.selection == {"n1", "fork"}


@pytest.mark.parametrize(
    "text", ["", "hello", '{"format": "workbench/nodes", "nodes": 3}', '{"format": "workbench/nodes"']
)
def test_text_that_is_no_nodes_is_refused(text: str) -> None:
    with pytest.raises(SpecError, match="clipboard"):
        presenter_of(chain("ReLU")).paste(text)


def test_pasting_again_never_lands_on_what_was_pasted() -> None:
    presenter = presenter_of(chain("ReLU"))
    presenter.select({"n0"})
    text = presenter.copy()
    for _ in range(3):
        presenter.paste(text)
    assert len(set(presenter.positions.values())) == len(presenter.positions)


def test_copies_never_cover_what_is_there() -> None:
    presenter = presenter_of(chain("ReLU"))
    presenter.select({"n0"})
    x, y = presenter.positions["n0"]
    presenter.paste(presenter.copy(), (x + geometry.CARD_WIDTH / 2 + 10, y + geometry.CARD_HEIGHT / 2 + 5))
    presenter.paste(presenter.copy(), (x, y))
    presenter.select({"n0"})
    presenter.paste(presenter.copy())
    presenter.select({"n0"})
    presenter.duplicate()
    presenter.select({"n0"})
    presenter.duplicate()
    assert len(presenter.positions) == 8 and not geometry.any_overlap(presenter.positions.values())


def test_of_any_two_ports_it_is_said_why_they_do_not_connect() -> None:
    presenter = lenet()
    for source, target in product(presenter.cards, presenter.cards):
        reason = presenter.refusal((source, 0), (target, 0))
        if source in ("output", target) or target == "input":
            assert reason, (source, target)
    assert presenter.refusal(("output", 0), ("conv1", 0)).startswith("output is an Output")


def test_a_selection_follows_a_renaming_and_its_undoing() -> None:
    presenter = presenter_of(chain("ReLU"))
    presenter.select({"n0"})
    presenter.rename("n0", "squash")
    assert presenter.selection == {"squash"}
    presenter.document.undo()
    assert presenter.selection == {"n0"}


def test_each_undo_selects_what_was_selected_before_its_step() -> None:
    presenter = presenter_of(chain("ReLU", "Tanh"))
    for key in ("n0", "n1"):
        presenter.select({key})
        presenter.delete()
    assert not presenter.selection
    for back in ("n1", "n0"):
        presenter.document.undo()
        assert presenter.selection == {back}, "what was deleted is back"
    presenter.document.redo()
    assert presenter.selection == {"n1"}
    presenter.document.redo()
    assert not presenter.selection


def test_where_nothing_was_selected_undo_and_redo_keep_the_selection() -> None:
    presenter = presenter_of(chain("ReLU", "Tanh"))
    presenter.select({"n0"})
    presenter.delete()
    presenter.document.undo()
    presenter.select({"n1"})
    presenter.document.redo()
    assert presenter.selection == {"n1"}


def test_a_connection_taken_away_is_selected_when_it_is_back() -> None:
    presenter = presenter_of(chain("ReLU", "Tanh"))
    presenter.select((), ("n1", 0))
    presenter.delete()
    assert ("n1", 0) not in presenter.edges
    presenter.document.undo()
    assert presenter.selected_edge == ("n1", 0)


def test_undoing_what_is_not_the_network_leaves_the_selection() -> None:
    presenter = presenter_of(chain("ReLU", "Tanh"))
    presenter.select({"n0"})
    presenter.document.apply("set seed", replace(presenter.document.experiment, seed=7))
    presenter.select({"n1"})
    presenter.document.undo()
    assert presenter.selection == {"n1"}


def test_merged_steps_are_undone_to_what_was_selected_at_the_first() -> None:
    presenter = presenter_of(chain("ReLU", "Tanh"))
    document = presenter.document
    for x, key in enumerate(("n0", "n1"), 1):
        presenter.select({key})
        graph = edits.move(presenter.graph, {"n0": (x, 0)})
        architecture = replace(presenter.architecture(), graph=graph)
        document.apply("move n0", replace(document.experiment, architecture=architecture), merge="move")
    document.undo()
    assert presenter.selection == {"n0"} and not document.can_undo


def test_after_an_addition_is_undone_the_next_one_goes_where_it_went() -> None:
    presenter = presenter_of(chain("ReLU", "Tanh"))
    presenter.select({"n0"})
    presenter.duplicate()
    (added,) = presenter.selection
    presenter.document.undo()
    assert added not in presenter.cards and presenter.selection == {"n0"}
    presenter.document.redo()
    assert presenter.selection == {added}


def test_what_slides_along_a_series_has_no_squares() -> None:
    conv = Node(name="conv", type="Conv1d", parameters={"kernel_size": 5, "out_channels": 6, "dilation": 2})
    assert detail(conv) == "5 long, 6 filters, dilation 2"
    assert detail(Node(name="mean", type="AdaptiveAvgPool1d", parameters={"output_size": 1})) == "to 1"
