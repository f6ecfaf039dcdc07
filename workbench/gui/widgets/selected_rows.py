"""Reads and sets which rows of a model are selected, all at once: row by row, a hundred thousand take seconds."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QItemSelection, QItemSelectionModel, QSignalBlocker


def selected_places(model: QItemSelectionModel) -> NDArray[np.int64]:
    """Return the places of the selected rows in increasing order: int64 [n]."""
    ranges = [np.arange(each.top(), each.bottom() + 1) for each in model.selection().toList()]
    return np.unique(np.concatenate(ranges)) if ranges else np.empty(0, np.int64)


def select_places(model: QItemSelectionModel, places: NDArray[np.int64]) -> None:
    """Select the first column of the rows at these places too, int64 [n] in increasing order, telling no one."""
    selection, rows = QItemSelection(), model.model()
    for run in np.split(places, np.flatnonzero(np.diff(places) > 1) + 1) if len(places) else []:
        selection.select(rows.index(int(run[0]), 0), rows.index(int(run[-1]), 0))
    with QSignalBlocker(model):
        model.select(selection, QItemSelectionModel.SelectionFlag.Select)
