"""Which operation is which layer: a rule has the name and the signature of torch's function, and gives a ``Found``.

A rule may give None: then, and where the layer would refuse or give another shape, the operation becomes a Formula.
"""

from workbench.compiler.importing.rules import (  # noqa: F401  # they declare their rules
    activation,
    join,
    linear,
    normalisation,
    pooling,
    regularisation,
    shape,
)
