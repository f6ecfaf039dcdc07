"""Where the program keeps what it makes and what it fetches. ``WORKBENCH_HOME`` moves all of it into one folder."""

import os
from pathlib import Path

import platformdirs

APP = "workbench"


def cache_dir() -> Path:
    """Decoded pictures: all of it can be made again, and may be deleted at any time."""
    home = os.environ.get("WORKBENCH_HOME")
    return Path(home) / "cache" if home else Path(platformdirs.user_cache_dir(APP, appauthor=False))


def data_dir() -> Path:
    """Downloaded data sets, one folder each."""
    home = os.environ.get("WORKBENCH_HOME")
    return Path(home) / "data" if home else Path(platformdirs.user_data_dir(APP, appauthor=False)) / "data"


def weights_dir() -> Path:
    """Weights that were fetched, converted or came in with a network."""
    home = os.environ.get("WORKBENCH_HOME")
    return Path(home) / "weights" if home else Path(platformdirs.user_data_dir(APP, appauthor=False)) / "weights"


def runs_dir() -> Path:
    """Runs, one folder each: what the window lists, and where the command line puts them unless told otherwise."""
    home = os.environ.get("WORKBENCH_HOME")
    return Path(home) / "runs" if home else Path(platformdirs.user_data_dir(APP, appauthor=False)) / "runs"


def blocks_dir() -> Path:
    """The user's own library of blocks, one file each."""
    home = os.environ.get("WORKBENCH_HOME")
    return Path(home) / "blocks" if home else Path(platformdirs.user_data_dir(APP, appauthor=False)) / "blocks"


def drafts_dir() -> Path:
    """What is edited and not saved yet, for the next start after a crash."""
    home = os.environ.get("WORKBENCH_HOME")
    return Path(home) / "drafts" if home else Path(platformdirs.user_state_dir(APP, appauthor=False)) / "drafts"


def logs_dir() -> Path:
    """What went wrong, with the traces that nobody wants to see on a screen."""
    home = os.environ.get("WORKBENCH_HOME")
    return Path(home) / "logs" if home else Path(platformdirs.user_log_dir(APP, appauthor=False))
