"""The progress and the result of an export, as text. No Qt."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from workbench.gui.job.presenter import JobPresenter
from workbench.spec.quantities import file_size
from workbench.spec.words import first_few, listed


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
        floats = report["size_as_floats"]
        yield "Size", f"{report['size_bytes']:,} bytes" + (f", in floats {floats:,}" if floats else "")
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


MOST_NAMED = 4
"""Most runs that are named above a report; the rest are counted."""


def runs_said(folders: Sequence[Path]) -> str:
    """Return the names of the runs of a report, or the first few and how many more there are."""
    return listed(first_few([folder.name for folder in folders], MOST_NAMED))


class ReportPresenter(ExportPresenter):
    """The writing of a report, which may lack some of what belongs in it."""

    begins = "Writing the report…"
    ended = "Written. The file is all that is needed to read it."

    @property
    def file(self) -> str:
        """The file that was written; empty before."""
        return self.report["file"] if self.report is not None else ""

    def _rows_of(self, report: dict[str, Any]) -> Iterator[tuple[str, str]]:
        if report["missing"]:
            yield "Missing", "\n".join(report["missing"])
        yield "Size", file_size(report["size_bytes"])
        yield "File", report["file"]
