"""An import in a child process: a stranger's file can exhaust it, hang it or crash it, and nothing else is harmed."""

from __future__ import annotations

import signal
from pathlib import Path

from workbench.compiler.importing.limits import TOO_LARGE, TOO_LONG
from workbench.session.export import ChildJob, ExportState
from workbench.spec.problems import SpecError

LIBRARIES = ("torchvision", "timm")
FILES = (".py", ".onnx")


def check_source(source: str, *, trusted: bool) -> None:
    """SpecError where nothing can be imported from there, or where a Python file would be executed unasked."""
    kind, colon, name = source.partition(":")
    if colon and kind in LIBRARIES:
        if not name:
            raise SpecError(f"{source}: name a model after the colon: {kind}:resnet18")
        return
    path = Path(source)
    if path.suffix.lower() not in FILES:
        raise SpecError(f"{source}: cannot be imported; torchvision:NAME, timm:NAME, FILE.onnx and FILE.py can")
    if not path.is_file():
        raise SpecError(f"{source}: there is no such file")
    if path.suffix.lower() == ".py" and not trusted:
        raise SpecError(
            f"{source}: importing it executes the whole file with your rights: read it, and then allow it with --trust"
        )


class ImportJob(ChildJob):
    """Imports ``source`` (which has been checked) to ``file``, with the weights beside it."""

    def __init__(self, source: str, file: Path, shape: tuple[int, ...] | None = None) -> None:
        sides = [",".join(map(str, shape))] if shape else []
        super().__init__([source, str(file), *sides], module="workbench.compiler.importing")
        self._source = source

    def poll(self) -> ExportState:
        """Where the job is; a child that was ended from outside is said in words."""
        state = super().poll()
        code = self._process.returncode
        if state.phase != "failed" or code == 2:
            return state
        reasons = {-signal.SIGXCPU: TOO_LONG, -signal.SIGKILL: TOO_LONG, -signal.SIGABRT: TOO_LARGE}
        reason = reasons.get(code, "its reader failed, which a sound file does not make it do")
        return ExportState(phase="failed", message=f"{self._source}: {reason}")
