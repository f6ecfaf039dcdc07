"""Words for sentences that users read."""


def plural(number: int, noun: str) -> str:
    """Return a count with a noun whose plural ends in s: ``1 epoch``, ``1,024 epochs``."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
