"""Operators that no layer and no listed function covers: imported under their names, run, and exported again."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from onnx import NodeProto, TensorProto, helper, numpy_helper
from safetensors.torch import load_file
from torch import Tensor, nn

from tests.compiler.importing.imported import proven
from tests.compiler.importing.tensors import f32, i64
from tests.export.written import imported as imported_code
from tests.export.written import last_class
from workbench import cli
from workbench.compiler.importing.network import import_module, import_onnx
from workbench.compiler.importing.operations import Unreadable
from workbench.compiler.importing.writing import write
from workbench.compiler.module import build
from workbench.layers import LAYERS
from workbench.layers.base import Refusal
from workbench.layers.modules.vocabulary import path_of
from workbench.spec.files import read_architecture

X = torch.rand(3, 3, 8, 8, generator=torch.Generator().manual_seed(2))


class SingularValues(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return torch.linalg.svdvals(x)


class Frequencies(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return torch.fft.rfft2(x).abs()


class Windows(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x.unfold(2, 4, 2).unfold(3, 4, 2).logcumsumexp(2)


class Uncommon(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return torch.special.entr(x.abs()) + torch.hypot(x, x) + torch.linalg.matrix_exp(x)


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        (SingularValues, ("linalg_svdvals",)),
        (Frequencies, ("abs",)),
        (Windows, ("logcumsumexp",)),
        (Uncommon, ("abs", "special_entr", "hypot", "linalg_matrix_exp")),
    ],
)
def test_any_function_of_torchs_that_gives_tensors_for_tensors(kind, names, tmp_path) -> None:
    imported = proven(kind().eval(), (3, 8, 8))
    assert set(names) <= set(imported.opaque)
    write(imported, tmp_path / "a.json")
    assert cli.main(["export", str(tmp_path / "a.json"), str(tmp_path / "a.py")]) == 0
    torch.testing.assert_close(last_class(imported_code(tmp_path / "a.py"))()(X), kind()(X))


def test_what_onnx_has_no_word_for_is_said_at_the_export(tmp_path, capsys) -> None:
    write(import_module(SingularValues(), ((3, 8, 8),), "a"), tmp_path / "a.json")
    assert cli.main(["export", str(tmp_path / "a.json"), str(tmp_path / "a.onnx")]) == 2
    said = capsys.readouterr().err.strip().splitlines()
    assert said == ["opset 18 has no linalg_svd: replace the layer, choose a newer opset, or export PyTorch code"]


@pytest.mark.parametrize(
    "name",
    [
        "load",
        "save",
        "from_file",
        "compile",
        "_foreach_add",
        "empty_like",
        "cudnn_convolution",
        "multinomial",
        "nonzero",
        "item",
    ],
)
def test_what_reads_files_draws_chance_or_touches_more_than_tensors_is_no_word_of_a_formula(name: str) -> None:
    assert path_of(name) is None
    with pytest.raises(Refusal, match="a formula cannot call"):
        LAYERS.make("Formula", {"formula": f"{name}(x)"}).check((3, 8, 8))


def i8(name: str, numbers: object) -> TensorProto:
    return numpy_helper.from_array(np.array(numbers, np.int8), name)


def written(file: Path, nodes: list[NodeProto], *weights: TensorProto, opset: int = 18) -> Path:
    """A file of these nodes, from x to y."""
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, ("n", 3, 8, 8))
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, None)
    graph = helper.make_graph(nodes, "test", [x], [y], weights)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)]), file)
    return file


make = helper.make_node
RNG = np.random.default_rng(0)
QUANTISED = [
    make("QuantizeLinear", ["x", "s", "z"], ["q"]),
    make("QLinearConv", ["q", "s", "z", "w", "s", "z", "s", "z"], ["c"]),
    make("DequantizeLinear", ["c", "s", "z"], ["y"]),
]
TO_AND_FRO = [
    make("MaxPool", ["x"], ["p", "places"], kernel_shape=[2, 2], strides=[2, 2]),
    make("MaxUnpool", ["p", "places"], ["y"], kernel_shape=[2, 2], strides=[2, 2]),
]
DEFORMABLE = [
    make("Conv", ["x", "moves"], ["offset"], pads=[1, 1, 1, 1]),
    make("Conv", ["x", "looks"], ["mask"], pads=[1, 1, 1, 1]),
    make("DeformConv", ["x", "w", "offset", "b", "mask"], ["y"], pads=[1, 1, 1, 1], offset_group=3),
]
NUMBERS = [  # a scalar constant on either side, a known choice, and an unusual pool
    make("Max", ["x", "low"], ["a"]),
    make("Min", ["high", "a"], ["b"]),
    make("Compress", ["b", "chosen"], ["c"], axis=1),
    make("GlobalLpPool", ["c"], ["y"], p=3),
]
RECURRENT = [
    make("Reshape", ["x", "rows"], ["a"]),
    make("Transpose", ["a"], ["b"], perm=[1, 0, 2]),
    make("GRU", ["b", "w", "r"], ["h"], hidden_size=5, linear_before_reset=1, direction="bidirectional"),
    make("Transpose", ["h"], ["y"], perm=[2, 0, 1, 3]),
]
NODES = {
    "hardmax": ([make("Hardmax", ["x"], ["y"], axis=1)], []),
    "topk": ([make("TopK", ["x", "k"], ["y", "places"], axis=1)], [i64("k", [2])]),
    "crop": ([make("CenterCropPad", ["x", "s"], ["y"], axes=[2, 3])], [i64("s", [4, 6])]),
    "quantised": (QUANTISED, [f32("s", 0.05), i8("z", 0), i8("w", RNG.integers(-20, 20, (4, 3, 3, 3)))]),
    "unpool": (TO_AND_FRO, []),
    "deformable": (
        DEFORMABLE,
        [
            f32("moves", RNG.normal(size=(54, 3, 3, 3))),
            f32("looks", RNG.normal(size=(27, 3, 3, 3))),
            f32("w", RNG.normal(size=(4, 3, 3, 3))),
            f32("b", [1, 2, 3, 4]),
        ],
    ),
    "numbers": (
        NUMBERS,
        [f32("low", 0.25), f32("high", 0.75), numpy_helper.from_array(np.array([True, False, True]), "chosen")],
    ),
    "recurrent": (
        RECURRENT,
        [i64("rows", [-1, 24, 8]), f32("w", RNG.normal(size=(2, 15, 8))), f32("r", RNG.normal(size=(2, 15, 5)))],
    ),
    "resize": ([make("Resize", ["x", "", "s"], ["y"], mode="cubic")], [f32("s", [1, 1, 1.6, 1.6])]),
}


TORCH_WARNS = (pytest.mark.slow, pytest.mark.filterwarnings("ignore"))  # its exporter, about its own internals


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=TORCH_WARNS if name == "recurrent" else ()) for name in NODES]
)
def test_any_operator_of_onnx_that_gives_tensors_for_tensors(name: str, tmp_path: Path) -> None:
    """Against onnxruntime: as imported, as exported to ONNX, and as exported to code."""
    nodes, weights = NODES[name]
    file = written(tmp_path / "a.onnx", nodes, *weights, opset=19)
    imported = import_onnx(file, None, name)
    write(imported, tmp_path / "a.json")
    assert imported.opaque
    assert cli.main(["export", str(tmp_path / "a.json"), str(tmp_path / "b.onnx"), "--opset", "20"]) == 0
    assert cli.main(["export", str(tmp_path / "a.json"), str(tmp_path / "b.py")]) == 0
    module = build(read_architecture(tmp_path / "a.json"))
    code = last_class(imported_code(tmp_path / "b.py"))()
    for network in (module, code):
        network.load_state_dict(load_file(tmp_path / "a.safetensors"))
    sessions = [onnxruntime.InferenceSession(tmp_path / one) for one in ("a.onnx", "b.onnx")]
    with torch.no_grad():
        wanted = sessions[0].run(["y"], {"x": X.numpy()})[0]
        np.testing.assert_allclose(code(X).numpy(), wanted, atol=1e-4)
        np.testing.assert_allclose(module.eval()(X)["y"].numpy(), wanted, atol=1e-4)


def test_its_node_bears_its_name(tmp_path: Path) -> None:
    nodes, weights = NODES["crop"]
    imported = import_onnx(written(tmp_path / "a.onnx", nodes, *weights), None, "crop")
    assert imported.opaque == ("centercroppad",)


HANGING = {
    "NonMaxSuppression": [
        make("ReduceMean", ["x", "one"], ["scores"], keepdims=0),
        make("Slice", ["scores", "zero", "four", "two"], ["boxes"]),
        make("NonMaxSuppression", ["boxes", "scores", "four"], ["y"]),
    ],
    "NonZero": [make("NonZero", ["x"], ["y"])],
    "Unique": [make("Unique", ["x"], ["y"])],
    "Compress": [make("Greater", ["x", "half"], ["good"]), make("Compress", ["x", "good"], ["y"])],
}


@pytest.mark.parametrize("operator", HANGING)
def test_an_answer_whose_length_hangs_on_numbers_is_refused(operator: str, tmp_path: Path) -> None:
    """For example the number of good boxes: a graph of fixed shapes has no edge for that."""
    told = [i64(name, [number]) for name, number in {"zero": 0, "one": 1, "two": 2, "four": 4}.items()]
    before = make("Gemm", ["x", "x"], ["never"])  # would fail: the error must come before anything is computed
    file = written(tmp_path / "a.onnx", [before, *HANGING[operator]], *told, f32("half", 0.5))
    with pytest.raises(Unreadable) as caught:
        import_onnx(file, None, "a")
    assert str(caught.value) == (
        f"the output size of its {operator} depends on its input values, which a graph of layers cannot represent: "
        "cut the file before it"
    )


def test_a_length_that_hangs_on_a_shape_is_known(tmp_path: Path) -> None:
    """Older exporters list the dimensions this way, since none of them is zero."""
    nodes = [
        make("Shape", ["x"], ["sides"]),
        make("NonZero", ["sides"], ["places"]),
        make("Cast", ["places"], ["row"], to=TensorProto.FLOAT),
        make("ReduceSum", ["row"], ["sum"], keepdims=0),
        make("Mul", ["x", "sum"], ["y"]),
    ]
    assert import_onnx(written(tmp_path / "a.onnx", nodes), None, "a").opaque == ("multiply",)


def test_the_code_needs_no_workbench(tmp_path: Path) -> None:
    write(import_onnx(written(tmp_path / "a.onnx", NODES["hardmax"][0]), None, "a"), tmp_path / "a.json")
    assert cli.main(["export", str(tmp_path / "a.json"), str(tmp_path / "b.py")]) == 0
    checked = subprocess.run([sys.executable, "-m", "ruff", "check", "--isolated", "--no-cache", tmp_path / "b.py"])
    assert checked.returncode == 0 and "workbench" not in (tmp_path / "b.py").read_text()
