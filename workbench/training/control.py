"""Commands to a loop in another thread, which checks for them between two batches."""

import threading

from workbench.spec.record import Value


class Control:
    """Commands set from any thread and read by the loop, which reads only plain flags unless there are changes."""

    def __init__(self) -> None:
        self._stop = False
        self._save = False
        self._watched = False
        self._changes: dict[str, Value] = {}
        self._lock = threading.Lock()

    def stop(self) -> None:
        """End the run after the current batch, with a checkpoint."""
        self._stop = True

    def save(self) -> None:
        """Write a checkpoint after the current batch and continue."""
        self._save = True

    def change(self, path: str, value: Value) -> None:
        """Change a setting after the current batch; this replaces an earlier request that still waits."""
        with self._lock:
            self._changes[path] = value

    @property
    def requested(self) -> dict[str, Value]:
        """The changes that wait to be made, path -> value."""
        with self._lock:
            return dict(self._changes)

    def watch_each_step(self, watched: bool) -> None:
        """Set whether each step is reported before the next is made, for stepping through a paused run."""
        self._watched = watched

    def wants_each_step(self) -> bool:
        """Return whether each step must be reported before the next is made."""
        return self._watched

    def wants_attention(self) -> bool:
        """Return whether to leave the steps, to stop, to write a checkpoint or to change a setting."""
        return self._stop or self._save or bool(self._changes)

    def takes_change(self) -> tuple[str, Value] | None:
        """Return the first requested change (path, value), which waits no longer; None if there is none."""
        with self._lock:
            path = next(iter(self._changes), None)
            return None if path is None else (path, self._changes.pop(path))

    def wants_stop(self) -> bool:
        """Return whether the run should stop."""
        return self._stop

    @property
    def was_stopped(self) -> bool:
        """Whether this process was told to stop; for code outside the loop."""
        return self._stop

    @property
    def is_to_save(self) -> bool:
        """Whether a requested checkpoint is yet to be written; for code outside the loop."""
        return self._save

    def wants_save(self) -> bool:
        """Return whether to write a checkpoint."""
        return self._save

    def forget_save(self) -> None:
        """Reset the request for a checkpoint."""
        self._save = False
