"""Malicious ONNX files: reading ends quickly, within its memory, with a network or one sentence."""

import io
import os
import pickle  # noqa: TID251  # used by hostile files
import random
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from onnx import ModelProto, NodeProto, TensorProto, helper
from onnx.helper import make_node

from tests.compiler.importing.strangers import Outcome, read_all
from tests.compiler.importing.tensors import f32, i64
from workbench.compiler.importing.effort import Effort
from workbench.compiler.importing.limits import SPARE_BYTES, SPARE_S
from workbench.compiler.importing.onnx_operators.declaring import Step
from workbench.compiler.importing.operations import Unreadable

pytestmark = pytest.mark.timeout(900)  # the first test waits until all files are read

FLOAT = TensorProto.FLOAT
RELU = make_node("Relu", ["x"], ["y"])


def network(
    *nodes: NodeProto, weights: tuple[TensorProto, ...] = (), shape: object = ("n", 3, 8, 8), **more: object
) -> ModelProto:
    """A model from x to y."""
    inputs = more.pop("inputs", [helper.make_tensor_value_info("x", FLOAT, shape)])
    outputs = more.pop("outputs", [helper.make_tensor_value_info("y", FLOAT, None)])
    functions, opset = more.pop("functions", []), more.pop("opset", 17)
    graph = helper.make_graph(list(nodes), "hostile", inputs, outputs, list(weights), **more)
    opsets = [helper.make_opsetid("", opset), helper.make_opsetid("own", 1)]
    return helper.make_model(graph, opset_imports=opsets, functions=functions)


def added(**fields: object) -> ModelProto:
    """A model of x + w, with these fields set in the tensor w."""
    weight = TensorProto(name="w", data_type=FLOAT)
    for key, value in fields.items():
        if key in ("dims", "float_data"):
            getattr(weight, key).extend(value)
        else:
            setattr(weight, key, value)
    return network(make_node("Add", ["x", "w"], ["y"]), weights=(weight,))


def beside(**said: object) -> ModelProto:
    """A model of x + w, with w stored in another file."""
    model = added(dims=[3, 8, 8], data_location=TensorProto.EXTERNAL)
    for key, value in said.items():
        model.graph.initializer[0].external_data.add(key=key, value=str(value))
    return model


def used(node: NodeProto, *weights: TensorProto) -> ModelProto:
    """A model that adds to x the sum of a node's output, computed from weights while the file is read."""
    return network(
        node,
        make_node("Cast", ["made"], ["cast"], to=FLOAT),
        make_node("ReduceSum", ["cast"], ["sum"]),
        make_node("Add", ["x", "sum"], ["y"]),
        weights=weights,
    )


def chain(count: int, make: Callable[[str, str], NodeProto], *weights: TensorProto) -> ModelProto:
    names = ["x", *(f"c{index}" for index in range(count - 1)), "y"]
    return network(*(make(before, after) for before, after in pairwise(names)), weights=weights)


def function(name: str, *nodes: NodeProto) -> onnx.FunctionProto:
    return helper.make_function(
        "own", name, ["a"], ["b"], nodes, [helper.make_opsetid("", 17), helper.make_opsetid("own", 1)]
    )


def call(name: str, before: str = "a", after: str = "b") -> NodeProto:
    return make_node(name, [before], [after], domain="own")


def functions_in_functions(depth: int, times: int) -> list[onnx.FunctionProto]:
    middle = [
        function(
            f"F{level}",
            *[
                call(f"F{level + 1}", "a" if n == 0 else f"m{n - 1}", "b" if n == times - 1 else f"m{n}")
                for n in range(times)
            ],
        )
        for level in range(depth)
    ]
    return [*middle, function(f"F{depth}", make_node("Relu", ["a"], ["b"]))]


def named(name: str, **notes: str) -> ModelProto:
    node = make_node("Relu", ["x"], ["y"], name=name)
    for key, value in notes.items():
        node.metadata_props.add(key=f"pkg.torch.onnx.{key}", value=value)
    return network(node)


