"""Reads the data sets that come with the program: plain arrays in ``resources/datasets``, nothing unpickled."""

from pathlib import Path

import numpy as np

from workbench import shipped
from workbench.data.source import Examples, Loaded
from workbench.spec.column import CLASS, one_class


def folder_of(name: str) -> Path:
    """Return the folder of a built-in set."""
    return shipped.resources() / "datasets" / name


def load_embedded(name: str, class_names: tuple[str, ...]) -> Loaded:
    """Load a set of grey pictures stored in one ``pictures.npz``."""
    with np.load(folder_of(name) / "pictures.npz", allow_pickle=False) as arrays:
        train, test = (
            Examples(
                inputs=arrays[f"{split}_pictures"][:, None], targets={CLASS: arrays[f"{split}_labels"].astype(np.int64)}
            )
            for split in ("train", "test")
        )
    return Loaded(columns=one_class(class_names), train=train, test=test)
