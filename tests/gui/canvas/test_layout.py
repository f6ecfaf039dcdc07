"""Every node has a position of its own, and networks run downwards."""

import os
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.gui.canvas.networks import chain
from workbench.gui.canvas import geometry, layout
from workbench.spec import edits
from workbench.spec.files import preset_names, read_architecture
from workbench.spec.graph import Graph, Node


def apart(places: dict[str, geometry.Point]) -> bool:
    corners = list(places.values())
    return not any(geometry.overlaps(a, b) for index, a in enumerate(corners) for b in corners[:index])


@pytest.mark.parametrize("name", preset_names("architectures"))
def test_every_preset_is_laid_out_without_overlap(name: str) -> None:
    graph = read_architecture(name).graph
    places = layout.arrange(graph)
    assert places.keys() == graph.by_name.keys()
    assert apart(places)


def test_a_short_chain_is_one_straight_column() -> None:
    places = layout.arrange(chain("ReLU", "ReLU"))
    assert [x for x, _ in places.values()] == [0.0] * 4
    assert sorted(y for _, y in places.values()) == [y for _, y in places.values()]


def test_a_long_chain_is_folded_into_columns_that_fit_a_window() -> None:
    places = layout.arrange(chain(*["ReLU"] * 20))
    columns = sorted({x for x, _ in places.values()})
    assert len(columns) > 1
    for column in columns:
        assert len([x for x, _ in places.values() if x == column]) <= 11


@pytest.mark.parametrize(("name", "block"), [("vit_b_16", "SelfAttention"), ("swin_t", "ShiftedWindowAttention")])
def test_attention_stands_as_it_is_drawn_query_key_value(name: str, block: str) -> None:
    graph = read_architecture(name).blocks[block]
    places = layout.arrange(graph)
    query, key, value = (places[f"{port}_heads"] for port in ("query", "key", "value"))
    assert query[0] < key[0] < value[0]
    assert query[1] == key[1] == value[1]
    assert apart(places)


def test_a_skip_leaves_its_chain_straight() -> None:
    graph = edits.connect(
        Graph(
            nodes=(
                Node(name="a", type="Input"),
                Node(name="b", type="ReLU", inputs=("a",)),
                Node(name="c", type="ReLU", inputs=("b",)),
                Node(name="sum", type="Add", inputs=("c",)),
            )
        ),
        "a",
        "sum",
    )
    assert len({x for x, _ in layout.arrange(graph).values()}) == 1


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """Any acyclic graph with some of its nodes positioned."""
    nodes: list[Node] = []
    for index in range(draw(st.integers(0, 14))):
        sources = (
            draw(st.lists(st.sampled_from([node.name for node in nodes]), max_size=3, unique=True)) if nodes else []
        )
        nodes.append(Node(name=f"n{index}", type="Add", inputs=tuple(sources)))
    return Graph(nodes=tuple(nodes))


@given(graphs())
def test_any_graph_has_places_apart(graph: Graph) -> None:
    assert apart(layout.arrange(graph))


@given(graphs(), st.integers(1, 5))
def test_nodes_without_a_place_go_where_nobody_stands(graph: Graph, num_loose: int) -> None:
    places = layout.arrange(graph)
    loose = {node.name for node in graph.nodes[-num_loose:]}
    placed = edits.move(graph, {name: place for name, place in places.items() if name not in loose})
    found = layout.places_for(placed)
    assert found.keys() == graph.by_name.keys()
    assert apart(found)


def test_the_layout_is_the_same_in_every_process() -> None:
    code = "from workbench.gui.canvas.layout import arrange; from workbench.spec.files import read_architecture as r;"
    code += "print(sorted(arrange(r('resnet20').graph).items()))"
    answers = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(answers) == 1
