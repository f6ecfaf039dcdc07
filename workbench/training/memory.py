"""Predicts the memory of a training step. No torch here."""

from workbench.compiler.facts import FLOAT_BYTES, Analysis
from workbench.spec.experiment import TrainingRecipe
from workbench.spec.problems import SpecError
from workbench.spec.record import Record
from workbench.training import OPTIMIZERS


class TrainingMemory(Record):
    """Bytes that are held at once in the middle of a training step.

    ``kept`` is what the forward pass of one batch leaves for the backward pass. Beside these a step needs room for
    what is there only while one layer is computed, and the device for its own libraries.
    """

    weights: int
    gradients: int
    optimizer: int
    kept: int

    @property
    def total(self) -> int:
        """Total bytes."""
        return self.weights + self.gradients + self.optimizer + self.kept


def training_memory(recipe: TrainingRecipe, analysis: Analysis) -> TrainingMemory | None:
    """The memory of a step of this recipe; None where its optimizer is none, which others tell of."""
    try:
        optimizer = OPTIMIZERS.make(recipe.optimizer.type, recipe.optimizer.parameters)
    except SpecError:
        return None
    weights = FLOAT_BYTES * analysis.parameters
    return TrainingMemory(
        weights=weights,
        gradients=weights,
        optimizer=FLOAT_BYTES * sum(map(optimizer.num_kept, analysis.weight_shapes)),
        kept=recipe.batch_size * analysis.kept_bytes,
    )
