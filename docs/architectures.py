"""Writes architectures.md from the presets: what each is, what it costs, and its published results.

    ./run python docs/architectures.py

A test checks that the page is up to date.
"""

from pathlib import Path

from workbench.compiler.analysis import analyse
from workbench.durable import write_text
from workbench.gui.experiment.presets import is_small
from workbench.spec.experiment import Architecture, Published
from workbench.spec.files import preset_names, read_architecture

PAGE = Path(__file__).parent / "architectures.md"
INTRODUCTION = """\
# The architectures

Each is a file in `presets/architectures`, built from blocks, and opens by name: in the window, or as in
`./run main.py summary resnet50`. An experiment of the same name trains it.

If torchvision has the network, all weights have torchvision's names and shapes, and its weights load directly; outputs,
gradients, parameters and multiply-accumulates are equal. SE-ResNet-50, MobileNet v1 and EfficientNet-Lite0 are compared with
timm in the same way, and ShuffleNet v1 with pytorchcv. `tests/presets` checks this.

Parameters and MACs (multiply-accumulates of one picture) are counted on the network in its file, with every Output:
GoogLeNet's include its auxiliary heads. Top-1 and top-5 are accuracies in percent, as reported by the source in the last
column, which also lists other reported numbers that differ from ours.
"""
HEADING = (
    "| Preset | Network | Paper | Parameters | MACs | Top-1 | Top-5 | Reported in |\n|---|---|---|--:|--:|--:|--:|---|"
)


def page() -> str:
    """The text of the page."""
    architectures = {name: read_architecture(name) for name in preset_names("architectures")}
    order = sorted(architectures, key=lambda name: (_year(architectures[name]), name))
    small = [name for name in order if is_small(architectures[name])]
    large = [name for name in order if name not in small]
    parts = [INTRODUCTION]
    for title, names in (("As published", large), ("For small pictures and points", small)):
        rows = "\n".join(_row(name, architectures[name]) for name in names)
        parts.append(f"## {title}\n\n{HEADING}\n{rows}\n")
    return "\n".join(parts)


def _year(architecture: Architecture) -> int:
    assert architecture.reference is not None
    return architecture.reference.year


def _row(name: str, architecture: Architecture) -> str:
    reference = architecture.reference
    assert reference is not None
    analysis = analyse(architecture)
    published = reference.published or Published(source="")
    first_author = reference.paper.split(":")[0].split(",")[0]
    cells = (
        f"`{name}`",
        architecture.name,
        f"[{first_author} {reference.year}]({reference.url}): {reference.novelty}",
        f"{analysis.parameters:,}",
        f"{analysis.macs:,}",
        "" if published.top1 is None else f"{published.top1:g}",
        "" if published.top5 is None else f"{published.top5:g}",
        published.source + _other_counts(published, analysis.parameters, analysis.macs),
    )
    return f"| {' | '.join(cell or '–' for cell in cells)} |"


def _other_counts(published: Published, parameters: int, macs: int) -> str:
    """The counts given by the source, where they differ from ours by more than rounding."""
    counts = (("parameters", published.parameters, parameters), ("MACs", published.macs, macs))
    told = [f"{theirs:,} {what}" for what, theirs, ours in counts if theirs and abs(theirs - ours) > 0.002 * ours]
    return f" ({', '.join(told)})" if told else ""


if __name__ == "__main__":
    write_text(PAGE, page())
