"""What is asked of the latent space, and its newest answer as shown. No Qt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.gui.looking.presenter import PicturePresenter
from workbench.session.editing.data_facts import SPLIT_TITLES
from workbench.session.views.latent import NUM_SAMPLES, NUM_STEPS, LatentQuestion, LatentSeen
from workbench.spec.problems import capitalised
from workbench.spec.quantities import percent
from workbench.spec.record import Record

if TYPE_CHECKING:
    from typing import Any

    from workbench.compiler.bottleneck import Bottleneck
    from workbench.session.views.latent import View
    from workbench.session.views.neighbours import Gallery

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


class LatentPresenter(PicturePresenter[LatentSeen]):
    """The view, the layer, the two pictures and the seed, and the newest answer about them."""

    shown_thing = "latent space"

    def __init__(self) -> None:
        self.view: View = "between"
        self._path = ""
        """The chosen layer; empty for the narrowest."""
        super().__init__()

    def begin(self, weights: str | None = None) -> None:
        super().begin(weights)
        self.last, self.seed = 1, 0
        self._known: LatentSeen | None = None
        """The newest answer that says which layers there are."""

    # Choices

    def show_gallery(self, gallery: Gallery) -> None:
        """Take the network's pictures, of which the first two are shown."""
        super().show_gallery(gallery)
        self.last = min(self.last, gallery.count - 1)

    @property
    def ends(self) -> tuple[int, int]:
        return (0 if self.picture is None else self.picture.number), self.last

    def choose_last(self, number: int) -> None:
        """Show what lies before this picture."""
        self.last = number
        self._ask_anew()

    def choose_view(self, view: View) -> None:
        """Show another view. What is shown stays until the answer has come."""
        self.view = view
        self._ask_anew()

    def choose_layer(self, path: str) -> None:
        """Take the codes from this layer."""
        self._path = path
        self._ask_anew()

    def draw_again(self) -> None:
        self.seed += 1
        self._ask_anew()

    def _question(self) -> LatentQuestion | None:
        if self.gallery is None:
            return None
        num = NUM_SAMPLES if self.view == "sample" else NUM_STEPS
        return LatentQuestion(view=self.view, path=self._path, ends=self.ends, num=num, seed=self.seed)

    def take_answer(self, number: int, answer: LatentSeen) -> bool:
        is_ours = super().take_answer(number, answer)
        if is_ours and answer.layers:
            self._known = answer
        return is_ours

    # What is shown

    @property
    def layers(self) -> tuple[Bottleneck, ...]:
        """The layers to choose from, in the network's order; also where those that are chosen cannot be shown."""
        return () if self._known is None else self._known.layers

    @property
    def path(self) -> str:
        """The layer that is asked about."""
        assert self._known is not None and self._known.layer is not None
        return self._path if any(each.path == self._path for each in self.layers) else self._known.layer.path

    @property
    def words(self) -> str:
        """Which weights the network has."""
        return "" if self.seen is None else capitalised(self.step_words(self.seen.step))

    @property
    def told(self) -> str:
        """The pictures in a sentence."""
        if self.seen is None or not self.is_shown:
            return ""
        words = f"{capitalised(self.seen.words())}."
        if self.seen.view == "map":
            split = "" if self.gallery is None else f"{SPLIT_TITLES[self.gallery.split]} "
            return f"{words} Dots: the codes of {self.seen.num_codes:,} {split}pictures{', by class' * bool(self.class_names)}."
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
        steps = [Tile(pixels=each, caption=percent(step / last, 0)) for step, each in enumerate(seen.pictures)]
        first_own, last_own = (
            Tile(pixels=pixels, caption=self.name_of(number))
            for pixels, number in zip(seen.ends, seen.numbers, strict=True)
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
