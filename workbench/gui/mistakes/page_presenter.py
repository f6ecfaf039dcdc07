"""What a page shows of the newest answer of a head, and which pictures are chosen in it. No Qt."""

from collections.abc import Iterable
from typing import Generic, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from workbench.gui.experiment.correction import LabelOffer
from workbench.gui.mistakes.presenter import MistakesPresenter
from workbench.session.views.attention import OnePicture
from workbench.session.views.mistakes.head import HeadMistakes

M = TypeVar("M", bound=HeadMistakes)


class PagePresenter(Generic[M]):
    """The answer of the chosen head while that is one of the page's kind, and the choice in it.

    A page implements what raises NotImplementedError, and overrides more where it has more to say.
    """

    everything = "All mistakes"
    """What is chosen at first, on the button."""

    everything_tip = "Show every misclassified {thing}   Home"
    """What the button does."""

    corrects_labels = False
    """Whether ``label_offer`` may offer something."""

    def __init__(self, window: MistakesPresenter) -> None:
        self.window = window
        self.order = 0
        """Which of the ``orders`` the pictures are in."""

    @property
    def found(self) -> M:
        """The answer."""
        return cast("M", self.window.mistakes)

    @property
    def words(self) -> str:
        """The answer in a few words: ``9,700 of 10,000 correct``."""
        raise NotImplementedError

    # The choice

    @property
    def has_choice(self) -> bool:
        """Whether less than everything can be chosen."""
        return True

    def choose_all(self) -> None:
        """Choose what is chosen at first: ``everything``."""

    @property
    def all_chosen(self) -> NDArray[np.int64]:
        """The chosen pictures in their order: indices [n]."""
        raise NotImplementedError

    @property
    def pictures(self) -> NDArray[np.int64]:
        """Those of them that are shown: indices [n]."""
        return self.all_chosen[: self.window.most]

    @property
    def orders(self) -> tuple[str, ...]:
        """What the orders of the chosen pictures are called."""
        raise NotImplementedError

    @property
    def chosen_words(self) -> str:
        """A description of the chosen pictures."""
        raise NotImplementedError

    @property
    def count_words(self) -> str:
        """How many pictures are chosen: ``50 of 1,204``."""
        most, total = self.window.most, len(self.all_chosen)
        return f"{most:,} of {total:,}" if most is not None and most < total else f"{total:,}"

    # A picture

    def prediction(self, index: int) -> list[str]:
        """Return what a picture is, and what is predicted: a few lines, of which the first names it."""
        raise NotImplementedError

    def badge(self, index: int) -> str:
        """Return a word or two that stand on a picture; empty for none."""
        return ""

    def changes(self, index: int) -> list[str]:
        """Return what the open experiment does with a picture: whether it is excluded."""
        return ["excluded from the data"] if self.window.mark(index) else []

    def label_offer(self, indices: Iterable[int]) -> LabelOffer | None:
        """Return what the labels of these pictures can be changed to; None if they cannot be corrected, or if there are
        none.
        """
        return None

    def picture_tip(self, index: int) -> str:
        """Return the description of a picture."""
        return "\n".join([*self.prediction(index), *self.changes(index)])

    def row_words(self, index: int) -> str:
        """Return the description of a table's row, in a line that may be cut off at its end: what was changed first."""
        assert self.found.names is not None
        return " · ".join([str(self.found.names[index]), *self.changes(index), *self.prediction(index)])

    def picture(self, index: int) -> OnePicture:
        """Return a picture by its number, named by what this head predicts."""
        found = self.found
        return OnePicture(name=self.prediction(index)[0], split=found.split, number=index, head=found.title)
