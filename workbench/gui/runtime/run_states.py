"""The states of a run, and which of them mean that it is in progress or has ended. No Qt."""

from enum import StrEnum


class State(StrEnum):
    """State of the followed run."""

    IDLE = "idle"
    PREPARING = "preparing"
    RUNNING = "running"
    PAUSED = "paused"
    STOPPING = "stopping"
    FINISHED = "finished"
    STOPPED = "stopped"
    FAILED = "failed"


LIVE = (State.PREPARING, State.RUNNING, State.PAUSED, State.STOPPING)
"""States in which a run is in progress."""

ENDED = (State.FINISHED, State.STOPPED, State.FAILED)
"""States after which a run produces nothing more."""
