"""ONNX export with verification: the file is run in onnxruntime on real pictures before it is written; in floats, or in
8-bit integers (``integers``).

The file's inputs are the Input nodes by name, float32 [batch, ...]: pictures normalised as in training, the numbers of
a table as they are, since such a file begins by standardising them (``standardised``). Its outputs are the
Output nodes by name, unchanged: logits stay logits. Class names, preprocessing and the results of the verification are
stored in the file's metadata as JSON.
"""

import copy
import math
import re
import warnings
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

import msgspec
import numpy as np
import onnx
import onnxruntime
import torch
from torch import Tensor, fx

import workbench
from workbench import durable
from workbench.export.integers import in_integers
from workbench.export.report import DEFAULT_OPSET, OPSETS, ExportReport, Preprocessing, Proof
from workbench.spec.column import Column
from workbench.spec.problems import SpecError, first_line

BATCH_SIZE = 64
"""The verification uses batches of one and then of this size, to cover the dynamic batch."""

TOLERANCE = 1e-3
"""The largest difference, relative to the largest response, that is rounding; a wrong translation is off by far
more.
"""


def export(
    module: fx.GraphModule,
    file: Path,
    *,
    images: Mapping[str, Tensor],
    preprocessing: Preprocessing,
    class_names: tuple[str, ...] = (),
    answers: Mapping[str, Column] | None = None,
    opset: int = DEFAULT_OPSET,
    calibration: Mapping[str, Tensor] | None = None,
) -> ExportReport:
    """Translate the network, verify the translation, and write the file whole or not at all.

    With ``calibration``, inputs like ``images`` from training, the file is in 8-bit integers, whose ranges are those on
    them. Its outputs may then differ from the network's; the report says by how much.

    images: float32 [N, ...] by Input name in the order of the Inputs, N at least two, as they enter the network.
    ``answers`` has the column that each Output predicts; by default all are taken for classes. ``module`` is not
    changed. Raises SpecError if the opset is not supported, if ONNX cannot express a layer, or if onnxruntime's outputs
    differ.
    """
    if opset not in OPSETS:
        raise SpecError(f"opset {opset} is not supported; choose one of {OPSETS.start} to {OPSETS.stop - 1}")
    network = copy.deepcopy(module).cpu().eval().requires_grad_(False)  # a recurrent layer takes twice as long with it
    inputs = {name: values.cpu() for name, values in images.items()}
    model = _translate(network, inputs, opset)
    _forget_the_workplace(model)
    of_classes = [name for name in _output_names(network) if answers is None or _is_of_classes(answers.get(name))]
    proof = _prove(model, network, inputs, of_classes)
    size_as_floats = None
    if calibration is not None:
        size_as_floats = len(model.SerializeToString())
        model = in_integers(model, {name: values.cpu().numpy() for name, values in calibration.items()})
        proof = _prove(model, network, inputs, of_classes, tolerance=math.inf)
    _sign(model, class_names, answers or {}, preprocessing, proof)
    _check(model)
    data = model.SerializeToString(deterministic=True)
    sha256 = durable.write_bytes(file, data)
    return ExportReport(
        file=str(file), opset=opset, size_bytes=len(data), sha256=sha256, proof=proof, size_as_floats=size_as_floats
    )


def _translate(network: fx.GraphModule, inputs: Mapping[str, Tensor], opset: int) -> onnx.ModelProto:
    batch = torch.export.Dim("batch")
    with warnings.catch_warnings():
        # All inputs share one batch size, as intended; torch warns about that from the second input on.
        warnings.filterwarnings("ignore", message="# The axis name: batch will not be used", category=UserWarning)
        # torch about its own recurrent layers.
        warnings.filterwarnings("ignore", message="_check_is_size will be removed", category=FutureWarning)
        warnings.filterwarnings("ignore", message="The tensor attributes .*_flat_weights", category=UserWarning)
        try:
            program = torch.onnx.export(
                network,
                tuple(values[:2] for values in inputs.values()),
                dynamo=True,
                opset_version=opset,
                input_names=list(inputs),
                output_names=_output_names(network),
                dynamic_shapes=tuple({0: batch} for _ in inputs),
                external_data=False,
                verbose=False,
            )
        except torch.onnx.OnnxExporterError as error:
            raise SpecError(_refusal(error, opset)) from error
    assert program is not None
    model: onnx.ModelProto = program.model_proto
    return model


def _output_names(network: fx.GraphModule) -> list[str]:
    output = next(node for node in network.graph.nodes if node.op == "output")
    return list(output.args[0])


def _refusal(error: BaseException, opset: int) -> str:
    """Return one sentence from torch's chain of errors, of which only the first cause is informative."""
    while error.__cause__ is not None:
        error = error.__cause__
    operator = re.search(r"(?:aten|prims)\.(\w+)", str(error))
    if operator:
        return (
            f"opset {opset} has no {operator[1].strip('_')}: replace the layer, choose a newer opset, or export "
            "PyTorch code"
        )
    reason = first_line(error).rstrip(":")
    return f"the network cannot be exported as ONNX (PyTorch code works); torch's exporter says: {reason}"


