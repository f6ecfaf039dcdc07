"""Exported Python code: imported as a user would, and compared with the module that the program trains."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
import torch
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from torch import Tensor

from tests.compiler.networks import block, network, node, picture
from tests.export.written import class_names, imported, last_class
from tests.layers.cases import CASES, Case
from workbench.compiler.analysis import analyse
from workbench.compiler.module import build
from workbench.export.code.render import write_module
from workbench.session.exchange.code import python_code, write_code
from workbench.spec.experiment import Architecture
from workbench.spec.files import preset_names, read_architecture
from workbench.spec.graph import Graph, Node

LARGE = 12_000_000
"""Larger networks are only run by the slow tests."""


@pytest.fixture
def write(tmp_path: Path) -> Iterator[object]:
    """A function that writes an architecture's code and imports it."""
    before = set(sys.modules)

    def write(architecture: Architecture) -> ModuleType:
        file = tmp_path / "network.py"
        write_code(architecture, file)
        return imported(file)

    yield write
    for name in set(sys.modules) - before:
        del sys.modules[name]


def inputs_of(architecture: Architecture) -> list[Tensor]:
    from workbench.compiler.analysis import analyse

    nodes = analyse(architecture).nodes
    generator = torch.Generator().manual_seed(1)
    return [
        torch.randn(2, *nodes[node.name].output_shapes[0], generator=generator) for node in architecture.graph.inputs
    ]


def compare(architecture: Architecture, module: ModuleType) -> None:
    """Assert that names, initial weights, and outputs in training and evaluation are equal to the last bit."""
    ours = build(architecture, seed=3)
    torch.manual_seed(3)
    theirs = last_class(module)()
    state, written = ours.state_dict(), theirs.state_dict()
    assert sorted(state) == sorted(written)
    assert all(torch.equal(state[name], written[name]) for name in state)
    inputs = inputs_of(architecture)
    for mode in (False, True):
        torch.manual_seed(5)
        expected = list(ours.train(mode)(*inputs).values())
        torch.manual_seed(5)
        given = theirs.train(mode)(*inputs)
        given = list(given) if isinstance(given, tuple) else [given]
        assert all(torch.equal(one, other) for one, other in zip(expected, given, strict=True))


def size_of(name: str) -> int:
    return analyse(read_architecture(name)).parameters


ARCHITECTURES = preset_names("architectures")
LARGE_ONES = [name for name in ARCHITECTURES if size_of(name) > LARGE]


@pytest.mark.parametrize("name", [name for name in ARCHITECTURES if name not in LARGE_ONES])
def test_a_presets_code_is_the_presets_network(name, write):
    architecture = read_architecture(name)
    compare(architecture, write(architecture))


@pytest.mark.slow
@pytest.mark.parametrize("name", LARGE_ONES)
def test_a_large_presets_code_is_the_presets_network(name, write):
    architecture = read_architecture(name)
    compare(architecture, write(architecture))


@pytest.mark.parametrize("name", LARGE_ONES)
def test_a_large_presets_code_has_the_presets_weights(name):
    architecture = read_architecture(name)
    module = ModuleType("large")
    exec(compile(python_code(architecture), name, "exec"), vars(module))
    with torch.device("meta"):
        written, ours = vars(module)[class_names(module)[-1]]().state_dict(), build(architecture).state_dict()
    assert {key: value.shape for key, value in ours.items()} == {key: value.shape for key, value in written.items()}


CHECK = """
import sys
sys.modules["workbench"] = None
sys.path.insert(0, ".")
import torch
for name in sys.argv[1:]:
    kinds = [each for each in vars(__import__(name)).values() if isinstance(each, type) and each.__module__ == name]
    model = kinds[-1]()
    saved = torch.load(name + ".pt", weights_only=True)
    model.load_state_dict(saved["state"], strict=True)
    given = model.eval()(*saved["inputs"])
    given = given if isinstance(given, tuple) else (given,)
    assert all(torch.equal(one, other) for one, other in zip(given, saved["outputs"], strict=True)), name
"""


