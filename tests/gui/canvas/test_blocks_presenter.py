"""Blocks on the canvas without a window: expanded, opened, grouped, and edited in place."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.gui.canvas.networks import chain, experiment
from workbench.compiler.analysis import analyse
from workbench.gui.canvas.finding import find
from workbench.gui.canvas.geometry import CARD_HEIGHT, CARD_WIDTH, COLUMN, ROW, Point
from workbench.gui.canvas.levels import itself
from workbench.gui.canvas.presenter import Presenter
from workbench.gui.canvas.stretch import Stretch, places_to_show
from workbench.gui.experiment.document import Document
from workbench.gui.inspector import block_page
from workbench.spec.experiment import Experiment
from workbench.spec.files import from_json, read_architecture, to_json
from workbench.spec.problems import SpecError
from workbench.spec.record import replace


def resnet() -> Presenter:
    architecture = read_architecture("resnet20")
    presenter = Presenter(Document(replace(experiment(architecture.graph), architecture=architecture)))
    presenter.show_analysis(analyse(architecture, classes=10))
    return presenter


def unfolded() -> Presenter:
    presenter = resnet()
    presenter.set_unfolded("layer2", unfolded=True)
    presenter.set_unfolded("layer2/1", unfolded=True)
    return presenter


def boxes(presenter: Presenter, outer: str = "") -> dict[str, tuple[float, float, float, float]]:
    return {
        key: (*presenter.positions[key], *card.size)
        for key, card in presenter.cards.items()
        if key.rpartition("/")[0] == outer and not card.dot
    }


def overlapping(found: dict[str, tuple[float, float, float, float]]) -> list[tuple[str, str]]:
    return [
        (a, b)
        for a, (x1, y1, w1, h1) in found.items()
        for b, (x2, y2, w2, h2) in found.items()
        if a < b and x1 < x2 + w2 and x2 < x1 + w1 and y1 < y2 + h2 and y2 < y1 + h1
    ]


def test_an_unfolded_block_shows_what_is_in_it_and_makes_room() -> None:
    presenter = resnet()
    places = {node.name: node.position for node in presenter.graph.nodes}
    before = dict(presenter.positions)
    presenter.set_unfolded("layer2", unfolded=True)
    assert {"layer2/0", "layer2/1", "layer2/input", "layer2/output"} <= presenter.cards.keys()
    assert presenter.cards["layer2"].unfolded and presenter.cards["layer2/input"].dot
    assert {node.name: node.position for node in presenter.graph.nodes} == places
    assert overlapping(boxes(presenter)) == []
    presenter.set_unfolded("layer2", unfolded=False)
    assert presenter.positions == before


def test_blocks_unfold_within_each_other_and_say_their_shapes() -> None:
    presenter = unfolded()
    conv = presenter.cards["layer2/1/conv1"]
    assert (conv.shape, conv.size_words) == ("32×16×16", "9,216 params")
    assert presenter.cards["layer2/input"].shape == "16×32×32"
    assert presenter.edges[("layer2/1/conv1", 0)].shape == "32×16×16"
    for outer in ("", "layer2", "layer2/1"):
        assert overlapping(boxes(presenter, outer)) == []
    x, y, width, height = boxes(presenter)["layer2"]
    for left, top, w, h in boxes(presenter, "layer2").values():
        assert x < left and y < top and left + w < x + width and top + h < y + height


def test_what_is_edited_in_an_unfolded_block_is_the_block() -> None:
    presenter = unfolded()
    block = presenter.architecture().blocks["BasicBlock"]
    presenter.select({"layer2/1/relu"})
    assert presenter.selected().scope == "BasicBlock" and presenter.selected().prefix == "layer2.2."
    presenter.delete()
    changed = presenter.architecture().blocks["BasicBlock"]
    assert "relu" not in changed.by_name and changed.by_name["conv2"].inputs == ("bn1",)
    presenter.document.undo()
    assert presenter.architecture().blocks["BasicBlock"] == block


def test_a_card_that_is_moved_in_a_block_stands_where_it_was_dropped_whatever_is_unfolded() -> None:
    presenter = unfolded()
    for key in ("fc", "layer2/0", "layer2/1/bn2"):
        x, y = presenter.positions[key]
        presenter.move({key: (x + COLUMN, y)})
        others = {"fc": "layer3", "layer2/0": "layer2/1", "layer2/1/bn2": "layer2/1/add"}
        dx = presenter.positions[key][0] - presenter.positions[others[key]][0]
        assert dx >= COLUMN - 60


def test_a_layer_put_into_an_unfolded_block_is_in_the_block() -> None:
    presenter = unfolded()
    key = presenter.add("Dropout", (0.0, 0.0), edge=("layer2/1/conv2", 0))
    assert key == "layer2/1/dropout1" and presenter.selection == {key}
    x, y = presenter.positions["layer2"]
    width, height = presenter.cards["layer2"].size
    loose = presenter.add("ReLU", (x + width / 2, y + height - 30))
    assert loose == "layer2/relu1"
    with pytest.raises(SpecError, match="cannot contain itself"):
        presenter.add("Stage", (x + width / 2, y + height - 30))


def test_nothing_connects_across_the_edge_of_a_block() -> None:
    presenter = unfolded()
    assert "different blocks" in presenter.refusal(("bn1", 0), ("layer2/1", 0))
    presenter.select({"bn1", "layer2/1", "layer2/1/conv1"})
    assert presenter.selection == {"bn1"}


def test_entering_looks_into_the_block_and_leaving_comes_back_to_its_use() -> None:
    presenter = resnet()
    presenter.enter("layer3")
    presenter.enter("0")
    assert presenter.trail == ("layer3", "0")
    assert presenter.cards["conv1"].size_words == "18,432 params"
    assert presenter.cards["input"].shape == "32×16×16" and not presenter.cards["input"].dot
    presenter.leave()
    assert presenter.trail == ("layer3",) and presenter.selection == {"0"}
    with pytest.raises(SpecError, match="not a block"):
        presenter.go_to(())
        presenter.enter("conv1")


def test_a_block_that_undoing_takes_away_is_left() -> None:
    presenter = Presenter(Document(experiment(chain("ReLU", "Tanh", "ReLU"))))
    presenter.select({"n0", "n1"})
    key = presenter.group()
    presenter.enter(key)
    assert set(presenter.cards) == {"input", "n0", "n1", "output"}
    presenter.document.undo()
    assert presenter.trail == () and "n0" in presenter.cards
    presenter.document.redo()
    assert presenter.cards[key].is_use


def test_group_and_ungroup_are_a_step_each_and_undo_brings_them_back() -> None:
    presenter = Presenter(Document(experiment(chain("ReLU", "Tanh", "ReLU"))))
    start = presenter.document.experiment
    presenter.select({"n0", "n1"})
    key = presenter.group()
    assert presenter.selection == {key} and presenter.graph.by_name["n2"].inputs == (key,)
    presenter.ungroup()
    assert presenter.selection == {"n0", "n1"}
    assert [replace(node, position=None) for node in presenter.graph.nodes] == list(start.architecture.graph.nodes)
    presenter.document.undo()
    presenter.document.undo()
    assert presenter.document.experiment == start and not presenter.document.can_undo


def test_copies_go_from_block_to_block() -> None:
    presenter = unfolded()
    presenter.select({"layer2/1/conv1", "layer2/1/bn1"})
    text = presenter.copy()
    presenter.select({"layer2/0"})
    presenter.paste(text)
    assert presenter.selection == {"layer2/conv1", "layer2/bn1"}
    assert presenter.architecture().blocks["Stage"].by_name["bn1"].inputs == ("conv1",)
    presenter.duplicate()
    assert len(presenter.selection) == 2 and all(key.startswith("layer2/") for key in presenter.selection)


def test_a_problem_is_shown_on_the_innermost_card() -> None:
    presenter = unfolded()
    presenter.set_unfolded("layer2/0", unfolded=True)
    experiment_ = presenter.document.experiment
    block = experiment_.architecture.blocks["DownsamplingBlock"]
    nodes = tuple(
        replace(node, parameters={**node.parameters, "kernel_size": 99}) if node.name == "conv2" else node
        for node in block.nodes
    )
    blocks = {**experiment_.architecture.blocks, "DownsamplingBlock": replace(block, nodes=nodes)}
    architecture = replace(experiment_.architecture, blocks=blocks)
    presenter.document.apply("break it", replace(experiment_, architecture=architecture))
    presenter.show_analysis(analyse(architecture, classes=10))
    assert [key for key, card in presenter.cards.items() if card.problems] == ["layer2/0/conv2"]
    assert presenter.reveal("layer2.0.conv2") == "layer2/0/conv2"


def test_a_renamed_output_and_a_removed_input_are_followed_by_the_uses() -> None:
    presenter = Presenter(Document(experiment(chain("ReLU", "Tanh", "Add"))))
    presenter.connect(("n0", 0), ("n2", 1))
    presenter.select({"n0", "n1"})
    key = presenter.group()
    presenter.enter(key)
    presenter.rename("output", "answer")
    assert presenter.architecture().graph.by_name["n2"].inputs == (f"{key}:answer", f"{key}:output2")
    presenter.select({"input"})
    presenter.delete()
    assert presenter.architecture().graph.by_name[key].inputs == ()


PLACES = st.dictionaries(
    st.integers(0, 30).map(str),
    st.tuples(st.integers(-3, 4), st.integers(0, 8)).map(lambda cell: (cell[0] * COLUMN, cell[1] * ROW)),
    min_size=1,
    max_size=15,
)


@settings(max_examples=200, deadline=None)
@given(PLACES, st.data())
def test_room_is_made_for_whatever_unfolds(places: dict[str, Point], data: st.DataObject) -> None:
    places = {name: place for name, place in places.items() if list(places.values()).count(place) == 1}
    names = data.draw(st.lists(st.sampled_from(sorted(places)), unique=True, max_size=4)) if places else []
    sizes = {
        name: (CARD_WIDTH + data.draw(st.integers(0, 900)), CARD_HEIGHT + data.draw(st.integers(0, 900)))
        for name in names
    }
    shown = Stretch(places, sizes).places
    assert overlapping({name: (*shown[name], *sizes.get(name, (CARD_WIDTH, CARD_HEIGHT))) for name in shown}) == []
    for name, (x, y) in places.items():
        for other, (other_x, other_y) in places.items():
            if x == other_x and y < other_y:
                assert shown[name][1] < shown[other][1]
            middle = shown[name][0] + sizes.get(name, (CARD_WIDTH, 0))[0] / 2
            other_middle = shown[other][0] + sizes.get(other, (CARD_WIDTH, 0))[0] / 2
            assert (x < other_x) == (middle < other_middle - 1e-6)


@settings(max_examples=200, deadline=None)
@given(PLACES, st.data())
def test_a_card_below_what_is_unfolded_has_a_way_back(places: dict[str, Point], data: st.DataObject) -> None:
    big = data.draw(st.sampled_from(sorted(places)))
    stretch = Stretch(places, {big: (CARD_WIDTH + 200, CARD_HEIGHT + 300)})
    x, y = places[big]
    own = (x + data.draw(st.integers(-1, 1)) * COLUMN, y + ROW * data.draw(st.integers(1, 5)))
    with_it = Stretch({**places, "new": own}, {big: (CARD_WIDTH + 200, CARD_HEIGHT + 300)})
    back = stretch.place_of(with_it.places["new"])
    assert back == pytest.approx(own)


@settings(max_examples=150, deadline=None)
@given(PLACES, st.data())
def test_whatever_is_moved_stands_where_it_was_dropped(places: dict[str, Point], data: st.DataObject) -> None:
    """Horizontally always; vertically only if all nodes are moved, because a card cannot lie on an expanded block."""
    names = data.draw(st.lists(st.sampled_from(sorted(places)), unique=True, max_size=4))
    sizes = {name: (CARD_WIDTH + data.draw(st.integers(0, 1900)), CARD_HEIGHT + 300.0) for name in names}
    moved = data.draw(st.sampled_from([[name] for name in places] + [sorted(places)]))
    dx, dy = data.draw(st.integers(-1500, 1500)), data.draw(st.integers(-1500, 1500))
    shown = {name: (x + dx, y + dy) for name, (x, y) in Stretch(places, sizes).places.items() if name in moved}
    own = places_to_show(shown, {name: place for name, place in places.items() if name not in moved}, sizes)
    there = Stretch({**places, **own}, sizes).places
    for name in moved:
        assert there[name][0] == pytest.approx(shown[name][0], abs=0.1)
        assert len(moved) < len(places) or there[name][1] == pytest.approx(shown[name][1], abs=0.1)


def test_a_group_leaves_no_hole_and_what_is_taken_out_stands_where_it_stood() -> None:
    presenter = Presenter(Document(experiment(chain("ReLU", "Tanh", "ReLU", "Tanh"))))
    presenter.nudge(0, 0)
    presenter.select({"n0", "n1", "n2"})
    before = dict(presenter.positions)
    key = presenter.group()
    x, y = presenter.positions[key]
    assert presenter.positions["n3"] == (x, y + ROW) and (x, y) == before["n0"]
    presenter.ungroup()
    assert presenter.positions == before


def reopened(presenter: Presenter) -> Presenter:
    """As saved and opened by a new presenter without history."""
    return Presenter(Document(from_json(to_json(presenter.document.experiment), Experiment)))


def renamed_use(presenter: Presenter) -> Presenter:
    presenter.rename("block1", "stem")
    return presenter


def renamed_block(presenter: Presenter) -> Presenter:
    document = presenter.document
    document.apply_architecture("rename", block_page.renamed(document.experiment.architecture, "Block", "Stem"))
    return presenter


@pytest.mark.parametrize("meanwhile", [reopened, renamed_use, renamed_block, lambda it: reopened(renamed_use(it))])
def test_what_is_ungrouped_later_is_what_it_was(meanwhile: Callable[[Presenter], Presenter]) -> None:
    presenter = Presenter(Document(experiment(chain("ReLU", "Tanh", "ReLU", "Tanh", "ReLU"))))
    presenter.move(presenter.positions)
    before = presenter.architecture()
    presenter.select({"n1", "n2", "n3"})
    presenter.group()
    presenter = meanwhile(presenter)
    presenter.select([key for key in presenter.cards if presenter.is_use(key)])
    presenter.ungroup()
    assert presenter.architecture() == before


def test_what_is_ungrouped_where_its_block_was_moved_to_keeps_its_shape() -> None:
    presenter = Presenter(Document(experiment(chain("ReLU", "Tanh", "ReLU", "Tanh"))))
    presenter.move(presenter.positions)
    presenter.select({"n1", "n2"})
    before = dict(presenter.positions)
    key = presenter.group()
    x, y = presenter.positions[key]
    presenter.move({key: (x + 400, y + 80)})
    others = {name: place for name, place in presenter.positions.items() if name != key}
    presenter.select([key])
    presenter.ungroup()
    after = presenter.positions
    assert {name: after[name] for name in others} == others
    assert {name: after[name] for name in ("n1", "n2")} == {
        name: (before[name][0] + 400, before[name][1] + 80) for name in ("n1", "n2")
    }


def test_what_was_put_into_a_block_comes_out_with_the_rest() -> None:
    presenter = Presenter(Document(experiment(chain("ReLU", "Tanh", "ReLU", "Tanh"))))
    presenter.move(presenter.positions)
    presenter.select({"n1", "n2"})
    presenter.enter(presenter.group())
    presenter.add("Sigmoid", (0.0, 0.0), next(edge for edge in presenter.edges if edge[0] == "n2"))
    presenter.leave()
    presenter.select({"block1"})
    presenter.ungroup()
    nodes = presenter.graph.by_name
    assert nodes["n2"].inputs == ("sigmoid1",) and nodes["sigmoid1"].inputs == ("n1",)
    assert overlapping(boxes(presenter)) == [] and not presenter.architecture().blocks


def test_what_is_taken_out_of_a_repeated_block_covers_nothing() -> None:
    presenter = resnet()
    presenter.enter("layer1")
    presenter.select({"0"})
    presenter.ungroup()
    assert len(presenter.selection) == 21 and overlapping(boxes(presenter)) == []
    assert presenter.architecture().blocks["BasicBlock"] == read_architecture("resnet20").blocks["BasicBlock"]
    heights = [presenter.positions[key][1] for key in ("input", "conv1", "relu2", "output")]
    assert heights == sorted(heights)


def test_blocks_that_nothing_uses_are_forgotten_on_request() -> None:
    presenter = resnet()
    presenter.select({"layer1"})
    presenter.delete()
    assert "FirstStage" in presenter.architecture().blocks
    assert presenter.remove_unused() == 1
    assert set(presenter.architecture().blocks) == {"Stage", "BasicBlock", "DownsamplingBlock", "Projection"} & set(
        read_architecture("resnet20").blocks
    )
    assert presenter.remove_unused() == 0


def test_a_block_that_nothing_uses_is_looked_into_found_and_edited() -> None:
    presenter = resnet()
    presenter.look_into("BasicBlock")
    assert presenter.trail == ("layer1", "0")
    presenter.leave()
    presenter.leave()
    presenter.select({"layer1"})
    presenter.delete()
    (match, *_) = [
        match for match in find(presenter.architecture(), "basicblock") if match.path[0] == itself("FirstStage")
    ]
    assert presenter.show_node(match.path) == match.path[1]
    assert presenter.level.scope == "FirstStage"
    assert all(not edge.shape for edge in presenter.edges.values())
    presenter.add("ReLU", (900.0, 0.0))
    assert "relu1" in presenter.architecture().blocks["FirstStage"].by_name
    document = presenter.document
    document.apply_architecture("rename", block_page.renamed(document.experiment.architecture, "FirstStage", "Retired"))
    assert presenter.level.scope == "Retired"
    presenter.leave()
    assert presenter.trail == () and presenter.selection == frozenset()
    presenter.look_into("Retired")
    presenter.remove_unused()
    assert presenter.trail == () and "Retired" not in presenter.architecture().blocks
