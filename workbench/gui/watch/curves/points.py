"""All points of a run's curves, not only those drawn, as a CSV file. No Qt."""

import csv
import io

from workbench.gui.watch.curves.growing import Steps
from workbench.gui.watch.curves.series import Floats
from workbench.spec.record import Record


class Points(Record):
    """The curves at one moment: by name, the steps, their values, and the steps whose value was not finite."""

    curves: dict[str, tuple[Steps, Floats, Steps]]
    epochs: tuple[tuple[int, int], ...]
    """Pairs of an epoch and its last step."""

    def csv(self) -> str:
        """Return a table of step, epoch (where one ends) and measures. A million steps take seconds: use a thread."""
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