def of_opset(*versions: int) -> ModelProto:
    model = network(RELU)
    del model.opset_import[:]
    model.opset_import.extend(helper.make_opsetid("", version) for version in versions)
    return model


def zipped() -> bytes:
    stream = io.BytesIO()
    torch.save({"weight": torch.zeros(3)}, stream)
    return stream.getvalue()


BRANCH = helper.make_graph(
    [make_node("Relu", ["x"], ["b"])], "branch", [], [helper.make_tensor_value_info("b", FLOAT, None)]
)
CALLING = helper.make_graph([call("F", "a", "q")], "branch", [], [helper.make_tensor_value_info("q", FLOAT, None)])
KERNELS = f32("w", np.ones((4, 3, 3, 3)))
NO_FILE = "not an ONNX file, or a truncated one"
NO_MEMORY = "reading it needs more memory than a file of its size should"
NO_COUNT = "numbers, which no valid file does"
OUTSIDE = "its weights are stored outside its folder"

NO_NETWORKS: dict[str, tuple[ModelProto | bytes, str]] = {
    "empty": (b"", "this ONNX file contains no network"),
    "text": (b"hello world\n" * 10, NO_FILE),
    "picture": (b"\x89PNG\r\n\x1a\n" + random.Random(0).randbytes(1000), NO_FILE),
    "pickle": (pickle.dumps({"weight": 1}), NO_FILE),
    "zip": (zipped(), NO_FILE),
    "zeros": (bytes(100_000), NO_FILE),
    "ones": (b"\xff" * 100_000, NO_FILE),
    "2 GB promised in 1 KB": (b"\x3a\xff\xff\xff\xff\x07" + bytes(900), NO_FILE),
    "an operator that is no text": (
        network(RELU).SerializeToString().replace(b"Relu", b"Rel\xf5"),
        "its op_type is not text: the file is damaged",
    ),
    "a name that is no text": (
        network(make_node("Relu", ["x"], ["y"], name="name")).SerializeToString().replace(b"name", b"nam\xf5"),
        "its name is not text: the file is damaged",
    ),
    "no nodes": (network(), "this ONNX file contains no network"),
    "no outputs": (network(RELU, outputs=[]), "this ONNX file contains no network"),
}

TENSORS: dict[str, tuple[ModelProto | bytes, str]] = {
    "a side below zero": (added(dims=[-1, 3], raw_data=b"1234"), "the tensor w has a negative dimension"),
    "2^40 numbers": (added(dims=[1 << 40], raw_data=b"1234"), "declares 4,398,046,511,104 bytes but contains 4"),
    "2^64 numbers": (added(dims=[1 << 32, 1 << 32], raw_data=b""), "bytes but contains 0"),
    "2^64 numbers again": (added(dims=[1 << 62, 4], float_data=[]), "numbers but contains 0"),
    "fewer bytes": (added(dims=[3, 8, 8], raw_data=b"12"), "declares 768 bytes but contains 2"),
    "fewer numbers": (added(dims=[3, 8, 8], float_data=[1.0]), "declares 192 numbers but contains 1"),
    "no numbers": (added(dims=[0, 1 << 40], raw_data=b""), "its Add cannot be computed"),
    "100,000 dimensions": (added(dims=[1] * 100_000, raw_data=b"1234"), "the tensor w has 100,000 dimensions"),
    "words": (added(dims=[1], data_type=TensorProto.STRING), "has a data type that torch does not support"),
    "no such type": (added(dims=[1], raw_data=b"1234", data_type=999), "has a data type that torch does not support"),
    "complex": (
        added(dims=[1], raw_data=bytes(8), data_type=TensorProto.COMPLEX64),
        "has a data type that torch does not support",
    ),
    "float8": (
        added(dims=[1], raw_data=b"1", data_type=TensorProto.FLOAT8E4M3FN),
        "has a data type that torch does not support",
    ),
    "not a number": (added(dims=[1], float_data=[float("nan")]), "NaN"),
    "infinite": (added(dims=[1], float_data=[float("inf")]), "its outputs are not finite"),
    "sparse": (
        network(RELU, sparse_initializer=[helper.make_sparse_tensor(f32("v", [1.0]), i64("i", [0]), [1 << 40])]),
        "its weights are stored as sparse tensors",
    ),
}

