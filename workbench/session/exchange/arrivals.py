"""Where imported weights are stored: in a temporary folder until they are used, then permanently, by name and content.

An experiment refers to them by path and SHA-256, so it can be saved anywhere and still find them, and weights imported
twice are stored once.
"""

import os
import re
import shutil
from pathlib import Path

from workbench.durable import clear_leftovers, make_folder, rename
from workbench.places import weights_dir
from workbench.spec.experiment import StartWeights

STAGING = ".arriving-"


def stage() -> Path:
    """Return a new temporary folder for an import; those left by killed programs are deleted."""
    clear_leftovers(weights_dir(), f"{STAGING}*")
    folder = weights_dir() / f"{STAGING}{os.urandom(4).hex()}"
    make_folder(folder)
    return folder


def keep(weights: Path, name: str, sha256: str) -> StartWeights:
    """Move staged weights to their permanent place."""
    plain = re.sub(r"[^\w.-]+", "-", name)[:60]
    file = weights_dir() / f"{plain}-{sha256[:12]}.safetensors"
    rename(weights, file)
    return StartWeights(file=str(file), sha256=sha256)


def drop(folder: Path) -> None:
    """Delete the staged files."""
    shutil.rmtree(folder, ignore_errors=True)
