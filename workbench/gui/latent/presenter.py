"""What is asked of the latent space, and its newest answer as shown. No Qt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.gui.runtime.refresh import Refresh
from workbench.session.editing.data_facts import SPLIT_TITLES
from workbench.session.views.latent import NUM_SAMPLES, NUM_STEPS, LatentQuestion
from workbench.spec.problems import capitalised
from workbench.spec.record import Record

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from workbench.compiler.bottleneck import Bottleneck
    from workbench.events import AnyEvent
    from workbench.session.views.latent import LatentSeen, View
    from workbench.session.views.neighbours import Gallery

NO_NETWORK = (
    "No network to look into yet",
    "You will see what the codes of an autoencoder decode to, of that on the canvas or of a run, here.",
)

VIEWS: dict[View, tuple[str, str]] = {
    "between": ("Interpolate", "Pictures decoded at ten steps from the code of one picture to that of another"),
    "sample": ("Sample", "Pictures decoded from drawn codes"),
    "map": ("Map", "Pictures decoded all over the plane of the codes, and where the data's pictures lie on it"),
}
"""The title and the tip of each view."""


class Tile(Record):
    """A picture, uint8 [C, H, W], and what stands below it."""

    pixels: Any
    caption: str = ""


class LatentPresenter:
    """The view, the layer, the two pictures and the seed, and the newest answer about them."""

    def __init__(self) -> None:
        self.view: View = "between"
        self._path = ""
        """The chosen layer; empty for the narrowest."""
        self.begin()

    def begin(self, weights: str | None = None) -> None:
        """Start on another network, to which a picture means something else. ``weights`` says what it has if they are
        not those after a step; None if there is no network.
        """
        self._weights = weights
        self.problem = ""
        """Why the network cannot be asked."""
        self.gallery: Gallery | None = None
        self.seen: LatentSeen | None = None
        self.ends, self.seed = (0, 1), 0
        self._refresh = Refresh()
        self._wants = False
        self._first: int | None = None
        """The first request of this kind; None before it is made. Earlier answers are dropped."""

    # Choices

    def show_gallery(self, gallery: Gallery) -> None:
        """Take the network's pictures, of which the last shown are kept while there are so many."""
        self.gallery = gallery
        first, last = (min(number, gallery.count - 1) for number in self.ends)
        self.ends = (first, last)
        self._ask_anew()

    def choose_view(self, view: View) -> None:
        """Show another view. What is shown stays until the answer has come."""
        self.view = view
        self._ask_anew()

    def choose_layer(self, path: str) -> None:
        """Take the codes from this layer."""
        self._path = path
        self._ask_anew()

    def choose_ends(self, first: int, last: int) -> None:
        """Show what lies between these two pictures."""
        self.ends = (first, last)
        self._ask_anew()

    def draw_again(self) -> None:
        """Draw other codes."""
        self.seed += 1
        self._ask_anew()

    def _ask_anew(self) -> None:
        self._first, self._wants = None, True

    # Questions and answers

    def feed(self, events: Sequence[AnyEvent], state: str) -> None:
        """Take the run's next events: the network is asked again after each epoch, at a pause and at the end."""
        self._wants |= self._refresh.is_due(events, state)

    def take_question(self) -> LatentQuestion | None:
        """Return what to ask now, and reset; None if there is nothing to ask."""
        if self.gallery is None or not self._wants:
            return None
        self._wants = False
        num = NUM_SAMPLES if self.view == "sample" else NUM_STEPS
        return LatentQuestion(view=self.view, path=self._path, ends=self.ends, num=num, seed=self.seed)

    def asked(self, number: int) -> None:
        """Take the number of a request."""
        if self._first is None:
            self._first = number

    def take_answer(self, number: int, answer: LatentSeen) -> bool:
        """Take an answer, and return whether it is one to what is asked now."""
        is_ours = self._first is not None and number >= self._first
        if is_ours:
            self.seen = answer
        return is_ours

    # What is shown

    @property
    def is_shown(self) -> bool:
        """Whether there are pictures to show."""
        return self.seen is not None and not self.seen.problem

    @property
    def layers(self) -> tuple[Bottleneck, ...]:
        """The layers to choose from, in the network's order."""
        return () if self.seen is None else self.seen.layers

    @property
    def layer(self) -> Bottleneck | None:
        """The layer that gives the codes."""
        return None if self.seen is None else self.seen.layer

    @property
    def empty_words(self) -> tuple[str, str]:
        """What takes the place of the pictures: a heading and a sentence."""
        if problem := self.seen.problem if self.seen is not None else self.problem:
            return "No latent space to show", f"{capitalised(problem)}."
        if self._weights is None:
            return NO_NETWORK
        return "Asking the network…", "You will see what its codes decode to here once its data is ready."

    @property
    def heading(self) -> str:
        """Which weights the network has, after a step or without a run."""
        if self.seen is None:
            return ""
        return capitalised(self._weights) if self._weights else f"Step {self.seen.step:,}"

    @property
    def words(self) -> str:
        """The pictures in a sentence."""
        if self.seen is None or not self.is_shown:
            return ""
        words = f"{capitalised(self.seen.words())}."
        if self.seen.view == "map":
            split = "" if self.gallery is None else f"{SPLIT_TITLES[self.gallery.split]} "
            return f"{words} Dots: the codes of {self.seen.num_codes:,} {split}pictures, by class."
        return words

    @property
    def tiles(self) -> tuple[Tile, ...]:
        """The pictures; between two of the data's own, if these are the ends."""
        seen = self.seen
        if seen is None or seen.pictures is None:
            return ()
        if seen.view != "between":
            return tuple(Tile(pixels=pixels) for pixels in seen.pictures)
        last = len(seen.pictures) - 1
        steps = [Tile(pixels=each, caption=f"{100 * step / last:.0f} %") for step, each in enumerate(seen.pictures)]
        first_own, last_own = (
            Tile(pixels=pixels, caption=self.name_of(number))
            for pixels, number in zip(seen.ends, self.ends, strict=True)
        )
        return (first_own, *steps, last_own)

    @property
    def class_names(self) -> tuple[str, ...]:
        """The classes of the map's dots."""
        return self.seen.class_names if self.seen is not None and self.seen.labels is not None else ()

    def name_of(self, number: int) -> str:
        """Return a picture of the data by its class, if it has one, else by its number."""
        gallery = self.gallery
        if gallery is None or gallery.labels is None:
            return f"{number:,}"
        return gallery.class_names[int(gallery.labels[number])]
