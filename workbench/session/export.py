"""An export from the window."""

from pathlib import Path

from workbench.session.child_job import ChildJob
from workbench.spec.experiment import Experiment
from workbench.spec.files import STDIN


class ExportJob(ChildJob):
    """``workbench export SOURCE FILE --opset N --json`` in a child; of a run's folder, or of an experiment as it is drawn."""

    def __init__(self, source: Path | Experiment, file: Path, opset: int) -> None:
        drawn = source if isinstance(source, Experiment) else None
        options = [str(file), "--opset", str(opset), "--json"]
        super().__init__(["export", STDIN if drawn else str(source), *options], given=drawn)