def test_a_process_of_its_own_needs_the_file_alone(tmp_path):
    """A process without the workbench loads the weights and gives the same outputs."""
    names = ["lenet", "resnet20", "googlenet_mini", "unet_mini", "vit_mini", "swin_mini", "shufflenet_v2_mini"]
    for name in names:
        architecture = read_architecture(name)
        write_code(architecture, tmp_path / f"{name}.py")
        module, inputs = build(architecture, seed=1).eval(), inputs_of(architecture)
        with torch.no_grad():
            outputs = [each.clone() for each in module(*inputs).values()]
        torch.save({"state": module.state_dict(), "inputs": inputs, "outputs": outputs}, tmp_path / f"{name}.pt")
    done = subprocess.run([sys.executable, "-I", "-c", CHECK, *names], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", ["lenet", "resnet20"])
def test_the_code_bears_no_trace_and_is_formatted(name, tmp_path):
    file = tmp_path / f"{name}.py"
    write_code(read_architecture(name), file)
    text = file.read_text()
    assert "workbench" not in text.lower()
    done = subprocess.run([sys.executable, "-m", "ruff", "format", "--isolated", "--check", file], capture_output=True)
    assert done.returncode == 0, done.stderr


# No Input takes a shape of more dimensions; presets cover the layers that need one.
WRITABLE = [case for case in CASES if case.type != "Output" and all(len(shape) <= 3 for shape in case.shapes)]


@pytest.mark.parametrize("case", WRITABLE, ids=lambda case: case.type)
def test_every_layer_can_be_written(case: Case, write):
    """As a module if it has one: created again from the arguments read from it, it is the same."""
    inputs = [f"in{index}" for index in range(len(case.shapes))]
    pictures = zip(inputs, case.shapes, strict=True)
    nodes = [Node(name=name, type="Input", parameters={"shape": list(shape)}) for name, shape in pictures]
    ports = case.layer().output_ports
    nodes.append(Node(name="layer", type=case.type, inputs=tuple(inputs), parameters=case.parameters))
    nodes += [Node(name=f"out{port}", type="Output", inputs=(f"layer:{port}".rstrip(":"),)) for port in ports]
    architecture = Architecture(name="one", graph=Graph(nodes=tuple(nodes)))
    compare(architecture, write(architecture))


BRANCHES = network(
    picture(3, 16),
    node("left", "Branch", "input", channels=8),
    node("middle", "Branch", "input", channels=12),
    node("right", "Conv2d", "input", out_channels=4, kernel_size=1),
    node("join", "Concat", "left", "middle", "right"),
    node("grow1", "Grow", "join", repeat=4),
    node("answer", "Output", "grow1"),
    node("second", "Output", "left"),
    blocks={
        "Branch": block(
            node("input", "Input"),
            node("conv", "Conv2d", "input", out_channels="$channels", kernel_size=3, padding=1),
            node("norm", "BatchNorm", "conv"),
            node("act", "LeakyReLU", "norm", negative_slope=0.2),
            node("output", "Output", "act"),
            channels=8,
        ),
        "Grow": block(
            node("input", "Input"),
            node("conv", "Conv2d", "input", out_channels=6, kernel_size=3, padding=1),
            node("cat", "Concat", "input", "conv"),
            node("output", "Output", "cat"),
        ),
    },
)


def test_branches_repeats_that_grow_and_several_outputs(write, tmp_path):
    compare(BRANCHES, write(BRANCHES))
    code = (tmp_path / "network.py").read_text()
    assert "for index in range(4):" in code
    assert "in_channels=24 + index * 6" in code.replace("\n", " ")


READER = block(
    node("input", "Input"),
    node("lstm", "LSTM", "input", hidden_size=6, num_layers="$layers", output="$output"),
    node("output", "Output", "lstm"),
    layers=1,
    output="sequence",
)


def test_a_recurrent_layer_is_written_as_one_writes_it(write, tmp_path):
    """Unless a block is used with both of its outputs: its class is then included."""
    reads = network(
        node("input", "Input", shape=[9, 6]),
        node("first", "Reader", "input"),
        node("again", "GRU", "first", hidden_size=6, repeat=2),
        node("gru", "GRU", "again", hidden_size=4, bidirectional=True, output="last"),
        node("answer", "Output", "gru"),
        blocks={"Reader": READER},
    )
    compare(reads, write(reads))
    code = (tmp_path / "network.py").read_text()
    forward = """
        x = self.first(x)
        for index in range(2):
            x, _ = self.get_submodule(f"again{index}")(x)
        _, hidden = self.gru(x)
        return torch.cat((hidden[-2], hidden[-1]), dim=1)  # [N, 8]
"""
    assert forward in code and "        x, _ = self.lstm(x)\n        return x\n" in code
    assert "nn.GRU(" in code and "class GRU" not in code
    last = node("last", "Reader", "again", layers=2, output="last")
    graph = Graph(nodes=(*reads.graph.nodes[:3], last, node("answer", "Output", "last")))
    both = Architecture(name="both", graph=graph, blocks=reads.blocks)
    compare(both, write(both))
    assert "class LSTM(nn.LSTM):" in (tmp_path / "network.py").read_text()


def test_the_page_shows_what_is_written():
    page = (Path(__file__).parents[2] / "docs" / "code.md").read_text()
    code = python_code(read_architecture("resnet20"))
    shown = [part for part in re.findall(r"```python\n(.*?)```", page, re.DOTALL) if part.startswith("class ")]
    assert len(shown) == 2
    assert all(part in code for part in shown)
    assert f"the whole is {len(code.splitlines())} lines" in page


KEEPS = {
    "Conv2d": [{"out_channels": 4, "kernel_size": 3, "padding": 1}, {"out_channels": "$width", "kernel_size": 1}],
    "DepthwiseConv2d": [{"kernel_size": 3, "padding": 1}],
    "BatchNorm": [{}, {"momentum": 0.2}],
    "LayerScale": [{"initial": 0.5}],
    "ReLU": [{}],
    "LeakyReLU": [{"negative_slope": 0.3}],
    "Dropout": [{"p": 0.25}],
    "Identity": [{}],
    "Halve": [{}],
    "Concat": [{}],
    "Multiply": [{}],
}
"""Layers that keep height and width, so that any combination of them is a network."""


@st.composite
def graphs(draw: st.DrawFn, blocks: tuple[str, ...], num_inputs: int, num_outputs: int, shaped: bool) -> Graph:
    """A graph with an even number of channels everywhere, from these layers and blocks that take one picture each."""
    nodes = [
        node(f"in{number}" if number else "input", "Input", **({"shape": [4, 5, 5]} if shaped else {}))
        for number in range(num_inputs)
    ]
    sources = [each.name for each in nodes]
    for number in range(draw(st.integers(1, 6))):
        kind = draw(st.sampled_from([*KEEPS, *blocks]))
        parameters = (
            {"width": draw(st.sampled_from([2, 6, "$width"]))} if kind in blocks else draw(st.sampled_from(KEEPS[kind]))
        )
        wanted = 2 if kind in ("Concat", "Multiply") else 1
        inputs = draw(st.lists(st.sampled_from(sources[-4:]), min_size=wanted, max_size=wanted))
        inputs = [inputs[0]] * wanted if kind == "Multiply" else inputs
        repeat = draw(st.sampled_from([1, 1, 2, 3])) if kind not in ("Halve", "Concat", "Multiply") else 1
        name = draw(st.sampled_from([f"n{number}", str(number), f"{kind.lower()}{number}", f"layer{number}_"]))
        nodes.append(node(name, kind, *inputs, repeat=repeat, **parameters))
        sources += [name] if kind != "Halve" else []
        if kind == "Halve":
            whole = f"whole{number}"
            nodes.append(node(whole, "Concat", f"{name}:second", f"{name}:first"))
            sources.append(whole)
    ends = draw(st.lists(st.sampled_from(sources[-3:]), min_size=num_outputs, max_size=num_outputs))
    nodes += [node(f"out{number}", "Output", end) for number, end in enumerate(ends)]
    return Graph(nodes=tuple(nodes), parameters={"width": 4})


@st.composite
def networks(draw: st.DrawFn) -> Architecture:
    """A network with nested blocks, repeats, bound parameters, several inputs and outputs."""
    blocks: dict[str, Graph] = {}
    for name in ("Inner", "Outer"):
        blocks[name] = draw(graphs(tuple(blocks), num_inputs=1, num_outputs=1, shaped=False))
    graph = draw(
        graphs(tuple(blocks), num_inputs=draw(st.integers(1, 2)), num_outputs=draw(st.integers(1, 3)), shaped=True)
    )
    used = {each.type for each in graph.nodes}
    used |= {each.type for each in blocks["Outer"].nodes} if "Outer" in used else set()
    return Architecture(name="drawn", graph=graph, blocks={name: blocks[name] for name in blocks if name in used})


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(networks())
def test_whatever_is_drawn_is_written(architecture: Architecture):
    assume(analyse(architecture).sound)
    code = write_module(architecture)
    module = ModuleType("drawn")
    exec(compile(code.text, "drawn", "exec"), vars(module))
    compare(architecture, module)
