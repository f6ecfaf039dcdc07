"""A network as Python files: written by ``export.code``, formatted by ruff in a separate process."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from workbench.durable import write_text
from workbench.spec.experiment import Architecture
from workbench.spec.record import Record


class CodeReport(Record):
    """What was written."""

    file: str
    num_classes: int
    """The number of Python classes, including the network's own."""
    num_lines: int
    training: str | None = None
    """The script that trains it."""
    data: tuple[str, ...] = ()
    """The files with the prepared data that the script reads."""
    weights: str | None = None
    """The initial weights that the script loads."""


def python_code(architecture: Architecture, *, classes: int | None = None) -> str:
    """Return the network as a formatted Python module. Raises ProblemsFound if it has errors."""
    from workbench.export.code.render import write_module

    return formatted(write_module(architecture, classes=classes).text)


def formatted(text: str) -> str:
    """Return Python code formatted by ruff with its default settings, imports sorted."""
    from ruff import find_ruff_bin  # type: ignore[import-untyped]

    ruff = find_ruff_bin()
    for arguments in (["check", "--isolated", "--quiet", "--select", "I", "--fix"], ["format", "--isolated"]):
        done = subprocess.run([ruff, *arguments, "-"], input=text, capture_output=True, encoding="utf-8", check=True)
        text = done.stdout
    return text


def write_code(architecture: Architecture, file: Path, *, classes: int | None = None) -> CodeReport:
    """Write the network's module."""
    code = python_code(architecture, classes=classes)
    write_text(file, code)
    return report(file, code)


def report(file: Path, code: str) -> CodeReport:
    """Return the report on the network's module."""
    num_classes = len(re.findall(r"^class ", code, re.MULTILINE))
    return CodeReport(file=str(file), num_classes=num_classes, num_lines=len(code.splitlines()))
