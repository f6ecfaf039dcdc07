"""Makes the icons of the activations from their own curves, as the program computes them.

    python docs/pictures/curve_icons.py

Writes ``resources/icons/curve-*.svg``.
"""

from pathlib import Path

from workbench.compiler.curve import curve_of
from workbench.layers import LAYERS
from workbench.spec.record import replace

ICONS = Path(__file__).parents[2] / "resources" / "icons"

USUAL = (-3.0, 1.5)
RANGES = {
    "ReLU": (-3.0, 3.0),
    "LeakyReLU": (-3.0, 3.0),
    "ReLU6": (-5.0, 8.0),
    "Sigmoid": (-6.0, 6.0),
    "Hardsigmoid": (-6.0, 6.0),
    "Tanh": (-3.0, 3.0),
    "GELU": (-4.0, 1.5),
    "Hardswish": (-4.5, 1.5),
    "SiLU": (-6.0, 1.5),
    "PReLU": (-3.0, 3.0),
    "SELU": (-4.0, 2.0),
    "Mish": (-5.0, 1.5),
    "Softplus": (-4.0, 4.0),
}
"""The inputs over which a curve shows what is its own; ``USUAL`` for others."""

CHANGED = {"LeakyReLU": {"negative_slope": 0.2}}
"""Parameters without which a curve would look like another."""

LEFT, RIGHT, TOP, BOTTOM = 3.0, 21.0, 5.0, 19.0

SVG = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" width="24" height="24" fill="none" stroke="currentColor" stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round">
  <polyline points="{points}"/>
  <path d="M{x:g} 3v18M3 {y:g}h18" stroke-width="0.8" stroke-dasharray="1.2 2.2"/>
</svg>
"""


def svg_of(name: str) -> str:
    """Return the icon of an elementwise layer: its curve, as high as the icon, and where input and output are 0."""
    curve = curve_of(replace(LAYERS[name](), **CHANGED.get(name, {})), ((1, 8, 8),))
    first, last = RANGES.get(name, USUAL)
    points = [(x, y) for x, y in zip(curve.inputs, curve.outputs, strict=True) if first <= x <= last]
    low, high = min(y for _, y in points), max(y for _, y in points)

    def place(x: float, y: float) -> tuple[float, float]:
        across = LEFT + (x - first) / (last - first) * (RIGHT - LEFT)
        return round(across, 2), round(BOTTOM - (y - low) / (high - low) * (BOTTOM - TOP), 2)

    drawn = [f"{x:g},{y:g}" for x, y in (place(*point) for point in points[::5])]
    zero = place(0, 0)
    return SVG.format(points=" ".join(drawn), x=zero[0], y=zero[1])


if __name__ == "__main__":
    for layer in LAYERS.table.values():
        if layer.elementwise:
            (ICONS / f"curve-{layer.__name__.lower()}.svg").write_text(svg_of(layer.__name__), "utf-8")
