"""What can be imported from where, how far an import is, and what came of it, in words. No Qt."""

from collections.abc import Iterator
from typing import Any

from workbench.gui.job.presenter import JobPresenter
from workbench.session.importing import is_library
from workbench.spec.problems import SpecError

KINDS = {
    "onnx": "An ONNX file: its network comes in, with its weights.",
    "py": "A Python file whose function network() makes the network. All of it is executed, once you have allowed it.",
    "torchvision": "A model of torchvision. Its weights are drawn when a run begins; the pretrained ones can be loaded then.",
    "timm": "A model of timm. Its weights are drawn when a run begins.",
    "": "An ONNX file, a Python file, or a library's model by its name: torchvision:resnet50.",
}
MOST_NAMED = 6


class ImportPresenter(JobPresenter):
    """Follows one import by the states that its job gives."""

    begins = "Beginning…"
    cancelled = "Cancelled; nothing came in."

    @property
    def sentence(self) -> str:
        """Where it is, in one sentence."""
        if self.report is not None:
            return "It came in, and answers as the original does."
        return super().sentence

    def rows(self, kept_at: str) -> tuple[tuple[str, str], ...]:
        """What was found, as (label, words); empty until it is done. ``kept_at`` says where its weights are."""
        return tuple(_rows(self.report, kept_at)) if self.report is not None else ()


def hint(source: str) -> str:
    """What would come in from there."""
    kind = source.partition(":")[0] if is_library(source) else source.rpartition(".")[2].lower()
    return KINDS.get(kind, KINDS[""])


def is_code(source: str) -> bool:
    """Whether importing it executes what somebody wrote."""
    return not is_library(source) and source.lower().endswith(".py")


def read_shape(text: str) -> tuple[int, ...] | None:
    """``3, 224, 224`` or ``3×224×224``; None where nothing is said. SpecError where it is no shape."""
    if not text.strip():
        return None
    sides = text.replace("×", ",").replace("x", ",").split(",")
    if not all(side.strip().isdecimal() and int(side) > 0 for side in sides):
        raise SpecError(f"the input size {text.strip()} is none: write channels, height, width, such as 3, 224, 224")
    return tuple(map(int, sides))


def _rows(report: dict[str, Any], kept_at: str) -> Iterator[tuple[str, str]]:
    yield "Nodes", f"{report['nodes']:,}, in {_count(report['blocks'], 'block')}"
    yield "Parameters", f"{report['parameters']:,}"
    yield "Largest difference", f"{report['max_abs_difference']:.2g} from the original's answers"
    yield "Formulas", _named(report["opaque"], "layer has no kind of its own", "layers have no kind of their own")
    if report["unused"]:
        yield "Left out", _named(report["unused"], "tensor that nothing uses", "tensors that nothing uses")
    yield "Weights", kept_at or "fresh ones are drawn when a run begins"


def _named(names: list[str], one: str, many: str) -> str:
    if not names:
        return "none: every layer has a kind of its own"
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return f"{len(names)} {one if len(names) == 1 else many}: {', '.join(names[:MOST_NAMED])}{more}"


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"
