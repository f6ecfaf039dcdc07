"""Imported ONNX files, from onnx and both of torch's exporters, against onnxruntime and onnx's own test cases."""

import importlib.util
import logging
import warnings
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
import torchvision
from onnx import TensorProto, helper
from onnx.backend.test.case.node import collect_testcases
from onnx.backend.test.case.test_case import TestCase
from torch import Tensor, nn
from torch.nn import functional
from torchvision.models.resnet import BasicBlock

from tests.compiler.importing.imported import nodes_of
from workbench.compiler.importing.network import TOLERANCE, Imported, import_onnx
from workbench.compiler.importing.onnx_file import opset_of
from workbench.compiler.importing.onnx_network import _node, compute
from workbench.compiler.importing.onnx_operators.declaring import OPERATORS
from workbench.compiler.importing.operations import Unfit, Unreadable
from workbench.compiler.module import build
from workbench.spec.experiment import Architecture
from workbench.spec.files import from_json, to_json

LIGHT = Path(onnx.__file__).parent / "backend" / "test" / "data" / "light"
RAPIDOCR = Path(importlib.util.find_spec("rapidocr").origin).parent / "models"
QUICK = ("densenet121", "resnet50", "shufflenet", "squeezenet")
REST = ("bvlc_alexnet", "inception_v1", "inception_v2", "vgg19", "zfnet512")


def proven(file: Path, shape: tuple[int, ...] | None = None) -> Imported:
    """Import the file, and compare its outputs on new pictures with those of onnxruntime."""
    imported = import_onnx(file, shape, file.stem)
    assert imported.max_abs_difference <= TOLERANCE
    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    known = imported.architecture.graph.inputs[0].parameters["shape"]
    x = torch.rand(1, *known) * 3 - 1
    expected = session.run(None, {session.get_inputs()[0].name: x.numpy()})
    module = build(from_json(to_json(imported.architecture), Architecture)).eval()
    module.load_state_dict(imported.weights, strict=False)
    with torch.no_grad():
        found = list(module(x).values())
    for wanted, given in zip(expected, found, strict=True):
        np.testing.assert_allclose(given.numpy(), wanted, atol=1e-4, rtol=1e-3)
    return imported


@cache
def light(name: str) -> Imported:
    """One of onnx's own light models, ``proven`` once for all tests."""
    return proven(LIGHT / f"light_{name}.onnx")


@pytest.mark.parametrize("name", QUICK)
def test_onnxs_own_light_models(name: str) -> None:
    imported = light(name)
    assert imported.opaque == () and imported.unused == ()


@pytest.mark.slow
@pytest.mark.parametrize("name", REST)
def test_the_rest_of_onnxs_own_light_models(name: str) -> None:
    assert len(light(name).opaque) <= 1


@pytest.mark.parametrize(
    ("task", "shape"),
    [
        ("cls", None),
        ("det", (3, 64, 64)),
        ("rec", (3, 48, 64)),
        pytest.param("det", None, marks=pytest.mark.slow),
        pytest.param("rec", None, marks=pytest.mark.slow),
    ],
)
def test_rapidocrs_three_models(task: str, shape: tuple[int, ...] | None) -> None:
    """Paddle's exporter: which lines of a page are upside down, where text is, what it says."""
    (file,) = RAPIDOCR.glob(f"*_{task}_*.onnx")
    assert proven(file, shape).unused == ()


def test_repeated_structure_is_found_where_nothing_names_it() -> None:
    residual = light("resnet50").architecture
    assert len(residual.graph.nodes) <= 20
    assert sorted(node.repeat for node in nodes_of(residual, "Residual")) == [2, 2, 3, 5]
    dense = light("densenet121").architecture
    assert sorted(node.repeat for node in nodes_of(dense, "Dense")) == [6, 12, 16, 24]
    assert len(nodes_of(dense, "BatchNorm")) < 10, "scale and shift are the norm's own"


class LeNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        pools = (nn.AvgPool2d(2), nn.MaxPool2d(2))
        convolutions = (nn.Conv2d(1, 6, 5, padding=2), nn.Conv2d(6, 16, 5))
        self.features = nn.Sequential(convolutions[0], nn.Tanh(), pools[0], convolutions[1], nn.ReLU(), pools[1])
        self.fc = nn.Linear(400, 84)
        self.out = nn.Linear(84, 10)

    def forward(self, x: Tensor) -> Tensor:
        return self.out(torch.sigmoid(self.fc(torch.flatten(self.features(x), 1))))