BESIDE: dict[str, tuple[ModelProto | bytes, str]] = {
    "beside it": (beside(location="weights.bin"), ""),
    "an absolute path": (beside(location="/etc/passwd"), OUTSIDE),
    "the folder above": (beside(location="../weights.bin"), OUTSIDE),
    "a link": (beside(location="link.bin"), OUTSIDE),
    "a linked folder": (beside(location="linked/passwd"), OUTSIDE),
    "a backslash": (beside(location="..\\weights.bin"), OUTSIDE),
    "a null byte": (beside(location="a\0b"), OUTSIDE),
    "a long name": (beside(location="a" * 5000), "which is missing next to it"),
    "no name": (beside(location=""), OUTSIDE),
    "a pipe": (beside(location="pipe.bin"), "its weights are in pipe.bin, which is missing next to it"),
    "a folder": (beside(location="folder.bin"), "its weights are in folder.bin, which is missing next to it"),
    "a device": (beside(location="/dev/zero"), OUTSIDE),
    "nothing": (beside(location="nothing.bin"), "its weights are in nothing.bin, which is missing next to it"),
    "an offset below zero": (beside(location="weights.bin", offset=-4), "it does not say where its weights are stored"),
    "an endless offset": (
        beside(location="weights.bin", offset=1 << 63),
        "it does not say where its weights are stored",
    ),
    "past the end": (
        beside(location="weights.bin", offset=4),
        "declares 768 bytes, which weights.bin does not contain",
    ),
    "a length too large": (beside(location="weights.bin", length=10**11), "which weights.bin does not contain"),
    "a length too small": (beside(location="weights.bin", length=0), "which weights.bin does not contain"),
}

BOMBS: dict[str, tuple[ModelProto | bytes, str]] = {
    "constant": (used(make_node("ConstantOfShape", ["s"], ["made"]), i64("s", [1 << 40])), NO_COUNT),
    "constant below zero": (used(make_node("ConstantOfShape", ["s"], ["made"]), i64("s", [-1])), NO_COUNT),
    "constants": (
        network(
            *(make_node("ConstantOfShape", ["s"], [f"c{index}"]) for index in range(300)),
            RELU,
            weights=(i64("s", [1 << 13, 1 << 13]),),
        ),
        NO_MEMORY,
    ),
    "expand": (
        used(make_node("Expand", ["w", "s"], ["made"]), i64("s", [1 << 40]), f32("w", [1])),
        "generates more constants",
    ),
    "tile": (used(make_node("Tile", ["w", "s"], ["made"]), i64("s", [1 << 40]), f32("w", [1])), NO_MEMORY),
    "range": (
        used(make_node("Range", ["a", "b", "c"], ["made"]), i64("a", 0), i64("b", 1 << 40), i64("c", 1)),
        NO_COUNT,
    ),
    "an endless range": (
        used(make_node("Range", ["a", "b", "c"], ["made"]), f32("a", 0), f32("b", np.inf), f32("c", 1)),
        "its Range cannot be computed",
    ),
    "a range of no steps": (
        used(make_node("Range", ["a", "b", "c"], ["made"]), i64("a", 0), i64("b", 5), i64("c", 0)),
        "its Range cannot be computed",
    ),
    "product": (
        used(
            make_node("MatMul", ["a", "b"], ["made"]), f32("a", np.ones((1 << 16, 1))), f32("b", np.ones((1, 1 << 16)))
        ),
        NO_MEMORY,
    ),
    "division by zero": (used(make_node("Div", ["a", "b"], ["made"]), i64("a", 1), i64("b", 0)), "cannot be computed"),
    "resize": (
        network(
            make_node(
                "Resize", ["x", "", "s"], ["y"], coordinate_transformation_mode="asymmetric", nearest_mode="floor"
            ),
            weights=(f32("s", [1, 1, 1e6, 1e6]),),
        ),
        NO_MEMORY,
    ),
    "an endless resize": (
        network(make_node("Resize", ["x", "", "s"], ["y"]), weights=(f32("s", [1, 1, np.inf, 1]),)),
        "its Resize cannot be computed",
    ),
    "pad": (
        network(make_node("Pad", ["x", "p"], ["y"]), weights=(i64("p", [0] * 6 + [1 << 40] * 2),)),
        "its Pad cannot be computed",
    ),
    "a border as large": (
        network(make_node("Conv", ["x", "w"], ["y"], pads=[1 << 14] * 4), weights=(KERNELS,)),
        "its Conv y would raise the cost per picture to 116 billion",
    ),
    "tile of pictures": (
        network(make_node("Tile", ["x", "s"], ["y"]), weights=(i64("s", [1, 1 << 10, 1 << 10, 1 << 10]),)),
        NO_MEMORY,
    ),
    "doubled again and again": (chain(40, lambda a, b: make_node("Concat", [a, a], [b], axis=1)), NO_MEMORY),
    "a large input": (network(RELU, shape=("n", 3, 100_000, 100_000)), NO_MEMORY),
    "a larger input": (network(RELU, shape=("n", 1 << 40)), "its input x is too large"),
}

