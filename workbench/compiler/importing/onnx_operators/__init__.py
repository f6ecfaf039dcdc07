"""ONNX's operators as torch functions, from opset 7 to the newest: one function each, with the operator's name.

Known values (folded weights, shapes) and computed ones are torch tensors alike; a function reads a tensor's values only
where ONNX requires them to be known. Each family of operators is a file that declares them on import.
"""

from workbench.compiler.importing.onnx_operators import (  # noqa: F401  # they declare their operators
    arithmetic,
    making,
    norms,
    pointwise,
    quantising,
    recurrent,
    reductions,
    resizing,
    shapes,
    windows,
)
