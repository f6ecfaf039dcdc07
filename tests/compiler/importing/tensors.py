"""Weights of ONNX files."""

import numpy as np
from onnx import TensorProto, numpy_helper


def f32(name: str, numbers: object) -> TensorProto:
    return numpy_helper.from_array(np.array(numbers, np.float32), name)


def i64(name: str, numbers: object) -> TensorProto:
    return numpy_helper.from_array(np.array(numbers, np.int64), name)
