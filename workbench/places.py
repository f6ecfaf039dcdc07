"""Where the program keeps what it makes and what it fetches. ``WORKBENCH_HOME`` moves all of it into one folder."""

import os
from pathlib import Path

from platformdirs import PlatformDirs

OF_SYSTEM = PlatformDirs("workbench", appauthor=False)


class Homeless(Exception):
    """The system knows no home of this user, as in a container whose user has no name."""

    def __str__(self) -> str:
        return "this user has no home directory: set HOME, or set WORKBENCH_HOME to a folder for runs and data"


def cache_dir() -> Path:
    """Decoded pictures: all of it can be made again, and may be deleted at any time."""
    return _at_home("cache") or _of_user("user_cache_path")


def data_dir() -> Path:
    """Downloaded data sets, one folder each."""
    return _at_home("data") or _of_user("user_data_path") / "data"


def weights_dir() -> Path:
    """Weights that were fetched, converted or came in with a network."""
    return _at_home("weights") or _of_user("user_data_path") / "weights"


def runs_dir() -> Path:
    """Runs, one folder each: what the window lists, and where the command line puts them unless told otherwise."""
    return _at_home("runs") or _of_user("user_data_path") / "runs"


def blocks_dir() -> Path:
    """The user's own library of blocks, one file each."""
    return _at_home("blocks") or _of_user("user_data_path") / "blocks"


def drafts_dir() -> Path:
    """What is edited and not saved yet, for the next start after a crash."""
    return _at_home("drafts") or _of_user("user_state_path") / "drafts"


def logs_dir() -> Path:
    """What went wrong, with the traces that nobody wants to see on a screen."""
    return _at_home("logs") or _of_user("user_log_path")


def config_dir() -> Path:
    """What the window remembers."""
    return _at_home("config") or _of_user("user_config_path")


def _of_user(folder: str) -> Path:
    try:
        path: Path = getattr(OF_SYSTEM, folder)
    except RuntimeError:
        raise Homeless from None
    return path


def _at_home(name: str) -> Path | None:
    """The folder of that name in ``WORKBENCH_HOME``; None where that is not set."""
    home = os.environ.get("WORKBENCH_HOME")
    return Path(home) / name if home else None
