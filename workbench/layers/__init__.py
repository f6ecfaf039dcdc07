"""The layer catalogue, one file per family: parameters -> torch module.

``LAYERS`` is the table. A new layer is one class in one file of this folder; ``modules/`` has the torch modules that
torch itself lacks.
"""

from workbench.layers.base import Layer
from workbench.spec.catalogue import Catalogue

LAYERS: Catalogue[Layer] = Catalogue("layer", "workbench.layers", Layer)
