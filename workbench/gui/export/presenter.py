"""The progress and the result of an export, as text. No Qt."""

import keyword
from collections.abc import Iterator
from typing import Any

from workbench.gui.job.presenter import JobPresenter


class ExportPresenter(JobPresenter):
    """Follows an export by the states that its job reports."""

    @property
    def rows(self) -> tuple[tuple[str, str], ...]:
        """The results as (label, text); empty until the export is done."""
        return tuple(self._rows_of(self.report)) if self.report is not None else ()

    def _rows_of(self, report: dict[str, Any]) -> Iterator[tuple[str, str]]:
        raise NotImplementedError


class OnnxPresenter(ExportPresenter):
    """An export to ONNX, which results in a verification."""

    begins = "Exporting the network and verifying the file…"
    ended = "Written, and verified in onnxruntime on real data."

    def _rows_of(self, report: dict[str, Any]) -> Iterator[tuple[str, str]]:
        if report["weights"]:
            yield "Weights", report["weights"]
        yield "Largest difference", f"{report['max_abs_difference']:.2g}"
        if report["top1_agreement"] is not None:
            yield "Same top-1 class", f"in {100 * report['top1_agreement']:.4g} % of them"
        yield "Verified on", f"{report['images']:,} inputs"
        yield "Size", f"{report['size_bytes']:,} bytes"
        yield "File", report["file"]


class CodePresenter(ExportPresenter):
    """An export to PyTorch code, which results in files."""

    begins = "Writing the code…"
    ended = "Written. The code runs without Workbench."

    def _rows_of(self, report: dict[str, Any]) -> Iterator[tuple[str, str]]:
        yield "Network", report["file"]
        if report["training"]:
            yield "Training script", report["training"]
        if report["data"]:
            yield "Prepared data", "\n".join(report["data"])
        if report["weights"]:
            yield "Initial weights", report["weights"]


def module_name(name: str) -> str:
    """Return an experiment's name as that of a Python module: ``LeNet, 2nd try`` becomes ``lenet_2nd_try``."""
    letters = "".join(letter if f"a{letter}".isidentifier() else " " for letter in name.lower())
    words = "_".join(letters.split())
    return words if words.isidentifier() and not keyword.iskeyword(words) else f"net_{words}".rstrip("_")
