"""What can be imported, and the progress and result of an import, as text. No Qt."""

from collections.abc import Iterator
from typing import Any

from workbench.gui.job.presenter import JobPresenter
from workbench.session.exchange.importing import is_library
from workbench.spec.problems import SpecError
from workbench.spec.words import plural

KINDS = {
    "onnx": "An ONNX file: imports the network and its weights.",
    "py": "A Python file whose function network() builds the network. The whole file is executed, once you allow it.",
    "torchvision": "A torchvision model. A run initialises its weights; pretrained ones can be loaded after importing.",
    "timm": "A timm model. A run initialises its weights.",
    "": "An ONNX file, a Python file, or a library model by name: torchvision:resnet50, timm:resnet18.",
}
MOST_NAMED = 6


class ImportPresenter(JobPresenter):
    """Follows an import by the states that its job reports."""

    begins = "Starting…"
    cancelled = "Cancelled; nothing was imported."

    @property
    def sentence(self) -> str:
        if self.report is not None:
            return "Imported; its outputs match the original's."
        return super().sentence

    def rows(self, kept_at: str) -> tuple[tuple[str, str], ...]:
        """Return the results as (label, text), empty until it is done; ``kept_at`` is where the weights are stored."""
        return tuple(_rows(self.report, kept_at)) if self.report is not None else ()


def hint(source: str) -> str:
    """Return a description of what importing this source does."""
    kind = source.partition(":")[0] if is_library(source) else source.rpartition(".")[2].lower()
    return KINDS.get(kind, KINDS[""])


def is_code(source: str) -> bool:
    """Whether importing the source executes someone's code."""
    return not is_library(source) and source.lower().endswith(".py")


def read_shape(text: str) -> tuple[int, ...] | None:
    """Parse ``3, 224, 224`` or ``3×224×224``; return None for no text. Raises SpecError if it is not a shape."""
    if not text.strip():
        return None
    sides = text.replace("×", ",").replace("x", ",").split(",")
    if not all(side.strip().isdecimal() and int(side) > 0 for side in sides):
        raise SpecError(
            f"“{text.strip()}” is not an input size: write channels, height, width, for example 3, 224, 224"
        )
    return tuple(map(int, sides))


def _rows(report: dict[str, Any], kept_at: str) -> Iterator[tuple[str, str]]:
    yield "Nodes", f"{report['nodes']:,}, in {plural(report['blocks'], 'block')}"
    yield "Parameters", f"{report['parameters']:,}"
    precision = ", both in float64: float32 rounds more than that" * report["in_float64"]
    yield "Largest difference", f"{report['max_abs_difference']:.2g} from the original's outputs{precision}"
    yield "Formulas", _named(report["opaque"], "layer has no matching type", "layers have no matching type")
    if report["unused"]:
        yield "Dropped", _named(report["unused"], "unused tensor", "unused tensors")
    if report["plain"]:
        yield "Plain", _named(report["plain"], "weight was computed from others", "weights were computed from others")
    yield "Weights", kept_at or "initialised when a run starts"


def _named(names: list[str], one: str, many: str) -> str:
    if not names:
        return "none: every layer has a matching type"
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return f"{len(names)} {one if len(names) == 1 else many}: {', '.join(names[:MOST_NAMED])}{more}"
