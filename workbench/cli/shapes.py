"""A shape as people type it."""


def shape(text: str) -> tuple[int, ...]:
    """``3,224,224``, ``3x224x224`` or ``2``; ValueError where it is none, which argparse puts into words."""
    sides = tuple(int(side) for side in text.replace("x", ",").replace("×", ",").split(","))
    if not 1 <= len(sides) <= 3 or min(sides) < 1:
        raise ValueError
    return sides