def _forget_the_workplace(model: onnx.ModelProto) -> None:
    """Remove torch's metadata: it contains this machine's file paths, and is larger than a small network."""
    graph = model.graph
    for noted in (graph, *graph.node, *graph.input, *graph.output, *graph.value_info, *graph.initializer):
        del noted.metadata_props[:]


def _check(model: onnx.ModelProto) -> None:
    """Raise SpecError if ONNX's rules give another size than torch's, which onnxruntime knows."""
    try:
        onnx.checker.check_model(model, full_check=True)
    except onnx.shape_inference.InferenceError as error:
        operator = re.search(r"op_type:(\w+)", str(error))
        raise SpecError(
            f"by ONNX's rules, {operator[1] if operator else 'a layer'} gives another size than by torch's, as where a pool's "
            "ceil_mode would add a window of padding alone: unset ceil_mode, or export PyTorch code; nothing was written"
        ) from None


def _is_of_classes(column: Column | None) -> bool:
    return column is not None and column.kind == "class"


def _prove(
    model: onnx.ModelProto,
    network: fx.GraphModule,
    inputs: Mapping[str, Tensor],
    of_classes: Collection[str],
    tolerance: float = TOLERANCE,
) -> Proof:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    try:
        session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's exceptions share no public base
        raise SpecError(
            f"onnxruntime cannot read the exported network: {first_line(error)}; nothing was written"
        ) from error
    num_images = _num_rows(inputs)
    parts = [_run_both(session, network, inputs, rows) for rows in _batches(num_images)]
    pairs = [
        (np.concatenate(expected), np.concatenate(found))
        for expected, found in (zip(*output, strict=True) for output in zip(*parts, strict=True))
    ]
    # Not Python's max, which ignores nan.
    difference = float(np.max([np.abs(expected - found).max() for expected, found in pairs]))
    largest = max(float(np.abs(expected).max()) for expected, _ in pairs)
    if not difference <= tolerance * max(1.0, largest):
        raise SpecError(f"the exported network's outputs differ by up to {difference:.3g}; nothing was written")
    return Proof(
        images=num_images,
        max_abs_difference=difference,
        top1_agreement=_agreement(
            [pair for name, pair in zip(_output_names(network), pairs, strict=True) if name in of_classes]
        ),
        torch=str(torch.__version__),
        onnxruntime=onnxruntime.__version__,
    )


def _run_both(
    session: onnxruntime.InferenceSession, network: fx.GraphModule, inputs: Mapping[str, Tensor], rows: slice
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return torch's and onnxruntime's outputs for some rows of the inputs, by output."""
    batch = {name: values[rows] for name, values in inputs.items()}
    num_rows = _num_rows(batch)
    with torch.no_grad():
        expected = {name: values.numpy() for name, values in network(*batch.values()).items()}
    for name, values in expected.items():
        if not np.isfinite(values).all():
            raise SpecError(f"{name} is not finite: the network has diverged; choose an earlier checkpoint")
        if len(values) != num_rows:
            raise SpecError(
                f"{name} gives {len(values)} outputs for {num_rows} inputs, so it mixes them; nothing was written"
            )
    try:
        found = session.run(list(expected), {name: values.numpy() for name, values in batch.items()})
    except Exception as error:
        raise SpecError(
            f"onnxruntime cannot run the exported network on {num_rows} inputs: {first_line(error)}; nothing was "
            "written"
        ) from error
    return list(zip(expected.values(), found, strict=True))


def _num_rows(inputs: Mapping[str, Tensor]) -> int:
    return len(next(iter(inputs.values())))


def _batches(num_images: int) -> Iterator[slice]:
    yield slice(0, 1)
    for start in range(1, num_images, BATCH_SIZE):
        yield slice(start, start + BATCH_SIZE)


def _agreement(pairs: list[tuple[np.ndarray, np.ndarray]]) -> float | None:
    """Return the share of pictures for which every output [N, classes] ranks the same class first."""
    ranked = [pair for pair in pairs if pair[0].ndim == 2 and pair[0].shape[1] > 1]
    if not ranked:
        return None
    agree = np.all([expected.argmax(axis=1) == found.argmax(axis=1) for expected, found in ranked], axis=0)
    return float(agree.mean())


def _sign(
    model: onnx.ModelProto,
    class_names: tuple[str, ...],
    answers: Mapping[str, Column],
    preprocessing: Preprocessing,
    proof: Proof,
) -> None:
    model.producer_name = "workbench"
    model.producer_version = workbench.__version__
    metadata = {
        "class_names": class_names,
        "answers": answers,
        "preprocessing": preprocessing,
        "proof": proof,
        "outputs": "raw network outputs: no softmax is added",
    }
    onnx.helper.set_model_props(model, {key: msgspec.json.encode(value).decode() for key, value in metadata.items()})
