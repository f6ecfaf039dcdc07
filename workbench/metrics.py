"""What is used of torchmetrics, imported as a whole.

A thread that asks for part of a package which another one is importing does not wait for it, but finds it half made.
Here the second thread waits: that of a run and that of its evaluation need these at the same time.
"""

from torchmetrics import MeanAbsoluteError
from torchmetrics.classification import (
    MulticlassAccuracy,
    MulticlassF1Score,
    MulticlassJaccardIndex,
    MultilabelF1Score,
)
from torchmetrics.functional import mean_absolute_error, mean_squared_error
from torchmetrics.functional.classification import (
    binary_auroc,
)
from torchmetrics.functional.image import peak_signal_noise_ratio, structural_similarity_index_measure
from torchmetrics.image import StructuralSimilarityIndexMeasure

__all__ = [
    "MeanAbsoluteError",
    "MulticlassAccuracy",
    "MulticlassF1Score",
    "MulticlassJaccardIndex",
    "MultilabelF1Score",
    "StructuralSimilarityIndexMeasure",
    "binary_auroc",
    "mean_absolute_error",
    "mean_squared_error",
    "peak_signal_noise_ratio",
    "structural_similarity_index_measure",
]