WIDE = f32("w", np.ones((64, 64, 3, 3)))
MILLION = make_node("ConstantOfShape", ["s"], ["a"])
TOO_MUCH: dict[str, tuple[ModelProto | bytes, str]] = {
    "a convolution of a large picture": (
        network(
            make_node("Conv", ["x", "v"], ["a"]),
            make_node("Conv", ["a", "w"], ["y"], name="large"),
            weights=(f32("v", np.ones((64, 1, 1, 1))), WIDE),
            shape=("n", 1, 900, 900),
        ),
        "its Conv large would raise the cost per picture to 30 billion multiplications; for a file of this size "
        "at most 25 billion",
    ),
    "a product of constants": (
        network(
            MILLION,
            make_node("MatMul", ["a", "a"], ["b"]),
            make_node("Add", ["x", "b"], ["y"]),
            weights=(i64("s", [8000, 8000]),),
        ),
        "its MatMul b would raise",
    ),
    "a product of products": (
        network(
            MILLION,
            make_node("Einsum", ["a", "a", "a"], ["b"], equation="ab,bc,cd->ad"),
            make_node("Add", ["x", "b"], ["y"]),
            weights=(i64("s", [1000, 1000]),),
        ),
        "its Einsum b would raise the cost per picture to 1,000 billion",
    ),
    "an endless border": (
        network(make_node("Conv", ["x", "w"], ["y"], pads=[1 << 40] * 4), weights=(KERNELS,)),
        "its Conv y would raise the cost per picture to 10^27 multiplications",
    ),
    "a large window": (
        network(make_node("MaxPool", ["x"], ["y"], kernel_shape=[500, 500]), shape=("n", 3, 1000, 1000)),
        "its MaxPool y would raise",
    ),
    "a large neighbourhood": (
        network(make_node("LRN", ["x"], ["y"], size=99_999), shape=("n", 100, 100, 100)),
        "its LRN y would raise",
    ),
    "a long sequence": (
        network(
            make_node("Transpose", ["x"], ["t"], perm=[1, 0, 2]),
            make_node("LSTM", ["t", "w", "r"], ["", "h"], hidden_size=256),
            make_node("Squeeze", ["h"], ["y"]),
            weights=(f32("w", np.ones((1, 1024, 16))), f32("r", np.ones((1, 1024, 256)))),
            shape=("n", 1 << 18, 16),
        ),
        "its LSTM h would raise",
    ),
}

