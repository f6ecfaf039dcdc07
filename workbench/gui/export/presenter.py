"""Where an export is and what it found, in words. No Qt."""

from collections.abc import Iterator
from typing import Any, Literal

from workbench.session.export import ExportState

Phase = Literal["ready", "running", "done", "failed", "cancelled"]


class ExportPresenter:
    """Follows one export by the states that its job gives."""

    def __init__(self) -> None:
        self.phase: Phase = "ready"
        self._state: ExportState | None = None

    def begin(self) -> None:
        """An export begins."""
        self.phase = "running"
        self._state = None

    def take(self, state: ExportState) -> None:
        """The job's state as it is now."""
        self._state = state
        self.phase = state.phase

    @property
    def sentence(self) -> str:
        """Where it is, in one sentence."""
        match self.phase:
            case "ready":
                return ""
            case "running":
                return (self._state.message if self._state else "") or "Translating the network and checking the file…"
            case "done":
                return "Written, and checked in onnxruntime on real pictures."
            case "cancelled":
                return "Cancelled; nothing was written."
        assert self._state is not None
        return self._state.message

    @property
    def proof(self) -> tuple[tuple[str, str], ...]:
        """What was found, as (label, words); empty until it is done."""
        if self.phase != "done" or self._state is None or self._state.report is None:
            return ()
        return tuple(_proof_rows(self._state.report))


def _proof_rows(report: dict[str, Any]) -> Iterator[tuple[str, str]]:
    yield "Largest difference", f"{report['max_abs_difference']:.2g}"
    if report["top1_agreement"] is not None:
        yield "Same class first", f"in {100 * report['top1_agreement']:.4g} % of them"
    yield "Checked on", f"{report['images']:,} inputs"
    yield "Size", f"{report['size_bytes']:,} bytes"
    yield "File", report["file"]
