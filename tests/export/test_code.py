"""The Python that leaves the program: imported as a user would, compared with the module that is trained here."""

import importlib.util
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
import torch
from torch import Tensor, nn

from tests.compiler.networks import block, network, node, picture
from tests.layers.test_layers import CASES, Case
from workbench.compiler.module import build
from workbench.session.code import export_code, python_code
from workbench.spec.experiment import Architecture
from workbench.spec.files import preset_names, read_architecture
from workbench.spec.graph import Graph, Node

LARGE = 20_000_000
"""Parameters above which a network is compared by names and shapes, and not run."""


def imported(path: Path) -> ModuleType:
    """The file as a module, as ``import`` would have it."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module


def last_class(module: ModuleType) -> type[nn.Module]:
    """The class of the whole network, which is the last."""
    found = [
        value for value in vars(module).values() if isinstance(value, type) and value.__module__ == module.__name__
    ]
    return found[-1]


@pytest.fixture
def write(tmp_path: Path) -> Iterator[object]:
    """Write an architecture's code and import it."""
    before = set(sys.modules)

    def write(architecture: Architecture) -> ModuleType:
        file = tmp_path / "network.py"
        export_code(architecture, file)
        return imported(file)

    yield write
    for name in set(sys.modules) - before:
        del sys.modules[name]


def inputs_of(architecture: Architecture, batch: int = 2) -> list[Tensor]:
    from workbench.compiler.analysis import analyse

    nodes = analyse(architecture).nodes
    generator = torch.Generator().manual_seed(1)
    return [
        torch.randn(batch, *nodes[node.name].output_shapes[0], generator=generator)
        for node in architecture.graph.inputs
    ]


def compare(architecture: Architecture, module: ModuleType) -> None:
    """Names, first weights, and answers in training and evaluation, to the last bit."""
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


@pytest.mark.parametrize("name", preset_names("architectures"))
def test_a_presets_code_is_the_presets_network(name, write):
    architecture = read_architecture(name)
    with torch.device("meta"):
        num_parameters = sum(each.numel() for each in build(architecture).parameters())
    if num_parameters > LARGE:
        code = python_code(architecture)
        with torch.device("meta"):
            scope: dict[str, object] = {}
            exec(compile(code, name, "exec"), scope)
            kinds = [value for value in scope.values() if isinstance(value, type) and issubclass(value, nn.Module)]
            written = kinds[-1]().state_dict()
            state = build(architecture).state_dict()
        assert {key: value.shape for key, value in state.items()} == {
            key: value.shape for key, value in written.items()
        }
        return
    compare(architecture, write(architecture))


@pytest.mark.parametrize("name", ["lenet", "resnet20"])
def test_the_code_bears_no_trace_and_is_formatted(name, tmp_path):
    file = tmp_path / f"{name}.py"
    export_code(read_architecture(name), file)
    text = file.read_text()
    assert "workbench" not in text.lower()
    done = subprocess.run([sys.executable, "-m", "ruff", "format", "--isolated", "--check", file], capture_output=True)
    assert done.returncode == 0, done.stderr


# No Input gives a shape of more sides: the presets that make one inside prove those layers.
WRITABLE = [case for case in CASES if case.type != "Output" and all(len(shape) <= 3 for shape in case.shapes)]


@pytest.mark.parametrize("case", WRITABLE, ids=lambda case: case.type)
def test_every_layer_can_be_written(case: Case, write):
    """As a module where it has one: made again from what was read off it, it is the same."""
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


def test_the_page_shows_what_is_written():
    page = (Path(__file__).parents[2] / "docs" / "code.md").read_text()
    code = python_code(read_architecture("resnet20"))
    shown = [part for part in re.findall(r"```python\n(.*?)```", page, re.DOTALL) if part.startswith("class ")]
    assert len(shown) == 2
    assert all(part in code for part in shown)
    assert f"the whole is {len(code.splitlines())} lines" in page
