"""An import in a child process: an untrusted file can exhaust, hang or crash only that process."""

from __future__ import annotations

import signal
import time
from pathlib import Path
from typing import Any

from workbench.compiler.importing.limits import TOO_LARGE, TOO_LONG
from workbench.session import arrivals
from workbench.session.child_job import ChildJob, JobState
from workbench.spec.experiment import Architecture, StartWeights
from workbench.spec.files import read_architecture
from workbench.spec.problems import SpecError
from workbench.spec.record import Record

LIBRARIES = ("torchvision", "timm")
FILES = (".py", ".onnx")

LONGEST_S = 1800.0
"""After so long an import is ended, whatever it does: a Python file may wait for something that never comes."""


def check_source(source: str, *, trusted: bool) -> None:
    """SpecError where nothing can be imported from there, or where a Python file would be executed unasked."""
    kind, colon, name = source.partition(":")
    if colon and kind in LIBRARIES:
        if not name:
            raise SpecError(f"{source}: name a model after the colon: {kind}:resnet18")
        return
    path = Path(source)
    if path.suffix.lower() not in FILES:
        raise SpecError(f"{source}: cannot be imported; use torchvision:NAME, timm:NAME, FILE.onnx or FILE.py")
    if not path.is_file():
        raise SpecError(f"{source}: file not found")
    if path.suffix.lower() == ".py" and not trusted:
        raise SpecError(
            f"{source}: importing it executes the whole file with your permissions: read it first, then allow it with "
            "--trust"
        )


class ImportJob(ChildJob):
    """Imports ``source`` (which has been checked) to ``file``, with the weights beside it."""

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
        """Where the job is; a child that was ended from outside is said in words."""
        state = super().poll()
        code = self._process.returncode
        if state.phase == "running" and not self._is_late and time.monotonic() - self._began_s > self._longest_s:
            self._is_late = True
            self.cancel()
        if self._is_late and state.phase == "cancelled":
            return self._failed(f"it did not finish within {self._longest_s / 60:.3g} minutes")
        if state.phase != "failed" or code == 2:
            return state
        reasons = {-signal.SIGXCPU: TOO_LONG, -signal.SIGKILL: TOO_LONG, -signal.SIGABRT: TOO_LARGE}
        return self._failed(reasons.get(code, "its reader crashed, which a valid file would not cause"))

    def cancel(self) -> None:
        """End the child at once: a Python file may be deaf to a polite word, and nothing half written is of use."""
        self._cancelled = True
        self._process.kill()

    def _failed(self, reason: str) -> JobState:
        return JobState(phase="failed", message=f"{self._source}: {reason}")


class Arriving(ImportJob):
    """An import to a folder of its own, which goes with the job: ``take_in`` takes from it what is kept."""

    def __init__(self, source: str, shape: tuple[int, ...] | None) -> None:
        name = source.partition(":")[2] if is_library(source) else Path(source).stem
        super().__init__(source, arrivals.stage() / f"{name}.json", shape)

    def close(self, timeout_s: float = 5.0) -> None:
        """As every job, and what was not taken is cleared away."""
        super().close(timeout_s)
        arrivals.drop(self.file.parent)


class NamesJob(ChildJob):
    """``{"names": ["torchvision:alexnet", ...]}``: what the libraries that are installed have, found in a child."""

    def __init__(self) -> None:
        super().__init__([], module="workbench.compiler.importing.names")


class Arrived(Record):
    """A network that came in, and where its weights are kept; None where it came without any of its own."""

    architecture: Architecture
    weights: StartWeights | None


def begin_import(source: str, shape: tuple[int, ...] | None, *, trusted: bool) -> Arriving:
    """Begin to import. SpecError as ``check_source`` says."""
    check_source(source, trusted=trusted)
    return Arriving(source, shape)


def take_in(source: str, report: dict[str, Any]) -> Arrived:
    """What an import wrote, its weights kept among the user's. A library's are fresh, and so none: a run draws its own."""
    architecture, weights = read_architecture(Path(report["file"])), Path(report["weights"])
    kept = None if is_library(source) else arrivals.keep(weights, weights.stem, report["sha256"])
    return Arrived(architecture=architecture, weights=kept)


def is_library(source: str) -> bool:
    """Whether it is a library's model, made with fresh weights."""
    return source.partition(":")[0] in LIBRARIES
