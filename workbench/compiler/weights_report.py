"""The result of loading weights into a network: plain names and shapes. Imports no torch."""

from collections.abc import Sized

from workbench.layers.base import describe
from workbench.spec.record import Record


class Match(Record):
    """A tensor of the network and the one of the file that fills it; ``how`` says how they were matched."""

    name: str
    source: str
    shape: tuple[int, ...]
    how: str = "name"


class Misfit(Record):
    """A tensor of the network that has another shape in the file."""

    name: str
    source: str
    wanted: tuple[int, ...]
    given: tuple[int, ...]


class Unmatched(Record):
    """A tensor without a counterpart on the other side."""

    name: str
    shape: tuple[int, ...]


class WeightsReport(Record):
    """All tensors of both sides. ``missing`` ones and misfits keep their initial values."""

    matches: tuple[Match, ...] = ()
    misfits: tuple[Misfit, ...] = ()
    missing: tuple[Unmatched, ...] = ()
    unexpected: tuple[Unmatched, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether every tensor of the network is filled."""
        return not self.misfits and not self.missing

    def sentence(self, verb: str = "loaded") -> str:
        """Return ``60 of 62 tensors loaded; 2 have a different shape: fc.weight (expected 10×512,
        got 1000×512), ...``
        """
        total = len(self.matches) + len(self.misfits) + len(self.missing)
        parts = [f"{len(self.matches)} of {total} tensors {verb}"]
        if self.misfits:
            said = [f"{one.name} (expected {describe(one.wanted)}, got {describe(one.given)})" for one in self.misfits]
            parts.append(f"{len(self.misfits)} {_have(self.misfits)} a different shape: {_few(said)}")
        if self.missing:
            parts.append(
                f"{len(self.missing)} {_are(self.missing)} not in the file: {_few([m.name for m in self.missing])}"
            )
        if self.unexpected:
            said = [one.name for one in self.unexpected]
            parts.append(f"{len(said)} in the file {_are(said)} unused: {_few(said)}")
        return "; ".join(parts)


def _few(names: list[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _have(things: Sized) -> str:
    return "has" if len(things) == 1 else "have"


def _are(things: Sized) -> str:
    return "is" if len(things) == 1 else "are"