PARAMETERS: dict[str, tuple[ModelProto | bytes, str]] = {
    f"{node.op_type} {node.attribute[0].name if node.attribute else node.input}": (
        network(node, weights=(KERNELS, i64("i", [99]))),
        "cannot be computed",
    )
    for node in (
        make_node("Conv", ["x", "w"], ["y"], group=0),
        make_node("Conv", ["x", "w"], ["y"], strides=[0, 0]),
        make_node("Conv", ["x", "w"], ["y"], dilations=[1 << 40, 1]),
        make_node("Conv", ["x"], ["y"]),
        make_node("MaxPool", ["x"], ["y"], kernel_shape=[0, 0]),
        make_node("MaxPool", ["x"], ["y"]),
        make_node("AveragePool", ["x"], ["y"], kernel_shape=[1 << 40, 1]),
        make_node("LRN", ["x"], ["y"], size=0),
        make_node("DepthToSpace", ["x"], ["y"], blocksize=0),
        make_node("SpaceToDepth", ["x"], ["y"], blocksize=-1),
        make_node("Transpose", ["x"], ["y"], perm=[0, 0, 0, 0]),
        make_node("Split", ["x"], ["y", "z"], axis=77),
        make_node("Einsum", ["x"], ["y"], equation="." * 100_000),
        make_node("Gather", ["x", "i"], ["y"], axis=1),
        make_node("GroupNormalization", ["x", "w", "w"], ["y"], num_groups=0),
        make_node("Gemm", ["x", "w"], ["y"]),
        make_node("Constant", [], ["y"]),
    )
}

STRUCTURES: dict[str, tuple[ModelProto | bytes, str]] = {
    "a circle": (
        network(make_node("Add", ["x", "z"], ["y"]), make_node("Relu", ["y"], ["z"])),
        "its Add uses z, which no earlier node produces",
    ),
    "twice": (network(RELU, RELU), "its Relu produces a name that already exists"),
    "one name for two inputs": (
        network(RELU, inputs=[helper.make_tensor_value_info("x", FLOAT, ("n", 3))] * 2),
        "two of its inputs have the same name",
    ),
    "one name for two outputs": (
        network(RELU, outputs=[helper.make_tensor_value_info("y", FLOAT, None)] * 2),
        "two of its outputs have the same name",
    ),
    "an output of nothing": (
        network(RELU, outputs=[helper.make_tensor_value_info("q", FLOAT, None)]),
        "its output q is produced by no node",
    ),
    "50,000 inputs": (
        network(RELU, inputs=[helper.make_tensor_value_info("x", FLOAT, ("n", 3))] * 50_000),
        "it has 50,000 inputs; at most 64 are supported",
    ),
    "7 at a time": (network(RELU, shape=(7, 3, 8, 8)), "its input x takes 7 pictures at a time"),
    "an input of no shape": (network(RELU, shape=None), "its input x has 0 dimensions"),
    "an input of lists": (
        network(RELU, inputs=[helper.make_tensor_sequence_value_info("x", FLOAT, None)]),
        "its input x is not a tensor",
    ),
    "If": (network(make_node("If", ["x"], ["y"], then_branch=BRANCH, else_branch=BRANCH)), "control flow (If)"),
    "Loop": (network(make_node("Loop", ["", ""], ["y"], body=BRANCH)), "control flow (Loop)"),
    "Scan": (network(make_node("Scan", ["x"], ["y"], body=BRANCH, num_scan_inputs=1)), "control flow (Scan)"),
    "a graph within": (network(make_node("Relu", ["x"], ["y"], body=BRANCH)), "its Relu contains a subgraph"),
    "lists": (network(make_node("SequenceConstruct", ["x"], ["y"])), "SequenceConstruct, which is not supported"),
    "somebody's operator": (
        network(make_node("Evil\x1b[2J", ["x"], ["y"], domain="com.evil")),
        "it uses the operator Evil\ufffd[2J of com.evil, which is not a standard ONNX operator",
    ),
    "a long operator": (network(make_node("Z" * 10**6, ["x"], ["y"])), "Z, which is not supported"),
    "200,000 nodes": (network(*[RELU] * 200_000), "it has 200,000 nodes; at most 10,000"),
    "multiplied by itself": (chain(200, lambda a, b: make_node("Mul", [a, a], [b])), "its outputs are not finite"),
    "added to itself": (chain(200, lambda a, b: make_node("Add", [a, a], [b])), "its outputs are not finite"),
    "handed out as it came": (
        network(make_node("Relu", ["x"], ["z"]), outputs=[helper.make_tensor_value_info("x", FLOAT, None)]),
        "",
    ),
    "names of ours": (named("/_modules/forward/training/Relu"), ""),
    "nested names": (named("/" + "/".join(f"a{n}" for n in range(100_000)) + "/Relu"), "it is nested too deeply"),
    "a list that is none": (named("n", name_scopes="[" * 100_000), ""),
    "a sum for a name": (named("n", name_scopes="[9**9**9**9, 'a']"), ""),
    "no opset": (of_opset(), "it is of opset 0"),
    "an old opset": (of_opset(1), "it is of opset 1; opset 7 or newer is supported"),
    "an opset that is not there yet": (of_opset(1 << 40), "onnxruntime refuses it"),
    "an attribute of nobody": (
        network(
            NodeProto(
                op_type="Elu",
                input=["x"],
                output=["y"],
                attribute=[onnx.AttributeProto(name="alpha", ref_attr_name="q", type=1)],
            )
        ),
        "its Elu takes alpha from a function that does not exist",
    ),
}

