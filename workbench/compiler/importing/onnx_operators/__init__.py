"""ONNX's operators in torch's functions, from opset 7 to the newest: one function each, of the operator's own name.

What is known beforehand (weights folded, shapes) and what is computed are torch's tensors alike; a function asks a
tensor for its numbers only where ONNX wants them to be known. A family of them is a file; importing it declares them.
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
