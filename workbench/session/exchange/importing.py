"""An import in a child process: an untrusted file can exhaust, hang or crash only that process."""

from __future__ import annotations

import signal
import time
from pathlib import Path
from typing import Any

from workbench.compiler.importing.limits import TOO_LARGE, TOO_LONG
from workbench.session.child_job import ChildJob, JobState
from workbench.session.exchange import arrivals
from workbench.spec.experiment import Architecture, StartWeights
from workbench.spec.files import read_architecture
from workbench.spec.problems import SpecError
from workbench.spec.record import Record

LIBRARIES = ("torchvision", "timm")
FILES = (".py", ".onnx")

LONGEST_S = 1800.0
"""An import is ended after this time, since a Python file may hang."""


def check_source(source: str, *, trusted: bool) -> None:
    """Raise SpecError if nothing can be imported from there, or if a Python file would be executed without consent."""
    kind, colon, name = source.partition(":")
    if colon and kind in LIBRARIES:
        if not name:
            raise SpecError(f"{source}: name a model after the colon: {kind}:resnet18")
        return
    path = Path(source)
    if path.suffix.lower() not in FILES:
        raise SpecError(f"{source}: cannot be imported; use torchvision:NAME, timm:NAME, FILE.onnx or FILE.py")
    if not path.is_file():
        raise SpecError(f"{source}: file not found: choose an existing file")
    if path.suffix.lower() == ".py" and not trusted:
        raise SpecError(
            f"{source}: importing it executes the whole file with your permissions: read it first, then allow it with "
            "--trust"
        )


class ImportJob(ChildJob):
    """Imports ``source`` (already checked) to ``file``, with the weights beside it."""

    def __init__(
        self, source: str, file: Path, shape: tuple[int, ...] | None = None, *, longest_s: float = LONGEST_S
    ) -> None:
        sides = [",".join(map(str, shape))] if shape else []
        super().__init__([source, str(file), *sides], module="workbench.compiler.importing")
        self.file = file
        self._source = source
        self._longest_s = longest_s
        self._began_s = time.monotonic()
        self._is_late = False

    def poll(self) -> JobState:
        """Return the job's state; explains why a child was killed."""
        state = super().poll()
        code = self._process.returncode
        if state.phase == "running" and not self._is_late and time.monotonic() - self._began_s > self._longest_s:
            self._is_late = True
            self.cancel()
        if self._is_late and state.phase == "cancelled":
            return self._failed(f"it did not finish within {self._longest_s / 60:.3g} minutes")
        if state.phase != "failed" or code == 2:
            return state
        reasons = {"SIGXCPU": TOO_LONG, "SIGKILL": TOO_LONG, "SIGABRT": TOO_LARGE}
        killed_by = signal.Signals(-code).name if code < 0 else ""  # on Windows there are no signals
        return self._failed(reasons.get(killed_by, "its reader crashed, which a valid file would not cause"))

    def cancel(self) -> None:
        """Kill the child: a Python file may ignore SIGTERM, and nothing half written is useful."""
        self._cancelled = True
        self._process.kill()

    def _failed(self, reason: str) -> JobState:
        return JobState(phase="failed", message=f"{self._source}: {reason}")


class Arriving(ImportJob):
    """An import to a temporary folder, deleted with the job: ``take_in`` moves what is kept out of it.

    Raises SpecError as ``check_source`` does.
    """

    def __init__(self, source: str, shape: tuple[int, ...] | None, *, trusted: bool) -> None:
        check_source(source, trusted=trusted)
        name = source.partition(":")[2] if is_library(source) else Path(source).stem
        super().__init__(source, arrivals.stage() / f"{name}.json", shape)

    def close(self, timeout_s: float = 5.0) -> None:
        """Close the job and delete what was not taken."""
        super().close(timeout_s)
        arrivals.drop(self.file.parent)


def list_models() -> ChildJob:
    """List the models of the installed libraries, in a child: ``{"names": ["torchvision:alexnet", ...]}``."""
    return ChildJob([], module="workbench.compiler.importing.names")


class Arrived(Record):
    """An imported network, and where its weights are kept; None if it has none of its own."""

    architecture: Architecture
    weights: StartWeights | None


def take_in(source: str, report: dict[str, Any]) -> Arrived:
    """Return the result of an import and keep its weights. A library's are random, so they are not kept: a run draws
    its own.
    """
    architecture, weights = read_architecture(Path(report["file"])), Path(report["weights"])
    kept = None if is_library(source) else arrivals.keep(weights, weights.stem, report["sha256"])
    return Arrived(architecture=architecture, weights=kept)


def is_library(source: str) -> bool:
    """Return whether it is a library's model, created with random weights."""
    return source.partition(":")[0] in LIBRARIES
