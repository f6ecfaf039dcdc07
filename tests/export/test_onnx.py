"""An exported ONNX file, run in onnxruntime, gives the same outputs as the network in torch."""

import hashlib
import json
from pathlib import Path

import msgspec
import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from sklearn.datasets import load_digits
from torch import Tensor, fx, nn
from torch.nn import functional

import workbench
from tests.compiler.networks import RESIDUAL, network, node, picture
from workbench.compiler.module import build
from workbench.export.onnx import _prove, export
from workbench.export.report import DEFAULT_OPSET, OPSETS, Preprocessing, Proof
from workbench.spec.column import Column
from workbench.spec.experiment import Architecture
from workbench.spec.problems import SpecError

GREY = Preprocessing(colour="grey", shape=(1, 28, 28), value_range=(0.0, 1.0), mean=(0.3,), std=(0.4,))
CLASSES = tuple("0123456789")


def lenet() -> Architecture:
    return network(
        picture(1, 28),
        node("conv1", "Conv2d", "input", out_channels=6, kernel_size=5, padding=2),
        node("relu1", "ReLU", "conv1"),
        node("pool1", "MaxPool2d", "relu1", kernel_size=2),
        node("conv2", "Conv2d", "pool1", out_channels=16, kernel_size=5),
        node("relu2", "ReLU", "conv2"),
        node("pool2", "MaxPool2d", "relu2", kernel_size=2),
        node("flatten", "Flatten", "pool2"),
        node("fc1", "Linear", "flatten", out_features=84),
        node("relu3", "ReLU", "fc1"),
        node("dropout", "Dropout", "relu3", p=0.5),
        node("fc2", "Linear", "dropout", out_features=10),
        node("logits", "Output", "fc2"),
    )


def perceptron() -> Architecture:
    return network(
        node("point", "Input", shape=[2]),
        node("fc1", "Linear", "point", out_features=16),
        node("gelu", "GELU", "fc1"),
        node("fc2", "Linear", "gelu", out_features=3),
        node("logits", "Output", "fc2"),
    )


def residual() -> Architecture:
    return network(
        picture(3, 16),
        node("conv1", "Conv2d", "input", out_channels=8, kernel_size=3, padding=1, bias=False),
        node("bn1", "BatchNorm", "conv1"),
        node("block", "Residual", "bn1", repeat=3),
        node("pool", "AdaptiveAvgPool2d", "block", output_size=1),
        node("flatten", "Flatten", "pool"),
        node("fc", "Linear", "flatten", out_features=10),
        node("logits", "Output", "fc"),
        blocks={"Residual": RESIDUAL},
    )


def attention() -> Architecture:
    return network(
        picture(1, 28),
        node("patches", "Conv2d", "input", out_channels=32, kernel_size=7, stride=7),
        node("row", "Reshape", "patches", shape=[32, 16]),
        node("tokens", "Permute", "row", dims=[0, 2, 1]),
        node("norm", "LayerNorm", "tokens"),
        node("attention", "MultiheadSelfAttention", "norm", num_heads=4),
        node("add", "Add", "attention", "tokens"),
        node("flatten", "Flatten", "add"),
        node("fc", "Linear", "flatten", out_features=10),
        node("logits", "Output", "fc"),
    )


def two_towers_two_heads() -> Architecture:
    """Outputs that are not in alphabetical order, and Inputs of different shapes."""
    return network(
        node("right", "Input", shape=[1, 8, 8]),
        node("left", "Input", shape=[3, 8, 8]),
        node("join", "Concat", "right", "left"),
        node("conv", "Conv2d", "join", out_channels=4, kernel_size=3),
        node("flatten", "Flatten", "conv"),
        node("fc1", "Linear", "flatten", out_features=5),
        node("fc2", "Linear", "flatten", out_features=1),
        node("map", "Output", "conv"),
        node("kind", "Output", "fc1"),
        node("age", "Output", "fc2"),
    )