FUNCTIONS: dict[str, tuple[ModelProto | bytes, str]] = {
    "one": (network(call("F", "x", "y"), functions=[function("F", make_node("Relu", ["a"], ["b"]))]), ""),
    "of itself": (network(call("F", "x", "y"), functions=[function("F", call("F"))]), "its function F uses itself"),
    "of each other": (
        network(call("F", "x", "y"), functions=[function("F", call("G")), function("G", call("F"))]),
        "its function F uses itself",
    ),
    "of itself, unused": (network(RELU, functions=[function("F", call("F"))]), "its functions cannot be expanded"),
    "of itself in a branch": (
        network(
            call("F", "x", "y"),
            functions=[function("F", make_node("If", ["a"], ["b"], then_branch=CALLING, else_branch=CALLING))],
        ),
        "its functions cannot be expanded",
    ),
    "2^18": (network(call("F0", "x", "y"), functions=functions_in_functions(18, 2)), "more than 10,000 nodes"),
    "5,000 deep": (network(call("F0", "x", "y"), functions=functions_in_functions(5000, 1)), "nested too deeply"),
    "of a name twice": (
        network(
            call("F", "x", "y"), functions=[function("F", call("F")), function("F", make_node("Relu", ["a"], ["b"]))]
        ),
        "its functions cannot be expanded",
    ),
}

TABLES = {
    "no network": NO_NETWORKS,
    "tensor": TENSORS,
    "beside": BESIDE,
    "bomb": BOMBS,
    "too much": TOO_MUCH,
    "parameter": PARAMETERS,
    "structure": STRUCTURES,
    "function": FUNCTIONS,
}
CASES = {f"{table}: {name}": case for table, cases in TABLES.items() for name, case in cases.items()}


def sound() -> bytes:
    """A small network with everything that damage could affect: convolutions, a norm, a branch, a formula."""
    nodes = [
        make_node("Conv", ["x", "w"], ["a"], pads=[1, 1, 1, 1], name="conv"),
        make_node("BatchNormalization", ["a", "s", "s", "s", "s"], ["b"]),
        make_node("Relu", ["b"], ["c"]),
        make_node("Add", ["c", "a"], ["d"]),
        make_node("ReduceMean", ["d"], ["e"], axes=[2, 3], keepdims=0),
        make_node("Gemm", ["e", "v"], ["f"], transB=1),
        make_node("Clip", ["f", "low"], ["y"]),
    ]
    generator = np.random.default_rng(0)
    weights = (
        f32("w", generator.normal(size=(4, 3, 3, 3))),
        f32("s", generator.uniform(0.5, 1, 4)),
        f32("v", generator.normal(size=(5, 4))),
        f32("low", 0.0),
    )
    return network(*nodes, weights=weights).SerializeToString()


