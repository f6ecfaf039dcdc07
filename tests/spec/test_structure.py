"""The order of nodes: after their inputs, otherwise as written."""

from hypothesis import given
from hypothesis import strategies as st

from workbench.spec.graph import Graph, Node
from workbench.spec.structure import find_cycle


def names(graph: Graph) -> list[str]:
    return [node.name for node in graph.in_order]


def test_nodes_without_an_order_among_them_stay_as_written() -> None:
    graph = Graph(nodes=tuple(Node(name=f"n{index}", type="Input") for index in range(3000)))
    assert names(graph) == [f"n{index}" for index in range(3000)]


@given(st.permutations(range(8)), st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=12))
def test_each_time_the_first_written_of_those_that_can_come_comes(
    written: list[int], pairs: list[tuple[int, int]]
) -> None:
    feeds: dict[int, list[int]] = {number: [] for number in range(8)}
    for one, other in pairs:
        if one != other:
            feeds[max(one, other)].append(min(one, other))
    graph = Graph(
        nodes=tuple(
            Node(name=f"n{to}", type="Add", inputs=tuple(f"n{source}" for source in feeds[to])) for to in written
        )
    )
    assert find_cycle(graph) == ()
    remaining, expected = list(written), []
    while remaining:
        first = next(number for number in remaining if not set(feeds[number]) & set(remaining))
        remaining.remove(first)
        expected.append(f"n{first}")
    assert names(graph) == expected
