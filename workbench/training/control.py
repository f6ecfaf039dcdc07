"""Commands to a loop that runs in another thread; it looks at them between two batches."""


class Control:
    """Set from any thread, read by the loop. Plain flags: one write, one read, nothing to lock."""

    def __init__(self) -> None:
        self.stopping = False
        self.saving = False

    def stop(self) -> None:
        """End after the batch under way, with a checkpoint."""
        self.stopping = True

    def save(self) -> None:
        """Write a checkpoint after the batch under way and go on."""
        self.saving = True