class Activations(nn.Module):
    """Activations that exporters decompose, or whose form differs between opsets."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, padding=1)
        self.norm = nn.LayerNorm(8)
        self.fc = nn.Linear(8, 8)

    def forward(self, x: Tensor) -> Tensor:
        x = functional.hardswish(self.conv(functional.pad(x, (1, 0, 2, 1))))
        x = functional.interpolate(x, scale_factor=2, mode="nearest")[:, :, 1:-1, ::2]
        tokens = self.norm(x.flatten(2).transpose(1, 2))
        tokens = functional.gelu(self.fc(tokens)) + functional.silu(tokens)
        first, second = tokens.clamp(-1, 1).chunk(2, dim=2)
        return torch.cat([first.mean(1), second.amax(1)], 1).softmax(1)


def transformer() -> nn.Module:
    network = torchvision.models.VisionTransformer(
        image_size=32, patch_size=8, num_layers=3, num_heads=4, hidden_dim=32, mlp_dim=64, num_classes=7
    )
    for parameter in network.parameters():
        nn.init.normal_(parameter, std=0.2)
    return network


MAKERS = {
    "lenet": (LeNet, (1, 28, 28)),
    "residual": (lambda: torchvision.models.ResNet(BasicBlock, [2, 2, 2, 2], num_classes=7), (3, 64, 64)),
    "transformer": (transformer, (3, 32, 32)),
    "activations": (Activations, (3, 16, 16)),
}
EXPORTS = [
    ("lenet", "old", 9),
    ("lenet", "new", 23),
    ("residual", "old", 9),
    ("residual", "new", 18),
    ("transformer", "old", 14),
    ("transformer", "new", 18),
    ("activations", "old", 11),
    ("activations", "old", 17),
    ("activations", "new", 20),
]


def exported(name: str, exporter: str, opset: int, folder: Path) -> Path:
    torch.manual_seed(0)
    make, shape = MAKERS[name]
    network, file, x = make().eval(), folder / f"{name}.onnx", torch.randn(2, *shape)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        logging.disable(logging.WARNING)
        try:
            if exporter == "old":
                axes = {"x": {0: "n"}}
                torch.onnx.export(
                    network, (x,), file, dynamo=False, opset_version=opset, input_names=["x"], dynamic_axes=axes
                )
            else:
                shapes = ({0: torch.export.Dim("n")},)
                torch.onnx.export(
                    network,
                    (x,),
                    file,
                    dynamo=True,
                    opset_version=opset,
                    external_data=False,
                    verbose=False,
                    dynamic_shapes=shapes,
                )
        finally:
            logging.disable(logging.NOTSET)
    return file


@pytest.mark.parametrize(("name", "exporter", "opset"), EXPORTS)
def test_files_of_both_of_torchs_exporters(name: str, exporter: str, opset: int, tmp_path: Path) -> None:
    imported = proven(exported(name, exporter, opset, tmp_path))
    assert len(imported.opaque) <= (4 if name == "activations" else 0), imported.opaque
    if name == "transformer":
        assert nodes_of(imported.architecture, "MultiheadSelfAttention"), "attention is put together again"
    if name == "residual":
        assert any(node.name == "layer1" for node in imported.architecture.graph.nodes), "modules keep their names"


NOT_NUMBERS = ("float8", "float4", "int4", "int2", "bfloat16", "string")


def tensor_of(thing: object) -> Tensor:
    array = onnx.numpy_helper.to_array(thing) if isinstance(thing, TensorProto) else thing
    return torch.from_numpy(np.array(array))


@pytest.fixture(scope="module")
def simple_cases() -> list[TestCase]:
    """onnx's own test cases of one node each."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return [case for case in collect_testcases(None) if case.model is not None and len(case.model.graph.node) == 1]


WITHOUT_CASES = {"GlobalLpPool"}


