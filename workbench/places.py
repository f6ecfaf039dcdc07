"""Where the program stores what it creates and downloads. ``WORKBENCH_HOME`` moves everything into one folder."""

import os
from pathlib import Path

from platformdirs import PlatformDirs

OF_SYSTEM = PlatformDirs("workbench", appauthor=False)


class Homeless(Exception):
    """The system knows no home directory of this user, as in a container whose user has no name."""

    def __str__(self) -> str:
        return "this user has no home directory: set HOME, or set WORKBENCH_HOME to a folder for runs and data"


class Unwritable(Homeless):
    """The user's home directory is there, and nothing can be written to it."""

    def __init__(self, error: OSError) -> None:
        super().__init__(error)
        self.error = error

    def __str__(self) -> str:
        why = f"{self.error.filename}: cannot be written: {self.error.strerror}"
        return f"{why}; make that possible, or set WORKBENCH_HOME to another folder for runs and data"


def cache_dir() -> Path:
    """Decoded pictures, which can be recreated and may be deleted at any time."""
    return _at_home("cache") or _of_user("user_cache_path")


def data_dir() -> Path:
    """Downloaded data sets, one folder each."""
    return _at_home("data") or _of_user("user_data_path") / "data"


def weights_dir() -> Path:
    """Weights that were downloaded, converted or imported with a network."""
    return _at_home("weights") or _of_user("user_data_path") / "weights"


def runs_dir() -> Path:
    """Runs, one folder each: listed in the window, and used by the command line unless told otherwise."""
    return _at_home("runs") or _of_user("user_data_path") / "runs"


def blocks_dir() -> Path:
    """The user's own library of blocks, one file each."""
    return _at_home("blocks") or _of_user("user_data_path") / "blocks"


def drafts_dir() -> Path:
    """Drafts of unsaved work, for the next start after a crash."""
    return _at_home("drafts") or _of_user("user_state_path") / "drafts"


def logs_dir() -> Path:
    """Logs of errors, with the tracebacks that are not shown on screen."""
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
    """Return the folder of that name in ``WORKBENCH_HOME``, or None if that is not set."""
    home = os.environ.get("WORKBENCH_HOME")
    return Path(home) / name if home else None