def noise(architecture: Architecture, num: int = 70) -> dict[str, Tensor]:
    generator = torch.Generator().manual_seed(0)
    return {
        node.name: torch.randn(num, *node.parameters["shape"], generator=generator)
        for node in architecture.graph.inputs
    }


def digits() -> tuple[Tensor, Tensor]:
    """Handwritten digits, enlarged to 28×28 and normalised: float32 [1797, 1, 28, 28], int64 [1797]."""
    data = load_digits()
    small = torch.tensor(data.images, dtype=torch.float32)[:, None] / 16
    inputs = functional.interpolate(small, size=28, mode="bilinear")
    return (inputs - GREY.mean[0]) / GREY.std[0], torch.tensor(data.target)


@pytest.fixture(scope="module")
def trained() -> fx.GraphModule:
    """LeNet after two epochs on 1,500 digits."""
    inputs, targets = digits()
    module = build(lenet(), seed=0)
    optimizer = torch.optim.Adam(module.parameters(), lr=2e-3)
    for _epoch in range(2):
        for batch, wanted in zip(inputs[:1500].split(50), targets[:1500].split(50), strict=True):
            optimizer.zero_grad()
            functional.cross_entropy(module(batch)["logits"], wanted).backward()
            optimizer.step()
    return module


def run(file: Path, inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    return dict(zip([output.name for output in session.get_outputs()], session.run(None, inputs), strict=True))


def test_a_trained_lenet_answers_the_same_from_the_file_alone(trained: fx.GraphModule, tmp_path: Path) -> None:
    inputs, targets = digits()
    file = tmp_path / "lenet.onnx"
    report = export(trained, file, images={"input": inputs[1500:]}, preprocessing=GREY, class_names=CLASSES)

    assert trained.training, "the network that is exported goes on training"
    with torch.no_grad():
        expected = trained.eval()(inputs[1500:])["logits"].numpy()
    trained.train()
    found = run(file, {"input": inputs[1500:].numpy()})["logits"]
    np.testing.assert_allclose(found, expected, atol=1e-4)
    assert (found.argmax(axis=1) == targets[1500:].numpy()).mean() > 0.8

    assert report.proof.images == 297 and report.proof.top1_agreement == 1.0
    assert 0 < report.proof.max_abs_difference < 1e-4
    assert report.size_bytes == file.stat().st_size and [*tmp_path.iterdir()] == [file]


def test_in_integers_a_network_is_a_third_as_large_and_answers_nearly_the_same(
    trained: fx.GraphModule, tmp_path: Path
) -> None:
    inputs, targets = digits()
    test = {"input": inputs[1500:]}
    floats = export(trained, tmp_path / "floats.onnx", images=test, preprocessing=GREY)
    report = export(
        trained, tmp_path / "small.onnx", images=test, preprocessing=GREY, calibration={"input": inputs[:200]}
    )
    assert report.size_bytes < floats.size_bytes / 3 and 0.99 < report.size_as_floats / floats.size_bytes <= 1
    model = onnx.load(tmp_path / "small.onnx")
    weights = [each for each in model.graph.initializer if len(each.dims) > 1]
    assert len(weights) == 4 and {each.data_type for each in weights} == {onnx.TensorProto.INT8}
    exact, found = (run(file, {"input": test["input"].numpy()})["logits"] for file in tmp_path.glob("*.onnx"))
    assert np.abs(exact - found).max() == pytest.approx(report.proof.max_abs_difference, rel=1e-3)
    assert report.proof.max_abs_difference < np.abs(exact).max() / 10
    right = [(each.argmax(axis=1) == targets[1500:].numpy()).mean() for each in (exact, found)]
    assert abs(right[0] - right[1]) < 0.02 and report.proof.top1_agreement > 0.97


def test_an_embedding_has_no_first_class(trained: fx.GraphModule, tmp_path: Path) -> None:
    inputs, _ = digits()
    report = export(trained, tmp_path / "x.onnx", images={"input": inputs[:9]}, preprocessing=GREY, answers={})
    assert report.proof.top1_agreement is None


def test_the_file_says_what_it_is(trained: fx.GraphModule, tmp_path: Path) -> None:
    inputs, _ = digits()
    file = tmp_path / "lenet.onnx"
    answers = {"logits": Column(name="digit", kind="class", names=CLASSES)}
    report = export(
        trained, file, images={"input": inputs[:9]}, preprocessing=GREY, class_names=CLASSES, answers=answers
    )
    assert report.sha256 == hashlib.sha256(file.read_bytes()).hexdigest()
    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    metadata = {key: json.loads(value) for key, value in session.get_modelmeta().custom_metadata_map.items()}
    assert metadata["class_names"] == list(CLASSES)
    assert msgspec.convert(metadata["answers"], dict[str, Column]) == answers
    assert metadata["preprocessing"] == {
        "colour": "grey",
        "shape": [1, 28, 28],
        "value_range": [0.0, 1.0],
        "mean": [0.3],
        "std": [0.4],
        "features": [],
    }
    assert metadata["proof"]["images"] == 9
    assert metadata["proof"]["max_abs_difference"] == report.proof.max_abs_difference
    assert "no softmax" in metadata["outputs"]
    assert [value.shape for value in session.get_inputs()] == [["batch", 1, 28, 28]]
    assert (onnx.load(file).producer_name, onnx.load(file).producer_version) == ("workbench", workbench.__version__)


def test_the_file_tells_nothing_of_this_machine(trained: fx.GraphModule, tmp_path: Path) -> None:
    inputs, _ = digits()
    file = tmp_path / "lenet.onnx"
    export(trained, file, images={"input": inputs[:2]}, preprocessing=GREY)
    assert str(Path(torch.__file__).parent).encode() not in file.read_bytes()
    weights = {weight.name for weight in onnx.load(file).graph.initializer}
    assert {"conv1.weight", "fc2.bias"} <= weights, "layers keep their names"


@pytest.mark.parametrize("opset", OPSETS)
def test_every_opset_offered_is_written_and_read_by_onnxruntime(
    opset: int, trained: fx.GraphModule, tmp_path: Path
) -> None:
    inputs, _ = digits()
    file = tmp_path / "lenet.onnx"
    report = export(trained, file, images={"input": inputs[:3]}, preprocessing=GREY, opset=opset)
    assert report.opset == opset
    assert [entry.version for entry in onnx.load(file).opset_import if entry.domain == ""] == [opset]


@pytest.mark.parametrize("opset", [OPSETS[0], OPSETS[-1]])
@pytest.mark.parametrize("architecture", [perceptron, residual, attention, two_towers_two_heads])
def test_other_networks(architecture, opset: int, tmp_path: Path) -> None:
    drawn = architecture()
    module, images, file = build(drawn, seed=1).eval(), noise(drawn), tmp_path / "network.onnx"
    report = export(module, file, images=images, preprocessing=GREY, opset=opset)
    assert report.proof.top1_agreement == 1.0
    with torch.no_grad():
        expected = module(*(values[:7] for values in images.values()))
    found = run(file, {name: values[:7].numpy() for name, values in images.items()})
    assert list(found) == list(expected) == [output.name for output in drawn.graph.outputs]
    for name, values in expected.items():
        np.testing.assert_allclose(found[name], values, atol=1e-5)


def test_no_agreement_is_claimed_where_nothing_ranks_classes(tmp_path: Path) -> None:
    drawn = network(
        picture(1, 8), node("conv", "Conv2d", "input", out_channels=2, kernel_size=3), node("y", "Output", "conv")
    )
    report = export(build(drawn), tmp_path / "map.onnx", images=noise(drawn, 2), preprocessing=GREY)
    assert report.proof.top1_agreement is None and report.proof.max_abs_difference < 1e-5


def test_a_pool_that_onnx_gives_another_size_is_refused_in_words(tmp_path: Path) -> None:
    pool = node("pool", "AvgPool2d", "input", kernel_size=2, stride=2, padding=1, ceil_mode=True)
    drawn, file = network(picture(1, 5), pool, node("y", "Output", "pool")), tmp_path / "pool.onnx"
    with pytest.raises(
        SpecError, match="by ONNX's rules, AveragePool gives another size than by torch's, .* ceil_mode"
    ):
        export(build(drawn), file, images=noise(drawn, 2), preprocessing=GREY)
    assert not file.exists()


@pytest.mark.parametrize("opset", [11, OPSETS[-1] + 1])
def test_an_opset_that_is_not_offered(opset: int, trained: fx.GraphModule, tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=f"opset {opset} is not supported; choose one of 18 to 23"):
        export(trained, tmp_path / "x.onnx", images={"input": digits()[0][:2]}, preprocessing=GREY, opset=opset)


def test_a_diverged_network_is_not_written(tmp_path: Path) -> None:
    drawn = perceptron()
    module = build(drawn)
    with torch.no_grad():
        module.get_submodule("fc1").weight.fill_(float("nan"))
    with pytest.raises(SpecError, match="diverged"):
        export(module, tmp_path / "x.onnx", images=noise(drawn), preprocessing=GREY)
    assert not [*tmp_path.iterdir()]


class _Leaves(fx.Tracer):
    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        return True


def with_head(head: nn.Module) -> fx.GraphModule:
    """A convolution followed by a user's own layer."""

    class Network(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv1 = nn.Conv2d(1, 2, 3)
            self.head = head

        def forward(self, x: Tensor) -> dict[str, Tensor]:
            return {"logits": self.head(self.conv1(x))}

    module = Network()
    return fx.GraphModule(module, _Leaves().trace(module))


def test_a_layer_that_onnx_has_no_word_for(tmp_path: Path) -> None:
    class SingularValues(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return torch.linalg.svdvals(x.flatten(start_dim=2))

    with pytest.raises(SpecError) as caught:
        export(
            with_head(SingularValues()),
            tmp_path / "x.onnx",
            images={"x": torch.randn(4, 1, 8, 8)},
            preprocessing=GREY,
            opset=DEFAULT_OPSET,
        )
    assert str(caught.value).startswith("opset 18 has no linalg_svd") and "\n" not in str(caught.value)
    assert not [*tmp_path.iterdir()]


def test_a_layer_that_torchs_exporter_does_not_follow(tmp_path: Path) -> None:
    class OneWayOrAnother(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return x if x.sum() > 0 else -x

    with pytest.raises(SpecError) as caught:
        export(
            with_head(OneWayOrAnother()), tmp_path / "x.onnx", images={"x": torch.randn(4, 1, 8, 8)}, preprocessing=GREY
        )
    said = str(caught.value)
    assert said.startswith("the network cannot be exported as ONNX (PyTorch code works); torch's exporter says: ")
    assert "\n" not in said and not [*tmp_path.iterdir()]


def test_a_layer_that_counts_on_one_batch_size_is_found_out(tmp_path: Path) -> None:
    class PairsOnly(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return x.reshape(2, -1)

    with pytest.raises(SpecError, match="gives 2 outputs for 1 inputs, so it mixes them; nothing was written"):
        export(with_head(PairsOnly()), tmp_path / "x.onnx", images={"x": torch.randn(4, 1, 8, 8)}, preprocessing=GREY)
    assert not [*tmp_path.iterdir()]


def test_a_file_that_onnxruntime_cannot_read_is_not_written(tmp_path: Path) -> None:
    """Opset 18 has no Softplus of bfloat16, and torch writes one."""

    class Shortened(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return functional.softplus(x.bfloat16()).float()

    with pytest.raises(
        SpecError, match="onnxruntime cannot read the exported network: .*Softplus.*; nothing was written"
    ):
        export(with_head(Shortened()), tmp_path / "x.onnx", images={"x": torch.randn(4, 1, 8, 8)}, preprocessing=GREY)
    assert not [*tmp_path.iterdir()]


class Twice(nn.Module):
    """Gives its input [N, C] as two outputs."""

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        return {"first": x * 1, "second": x * 1}


def proof_of(x: Tensor, *nodes: onnx.NodeProto, **constants: list[float]) -> Proof:
    """What the verification says of a file whose nodes make ``first`` and ``second`` of ``x``, as ``Twice``."""
    make = onnx.helper.make_tensor_value_info
    given, first, second = (
        make(name, onnx.TensorProto.FLOAT, ["batch", x.shape[1]]) for name in ("x", "first", "second")
    )
    held = [onnx.numpy_helper.from_array(np.array(value, np.float32), name) for name, value in constants.items()]
    graph = onnx.helper.make_graph(nodes, "by hand", [given], [first, second], held)
    model = onnx.helper.make_model(graph, ir_version=8, opset_imports=[onnx.helper.make_opsetid("", 18)])
    return _prove(model, fx.symbolic_trace(Twice()), {"x": x}, ("first", "second"))


FIRST_ALIKE = onnx.helper.make_node("Identity", ["x"], ["first"])
SECOND_ALIKE = onnx.helper.make_node("Identity", ["x"], ["second"])


def test_what_is_no_number_in_the_file_alone_is_a_difference_in_whichever_output() -> None:
    nodes = [
        FIRST_ALIKE,
        onnx.helper.make_node("Sub", ["x", "x"], ["nought"]),
        onnx.helper.make_node("Div", ["nought", "nought"], ["second"]),
    ]
    with pytest.raises(SpecError, match="outputs differ by up to nan"):
        proof_of(torch.randn(4, 3), *nodes)


@pytest.mark.parametrize("row", [0, 1, 64, 65, 69])
def test_every_picture_is_compared(row: int) -> None:
    """The file differs above 10 alone, which one of 70 pictures is."""
    x = torch.zeros(70, 3)
    x[row, 1] = 11
    with pytest.raises(SpecError, match="outputs differ by up to 1; nothing was written"):
        proof_of(x, FIRST_ALIKE, onnx.helper.make_node("Min", ["x", "most"], ["second"]), most=[10.0])


@pytest.mark.parametrize(
    ("largest", "difference", "is_rounding"),
    [(0.1, 0.0009, True), (0.1, 0.0011, False), (50, 0.045, True), (50, 0.055, False)],
)
def test_a_difference_of_a_thousandth_of_the_largest_response_is_rounding(
    largest: float, difference: float, is_rounding: bool
) -> None:
    """In whichever output, and of one at least where all responses are small."""
    x = torch.tensor([[0.0, -largest], [largest / 2, 0.0]])
    add = onnx.helper.make_node("Add", ["x", "more"], ["second"])
    if is_rounding:
        found = proof_of(x, FIRST_ALIKE, add, more=[difference])
        assert found.images == 2 and found.max_abs_difference == pytest.approx(difference, rel=1e-3)
    else:
        with pytest.raises(SpecError, match="outputs differ"):
            proof_of(x, FIRST_ALIKE, add, more=[difference])


def test_an_agreement_is_one_in_all_outputs_that_rank_classes() -> None:
    """Of four pictures, one is of another class in the first output, and one in the second."""
    x = torch.tensor([[0, 5e-5, -1], [0, 1, -1], [-1, 5e-5, 0], [-1, 1, 0]])
    nodes = [onnx.helper.make_node("Add", ["x", name], [output]) for name, output in (("a", "first"), ("b", "second"))]
    assert proof_of(x, *nodes, a=[1e-4, 0, 0], b=[0, 0, 1e-4]).top1_agreement == 0.5
    assert proof_of(x[:, :1], FIRST_ALIKE, SECOND_ALIKE).top1_agreement is None
