"""A constant rate."""

from workbench.training.schedule import Schedule


class Constant(Schedule):
    """The learning rate stays as it is."""

    def shape(self, step: int, steps_per_epoch: int, num_steps: int) -> float:
        """Always 1."""
        return 1.0
