"""The map from nodes to lines of code, compared with what the lines say."""

import pytest

from workbench.export.code.lines import spans_of
from workbench.export.code.render import write_module
from workbench.session.exchange.code import formatted
from workbench.spec.files import read_architecture
from workbench.spec.graph import INPUT, OUTPUT


@pytest.mark.parametrize("name", ["lenet", "resnet20", "densenet_mini", "googlenet_mini", "vit_mini", "unet_mini"])
def test_every_node_has_its_lines(name):
    architecture = read_architecture(name)
    code = write_module(architecture)
    text = formatted(code.text)
    lines = text.splitlines()
    spans = spans_of(text, code)
    for block, graph in {"": architecture.graph, **architecture.blocks}.items():
        nodes = {node.name for node in graph.nodes if node.type not in (INPUT, OUTPUT)}
        own = [span for span in spans if span.block == block]
        assert nodes <= {span.node for span in own} or not own
        assert {span.node for span in own} <= graph.by_name.keys()
    named = [span for span in spans if f"self.{span.node} = " in lines[span.first - 1]]
    called = [span for span in spans if f"self.{span.node}(" in lines[span.first - 1]]
    assert {(span.block, span.node) for span in called} <= {(span.block, span.node) for span in named}
    assert len(named) >= 3


def test_the_way_leads_to_the_block():
    architecture = read_architecture("resnet20")
    code = write_module(architecture)
    spans = spans_of(formatted(code.text), code)
    for span in spans:
        graph = architecture.graph
        for name in span.way:
            graph = architecture.blocks[graph.by_name[name].type]
        assert span.node in graph.by_name
