"""Predicts the memory of a training step. Imports no torch."""

from workbench.compiler.facts import FLOAT_BYTES, Analysis
from workbench.spec.experiment import TrainingRecipe
from workbench.spec.problems import SpecError
from workbench.spec.record import Record
from workbench.training import LOSSES, OPTIMIZERS


class TrainingMemory(Record):
    """Bytes held at once in the middle of a training step.

    ``kept`` is what the network, and losses that compare pairs, keep of one batch for the backward pass. Besides these,
    a step needs memory for what exists only while one layer is computed, and the device for its own libraries.
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
    """Return the memory of a step of this recipe; None if its optimizer or a loss is invalid, which is reported
    elsewhere.
    """
    try:
        optimizer = OPTIMIZERS.of(recipe.optimizer)
        pairs = recipe.batch_size**2 * bytes_per_pair(recipe)
    except SpecError:
        return None
    weights = FLOAT_BYTES * analysis.parameters
    return TrainingMemory(
        weights=weights,
        gradients=weights,
        optimizer=FLOAT_BYTES * sum(map(optimizer.num_kept, analysis.weight_shapes)),
        kept=recipe.batch_size * analysis.kept_bytes + pairs,
    )


def bytes_per_pair(recipe: TrainingRecipe) -> int:
    """Return the bytes that the losses keep for every two examples of a batch. Raises SpecError for an invalid loss."""
    return sum(LOSSES.of(head.loss).bytes_per_pair for head in recipe.heads)
