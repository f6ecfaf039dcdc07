"""Every point of a run's curves, and not only those drawn, as a CSV file. No Qt."""

import csv
import io

from workbench.gui.curves.growing import Steps
from workbench.gui.curves.series import Floats
from workbench.spec.record import Record


class Points(Record):
    """What the curves hold at one moment: by its name the steps of each, their values, and the steps that have none."""

    curves: dict[str, tuple[Steps, Floats, Steps]]
    epochs: tuple[tuple[int, int], ...]
    """(epoch, its last step)."""

    def csv(self) -> str:
        """Step, epoch (where one ends), and the measures. Of a million steps it takes seconds: not in the window's thread."""
        cells: dict[int, dict[str, object]] = {}
        for name, (steps, values, lost) in self.curves.items():
            for step, value in zip(steps.tolist(), map(str, values), strict=True):
                cells.setdefault(step, {})[name] = value
            for step in lost.tolist():
                cells.setdefault(step, {})[name] = "nan"
        for epoch, step in self.epochs:
            cells.setdefault(step, {})["epoch"] = epoch
        text = io.StringIO()
        writer = csv.DictWriter(text, ["step", "epoch", *self.curves], lineterminator="\n")
        writer.writeheader()
        writer.writerows({"step": step, **row} for step, row in sorted(cells.items()))
        return text.getvalue()
