"""Where an export is and what it found, in words. No Qt."""

from collections.abc import Iterator
from typing import Any

from workbench.gui.job.presenter import JobPresenter


class ExportPresenter(JobPresenter):
    """Follows one export by the states that its job gives."""

    begins = "Exporting the network and verifying the file…"
    ended = "Written, and verified in onnxruntime on real pictures."

    @property
    def proof(self) -> tuple[tuple[str, str], ...]:
        """What was found, as (label, words); empty until it is done."""
        return tuple(_proof_rows(self.report)) if self.report is not None else ()


def _proof_rows(report: dict[str, Any]) -> Iterator[tuple[str, str]]:
    if report["weights"]:
        yield "Weights", report["weights"]
    yield "Largest difference", f"{report['max_abs_difference']:.2g}"
    if report["top1_agreement"] is not None:
        yield "Same top-1 class", f"in {100 * report['top1_agreement']:.4g} % of them"
    yield "Verified on", f"{report['images']:,} inputs"
    yield "Size", f"{report['size_bytes']:,} bytes"
    yield "File", report["file"]