@pytest.mark.parametrize("name", sorted(OPERATORS.keys() - WITHOUT_CASES))
def test_each_operator_computes_what_onnx_says(name: str, simple_cases: list[TestCase]) -> None:
    """On onnx's own test cases the outputs are equal, or the operator is rejected in a sentence."""
    cases = [
        case
        for case in simple_cases
        if case.model.graph.node[0].op_type == name and not any(kind in case.name.lower() for kind in NOT_NUMBERS)
    ]
    assert cases
    equal = 0
    for case in cases:
        graph = case.model.graph
        for given, wanted in case.data_sets:
            values: dict[str, Tensor | None] = {"": None}
            try:
                values |= {entry.name: tensor_of(x) for entry, x in zip(graph.input, given, strict=True)}
                compute(_node(graph.node[0], opset_of(case.model)), values)
            except (Unreadable, TypeError):  # numpy has more dtypes than torch
                continue
            for entry, answer in zip(graph.output, wanted, strict=True):
                if entry.name in values:
                    found, answer = values[entry.name], tensor_of(answer).numpy()
                    assert tuple(found.shape) == answer.shape, case.name
                    np.testing.assert_allclose(found.numpy(), answer, rtol=1e-3, atol=1e-5, err_msg=case.name)
                    equal += 1
    assert equal


def model(
    *nodes: onnx.NodeProto,
    dtype: int = TensorProto.FLOAT,
    shape: tuple[object, ...] = ("n", 3, 8, 8),
    weights: Sequence[TensorProto] = (),
) -> bytes:
    """A file of these nodes, from x to y."""
    x = helper.make_tensor_value_info("x", dtype, shape)
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, None)
    graph = helper.make_graph(list(nodes), "test", [x], [y], weights)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)]).SerializeToString()


BRANCH = helper.make_graph([], "branch", [], [])
REFUSED = {
    "it contains control flow (If), which a graph of layers cannot represent": model(
        helper.make_node("If", ["x"], ["y"], then_branch=BRANCH, else_branch=BRANCH)
    ),
    "it uses ONNX's operator SequenceAt, which is not supported": model(
        helper.make_node("SequenceAt", ["x", "x"], ["y"])
    ),
    "it uses the operator Attention of com.microsoft, which is not a standard ONNX operator": model(
        helper.make_node("Attention", ["x"], ["y"], domain="com.microsoft")
    ),
    "its input x takes int64, not float32: networks for text and similar data cannot be imported": model(
        helper.make_node("Identity", ["x"], ["y"]), dtype=TensorProto.INT64
    ),
    "its input x has 5 dimensions; only pictures, tokens and vectors are supported": model(
        helper.make_node("Relu", ["x"], ["y"]), shape=("n", 1, 2, 3, 4)
    ),
    "its Relu uses z, which no earlier node produces": model(helper.make_node("Relu", ["z"], ["y"])),
}


@pytest.mark.parametrize("sentence", REFUSED)
def test_what_cannot_come_in_is_said(sentence: str, tmp_path: Path) -> None:
    file = tmp_path / "a.onnx"
    file.write_bytes(REFUSED[sentence])
    with pytest.raises(Unreadable) as caught:
        import_onnx(file, None, "a")
    assert str(caught.value) == sentence


def test_sides_that_the_file_leaves_open_can_be_chosen(tmp_path: Path) -> None:
    file = tmp_path / "a.onnx"
    file.write_bytes(model(helper.make_node("Relu", ["x"], ["y"]), shape=("n", 3, "h", "w")))
    assert proven(file).architecture.graph.inputs[0].parameters["shape"] == [3, 224, 224]
    assert proven(file, (3, 20, 30)).architecture.graph.inputs[0].parameters["shape"] == [3, 20, 30]
    with pytest.raises(Unfit, match="its Conv cannot be computed.*: set the dimensions that the file leaves open"):
        too_large = helper.make_tensor("w", TensorProto.FLOAT, (1, 3, 300, 300), [0.0] * 270_000)
        file.write_bytes(
            model(helper.make_node("Conv", ["x", "w"], ["y"]), shape=("n", 3, "h", "w"), weights=[too_large])
        )
        import_onnx(file, None, "a")
    file.write_bytes(model(helper.make_node("Relu", ["x"], ["y"]), shape=("n", 3, "h", "w")))
    with pytest.raises(Unreadable, match="its input x expects 3, any, any, not 1, 20, 30"):
        import_onnx(file, (1, 20, 30), "a")


def test_sides_of_a_line_of_text_where_those_of_a_photograph_do_not_fit(tmp_path: Path) -> None:
    file = tmp_path / "a.onnx"
    line = helper.make_tensor("w", TensorProto.FLOAT, (48, 1), [1.0] * 48)
    file.write_bytes(model(helper.make_node("Add", ["x", "w"], ["y"]), shape=("n", 3, "h", "w"), weights=[line]))
    assert proven(file).architecture.graph.inputs[0].parameters["shape"] == [3, 48, 320]
