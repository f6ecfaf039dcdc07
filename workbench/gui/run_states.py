"""Where a run is, by its own word; and which of these mean that it is at work, or over. No Qt."""

from enum import StrEnum


class State(StrEnum):
    """Where the followed run is."""

    IDLE = "idle"
    PREPARING = "preparing"
    RUNNING = "running"
    PAUSED = "paused"
    STOPPING = "stopping"
    FINISHED = "finished"
    STOPPED = "stopped"
    FAILED = "failed"


LIVE = (State.PREPARING, State.RUNNING, State.PAUSED, State.STOPPING)
"""States in which a run is at work."""

ENDED = (State.FINISHED, State.STOPPED, State.FAILED)
"""States after which a run brings nothing more."""
