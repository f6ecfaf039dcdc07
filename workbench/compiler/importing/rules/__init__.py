"""Which operation is which layer: a rule has the name and signature of the torch function, and returns a ``Found``.

If it returns None, or the layer would be invalid or have another output shape, the operation becomes a Formula.
"""

from workbench.compiler.importing.rules import (  # noqa: F401  # they declare their rules
    activation,
    attention,
    join,
    linear,
    normalisation,
    pooling,
    recurrent,
    regularisation,
    shape,
)