def damaged(count: int, seed: int) -> Iterator[bytes]:
    """The sound file truncated, or with some bytes changed, duplicated or removed."""
    whole, chance = sound(), random.Random(seed)
    for _ in range(count // 4):
        yield whole[: chance.randrange(len(whole))]
    for _ in range(count - count // 4):
        changed = bytearray(whole)
        for _ in range(chance.choice((1, 1, 2, 8))):
            place = chance.randrange(len(changed))
            act = chance.randrange(4)
            if act == 0:
                changed[place] = chance.randrange(256)
            elif act == 1:
                changed[place] ^= 1 << chance.randrange(8)
            elif act == 2:
                del changed[place : place + chance.randrange(1, 9)]
            else:
                changed[place:place] = changed[place : place + chance.randrange(1, 9)]
        yield bytes(changed)


def written(folder: Path, files: dict[str, bytes]) -> list[Path]:
    """Write the files, along with others that they may refer to."""
    (folder / "weights.bin").write_bytes(bytes(4 * 3 * 8 * 8))
    (folder / "link.bin").symlink_to("/etc/passwd")
    (folder / "linked").symlink_to("/etc")
    (folder / "folder.bin").mkdir()
    os.mkfifo(folder / "pipe.bin")
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return [folder / name for name in files]


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    """The outcomes of all cases, and of forty damaged files."""
    contents = [model if isinstance(model, bytes) else model.SerializeToString() for model, _ in CASES.values()]
    files = {f"{number}.onnx": content for number, content in enumerate(contents)}
    files |= {f"damaged{number}.onnx": content for number, content in enumerate(damaged(40, seed=0))}
    found = read_all(written(tmp_path_factory.mktemp("files"), files), tmp_path_factory.mktemp("out"))
    return {name: found.pop(f"{number}.onnx") for number, name in enumerate(CASES)} | found


def check_end(outcome: Outcome) -> None:
    """Assert that it ended with a network or one sentence, within seconds and bounded memory."""
    assert outcome.status in (0, 2) and not outcome.traceback, outcome
    assert outcome.cpu_s < SPARE_S / 2 and outcome.peak_bytes < SPARE_BYTES + 2**30, outcome
    if outcome.status == 2:
        assert ".onnx: " in outcome.line and outcome.line.isprintable() and len(outcome.line) < 1100


@pytest.mark.parametrize("name", CASES)
def test_a_hostile_file(name: str, outcomes: dict[str, Outcome]) -> None:
    _, words = CASES[name]
    outcome = outcomes[name]
    check_end(outcome)
    assert outcome.status == (2 if words else 0), outcome.line
    assert words in outcome.line


def test_the_arithmetic_of_all_nodes_together_counts() -> None:
    """Each alone would be allowed; for a file with a batch size, the sum counts per picture."""
    effort = Effort(most_macs=10**9)
    x, weight = torch.empty(2, 64, 100, 100, device="meta"), torch.empty(64, 64, 3, 3, device="meta")
    step = Step(operator="Conv", attributes={"pads": [1] * 4}, num_outputs=1, opset=17)
    effort.add(step, "first", [x, weight], num_pictures=2)
    effort.add(step, "second", [x, weight], num_pictures=2)
    with pytest.raises(Unreadable, match="its Conv third would raise the cost per picture to 1 billion"):
        effort.add(step, "third", [x, weight], num_pictures=2)
    effort.begin()
    effort.add(step, "first", [x, weight], num_pictures=2)


def test_damaged_files(outcomes: dict[str, Outcome]) -> None:
    ends = [outcome for name, outcome in outcomes.items() if name.startswith("damaged")]
    for outcome in ends:
        check_end(outcome)
    assert {outcome.status for outcome in ends} == {0, 2}, "some damage strikes names, and others weights and lengths"


@pytest.mark.slow
def test_thousands_of_damaged_files(tmp_path: Path) -> None:
    files = {f"{number}.onnx": content for number, content in enumerate(damaged(2000, seed=1))}
    (tmp_path / "out").mkdir()
    for outcome in read_all(written(tmp_path, files), tmp_path / "out").values():
        check_end(outcome)
