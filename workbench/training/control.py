"""Commands to a loop in another thread, which checks for them between two batches."""

from collections import deque

from workbench.spec.record import Value


class Control:
    """Set from any thread, read by the loop. Plain flags and a queue: one write, one read, nothing to lock."""

    def __init__(self) -> None:
        self._stop = False
        self._save = False
        self._watched = False
        self._changes: deque[tuple[str, Value]] = deque()

    def stop(self) -> None:
        """End after the batch under way, with a checkpoint."""
        self._stop = True

    def save(self) -> None:
        """Write a checkpoint after the batch under way and go on."""
        self._save = True

    def change(self, path: str, value: Value) -> None:
        """Set a setting that may change while it runs, after the batch under way."""
        self._changes.append((path, value))

    def watch_each_step(self, watched: bool) -> None:
        """Whether each step is to be told of before the next is made: somebody holds the run, and lets it go step by step."""
        self._watched = watched

    def wants_each_step(self) -> bool:
        """Whether no step may be made before the last one is told of."""
        return self._watched

    def wants_attention(self) -> bool:
        """Whether the steps are to be left, to end or to change something."""
        return self._stop or bool(self._changes)

    def takes_change(self) -> tuple[str, Value] | None:
        """The next change asked for, (path, value); asking takes it."""
        return self._changes.popleft() if self._changes else None

    def wants_stop(self) -> bool:
        """Whether the run should stop."""
        return self._stop

    @property
    def was_stopped(self) -> bool:
        """Whether this process was told to end: for what goes on outside of the loop."""
        return self._stop

    def takes_save(self) -> bool:
        """Whether to write a checkpoint now; asking takes the command."""
        if not self._save:
            return False
        self._save = False  # a command that comes from here on is one more
        return True
