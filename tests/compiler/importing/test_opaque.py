"""Operators without a layer of their own become nodes with the operator's name, which run, learn and are exported."""

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper
from safetensors.torch import load_file
from torch import Tensor, fx, nn

from tests.export.written import imported as imported_code
from tests.export.written import last_class
from workbench import cli
from workbench.compiler.importing import expression
from workbench.compiler.importing.network import import_module, import_onnx
from workbench.compiler.importing.writing import write
from workbench.compiler.module import build
from workbench.export.onnx import export
from workbench.export.report import Preprocessing
from workbench.spec.files import read_architecture


class Unusual(nn.Module):
    """A cumulative sum, a distance to learned points and grid sampling: none of them is a layer here."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, padding=1)
        self.centres = nn.Parameter(torch.randn(5, 4))
        self.register_buffer("shift", torch.rand(8, 8))

    def forward(self, x: Tensor) -> Tensor:
        x = torch.cumsum(self.conv(x), dim=3) * self.shift
        tokens = x.flatten(2).logsumexp(2)
        return -torch.einsum("nkc,nkc->nk", tokens[:, None] - self.centres, tokens[:, None] - self.centres)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The architecture's file, with its weights beside it."""
    torch.manual_seed(0)
    write(import_module(Unusual(), ((3, 8, 8),), "unusual"), tmp_path / "unusual.json")
    return tmp_path / "unusual.json"


def of_file(file: Path) -> fx.GraphModule:
    module = build(read_architecture(file))
    module.load_state_dict(load_file(file.with_suffix(".safetensors")))
    return module


def original() -> nn.Module:
    torch.manual_seed(0)
    return Unusual()


X = torch.rand(3, 3, 8, 8, generator=torch.Generator().manual_seed(2))


def test_it_bears_the_operators_name(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    imported = import_module(original(), ((3, 8, 8),), "unusual")
    assert imported.opaque == ("cumsum", "shift", "logsumexp", "centres", "neg")
    assert cli.main(["summary", str(file)]) == 0
    said = capsys.readouterr().out
    assert all(name in said for name in imported.opaque) and "Formula" in said


def test_it_learns_as_the_original_does(file: Path) -> None:
    ours, theirs = of_file(file), original()
    for network in (ours, theirs):
        answer = network(X)
        answer = answer["output"] if isinstance(answer, dict) else answer
        answer.square().sum().backward()
    gradients = [parameter.grad for parameter in ours.parameters() if parameter.requires_grad]
    assert len(gradients) == 3
    for ours_, theirs_ in zip(
        sorted(gradients, key=Tensor.numel),
        sorted((p.grad for p in theirs.parameters()), key=Tensor.numel),
        strict=True,
    ):
        torch.testing.assert_close(ours_, theirs_, rtol=1e-4, atol=1e-5)


def test_it_leaves_as_onnx(file: Path, tmp_path: Path) -> None:
    module = of_file(file).eval()
    preprocessing = Preprocessing(colour="rgb", shape=(3, 8, 8))
    report = export(module, tmp_path / "out.onnx", images={"input": X}, preprocessing=preprocessing)
    assert report.proof.max_abs_difference < 1e-4
    session = onnxruntime.InferenceSession(tmp_path / "out.onnx", providers=["CPUExecutionProvider"])
    (found,) = session.run(None, {session.get_inputs()[0].name: X.numpy()})
    np.testing.assert_allclose(found, original()(X).detach().numpy(), rtol=1e-4, atol=1e-4)


def test_it_leaves_as_code(file: Path, tmp_path: Path) -> None:
    assert cli.main(["export", str(file), str(tmp_path / "unusual.py")]) == 0
    network = last_class(imported_code(tmp_path / "unusual.py"))()
    network.load_state_dict(load_file(file.with_suffix(".safetensors")))
    torch.testing.assert_close(network(X), original()(X), rtol=1e-4, atol=1e-4)


def test_an_operator_of_onnx_without_a_layer(tmp_path: Path) -> None:
    """Weights that are learned in the file stay trainable here."""
    nodes = [
        helper.make_node("LpNormalization", ["x"], ["a"], axis=1, p=1),
        helper.make_node("CumSum", ["a", "axis"], ["b"]),
        helper.make_node("Einsum", ["b", "w"], ["y"], equation="nchw,cd->nd"),
    ]
    weights = [
        numpy_helper.from_array(np.array(2), "axis"),
        numpy_helper.from_array(np.ones((3, 5), np.float32), "w"),
    ]
    ports = [helper.make_tensor_value_info("x", TensorProto.FLOAT, ("n", 3, 8, 8))]
    answers = [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)]
    graph = helper.make_graph(nodes, "unusual", ports, answers, weights)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)]), tmp_path / "a.onnx")
    imported = import_onnx(tmp_path / "a.onnx", None, "a")
    assert imported.opaque == ("normalize", "cumsum", "w") and imported.num_parameters == 15
    assert imported.max_abs_difference < 1e-5


class InParts(nn.Module):
    """Quarters of a picture form the batch of all layers, and their sum is passed along beside them."""

    DEPTH = 15

    def __init__(self) -> None:
        super().__init__()
        self.inner = nn.ModuleList(nn.Linear(4, 4) for _ in range(self.DEPTH))
        self.outer = nn.ModuleList(nn.Linear(16, 5) for _ in range(self.DEPTH))

    def forward(self, x: Tensor) -> Tensor:
        number = x.shape[0]
        parts = x.reshape(number * 4, 4, 4)
        whole = torch.zeros(number, 4, 5)
        for inner, outer in zip(self.inner, self.outer, strict=True):
            parts = parts + torch.tanh(inner(parts))
            whole = whole + outer(parts.reshape(number, 4, 16))
        return whole.mean(1)


def test_parts_of_pictures_that_stand_in_the_batch_are_handed_on_with_their_picture(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A separate formula for each value shared by all parts would contain everything before it."""
    monkeypatch.setattr(expression, "MOST_OPERATIONS", 30)
    torch.manual_seed(0)
    found = import_module(InParts(), ((1, 8, 8),), "in parts")
    assert found.max_abs_difference < 1e-4
    graphs = (found.architecture.graph, *found.architecture.blocks.values())
    nodes = [node for graph in graphs for node in graph.nodes]
    assert max(len(node.parameters.get("formula", "")) for node in nodes) < 200
