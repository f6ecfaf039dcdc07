"""The picture that a network is shown, when it is asked about it, and what is said of that. No Qt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from workbench.gui.runtime.refresh import Refresh
from workbench.layers.base import describe
from workbench.session.editing.data_facts import SPLIT_TITLES
from workbench.session.views.attention import OnePicture
from workbench.spec.problems import capitalised
from workbench.spec.words import isolated, thing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.events import AnyEvent
    from workbench.insight.attention import Point
    from workbench.layers.base import Shape
    from workbench.session.views.neighbours import Gallery


class Seen(Protocol):
    """An answer of the network after ``step``, or why there is none."""

    @property
    def step(self) -> int: ...

    @property
    def problem(self) -> str: ...


S = TypeVar("S", bound=Seen)


class Layer(Protocol):
    """A layer to choose; ``shape`` is that of its output."""

    @property
    def path(self) -> str: ...

    @property
    def type(self) -> str: ...

    @property
    def shape(self) -> Shape: ...


class PicturePresenter(Generic[S]):
    """The picture, and the newest answer about it."""

    shown_thing = ""
    """What is shown of the network: ``feature maps``."""

    def __init__(self) -> None:
        self.begin()

    def begin(self, weights: str | None = None) -> None:
        """Start on another network, to which a picture means something else. ``weights`` says what it has if they are
        not those after a step; None if there is no network.
        """
        self._weights = weights
        self.problem = ""
        """Why the network cannot be asked."""
        self.doing = ""
        """What is being done before it can be asked."""
        self.picture: OnePicture | None = None
        self.gallery: Gallery | None = None
        self.seen: S | None = None
        self._seen_name = ""
        """Of the picture that ``seen`` is about."""
        self._refresh = Refresh()
        self._wants = False
        self._first: int | None = None
        """The first request of this kind; None before it is made. Answers to earlier ones are dropped."""

    # The picture

    def show_gallery(self, gallery: Gallery) -> None:
        """Take the network's pictures; the first is shown if none was chosen."""
        self.gallery = gallery
        if self.picture is None and gallery.count:
            self.show_number(0)

    def show_number(self, number: int) -> None:
        assert self.gallery is not None
        name = f"{capitalised(SPLIT_TITLES[self.gallery.split])} {self.thing} {number:,}"
        if self.gallery.labels is not None:
            name = f"{name}, {isolated(self.gallery.class_names[int(self.gallery.labels[number])])}"
        self.show_picture(OnePicture(name=name, split=self.gallery.split, number=number))

    def show_picture(self, picture: OnePicture) -> None:
        """Ask about another picture. What is shown stays until the answer has come."""
        self.picture = picture
        self._ask_anew()

    def _ask_anew(self) -> None:
        self._first, self._wants = None, True

    @property
    def thing(self) -> str:
        """What an example of the network's data is called."""
        return "picture" if self.gallery is None else thing(self.gallery.shape)

    @property
    def are_pictures(self) -> bool:
        """Whether the network's data is pictures, rather than rows of numbers or series."""
        return self.gallery is not None and len(self.gallery.shape) == 3

    # Questions and answers

    def feed(self, events: Sequence[AnyEvent], state: str) -> bool:
        """Take a run's next events: the network is asked again after each epoch, at a pause and at the end. Return
        whether it is due.
        """
        is_due = self._refresh.is_due(events, state)
        self._wants |= is_due
        return is_due

    def take_question(self) -> Any:
        """Return what to ask now, and reset; None if there is nothing to ask."""
        question = self._question() if self._wants else None
        self._wants &= question is None
        return question

    def _question(self) -> Any:
        """Return what is asked about the picture; None as long as there is nothing to ask about."""
        raise NotImplementedError

    def asked(self, number: int) -> None:
        """Take the number of a request."""
        if self._first is None:
            self._first = number

    def take_answer(self, number: int, answer: S) -> bool:
        """Take an answer, and return whether it is one about this picture."""
        is_ours = self._first is not None and number >= self._first
        if is_ours:
            self.seen, self._seen_name = answer, "" if self.picture is None else self.picture.name
        return is_ours

    # What is shown

    @property
    def is_shown(self) -> bool:
        """Whether there is something to show."""
        return self.seen is not None and not self.seen.problem

    @property
    def words(self) -> str:
        """The picture that is shown, and which weights the network has, in one line."""
        if self.seen is None or not self._seen_name:
            return ""
        return f"{self._seen_name} · {self.step_words(self.seen.step)}"

    def step_words(self, step: int) -> str:
        """Return which weights the network has, after a step or without a run."""
        return self._weights or f"step {step:,}"

    @property
    def empty_words(self) -> tuple[str, str]:
        """What takes the place of an answer: a heading and a sentence."""
        nothing = f"No {self.shown_thing} to show"
        if problem := self.seen.problem if self.seen is not None else self.problem:
            return nothing, f"{capitalised(problem)}."
        if self._weights is None and self.picture is None:
            where = "of the network on the canvas, or of a run, here"
            return "No network to look into yet", f"You will see the {self.shown_thing} {where}."
        if self.picture is None and self.gallery is not None:
            return nothing, "Its data has no pictures here. Show it pictures of your own: Run → Try your own pictures."
        sentence = f"You will see its {self.shown_thing} here once its data is ready. {self.doing}"
        return "Asking the network…", sentence.rstrip()


def layer_rows(layers: Sequence[Layer]) -> list[tuple[str, str]]:
    """Return the path and the title of each layer: ``conv1 · Conv2d 6×28×28``."""
    return [(each.path, f"{each.path} · {each.type} {describe(each.shape)}") for each in layers]


def cell_at(point: Point, shape: Sequence[int]) -> tuple[int, int]:
    """Return the row and column at a point of a picture that a map of this shape, (h, w), lies over."""
    row, column = (min(int(part * side), side - 1) for part, side in zip(point, shape, strict=True))
    return row, column
